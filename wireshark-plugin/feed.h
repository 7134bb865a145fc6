/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames from Wireshark into the engine, what it says of them into the annotations. */
#ifndef FS_PLUGIN_FEED_H
#define FS_PLUGIN_FEED_H

#include <flowscope/duplicates.h>
#include <flowscope/packet.h>

#include <epan/packet.h>

void fs_feed_register(void);

/* The frame as the engine sees it; its bytes live as long as `tvb`. */
void fs_feed_describe(struct flowscope_packet *packet, tvbuff_t *tvb, const packet_info *pinfo);

/* Feeds the frame if this is its turn; to be called for every dissection of every frame. */
void fs_feed_frame(tvbuff_t *tvb, const packet_info *pinfo);

/* Brings the flows to what they are after the last frame that was fed. */
void fs_feed_read_flows(void);

/* The session's pair of interfaces with this number; false: there is none. */
bool fs_feed_pair(uint32_t number, struct flowscope_dup_pair *pair);

/* Have all frames of the capture been fed? If so the flows have been read, and are whole. */
bool fs_feed_is_complete(void);

/* No frame after `last_frame` is coming, which is known of where Wireshark has just read or
 * dissected all of them. False: not all were fed. */
bool fs_feed_end_of_pass(uint32_t last_frame);

#endif
