/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/waiting.h"

static void tell(flowscope_engine *engine, const struct fs_waiting *waiting)
{
    if (!engine->sink.frame_settled)
        return;
    engine->in_callback = true;
    engine->sink.frame_settled(engine->sink.user, waiting->frame, &waiting->result);
    engine->in_callback = false;
}

static void call_off(flowscope_engine *engine, struct flowscope_result *result,
                     enum flowscope_verdict verdict, uint64_t *counter)
{
    result->pending = false;
    if (result->flow_id == 0) {
        result->verdict = (uint8_t)verdict;
        engine->counters.fragment_pending--;
        ++*counter;
    }
}

void fs_waiting_call_lost(flowscope_engine *engine, struct flowscope_result *result)
{
    call_off(engine, result, FLOWSCOPE_VERDICT_fragment_lost, &engine->counters.fragment_lost);
}

void fs_waiting_lose(flowscope_engine *engine, uint32_t piece)
{
    struct fs_waiting *waiting = &engine->fragments.waiting[piece];

    engine->fragments.pieces[piece].waits = false;
    fs_waiting_call_lost(engine, &waiting->result);
    tell(engine, waiting);
}

static uint32_t flow_of(const flowscope_engine *engine, const struct fs_key *key)
{
    return fs_flow_table_find(&engine->table, fs_flow_table_hash(&engine->table, key), key);
}

void fs_waiting_look(const flowscope_engine *engine, struct fs_told *told)
{
    const uint32_t at = told->has_flow ? flow_of(engine, &told->key) : FS_FLOW_NONE;

    told->flow_id = at == FS_FLOW_NONE ? 0 : engine->table.flows[at].id;
    told->last_frame = at == FS_FLOW_NONE ? 0 : engine->table.flows[at].last_frame;
}

/* A frame that waited for its flow is a packet of it now. */
static void count_late(flowscope_engine *engine, uint32_t index, unsigned side,
                       const struct fs_waiting *waiting)
{
    struct flowscope_counters *counters = &engine->counters;
    struct fs_flow *flow = &engine->table.flows[index];

    flow->packets[side]++;
    flow->bytes[side] += waiting->bytes;
    flow->payload_bytes[side] += waiting->payload_bytes;
    if (waiting->frame < flow->first_frame)
        flow->first_frame = waiting->frame;
    fs_flow_see(flow, &engine->table.cold[index], waiting->time_ns, waiting->has_time,
                engine->clock.now_ns);
    counters->bytes += waiting->bytes - (uint64_t)waiting->outer_bytes;
    if (waiting->result.flow_id != 0) {
        counters->nested++;
    } else {
        counters->no_flow--;
        counters->fragment_pending--;
        counters->packets_in_flows++;
    }
}

/* False: it waited too long. */
static bool is_in_time(flowscope_engine *engine, uint32_t piece)
{
    if (engine->counters.frames - engine->fragments.waiting[piece].fed <=
        engine->config.fragment_window)
        return true;
    engine->counters.fragments_outwaited++;
    fs_waiting_lose(engine, piece);
    return false;
}

/* The flow that is told is none. */
static void turn_away(flowscope_engine *engine, struct fs_datagram *datagram)
{
    struct fs_fragment_table *table = &engine->fragments;

    for (uint32_t i = datagram->first; i != FS_PIECE_NONE; i = table->piece_slots.link[i]) {
        struct fs_waiting *waiting = &table->waiting[i];

        if (!table->pieces[i].waits || !is_in_time(engine, i))
            continue;
        table->pieces[i].waits = false;
        call_off(engine, &waiting->result, FLOWSCOPE_VERDICT_no_key, &engine->counters.no_key);
        tell(engine, waiting);
    }
    datagram->waiting = 0;
}

void fs_waiting_settle(flowscope_engine *engine, uint32_t index, const struct fs_told *told,
                       struct flowscope_result *at_hand)
{
    struct fs_fragment_table *table = &engine->fragments;
    struct fs_datagram *datagram = &table->datagrams[index];

    if (!told->has_flow) {
        turn_away(engine, datagram);
        return;
    }
    const uint32_t at = flow_of(engine, &told->key);
    const struct fs_flow *flow = &engine->table.flows[at];
    const bool is_shown = at_hand->flow_id == flow->id;
    uint64_t number = flow->packets[0] + flow->packets[1] - 1;
    uint64_t last_frame = told->flow_id == flow->id ? told->last_frame : 0;
    const unsigned side = told->swapped != ((flow->flags & FS_FLOW_SECOND_INITIATES) != 0);

    for (uint32_t i = datagram->first; i != FS_PIECE_NONE; i = table->piece_slots.link[i]) {
        struct fs_waiting *waiting = &table->waiting[i];

        if (!table->pieces[i].waits || !is_in_time(engine, i))
            continue;
        count_late(engine, at, side, waiting);
        waiting->result = (struct flowscope_result){
            .flow_id = flow->id,
            .parent_id = waiting->result.flow_id == flow->id ? waiting->result.parent_id
                                                             : waiting->result.flow_id,
            .packet_number = ++number,
            .first_frame = flow->first_frame,
            .prev_frame = last_frame < waiting->frame ? last_frame : 0,
            .verdict = FLOWSCOPE_VERDICT_ok,
            .direction = side ? FLOWSCOPE_DIRECTION_REVERSE : FLOWSCOPE_DIRECTION_FORWARD,
            .tcp_state = flow->tcp_state,
        };
        if (last_frame < waiting->frame)
            last_frame = waiting->frame;
        table->pieces[i].waits = false;
        tell(engine, waiting);
    }
    datagram->waiting = 0;
    if (is_shown) {
        at_hand->packet_number = number + 1;
        at_hand->first_frame = flow->first_frame;
        at_hand->prev_frame = last_frame;
    }
}
