/* SPDX-License-Identifier: BSD-2-Clause */
/* What is known of all copies together. */
#ifndef FLOWSCOPE_DUPLICATES_H
#define FLOWSCOPE_DUPLICATES_H

#include <flowscope/packet.h>

FLOWSCOPE_BEGIN_DECLS

#define FLOWSCOPE_DUP_PAIRS_MAX 32

/* Copies of one kind or between two interfaces, and how long after the first frame of their set
 * they came. A copy with a time before that frame's has no delay. */
struct flowscope_delays {
    uint64_t packets;
    uint64_t delays; /* packets with one */
    uint64_t min_ns; /* 0 without any */
    uint64_t max_ns;
    uint64_t sum_ns; /* sum_ns / delays is the mean; sticks to UINT64_MAX */
};

#define FLOWSCOPE_PLACE_NAME_MAX 52 /* bytes, with the zero at the end */

/* An interface. */
struct flowscope_dup_place {
    uint32_t section;
    uint32_t interface;                  /* by number in its section */
    uint32_t index;                      /* that a Linux cooked header (version 2) names, else 0 */
    char name[FLOWSCOPE_PLACE_NAME_MAX]; /* flowscope_engine_name_interface(); empty for none */
};

/* The first frame's, and the copy's. */
struct flowscope_dup_pair {
    struct flowscope_dup_place from;
    struct flowscope_dup_place to;
    struct flowscope_delays delays;
};

struct flowscope_duplicates {
    uint64_t seen;     /* frames that were looked at: those with bytes and a time */
    uint64_t copies;   /* of them, marked or dropped */
    uint64_t buffered; /* frames that the next one is compared with */
    struct flowscope_delays kinds[FLOWSCOPE_DUP_KIND_COUNT]; /* by enum flowscope_dup_kind */
    uint32_t pair_count; /* in order of their first copy; copies of further pairs are counted in
                          * dup_pairs_cut alone */
    uint32_t reserved;   /* zero */
    struct flowscope_dup_pair pairs[FLOWSCOPE_DUP_PAIRS_MAX];
};

/* One copy. */
struct flowscope_copy {
    uint32_t pair; /* among flowscope_duplicates.pairs, or FLOWSCOPE_DUP_PAIRS_MAX: a further one */
    uint32_t has_delay; /* false: its time is before that of the first frame of its set */
    uint64_t delay_ns;  /* after that frame */
};

/* Adds what is known of more copies. */
FLOWSCOPE_API void flowscope_delays_add(struct flowscope_delays *sum,
                                        const struct flowscope_delays *more);

FLOWSCOPE_END_DECLS

#endif
