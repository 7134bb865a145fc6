/* SPDX-License-Identifier: BSD-2-Clause */
/* Any packet that has flows: each found or opened, counted and followed, the outermost first. */
#ifndef FS_ENGINE_FOLLOW_H
#define FS_ENGINE_FOLLOW_H

#include "engine/engine.h"

/* `time_ns` is what fs_engine_arrive_any() said; *result, if there is one, is zero but for its
 * verdict. Counts the packet in the totals, once, at its innermost flow. */
void fs_engine_follow(flowscope_engine *engine, const struct fs_staged_frame *staged,
                      const struct flowscope_packet *packet, int64_t time_ns,
                      struct flowscope_result *result);

/* The same for a plain packet that arrived calmly, and that fs_engine_step() refused. */
void fs_engine_follow_refused(flowscope_engine *engine, const struct fs_staged_frame *staged,
                              const struct flowscope_packet *packet,
                              struct flowscope_result *result);

/* The same for a packet that arrived calmly, and that its outermost flow has taken but for the
 * number of the frame. */
void fs_engine_follow_inside(flowscope_engine *engine, const struct fs_staged_frame *staged,
                             struct fs_flow *outermost, const struct flowscope_packet *packet,
                             struct flowscope_result *result);

#endif
