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

/* Counts and tells what fs_notes_take() said of a segment, of a flow or of none (FS_FLOW_NONE). */
void fs_engine_raise_news(flowscope_engine *engine, unsigned news, uint32_t index, uint64_t frame);

/* Notes the options of a SYN of the flow, whose TCP header begins at `transport_at`. */
void fs_engine_note_options(flowscope_engine *engine, uint32_t index, unsigned side,
                            const struct flowscope_packet *packet, uint32_t transport_at,
                            unsigned segment_flags);

#endif
