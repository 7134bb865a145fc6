/* SPDX-License-Identifier: BSD-2-Clause */
/* A hash table from 64-bit hashes to 32-bit indices, in buckets of one cache line: eight tags of 16
 * bits are compared at once, and only a record whose tag agrees is looked at. What the indices
 * mean, and whether two keys are equal, is the caller's business.
 *
 * A full bucket passes its items on along a probe sequence that visits every bucket, and counts
 * them, so that a search stops at the first bucket that never passed anything on, and erasing
 * leaves no tombstones. Nothing is ever pushed out. */
#ifndef FS_BASE_TAG_TABLE_H
#define FS_BASE_TAG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define FS_TAG_SLOTS  8u
#define FS_TAG_ABSENT UINT32_MAX

struct fs_tag_bucket {
    uint16_t tag[FS_TAG_SLOTS]; /* 0: empty */
    uint32_t index[FS_TAG_SLOTS];
    uint32_t passed_on; /* items that found this bucket full and live further on */
    uint32_t spare[3];
};

_Static_assert(sizeof(struct fs_tag_bucket) == 64, "a bucket is a cache line");

struct fs_tag_table {
    struct fs_tag_bucket *buckets;
    uint32_t mask; /* buckets - 1; their number is a power of two */
};

/* Buckets for `items` at most half full: short probes at the limit too. */
uint32_t fs_tag_table_buckets(uint64_t items);

/* `buckets` are zeroed memory for `count` of them; they stay the caller's. */
void fs_tag_table_init(struct fs_tag_table *table, struct fs_tag_bucket *buckets, uint32_t count);

/* The caller guarantees a free slot somewhere, and that the item is not there yet. */
void fs_tag_table_insert(struct fs_tag_table *table, uint64_t hash, uint32_t index);

/* The item must be there, under this hash. */
void fs_tag_table_erase(struct fs_tag_table *table, uint64_t hash, uint32_t index);

static inline __attribute__((always_inline)) uint16_t fs_tag_of(uint64_t hash)
{
    uint16_t tag = (uint16_t)(hash >> 48);

    return tag ? tag : 1;
}

static inline __attribute__((always_inline)) struct fs_tag_bucket *
fs_tag_table_home(const struct fs_tag_table *table, uint64_t hash)
{
    return &table->buckets[(uint32_t)hash & table->mask];
}

/* One bit for each slot that holds `tag`. */
static inline __attribute__((always_inline)) unsigned
fs_tag_bucket_match(const struct fs_tag_bucket *bucket, uint16_t tag)
{
#ifdef __SSE2__
    __m128i tags, equal;

    memcpy(&tags, bucket->tag, sizeof(tags));
    equal = _mm_cmpeq_epi16(tags, _mm_set1_epi16((short)tag));
    return (unsigned)_mm_movemask_epi8(_mm_packs_epi16(equal, _mm_setzero_si128()));
#else
    unsigned slots = 0;

    for (unsigned i = 0; i < FS_TAG_SLOTS; i++)
        slots |= (unsigned)(bucket->tag[i] == tag) << i;
    return slots;
#endif
}

static inline void fs_tag_bucket_put(struct fs_tag_bucket *bucket, unsigned slot, uint16_t tag,
                                     uint32_t index)
{
    bucket->tag[slot] = tag;
    bucket->index[slot] = index;
}

/* Odd, so that the probe visits every bucket of a power of two. */
static inline uint32_t fs_tag_step(uint16_t tag)
{
    return 2u * tag + 1u;
}

/* The index of the item that is equal to `key`, or FS_TAG_ABSENT. */
static inline uint32_t fs_tag_table_find(const struct fs_tag_table *table, uint64_t hash,
                                         bool (*equal)(const void *context, const void *key,
                                                       uint32_t index),
                                         const void *context, const void *key)
{
    uint16_t tag = fs_tag_of(hash);
    uint32_t at = (uint32_t)hash & table->mask;

    for (uint32_t probe = 0; probe <= table->mask; probe++) {
        const struct fs_tag_bucket *bucket = &table->buckets[at];

        for (unsigned slots = fs_tag_bucket_match(bucket, tag); slots; slots &= slots - 1) {
            uint32_t index = bucket->index[__builtin_ctz(slots)];

            if (equal(context, key, index))
                return index;
        }
        if (bucket->passed_on == 0)
            break;
        at = (at + fs_tag_step(tag)) & table->mask;
    }
    return FS_TAG_ABSENT;
}

#endif
