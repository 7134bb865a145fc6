/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels in UDP, by port. */
#ifndef FS_PACKET_UDP_TUNNEL_H
#define FS_PACKET_UDP_TUNNEL_H

#include "packet/walk.h"

/* A step (walk.h) at a UDP header: a tunnel has its port at either end, the destination's first. A
 * port proves nothing, so each kind checks what it can. */
enum flowscope_verdict fs_udp_tunnel_read(struct fs_walk *walk, unsigned *version);

#endif
