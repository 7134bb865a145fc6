/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters over time. Nothing is added up per packet: the counters are looked at when time leaves
 * the place where it was, and what they grew by since belongs there. */
#ifndef FS_ENGINE_RATES_H
#define FS_ENGINE_RATES_H

#include <flowscope/rates.h>

#include <stdbool.h>

/* Seconds that are known at once, so that frames a little out of order find theirs. */
#define FS_RATE_SECONDS 4u

struct fs_rate_second {
    int64_t number; /* since 1970 */
    uint64_t sum[FLOWSCOPE_RATE_COUNT];
};

struct fs_rates {
    /* The place of now, a part of one second and of one interval. Times from here to before there
     * change nothing; there is none yet where both are 0. */
    int64_t from_ns, until_ns;
    bool has_far;
    int64_t far; /* second of the frame before, which nothing agreed with */
    int64_t first_second, last_second;
    uint32_t interval;     /* of now */
    uint32_t second_count; /* the second of now is the first of them */
    struct fs_rate_second second[FS_RATE_SECONDS];
    uint64_t booked[FLOWSCOPE_RATE_COUNT]; /* what has its place */
    struct flowscope_rates series;
};

/* Time, at which the counters say `counted`, comes to `time_ns`. */
void fs_rates_come(struct fs_rates *rates, const uint64_t counted[FLOWSCOPE_RATE_COUNT],
                   int64_t time_ns);

/* What there is to tell when the counters say `counted`. */
void fs_rates_read(const struct fs_rates *rates, const uint64_t counted[FLOWSCOPE_RATE_COUNT],
                   struct flowscope_rates *told);

#endif
