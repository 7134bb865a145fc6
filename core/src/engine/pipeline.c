/* SPDX-License-Identifier: BSD-2-Clause */
/* The stages of a packet, over batches: headers and hash, then bucket, then record, then the flow.
 * The first three only bring bytes nearer; what a packet means is decided one by one, in order. */
#include "engine/engine.h"

#include "flow/tcp.h"

#include <assert.h>

static uint64_t *verdict_counter(struct flowscope_counters *counters,
                                 enum flowscope_verdict verdict)
{
    switch (verdict) {
#define FLOWSCOPE_IN_totals(name)
#define FLOWSCOPE_IN_limits(name)
#define FLOWSCOPE_IN_no_flow(name)                                                                 \
    case FLOWSCOPE_VERDICT_##name:                                                                 \
        return &counters->name;
#define FLOWSCOPE_COUNTER(group, name, text) FLOWSCOPE_IN_##group(name)
#include <flowscope/counters.def>
#undef FLOWSCOPE_COUNTER
#undef FLOWSCOPE_IN_totals
#undef FLOWSCOPE_IN_limits
#undef FLOWSCOPE_IN_no_flow
    default:
        assert(false && "a verdict of a frame without a flow");
        return &counters->no_flow;
    }
}

/* Shows the packet's time to the clock, counts, and returns the time by which its flow lives. */
static int64_t take_time(flowscope_engine *engine, const struct flowscope_packet *packet)
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
        break;
    case FS_CLOCK_JUMP:
        counters->time_jumps++;
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

/* The flows of the packet at hand, from the outermost on. */
struct taken {
    uint32_t index[FS_LEVELS_MAX];
    unsigned count;
};

static unsigned side_of(const struct fs_flow *flow, const struct fs_headers *headers)
{
    return headers->swapped != ((flow->flags & FS_FLOW_SECOND_INITIATES) != 0);
}

/* The open flow that a level of the packet belongs to. One that is over, or that the packet shows
 * to be, ends here. */
static uint32_t find_flow(flowscope_engine *engine, const struct fs_headers *headers, uint64_t hash,
                          int64_t time_ns, bool has_time)
{
    uint32_t index = fs_flow_table_find(&engine->table, hash, &headers->key);
    const struct fs_flow *flow;

    if (index == FS_FLOW_NONE)
        return FS_FLOW_NONE;
    flow = &engine->table.flows[index];
    if (fs_flow_is_over(flow, &engine->timeouts, time_ns, engine->clock.now_ns)) {
        fs_engine_end_flow(engine, index, FLOWSCOPE_END_idle);
        return FS_FLOW_NONE;
    }
    if (headers->has_tcp && fs_tcp_begins_anew(flow, side_of(flow, headers), &headers->tcp)) {
        fs_engine_end_flow(engine, index, FLOWSCOPE_END_reused);
        return FS_FLOW_NONE;
    }
    if (engine->config.active_timeout_ns && fs_engine_end_active(engine, index, time_ns, has_time))
        return FS_FLOW_NONE;
    return index;
}

static void make_room(flowscope_engine *engine, const struct taken *taken)
{
    int64_t now_ns = engine->clock.now_ns;

    while (engine->table.open >= engine->config.max_flows) {
        uint32_t victim = fs_flow_table_victim(&engine->table, taken->index, taken->count);

        if (victim == FS_FLOW_NONE)
            return;
        if (fs_flow_is_over(&engine->table.flows[victim], &engine->timeouts, now_ns, now_ns)) {
            fs_engine_end_flow(engine, victim, FLOWSCOPE_END_idle);
        } else {
            engine->counters.flows_evicted++;
            fs_engine_end_flow(engine, victim, FLOWSCOPE_END_evicted);
        }
    }
}

static uint32_t open_flow(flowscope_engine *engine, const struct fs_headers *headers, uint64_t hash,
                          const struct flowscope_packet *packet, int64_t time_ns)
{
    bool second_initiates = headers->swapped;
    uint32_t index = fs_flow_table_open(&engine->table, hash, &headers->key);
    struct fs_flow *flow = &engine->table.flows[index];

    if (headers->has_tcp && fs_tcp_answers(&headers->tcp))
        second_initiates = !second_initiates;
    if (second_initiates)
        flow->flags |= FS_FLOW_SECOND_INITIATES;
    if (headers->has_ports)
        flow->flags |= FS_FLOW_HAS_PORTS;
    if (headers->key.protocol == FS_PROTOCOL_TCP)
        flow->tcp_state = FLOWSCOPE_TCP_new;
    if (engine->has_heir)
        fs_engine_inherit(engine, flow);
    flow->id = engine->next_id++;
    flow->first_frame = packet->frame;
    fs_flow_begin(flow, time_ns, engine->clock.now_ns);
    engine->counters.flows++;
    return index;
}

/* What the frame's first packet says of the flow's surroundings. */
static void place_flow(flowscope_engine *engine, uint32_t index, const struct fs_frame *frame,
                       unsigned layer_count, const struct taken *outer)
{
    struct fs_flow_cold *cold = &engine->table.cold[index];
    unsigned fitting = fs_layers_pack(&cold->layers, frame->layers, layer_count);

    engine->table.flows[index].layer_count = (uint8_t)fitting;
    if (fitting < layer_count)
        engine->counters.layers_cut++;
    if (outer->count)
        cold->parent_id = engine->table.flows[outer->index[outer->count - 1]].id;
}

static void annotate(const struct fs_flow *flow, unsigned side, struct flowscope_result *result)
{
    result->flow_id = flow->id;
    result->packet_number = flow->packets[0] + flow->packets[1];
    result->first_frame = flow->first_frame;
    result->prev_frame = flow->last_frame;
    result->direction = side ? FLOWSCOPE_DIRECTION_REVERSE : FLOWSCOPE_DIRECTION_FORWARD;
    result->tcp_state = flow->tcp_state;
}

/* One level of the packet and its flow, which becomes the last of `taken`. */
static void follow(flowscope_engine *engine, const struct fs_staged *staged, unsigned level,
                   const struct flowscope_packet *packet, int64_t time_ns, struct taken *taken,
                   struct flowscope_result *result)
{
    const struct fs_headers *headers = &staged->frame.level[level];
    bool has_time = packet->time_quality != FLOWSCOPE_TIME_NONE;
    uint32_t index = find_flow(engine, headers, staged->hash[level], time_ns, has_time);
    bool is_new = index == FS_FLOW_NONE;
    struct fs_flow *flow;
    bool changed;
    uint8_t state_before;
    unsigned side;

    if (is_new) {
        make_room(engine, taken);
        index = open_flow(engine, headers, staged->hash[level], packet, time_ns);
        if (headers->layer_count || taken->count)
            place_flow(engine, index, &staged->frame, headers->layer_count, taken);
    }
    flow = &engine->table.flows[index];
    side = side_of(flow, headers);
    state_before = flow->tcp_state;
    flow->packets[side]++;
    flow->bytes[side] += headers->bytes;
    flow->payload_bytes[side] += headers->payload_bytes;
    if (headers->bad_l4)
        engine->counters.bad_l4++;
    if (headers->has_tcp)
        flow->tcp_state = (uint8_t)fs_tcp_take(flow, side, &headers->tcp, headers->payload_bytes);
    fs_flow_see(flow, &engine->table.cold[index], time_ns, has_time, engine->clock.now_ns);
    changed = is_new || flow->tcp_state != state_before;
    if (changed || flow->packets[side] == 1 ||
        fs_time_since(engine->clock.now_ns, flow->touched_ns) >= FS_TOUCH_INTERVAL_NS)
        fs_engine_touch(engine, index, is_new, changed);
    if (result)
        annotate(flow, side, result);
    flow->last_frame = packet->frame;
    if (has_time && engine->clock.has_ahead)
        engine->ahead[engine->ahead_count++] = (struct fs_flow_ref){flow->id, index};
    taken->index[taken->count++] = index;
    if (is_new)
        fs_engine_tell(engine, engine->sink.flow_started, index, FLOWSCOPE_END_open);
}

/* The packet and its flows, the outermost first. Totals count it once, at its innermost flow. */
static void follow_all(flowscope_engine *engine, const struct fs_staged *staged,
                       const struct flowscope_packet *packet, int64_t time_ns,
                       struct flowscope_result *result)
{
    const struct fs_frame *frame = &staged->frame;
    unsigned innermost = frame->level_count - 1u;
    struct taken taken;

    taken.count = 0;
    for (unsigned level = 0; level < innermost; level++)
        follow(engine, staged, level, packet, time_ns, &taken, NULL);
    if (result && innermost)
        result->parent_id = engine->table.flows[taken.index[innermost - 1]].id;
    follow(engine, staged, innermost, packet, time_ns, &taken, result);
    engine->counters.packets_in_flows++;
    engine->counters.nested += innermost;
    engine->counters.bytes += frame->level[innermost].bytes;
    if (frame->cut_by_depth)
        engine->counters.tunnels_cut++;
}

static void take(flowscope_engine *engine, const struct fs_staged *staged,
                 const struct flowscope_packet *packet, struct flowscope_result *result)
{
    int64_t time_ns = take_time(engine, packet);

    if (result)
        *result = (struct flowscope_result){.verdict = (uint8_t)staged->verdict};
    engine->counters.frames++;
    if (staged->verdict == FLOWSCOPE_VERDICT_ok) {
        follow_all(engine, staged, packet, time_ns, result);
    } else {
        engine->counters.no_flow++;
        ++*verdict_counter(&engine->counters, staged->verdict);
    }
}

static const struct flowscope_packet *packet_at(const struct flowscope_packet *packets, size_t i)
{
    return (const struct flowscope_packet *)(const void *)((const char *)packets +
                                                           i * packets->size);
}

static unsigned levels_of(const struct fs_staged *staged)
{
    return staged->verdict == FLOWSCOPE_VERDICT_ok ? staged->frame.level_count : 0;
}

static void stage(flowscope_engine *engine, const struct flowscope_packet *packets, size_t from,
                  size_t count)
{
    const struct fs_flow_table *table = &engine->table;

    for (size_t i = 0; i < count; i++) {
        struct fs_staged *staged = &engine->staged[i];

        staged->verdict =
            fs_headers_read(packet_at(packets, from + i), &engine->packet_options, &staged->frame);
        for (unsigned level = 0; level < levels_of(staged); level++) {
            staged->hash[level] = fs_flow_table_hash(table, &staged->frame.level[level].key);
            fs_flow_table_prefetch_bucket(table, staged->hash[level]);
        }
    }
    for (size_t i = 0; i < count; i++)
        for (unsigned level = 0; level < levels_of(&engine->staged[i]); level++)
            fs_flow_table_prefetch_record(table, engine->staged[i].hash[level]);
}

enum flowscope_status flowscope_engine_feed(flowscope_engine *engine,
                                            const struct flowscope_packet *packets, size_t count,
                                            struct flowscope_result *results)
{
    if (!engine || (!packets && count))
        return FLOWSCOPE_BAD_ARGUMENT;
    if (engine->in_callback)
        return FLOWSCOPE_BUSY;
    if (count && packets->size < sizeof(*packets))
        return FLOWSCOPE_BAD_SIZE;
    for (size_t from = 0; from < count; from += FS_BATCH) {
        size_t batch = count - from < FS_BATCH ? count - from : FS_BATCH;

        stage(engine, packets, from, batch);
        for (size_t i = 0; i < batch; i++)
            take(engine, &engine->staged[i], packet_at(packets, from + i),
                 results ? &results[from + i] : NULL);
    }
    return FLOWSCOPE_OK;
}
