/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels in UDP, by port. */
#ifndef FS_PACKET_UDP_TUNNEL_H
#define FS_PACKET_UDP_TUNNEL_H

#include "packet/ethernet.h"

/* A step (walk.h) at a UDP header: a tunnel has its port at either end, the destination's first. A
 * port proves nothing, so each kind checks what it can. */
enum flowscope_verdict fs_udp_tunnel_read(struct fs_walk *walk, unsigned *version);

enum fs_udp_tunnel {
    FS_UDP_TUNNEL_NONE,
    FS_UDP_TUNNEL_VXLAN, /* with or without GPE */
    FS_UDP_TUNNEL_GTPU,
    FS_UDP_TUNNEL_GENEVE,
    FS_UDP_TUNNEL_L2TP,
    FS_UDP_TUNNEL_TEREDO,
};

FS_STEP enum fs_udp_tunnel fs_udp_tunnel_of(const struct fs_packet_options *options, uint16_t port)
{
    if (port == 0)
        return FS_UDP_TUNNEL_NONE;
    if (port == options->vxlan_port || port == options->vxlan_gpe_port)
        return FS_UDP_TUNNEL_VXLAN;
    if (port == options->gtpu_port)
        return FS_UDP_TUNNEL_GTPU;
    if (port == options->geneve_port)
        return FS_UDP_TUNNEL_GENEVE;
    if (port == options->l2tp_port)
        return FS_UDP_TUNNEL_L2TP;
    if (port == options->teredo_port)
        return FS_UDP_TUNNEL_TEREDO;
    return FS_UDP_TUNNEL_NONE;
}

/* By the ports of a UDP header, which are there. */
FS_STEP enum fs_udp_tunnel fs_udp_tunnel_at(const struct fs_packet_options *options,
                                            const struct fs_cursor *udp)
{
    const enum fs_udp_tunnel kind = fs_udp_tunnel_of(options, fs_cursor_u16(udp, 2));

    return kind != FS_UDP_TUNNEL_NONE ? kind : fs_udp_tunnel_of(options, fs_cursor_u16(udp, 0));
}

FS_STEP enum flowscope_verdict fs_udp_tunnel_skip_udp(struct fs_walk *walk,
                                                      enum fs_udp_tunnel *kind)
{
    enum { HEADER_LENGTH = 8 };
    const struct fs_cursor *bytes = &walk->rest.bytes;

    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_ports;
    *kind = fs_udp_tunnel_at(walk->options, bytes);
    if (*kind == FS_UDP_TUNNEL_NONE)
        return FLOWSCOPE_VERDICT_not_ip;
    const uint16_t length = fs_cursor_u16(bytes, 4);
    if (length != 0) /* 0: as long as the IP packet, see read_udp() */
        fs_rest_limit(&walk->rest, length);
    fs_rest_skip(&walk->rest, HEADER_LENGTH);
    return FLOWSCOPE_VERDICT_ok;
}

enum { FS_VXLAN_IPV4 = 1, FS_VXLAN_IPV6 = 2, FS_VXLAN_ETHERNET = 3, FS_VXLAN_MPLS = 5 };

/* RFC 7348, 5, with the group of draft-smith-vxlan-group-policy; draft-ietf-nvo3-vxlan-gpe, 3,
 * where the flag P says that the last of the reserved bytes names what follows. */
FS_STEP enum flowscope_verdict fs_udp_tunnel_skip_vxlan(struct fs_walk *walk, unsigned *next)
{
    enum {
        HEADER_LENGTH = 8,
        FLAG_GROUP = 0x80,
        FLAG_VNI = 0x08,
        FLAG_NEXT = 0x04,
    };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint32_t flags = fs_cursor_u32(bytes, 0);
    const uint32_t vni = fs_cursor_u32(bytes, 4);
    *next = FS_VXLAN_ETHERNET;
    switch (flags >> 24) {
    case FLAG_VNI:
        if ((flags & 0xffffff) != 0)
            return FLOWSCOPE_VERDICT_not_ip;
        break;
    case FLAG_VNI | FLAG_GROUP:
        break;
    case FLAG_VNI | FLAG_NEXT:
        if ((flags & 0xffff00) != 0)
            return FLOWSCOPE_VERDICT_not_ip;
        *next = flags & 0xff;
        break;
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
    if ((vni & 0xff) != 0)
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_skip(&walk->rest, HEADER_LENGTH);
    return fs_walk_add(walk, FLOWSCOPE_LAYER_vxlan, vni >> 8);
}

/* RFC 8926, 3.4: version, options in words, O for control packets, C, type, VNI. */
FS_STEP enum flowscope_verdict fs_udp_tunnel_skip_geneve(struct fs_walk *walk, uint16_t *next)
{
    enum { HEADER_LENGTH = 8 };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t first = fs_cursor_u16(bytes, 0);
    const uint16_t type = fs_cursor_u16(bytes, 2);
    const uint32_t vni = fs_cursor_u32(bytes, 4);
    const uint32_t length = HEADER_LENGTH + (first >> 8 & 0x3fu) * 4u;
    if ((first & 0xc0bf) != 0 || (vni & 0xff) != 0 || type < FS_TYPE_FIRST)
        return FLOWSCOPE_VERDICT_not_ip;
    if (!fs_cursor_has(bytes, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    *next = type;
    fs_rest_skip(&walk->rest, length);
    return fs_walk_add(walk, FLOWSCOPE_LAYER_geneve, vni >> 8);
}

/* 3GPP TS 29.281, 5.2: extension headers of `length` words whose last byte names the next one. */
FS_STEP enum flowscope_verdict fs_udp_tunnel_skip_gtpu_extensions(struct fs_walk *walk,
                                                                  uint8_t next)
{
    const struct fs_cursor *bytes = &walk->rest.bytes;

    while (next != 0) {
        if (!fs_cursor_has(bytes, 1))
            return FLOWSCOPE_VERDICT_truncated_link;
        const uint32_t length = fs_cursor_u8(bytes, 0) * 4u;
        if (length == 0)
            return FLOWSCOPE_VERDICT_not_ip;
        if (!fs_cursor_has(bytes, length))
            return FLOWSCOPE_VERDICT_truncated_link;
        next = fs_cursor_u8(bytes, length - 1);
        fs_rest_skip(&walk->rest, length);
    }
    return FLOWSCOPE_VERDICT_ok;
}

/* 3GPP TS 29.281, 5.1: version 1, protocol type 1, message 255 (G-PDU), the length after these
 * eight bytes; with any of E, S and PN four more, of which E alone makes the last one count. */
FS_STEP enum flowscope_verdict fs_udp_tunnel_skip_gtpu(struct fs_walk *walk, unsigned *version)
{
    enum { HEADER_LENGTH = 8, OPTIONAL = 4, GPDU = 0xff, FLAG_E = 0x04, FLAGS = 0x07 };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint8_t flags = fs_cursor_u8(bytes, 0);
    const uint16_t length = fs_cursor_u16(bytes, 2);
    const uint32_t teid = fs_cursor_u32(bytes, 4);
    if ((flags & 0xf8) != 0x30 || fs_cursor_u8(bytes, 1) != GPDU)
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_skip(&walk->rest, HEADER_LENGTH);
    if (length > walk->rest.wire)
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_limit(&walk->rest, length);
    if ((flags & FLAGS) != 0) {
        if (!fs_cursor_has(bytes, OPTIONAL))
            return FLOWSCOPE_VERDICT_truncated_link;
        const uint8_t next = (flags & FLAG_E) != 0 ? fs_cursor_u8(bytes, OPTIONAL - 1) : 0;
        fs_rest_skip(&walk->rest, OPTIONAL);
        const enum flowscope_verdict verdict = fs_udp_tunnel_skip_gtpu_extensions(walk, next);
        if (verdict != FLOWSCOPE_VERDICT_ok)
            return verdict;
    }
    const enum flowscope_verdict verdict = fs_walk_find_ip(walk, version);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    return fs_walk_add(walk, FLOWSCOPE_LAYER_gtpu, teid);
}

/* RFC 4380, 5.1.1: first authentication data, then an origin indication, each if present. */
FS_STEP enum flowscope_verdict fs_udp_tunnel_skip_teredo(struct fs_walk *walk, unsigned *version)
{
    enum { AUTHENTICATION = 1, AUTHENTICATION_FIXED = 13, ORIGIN = 0, ORIGIN_LENGTH = 8 };
    const struct fs_cursor *bytes = &walk->rest.bytes;

    if (!fs_cursor_has(bytes, 4))
        return FLOWSCOPE_VERDICT_truncated_link;
    if (fs_cursor_u16(bytes, 0) == AUTHENTICATION) {
        const uint32_t length =
            AUTHENTICATION_FIXED + (uint32_t)fs_cursor_u8(bytes, 2) + fs_cursor_u8(bytes, 3);
        if (!fs_cursor_has(bytes, length + 2))
            return FLOWSCOPE_VERDICT_truncated_link;
        fs_rest_skip(&walk->rest, length);
    }
    if (fs_cursor_u16(bytes, 0) == ORIGIN) {
        if (!fs_cursor_has(bytes, ORIGIN_LENGTH))
            return FLOWSCOPE_VERDICT_truncated_link;
        fs_rest_skip(&walk->rest, ORIGIN_LENGTH);
    }
    const enum flowscope_verdict verdict = fs_walk_find_ip(walk, version);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (*version != 6)
        return FLOWSCOPE_VERDICT_not_ip;
    return fs_walk_add(walk, FLOWSCOPE_LAYER_teredo, 0);
}

#endif
