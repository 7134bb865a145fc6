/* SPDX-License-Identifier: BSD-2-Clause */
/* VXLAN, VXLAN-GPE, Geneve, GTP-U, Teredo; L2TP is next door. */
#include "packet/udp_tunnel.h"

#include "packet/ethernet.h"
#include "packet/l2tp.h"
#include "packet/mpls.h"

/* IP without a header that says so: by its version. */
static enum flowscope_verdict read_ip(const struct fs_walk *walk, unsigned *version)
{
    if (!fs_cursor_has(&walk->rest.bytes, 1))
        return FLOWSCOPE_VERDICT_truncated_ip;
    const unsigned nibble = fs_cursor_u8(&walk->rest.bytes, 0) >> 4;
    if (nibble != 4 && nibble != 6)
        return FLOWSCOPE_VERDICT_not_ip;
    return fs_walk_found(nibble, version);
}

/* RFC 7348, 5, with the group of draft-smith-vxlan-group-policy; draft-ietf-nvo3-vxlan-gpe, 3,
 * where the flag P says that the last of the reserved bytes names what follows. */
static enum flowscope_verdict read_vxlan(struct fs_walk *walk, unsigned *version)
{
    enum {
        HEADER_LENGTH = 8,
        FLAG_GROUP = 0x80,
        FLAG_VNI = 0x08,
        FLAG_NEXT = 0x04,
        NEXT_IPV4 = 1,
        NEXT_IPV6 = 2,
        NEXT_ETHERNET = 3,
        NEXT_MPLS = 5,
    };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint32_t flags = fs_cursor_u32(bytes, 0);
    const uint32_t vni = fs_cursor_u32(bytes, 4);
    unsigned next = NEXT_ETHERNET;
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
        next = flags & 0xff;
        break;
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
    if ((vni & 0xff) != 0)
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_skip(&walk->rest, HEADER_LENGTH);
    const enum flowscope_verdict added = fs_walk_add(walk, FLOWSCOPE_LAYER_vxlan, vni >> 8);
    if (added != FLOWSCOPE_VERDICT_ok)
        return added;
    switch (next) {
    case NEXT_IPV4:
        return fs_walk_found(4, version);
    case NEXT_IPV6:
        return fs_walk_found(6, version);
    case NEXT_ETHERNET:
        return fs_ethernet_read(walk, version);
    case NEXT_MPLS:
        return fs_mpls_read(walk, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
}

/* RFC 8926, 3.4: version, options in words, O for control packets, C, type, VNI. */
static enum flowscope_verdict read_geneve(struct fs_walk *walk, unsigned *version)
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
    fs_rest_skip(&walk->rest, length);
    const enum flowscope_verdict added = fs_walk_add(walk, FLOWSCOPE_LAYER_geneve, vni >> 8);
    if (added != FLOWSCOPE_VERDICT_ok)
        return added;
    return type == FS_TYPE_ETHERNET ? fs_ethernet_read(walk, version)
                                    : fs_ethernet_type(walk, type, version);
}

/* 3GPP TS 29.281, 5.2: extension headers of `length` words whose last byte names the next one. */
static enum flowscope_verdict skip_gtpu_extensions(struct fs_walk *walk, uint8_t next)
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
static enum flowscope_verdict read_gtpu(struct fs_walk *walk, unsigned *version)
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
        const enum flowscope_verdict verdict = skip_gtpu_extensions(walk, next);
        if (verdict != FLOWSCOPE_VERDICT_ok)
            return verdict;
    }
    const enum flowscope_verdict verdict = read_ip(walk, version);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    return fs_walk_add(walk, FLOWSCOPE_LAYER_gtpu, teid);
}

/* RFC 4380, 5.1.1: first authentication data, then an origin indication, each if present. */
static enum flowscope_verdict read_teredo(struct fs_walk *walk, unsigned *version)
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
    const enum flowscope_verdict verdict = read_ip(walk, version);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (*version != 6)
        return FLOWSCOPE_VERDICT_not_ip;
    return fs_walk_add(walk, FLOWSCOPE_LAYER_teredo, 0);
}

typedef enum flowscope_verdict reader(struct fs_walk *walk, unsigned *version);

static reader *reader_of(const struct fs_packet_options *options, uint16_t port)
{
    if (port == 0)
        return NULL;
    if (port == options->vxlan_port || port == options->vxlan_gpe_port)
        return read_vxlan;
    if (port == options->gtpu_port)
        return read_gtpu;
    if (port == options->geneve_port)
        return read_geneve;
    if (port == options->l2tp_port)
        return fs_l2tp_over_udp;
    if (port == options->teredo_port)
        return read_teredo;
    return NULL;
}

enum flowscope_verdict fs_udp_tunnel_read(struct fs_walk *walk, unsigned *version)
{
    enum { HEADER_LENGTH = 8 };
    const struct fs_cursor *bytes = &walk->rest.bytes;

    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_ports;
    reader *read = reader_of(walk->options, fs_cursor_u16(bytes, 2));
    if (!read)
        read = reader_of(walk->options, fs_cursor_u16(bytes, 0));
    if (!read)
        return FLOWSCOPE_VERDICT_not_ip;
    const uint16_t length = fs_cursor_u16(bytes, 4);
    if (length != 0) /* 0: as long as the IP packet, see read_udp() */
        fs_rest_limit(&walk->rest, length);
    fs_rest_skip(&walk->rest, HEADER_LENGTH);
    return read(walk, version);
}
