/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/arrive.h"

void fs_engine_count(const flowscope_engine *engine, uint64_t counted[FLOWSCOPE_RATE_COUNT])
{
    const struct flowscope_counters *counters = &engine->counters;

    counted[FLOWSCOPE_RATE_packets] = counters->packets_in_flows;
    counted[FLOWSCOPE_RATE_bytes] = counters->bytes;
    counted[FLOWSCOPE_RATE_flows] = counters->flows;
    counted[FLOWSCOPE_RATE_ended] = counters->flows - engine->table.open;
}

void fs_engine_place(flowscope_engine *engine, int64_t time_ns)
{
    uint64_t counted[FLOWSCOPE_RATE_COUNT];

    fs_engine_count(engine, counted);
    fs_rates_come(&engine->rates, counted, time_ns);
}

void fs_engine_calm_down(flowscope_engine *engine)
{
    const struct fs_rates *rates = &engine->rates;

    const struct flowscope_counters *counters = &engine->counters;
    int64_t before_ns = engine->clock.near_ns;

    if (rates->until_ns < before_ns)
        before_ns = rates->until_ns;
    if (engine->next_timer_ns < before_ns)
        before_ns = engine->next_timer_ns;
    /* The next frame says whether what is far is believed, or when the capture began. */
    if (rates->has_far || !counters->has_time || counters->first_time_ns > engine->clock.now_ns)
        before_ns = INT64_MIN;
    engine->calm_before_ns = before_ns;
}

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
    fs_engine_place(engine, time_ns);
    fs_engine_fire_timers(engine);
    fs_engine_calm_down(engine);
    return time_ns;
}
