/* SPDX-License-Identifier: BSD-2-Clause */
/* The short way for plain packets behind other headers (packet/behind.h): what step.h does for
 * plain frames, on one level or two. */
#ifndef FS_ENGINE_BEHIND_H
#define FS_ENGINE_BEHIND_H

#include "engine/engine.h"

/* Reads the packet at place `i` of the batch. False: it is none of these, and goes the long way. */
bool fs_engine_stage_behind(flowscope_engine *engine, const struct flowscope_packet *packet,
                            size_t i);

/* Takes it after it arrived calmly (arrive.h). False: nothing was done, and its levels are staged
 * as those of any other frame. */
bool fs_engine_take_behind(flowscope_engine *engine, size_t i,
                           const struct flowscope_packet *packet, struct flowscope_result *result);

/* Its levels as those of any other frame. */
void fs_engine_expand_behind(flowscope_engine *engine, size_t i);

/* Reads a packet and takes it, by itself or by one of the two below. */
void fs_engine_pass_behind(flowscope_engine *engine, const struct flowscope_packet *packet,
                           struct flowscope_result *result);

/* In pipeline.c: takes what goes the long way, and what is staged at place 0 as any other frame. */
void fs_engine_take_unread(flowscope_engine *engine, const struct flowscope_packet *packet,
                           struct flowscope_result *result);
void fs_engine_take_staged(flowscope_engine *engine, const struct flowscope_packet *packet,
                           struct flowscope_result *result);

#endif
