/* SPDX-License-Identifier: BSD-2-Clause */
/* The bytes of a frame lie in three parts: up to the last one of the IP header that a router
 * changes, then to the end of the packet, then the rest (padding, trailer). The middle one is
 * hashed once, for both the frame and the packet; what differs between copies is in the other two,
 * which are short. */
#include "packet/fingerprint.h"

#include "base/cursor.h"
#include "base/hash128.h"
#include "packet/plain.h"

enum { IPV6_HEADER = 40, LINK_SLL = 113, LINK_SLL2 = 276, PROTOCOL_ESP = 50 };

static inline struct fs_hash128 hash(const struct fs_fingerprint_options *options,
                                     const uint8_t *data, size_t length)
{
    return fs_hash128(&options->key, data, length);
}

static inline uint64_t hash64(const struct fs_fingerprint_options *options, const uint8_t *data,
                              size_t length)
{
    return length <= FS_HASH128_SHORT
               ? XXH3_64bits_withSecret(data, length, options->key.secret, FS_HASH128_SECRET)
               : options->key.wide(data, length, options->key.secret).low;
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

/* Routers and switches change bytes within the first eight or twelve of a header alone: behind them
 * the packet is hashed where it lies, and what stays of them fits into a word. */
enum { IPV4_CHANGING = 12, IPV6_CHANGING = 8 };

static inline uint32_t changing_bytes(const struct fs_cursor *ip)
{
    return fs_cursor_u8(ip, 0) >> 4 == 4 ? IPV4_CHANGING : IPV6_CHANGING;
}

/* All but TTL, DSCP, ECN and checksum; the protocol goes where DSCP and ECN were. */
static inline uint64_t ipv4_word(const struct fs_cursor *ip)
{
    return (fs_cursor_u64(ip, 0) & ~(UINT64_C(0xff) << 48)) | (uint64_t)fs_cursor_u8(ip, 9) << 48;
}

/* All but traffic class and hop limit. */
static inline uint64_t ipv6_word(const struct fs_cursor *ip)
{
    return fs_cursor_u64(ip, 0) & ~(UINT64_C(0xff) << 52 | UINT64_C(0xff));
}

/* By a factor that nobody knows; the product's upper half depends on all of the word, and goes
 * where chains are chosen by. */
static inline struct fs_hash128 with_word(const struct fs_fingerprint_options *options,
                                          struct fs_hash128 rest, uint64_t word)
{
    __extension__ const unsigned __int128 product = (unsigned __int128)word * options->key.factor;

    rest.low ^= (uint64_t)(product >> 64);
    rest.high ^= (uint64_t)product;
    return rest;
}

static inline struct fs_hash128 hash_packet(const struct fs_fingerprint_options *options,
                                            const struct ip *ip)
{
    const uint32_t changing = changing_bytes(&ip->bytes);
    const struct fs_hash128 rest = hash(options, ip->bytes.at + changing, ip->covered - changing);

    return with_word(options, rest,
                     changing == IPV4_CHANGING ? ipv4_word(&ip->bytes) : ipv6_word(&ip->bytes));
}

/* Both lengths and the link type belong to a frame too. */
static uint64_t facts(const struct flowscope_packet *packet)
{
    return ((uint64_t)packet->captured_bytes << 32 | wire_bytes(packet)) ^
           packet->link_type * UINT64_C(0x9e3779b97f4a7c15);
}

/* Half of it is enough: it only tells frames apart that have one packet. */
static inline uint32_t fold(uint64_t frame)
{
    return (uint32_t)(frame * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

/* No packet is told from the frame: all bytes from `from` on. `frame` is what is known of the rest
 * of it. */
static inline void take_bytes(const struct fs_fingerprint_options *options,
                              const struct flowscope_packet *packet, uint32_t from, uint64_t frame,
                              struct fs_fingerprint *fingerprint)
{
    fingerprint->is_packet = false;
    fingerprint->has_inner = false;
    fingerprint->is_rare = false;
    fingerprint->inner_has_identity = false;
    fingerprint->has_identity = true;
    fingerprint->ttl = 0;
    fingerprint->frame = fold(frame);
    fingerprint->length = wire_bytes(packet);
    fingerprint->packet = hash(options, packet->data + from, packet->captured_bytes - from);
}

static __attribute__((noinline)) void take_packet(const struct fs_fingerprint_options *options,
                                                  const struct flowscope_packet *packet,
                                                  uint32_t from, uint64_t frame, uint32_t ip_at,
                                                  uint32_t inner_ip_at,
                                                  struct fs_fingerprint *fingerprint)
{
    const uint8_t *data = packet->data;
    const uint32_t captured = packet->captured_bytes;
    struct ip ip;

    if (ip_at < from || !read_ip(packet, ip_at, &ip)) {
        take_bytes(options, packet, from, frame, fingerprint);
        return;
    }
    const uint32_t head = ip_at + changing_bytes(&ip.bytes), end = ip_at + ip.covered;
    fingerprint->is_packet = true;
    fingerprint->has_inner = fingerprint->is_rare = options->inside;
    fingerprint->packet = hash_packet(options, &ip);
    frame ^= hash64(options, data + from, head - from);
    if (end < captured)
        frame = frame * 3 ^ hash64(options, data + end, captured - end);
    fingerprint->frame = fold(frame);
    fingerprint->length = ip.length;
    fingerprint->has_identity = ip.has_identity;
    fingerprint->ttl = ip.ttl;
    fingerprint->inner_has_identity = false;
    if (!options->inside)
        return;
    fingerprint->inner = fingerprint->packet;
    fingerprint->inner_has_identity = ip.has_identity;
    if (inner_ip_at != ip_at && read_ip(packet, inner_ip_at, &ip)) {
        fingerprint->inner = hash_packet(options, &ip);
        fingerprint->inner_has_identity = ip.has_identity;
    }
}

/* Linux cooked headers say which way the record went and, the second kind, where: they are the
 * capture's words, not the packet's. Returns the offset behind the packet type, else 0. */
static uint32_t read_cooked(const struct flowscope_packet *packet,
                            struct fs_fingerprint *fingerprint, uint64_t *frame)
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
        fingerprint->cooked = fs_cursor_u32(&bytes, 4);
        *frame ^= (uint64_t)fs_cursor_u32(&bytes, 0) << 32 | fs_cursor_u16(&bytes, 8);
    } else {
        return 0;
    }
    if (fingerprint->direction == FLOWSCOPE_INTERFACE_UNKNOWN && type <= OUTGOING)
        fingerprint->direction =
            type == OUTGOING ? FLOWSCOPE_INTERFACE_OUTBOUND : FLOWSCOPE_INTERFACE_INBOUND;
    return behind;
}

static inline void take_place(const struct flowscope_packet *packet,
                              struct fs_fingerprint *fingerprint)
{
    fingerprint->direction = packet->direction & 3u;
    fingerprint->cooked = 0;
}

static __attribute__((noinline)) void take_cooked(const struct fs_fingerprint_options *options,
                                                  const struct flowscope_packet *packet,
                                                  uint32_t ip_at, uint32_t inner_ip_at,
                                                  struct fs_fingerprint *fingerprint)
{
    uint64_t frame = facts(packet);
    const uint32_t from = read_cooked(packet, fingerprint, &frame);

    if (options->whole_frames)
        take_bytes(options, packet, from, frame, fingerprint);
    else
        take_packet(options, packet, from, frame, ip_at, inner_ip_at, fingerprint);
    fingerprint->is_rare |= fingerprint->cooked != 0;
}

void fs_fingerprint_take(const struct fs_fingerprint_options *options,
                         const struct flowscope_packet *packet, uint32_t ip_at,
                         uint32_t inner_ip_at, struct fs_fingerprint *fingerprint)
{
    take_place(packet, fingerprint);
    if (packet->link_type == LINK_SLL || packet->link_type == LINK_SLL2)
        take_cooked(options, packet, ip_at, inner_ip_at, fingerprint);
    else if (options->whole_frames)
        take_bytes(options, packet, 0, facts(packet), fingerprint);
    else
        take_packet(options, packet, 0, facts(packet), ip_at, inner_ip_at, fingerprint);
}

void fs_fingerprint_take_plain(const struct fs_fingerprint_options *options,
                               const struct flowscope_packet *packet, uint32_t ip_bytes,
                               struct fs_fingerprint *fingerprint)
{
    enum { IP = FS_PLAIN_IP_AT, HEAD = IP + IPV4_CHANGING };
    const struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);
    const uint32_t end = IP + ip_bytes;
    struct fs_cursor ip = bytes;
    uint64_t frame = facts(packet);

    if (options->whole_frames || options->inside || !fs_cursor_has(&bytes, end)) {
        fs_fingerprint_take(options, packet, IP, IP, fingerprint);
        return;
    }
    fs_cursor_skip(&ip, IP);
    take_place(packet, fingerprint);
    fingerprint->is_packet = true;
    fingerprint->has_inner = false;
    fingerprint->is_rare = false;
    fingerprint->inner_has_identity = false;
    fingerprint->has_identity = fs_cursor_u16(&ip, 4) != 0;
    fingerprint->ttl = fs_cursor_u8(&ip, 8);
    fingerprint->length = ip_bytes;
    fingerprint->packet = with_word(
        options, hash(options, packet->data + HEAD, ip_bytes - IPV4_CHANGING), ipv4_word(&ip));
    frame ^= XXH3_64bits_withSecret(packet->data, HEAD, options->key.secret, FS_HASH128_SECRET);
    if (end < packet->captured_bytes)
        frame = frame * 3 ^ hash64(options, packet->data + end, packet->captured_bytes - end);
    fingerprint->frame = fold(frame);
}
