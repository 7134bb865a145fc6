/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From Wireshark's encapsulations to LINKTYPE_ numbers. */
#ifndef FS_PLUGIN_LINK_TYPE_H
#define FS_PLUGIN_LINK_TYPE_H

#include <stdint.h>

void fs_link_type_init(void);

/* FLOWSCOPE_LINK_TYPE_NONE where there is no number, or where wiretap has taken a part of the frame
 * away. */
uint32_t fs_link_type_of_encap(int encap);

#endif
