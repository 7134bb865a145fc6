/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_ENGINE_LINK_TYPES_H
#define FS_ENGINE_LINK_TYPES_H

#include <flowscope/engine.h>

/* Counts packets of a type that is not read: the first types each by itself, the rest together. */
void fs_link_types_count(struct flowscope_counters *counters, uint32_t link_type, uint64_t packets);

#endif
