/* SPDX-License-Identifier: BSD-2-Clause */
/* What the way to a flow puts into its key. */
#ifndef FS_PACKET_PATH_H
#define FS_PACKET_PATH_H

#include "packet/headers.h"

/* fs_key.path of a flow whose level is level[level] of *frame, with its layers: 0 where nothing
 * enters. One layer with an identifier of up to 24 bits stands as kind << 24 | id; everything else
 * is the low 31 bits of XXH3 with seed 0 over what enters, in its order, with the top bit set, so
 * that the two never meet. */
uint32_t fs_path_of(const struct fs_frame *frame, unsigned level, enum flowscope_identity identity);

#endif
