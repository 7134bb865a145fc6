/* SPDX-License-Identifier: BSD-2-Clause */
/* IEEE 802.11 data frames, and the headers that captures put ahead of them. */
#ifndef FS_PACKET_WIFI_H
#define FS_PACKET_WIFI_H

#include "packet/walk.h"

/* Steps (walk.h): at a MAC header; at a radiotap header. */
enum flowscope_verdict fs_wifi_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_wifi_radiotap(struct fs_walk *walk, unsigned *version);

/* Takes a PPI header off; *link_type is that of what follows. */
enum flowscope_verdict fs_wifi_skip_ppi(struct fs_walk *walk, uint32_t *link_type);

#endif
