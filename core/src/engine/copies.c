/* SPDX-License-Identifier: BSD-2-Clause */
/* What a copy of an earlier frame does, which is next to nothing: it is counted, in the books and
 * in the flows of the packet that it copies. It moves no clock: it says nothing that was not
 * known. */
#include "engine/copies.h"

#include "engine/behind.h"

static unsigned levels_of(const flowscope_engine *engine, size_t i)
{
    if (engine->staged[i].is_plain)
        return 1;
    return engine->staged[i].verdict == FLOWSCOPE_VERDICT_ok
               ? engine->staged_frame[i].frame.level_count
               : 0;
}

static uint64_t innermost_hash(const flowscope_engine *engine, size_t i)
{
    return engine->staged[i].is_plain ? engine->staged[i].hash
                                      : engine->staged_frame[i].hash[levels_of(engine, i) - 1];
}

void fs_engine_stage_copy(flowscope_engine *engine, const struct flowscope_packet *packet, size_t i)
{
    const struct fs_fingerprint_options *options = &engine->duplicates.fingerprint;
    const struct fs_staged *staged = &engine->staged[i];
    struct fs_staged_print *print = &engine->staged_print[i];

    print->wanted = fs_duplicates_want(packet);
    if (!print->wanted)
        return;
    if (staged->is_plain) {
        fs_fingerprint_take_plain(options, packet, staged->plain.bytes, &print->fingerprint);
    } else {
        const struct fs_frame *frame = &engine->staged_frame[i].frame;
        const unsigned levels = levels_of(engine, i);

        fs_fingerprint_take(options, packet, frame->ip_at,
                            levels ? frame->level[levels - 1].ip_at : frame->ip_at,
                            &print->fingerprint);
    }
    fs_duplicates_prefetch(&engine->duplicates, &print->fingerprint);
}

static void count_in_flow(flowscope_engine *engine, uint32_t index)
{
    struct fs_flow *flow = &engine->table.flows[index];

    if (!(flow->flags & FS_FLOW_HAS_COPIES)) {
        flow->flags |= FS_FLOW_HAS_COPIES;
        engine->copies[index] = 0;
    }
    if (engine->copies[index] != UINT32_MAX)
        engine->copies[index]++;
}

/* The innermost flow is that of the first frame, whatever the copy's own tags would make it. Its
 * index; FS_FLOW_NONE: it is there no more. */
static inline uint32_t count_innermost(flowscope_engine *engine,
                                       const struct fs_duplicate_flow *flow)
{
    const uint32_t innermost = fs_flow_table_find_id(&engine->table, flow->hash, flow->flow_id);

    if (innermost != FS_FLOW_NONE)
        count_in_flow(engine, innermost);
    return innermost;
}

/* The flows around it are the copy's own, as far as they are known. */
static void count_around(flowscope_engine *engine, size_t i, uint32_t innermost)
{
    const struct fs_flow_table *table = &engine->table;
    const struct fs_staged_frame *whole = &engine->staged_frame[i];

    for (unsigned level = 0; level + 1 < levels_of(engine, i); level++) {
        uint32_t index =
            fs_flow_table_find(table, whole->hash[level], &whole->frame.level[level].key);

        if (index != FS_FLOW_NONE && index != innermost)
            count_in_flow(engine, index);
    }
}

static void annotate(enum flowscope_verdict verdict, const struct fs_duplicate_flow *flow,
                     bool dropped, struct flowscope_result *result)
{
    /* Of a fragment that waits for its flow: what it copies will have one, perhaps. */
    const bool has_reason =
        verdict != FLOWSCOPE_VERDICT_ok && verdict != FLOWSCOPE_VERDICT_fragment_pending;

    if (dropped || (!flow->flow_id && !has_reason)) {
        result->verdict = FLOWSCOPE_VERDICT_duplicate;
        return;
    }
    result->verdict = flow->flow_id ? FLOWSCOPE_VERDICT_ok : (uint8_t)verdict;
    result->flow_id = flow->flow_id;
    result->parent_id = flow->parent_id;
    result->direction = flow->direction;
}

/* `verdict` is what the frame would have if it were none. Returns count_innermost(). */
static inline uint32_t book(flowscope_engine *engine, enum flowscope_dup_kind kind,
                            enum flowscope_verdict verdict, struct flowscope_result *result,
                            struct fs_duplicate_flow *flow)
{
    uint32_t innermost = FS_FLOW_NONE;
    const uint64_t first_frame = fs_duplicates_first(&engine->duplicates, flow);

    engine->counters.frames++;
    engine->counters.duplicates++;
    if (flow->flow_id)
        innermost = count_innermost(engine, flow);
    *result = (struct flowscope_result){.dup_of = first_frame, .dup_kind = (uint8_t)kind};
    annotate(verdict, flow, engine->config.duplicates == FLOWSCOPE_DUPLICATES_DROP, result);
    return innermost;
}

void fs_engine_book_plain_copy(flowscope_engine *engine, enum flowscope_dup_kind kind,
                               struct flowscope_result *result)
{
    struct fs_duplicate_flow flow;

    book(engine, kind, FLOWSCOPE_VERDICT_ok, result, &flow);
}

static void book_staged(flowscope_engine *engine, size_t i, enum flowscope_dup_kind kind,
                        struct flowscope_result *result)
{
    const struct fs_staged *staged = &engine->staged[i];
    struct fs_duplicate_flow flow;
    uint32_t innermost;

    if (staged->is_plain) {
        fs_engine_book_plain_copy(engine, kind, result);
        return;
    }
    if (staged->is_behind)
        fs_engine_expand_behind(engine, i);
    innermost = book(engine, kind, staged->verdict, result, &flow);
    if (flow.flow_id)
        count_around(engine, i, innermost);
}

bool fs_engine_take_copy(flowscope_engine *engine, size_t i, const struct flowscope_packet *packet,
                         struct flowscope_result *result)
{
    enum flowscope_dup_kind kind;

    if (!engine->staged_print[i].wanted)
        return false;
    kind = fs_duplicates_take(&engine->duplicates, packet, &engine->staged_print[i].fingerprint);
    if (kind == FLOWSCOPE_DUP_none)
        return false;
    book_staged(engine, i, kind, result);
    return true;
}

void fs_engine_keep_staged(flowscope_engine *engine, size_t i,
                           const struct flowscope_result *result)
{
    if (engine->staged_print[i].wanted && result->flow_id)
        fs_engine_keep_for_copies(engine, innermost_hash(engine, i), result);
}
