/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames with fragments: the datagrams they are parts of, and the flows of those. */
#ifndef FS_ENGINE_FRAGMENTS_H
#define FS_ENGINE_FRAGMENTS_H

#include "engine/engine.h"

/* A frame whose headers say fragment_pending; the other frames never come here. Its verdict: if ok,
 * its levels are read and hashed. */
enum flowscope_verdict fs_engine_take_fragment(flowscope_engine *engine,
                                               struct fs_staged_frame *staged,
                                               const struct flowscope_packet *packet,
                                               int64_t time_ns, struct flowscope_result *result);

#endif
