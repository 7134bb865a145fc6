/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a frame lie in three parts: before the end of the IP header, then to the end of the
 * packet, then the rest (padding, trailer). The middle one is hashed once, for both the frame and the
 * packet; what differs between copies is in the other two, which are short. */
#include "packet/fingerprint.h"

#include "base/cursor.h"
#include "base/hash128.h"

enum { IPV4_HEADER_MAX = 60, IPV6_HEADER = 40, LINK_SLL = 113, LINK_SLL2 = 276, PROTOCOL_ESP = 50 };

static inline struct fs_hash128 hash(const struct fs_fingerprint_options *options,
                                     const uint8_t *data, size_t length)
{
    return fs_hash128(data, length, options->secret);
}

static inline uint64_t hash64(const struct fs_fingerprint_options *options, const uint8_t *data,
                              size_t length)
{
    return length <= FS_HASH128_SHORT
               ? XXH3_64bits_withSecret(data, length, options->secret, FS_HASH128_SECRET)
               : fs_hash128_long(data, length, options->secret).low;
}

static uint32_t wire_bytes(const struct flowscope_packet *packet)
{
    return packet->wire_bytes > packet->captured_bytes ? packet->wire_bytes
                                                       : packet->captured_bytes;
}

/* One IP packet as it lies in a frame. */
struct ip {
    struct fs_cursor bytes; /* captured, from its header on */
    uint32_t header;        /* bytes */
    uint32_t length;        /* on the wire */
    uint32_t covered;       /* what the hash goes over, in bytes: all of it, or headers */
    bool has_identity;
    uint8_t ttl;
    uint8_t protocol;
    bool has_transport; /* false for a later fragment */
};

/* How much behind the IP header says which packet it is, where the rest was not captured: a length
 * that does not depend on how much was. 0: nothing does. */
static uint32_t telling_bytes(const struct ip *ip)
{
    const struct fs_cursor *bytes = &ip->bytes;
    uint32_t most = 0;

    if (!ip->has_transport)
        return 0;
    switch (ip->protocol) {
    case FS_PROTOCOL_TCP:
        most = 20;
        break;
    case FS_PROTOCOL_SCTP:
        most = 12;
        break;
    case FS_PROTOCOL_UDP: /* told apart by its checksum */
        if (!fs_cursor_has(bytes, ip->header + 8) || fs_cursor_u16(bytes, ip->header + 6) == 0)
            return 0;
        most = 8;
        break;
    case FS_PROTOCOL_ICMP:
    case FS_PROTOCOL_ICMP6:
    case PROTOCOL_ESP:
        most = 8;
        break;
    default:
        break;
    }
    return fs_cursor_has(bytes, ip->header + most) ? most : 0;
}

/* False: no packet that could be told from others. */
static inline bool cover(struct ip *ip)
{
    uint32_t telling;

    if (ip->length < ip->header)
        return false;
    ip->covered = ip->length;
    if (fs_cursor_has(&ip->bytes, ip->length))
        return true;
    telling = telling_bytes(ip);
    ip->covered = ip->header + telling;
    return telling || ip->has_identity;
}

static inline bool read_ip(const struct flowscope_packet *packet, uint32_t at, struct ip *ip)
{
    const struct fs_cursor *bytes = &ip->bytes;
    uint32_t claimed, wire;

    if (at >= packet->captured_bytes)
        return false;
    ip->bytes.at = packet->data + at;
    ip->bytes.left = packet->captured_bytes - at;
    wire = wire_bytes(packet) - at;
    if (fs_cursor_u8(bytes, 0) >> 4 == 4) {
        ip->header = (fs_cursor_u8(bytes, 0) & 0x0fu) * 4u;
        if (ip->header < 20 || !fs_cursor_has(bytes, ip->header))
            return false;
        claimed = fs_cursor_u16(bytes, 2);
        ip->has_identity = fs_cursor_u16(bytes, 4) != 0;
        ip->has_transport = (fs_cursor_u16(bytes, 6) & 0x1fff) == 0;
        ip->ttl = fs_cursor_u8(bytes, 8);
        ip->protocol = fs_cursor_u8(bytes, 9);
    } else {
        ip->header = IPV6_HEADER;
        if (fs_cursor_u8(bytes, 0) >> 4 != 6 || !fs_cursor_has(bytes, IPV6_HEADER))
            return false;
        claimed = fs_cursor_u16(bytes, 4);
        if (claimed != 0)
            claimed += IPV6_HEADER;
        ip->has_identity = false;
        ip->has_transport = true;
        ip->protocol = fs_cursor_u8(bytes, 6);
        ip->ttl = fs_cursor_u8(bytes, 7);
    }
    ip->length = claimed == 0 || claimed > wire ? wire : claimed;
    return cover(ip);
}

/* What of the first 16 bytes of a header stays on its way: all but TTL or hop limit, DSCP, ECN and
 * header checksum. */
static const uint8_t lasting[2][16] = {
    {0xff, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0, 0, 0xff, 0xff, 0xff, 0xff},
    {0xf0, 0x0f, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
};

/* Written in the words that the hash reads: the processor would wait for others. */
static inline struct fs_hash128 hash_packet(const struct fs_fingerprint_options *options,
                                            const struct ip *ip)
{
    enum { WORDS_MAX = 2 + IPV4_HEADER_MAX / 8 + 2 };
    const uint8_t *mask = lasting[fs_cursor_u8(&ip->bytes, 0) >> 4 == 6];
    const struct fs_hash128 rest =
        hash(options, ip->bytes.at + ip->header, ip->covered - ip->header);
    uint64_t text[WORDS_MAX], part;
    uint32_t count = 3, at = 0, word;

    text[0] = rest.low;
    text[1] = rest.high;
    text[2] = ip->length;
    for (; at + 8 <= ip->header; at += 8) {
        memcpy(&text[count], ip->bytes.at + at, 8);
        if (at < sizeof(lasting[0])) {
            memcpy(&part, mask + at, 8);
            text[count] &= part;
        }
        count++;
    }
    if (at < ip->header) { /* headers are whole numbers of 4 bytes */
        memcpy(&word, ip->bytes.at + at, 4);
        text[2] |= (uint64_t)word << 32;
    }
    return hash(options, (const uint8_t *)text, count * sizeof(text[0]));
}

/* Both lengths and the link type belong to a frame too. */
static uint64_t facts(const struct flowscope_packet *packet)
{
    return ((uint64_t)packet->captured_bytes << 32 | wire_bytes(packet)) ^
           packet->link_type * UINT64_C(0x9e3779b97f4a7c15);
}

/* Linux cooked headers say which way the record went and, the second kind, where: they are the
 * capture's words, not the packet's. Returns the offset behind the packet type, else 0. */
static uint32_t read_cooked(const struct flowscope_packet *packet,
                            struct fs_fingerprint *fingerprint)
{
    enum { OUTGOING = 4 };
    const struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);
    unsigned type;
    uint32_t behind;

    if (packet->link_type == LINK_SLL && fs_cursor_has(&bytes, 16)) {
        type = fs_cursor_u16(&bytes, 0);
        behind = 2;
    } else if (packet->link_type == LINK_SLL2 && fs_cursor_has(&bytes, 20)) {
        type = fs_cursor_u8(&bytes, 10);
        behind = 11;
        fingerprint->place ^= fs_cursor_u32(&bytes, 4) << 16;
        fingerprint->frame ^= (uint64_t)fs_cursor_u32(&bytes, 0) << 32 | fs_cursor_u16(&bytes, 8);
    } else {
        return 0;
    }
    if (fingerprint->direction == FLOWSCOPE_INTERFACE_UNKNOWN && type <= OUTGOING)
        fingerprint->direction =
            type == OUTGOING ? FLOWSCOPE_INTERFACE_OUTBOUND : FLOWSCOPE_INTERFACE_INBOUND;
    return behind;
}

void fs_fingerprint_take(const struct fs_fingerprint_options *options,
                         const struct flowscope_packet *packet, uint32_t ip_at,
                         uint32_t inner_ip_at, struct fs_fingerprint *fingerprint)
{
    const uint8_t *data = packet->data;
    const uint32_t captured = packet->captured_bytes;
    uint32_t from = 0;
    struct ip ip;

    fingerprint->direction = packet->direction;
    fingerprint->place = packet->interface ^ packet->section << 24;
    fingerprint->frame = facts(packet);
    fingerprint->has_inner = false;
    if (packet->link_type == LINK_SLL || packet->link_type == LINK_SLL2)
        from = read_cooked(packet, fingerprint);
    fingerprint->is_packet = !options->whole_frames && read_ip(packet, ip_at, &ip);
    if (!fingerprint->is_packet) {
        fingerprint->packet = hash(options, data + from, captured - from);
        fingerprint->length = wire_bytes(packet);
        fingerprint->has_identity = true;
        fingerprint->ttl = 0;
        return;
    }

    const uint32_t head = ip_at + ip.header, end = ip_at + ip.covered;
    fingerprint->packet = hash_packet(options, &ip);
    fingerprint->frame ^= hash64(options, data + from, head - from);
    if (end < captured)
        fingerprint->frame = fingerprint->frame * 3 ^ hash64(options, data + end, captured - end);
    fingerprint->length = ip.length;
    fingerprint->has_identity = ip.has_identity;
    fingerprint->ttl = ip.ttl;
    if (!options->inside)
        return;
    fingerprint->has_inner = true;
    fingerprint->inner = fingerprint->packet;
    fingerprint->inner_has_identity = ip.has_identity;
    if (inner_ip_at != ip_at && read_ip(packet, inner_ip_at, &ip)) {
        fingerprint->inner = hash_packet(options, &ip);
        fingerprint->inner_has_identity = ip.has_identity;
    }
}
