/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/pairs.h"

void flowscope_delays_add(struct flowscope_delays *sum, const struct flowscope_delays *more)
{
    sum->packets += more->packets;
    if (more->delays == 0)
        return;
    if (sum->delays == 0 || more->min_ns < sum->min_ns)
        sum->min_ns = more->min_ns;
    if (more->max_ns > sum->max_ns)
        sum->max_ns = more->max_ns;
    if (__builtin_add_overflow(sum->sum_ns, more->sum_ns, &sum->sum_ns))
        sum->sum_ns = UINT64_MAX;
    sum->delays += more->delays;
}

static struct fs_pair *find(struct fs_pairs *pairs, uint32_t ends)
{
    struct fs_pair *pair = pairs->pair;
    const struct fs_pair *end = pair + pairs->count;

    for (; pair < end; pair++)
        if (pair->ends == ends)
            return pair;
    if ((ends & fs_pair_ends(FS_PLACE_OTHER, FS_PLACE_OTHER)) ||
        pairs->count == FLOWSCOPE_DUP_PAIRS_MAX)
        return &pairs->cut;
    pairs->count++;
    pair->ends = ends;
    return pair;
}

struct fs_pair *fs_pairs_find(struct fs_pairs *pairs, uint32_t ends)
{
    pairs->recent = find(pairs, ends);
    pairs->recent_ends = ends;
    return pairs->recent;
}

void fs_pairs_init(struct fs_pairs *pairs)
{
    fs_pairs_find(pairs, fs_pair_ends(FS_PLACE_OTHER, FS_PLACE_OTHER));
}

void fs_pairs_read(const struct fs_pairs *pairs, const struct fs_places *places,
                   struct flowscope_duplicates *counts, uint64_t *pairs_cut)
{
    *pairs_cut = 0;
    counts->pair_count = pairs->count;
    for (unsigned kind = 0; kind < FLOWSCOPE_DUP_KIND_COUNT; kind++) {
        for (uint32_t i = 0; i < pairs->count; i++) {
            flowscope_delays_add(&counts->kinds[kind], &pairs->pair[i].kinds[kind]);
            flowscope_delays_add(&counts->pairs[i].delays, &pairs->pair[i].kinds[kind]);
        }
        flowscope_delays_add(&counts->kinds[kind], &pairs->cut.kinds[kind]);
        counts->copies += counts->kinds[kind].packets;
        *pairs_cut += pairs->cut.kinds[kind].packets;
    }
    for (uint32_t i = 0; i < pairs->count; i++) {
        fs_places_describe(places, (uint16_t)(pairs->pair[i].ends >> 16), &counts->pairs[i].from);
        fs_places_describe(places, (uint16_t)pairs->pair[i].ends, &counts->pairs[i].to);
    }
}
