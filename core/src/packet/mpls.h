/* SPDX-License-Identifier: BSD-2-Clause */
/* MPLS label stacks. */
#ifndef FS_PACKET_MPLS_H
#define FS_PACKET_MPLS_H

#include "packet/walk.h"

/* A step (walk.h) at a label. */
enum flowscope_verdict fs_mpls_read(struct fs_walk *walk, unsigned *version);

#endif
