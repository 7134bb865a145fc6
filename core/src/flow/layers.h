/* SPDX-License-Identifier: BSD-2-Clause */
/* The layers around a flow in sixteen bytes: each takes a few bits for its kind and as many as its
 * identifier has. Seven VLAN tags fit, five MPLS labels, four VXLANs. */
#ifndef FS_FLOW_LAYERS_H
#define FS_FLOW_LAYERS_H

#include <flowscope/record.h>

struct fs_layers {
    uint64_t word[2];
};

/* Packs the first layers of `count` that fit; returns how many. */
unsigned fs_layers_pack(struct fs_layers *packed, const struct flowscope_layer *layers,
                        unsigned count);

void fs_layers_unpack(const struct fs_layers *packed, struct flowscope_layer *layers,
                      unsigned count);

#endif
