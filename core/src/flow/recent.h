/* SPDX-License-Identifier: BSD-2-Clause */
/* The flows of the last plain packets, each found by the key as it was read: before it is sorted
 * and hashed, and without a look at the flow. Both directions have places of their own. */
#ifndef FS_FLOW_RECENT_H
#define FS_FLOW_RECENT_H

#include "packet/key.h"

/* Room for some thousand directions at 64 KiB, which stay in a second-level cache. */
#define FS_RECENT_BITS 11u

/* After so many packets whose flow was not here: whether that is many. */
#define FS_RECENT_MISSES 16u

struct fs_recent_flow {
    struct fs_short_key key; /* as it was read; all zero: of none */
    uint64_t hash;           /* of the sorted key */
    uint32_t path;           /* what the key has besides */
    uint32_t place;          /* see fs_recent_place() */
};

struct fs_recent {
    struct fs_recent_flow flows[1u << FS_RECENT_BITS];
    struct fs_recent_flow *last; /* that of the last plain packet, or any */
    uint64_t misses;
};

/* Where a flow with that key is, if it is there. */
static inline __attribute__((always_inline)) struct fs_recent_flow *
fs_recent_at(struct fs_recent *recent, const struct fs_short_key *key)
{
    const uint64_t mixed = (key->addresses + key->rest) * UINT64_C(0x9e3779b97f4a7c15);

    return &recent->flows[mixed >> (64 - FS_RECENT_BITS)];
}

/* Of a flow, which is open: its index, and whether sorting swaps the ends of its key. */
static inline uint32_t fs_recent_place(uint32_t index, bool swapped)
{
    return index << 1 | (swapped ? 1 : 0);
}

static inline uint32_t fs_recent_index(const struct fs_recent_flow *recent)
{
    return recent->place >> 1;
}

static inline bool fs_recent_is_swapped(const struct fs_recent_flow *recent)
{
    return (recent->place & 1) != 0;
}

/* The flow with that key, as it was read, and with that path. */
static inline __attribute__((always_inline)) bool
fs_recent_is(const struct fs_recent_flow *recent, const struct fs_short_key *as_read, uint32_t path)
{
    return fs_short_key_is_equal(&recent->key, as_read) && (path == 0 || recent->path == path);
}

/* The flow with this sorted key is no more. */
static inline void fs_recent_forget(struct fs_recent *recent, const struct fs_short_key *key)
{
    const struct fs_short_key turned = fs_short_key_turned(*key);
    struct fs_recent_flow *own = fs_recent_at(recent, key), *other = fs_recent_at(recent, &turned);

    if (fs_short_key_is_equal(&own->key, key))
        own->key = (struct fs_short_key){0};
    if (fs_short_key_is_equal(&other->key, &turned))
        other->key = (struct fs_short_key){0};
}

#endif
