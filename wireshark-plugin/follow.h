/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two ends of a flow said: `-z follow,flowscope,ascii,N`, sharkd's follow, and Wireshark's
 * menu Follow where its version lets a plugin into it. */
#ifndef FS_PLUGIN_FOLLOW_H
#define FS_PLUGIN_FOLLOW_H

#include <epan/packet.h>

void fs_follow_register(int protocol);

/* Hands the payload of the frame to whoever follows a flow; for every dissection of every frame. */
void fs_follow_frame(tvbuff_t *tvb, packet_info *pinfo);

#endif
