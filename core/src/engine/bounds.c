/* SPDX-License-Identifier: BSD-2-Clause */
/* How full everything that has a bound was at most. Slots that are free are taken before new ones,
 * so the slots that were ever used are the most that were in use at once. */
#include "engine/engine.h"

void fs_engine_bounds(const flowscope_engine *engine, struct flowscope_counters *counters)
{
    const struct fs_flow_table *table = &engine->table;
    const struct fs_fragment_table *fragments = &engine->fragments;
    const uint32_t buckets = table->tags.mask + 1;
    const struct flowscope_bound bounds[FLOWSCOPE_BOUND_COUNT] = {
        [FLOWSCOPE_BOUND_flows] = {table->ever_used > engine->most_flows ? table->ever_used
                                                                         : engine->most_flows,
                                   engine->config.max_flows},
        [FLOWSCOPE_BOUND_flow_buckets] = {buckets > engine->most_buckets ? buckets
                                                                         : engine->most_buckets,
                                          table->most_buckets},
        [FLOWSCOPE_BOUND_timeouts] = {engine->timeouts.count - FS_TIMEOUT_COUNT, FS_TIMEOUTS_OWN},
        [FLOWSCOPE_BOUND_datagrams] = {fragments->slots.ever_used, engine->config.max_datagrams},
        [FLOWSCOPE_BOUND_fragments] = {fragments->piece_slots.ever_used,
                                       fragments->piece_slots.capacity},
        [FLOWSCOPE_BOUND_fragment_chunks] = {fragments->chunk_slots.ever_used,
                                             fragments->chunk_slots.capacity},
        [FLOWSCOPE_BOUND_dup_frames] = {engine->duplicates.filled,
                                        engine->look_for_copies ? engine->config.dup_frames : 0},
    };

    for (unsigned i = 0; i < FLOWSCOPE_BOUND_COUNT; i++)
        counters->bounds[i] = bounds[i];
}

void fs_engine_keep_bounds(flowscope_engine *engine)
{
    const struct fs_flow_table *table = &engine->table;

    if (table->ever_used > engine->most_flows)
        engine->most_flows = table->ever_used;
    if (table->tags.mask + 1 > engine->most_buckets)
        engine->most_buckets = table->tags.mask + 1;
}

const char *flowscope_bound_name(unsigned bound)
{
    static const char *const names[] = {
#define FLOWSCOPE_BOUND(name, text) #name,
#include <flowscope/bound.def>
#undef FLOWSCOPE_BOUND
    };

    return bound < FLOWSCOPE_BOUND_COUNT ? names[bound] : "";
}
