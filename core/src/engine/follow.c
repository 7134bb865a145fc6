/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/follow.h"
#include "engine/probes.h"

#include "engine/step.h"
#include "flow/tcp.h"

void fs_engine_raise_news(flowscope_engine *engine, unsigned news, uint32_t index, uint64_t frame)
{
    if (news & FS_FACTS_REPEATED)
        fs_engine_raise(engine, FLOWSCOPE_ANOMALY_retransmit, index, frame);
    if (news & FS_FACTS_LATE)
        fs_engine_raise(engine, FLOWSCOPE_ANOMALY_ooo_segment, index, frame);
}

/* The flows of the packet at hand, from the outermost on. */
struct taken {
    uint32_t index[FS_LEVELS_MAX];
    uint64_t last_frame[FS_LEVELS_MAX]; /* before this one */
    unsigned count;
};

/* The flow has this frame now, on one more level: a tunnel inside one of the same ends may be of
 * the same flow, and no frame is the one before itself. */
static inline void take_level(struct taken *taken, const struct flowscope_packet *packet,
                              uint32_t index, struct fs_flow *flow, struct flowscope_result *result)
{
    uint64_t before = flow->last_frame;

    for (unsigned outer = 0; before == packet->frame && outer < taken->count; outer++)
        if (taken->index[outer] == index)
            before = taken->last_frame[outer];
    if (result)
        result->prev_frame = before;
    flow->last_frame = packet->frame;
    taken->index[taken->count] = index;
    taken->last_frame[taken->count++] = before;
}

/* Where nobody is told of them, anomalies are counted at once. */
bool fs_step_note_any(flowscope_engine *engine, uint32_t index, unsigned side,
                      struct fs_tcp_segment segment, uint32_t payload_bytes, int64_t now_ns)
{
    const struct fs_notes *notes = &engine->notes;
    unsigned news;

    if (engine->sink.anomaly && notes->facts &&
        !fs_facts_is_next(&notes->facts[index].facts, side, &segment, payload_bytes))
        return false;
    news = fs_notes_take(&engine->notes, index, &engine->table.flows[index],
                         &engine->table.cold[index], side, &segment, payload_bytes, now_ns, true);
    if (news)
        fs_engine_raise_news(engine, news, FS_FLOW_NONE, 0);
    return true;
}

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
    if (headers->has_tcp &&
        fs_tcp_begins_anew(&engine->table.cold[index], side_of(flow, headers), &headers->tcp)) {
        fs_engine_end_flow(engine, index, FLOWSCOPE_END_reused);
        return FS_FLOW_NONE;
    }
    if (engine->config.active_timeout_ns && fs_engine_end_active(engine, index, time_ns, has_time))
        return FS_FLOW_NONE;
    return index;
}

static uint32_t open_flow(flowscope_engine *engine, const struct fs_headers *headers, uint64_t hash,
                          const struct flowscope_packet *packet, int64_t time_ns)
{
    const bool answers =
        headers->has_tcp && !(headers->key.kind & FS_KEY_ONE_WAY) && fs_tcp_answers(&headers->tcp);
    bool second_initiates = headers->swapped;
    uint32_t index = fs_flow_table_open(&engine->table, hash, &headers->key);
    struct fs_flow *flow = &engine->table.flows[index];

    if (answers)
        second_initiates = !second_initiates;
    if (second_initiates)
        flow->flags |= FS_FLOW_SECOND_INITIATES;
    if (headers->has_ports)
        flow->flags |= FS_FLOW_HAS_PORTS;
    if (headers->key.protocol == FS_PROTOCOL_TCP) {
        flow->tcp_state = FLOWSCOPE_TCP_new;
        fs_notes_begin(&engine->notes, index, answers && !engine->has_heir);
    }
    if (engine->has_heir)
        fs_engine_inherit(engine, index);
    flow->id = engine->next_id++;
    flow->first_frame = packet->frame;
    fs_flow_begin(flow, time_ns, engine->clock.now_ns);
    engine->counters.flows++;
    fs_probe_flow_started(flow->id, packet->frame, headers->key.protocol);
    return index;
}

/* What the frame's first packet says of the flow's surroundings. */
static void place_flow(flowscope_engine *engine, uint32_t index, const struct fs_frame *frame,
                       unsigned layer_count, const struct taken *outer)
{
    struct fs_flow_cold *cold = &engine->table.cold[index];
    unsigned fitting = fs_layers_pack(&engine->table.layers[index], frame->layers, layer_count);

    engine->table.flows[index].layer_count = fitting & 0xf;
    if (fitting < layer_count)
        engine->counters.layers_cut++;
    if (outer->count)
        cold->parent_id = engine->table.flows[outer->index[outer->count - 1]].id;
}

void fs_engine_note_options(flowscope_engine *engine, uint32_t index, unsigned side,
                            const struct flowscope_packet *packet, uint32_t transport_at,
                            unsigned segment_flags)
{
    struct fs_tcp_options options;

    fs_tcp_options_of(packet, transport_at, &options);
    fs_facts_take_options(&engine->notes.facts[index].facts, side, segment_flags & FS_TCP_ACK,
                          &options);
}

/* One level of the packet and its flow, which becomes the last of `taken`. */
static void follow(flowscope_engine *engine, const struct fs_staged_frame *staged, unsigned level,
                   const struct flowscope_packet *packet, int64_t time_ns, struct taken *taken,
                   struct flowscope_result *result, uint64_t related_id)
{
    const struct fs_headers *headers = &staged->frame.level[level];
    bool has_time = packet->time_quality != FLOWSCOPE_TIME_NONE;
    uint32_t index = find_flow(engine, headers, staged->hash[level], time_ns, has_time);
    bool is_new = index == FS_FLOW_NONE;
    struct fs_flow *flow;
    bool changed, is_due;
    uint8_t state_before;
    unsigned side, news = 0;

    if (is_new) {
        if (engine->table.open >= engine->config.max_flows)
            fs_engine_make_room(engine, taken->index, taken->count);
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
    if (headers->bad_checksum) {
        engine->counters.bad_checksum++;
        if (engine->notes.history && headers->key.protocol == FS_PROTOCOL_TCP)
            engine->notes.stuck +=
                fs_history_take_damaged(fs_notes_history(&engine->notes, index), flow, side);
    }
    if (headers->has_tcp) {
        flow->tcp_state = 0xf & fs_tcp_take(flow, &engine->table.cold[index], side, &headers->tcp,
                                            headers->payload_bytes);
        news = fs_notes_take(&engine->notes, index, flow, &engine->table.cold[index], side,
                             &headers->tcp, headers->payload_bytes, time_ns, has_time);
        if (headers->tcp.flags & FS_TCP_SYN && engine->notes.facts)
            fs_engine_note_options(engine, index, side, packet, headers->transport_at,
                                   headers->tcp.flags);
    }
    is_due = fs_flow_is_due(flow, engine->clock.now_ns);
    fs_flow_see(flow, &engine->table.cold[index], time_ns, has_time, engine->clock.now_ns);
    changed = is_new || flow->tcp_state != state_before;
    if (is_new)
        fs_engine_touch_new(engine, index);
    else if (changed || flow->packets[side] == 1 || is_due)
        fs_engine_touch(engine, index, changed, is_due);
    fs_engine_settle(engine, index);
    if (related_id && !engine->table.cold[index].related_id)
        engine->table.cold[index].related_id = related_id;
    if (result) {
        fs_engine_annotate(flow, side, result);
        result->related_id = related_id;
    }
    take_level(taken, packet, index, flow, result);
    if (has_time && engine->clock.has_ahead)
        engine->ahead[engine->ahead_count++] = (struct fs_flow_ref){flow->id, index};
    if (is_new || engine->watches)
        fs_engine_tell_packet(engine, index, packet, headers, side, state_before, is_new);
    if (news)
        fs_engine_raise_news(engine, news, index, packet->frame);
    if (headers->bad_l4) {
        engine->counters.bad_l4++;
        fs_engine_raise(engine, FLOWSCOPE_ANOMALY_bad_l4, index, packet->frame);
    }
}

/* The same for a level that arrived calmly and opens a flow for certain. False: it may not, or has
 * more to say, and nothing was done. */
static bool begin(flowscope_engine *engine, const struct fs_staged_frame *staged, unsigned level,
                  const struct flowscope_packet *packet, struct taken *taken,
                  struct flowscope_result *result)
{
    const struct fs_headers *headers = &staged->frame.level[level];
    const uint64_t hash = staged->hash[level];
    struct fs_flow_cold *cold;
    struct fs_flow *flow;
    uint32_t index;

    if (headers->has_tcp || !fs_flow_table_lacks(&engine->table, hash))
        return false;
    if (engine->table.open >= engine->config.max_flows)
        fs_engine_make_room(engine, taken->index, taken->count);
    index = open_flow(engine, headers, hash, packet, packet->time_ns);
    if (headers->layer_count || taken->count)
        place_flow(engine, index, &staged->frame, headers->layer_count, taken);
    flow = &engine->table.flows[index];
    cold = &engine->table.cold[index];
    flow->packets[0] = 1;
    flow->bytes[0] = headers->bytes;
    flow->payload_bytes[0] = headers->payload_bytes;
    flow->flags |= FS_FLOW_HAS_TIME;
    cold->first_time_ns = cold->last_time_ns = packet->time_ns;
    fs_engine_touch_new(engine, index);
    fs_engine_settle(engine, index);
    if (result)
        fs_engine_annotate(flow, 0, result);
    take_level(taken, packet, index, flow, result);
    fs_engine_tell(engine, engine->sink.flow_started, index, FLOWSCOPE_END_open);
    return true;
}

/* The same, in far fewer instructions, for a level that is but one more of many of its flow
 * (step.h), or opens one. False: see fs_step_take(). */
static inline bool step(flowscope_engine *engine, const struct fs_staged_frame *staged,
                        unsigned level, const struct flowscope_packet *packet, struct taken *taken,
                        struct flowscope_result *result)
{
    const struct fs_headers *headers = &staged->frame.level[level];
    const uint64_t hash = staged->hash[level];
    const struct fs_stepping step = {.segment = headers->tcp,
                                     .bytes = headers->bytes,
                                     .payload_bytes = headers->payload_bytes,
                                     .is_tcp = headers->has_tcp};
    const struct fs_short_key key = fs_key_stand_in(&headers->key);
    struct fs_flow *flow;
    unsigned side;

    if (headers->bad_l4 || headers->bad_checksum)
        return false;
    flow = fs_flow_table_find_likely(&engine->table, hash, &key, headers->key.path, &headers->key);
    if (!flow)
        return begin(engine, staged, level, packet, taken, result);
    side = fs_step_side(flow, headers->swapped);
    if (!fs_step_take(engine, flow, side, &step, packet->time_ns))
        return false;
    if (result)
        fs_engine_annotate(flow, side, result);
    take_level(taken, packet, (uint32_t)(flow - engine->table.flows), flow, result);
    return true;
}

/* The live flow of the packet that an ICMP error quotes, as it was before the error; 0 for none. To
 * be quoted is not to be seen: the flow is not touched. */
static uint64_t find_quoted(const flowscope_engine *engine, const struct fs_frame *frame,
                            int64_t time_ns)
{
    const struct fs_flow_table *table = &engine->table;
    struct fs_key key = frame->quote;
    uint32_t index = fs_flow_table_find(table, fs_flow_table_hash(table, &key), &key);

    if (index == FS_FLOW_NONE && frame->other_path != key.path) {
        key.path = frame->other_path;
        index = fs_flow_table_find(table, fs_flow_table_hash(table, &key), &key);
    }
    if (index == FS_FLOW_NONE ||
        fs_flow_is_over(&table->flows[index], &engine->timeouts, time_ns, engine->clock.now_ns))
        return 0;
    return table->flows[index].id;
}

/* The next flow around the innermost one that is another: a tunnel inside one of the same ends may
 * be of the same. */
static uint64_t parent_of(const flowscope_engine *engine, const struct taken *taken)
{
    const uint32_t innermost = taken->index[taken->count - 1];
    unsigned level = taken->count - 1;

    while (level > 0)
        if (taken->index[--level] != innermost)
            return engine->table.flows[taken->index[level]].id;
    return 0;
}

/* The levels from `level` on; those around it are `taken`. */
static inline __attribute__((always_inline)) void
follow_from(flowscope_engine *engine, const struct fs_staged_frame *staged, unsigned level,
            const struct flowscope_packet *packet, int64_t time_ns, struct taken *taken,
            struct flowscope_result *result)
{
    const struct fs_frame *frame = &staged->frame;
    const unsigned innermost = frame->level_count - 1u;
    uint64_t related_id = 0;
    /* By arrive.h, or of a time that is as good. */
    const bool is_calm = packet->time_quality == FLOWSCOPE_TIME_GOOD &&
                         packet->time_ns == engine->clock.now_ns && !engine->clock.has_ahead &&
                         !engine->long_way && !frame->has_quote;

    if (frame->has_quote)
        related_id = find_quoted(engine, frame, time_ns);
    for (; level < innermost; level++)
        if (!is_calm || !step(engine, staged, level, packet, taken, NULL))
            follow(engine, staged, level, packet, time_ns, taken, NULL, 0);
    if (!is_calm || !step(engine, staged, innermost, packet, taken, result))
        follow(engine, staged, innermost, packet, time_ns, taken, result, related_id);
    if (result && innermost)
        result->parent_id = parent_of(engine, taken);
    engine->counters.packets_in_flows++;
    engine->counters.nested += innermost;
    engine->counters.bytes += frame->level[innermost].bytes;
    if (frame->cut_by_depth)
        engine->counters.tunnels_cut++;
}

void fs_engine_follow(flowscope_engine *engine, const struct fs_staged_frame *staged,
                      const struct flowscope_packet *packet, int64_t time_ns,
                      struct flowscope_result *result)
{
    struct taken taken;

    taken.count = 0;
    follow_from(engine, staged, 0, packet, time_ns, &taken, result);
}

void fs_engine_follow_refused(flowscope_engine *engine, const struct fs_staged_frame *staged,
                              const struct flowscope_packet *packet,
                              struct flowscope_result *result)
{
    struct taken taken;

    taken.count = 0;
    follow(engine, staged, 0, packet, packet->time_ns, &taken, result, 0);
    engine->counters.packets_in_flows++;
    engine->counters.bytes += staged->frame.level[0].bytes;
}

void fs_engine_follow_inside(flowscope_engine *engine, const struct fs_staged_frame *staged,
                             struct fs_flow *outermost, const struct flowscope_packet *packet,
                             struct flowscope_result *result)
{
    struct taken taken;

    taken.count = 0;
    take_level(&taken, packet, (uint32_t)(outermost - engine->table.flows), outermost, NULL);
    follow_from(engine, staged, 1, packet, packet->time_ns, &taken, result);
}
