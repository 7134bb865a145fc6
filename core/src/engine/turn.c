/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/turn.h"

#include "engine/follow.h"
#include "engine/probes.h"
#include "engine/step.h"
#include "flow/tcp.h"

#define INLINE static inline __attribute__((always_inline))

static void note_options(flowscope_engine *engine, uint32_t index, unsigned side,
                         const struct fs_plain *plain, const struct flowscope_packet *packet)
{
    if (plain->tcp_flags & FS_TCP_SYN && engine->notes.facts)
        fs_engine_note_options(engine, index, side, packet, FS_PLAIN_TRANSPORT_AT,
                               plain->tcp_flags);
}

/* Takes the segment of a plain packet; returns what is new of it. */
static unsigned take_segment(flowscope_engine *engine, uint32_t index, unsigned side,
                             const struct fs_plain *plain, const struct flowscope_packet *packet)
{
    const struct fs_tcp_segment segment = fs_plain_segment(plain);
    struct fs_flow *flow = &engine->table.flows[index];
    struct fs_flow_cold *cold = &engine->table.cold[index];
    unsigned news;

    flow->tcp_state = 0xf & fs_tcp_take(flow, cold, side, &segment, plain->payload_bytes);
    news = fs_notes_take(&engine->notes, index, flow, cold, side, &segment, plain->payload_bytes,
                         packet->time_ns, true);
    note_options(engine, index, side, plain, packet);
    return news;
}

/* The same for the first segment of a flow. */
INLINE unsigned take_first_segment(flowscope_engine *engine, uint32_t index, bool answers,
                                   const struct fs_plain *plain,
                                   const struct flowscope_packet *packet)
{
    struct fs_flow *flow = &engine->table.flows[index];

    if (fs_tcp_is_bare_syn(plain->tcp_flags) && plain->window != 0) {
        const struct fs_tcp_segment segment = fs_plain_segment(plain);
        struct fs_flow_cold *cold = &engine->table.cold[index];
        unsigned news;

        flow->tcp_state = 0xf & fs_tcp_begin(cold, segment.seq);
        news = fs_notes_begin_syn(&engine->notes, index, flow, cold, &segment, plain->payload_bytes,
                                  packet->time_ns);
        note_options(engine, index, 0, plain, packet);
        return news;
    }
    fs_notes_begin(&engine->notes, index, answers);
    flow->tcp_state = FLOWSCOPE_TCP_new;
    return take_segment(engine, index, answers, plain, packet);
}

static bool take_known(flowscope_engine *engine, struct fs_flow *flow, const struct fs_plain *plain,
                       const struct flowscope_packet *packet, struct flowscope_result *result)
{
    const uint32_t index = (uint32_t)(flow - engine->table.flows);
    struct fs_flow_cold *cold = &engine->table.cold[index];
    const unsigned side = fs_step_side(flow, plain->swapped);
    const int64_t now_ns = packet->time_ns;
    const uint8_t state_before = flow->tcp_state;
    const bool is_tcp = fs_plain_is_tcp(plain);
    unsigned news = 0;
    bool changed, is_due;

    if (fs_flow_is_over(flow, &engine->timeouts, now_ns, now_ns))
        return false;
    if (is_tcp) {
        const struct fs_tcp_segment segment = fs_plain_segment(plain);

        if (fs_tcp_begins_anew(cold, side, &segment))
            return false;
        news = take_segment(engine, index, side, plain, packet);
    }
    flow->packets[side]++;
    flow->bytes[side] += plain->bytes;
    flow->payload_bytes[side] += plain->payload_bytes;
    is_due = fs_flow_is_due(flow, now_ns);
    fs_flow_see(flow, cold, now_ns, true, now_ns);
    changed = flow->tcp_state != state_before;
    if (changed || flow->packets[side] == 1 || is_due)
        fs_engine_touch(engine, index, changed, is_due);
    fs_engine_settle(engine, index);
    fs_engine_book(engine, flow, side, plain, packet, result);
    if (news)
        fs_engine_raise_news(engine, news, index, packet->frame);
    return true;
}

static void open_flow(flowscope_engine *engine, const struct fs_plain *plain, uint64_t hash,
                      const struct flowscope_packet *packet, struct flowscope_result *result)
{
    const bool is_tcp = fs_plain_is_tcp(plain),
               answers = is_tcp && fs_tcp_flags_answer(plain->tcp_flags);
    const unsigned side = answers;
    const uint32_t index = fs_flow_table_open_short(&engine->table, hash, &plain->key);
    struct fs_flow *flow = &engine->table.flows[index];
    struct fs_flow_cold *cold = &engine->table.cold[index];
    unsigned news = 0;

    flow->flags |= FS_FLOW_HAS_PORTS | FS_FLOW_HAS_TIME;
    if (plain->swapped != answers)
        flow->flags |= FS_FLOW_SECOND_INITIATES;
    flow->packets[side] = 1;
    flow->bytes[side] = plain->bytes;
    flow->payload_bytes[side] = plain->payload_bytes;
    flow->id = engine->next_id++;
    flow->first_frame = packet->frame;
    cold->first_time_ns = cold->last_time_ns = packet->time_ns;
    fs_flow_begin(flow, packet->time_ns, packet->time_ns);
    if (is_tcp)
        news = take_first_segment(engine, index, answers, plain, packet);
    engine->counters.flows++;
    fs_probe_flow_started(flow->id, packet->frame, fs_flow_protocol(flow));
    fs_engine_touch_new(engine, index);
    fs_engine_settle(engine, index);
    fs_engine_book(engine, flow, side, plain, packet, result);
    fs_engine_tell(engine, engine->sink.flow_started, index, FLOWSCOPE_END_open);
    if (news)
        fs_engine_raise_news(engine, news, index, packet->frame);
}

bool fs_engine_turn(flowscope_engine *engine, const struct fs_plain *plain, uint64_t hash,
                    const struct flowscope_packet *packet, struct flowscope_result *result)
{
    struct fs_flow *flow;

    if (engine->long_way)
        return false;
    flow = fs_flow_table_find_short(&engine->table, hash, &plain->key);
    if (flow)
        return take_known(engine, flow, plain, packet, result);
    if (!fs_flow_table_lacks(&engine->table, hash) || fs_flow_table_is_to_grow(&engine->table))
        return false;
    if (engine->table.open >= engine->config.max_flows)
        fs_engine_make_room(engine, NULL, 0);
    open_flow(engine, plain, hash, packet, result);
    return true;
}
