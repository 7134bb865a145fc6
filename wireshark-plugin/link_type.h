/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From Wireshark's encapsulations to LINKTYPE_ numbers. */
#ifndef FS_PLUGIN_LINK_TYPE_H
#define FS_PLUGIN_LINK_TYPE_H

#include <epan/packet.h>

/* To be called before the first frame of a session. */
void fs_link_type_begin(void);

/* FLOWSCOPE_LINK_TYPE_NONE where there is no number, or where wiretap has taken a part of the frame
 * away. */
uint32_t fs_link_type_of_frame(const packet_info *pinfo);

#endif
