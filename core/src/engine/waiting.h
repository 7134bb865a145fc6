/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames whose flow is not known yet: fragments that came before the one that tells. When that one
 * comes they are counted, just before it, with an event each; or they are lost. */
#ifndef FS_ENGINE_WAITING_H
#define FS_ENGINE_WAITING_H

#include "engine/engine.h"

/* What the frame at hand tells of a datagram that others wait for, and what the flow was before
 * that frame was counted. */
struct fs_told {
    bool has_flow; /* false: it belongs to none, since an own function wants it so */
    bool swapped;
    struct fs_key key;
    uint64_t flow_id, last_frame; /* before; 0 for a flow that was not there */
};

/* Fills in what the flow is now. */
void fs_waiting_look(const flowscope_engine *engine, struct fs_told *told);

/* All that waits for the datagram at `index` is told, after the frame at hand was counted:
 * `at_hand` is what is said of that one, whose number and link move on. */
void fs_waiting_settle(flowscope_engine *engine, uint32_t index, const struct fs_told *told,
                       struct flowscope_result *at_hand);

/* The flow will never be known. Inside a tunnel the frame stays with the flow around it. */
void fs_waiting_call_lost(flowscope_engine *engine, struct flowscope_result *result);

/* The same for the one that waits as `piece`. */
void fs_waiting_lose(flowscope_engine *engine, uint32_t piece);

#endif
