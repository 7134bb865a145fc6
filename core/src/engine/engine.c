/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of an engine: create, reset, flush, destroy, and what it tells of itself. */
#include "engine/datagrams.h"

#include <string.h>

/* Beyond max_flows there is room for the flows of one packet, which never evict each other. */
static uint32_t slots(const struct flowscope_config *config)
{
    return (uint32_t)(config->max_flows + config->tunnel_depth);
}

static enum flowscope_tcp_facts_level level_of(const struct flowscope_config *config)
{
    return (enum flowscope_tcp_facts_level)config->tcp_facts;
}

static size_t plan(const struct flowscope_config *config, struct fs_engine_plan *parts)
{
    const struct fs_duplicate_options duplicates = fs_duplicate_options_of(config);
    const struct fs_fragment_limits limits = fs_engine_fragment_limits(config);
    struct fs_layout layout = {0};

    fs_layout_add(&layout, 1, sizeof(struct flowscope_engine));
    fs_flow_table_plan(&parts->table, &layout, slots(config));
    fs_notes_plan(&parts->notes, &layout, slots(config), level_of(config));
    fs_duplicates_plan(&parts->duplicates, &layout, &duplicates);
    fs_fragment_table_plan(&parts->fragments, &layout, &limits);
    parts->extras = fs_layout_add(&layout, slots(config), fs_extras_stride(config));
    parts->copies = duplicates.frames ? fs_layout_add(&layout, slots(config), sizeof(uint32_t)) : 0;
    return layout.size;
}

size_t flowscope_config_footprint(const struct flowscope_config *config)
{
    struct flowscope_config adopted;
    struct fs_engine_plan parts;

    if (flowscope_config_check(config, NULL) != FLOWSCOPE_OK ||
        fs_config_adopt(&adopted, config) != FLOWSCOPE_OK)
        return 0;
    return plan(&adopted, &parts);
}

/* Everything but the reservation itself, on zeroed memory. */
static void begin(flowscope_engine *engine)
{
    const struct flowscope_config *config = &engine->config;
    const struct fs_duplicate_options duplicates = fs_duplicate_options_of(config);
    const struct fs_fragment_limits limits = fs_engine_fragment_limits(config);

    fs_timeouts_init(&engine->timeouts, config);
    engine->extras = (char *)engine + engine->plan.extras;
    engine->extra_stride = fs_extras_stride(config);
    engine->watches = fs_engine_watches(engine);
    engine->long_way = engine->watches || config->active_timeout_ns;
    engine->own_timeouts = engine->sink.idle_timeout || config->port_timeout[0].timeout_ns;
    engine->next_id = 1;
    engine->few_flows = FS_FEW_FLOWS;
    engine->next_timer_ns = INT64_MAX;
    engine->calm_before_ns = INT64_MIN;
    engine->packet_options = fs_packet_options_of(config);
    fs_shapes_init(&engine->shapes);
    fs_flow_table_init(&engine->table, &engine->plan.table, engine, slots(config),
                       config->hash_seed);
    fs_notes_init(&engine->notes, &engine->plan.notes, engine, slots(config), level_of(config));
    fs_duplicates_init(&engine->duplicates, &engine->plan.duplicates, engine, &duplicates,
                       config->hash_seed);
    engine->look_for_copies = duplicates.frames != 0;
    engine->copies = (uint32_t *)(void *)((char *)engine + engine->plan.copies);
    fs_fragment_table_init(&engine->fragments, &engine->plan.fragments, engine, &limits,
                           config->hash_seed);
}

static enum flowscope_status adopt_sink(struct flowscope_sink *to,
                                        const struct flowscope_sink *from)
{
    const size_t least = offsetof(struct flowscope_sink, flow_started);

    if (!fs_size_is_known(from, from->size, least, sizeof(*to)))
        return FLOWSCOPE_BAD_SIZE;
    memcpy(to, from, from->size < sizeof(*to) ? from->size : sizeof(*to));
    return FLOWSCOPE_OK;
}

enum flowscope_status flowscope_engine_create(flowscope_engine **engine,
                                              const struct flowscope_config *config,
                                              const struct flowscope_sink *sink)
{
    struct flowscope_config adopted;
    struct flowscope_sink events = {0};
    struct fs_engine_plan parts;
    enum flowscope_status status = FLOWSCOPE_OK;
    flowscope_engine *made;
    size_t bytes;

    if (!engine)
        return FLOWSCOPE_BAD_ARGUMENT;
    *engine = NULL;
    flowscope_config_init(&adopted);
    if (config) {
        status = flowscope_config_check(config, NULL);
        if (status == FLOWSCOPE_OK)
            status = fs_config_adopt(&adopted, config);
    }
    if (status == FLOWSCOPE_OK && sink)
        status = adopt_sink(&events, sink);
    if (status != FLOWSCOPE_OK)
        return status;
    bytes = plan(&adopted, &parts);
    made = bytes == SIZE_MAX ? NULL : fs_memory_reserve(bytes);
    if (!made)
        return FLOWSCOPE_NO_MEMORY;
    made->config = adopted;
    made->sink = events;
    made->plan = parts;
    made->reserved_bytes = bytes;
    begin(made);
    *engine = made;
    return FLOWSCOPE_OK;
}

void flowscope_engine_destroy(flowscope_engine *engine)
{
    if (!engine)
        return;
    fs_engine_forget_extras(engine);
    fs_memory_release(engine, engine->reserved_bytes);
}

enum flowscope_status flowscope_engine_reset(flowscope_engine *engine)
{
    struct flowscope_engine kept;

    if (!engine)
        return FLOWSCOPE_BAD_ARGUMENT;
    if (engine->in_callback)
        return FLOWSCOPE_BUSY;
    fs_engine_forget_extras(engine);
    kept = (struct flowscope_engine){
        .config = engine->config,
        .sink = engine->sink,
        .plan = engine->plan,
        .reserved_bytes = engine->reserved_bytes,
    };
    fs_memory_forget(engine, engine->reserved_bytes);
    *engine = kept;
    begin(engine);
    return FLOWSCOPE_OK;
}

void fs_engine_mask_hash(flowscope_engine *engine, uint64_t mask)
{
    engine->table.hash_mask = mask;
    engine->duplicates.mask &= (uint32_t)mask;
    engine->fragments.hash_mask = mask;
}

void fs_engine_set_few_flows(flowscope_engine *engine, uint32_t flows)
{
    engine->few_flows = flows;
}

enum flowscope_status flowscope_engine_advance(flowscope_engine *engine, int64_t now_ns)
{
    if (!engine)
        return FLOWSCOPE_BAD_ARGUMENT;
    if (engine->in_callback)
        return FLOWSCOPE_BUSY;
    if (engine->clock.started && now_ns <= engine->clock.now_ns)
        return FLOWSCOPE_OK;
    fs_engine_start_clock(engine, now_ns);
    fs_clock_advance(&engine->clock, now_ns);
    fs_engine_place(engine, now_ns);
    fs_engine_fire_timers(engine);
    fs_engine_calm_down(engine);
    return FLOWSCOPE_OK;
}

enum flowscope_end_reason fs_engine_reason_at_end(const flowscope_engine *engine,
                                                  const struct fs_flow *flow)
{
    int64_t now_ns = engine->clock.now_ns;
    bool over = fs_flow_is_over(flow, &engine->timeouts, now_ns, now_ns);

    return fs_flow_end_reason(flow, over ? FLOWSCOPE_END_idle : FLOWSCOPE_END_end_of_capture);
}

enum flowscope_status flowscope_engine_flush(flowscope_engine *engine)
{
    const struct fs_flow_ref *refs;
    struct fs_flow_table *table;

    if (!engine)
        return FLOWSCOPE_BAD_ARGUMENT;
    if (engine->in_callback)
        return FLOWSCOPE_BUSY;
    fs_engine_forget_datagrams(engine);
    table = &engine->table;
    refs = fs_flow_table_drain(table);
    for (uint32_t i = 0; i < table->open; i++) {
        const struct fs_flow *flow = &table->flows[refs[i].index];

        fs_engine_tell_end(engine, refs[i].index, fs_engine_reason_at_end(engine, flow));
    }
    fs_engine_keep_bounds(engine);
    fs_flow_table_clear(table);
    engine->next_timer_ns = INT64_MAX;
    fs_engine_calm_down(engine);
    return FLOWSCOPE_OK;
}

enum flowscope_status
flowscope_engine_visit_flows(const flowscope_engine *engine,
                             void (*visit)(void *user, const struct flowscope_flow_record *record),
                             void *user)
{
    const struct fs_flow_table *table;
    struct flowscope_flow_record record;

    if (!engine || !visit)
        return FLOWSCOPE_BAD_ARGUMENT;
    if (engine->in_callback)
        return FLOWSCOPE_BUSY;
    table = &engine->table;
    memset(&record, 0, sizeof(record));
    for (uint32_t index = 0; index < table->ever_used; index++) {
        const struct fs_flow *flow = &table->flows[index];

        if (!(flow->flags & FS_FLOW_OPEN))
            continue;
        fs_engine_record(engine, index, fs_engine_reason_at_end(engine, flow), &record);
        visit(user, &record);
    }
    return FLOWSCOPE_OK;
}

enum flowscope_status flowscope_engine_count_drops(flowscope_engine *engine, uint64_t packets)
{
    if (!engine)
        return FLOWSCOPE_BAD_ARGUMENT;
    engine->counters.capture_drops += packets;
    return FLOWSCOPE_OK;
}

enum flowscope_status flowscope_engine_name_interface(flowscope_engine *engine, uint32_t section,
                                                      uint32_t interface, const char *name)
{
    if (!engine || !name)
        return FLOWSCOPE_BAD_ARGUMENT;
    if (*name && engine->look_for_copies)
        fs_places_name(&engine->duplicates.places, section, interface, name);
    return FLOWSCOPE_OK;
}

enum flowscope_status flowscope_engine_counters(const flowscope_engine *engine,
                                                struct flowscope_counters *counters)
{
    struct flowscope_counters now;
    uint64_t counted[FLOWSCOPE_RATE_COUNT];
    size_t room;

    if (!engine || !counters)
        return FLOWSCOPE_BAD_ARGUMENT;
    room = counters->size;
    if (room < sizeof(size_t))
        return FLOWSCOPE_BAD_SIZE;
    now = engine->counters;
    now.fragment_lost += now.fragment_pending;
    now.fragment_pending = 0;
    now.datagrams_incomplete = now.datagrams - now.datagrams_complete - now.datagrams_damaged -
                               now.datagrams_shredded - now.datagrams_unkept -
                               now.datagrams_evicted;
    now.open_flows = engine->table.open;
    now.counts_stuck = engine->notes.stuck;
    fs_engine_bounds(engine, &now);
    fs_duplicates_counts(&engine->duplicates, &now.copies, &now.dup_pairs_cut);
    now.dup_forgotten = engine->duplicates.forgotten;
    fs_engine_count(engine, counted);
    fs_rates_read(&engine->rates, counted, &now.rates);
    if (room > sizeof(now))
        memset((char *)counters + sizeof(now), 0, room - sizeof(now));
    memcpy(counters, &now, room < sizeof(now) ? room : sizeof(now));
    counters->size = room;
    return FLOWSCOPE_OK;
}
