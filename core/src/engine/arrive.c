/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/arrive.h"

int64_t fs_engine_arrive_any(flowscope_engine *engine, const struct flowscope_packet *packet)
{
    struct flowscope_counters *counters = &engine->counters;
    int64_t time_ns = packet->time_ns;

    if (packet->time_quality == FLOWSCOPE_TIME_NONE) {
        counters->no_time++;
        return engine->clock.now_ns;
    }
    if (packet->time_quality == FLOWSCOPE_TIME_BAD)
        counters->bad_time++;
    if (!counters->has_time || time_ns < counters->first_time_ns)
        counters->first_time_ns = time_ns;
    if (!counters->has_time || time_ns > counters->last_time_ns)
        counters->last_time_ns = time_ns;
    counters->has_time = true;
    if (!engine->clock.started)
        fs_engine_start_clock(engine, time_ns);
    switch (fs_clock_observe(&engine->clock, time_ns)) {
    case FS_CLOCK_FORWARD:
        break;
    case FS_CLOCK_BACK:
        counters->time_steps_back++;
        fs_engine_raise(engine, FLOWSCOPE_ANOMALY_time_step_back, FS_FLOW_NONE, packet->frame);
        break;
    case FS_CLOCK_JUMP:
        counters->time_jumps++;
        fs_engine_raise(engine, FLOWSCOPE_ANOMALY_time_jump, FS_FLOW_NONE, packet->frame);
        engine->ahead_count = 0;
        break;
    case FS_CLOCK_BELIEVE:
        fs_engine_believe_ahead(engine);
        break;
    }
    if (engine->clock.now_ns >= engine->next_timer_ns)
        fs_engine_fire_timers(engine);
    return time_ns;
}
