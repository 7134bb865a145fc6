/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of frames, where they are looked for: by position in the batch. */
#ifndef FS_ENGINE_COPIES_H
#define FS_ENGINE_COPIES_H

#include "engine/engine.h"

/* Hashes the packet whose headers have been staged. */
void fs_engine_stage_copy(flowscope_engine *engine, const struct flowscope_packet *packet,
                          size_t i);

/* Brings nearer what fs_engine_take_copy() will compare. */
static inline void fs_engine_prefetch_copy(const flowscope_engine *engine, size_t i)
{
    const struct fs_staged_print *print = &engine->staged_print[i];

    if (print->wanted)
        fs_duplicates_prefetch_entry(&engine->duplicates, &print->fingerprint);
}

/* Whether the packet, next in order, is a copy; then it is booked and *result is filled. */
bool fs_engine_take_copy(flowscope_engine *engine, size_t i, const struct flowscope_packet *packet,
                         struct flowscope_result *result);

/* Books a plain packet that fs_duplicates_take() has just found to be a copy; it need not have been
 * staged. */
void fs_engine_book_plain_copy(flowscope_engine *engine, enum flowscope_dup_kind kind,
                               struct flowscope_result *result);

/* The packet was none, and *result is what became of it: copies of it will have its flow, which the
 * table finds by `hash`. */
static inline void fs_engine_keep_for_copies(flowscope_engine *engine, uint64_t hash,
                                             const struct flowscope_result *result)
{
    if (result->flow_id)
        fs_duplicates_belongs(&engine->duplicates, &(struct fs_duplicate_flow){
                                                       .flow_id = result->flow_id,
                                                       .parent_id = result->parent_id,
                                                       .hash = hash,
                                                       .direction = result->direction,
                                                   });
}

/* The same, by position in the batch. */
void fs_engine_keep_staged(flowscope_engine *engine, size_t i,
                           const struct flowscope_result *result);

#endif
