/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/life.h"

/* The packet times of the record, which may leave those of the timeouts: kept apart from them in
 * the cold record, and only when they do. */
static void record_time(struct fs_flow *flow, struct fs_flow_cold *cold, int64_t time_ns)
{
    bool is_cold = flow->flags & FS_FLOW_LAST_IS_COLD;

    if (!(flow->flags & FS_FLOW_HAS_TIME)) {
        flow->flags |= FS_FLOW_HAS_TIME;
        cold->first_time_ns = time_ns;
        cold->last_time_ns = time_ns;
        return;
    }
    if ((is_cold || time_ns < flow->seen_ns) && time_ns < cold->first_time_ns)
        cold->first_time_ns = time_ns;
    if (is_cold && time_ns > cold->last_time_ns)
        cold->last_time_ns = time_ns;
}

void fs_flow_see_any(struct fs_flow *flow, struct fs_flow_cold *cold, int64_t time_ns,
                     bool has_time, int64_t clock_ns)
{
    /* Over an hour back: one packet far ahead must not hold the flow open for ever. */
    bool goes_back = fs_time_since(flow->seen_ns, time_ns) > FS_NS_HOUR;

    flow->usual = 0;
    if ((!has_time || goes_back) && !(flow->flags & FS_FLOW_LAST_IS_COLD)) {
        flow->flags |= FS_FLOW_LAST_IS_COLD;
        cold->last_time_ns = flow->seen_ns;
    }
    if (has_time)
        record_time(flow, cold, time_ns);
    if (time_ns > flow->seen_ns || goes_back)
        flow->seen_ns = time_ns;
    flow->seen_clock_ns = clock_ns;
}
