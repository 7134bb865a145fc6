/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/clock.h"

static enum fs_clock_step observe(struct fs_clock *clock, int64_t time_ns)
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

static void set_near(struct fs_clock *clock)
{
    clock->near_ns = clock->has_ahead ? clock->now_ns : fs_time_after(clock->now_ns, FS_NS_HOUR);
}

enum fs_clock_step fs_clock_observe(struct fs_clock *clock, int64_t time_ns)
{
    enum fs_clock_step step = observe(clock, time_ns);

    set_near(clock);
    return step;
}

void fs_clock_advance(struct fs_clock *clock, int64_t now_ns)
{
    if (clock->started && now_ns <= clock->now_ns)
        return;
    clock->started = true;
    clock->has_ahead = false;
    clock->now_ns = now_ns;
    set_near(clock);
}
