/* SPDX-License-Identifier: BSD-2-Clause */
/* L2TP data messages. */
#ifndef FS_PACKET_L2TP_H
#define FS_PACKET_L2TP_H

#include "packet/walk.h"

/* Steps (walk.h): at a header of either version, inside UDP; at a session header, inside IP. */
enum flowscope_verdict fs_l2tp_over_udp(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_l2tp_over_ip(struct fs_walk *walk, unsigned *version);

#endif
