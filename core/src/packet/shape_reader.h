/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a frame, and notes in its shape what it looked at. */
#ifndef FS_PACKET_SHAPE_READER_H
#define FS_PACKET_SHAPE_READER_H

#include "packet/shape.h"

struct fs_shape_reader {
    struct fs_shape *shape;
    const struct fs_packet_options *options;
    struct fs_cursor bytes;
    uint32_t at;
    unsigned layers;
    bool fails; /* not so much is captured, or there is more than a shape has room for */
};

/* Of so many bytes, `offset` behind those that were passed, what `mask` says; 0 if they are not
 * there. */
uint32_t fs_shape_see(struct fs_shape_reader *reader, uint32_t offset, uint32_t length,
                      uint32_t mask);

static inline uint8_t fs_shape_see_byte(struct fs_shape_reader *reader, uint32_t offset,
                                        uint8_t mask)
{
    return (uint8_t)fs_shape_see(reader, offset, 1, mask);
}

static inline uint16_t fs_shape_see_two(struct fs_shape_reader *reader, uint32_t offset)
{
    return (uint16_t)fs_shape_see(reader, offset, 2, UINT16_MAX);
}

static inline uint32_t fs_shape_see_four(struct fs_shape_reader *reader, uint32_t offset)
{
    return fs_shape_see(reader, offset, 4, UINT32_MAX);
}

/* True: `mask` says something, of which one bit is kept in mind; so it says something in others of
 * the shape too. */
bool fs_shape_see_any(struct fs_shape_reader *reader, uint32_t offset, uint32_t length,
                      uint32_t mask);

/* Two bytes that are a length: of what begins at `from` in the frame. */
void fs_shape_take_length(struct fs_shape_reader *reader, uint32_t offset, uint32_t from);

/* The layer at hand enters the path, where the policy says so: by the three bytes at `offset`. */
void fs_shape_take_path(struct fs_shape_reader *reader, enum flowscope_layer_kind kind,
                        uint32_t offset);

/* IPv4 or IPv6, as the first byte of what follows says; that is kept in mind later. */
bool fs_shape_ask_version(struct fs_shape_reader *reader, uint16_t *type);

/* In shape_link.c: up to an Ethernet type, or what would be one. */
bool fs_shape_skip_link(struct fs_shape_reader *reader, uint32_t link_type, uint16_t *type);

/* In shape_link.c: from there to IPv4 or IPv6, whose type it then is. */
bool fs_shape_skip_types(struct fs_shape_reader *reader, uint16_t *type);

/* In shape_link.c: a PPP frame, with or without its address, up to such a type. */
bool fs_shape_skip_ppp_frame(struct fs_shape_reader *reader, uint16_t *type);

/* In shape_tunnel.c: from an IPv4 header without options, whose protocol may carry others, to the
 * next type. */
bool fs_shape_skip_tunnel(struct fs_shape_reader *reader, uint8_t protocol, uint16_t *type);

#endif
