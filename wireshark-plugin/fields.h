/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The annotation of a frame as fields. */
#ifndef FS_PLUGIN_FIELDS_H
#define FS_PLUGIN_FIELDS_H

#include <epan/packet.h>

void fs_fields_register(int protocol);

/* Adds the fields of this frame to `tree`, and its expert infos. */
void fs_fields_add(proto_tree *tree, tvbuff_t *tvb, packet_info *pinfo);

#endif
