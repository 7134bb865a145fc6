/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table_copies.h"

#include "feed.h"

#include <flowscope/engine.h>

#include <glib.h>
#include <string.h>

static unsigned find_pair(const struct fs_copy_sums *sums, const struct flowscope_dup_pair *pair)
{
    unsigned at = 0;

    while (at < sums->pair_count &&
           (memcmp(&sums->pairs[at].from, &pair->from, sizeof pair->from) != 0 ||
            memcmp(&sums->pairs[at].to, &pair->to, sizeof pair->to) != 0))
        at++;
    return at;
}

static unsigned row_of_pair(struct fs_copy_sums *sums, uint32_t number)
{
    struct flowscope_dup_pair pair;
    unsigned at = FLOWSCOPE_DUP_PAIRS_MAX;

    if (sums->row_of[number])
        return sums->row_of[number] - 1;
    if (number < FLOWSCOPE_DUP_PAIRS_MAX && fs_feed_pair(number, &pair)) {
        at = find_pair(sums, &pair);
        if (at == sums->pair_count && at < FLOWSCOPE_DUP_PAIRS_MAX) {
            sums->pairs[sums->pair_count++] = pair;
            fs_stats_pair_name(sums->sums[at].name, &pair);
        }
    }
    if (at == FLOWSCOPE_DUP_PAIRS_MAX)
        g_strlcpy(sums->sums[at].name, "(others)", sizeof sums->sums[at].name);
    sums->row_of[number] = at + 1;
    return at;
}

unsigned fs_copy_sums_add(struct fs_copy_sums *sums, enum fs_copy_rows rows, unsigned kind,
                          const struct flowscope_copy *copy, uint32_t bytes)
{
    const unsigned at = rows == FS_COPIES_BY_KIND ? kind : row_of_pair(sums, copy->pair);
    struct fs_copy_sum *sum = &sums->sums[at];
    const struct flowscope_delays one = {.packets = 1,
                                         .delays = copy->has_delay != 0,
                                         .min_ns = copy->delay_ns,
                                         .max_ns = copy->delay_ns,
                                         .sum_ns = copy->delay_ns};

    if (rows == FS_COPIES_BY_KIND)
        g_strlcpy(sum->name, flowscope_dup_kind_name(kind), sizeof sum->name);
    flowscope_delays_add(&sum->delays, &one);
    sum->bytes += bytes;
    return at;
}

void fs_copy_sums_end_session(struct fs_copy_sums *sums)
{
    memset(sums->row_of, 0, sizeof sums->row_of);
}
