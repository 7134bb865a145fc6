/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the layers around a flow enters its key. */
#ifndef FS_PACKET_PATH_H
#define FS_PACKET_PATH_H

#include "packet/headers.h"

/* The path of the level that comes after `frame`'s levels and layers so far; 0 when nothing enters.
 * One identifier of up to 24 bits is kept as it is; several, or a longer one, are hashed: without a
 * seed, as flow ids may not depend on one, so that somebody who writes the packets can bring two
 * stacks of tunnels together, and nothing worse. */
uint32_t fs_path_of(const struct fs_frame *frame, enum flowscope_identity identity);

#endif
