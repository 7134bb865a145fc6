/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of a frame, as a word and as Wireshark's expert information. */
#ifndef FS_PLUGIN_EXPERTS_H
#define FS_PLUGIN_EXPERTS_H

#include "annotations.h"

#include <epan/packet.h>

/* A frame that Wireshark showed us out of turn; see feed.c. Not one of the engine's verdicts. */
#define FS_VERDICT_NOT_ANALYSED FLOWSCOPE_VERDICT_COUNT

/* The verdict of a frame; `first_pass`: more frames may come, and so the rest of a datagram. */
unsigned fs_verdict_of(const struct fs_annotation *annotation, bool first_pass);
const char *fs_verdict_name(unsigned verdict);

void fs_experts_register(int protocol);

/* Does somebody look at expert infos, even where there is no tree? */
bool fs_experts_are_wanted(void);

/* Adds those of this frame to `item`, which may be NULL; `whole`: its flow is known as a whole. */
void fs_experts_add(packet_info *pinfo, proto_item *item, bool whole);

#endif
