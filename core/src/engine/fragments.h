/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames with fragments: the datagrams they are parts of, and the flows of those. */
#ifndef FS_ENGINE_FRAGMENTS_H
#define FS_ENGINE_FRAGMENTS_H

#include "engine/engine.h"

/* What an engine of this configuration keeps of fragments. */
struct fs_fragment_limits fs_engine_fragment_limits(const struct flowscope_config *config);

/* A frame whose headers say fragment_pending; the other frames never come here. Its verdict: if ok,
 * its levels are read and hashed. */
enum flowscope_verdict fs_engine_take_fragment(flowscope_engine *engine,
                                               struct fs_staged_frame *staged,
                                               const struct flowscope_packet *packet,
                                               int64_t time_ns, struct flowscope_result *result);

/* Gives up the datagrams whose time is over. */
void fs_engine_expire_datagrams(flowscope_engine *engine);

/* Gives up all of them. */
void fs_engine_forget_datagrams(flowscope_engine *engine);

/* The clock follows a jump after all, or begins: as for flows (engine.h). */
void fs_engine_date_datagrams_ahead(flowscope_engine *engine);
void fs_engine_date_datagrams(flowscope_engine *engine, int64_t now_ns);

#endif
