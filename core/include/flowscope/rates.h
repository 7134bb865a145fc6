/* SPDX-License-Identifier: BSD-2-Clause */
/* Rates over the time of a capture: a short series whose intervals double as the capture grows, and
 * the most of any one second. */
#ifndef FLOWSCOPE_RATES_H
#define FLOWSCOPE_RATES_H

#include <flowscope/api.h>

#include <stdint.h>

FLOWSCOPE_BEGIN_DECLS

#define FLOWSCOPE_RATE_INTERVALS 32

enum flowscope_rate_kind {
#define FLOWSCOPE_RATE(name, text) FLOWSCOPE_RATE_##name,
#include <flowscope/rate.def>
#undef FLOWSCOPE_RATE
    FLOWSCOPE_RATE_COUNT
};

/* The most of one second since 1970, and when that second began; of several the earliest. */
struct flowscope_peak {
    uint64_t most; /* 0: none at all, and no time */
    int64_t time_ns;
};

/* A frame is counted at its own time. One without time, and one whose time is over an hour outside
 * of all before it, as long as the next frame does not agree, is counted with the frame before it;
 * copies, which move nothing, do not count. The sums of all intervals are packets_in_flows, bytes,
 * flows, and flows without open_flows, of struct flowscope_counters. A flow ends when its record
 * does: an idle one at the frame (or call) by which it is found so. Of peaks: a second that was
 * left for four others, and comes back, counts as another. */
struct flowscope_rates {
    int64_t interval_ns; /* 1/512 s, doubled as often as needed; 0: no frame had a time */
    int64_t first;       /* the series begins this many intervals after 1970 */
    uint32_t count;      /* intervals, without gaps; at most FLOWSCOPE_RATE_INTERVALS */
    uint32_t reserved;   /* zero */
    uint64_t interval[FLOWSCOPE_RATE_INTERVALS][FLOWSCOPE_RATE_COUNT];
    struct flowscope_peak peak[FLOWSCOPE_RATE_COUNT];
};

/* When interval `number` of the series (0 the first) begins, in nanoseconds since 1970; saturated.
 */
FLOWSCOPE_API int64_t flowscope_rates_time_ns(const struct flowscope_rates *rates, uint32_t number);

/* Adds *more to *sum, both of which were read from engines or are zero: the series over the time of
 * both, the greater of two peaks. */
FLOWSCOPE_API void flowscope_rates_add(struct flowscope_rates *sum,
                                       const struct flowscope_rates *more);

/* The words of rate.def; a static string, "" for a value out of range. */
FLOWSCOPE_API const char *flowscope_rate_name(unsigned rate);

FLOWSCOPE_END_DECLS

#endif
