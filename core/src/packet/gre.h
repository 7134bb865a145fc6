/* SPDX-License-Identifier: BSD-2-Clause */
/* GRE and what is built on it. */
#ifndef FS_PACKET_GRE_H
#define FS_PACKET_GRE_H

#include "packet/walk.h"

/* A step (walk.h) at a GRE header. */
enum flowscope_verdict fs_gre_read(struct fs_walk *walk, unsigned *version);

#endif
