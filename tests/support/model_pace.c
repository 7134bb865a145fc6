/* SPDX-License-Identifier: BSD-2-Clause */
/* The intervals between the segments of one direction, and their variance by its definition. */
#include "support/model_notes.h"

typedef unsigned __int128 wide;

struct intervals {
    wide squares; /* times 4 as often as `fourths` says */
    unsigned fourths;
};

static void add_square(struct intervals *intervals, uint64_t interval)
{
    wide square = (wide)interval * interval;
    for (unsigned i = 0; i < intervals->fourths; i++)
        square /= 4;
    while (intervals->squares + square > UINT64_MAX) {
        intervals->squares /= 4;
        square /= 4;
        intervals->fourths++;
    }
    intervals->squares += square;
}

static uint64_t variance(const struct intervals *intervals, uint64_t count, uint64_t sum)
{
    const wide mean = sum / count, second = 2 * mean * sum;
    wide squares = intervals->squares;
    for (unsigned i = 0; i < intervals->fourths; i++)
        squares *= 4;
    squares += mean * mean * count;
    return squares < second ? 0 : (uint64_t)((squares - second) / count / 1000000);
}

void model_pace(const struct model_segment *segments, size_t count, unsigned way,
                struct flowscope_tcp_facts *facts)
{
    const struct model_segment *last = NULL;
    struct intervals intervals = {0, 0};
    for (const struct model_segment *at = segments; at < segments + count; at++) {
        if (at->way != way || at->damaged)
            continue;
        if (last && last->has_time && at->has_time && at->time >= last->time) {
            const uint64_t interval = (uint64_t)at->time - (uint64_t)last->time;
            add_square(&intervals, interval);
            facts->intervals++;
            facts->interval_sum_ns += interval;
            if (interval >= 1000000000) {
                facts->idle_periods++;
                facts->idle_ns += interval - interval % 1000000;
            }
        }
        last = at;
    }
    if (facts->intervals)
        facts->interval_variance_us2 =
            variance(&intervals, facts->intervals, facts->interval_sum_ns);
}
