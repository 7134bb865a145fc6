/* SPDX-License-Identifier: BSD-2-Clause */
/* The key of a flow: everything that is equal on all its packets, whichever their direction. */
#ifndef FS_PACKET_KEY_H
#define FS_PACKET_KEY_H

#include "base/cursor.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* IP protocols that this code treats in its own way; protocol.def has all their names. */
enum {
    FS_PROTOCOL_ICMP = 1,
    FS_PROTOCOL_IPV4 = 4, /* RFC 2003 */
    FS_PROTOCOL_TCP = 6,
    FS_PROTOCOL_UDP = 17,
    FS_PROTOCOL_IPV6 = 41, /* RFC 4213, 2473 */
    FS_PROTOCOL_GRE = 47,
    FS_PROTOCOL_AH = 51,
    FS_PROTOCOL_ICMP6 = 58,
    FS_PROTOCOL_L2TP = 115, /* RFC 3931, 4.1.1 */
    FS_PROTOCOL_SCTP = 132,
    FS_PROTOCOL_MPLS = 137, /* RFC 4023 */
};

/* In kind: the reverse direction is another flow (some ICMP types; directional keys). */
#define FS_KEY_ONE_WAY 0x80u
/* In kind: addresses alone, without protocol; with a flow label in the place of the ports. */
#define FS_KEY_PAIR  0x40u
#define FS_KEY_LABEL 0x20u
/* The rest of kind. MAC addresses stand in the first six bytes; an own key is all of addr. */
#define FS_KEY_KIND 0x0fu
#define FS_KEY_MAC  1u
#define FS_KEY_OWN  2u

/* The endpoints are sorted: (addr[0], port[0]) <= (addr[1], port[1]) by address bytes, then port;
 * a one-way key keeps the packet's own order. IPv4 stands in the first four bytes, the rest zero.
 * No padding: the key is hashed and compared as its 44 bytes. */
struct fs_key {
    uint8_t addr[2][16];
    uint16_t port[2]; /* host order; ICMP: type and counterpart, or type and code */
    uint32_t path;    /* hash of what the tunnel policy puts in; 0 outside tunnels */
    uint16_t extra;   /* ICMP echo identifier */
    uint8_t protocol; /* IANA number */
    uint8_t kind;     /* 4 or 6, or FS_KEY_MAC or FS_KEY_OWN, with the bits above */
};

_Static_assert(sizeof(struct fs_key) == 44, "the key is hashed as it lies in memory");

/* In the kind of a short key: it stands for a longer one, see fs_key_stand_in(); it has a path,
 * which is kept beside it. */
#define FS_KEY_LONG   0x10u
#define FS_KEY_INSIDE 0x08u

/* All of an IPv4 key but its path, in two registers. */
struct fs_short_key {
    uint64_t addresses; /* in host order, the first endpoint's in the upper half */
    uint64_t rest;      /* from the lowest bits on: both ports, extra, protocol, kind */
};

static inline bool fs_key_is_short(const struct fs_key *key)
{
    return (key->kind & ~FS_KEY_ONE_WAY) == 4;
}

static inline uint64_t fs_short_key_rest(uint16_t first_port, uint16_t second_port, uint16_t extra,
                                         uint8_t protocol, uint8_t kind)
{
    return first_port | (uint64_t)second_port << 16 | (uint64_t)extra << 32 |
           (uint64_t)protocol << 48 | (uint64_t)kind << 56;
}

static inline uint8_t fs_short_key_protocol(const struct fs_short_key *key)
{
    return (uint8_t)(key->rest >> 48);
}

static inline uint8_t fs_short_key_kind(const struct fs_short_key *key)
{
    return (uint8_t)(key->rest >> 56);
}

/* What of a key stands beside its short one: nothing, the path, or (FS_KEY_LONG) addresses too. */
static inline bool fs_short_key_is_whole(const struct fs_short_key *key)
{
    return (fs_short_key_kind(key) & (FS_KEY_LONG | FS_KEY_INSIDE)) == 0;
}

static inline void fs_short_key_put_inside(struct fs_short_key *key, uint32_t path)
{
    key->rest |= (uint64_t)(path != 0 ? FS_KEY_INSIDE : 0) << 56;
}

static inline bool fs_short_key_is_equal(const struct fs_short_key *a, const struct fs_short_key *b)
{
    return ((a->addresses ^ b->addresses) | (a->rest ^ b->rest)) == 0;
}

/* The key of the same packets from the second endpoint to the first. */
static inline __attribute__((always_inline)) struct fs_short_key
fs_short_key_turned(struct fs_short_key key)
{
    const uint32_t ports = (uint32_t)key.rest;

    return (struct fs_short_key){.addresses = key.addresses << 32 | key.addresses >> 32,
                                 .rest = (key.rest & ~(uint64_t)UINT32_MAX) |
                                         (ports << 16 | ports >> 16)};
}

static inline uint32_t fs_key_ipv4(const uint8_t *address)
{
    return (uint32_t)address[0] << 24 | (uint32_t)address[1] << 16 | (uint32_t)address[2] << 8 |
           address[3];
}

static inline struct fs_short_key fs_key_shorten(const struct fs_key *key)
{
    struct fs_short_key short_key = {
        .addresses = (uint64_t)fs_key_ipv4(key->addr[0]) << 32 | fs_key_ipv4(key->addr[1]),
        .rest =
            fs_short_key_rest(key->port[0], key->port[1], key->extra, key->protocol, key->kind)};

    fs_short_key_put_inside(&short_key, key->path);
    return short_key;
}

/* A short key for any key: equal ones have the same, and the one of an IPv4 key is that of no
 * other, but for the path. What a long key has besides is its path and its addresses, of which one
 * word follows from this and the rest. */
static inline struct fs_short_key fs_key_stand_in(const struct fs_key *key)
{
    uint64_t words[4];

    if (fs_key_is_short(key))
        return fs_key_shorten(key);
    memcpy(words, key->addr, sizeof(words));
    return (struct fs_short_key){.addresses = words[0] ^ words[1] ^ words[2] ^ words[3] ^ key->path,
                                 .rest = fs_short_key_rest(key->port[0], key->port[1], key->extra,
                                                           key->protocol,
                                                           (uint8_t)(key->kind | FS_KEY_LONG))};
}

/* All but the addresses: both ports, the first in the lower half, the path, and from the lowest
 * bits on extra, protocol, kind. Stored in words as wide as those that will read it: a processor
 * waits when it loads at once what it has just stored in pieces. */
static inline void fs_key_set_rest(struct fs_key *key, uint32_t ports, uint32_t path, uint32_t tail)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t middle = ports | (uint64_t)path << 32;

    memcpy((char *)key + 32, &middle, 8);
    memcpy((char *)key + 40, &tail, 4);
#else
    key->port[0] = (uint16_t)ports;
    key->port[1] = (uint16_t)(ports >> 16);
    key->path = path;
    key->extra = (uint16_t)tail;
    key->protocol = (uint8_t)(tail >> 16);
    key->kind = (uint8_t)(tail >> 24);
#endif
}

static inline void fs_key_lengthen(const struct fs_short_key *from, uint32_t path,
                                   struct fs_key *key)
{
    const uint32_t tail = (uint32_t)(from->rest >> 32) & ~(FS_KEY_INSIDE << 24);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t first = __builtin_bswap32((uint32_t)(from->addresses >> 32)),
                   second = __builtin_bswap32((uint32_t)from->addresses), none = 0;
    char *to = (char *)key;

    memcpy(to, &first, 8);
    memcpy(to + 8, &none, 8);
    memcpy(to + 16, &second, 8);
    memcpy(to + 24, &none, 8);
#else
    memset(key->addr, 0, sizeof(key->addr));
    for (unsigned i = 0; i < 4; i++) {
        key->addr[0][i] = (uint8_t)(from->addresses >> (56 - 8 * i));
        key->addr[1][i] = (uint8_t)(from->addresses >> (24 - 8 * i));
    }
#endif
    fs_key_set_rest(key, (uint32_t)from->rest, path, tail);
}

/* Sets the ports and brings the endpoints into the key's order. `ports` is what a TCP header begins
 * with, the source's in the upper half; the addresses are in the packet's order. True: the
 * endpoints were swapped, which a one-way key never is. */
bool fs_key_sort(struct fs_key *key, uint32_t ports);

/* Of words in network order, what they are as they lie in memory. */
static inline uint64_t fs_key_sum(uint64_t words)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return __builtin_bswap64(words);
#else
    return words;
#endif
}

/* The same for a whole key over IPv6, whose addresses stand in a packet one after the other, all of
 * them captured; *stand_in is that of the key. */
static inline __attribute__((always_inline)) bool
fs_key_sort_ipv6(struct fs_key *key, const struct fs_cursor *bytes, uint32_t addresses_at,
                 uint32_t ports, uint32_t path, uint8_t protocol, struct fs_short_key *stand_in)
{
    const uint64_t source = fs_cursor_u64(bytes, addresses_at),
                   destination = fs_cursor_u64(bytes, addresses_at + 16),
                   source_low = fs_cursor_u64(bytes, addresses_at + 8),
                   destination_low = fs_cursor_u64(bytes, addresses_at + 24);
    bool swap = source != destination ? source > destination : source_low > destination_low;

    if (source == destination && source_low == destination_low)
        swap = ports >> 16 > (ports & UINT16_MAX);
    fs_cursor_copy(bytes, addresses_at, key->addr[swap], sizeof(key->addr[0]));
    fs_cursor_copy(bytes, addresses_at + 16, key->addr[!swap], sizeof(key->addr[0]));
    const uint32_t tail = (uint32_t)protocol << 16 | UINT32_C(6) << 24;
    const uint32_t sorted = swap ? ports : ports << 16 | ports >> 16;
    fs_key_set_rest(key, sorted, path, tail);
    stand_in->addresses = fs_key_sum(source ^ destination ^ source_low ^ destination_low) ^ path;
    stand_in->rest = sorted | (uint64_t)(tail | FS_KEY_LONG << 24) << 32;
    return swap;
}

#endif
