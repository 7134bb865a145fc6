/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain packets (plain.h) behind other headers than Ethernet's alone: other links, tags, labels,
 * IPv6, and inside of one tunnel. Their headers are read in registers, by the same steps (walk.h)
 * as headers.c has; what is not usual goes the long way, from the frame's first byte on. */
#ifndef FS_PACKET_BEHIND_H
#define FS_PACKET_BEHIND_H

#include "packet/behind_link.h"
#include "packet/gre.h"
#include "packet/l2tp.h"
#include "packet/plain.h"
#include "packet/tunnel.h"
#include "packet/udp_tunnel.h"

/* What is no transport that has ports or types to be read, and no header that is passed over. */
FS_STEP bool fs_behind_is_bare(uint8_t protocol)
{
    enum { FIRST = 64 };
    const uint64_t others = UINT64_C(1) << 0 | UINT64_C(1) << FS_PROTOCOL_ICMP |
                            UINT64_C(1) << FS_PROTOCOL_TCP | UINT64_C(1) << FS_PROTOCOL_UDP |
                            UINT64_C(1) << 43 | UINT64_C(1) << 44 | UINT64_C(1) << FS_PROTOCOL_AH |
                            UINT64_C(1) << FS_PROTOCOL_ICMP6 | UINT64_C(1) << 60;

    return protocol < FIRST ? (others >> protocol & 1) == 0 : protocol != FS_PROTOCOL_SCTP;
}

/* RFC 4302, as fs_ah_skip() has it. */
FS_STEP bool fs_behind_skip_ah(struct fs_walk *walk, struct fs_cursor *bytes, uint32_t *carried,
                               uint8_t *protocol)
{
    enum { FIXED = 12 };

    if (!fs_cursor_has(bytes, FIXED) || walk->options->closed_tunnels != 0 ||
        walk->options->identity == FLOWSCOPE_IDENTITY_STRICT)
        return false;
    const uint32_t length = (fs_cursor_u8(bytes, 1) + 2u) * 4u;
    if (length < FIXED || *carried < length || !fs_cursor_has(bytes, length))
        return false;
    *protocol = fs_cursor_u8(bytes, 0);
    fs_cursor_skip(bytes, length);
    *carried -= length;
    return fs_walk_add(walk, FLOWSCOPE_LAYER_ah, 0) == FLOWSCOPE_VERDICT_ok;
}

/* What the level carries, `carried` bytes behind a header of so many, and behind AH. */
FS_STEP bool fs_behind_transport(struct fs_walk *walk, uint32_t header, uint32_t carried,
                                 uint8_t *protocol, uint32_t *ports, struct fs_behind *level)
{
    struct fs_cursor bytes = walk->rest.bytes;
    struct fs_plain *plain = &level->plain;

    fs_cursor_skip(&bytes, header);
    while (*protocol == FS_PROTOCOL_AH)
        if (!fs_behind_skip_ah(walk, &bytes, &carried, protocol))
            return false;
    level->header = (uint32_t)(bytes.at - walk->rest.bytes.at);
    if (*protocol != FS_PROTOCOL_TCP && *protocol != FS_PROTOCOL_UDP) {
        *ports = 0;
        plain->payload_bytes = carried;
        plain->seq = plain->ack = plain->window = plain->tcp_flags = 0;
        return fs_behind_is_bare(*protocol);
    }
    if (!fs_cursor_has(&bytes, 8))
        return false;
    *ports = fs_cursor_u32(&bytes, 0);
    return fs_plain_read_transport(&bytes, 0, carried, *protocol, *ports, NULL, plain);
}

/* The key is not sorted yet, and whether it is swapped not said. */
FS_STEP bool fs_behind_ipv4_as_is(struct fs_walk *walk, struct fs_behind *level)
{
    enum { HEADER = 20, FIRST = 0x45, LAST = 0x4f };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    struct fs_plain *plain = &level->plain;
    uint32_t ports;

    if (!fs_cursor_has(bytes, HEADER) || (fs_cursor_u16(bytes, 6) & 0x3fff) != 0)
        return false;
    const uint8_t first = fs_cursor_u8(bytes, 0);
    const uint32_t total = fs_cursor_u16(bytes, 2);
    const uint32_t header = (first & 0x0fu) * 4u;
    uint8_t protocol = fs_cursor_u8(bytes, 9);
    if (first < FIRST || first > LAST || !fs_cursor_has(bytes, header) || total > walk->rest.wire ||
        total < header ||
        !fs_behind_transport(walk, header, total - header, &protocol, &ports, level))
        return false;
    plain->bytes = total;
    plain->key = fs_plain_key(fs_cursor_u64(bytes, 12), ports, protocol);
    fs_short_key_put_inside(&plain->key, level->path);
    return true;
}

FS_STEP bool fs_behind_ipv4(struct fs_walk *walk, struct fs_behind *level)
{
    if (!fs_behind_ipv4_as_is(walk, level))
        return false;
    level->plain.swapped = fs_plain_sort(&level->plain.key);
    return true;
}

FS_STEP bool fs_behind_ipv6(struct fs_walk *walk, struct fs_behind *level, struct fs_key *key)
{
    enum { HEADER = 40 };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    struct fs_plain *plain = &level->plain;
    uint32_t ports;

    if (!fs_cursor_has(bytes, HEADER) || fs_cursor_u8(bytes, 0) >> 4 != 6)
        return false;
    const uint32_t carried = fs_cursor_u16(bytes, 4);
    uint8_t protocol = fs_cursor_u8(bytes, 6);
    if (carried == 0 || HEADER + carried > walk->rest.wire ||
        !fs_behind_transport(walk, HEADER, carried, &protocol, &ports, level))
        return false;
    plain->bytes = HEADER + carried;
    plain->swapped = fs_key_sort_ipv6(key, bytes, 8, ports, level->path, protocol, &plain->key);
    return true;
}

/* IPv4 without options and AH in it, as its shape says, up to TCP or UDP at `at` that leads to no
 * tunnel. The key is not sorted yet. */
FS_STEP bool fs_behind_plain_ah(const struct fs_cursor *bytes, uint32_t at, uint32_t wire,
                                const struct fs_packet_options *options, struct fs_plain *plain)
{
    enum { IP_HEADER = 20 };
    const uint32_t total = fs_cursor_u16(bytes, 2);

    if (total > wire || total < at)
        return false;
    const uint8_t protocol = fs_cursor_u8(bytes, IP_HEADER);
    const uint32_t ports = fs_cursor_u32(bytes, at);
    plain->bytes = total;
    plain->key = fs_plain_key(fs_cursor_u64(bytes, 12), ports, protocol);
    return fs_plain_read_transport(bytes, at, total - at, protocol, ports, options, plain);
}

enum { FS_CARRIER_HEADER = 20, FS_CARRIER_UDP = 8 };

/* What the flow of an IPv4 header without options is told that carries others, the key as it was
 * read. */
FS_STEP void fs_behind_carried(const struct fs_cursor *bytes, struct fs_plain *plain)
{
    const uint8_t protocol = fs_cursor_u8(bytes, 9);
    const bool is_udp = protocol == FS_PROTOCOL_UDP;

    *plain = (struct fs_plain){
        .key = fs_plain_key(fs_cursor_u64(bytes, 12),
                            is_udp ? fs_cursor_u32(bytes, FS_CARRIER_HEADER) : 0, protocol),
        .bytes = fs_cursor_u16(bytes, 2),
    };
    plain->payload_bytes = plain->bytes - FS_CARRIER_HEADER - (is_udp ? FS_CARRIER_UDP : 0);
}

/* What enters the keys of a level at hand. False: it is not to be told so easily. */
FS_STEP bool fs_behind_path(const struct fs_walk *walk, uint32_t *path)
{
    *path = walk->path;
    if (walk->options->identity != FLOWSCOPE_IDENTITY_IGNORE_VLAN) {
        if (walk->options->identity == FLOWSCOPE_IDENTITY_STRICT && walk->frame->layer_count != 0)
            return false;
        *path = 0;
    }
    return *path != FS_PATH_UNKNOWN;
}

/* The IP header at hand; level->path is set. *key is what an IPv6 one has besides. */
FS_STEP bool fs_behind_level(struct fs_walk *walk, unsigned version, struct fs_key *key,
                             struct fs_behind *level)
{
    return version == 4 ? fs_behind_ipv4(walk, level) : fs_behind_ipv6(walk, level, key);
}

FS_STEP uint8_t fs_behind_protocol(const struct fs_behind *level)
{
    return fs_short_key_protocol(&level->plain.key);
}

/* Whether there may be another level inside. */
FS_STEP bool fs_behind_may_carry(const struct fs_packet_options *options,
                                 const struct fs_behind *level)
{
    const uint8_t protocol = fs_behind_protocol(level);

    return protocol != FS_PROTOCOL_TCP && fs_tunnel_protocols[protocol] &&
           (protocol != FS_PROTOCOL_UDP ||
            fs_plain_tunnel_port(options, (uint32_t)level->plain.key.rest));
}

/* To what a header that was found sound says: not more than the rest is on the wire. */
FS_STEP void fs_behind_narrow(struct fs_rest *rest, uint32_t length)
{
    rest->wire = length;
    if (rest->bytes.left > length)
        rest->bytes.left = length;
}

/* RFC 3931 names no kind of payload: of the guesses, the first. */
FS_STEP bool fs_behind_session(struct fs_walk *walk, uint16_t *type)
{
    *type = 0;
    if (fs_l2tp_skip_session(walk) != FLOWSCOPE_VERDICT_ok)
        return false;
    const struct fs_rest rest = {
        .bytes = fs_cursor_over(walk->rest.bytes.at, walk->rest.bytes.left),
        .wire = walk->rest.wire,
    };
    return fs_guess_ethernet(&rest, 0);
}

FS_STEP bool fs_behind_l2tp(struct fs_walk *walk, uint16_t *type)
{
    const struct fs_cursor *bytes = &walk->rest.bytes;

    if (!fs_cursor_has(bytes, 4))
        return false;
    const uint16_t flags = fs_cursor_u16(bytes, 0);
    if (fs_l2tp_is_v2(flags) && !fs_l2tp_is_control(flags))
        return fs_l2tp_skip_v2(walk) == FLOWSCOPE_VERDICT_ok && fs_behind_ppp_frame(walk, type);
    if (!fs_l2tp_is_v3(fs_cursor_u32(bytes, 0)))
        return false;
    fs_rest_skip(&walk->rest, 4);
    return fs_behind_session(walk, type);
}

/* In UDP, whose header is whole and says no more than IP does: up to an Ethernet type, or 0 where a
 * whole Ethernet header follows. */
FS_STEP bool fs_behind_udp(struct fs_walk *walk, enum fs_udp_tunnel kind, uint16_t *type)
{
    enum { HEADER_LENGTH = 8, LENGTH_AT = 4 };
    unsigned version;

    fs_behind_narrow(&walk->rest, fs_cursor_u16(&walk->rest.bytes, LENGTH_AT));
    fs_rest_skip(&walk->rest, HEADER_LENGTH);
    switch (kind) {
    case FS_UDP_TUNNEL_VXLAN:
        if (fs_udp_tunnel_skip_vxlan(walk, &version) != FLOWSCOPE_VERDICT_ok)
            return false;
        *type = 0;
        return version == FS_VXLAN_ETHERNET ||
               ((version == FS_VXLAN_IPV4 || version == FS_VXLAN_IPV6) &&
                fs_behind_version(version == FS_VXLAN_IPV4 ? 4 : 6, type));
    case FS_UDP_TUNNEL_GENEVE:
        if (fs_udp_tunnel_skip_geneve(walk, type) != FLOWSCOPE_VERDICT_ok)
            return false;
        if (*type == FS_TYPE_ETHERNET)
            *type = 0;
        return true;
    case FS_UDP_TUNNEL_GTPU:
        return fs_udp_tunnel_skip_gtpu(walk, &version) == FLOWSCOPE_VERDICT_ok &&
               fs_behind_version(version, type);
    case FS_UDP_TUNNEL_TEREDO:
        return fs_udp_tunnel_skip_teredo(walk, &version) == FLOWSCOPE_VERDICT_ok &&
               fs_behind_version(version, type);
    case FS_UDP_TUNNEL_L2TP:
        return fs_behind_l2tp(walk, type);
    default:
        return false;
    }
}

FS_STEP bool fs_behind_gre(struct fs_walk *walk, uint16_t *type)
{
    struct fs_gre gre;
    unsigned version;
    bool is_ethernet;

    if (fs_gre_skip(walk, &gre) != FLOWSCOPE_VERDICT_ok)
        return false;
    if ((gre.flags & FS_GRE_VERSION) != 0)
        return fs_gre_skip_pptp(walk, &gre) == FLOWSCOPE_VERDICT_ok &&
               fs_behind_ppp_frame(walk, type);
    *type = gre.type;
    if (gre.type == FS_GRE_TYPE_ERSPAN || gre.type == FS_GRE_TYPE_ERSPAN_III) {
        *type = 0;
        return fs_gre_skip_erspan(walk, &gre, &is_ethernet, &version) == FLOWSCOPE_VERDICT_ok &&
               (is_ethernet || fs_behind_version(version, type));
    }
    if (gre.type == FS_TYPE_ETHERNET)
        *type = 0;
    return fs_gre_add(walk, &gre) == FLOWSCOPE_VERDICT_ok && gre.type >= FS_TYPE_FIRST;
}

enum fs_behind_inside { FS_BEHIND_NOTHING, FS_BEHIND_LEVEL, FS_BEHIND_OTHER };

/* From the IP header of `level` to the one inside: nothing is there, or a level, or it cannot be
 * told here. */
FS_STEP enum fs_behind_inside fs_behind_tunnel(struct fs_walk *walk, const struct fs_behind *level,
                                               unsigned *version)
{
    const unsigned outer = fs_short_key_kind(&level->plain.key) & FS_KEY_LONG ? 6 : 4;
    const uint8_t protocol = fs_behind_protocol(level);
    enum fs_udp_tunnel kind = FS_UDP_TUNNEL_NONE;
    uint16_t type = 0;
    bool is_read;

    fs_rest_skip(&walk->rest, level->header);
    if (protocol == FS_PROTOCOL_UDP) {
        kind = fs_udp_tunnel_at(walk->options, &walk->rest.bytes);
        if (kind == FS_UDP_TUNNEL_NONE)
            return FS_BEHIND_NOTHING;
    } else {
        if (!fs_tunnel_protocols[protocol])
            return FS_BEHIND_NOTHING;
        fs_behind_narrow(&walk->rest, level->plain.bytes - level->header);
    }
    if (walk->options->closed_tunnels != 0)
        return FS_BEHIND_OTHER;
    switch (protocol) {
    case FS_PROTOCOL_IPV4:
    case FS_PROTOCOL_IPV6:
        return fs_tunnel_add_ip(walk, outer, protocol == FS_PROTOCOL_IPV4 ? 4 : 6, version) ==
                       FLOWSCOPE_VERDICT_ok
                   ? FS_BEHIND_LEVEL
                   : FS_BEHIND_OTHER;
    case FS_PROTOCOL_UDP:
        is_read = fs_behind_udp(walk, kind, &type);
        break;
    case FS_PROTOCOL_GRE:
        is_read = fs_behind_gre(walk, &type);
        break;
    case FS_PROTOCOL_L2TP:
        is_read = fs_behind_session(walk, &type);
        break;
    default:
        return FS_BEHIND_OTHER;
    }
    return is_read && (type != 0 || fs_behind_ethernet(walk, &type)) &&
                   fs_behind_type(walk, type, version)
               ? FS_BEHIND_LEVEL
               : FS_BEHIND_OTHER;
}

/* Up to the first IP header. False: it is none of the usual ways there. */
FS_STEP bool fs_behind_begin(const struct flowscope_packet *packet,
                             const struct fs_packet_options *options, struct fs_frame *frame,
                             struct fs_walk *walk, unsigned *version)
{
    uint16_t type;

    if (!packet->is_packet || packet->captured_bytes == 0 || options->long_way_alone)
        return false;
    fs_walk_begin(walk, packet, options, frame);
    return fs_behind_link(walk, packet->link_type, &type) && fs_behind_type(walk, type, version);
}

/* Behind the level that was read: how many levels the frame has, all of them plain; 0: it has
 * others, or its headers are none of the usual. *at is the second's IP header, if there is one. */
FS_STEP unsigned fs_behind_rest(struct fs_walk *walk, const struct fs_behind *first,
                                struct fs_key *key, struct fs_behind *second, const uint8_t **at)
{
    unsigned version;

    switch (fs_behind_tunnel(walk, first, &version)) {
    case FS_BEHIND_NOTHING:
        return 1;
    case FS_BEHIND_LEVEL:
        *at = walk->rest.bytes.at;
        return fs_behind_path(walk, &second->path) && fs_behind_level(walk, version, key, second) &&
                       !fs_behind_may_carry(walk->options, second)
                   ? 2
                   : 0;
    case FS_BEHIND_OTHER:
        break;
    }
    return 0;
}

/* All of it, see fs_behind_rest(), outermost first. But for 0 there are then of *frame the counts,
 * ip_at, the layers, and of the levels what struct fs_behind does not have. */
FS_STEP unsigned fs_behind_read(const struct flowscope_packet *packet,
                                const struct fs_packet_options *options, struct fs_frame *frame,
                                struct fs_behind *first, struct fs_behind *second)
{
    struct fs_headers *level = frame->level;
    struct fs_walk walk;
    const uint8_t *at;
    unsigned version;

    if (!fs_behind_begin(packet, options, frame, &walk, &version))
        return 0;
    level[0].ip_at = frame->ip_at = (uint32_t)(walk.rest.bytes.at - walk.start);
    if (!fs_behind_path(&walk, &first->path) ||
        !fs_behind_level(&walk, version, &level[0].key, first))
        return 0;
    level[0].layer_count = frame->layer_count;
    const unsigned levels = fs_behind_rest(&walk, first, &level[1].key, second, &at);
    if (levels == 2) {
        level[1].ip_at = (uint32_t)(at - walk.start);
        level[1].layer_count = frame->layer_count;
    }
    frame->level_count = (uint8_t)levels;
    return levels;
}

/* The level as the long way would say it. */
static inline void fs_behind_expand(const struct fs_behind *level, struct fs_headers *headers)
{
    const uint8_t protocol = fs_behind_protocol(level);

    if (!(fs_short_key_kind(&level->plain.key) & FS_KEY_LONG))
        fs_key_lengthen(&level->plain.key, level->path, &headers->key);
    headers->transport_at = headers->ip_at + level->header;
    fs_plain_set(&level->plain, protocol, headers);
    headers->has_ports = protocol == FS_PROTOCOL_TCP || protocol == FS_PROTOCOL_UDP;
}

#endif
