/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies by the places of the first frame and of the copy, and by kind, with their delays. */
#ifndef FS_PACKET_PAIRS_H
#define FS_PACKET_PAIRS_H

#include "packet/place.h"

struct fs_pair {
    uint32_t ends; /* fs_pair_ends() */
    struct flowscope_delays kinds[FLOWSCOPE_DUP_KIND_COUNT];
};

struct fs_pairs {
    struct fs_pair *recent; /* that of the last copy */
    uint32_t recent_ends;
    uint32_t count;
    struct fs_pair pair[FLOWSCOPE_DUP_PAIRS_MAX];
    struct fs_pair cut; /* all others together */
};

static inline uint32_t fs_pair_ends(uint16_t from, uint16_t to)
{
    return (uint32_t)from << 16 | to;
}

/* Of zeroed memory. */
void fs_pairs_init(struct fs_pairs *pairs);

/* What fs_pairs_of() gives, where the last copy was between others. */
struct fs_pair *fs_pairs_find(struct fs_pairs *pairs, uint32_t ends);

static inline struct fs_pair *fs_pairs_of(struct fs_pairs *pairs, uint16_t from, uint16_t to)
{
    const uint32_t ends = fs_pair_ends(from, to);

    return pairs->recent_ends == ends ? pairs->recent : fs_pairs_find(pairs, ends);
}

/* That of the last copy, as fs_pairs_read() numbers them; FLOWSCOPE_DUP_PAIRS_MAX for others. */
static inline uint32_t fs_pairs_recent(const struct fs_pairs *pairs)
{
    return pairs->recent == &pairs->cut ? FLOWSCOPE_DUP_PAIRS_MAX
                                        : (uint32_t)(pairs->recent - pairs->pair);
}

static inline void fs_delays_add(struct flowscope_delays *delays, int64_t delay_ns)
{
    const uint64_t delay = (uint64_t)delay_ns;

    delays->packets++;
    if (delay_ns < 0)
        return;
    if (delays->delays == 0 || delay < delays->min_ns)
        delays->min_ns = delay;
    if (delay > delays->max_ns)
        delays->max_ns = delay;
    if (__builtin_add_overflow(delays->sum_ns, delay, &delays->sum_ns))
        delays->sum_ns = UINT64_MAX;
    delays->delays++;
}

/* Fills what *counts has of copies, kinds and pairs. */
void fs_pairs_read(const struct fs_pairs *pairs, const struct fs_places *places,
                   struct flowscope_duplicates *counts, uint64_t *pairs_cut);

#endif
