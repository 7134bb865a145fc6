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

enum fs_passed {
    FS_PASSED,          /* taken */
    FS_PASSED_STAGED,   /* not taken; staged at place 0 as any other frame */
    FS_PASSED_NOT_READ, /* goes the long way */
};

/* Reads a packet and, if it arrives calmly, takes it. */
enum fs_passed fs_engine_pass_behind(flowscope_engine *engine,
                                     const struct flowscope_packet *packet,
                                     struct flowscope_result *result);

#endif
