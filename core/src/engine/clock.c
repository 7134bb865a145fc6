/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/clock.h"

enum fs_clock_step fs_clock_observe_any(struct fs_clock *clock, int64_t time_ns)
{
    if (!clock->started) {
        clock->started = true;
        clock->now_ns = time_ns;
        return FS_CLOCK_FORWARD;
    }
    if (fs_time_since(time_ns, clock->now_ns) <= FS_NS_HOUR) {
        clock->has_ahead = false;
        if (time_ns < clock->now_ns)
            return FS_CLOCK_BACK;
        clock->now_ns = time_ns;
        return FS_CLOCK_FORWARD;
    }
    if (clock->has_ahead && fs_time_since(time_ns, clock->ahead_ns) <= FS_NS_HOUR &&
        fs_time_since(clock->ahead_ns, time_ns) <= FS_NS_HOUR) {
        clock->has_ahead = false;
        clock->now_ns = time_ns > clock->ahead_ns ? time_ns : clock->ahead_ns;
        return FS_CLOCK_BELIEVE;
    }
    clock->has_ahead = true;
    clock->ahead_ns = time_ns;
    return FS_CLOCK_JUMP;
}

void fs_clock_advance(struct fs_clock *clock, int64_t now_ns)
{
    if (clock->started && now_ns <= clock->now_ns)
        return;
    clock->started = true;
    clock->has_ahead = false;
    clock->now_ns = now_ns;
}
