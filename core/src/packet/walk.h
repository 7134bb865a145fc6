/* SPDX-License-Identifier: BSD-2-Clause */
/* The way through a frame, header after header. Each step takes its header off `rest` and goes on
 * to the next one, until an IP header is at hand. */
#ifndef FS_PACKET_WALK_H
#define FS_PACKET_WALK_H

#include "packet/headers.h"
#include "packet/path.h"
#include "packet/rest.h"

/* A step that has no loop back to others: where its walk is a local one it is read in registers
 * (behind.h). */
#define FS_STEP static inline __attribute__((always_inline))

/* An Ethernet or 802.11 header that was passed. */
struct fs_mac_header {
    uint8_t source[6], destination[6];
    uint32_t end_at;     /* in the frame, or FS_NOT_IN_FRAME */
    uint32_t wire;       /* what the wire carried after it */
    uint8_t layer_count; /* layers around it */
};

/* What keys other than the five-tuple need and no level has. */
struct fs_walk_notes {
    unsigned macs;
    struct fs_mac_header mac[FS_LEVELS_MAX]; /* outermost first */
    uint32_t flow_label[FS_LEVELS_MAX];      /* by level; 0 in IPv4 */
};

struct fs_walk {
    struct fs_rest rest;  /* never more captured than the wire carried */
    const uint8_t *start; /* the frame's first byte */
    struct fs_frame *frame;
    const struct fs_packet_options *options;
    struct fs_walk_notes *notes; /* NULL: nobody asks for them */
    bool opens;                  /* the next layer is a tunnel in an IP packet */
    unsigned ip_version;         /* of the outermost IP header, once it is at hand; else 0 */
    unsigned depth; /* layers allowed; what bounds the work, since every loop adds layers */
    uint32_t path;  /* fs_path_with() all layers so far */
};

/* What a step returns when it has found an IP header of `ip_version` at walk->rest. */
FS_STEP enum flowscope_verdict fs_walk_found(unsigned ip_version, unsigned *version)
{
    *version = ip_version;
    return FLOWSCOPE_VERDICT_ok;
}

/* IP without a header that says so: by its version. */
FS_STEP enum flowscope_verdict fs_walk_find_ip(const struct fs_walk *walk, unsigned *version)
{
    if (!fs_cursor_has(&walk->rest.bytes, 1))
        return FLOWSCOPE_VERDICT_truncated_ip;
    const unsigned nibble = fs_cursor_u8(&walk->rest.bytes, 0) >> 4;
    if (nibble != 4 && nibble != 6)
        return FLOWSCOPE_VERDICT_not_ip;
    return fs_walk_found(nibble, version);
}

FS_STEP bool fs_walk_may_open(const struct fs_walk *walk, enum flowscope_layer_kind kind)
{
    return (walk->options->closed_tunnels >> kind & 1) == 0;
}

/* FLOWSCOPE_VERDICT_ok, tunnel_depth, or not_ip for a tunnel that is not to be opened. */
FS_STEP enum flowscope_verdict fs_walk_add(struct fs_walk *walk, enum flowscope_layer_kind kind,
                                           uint32_t id)
{
    struct fs_frame *frame = walk->frame;

    if (walk->opens) {
        walk->opens = false;
        if (!fs_walk_may_open(walk, kind))
            return FLOWSCOPE_VERDICT_not_ip;
    }
    if (frame->layer_count >= walk->depth)
        return FLOWSCOPE_VERDICT_tunnel_depth;
    walk->path = fs_path_with(walk->path, kind, id);
    frame->layers[frame->layer_count++] = (struct flowscope_layer){.kind = kind, .id = id};
    return FLOWSCOPE_VERDICT_ok;
}

FS_STEP unsigned fs_walk_depth(const struct fs_packet_options *options)
{
    return options->tunnel_depth < FLOWSCOPE_LAYERS_MAX ? options->tunnel_depth
                                                        : FLOWSCOPE_LAYERS_MAX;
}

/* Layers that tell no flows apart may be passed over without a note of them. */
FS_STEP bool fs_walk_may_pass(const struct fs_packet_options *options, unsigned layers)
{
    return layers == 0 ||
           (layers <= fs_walk_depth(options) && options->identity != FLOWSCOPE_IDENTITY_STRICT);
}

/* At the first byte of a packet that has one. */
FS_STEP void fs_walk_begin(struct fs_walk *walk, const struct flowscope_packet *packet,
                           const struct fs_packet_options *options, struct fs_frame *frame)
{
    *walk = (struct fs_walk){.rest = {.bytes = fs_cursor_over(packet->data, packet->captured_bytes),
                                      .wire = packet->wire_bytes > packet->captured_bytes
                                                  ? packet->wire_bytes
                                                  : packet->captured_bytes},
                             .start = packet->data,
                             .frame = frame,
                             .options = options,
                             .depth = fs_walk_depth(options)};
    frame->layer_count = 0;
    frame->cut_by_depth = false;
    frame->has_quote = false;
}

/* Notes the header at walk->rest, whose addresses stand at these offsets from there and which is
 * `length` long and captured, unless it was noted before. */
void fs_walk_note_mac(struct fs_walk *walk, uint32_t destination, uint32_t source, uint32_t length);

/* The whole way of fs_headers_read(), which does this without `notes`. Where the outermost IP
 * header is at hand but no level comes of it, walk->ip_version says so and walk->rest begins
 * there. */
enum flowscope_verdict fs_walk_frame(struct fs_walk *walk, struct fs_walk_notes *notes,
                                     const struct flowscope_packet *packet,
                                     const struct fs_packet_options *options,
                                     struct fs_frame *frame);

#endif
