/* SPDX-License-Identifier: BSD-2-Clause */
/* Link headers: from the first byte of a frame to its IP header. */
#ifndef FS_PACKET_LINK_H
#define FS_PACKET_LINK_H

#include "packet/walk.h"

/* A step (walk.h) at the header of `link_type` (LINKTYPE_ number). Tags, labels and sessions belong
 * to it and become layers. walk->rest has at least one byte. */
enum flowscope_verdict fs_link_read(struct fs_walk *walk, uint32_t link_type, unsigned *version);

#endif
