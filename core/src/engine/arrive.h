/* SPDX-License-Identifier: BSD-2-Clause */
/* The time of a packet, and what it moves: counters, expiry clock, timers. */
#ifndef FS_ENGINE_ARRIVE_H
#define FS_ENGINE_ARRIVE_H

#include "engine/engine.h"

/* The whole of it; returns the time by which the packet's flow lives. */
int64_t fs_engine_arrive_any(flowscope_engine *engine, const struct flowscope_packet *packet);

/* Nearly every packet: a little later than the one before it, no timer fires, no rate changes. Then
 * it is done, and the packet's time and the clock are one. False: nothing was done. */
static inline bool fs_engine_arrive_calmly(flowscope_engine *engine,
                                           const struct flowscope_packet *packet)
{
    struct flowscope_counters *counters = &engine->counters;
    const int64_t time_ns = packet->time_ns;

    if (packet->time_quality != FLOWSCOPE_TIME_GOOD || time_ns < engine->clock.now_ns ||
        time_ns >= engine->calm_before_ns)
        return false;
    engine->clock.now_ns = time_ns;
    if (time_ns > counters->last_time_ns)
        counters->last_time_ns = time_ns;
    return true;
}

#endif
