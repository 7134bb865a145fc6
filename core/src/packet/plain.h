/* SPDX-License-Identifier: BSD-2-Clause */
/* The frames that most frames are: Ethernet, IPv4 without options and no fragment, and a whole and
 * sound TCP or UDP header that leads to no tunnel. One look tells; every other frame, and these
 * too, can go the long way of headers.c, which gives the same. An option that changes what the long
 * way gives for such a frame turns this one off. */
#ifndef FS_PACKET_PLAIN_H
#define FS_PACKET_PLAIN_H

#include "base/cursor.h"
#include "packet/headers.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* What the engine needs of such a frame, small enough to be handed on in registers. */
struct fs_plain {
    struct fs_short_key key;
    uint32_t bytes;
    uint32_t payload_bytes;
    uint32_t seq, ack; /* 0 without TCP, as window and flags */
    uint16_t window;
    uint8_t tcp_flags;
    uint32_t swapped; /* 0 or 1: as a bool it is stored as a byte, and waited for as a word */
};

/* The levels of a frame that goes this way. */
#define FS_BEHIND_LEVELS 2u

/* The same behind other headers (behind.h). What it does not say is in fs_frame.level: ip_at,
 * layer_count, and of IPv6, for which plain.key stands in, the key. */
struct fs_behind {
    struct fs_plain plain;
    uint32_t path;
    uint32_t header; /* length of its IP header */
};

enum {
    FS_PLAIN_FIRST = 0x45, /* its first byte, */
    FS_PLAIN_LEAST = 28,   /* and so much of it is captured: up to two ports and four bytes more */
    FS_PLAIN_IP_AT = 14,
    FS_PLAIN_TRANSPORT_AT = FS_PLAIN_IP_AT + 20,
};

static inline bool fs_plain_is_tcp(const struct fs_plain *plain)
{
    return fs_short_key_protocol(&plain->key) == FS_PROTOCOL_TCP;
}

/* Whether either of the ports, in the halves of `ports`, may lead to a tunnel. */
static inline __attribute__((always_inline)) bool
fs_plain_tunnel_port(const struct fs_packet_options *options, uint32_t ports)
{
#ifdef __SSE2__
    enum { PORTS_AT = offsetof(struct fs_packet_options, vxlan_port) };
    _Static_assert(offsetof(struct fs_packet_options, teredo_port) == PORTS_AT + 10,
                   "six ports, side by side");
    int64_t four;
    int32_t two;

    memcpy(&four, (const char *)options + PORTS_AT, sizeof(four));
    memcpy(&two, (const char *)options + PORTS_AT + sizeof(four), sizeof(two));
    const __m128i known = _mm_unpacklo_epi64(_mm_cvtsi64_si128(four), _mm_cvtsi32_si128(two));
    const __m128i one = _mm_set1_epi16((short)ports), other = _mm_set1_epi16((short)(ports >> 16));

    return _mm_movemask_epi8(
               _mm_or_si128(_mm_cmpeq_epi16(known, one), _mm_cmpeq_epi16(known, other))) != 0;
#else
    const uint16_t known[6] = {options->vxlan_port, options->vxlan_gpe_port, options->geneve_port,
                               options->gtpu_port,  options->l2tp_port,      options->teredo_port};
    unsigned found = 0;

    for (unsigned i = 0; i < 6; i++)
        found |= (known[i] == (uint16_t)ports) | (known[i] == (uint16_t)(ports >> 16));
    return found != 0;
#endif
}

/* The key of a packet from the first endpoint to the second. */
static inline __attribute__((always_inline)) struct fs_short_key
fs_plain_key(uint64_t addresses, uint32_t ports, uint8_t protocol)
{
    return (struct fs_short_key){.addresses = addresses,
                                 .rest = (ports << 16 | ports >> 16) | (uint64_t)protocol << 48 |
                                         UINT64_C(4) << 56};
}

/* Puts the key in the order of its endpoints; true: they were swapped. Directions alternate without
 * a pattern, so there is no branch, but for ends of one address. */
static inline __attribute__((always_inline)) bool fs_plain_sort(struct fs_short_key *key)
{
    const struct fs_short_key turned = fs_short_key_turned(*key);
    bool swapped = key->addresses > turned.addresses;

    if (__builtin_expect(key->addresses == turned.addresses, 0))
        swapped = (uint16_t)key->rest > (uint16_t)turned.rest;
    key->addresses ^= (key->addresses ^ turned.addresses) & -(uint64_t)swapped;
    key->rest ^= (key->rest ^ turned.rest) & -(uint64_t)swapped;
    return swapped;
}

/* The transport header at `at`, of `carried` bytes that the IP header gives it, of which the ports
 * are there. `options`: a UDP port that may lead to a tunnel is none of ours; NULL: it may. False:
 * it is another one, or not whole, or not sound. */
static inline __attribute__((always_inline)) bool
fs_plain_read_transport(const struct fs_cursor *bytes, uint32_t at, uint32_t carried,
                        uint8_t protocol, uint32_t ports, const struct fs_packet_options *options,
                        struct fs_plain *plain)
{
    enum { UDP_HEADER = 8, TCP_HEADER = 20 };

    if (protocol == FS_PROTOCOL_TCP) {
        if (!fs_cursor_has(bytes, at + TCP_HEADER))
            return false;
        const uint32_t header = fs_cursor_u8(bytes, at + 12) / 16u * 4u;
        if (header < TCP_HEADER || carried < header)
            return false;
        plain->payload_bytes = carried - header;
        plain->seq = fs_cursor_u32(bytes, at + 4);
        plain->ack = fs_cursor_u32(bytes, at + 8);
        plain->window = fs_cursor_u16(bytes, at + 14);
        plain->tcp_flags = fs_cursor_u8(bytes, at + 13);
    } else {
        const uint32_t length = fs_cursor_u16(bytes, at + 4);
        if (protocol != FS_PROTOCOL_UDP || length < UDP_HEADER || carried < length ||
            (options && fs_plain_tunnel_port(options, ports)))
            return false;
        plain->payload_bytes = carried - UDP_HEADER;
        plain->seq = plain->ack = plain->window = plain->tcp_flags = 0;
    }
    return true;
}

/* The IPv4 header at `at`, without options, and the first bytes behind it, of which the wire
 * carried `wire`. The key is not sorted yet. */
static inline __attribute__((always_inline)) bool
fs_plain_read_ipv4(const struct fs_cursor *bytes, uint32_t at, uint32_t wire,
                   const struct fs_packet_options *options, struct fs_plain *plain)
{
    enum { IP_HEADER = 20 };

    if ((fs_cursor_u16(bytes, at + 6) & 0x3fff) != 0)
        return false;
    const uint32_t total = fs_cursor_u16(bytes, at + 2);
    const uint32_t ports = fs_cursor_u32(bytes, at + IP_HEADER);
    const uint8_t protocol = fs_cursor_u8(bytes, at + 9);
    if (total > wire || total < IP_HEADER ||
        !fs_plain_read_transport(bytes, at + IP_HEADER, total - IP_HEADER, protocol, ports, options,
                                 plain))
        return false;
    plain->bytes = total;
    plain->key = fs_plain_key(fs_cursor_u64(bytes, at + 12), ports, protocol);
    return true;
}

/* False: the frame is not plain, and of *plain nothing may be read. True: its key is not sorted
 * yet, and whether it is swapped not said. */
static inline __attribute__((always_inline)) bool
fs_plain_read_as_is(const struct flowscope_packet *packet, const struct fs_packet_options *options,
                    struct fs_plain *plain)
{
    enum { LINK_ETHERNET = 1, TYPE_AT = 12, LEAST = FS_PLAIN_IP_AT + FS_PLAIN_LEAST };
    const struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);
    const uint32_t wire =
        packet->wire_bytes > packet->captured_bytes ? packet->wire_bytes : packet->captured_bytes;

    if (!packet->is_packet || options->long_way_alone || packet->link_type != LINK_ETHERNET ||
        !fs_cursor_has(&bytes, LEAST) ||
        fs_cursor_u32(&bytes, TYPE_AT) >> 8 != (0x080000 | FS_PLAIN_FIRST))
        return false;
    return fs_plain_read_ipv4(&bytes, FS_PLAIN_IP_AT, wire - FS_PLAIN_IP_AT, options, plain);
}

static inline __attribute__((always_inline)) bool
fs_plain_read(const struct flowscope_packet *packet, const struct fs_packet_options *options,
              struct fs_plain *plain)
{
    if (!fs_plain_read_as_is(packet, options, plain))
        return false;
    plain->swapped = fs_plain_sort(&plain->key);
    return true;
}

static inline struct fs_tcp_segment fs_plain_segment(const struct fs_plain *plain)
{
    return (struct fs_tcp_segment){
        .seq = plain->seq, .ack = plain->ack, .window = plain->window, .flags = plain->tcp_flags};
}

/* What `plain` says, but for the key. */
static inline void fs_plain_set(const struct fs_plain *plain, uint8_t protocol,
                                struct fs_headers *headers)
{
    headers->bytes = plain->bytes;
    headers->payload_bytes = plain->payload_bytes;
    headers->swapped = plain->swapped != 0;
    headers->has_ports = true;
    headers->has_tcp = protocol == FS_PROTOCOL_TCP;
    headers->bad_l4 = false;
    headers->bad_checksum = false;
    headers->tcp = fs_plain_segment(plain);
}

/* The same as the long way would say it. */
static inline void fs_plain_expand(const struct fs_plain *plain, struct fs_frame *frame)
{
    struct fs_headers *headers = &frame->level[0];

    frame->level_count = 1;
    frame->layer_count = 0;
    frame->cut_by_depth = false;
    frame->has_quote = false;
    frame->ip_at = FS_PLAIN_IP_AT;
    fs_key_lengthen(&plain->key, 0, &headers->key);
    headers->ip_at = FS_PLAIN_IP_AT;
    headers->transport_at = FS_PLAIN_TRANSPORT_AT;
    headers->layer_count = 0;
    fs_plain_set(plain, fs_short_key_protocol(&plain->key), headers);
}

#endif
