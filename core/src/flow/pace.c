/* SPDX-License-Identifier: BSD-2-Clause */
/* Squares of nanoseconds outgrow 64 bits: their sum is kept in units of 4^shift ns^2, rounded down
 * at each addition, by as small a shift as holds it. It is exact up to 2^64 ns^2, past that to one
 * part in 2^62 for each interval. */
#include "flow/pace.h"

__extension__ typedef unsigned __int128 wide;

static void add_square(struct fs_facts_side *own, uint64_t interval_ns)
{
    wide square = (wide)interval_ns * interval_ns >> 2 * own->squares_shift;

    while (square > UINT64_MAX - own->interval_squares) {
        square >>= 2;
        own->interval_squares >>= 2;
        own->squares_shift++;
    }
    own->interval_squares += (uint64_t)square;
}

static void add_idle(struct fs_facts_side *own, uint64_t interval_ns)
{
    enum { NS_PER_MS = 1000000 };
    uint32_t idle_ms;

    if (own->idle_periods < UINT16_MAX)
        own->idle_periods++;
    if (interval_ns / NS_PER_MS > UINT32_MAX ||
        __builtin_add_overflow(own->idle_ms, (uint32_t)(interval_ns / NS_PER_MS), &idle_ms))
        idle_ms = UINT32_MAX;
    own->idle_ms = idle_ms;
}

void fs_pace_take_long(struct fs_facts_side *own, uint64_t interval_ns)
{
    /* Times at both ends of what a time can be: the sum is as saturated as they are. */
    if (__builtin_add_overflow(own->interval_sum_ns, interval_ns, &own->interval_sum_ns))
        own->interval_sum_ns = UINT64_MAX;
    add_square(own, interval_ns);
    own->interval_count++;
    if (interval_ns >= FS_PACE_IDLE_NS)
        add_idle(own, interval_ns);
}

/* Of the intervals, in us^2, rounded down: the mean of the squared distances from their mean, which
 * is taken as a whole number of ns. */
static uint64_t variance_us2(const struct fs_facts_side *side)
{
    const uint64_t mean_ns = side->interval_sum_ns / side->interval_count,
                   rest = side->interval_sum_ns % side->interval_count;
    const wide squares = (wide)side->interval_squares << 2 * side->squares_shift;
    const wide of_mean = (wide)mean_ns * side->interval_sum_ns + (wide)mean_ns * rest;
    const wide variance =
        squares > of_mean ? (squares - of_mean) / side->interval_count / 1000000 : 0;

    return variance > UINT64_MAX ? UINT64_MAX : (uint64_t)variance;
}

void fs_pace_record(const struct fs_facts_side *side, struct flowscope_tcp_facts *facts)
{
    facts->intervals = side->interval_count;
    facts->interval_sum_ns = side->interval_sum_ns;
    facts->interval_variance_us2 = side->interval_count ? variance_us2(side) : 0;
    facts->idle_periods = side->idle_periods;
    facts->idle_ns = side->idle_ms * UINT64_C(1000000);
}
