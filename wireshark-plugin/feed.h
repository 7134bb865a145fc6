/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames from Wireshark into the engine, what it says of them into the annotations. */
#ifndef FS_PLUGIN_FEED_H
#define FS_PLUGIN_FEED_H

#include <epan/packet.h>

void fs_feed_register(void);

/* Feeds the frame if this is its turn; to be called for every dissection of every frame. */
void fs_feed_frame(tvbuff_t *tvb, const packet_info *pinfo);

/* Have all frames of the capture been fed? Then the flows are whole, and stay as they are. */
bool fs_feed_is_complete(void);

#endif
