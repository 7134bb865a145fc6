/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copies of frames summed up, for the native tables. */
#ifndef FS_PLUGIN_TABLE_COPIES_H
#define FS_PLUGIN_TABLE_COPIES_H

#include "export/stats_duplicates.h"

enum fs_copy_rows { FS_COPIES_NONE, FS_COPIES_BY_KIND, FS_COPIES_BY_PAIR };

struct fs_copy_sum {
    char name[FS_STATS_PAIR_SIZE];
    struct flowscope_delays delays;
    uint64_t bytes; /* of the frames on the wire */
};

/* The last one is of the pairs that the engine and the statistics only count. */
#define FS_COPY_SUMS (FLOWSCOPE_DUP_PAIRS_MAX + 1)

_Static_assert(FLOWSCOPE_DUP_KIND_COUNT <= FS_COPY_SUMS, "kinds have room");

/* All zero: none yet. */
struct fs_copy_sums {
    struct fs_copy_sum sums[FS_COPY_SUMS];
    struct flowscope_dup_pair pairs[FLOWSCOPE_DUP_PAIRS_MAX]; /* of those sums */
    unsigned pair_count;
    unsigned
        row_of[FS_COPY_SUMS]; /* by the session's number of the pair, from 1; 0: not yet known */
};

/* Adds a copy; returns which sum it is in. */
unsigned fs_copy_sums_add(struct fs_copy_sums *sums, enum fs_copy_rows rows, unsigned kind,
                          const struct flowscope_copy *copy, uint32_t bytes);

/* The pairs of the next session have numbers of their own. */
void fs_copy_sums_end_session(struct fs_copy_sums *sums);

#endif
