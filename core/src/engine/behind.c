/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/behind.h"

#include "engine/follow.h"
#include "engine/pass.h"

#include <assert.h>

FS_INLINE uint64_t hash_of(const flowscope_engine *engine, const struct fs_behind *level,
                           const struct fs_key *of_long)
{
    const struct fs_flow_table *table = &engine->table;
    const struct fs_short_key *key = &level->plain.key;

    if (fs_short_key_is_whole(key))
        return fs_flow_table_hash_short(table, key);
    if (fs_short_key_kind(key) & FS_KEY_LONG)
        return fs_flow_table_hash_long(table, of_long);
    return fs_flow_table_hash_inside(table, key, level->path);
}

/* The flow of a level that is but one more of many of it, after it has taken the packet; NULL: it
 * is more, and nothing was done. */
FS_INLINE struct fs_flow *step(flowscope_engine *engine, const struct fs_behind *level,
                               const struct fs_key *of_long, uint64_t hash, int64_t now_ns,
                               unsigned *side)
{
    const struct fs_plain *plain = &level->plain;
    const struct fs_stepping step = {.segment = fs_plain_segment(plain),
                                     .bytes = plain->bytes,
                                     .payload_bytes = plain->payload_bytes,
                                     .is_tcp = fs_plain_is_tcp(plain)};
    struct fs_flow *flow =
        fs_flow_table_find_likely(&engine->table, hash, &plain->key, level->path, of_long);

    if (!flow)
        return NULL;
    *side = fs_step_side(flow, plain->swapped);
    return fs_step_take(engine, flow, *side, &step, now_ns) ? flow : NULL;
}

/* Takes levels that arrived calmly, if the outermost is one more of many. Two are never of one
 * flow: the inner one has ports, and other ones than lead to a tunnel, or a protocol that leads to
 * none. TAKEN_OUTER: the inner one is for follow_inside(). */
enum taken { TAKEN_NONE, TAKEN_OUTER, TAKEN };

FS_INLINE enum taken take(flowscope_engine *engine, unsigned levels, const struct fs_behind *first,
                          const struct fs_key *first_key, const struct fs_behind *second,
                          const struct fs_key *second_key, const uint64_t *hash,
                          const struct flowscope_packet *packet, struct flowscope_result *result,
                          struct fs_flow **outer)
{
    unsigned side;
    struct fs_flow *flow = step(engine, first, first_key, hash[0], packet->time_ns, &side);

    if (!flow)
        return TAKEN_NONE;
    if (levels == 1) {
        fs_engine_book(engine, flow, side, &first->plain, packet, result);
        return TAKEN;
    }
    *outer = flow;
    flow = step(engine, second, second_key, hash[1], packet->time_ns, &side);
    if (!flow)
        return TAKEN_OUTER;
    fs_engine_book_in(engine, flow, side, second->plain.bytes, *outer, packet, result);
    return TAKEN;
}

FS_HOT bool fs_engine_stage_behind(flowscope_engine *engine, const struct flowscope_packet *packet,
                                   size_t i)
{
    struct fs_staged_frame *whole = &engine->staged_frame[i];
    const unsigned levels = fs_behind_read(packet, &engine->packet_options, &whole->frame,
                                           &whole->behind[0], &whole->behind[1]);

    for (unsigned level = 0; level < levels; level++)
        whole->hash[level] = hash_of(engine, &whole->behind[level], &whole->frame.level[level].key);
    engine->staged[i].verdict = FLOWSCOPE_VERDICT_ok;
    engine->staged[i].is_plain = false;
    engine->staged[i].is_behind = levels != 0;
    return levels != 0;
}

void fs_engine_expand_behind(flowscope_engine *engine, size_t i)
{
    struct fs_staged_frame *whole = &engine->staged_frame[i];

    for (unsigned level = 0; level < whole->frame.level_count; level++)
        fs_behind_expand(&whole->behind[level], &whole->frame.level[level]);
    engine->staged[i].is_behind = false;
}

/* What becomes of a frame, staged at place `i`, whose outer flow has taken it, and whose inner
 * level is more than one more of many. */
static void follow_inside(flowscope_engine *engine, size_t i, struct fs_flow *outer,
                          const struct flowscope_packet *packet, struct flowscope_result *result)
{
    fs_engine_expand_behind(engine, i);
    if (result)
        *result = (struct flowscope_result){.verdict = FLOWSCOPE_VERDICT_ok};
    fs_engine_follow_inside(engine, &engine->staged_frame[i], outer, packet, result);
}

FS_HOT bool fs_engine_take_behind(flowscope_engine *engine, size_t i,
                                  const struct flowscope_packet *packet,
                                  struct flowscope_result *result)
{
    struct fs_staged_frame *whole = &engine->staged_frame[i];
    struct fs_flow *outer;
    enum taken taken = TAKEN_NONE;

    if (!engine->long_way)
        taken = take(engine, whole->frame.level_count, &whole->behind[0],
                     &whole->frame.level[0].key, &whole->behind[1], &whole->frame.level[1].key,
                     whole->hash, packet, result, &outer);
    if (taken == TAKEN_NONE)
        fs_engine_expand_behind(engine, i);
    if (taken == TAKEN_OUTER)
        follow_inside(engine, i, outer, packet, result);
    return taken != TAKEN_NONE;
}

/* Where the short way ends, the levels go to memory: there they are read again. */
void fs_pass_leave(flowscope_engine *engine, const struct flowscope_packet *packet,
                   struct flowscope_result *result)
{
    if (fs_engine_stage_behind(engine, packet, 0)) {
        fs_engine_expand_behind(engine, 0);
        fs_engine_take_staged(engine, packet, result);
    } else {
        fs_engine_take_unread(engine, packet, result);
    }
}

void fs_pass_leave_inside(flowscope_engine *engine, const struct flowscope_packet *packet,
                          struct flowscope_result *result, struct fs_flow *outer)
{
    const bool is_read = fs_engine_stage_behind(engine, packet, 0);

    assert(is_read && "what a shape tells is read there too");
    (void)is_read;
    engine->counters.frames++;
    follow_inside(engine, 0, outer, packet, result);
}

/* To arrive twice is to arrive once. */
FS_INLINE void pass_levels(flowscope_engine *engine, unsigned levels, const struct fs_behind *first,
                           const struct fs_key *first_key, const struct fs_behind *second,
                           const struct fs_key *second_key, const struct flowscope_packet *packet,
                           struct flowscope_result *result)
{
    uint64_t hash[FS_BEHIND_LEVELS] = {0};
    struct fs_flow *outer;
    enum taken taken = TAKEN_NONE;

    if (!engine->long_way && fs_engine_arrive_calmly(engine, packet)) {
        hash[0] = hash_of(engine, first, first_key);
        if (levels == 2)
            hash[1] = hash_of(engine, second, second_key);
        taken = take(engine, levels, first, first_key, second, second_key, hash, packet, result,
                     &outer);
    }
    if (taken == TAKEN)
        engine->counters.frames++;
    else if (taken == TAKEN_OUTER)
        fs_pass_leave_inside(engine, packet, result, outer);
    else
        fs_pass_leave(engine, packet, result);
}

/* Whatever behind.h reads. */
FS_HOT void fs_pass_any(flowscope_engine *engine, const struct flowscope_packet *packet,
                        struct flowscope_result *result)
{
    struct fs_frame frame;
    struct fs_behind first, second = {0};
    const unsigned levels =
        fs_behind_read(packet, &engine->packet_options, &frame, &first, &second);

    if (levels != 0)
        pass_levels(engine, levels, &first, &frame.level[0].key, &second, &frame.level[1].key,
                    packet, result);
    else
        fs_engine_take_unread(engine, packet, result);
}

/* One level, of either version, with or without a path. */
FS_HOT void fs_pass_one(flowscope_engine *engine, const struct flowscope_packet *packet,
                        struct flowscope_result *result, struct fs_ip_place place, uint64_t way)
{
    struct fs_frame frame;
    struct fs_walk walk;
    struct fs_behind level;
    struct fs_key key;

    fs_walk_from(&walk, engine, packet, place, (uint8_t)(way >> 32), &frame);
    walk.path = (uint32_t)way;
    if (!fs_behind_path(&walk, &level.path) ||
        !fs_behind_level(&walk, (uint8_t)(way >> 40), &key, &level))
        fs_engine_take_unread(engine, packet, result);
    else if (fs_behind_may_carry(walk.options, &level))
        fs_pass_any(engine, packet, result);
    else
        pass_levels(engine, 1, &level, &key, &level, &key, packet, result);
}
