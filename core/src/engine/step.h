/* SPDX-License-Identifier: BSD-2-Clause */
/* What most packets do to their flow: one more of many, in a flow that is there, goes on, and stays
 * where it stands. Everything else is for follow.h, which gives the same for these too. */
#ifndef FS_ENGINE_STEP_H
#define FS_ENGINE_STEP_H

#include "engine/engine.h"
#include "flow/tcp.h"

static inline void fs_engine_annotate(const struct fs_flow *flow, unsigned side,
                                      struct flowscope_result *result)
{
    result->flow_id = flow->id;
    result->packet_number = flow->packets[0] + flow->packets[1];
    result->first_frame = flow->first_frame;
    result->prev_frame = flow->last_frame;
    result->direction = side ? FLOWSCOPE_DIRECTION_REVERSE : FLOWSCOPE_DIRECTION_FORWARD;
    result->tcp_state = flow->tcp_state;
}

/* Neither over, nor due to move in its list, at `now_ns`, which is the packet's time too. */
static inline bool fs_step_goes_on(const struct fs_flow *flow, const struct fs_timeouts *timeouts,
                                   int64_t now_ns)
{
    /* Unsigned: a time that has not come yet is far too long ago. */
    const uint64_t timeout_ns = (uint64_t)timeouts->ns[fs_flow_list_timeout(flow->list)];
    const uint64_t since_ns = (uint64_t)now_ns - (uint64_t)flow->seen_ns;
    const uint64_t since_clock_ns = (uint64_t)now_ns - (uint64_t)flow->seen_clock_ns;

    return since_ns < timeout_ns && since_clock_ns < timeout_ns &&
           since_clock_ns + flow->touched_before_ns < FS_TOUCH_INTERVAL_NS;
}

/* In follow.c. The segment by value: else it would lie in memory for those too that stay here. */
void fs_step_note_any(flowscope_engine *engine, uint32_t index, unsigned side,
                      struct fs_tcp_segment segment, uint32_t payload_bytes, int64_t now_ns);

static inline void fs_step_note(flowscope_engine *engine, uint32_t index, unsigned side,
                                const struct fs_plain *plain, int64_t now_ns)
{
    const struct fs_tcp_segment segment = {
        .seq = plain->seq, .ack = plain->ack, .window = plain->window, .flags = plain->tcp_flags};
    const struct fs_notes *notes = &engine->notes;

    if (!notes->history)
        return;
    if (notes->facts ||
        !fs_history_take_usual(&notes->history[index], side, &segment, plain->payload_bytes))
        fs_step_note_any(engine, index, side, segment, plain->payload_bytes, now_ns);
}

/* Takes a plain packet that arrived calmly (arrive.h) all the way. False: nothing was done. */
static inline bool fs_engine_step(flowscope_engine *engine, const struct fs_plain *plain,
                                  uint64_t hash, const struct flowscope_packet *packet,
                                  struct flowscope_result *result)
{
    enum { FLAGS = FS_FLOW_HAS_TIME | FS_FLOW_LAST_IS_COLD };
    const int64_t now_ns = packet->time_ns;
    struct fs_flow *flow = fs_flow_table_find_short(&engine->table, hash, &plain->key);
    unsigned side;

    if (!flow || engine->long_way)
        return false;
    side = plain->swapped != ((flow->flags & FS_FLOW_SECOND_INITIATES) != 0);
    if ((flow->flags & FLAGS) != FS_FLOW_HAS_TIME || flow->packets[side] == 0 ||
        !fs_step_goes_on(flow, &engine->timeouts, now_ns))
        return false;
    if (fs_plain_is_tcp(plain)) {
        if (!fs_tcp_only_acknowledges(flow, side, plain->tcp_flags))
            return false;
        fs_tcp_acknowledge(flow, side, plain->ack);
        fs_step_note(engine, (uint32_t)(flow - engine->table.flows), side, plain, now_ns);
    }
    flow->packets[side]++;
    flow->bytes[side] += plain->bytes;
    flow->payload_bytes[side] += plain->payload_bytes;
    flow->seen_ns = now_ns;
    fs_flow_see_clock(flow, now_ns);
    if (result) {
        *result = (struct flowscope_result){.verdict = FLOWSCOPE_VERDICT_ok};
        fs_engine_annotate(flow, side, result);
    }
    flow->last_frame = packet->frame;
    engine->counters.packets_in_flows++;
    engine->counters.bytes += plain->bytes;
    return true;
}

#endif
