/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line of a frame in the packet view: what can be read without opening the tree below it. */
#ifndef FS_PLUGIN_HEADLINE_H
#define FS_PLUGIN_HEADLINE_H

#include "annotations.h"
#include "flows.h"

#include "export/text.h"

/* For a packet of `flow`; with the figures of the whole flow if they are known. Ends in a zero. */
void fs_headline(struct fs_text *text, const struct fs_annotation *annotation,
                 const struct fs_flow *flow, bool whole);

/* Parts of it: 192.0.2.1:5000 -> 198.51.100.2:80 tcp, and gtpu:7/vlan:10. */
void fs_headline_ends(struct fs_text *text, const struct fs_flow *flow);
void fs_headline_layers(struct fs_text *text, const struct flowscope_layer *layers, unsigned count);

#endif
