/* SPDX-License-Identifier: BSD-2-Clause */
/* The pace of one direction of a connection: the intervals between its segments, their mean and
 * their variance by sums of integers; and its idle periods, which are intervals of a second or
 * more. */
#ifndef FS_FLOW_PACE_H
#define FS_FLOW_PACE_H

#include "base/time.h"
#include "flow/facts.h"

#define FS_PACE_IDLE_NS FS_NS_PER_S

/* The rest of fs_pace_take(), for what is not small. */
void fs_pace_take_long(struct fs_facts_side *own, uint64_t interval_ns);

/* One more segment, before own->last_ns is moved; nearly all follow their predecessor soon. A step
 * back in time gives no interval. Counts past four thousand million are not kept: then no sum
 * is. */
static inline void fs_pace_take(struct fs_facts_side *own, int64_t time_ns)
{
    const uint64_t interval_ns = (uint64_t)time_ns - (uint64_t)own->last_ns;
    uint64_t squares;

    if (time_ns < own->last_ns || own->interval_count == UINT32_MAX)
        return;
    if (interval_ns >= FS_PACE_IDLE_NS || own->squares_shift ||
        __builtin_add_overflow(own->interval_squares, interval_ns * interval_ns, &squares)) {
        fs_pace_take_long(own, interval_ns);
        return;
    }
    own->interval_squares = squares;
    own->interval_sum_ns += interval_ns;
    own->interval_count++;
}

/* Fills what of *facts is about time. */
void fs_pace_record(const struct fs_facts_side *side, struct flowscope_tcp_facts *facts);

#endif
