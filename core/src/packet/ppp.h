/* SPDX-License-Identifier: BSD-2-Clause */
/* PPP and what it is framed in. */
#ifndef FS_PACKET_PPP_H
#define FS_PACKET_PPP_H

#include "packet/walk.h"

/* Steps (walk.h): at a PPP header, with or without address and control; at a PPPoE session header;
 * at a header of Cisco's HDLC; at either of the serial ones, which the first byte tells apart. */
enum flowscope_verdict fs_ppp_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_ppp_over_ethernet(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_ppp_cisco_hdlc(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_ppp_serial(struct fs_walk *walk, unsigned *version);

#endif
