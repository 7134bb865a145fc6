/* SPDX-License-Identifier: BSD-2-Clause */
/* The way through a frame, header after header. Each step takes its header off `rest` and goes on
 * to the next one, until an IP header is at hand. */
#ifndef FS_PACKET_WALK_H
#define FS_PACKET_WALK_H

#include "packet/headers.h"
#include "packet/rest.h"

struct fs_walk {
    struct fs_rest rest;  /* never more captured than the wire carried */
    const uint8_t *start; /* the frame's first byte */
    struct fs_frame *frame;
    const struct fs_packet_options *options;
    unsigned depth; /* layers allowed; what bounds the work, since every loop adds layers */
};

/* What a step returns when it has found an IP header of `ip_version` at walk->rest. */
static inline enum flowscope_verdict fs_walk_found(unsigned ip_version, unsigned *version)
{
    *version = ip_version;
    return FLOWSCOPE_VERDICT_ok;
}

/* FLOWSCOPE_VERDICT_ok or tunnel_depth. */
static inline enum flowscope_verdict fs_walk_add(struct fs_walk *walk,
                                                 enum flowscope_layer_kind kind, uint32_t id)
{
    struct fs_frame *frame = walk->frame;

    if (frame->layer_count >= walk->depth)
        return FLOWSCOPE_VERDICT_tunnel_depth;
    frame->layers[frame->layer_count++] = (struct flowscope_layer){.kind = kind, .id = id};
    return FLOWSCOPE_VERDICT_ok;
}

#endif
