/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In Wireshark itself: what happens once a pass over the capture has ended. */
#ifndef FS_PLUGIN_REFILTER_H
#define FS_PLUGIN_REFILTER_H

/* Frames are read for the first time, or the file has been read to its end. Nothing in tshark. */
void fs_refilter_soon(void);

#endif
