/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies of frames, where they are looked for: by position in the batch. */
#ifndef FS_ENGINE_COPIES_H
#define FS_ENGINE_COPIES_H

#include "engine/engine.h"

/* Hashes the packet whose headers have been staged. */
void fs_engine_stage_copy(flowscope_engine *engine, const struct flowscope_packet *packet,
                          size_t i);

/* Whether the packet, next in order, is a copy; then it is booked and *result is filled. */
bool fs_engine_take_copy(flowscope_engine *engine, size_t i, const struct flowscope_packet *packet,
                         struct flowscope_result *result);

/* The packet was none, and *result is what became of it: copies of it will have its flow. */
void fs_engine_keep_for_copies(flowscope_engine *engine, size_t i,
                               const struct flowscope_result *result);

#endif
