/* SPDX-License-Identifier: BSD-2-Clause */
/* What most packets do to their flow: one more of many, in a flow that is there, goes on, and stays
 * where it stands. Everything else is for follow.h, which gives the same for these too. */
#ifndef FS_ENGINE_STEP_H
#define FS_ENGINE_STEP_H

#include "engine/engine.h"
#include "flow/tcp.h"

/* Which packets of the flow are from now on but one more of many; at the end of each that was
 * more. */
static inline void fs_engine_settle(flowscope_engine *engine, uint32_t index)
{
    enum { FLAGS = FS_FLOW_HAS_TIME | FS_FLOW_LAST_IS_COLD };
    struct fs_flow *flow = &engine->table.flows[index];
    const bool is_tcp = fs_flow_protocol(flow) == FS_PROTOCOL_TCP;
    unsigned usual[2];

    flow->usual = 0;
    if (engine->long_way || (flow->flags & FLAGS) != FS_FLOW_HAS_TIME ||
        (is_tcp && flow->tcp_state != FLOWSCOPE_TCP_established))
        return;
    for (unsigned side = 0; side < 2; side++) {
        if (flow->packets[side] == 0)
            usual[side] = 0;
        else if (!is_tcp)
            usual[side] = FS_USUAL_BARE | FS_USUAL_DATA;
        else if (fs_tcp_is_settled(flow, &engine->table.cold[index], side))
            usual[side] = fs_notes_usual(&engine->notes, index, side);
        else
            usual[side] = 0;
    }
    flow->usual = (usual[0] | usual[1] << 2) & 0xf;
}

static inline __attribute__((always_inline)) void
fs_engine_annotate(const struct fs_flow *flow, unsigned side, struct flowscope_result *result)
{
    result->flow_id = flow->id;
    result->packet_number = flow->packets[0] + flow->packets[1];
    result->first_frame = flow->first_frame;
    result->prev_frame = flow->last_frame;
    _Static_assert(FLOWSCOPE_DIRECTION_REVERSE == FLOWSCOPE_DIRECTION_FORWARD + 1, "by side");
    result->direction = (uint8_t)(FLOWSCOPE_DIRECTION_FORWARD + side);
    result->tcp_state = flow->tcp_state;
}

/* Neither over, nor due to move in its list, at `now_ns`, which is the packet's time too. */
static inline __attribute__((always_inline)) bool
fs_step_goes_on(const struct fs_flow *flow, const struct fs_timeouts *timeouts, int64_t now_ns)
{
    /* Unsigned: a time that has not come yet is far too long ago. */
    const uint64_t calm_ns = (uint64_t)timeouts->calm_ns[fs_flow_list_timeout(flow->list)];

    return (uint64_t)now_ns - (uint64_t)flow->seen_ns < calm_ns &&
           (uint64_t)now_ns - (uint64_t)flow->seen_clock_ns < calm_ns &&
           !fs_flow_is_due_soon(flow, now_ns);
}

/* In follow.c. The segment by value: else it would lie in memory for those too that stay here.
 * False: nothing was noted, as there may be something to tell of it. */
bool fs_step_note_any(flowscope_engine *engine, uint32_t index, unsigned side,
                      struct fs_tcp_segment segment, uint32_t payload_bytes, int64_t now_ns);

static inline __attribute__((always_inline)) bool
fs_step_note(flowscope_engine *engine, struct fs_flow *flow, unsigned side,
             struct fs_tcp_segment segment, uint32_t payload_bytes, int64_t now_ns)
{
    const enum flowscope_tcp_facts_level level = engine->notes.level;

    if (__builtin_expect(level == FLOWSCOPE_TCP_FACTS_HISTORY, 1)
            ? fs_history_go_on(flow, side, segment.seq, payload_bytes, &engine->notes.stuck)
            : level == FLOWSCOPE_TCP_FACTS_OFF)
        return true;
    return fs_step_note_any(engine, (uint32_t)(flow - engine->table.flows), side, segment,
                            payload_bytes, now_ns);
}

/* What a packet that arrived calmly is to a flow, if it is but one more of many. */
struct fs_stepping {
    struct fs_tcp_segment segment; /* if is_tcp */
    uint32_t bytes, payload_bytes;
    bool is_tcp;
};

/* The flow takes it, but for last_frame. False: it is more, and at most its acknowledgment was
 * taken: to take that again, as follow.h does, changes nothing. */
static inline __attribute__((always_inline)) bool fs_step_take(flowscope_engine *engine,
                                                               struct fs_flow *flow, unsigned side,
                                                               const struct fs_stepping *step,
                                                               int64_t now_ns)
{
    const unsigned kind = step->payload_bytes ? FS_USUAL_DATA : FS_USUAL_BARE;

    if (!(flow->usual & kind << 2 * side) || !fs_step_goes_on(flow, &engine->timeouts, now_ns))
        return false;
    if (step->is_tcp) {
        if (!fs_history_is_bare(&step->segment))
            return false;
        fs_tcp_acknowledge(flow, side, step->segment.ack);
        if (!fs_step_note(engine, flow, side, step->segment, step->payload_bytes, now_ns))
            return false;
    }
    flow->packets[side]++;
    flow->bytes[side] += step->bytes;
    flow->payload_bytes[side] += step->payload_bytes;
    flow->seen_ns = now_ns;
    flow->seen_clock_ns = now_ns;
    return true;
}

static inline __attribute__((always_inline)) unsigned fs_step_side(const struct fs_flow *flow,
                                                                   bool swapped)
{
    return (swapped ^ flow->flags / FS_FLOW_SECOND_INITIATES) & 1;
}

/* What is left to do once the flow has the packet, of `bytes`: to say so. `outer`: the flow that
 * carries it, and has it too, or NULL. */
static inline __attribute__((always_inline)) void
fs_engine_book_in(flowscope_engine *engine, struct fs_flow *flow, unsigned side, uint32_t bytes,
                  struct fs_flow *outer, const struct flowscope_packet *packet,
                  struct flowscope_result *result)
{
    if (result) {
        *result = (struct flowscope_result){.verdict = FLOWSCOPE_VERDICT_ok};
        if (outer)
            result->parent_id = outer->id;
        fs_engine_annotate(flow, side, result);
    }
    flow->last_frame = packet->frame;
    engine->counters.packets_in_flows++;
    engine->counters.bytes += bytes;
    if (outer) {
        outer->last_frame = packet->frame;
        engine->counters.nested++;
    }
}

static inline __attribute__((always_inline)) void
fs_engine_book(flowscope_engine *engine, struct fs_flow *flow, unsigned side,
               const struct fs_plain *plain, const struct flowscope_packet *packet,
               struct flowscope_result *result)
{
    fs_engine_book_in(engine, flow, side, plain->bytes, NULL, packet, result);
}

/* Takes a plain packet of the flow that arrived calmly (arrive.h) all the way. `outer`: as for
 * fs_engine_book_in(). False: see fs_step_take(). */
static inline __attribute__((always_inline)) bool
fs_engine_step_in(flowscope_engine *engine, struct fs_flow *flow, const struct fs_plain *plain,
                  struct fs_flow *outer, const struct flowscope_packet *packet,
                  struct flowscope_result *result)
{
    const struct fs_stepping step = {.segment = fs_plain_segment(plain),
                                     .bytes = plain->bytes,
                                     .payload_bytes = plain->payload_bytes,
                                     .is_tcp = fs_plain_is_tcp(plain)};
    const unsigned side = fs_step_side(flow, plain->swapped);

    if (!fs_step_take(engine, flow, side, &step, packet->time_ns))
        return false;
    fs_engine_book_in(engine, flow, side, plain->bytes, outer, packet, result);
    return true;
}

static inline __attribute__((always_inline)) bool
fs_engine_step(flowscope_engine *engine, struct fs_flow *flow, const struct fs_plain *plain,
               const struct flowscope_packet *packet, struct flowscope_result *result)
{
    return fs_engine_step_in(engine, flow, plain, NULL, packet, result);
}

/* The flow of a plain packet whose key is as it was read, and sorted afterwards, and the hash of
 * it; NULL: it is not where it would be found at once. */
static inline __attribute__((always_inline)) struct fs_flow *
fs_engine_look_for(flowscope_engine *engine, struct fs_plain *plain, uint64_t *hash)
{
    plain->swapped = fs_plain_sort(&plain->key);
    *hash = fs_flow_table_hash_short(&engine->table, &plain->key);
    return fs_flow_table_find_short(&engine->table, *hash, &plain->key);
}

/* The same for a key that has a path besides. */
static inline __attribute__((always_inline)) struct fs_flow *
fs_engine_look_for_inside(flowscope_engine *engine, struct fs_plain *plain, uint32_t path,
                          uint64_t *hash)
{
    const struct fs_flow_table *table = &engine->table;

    plain->swapped = fs_plain_sort(&plain->key);
    *hash = fs_flow_table_hash_inside(table, &plain->key, path);
    struct fs_flow *flow = fs_flow_table_find_short(table, *hash, &plain->key);
    return flow && table->cold[flow - table->flows].path == path ? flow : NULL;
}

/* In pipeline.c: FS_RECENT_MISSES packets had a flow that was not among the recent ones. */
void fs_engine_judge_recent(flowscope_engine *engine);

/* The flow of a plain packet, first among those of the last ones; `path`: what its key has besides,
 * or 0. `in_bursts`: it often is that of the packet before, and not that of its carrier. */
static inline __attribute__((always_inline)) struct fs_flow *
fs_engine_find_inside(flowscope_engine *engine, struct fs_plain *plain, uint32_t path,
                      uint64_t *hash, bool in_bursts)
{
    struct fs_recent *recents = engine->table.recent;
    struct fs_recent_flow *recent = in_bursts ? recents->last : NULL;

    fs_short_key_put_inside(&plain->key, path);
    /* In a burst of one flow nothing waits for the packet's bytes, as they are guessed right. */
    if (!in_bursts)
        recent = fs_recent_at(recents, &plain->key);
    else if (!fs_short_key_is_equal(&recent->key, &plain->key))
        recents->last = recent = fs_recent_at(recents, &plain->key);
    if (__builtin_expect(fs_recent_is(recent, &plain->key, path), 1)) {
        plain->swapped = fs_recent_is_swapped(recent);
        if (plain->swapped)
            plain->key = fs_short_key_turned(plain->key);
        *hash = recent->hash;
        return &engine->table.flows[fs_recent_index(recent)];
    }
    const struct fs_short_key as_read = plain->key;
    struct fs_flow *flow = path == 0 ? fs_engine_look_for(engine, plain, hash)
                                     : fs_engine_look_for_inside(engine, plain, path, hash);

    if (flow) {
        *recent = (struct fs_recent_flow){
            .key = as_read,
            .hash = *hash,
            .path = path,
            .place = fs_recent_place((uint32_t)(flow - engine->table.flows), plain->swapped)};
        if (++recents->misses == FS_RECENT_MISSES)
            fs_engine_judge_recent(engine);
    }
    return flow;
}

static inline __attribute__((always_inline)) struct fs_flow *
fs_engine_find_plain(flowscope_engine *engine, struct fs_plain *plain, uint64_t *hash)
{
    return fs_engine_find_inside(engine, plain, 0, hash, true);
}

#endif
