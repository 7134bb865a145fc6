/* SPDX-License-Identifier: BSD-2-Clause */
/* The shape of a frame: which of its bytes say that a packet like most (plain.h) begins where it
 * does, and what they are. A frame that has the same there has its packet at the same place,
 * whatever else it holds: so links, tags, labels, sessions and tunnels like those of a frame before
 * are told by a comparison of a few words. It is no promise that the packet is plain: who goes on
 * checks what it reads. */
#ifndef FS_PACKET_SHAPE_H
#define FS_PACKET_SHAPE_H

#include "packet/ethernet.h"
#include "packet/plain.h"
#include "packet/walk.h"

enum {
    FS_SHAPES = 4,        /* of the last frames: captures have two links, or two directions */
    FS_SHAPE_WORDS = 8,   /* one for a tag, five for radiotap or VXLAN */
    FS_SHAPE_LENGTHS = 4, /* IP, UDP, and one of their own for some tunnels */
};

enum fs_shape_kind {
    FS_SHAPE_PLAIN,        /* IPv4 behind headers that enter no key and end nothing */
    FS_SHAPE_BOUND,        /* the same, but for that: in a session, on a pseudowire */
    FS_SHAPE_AH,           /* IPv4 and AH, its transport header at `transport_at` */
    FS_SHAPE_IPV6,         /* behind such headers */
    FS_SHAPE_CARRIER,      /* IPv4 inside of IPv4, which begins at `outer_at` */
    FS_SHAPE_CARRIER_IPV6, /* IPv6 inside of that */
};

/* Eight bytes of the frame, as they lie in memory: under the mask they are the value. */
struct fs_shape_word {
    uint64_t mask, value;
};

/* Two bytes that say how long something is from a place on. It is within what is said before. */
struct fs_shape_length {
    uint16_t at, from;
};

struct fs_shape {
    uint32_t link_type;
    uint32_t least; /* so much of the frame is captured */
    uint16_t ip_at, outer_at, transport_at;
    uint16_t id_at;    /* bytes of which the first three enter the path */
    uint16_t other_at; /* two bytes that would be the type of another way; 0: there are none */
    uint8_t kind;      /* enum fs_shape_kind */
    uint8_t words, lengths, layers;
    uint8_t trailer;   /* bytes that follow what the frame carries */
    uint8_t path_kind; /* of layer; 0: nothing enters the path */
    uint16_t at[FS_SHAPE_WORDS];
    struct fs_shape_word word[FS_SHAPE_WORDS];
    struct fs_shape_length length[FS_SHAPE_LENGTHS];
};

struct fs_shapes {
    struct fs_shape shape[FS_SHAPES];
    unsigned next;   /* the oldest */
    unsigned misses; /* packets that had none and may have one */
};

void fs_shapes_init(struct fs_shapes *shapes);

FS_STEP bool fs_shape_fits(const struct fs_shape *shape, const struct flowscope_packet *packet)
{
    const struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);
    unsigned i = 0;

    if (!packet->is_packet || packet->link_type != shape->link_type ||
        !fs_cursor_has(&bytes, shape->least))
        return false;
    do {
        const struct fs_shape_word *word = &shape->word[i];
        uint64_t there;

        fs_cursor_copy(&bytes, shape->at[i], &there, sizeof(there));
        if ((there & word->mask) != word->value)
            return false;
    } while (++i < shape->words);
    return true;
}

/* Whether there may be another way as well, as fs_guess_ethernet() has it. */
FS_STEP bool fs_shape_is_other(const struct fs_shape *shape, const struct fs_cursor *bytes)
{
    const uint16_t type = fs_cursor_u16(bytes, shape->other_at);

    return fs_type_leads(type) ||
           (type <= FS_LENGTH_MAX && fs_cursor_u32(bytes, shape->other_at + 2u) >> 8 == 0xaaaa03);
}

/* Where in a frame of that shape its packet ends; 0: it is another way there. */
FS_STEP uint32_t fs_shape_end(const struct fs_shape *shape, const struct flowscope_packet *packet)
{
    const struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);
    uint32_t end = (packet->wire_bytes > packet->captured_bytes ? packet->wire_bytes
                                                                : packet->captured_bytes) -
                   shape->trailer;

#pragma GCC unroll 1
    for (unsigned i = 0; i < shape->lengths; i++) {
        const uint32_t own =
            shape->length[i].from + (uint32_t)fs_cursor_u16(&bytes, shape->length[i].at);
        if (own > end)
            return 0;
        end = own;
    }
    if (shape->other_at != 0 && fs_shape_is_other(shape, &bytes))
        return 0;
    return end < shape->ip_at + (uint32_t)FS_PLAIN_LEAST ? 0 : end;
}

/* What enters the key of its packet. */
FS_STEP uint32_t fs_shape_path(const struct fs_shape *shape, const struct flowscope_packet *packet)
{
    const struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);

    return shape->path_kind == 0
               ? 0
               : (uint32_t)shape->path_kind << 24 | fs_cursor_u32(&bytes, shape->id_at) >> 8;
}

/* What the shape of a packet is, if it has one. */
bool fs_shape_of(const struct flowscope_packet *packet, const struct fs_packet_options *options,
                 struct fs_shape *shape);

/* Whether a packet that has none of the shapes is to be asked for its own: of many the first. */
FS_STEP bool fs_shapes_may_learn(struct fs_shapes *shapes)
{
    enum { OF_MANY = 31 }; /* odd, as packets of two kinds take turns */

    return shapes->misses++ % OF_MANY == 0;
}

/* Its shape, in place of the oldest; NULL: it has none, or, if it `has_plain` one already and was
 * none of a plain packet, no other. */
const struct fs_shape *fs_shapes_learn(struct fs_shapes *shapes,
                                       const struct flowscope_packet *packet,
                                       const struct fs_packet_options *options, bool has_plain);

#endif
