/* SPDX-License-Identifier: BSD-2-Clause */
/* The first stages of a packet: what its bytes say, by position in the batch, and what of its flow
 * is brought near. What it means is decided later (pipeline.c). */
#ifndef FS_ENGINE_STAGE_H
#define FS_ENGINE_STAGE_H

#include "engine/behind.h"
#include "engine/copies.h"
#include "packet/extract.h"

/* The hashes of a frame's keys, for those that stage it whole. */
static inline void fs_stage_whole(flowscope_engine *engine, size_t i,
                                  enum flowscope_verdict verdict)
{
    const struct fs_flow_table *table = &engine->table;
    struct fs_staged *staged = &engine->staged[i];
    struct fs_staged_frame *whole = &engine->staged_frame[i];

    staged->is_plain = staged->is_behind = false;
    staged->verdict = (uint8_t)verdict;
    for (unsigned level = 0; level < whole->frame.level_count; level++)
        whole->hash[level] = fs_flow_table_hash(table, &whole->frame.level[level].key);
    if (verdict != FLOWSCOPE_VERDICT_fragment_pending)
        return;
    whole->fragment_hash = fs_fragment_table_hash(&engine->fragments, &whole->frame.fragment);
    fs_fragment_table_prefetch(&engine->fragments, whole->fragment_hash);
}

/* Most fragments. False: it is none of these. */
__attribute__((noinline)) static bool fs_stage_part(flowscope_engine *engine,
                                                    const struct flowscope_packet *packet, size_t i)
{
    if (!fs_headers_read_part(packet, &engine->packet_options, &engine->staged_frame[i].frame))
        return false;
    fs_stage_whole(engine, i, FLOWSCOPE_VERDICT_fragment_pending);
    return true;
}

/* The first stage: what the bytes of the packet say, and the hashes of its keys. */
__attribute__((noinline)) static void fs_stage_long(flowscope_engine *engine,
                                                    const struct flowscope_packet *packet, size_t i)
{
    struct fs_frame *frame = &engine->staged_frame[i].frame;
    const enum flowscope_verdict verdict =
        (engine->packet_options.has_own_way ? fs_extract_read : fs_headers_read_long)(
            packet, &engine->packet_options, frame);

    if (verdict != FLOWSCOPE_VERDICT_ok && verdict != FLOWSCOPE_VERDICT_fragment_pending)
        frame->level_count = 0;
    fs_stage_whole(engine, i, verdict);
}

/* Frames without IP, and fragments: where one look tells, they are staged here. */
static inline bool fs_stage_at_a_look(flowscope_engine *engine,
                                      const struct flowscope_packet *packet, size_t i)
{
    struct fs_frame *frame = &engine->staged_frame[i].frame;

    switch (fs_headers_look(packet, &engine->packet_options)) {
    case FS_LOOK_PART:
        if (!fs_stage_part(engine, packet, i))
            fs_stage_long(engine, packet, i);
        return true;
    case FS_LOOK_NOT_IP:
        frame->level_count = 0;
        frame->ip_at = FS_NO_IP;
        fs_stage_whole(engine, i, FLOWSCOPE_VERDICT_not_ip);
        return true;
    case FS_LOOK_ANY:
        break;
    }
    return false;
}

static inline void fs_stage_keys(flowscope_engine *engine, const struct flowscope_packet *packet,
                                 size_t i)
{
    struct fs_staged *staged = &engine->staged[i];

    staged->is_plain = fs_plain_read(packet, &engine->packet_options, &staged->plain);
    if (__builtin_expect(staged->is_plain, 1))
        staged->hash = fs_flow_table_hash_short(&engine->table, &staged->plain.key);
    else if (!fs_stage_at_a_look(engine, packet, i) && !fs_engine_stage_behind(engine, packet, i))
        fs_stage_long(engine, packet, i);
}

static inline void fs_stage(flowscope_engine *engine, const struct flowscope_packet *packet,
                            size_t i)
{
    fs_stage_keys(engine, packet, i);
    if (engine->look_for_copies)
        fs_engine_stage_copy(engine, packet, i);
}

static inline uint32_t fs_stage_prefetch_bucket(const flowscope_engine *engine, uint64_t hash)
{
    fs_flow_table_prefetch_bucket(&engine->table, hash);
    return FS_FLOW_NONE;
}

static inline uint32_t fs_stage_prefetch_flow(const flowscope_engine *engine, uint64_t hash)
{
    const uint32_t index = fs_flow_table_prefetch_record(&engine->table, hash);

    if (index != FS_FLOW_NONE)
        fs_notes_prefetch_segment(&engine->notes, index);
    return index;
}

static inline void fs_stage_prefetch(flowscope_engine *engine, size_t i,
                                     uint32_t (*nearer)(const flowscope_engine *engine,
                                                        uint64_t hash))
{
    const struct fs_staged_frame *whole = &engine->staged_frame[i];
    struct fs_staged *staged = &engine->staged[i];
    uint32_t index;

    if (__builtin_expect(staged->is_plain, 1)) {
        index = nearer(engine, staged->hash);
        if (index != FS_FLOW_NONE)
            staged->guess = index;
    } else {
        for (unsigned level = 0; level < whole->frame.level_count; level++)
            nearer(engine, whole->hash[level]);
    }
}

static inline void fs_stage_prefetch_datagram(const flowscope_engine *engine, size_t i)
{
    if (!engine->staged[i].is_plain &&
        engine->staged[i].verdict == FLOWSCOPE_VERDICT_fragment_pending)
        fs_fragment_table_prefetch_datagram(&engine->fragments,
                                            engine->staged_frame[i].fragment_hash);
}

#endif
