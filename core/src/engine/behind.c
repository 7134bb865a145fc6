/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/behind.h"

#include "engine/arrive.h"
#include "engine/follow.h"
#include "engine/step.h"
#include "packet/behind.h"

#define INLINE static inline __attribute__((always_inline))

/* A compiler takes what stands behind so many conditions for seldom, and makes it small. */
#define HOT __attribute__((hot))

INLINE uint64_t hash_of(const flowscope_engine *engine, const struct fs_behind *level,
                        const struct fs_headers *headers)
{
    const struct fs_flow_table *table = &engine->table;
    const struct fs_short_key *key = &level->plain.key;

    if (fs_short_key_is_whole(key))
        return fs_flow_table_hash_short(table, key);
    if (fs_short_key_kind(key) & FS_KEY_LONG)
        return fs_flow_table_hash_long(table, &headers->key);
    return fs_flow_table_hash_inside(table, key, level->path);
}

/* The flow of a level that is but one more of many of it, after it has taken the packet; NULL: it
 * is more, and nothing was done. */
INLINE struct fs_flow *step(flowscope_engine *engine, const struct fs_behind *level,
                            const struct fs_headers *headers, uint64_t hash, int64_t now_ns,
                            unsigned *side)
{
    const struct fs_plain *plain = &level->plain;
    const struct fs_stepping step = {.segment = fs_plain_segment(plain),
                                     .bytes = plain->bytes,
                                     .payload_bytes = plain->payload_bytes,
                                     .is_tcp = fs_plain_is_tcp(plain)};
    struct fs_flow *flow =
        fs_flow_table_find_likely(&engine->table, hash, &plain->key, level->path, &headers->key);

    if (!flow)
        return NULL;
    *side = fs_step_side(flow, plain->swapped);
    return fs_step_take(engine, flow, *side, &step, now_ns) ? flow : NULL;
}

INLINE void annotate(const struct fs_flow *flow, unsigned side, uint64_t parent_id,
                     struct flowscope_result *result)
{
    if (!result)
        return;
    *result = (struct flowscope_result){.verdict = FLOWSCOPE_VERDICT_ok, .parent_id = parent_id};
    fs_engine_annotate(flow, side, result);
}

INLINE void book(flowscope_engine *engine, unsigned nested, uint32_t bytes)
{
    engine->counters.packets_in_flows++;
    engine->counters.nested += nested;
    engine->counters.bytes += bytes;
}

/* What becomes of a frame whose outer flow has taken it, and whose inner level is more than one
 * more of many. */
__attribute__((noinline)) static void
follow_inside(flowscope_engine *engine, struct fs_staged_frame *whole,
              const struct fs_behind *first, const struct fs_behind *second, struct fs_flow *outer,
              const struct flowscope_packet *packet, struct flowscope_result *result)
{
    fs_behind_expand(first, &whole->frame.level[0]);
    fs_behind_expand(second, &whole->frame.level[1]);
    if (result)
        *result = (struct flowscope_result){.verdict = FLOWSCOPE_VERDICT_ok};
    fs_engine_follow_inside(engine, whole, outer, packet, result);
}

/* Two levels are never of one flow: the inner one has ports, and other ones than lead to a tunnel,
 * or a protocol that leads to none. */
INLINE bool take_two(flowscope_engine *engine, struct fs_staged_frame *whole,
                     const struct fs_behind *first, const struct fs_behind *second,
                     const uint64_t hash[2], const struct flowscope_packet *packet,
                     struct flowscope_result *result)
{
    struct fs_frame *frame = &whole->frame;
    unsigned side;
    struct fs_flow *outer = step(engine, first, &frame->level[0], hash[0], packet->time_ns, &side);

    if (!outer)
        return false;
    struct fs_flow *inner = step(engine, second, &frame->level[1], hash[1], packet->time_ns, &side);
    if (!inner) {
        whole->hash[1] = hash[1];
        follow_inside(engine, whole, first, second, outer, packet, result);
        return true;
    }
    annotate(inner, side, outer->id, result);
    outer->last_frame = inner->last_frame = packet->frame;
    book(engine, 1, second->plain.bytes);
    return true;
}

INLINE bool take_one(flowscope_engine *engine, struct fs_staged_frame *whole,
                     const struct fs_behind *level, uint64_t hash,
                     const struct flowscope_packet *packet, struct flowscope_result *result)
{
    unsigned side;
    struct fs_flow *flow =
        step(engine, level, &whole->frame.level[0], hash, packet->time_ns, &side);

    if (!flow)
        return false;
    annotate(flow, side, 0, result);
    flow->last_frame = packet->frame;
    book(engine, 0, level->plain.bytes);
    return true;
}

HOT bool fs_engine_stage_behind(flowscope_engine *engine, const struct flowscope_packet *packet,
                                size_t i)
{
    struct fs_staged_frame *whole = &engine->staged_frame[i];
    const unsigned levels = fs_behind_read(packet, &engine->packet_options, &whole->frame,
                                           &whole->behind[0], &whole->behind[1]);

    for (unsigned level = 0; level < levels; level++)
        whole->hash[level] = hash_of(engine, &whole->behind[level], &whole->frame.level[level]);
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

HOT bool fs_engine_take_behind(flowscope_engine *engine, size_t i,
                               const struct flowscope_packet *packet,
                               struct flowscope_result *result)
{
    struct fs_staged_frame *whole = &engine->staged_frame[i];
    const struct fs_behind *level = whole->behind;

    if (!engine->long_way &&
        (whole->frame.level_count == 1
             ? take_one(engine, whole, &level[0], whole->hash[0], packet, result)
             : take_two(engine, whole, &level[0], &level[1], whole->hash, packet, result)))
        return true;
    fs_engine_expand_behind(engine, i);
    return false;
}

/* The levels go to memory only where the short way ends. To arrive twice is to arrive once. */
HOT enum fs_passed fs_engine_pass_behind(flowscope_engine *engine,
                                         const struct flowscope_packet *packet,
                                         struct flowscope_result *result)
{
    struct fs_staged_frame *whole = &engine->staged_frame[0];
    struct fs_behind first, second;
    uint64_t hash[FS_BEHIND_LEVELS] = {0};
    const unsigned levels =
        fs_behind_read(packet, &engine->packet_options, &whole->frame, &first, &second);

    if (levels == 0)
        return FS_PASSED_NOT_READ;
    hash[0] = hash_of(engine, &first, &whole->frame.level[0]);
    if (levels == 2)
        hash[1] = hash_of(engine, &second, &whole->frame.level[1]);
    if (!engine->long_way && fs_engine_arrive_calmly(engine, packet) &&
        (levels == 1 ? take_one(engine, whole, &first, hash[0], packet, result)
                     : take_two(engine, whole, &first, &second, hash, packet, result))) {
        engine->counters.frames++;
        return FS_PASSED;
    }
    engine->staged[0].verdict = FLOWSCOPE_VERDICT_ok;
    engine->staged[0].is_plain = engine->staged[0].is_behind = false;
    whole->hash[0] = hash[0];
    fs_behind_expand(&first, &whole->frame.level[0]);
    if (levels == 2) {
        whole->hash[1] = hash[1];
        fs_behind_expand(&second, &whole->frame.level[1]);
    }
    return FS_PASSED_STAGED;
}
