/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain packets that are more than one of many: they open a flow, or are the first of their side,
 * or change its state. follow.h gives the same for these too. */
#ifndef FS_ENGINE_TURN_H
#define FS_ENGINE_TURN_H

#include "engine/engine.h"

/* Takes a plain packet that arrived calmly (arrive.h), or of a time that is as good: that of the
 * clock, which waits for no other. One that fs_engine_step() would take is taken too. False:
 * nothing was done, as its flow ends first, or is hard to find, or something looks at every packet.
 */
bool fs_engine_turn(flowscope_engine *engine, const struct fs_plain *plain, uint64_t hash,
                    const struct flowscope_packet *packet, struct flowscope_result *result);

#endif
