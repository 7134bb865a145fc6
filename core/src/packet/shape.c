/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/shape.h"

#include "packet/ethernet.h"
#include "packet/link.h"
#include "packet/shape_reader.h"
#include "packet/tunnel.h"

enum { WORD_BYTES = 8 };

/* The last word of the shape, if the `length` bytes at `at` are within; else a new one. NULL: that
 * would be one too many. */
static struct fs_shape_word *word_with(struct fs_shape *shape, uint32_t at, uint32_t length)
{
    const unsigned i = shape->words;

    if (i != 0 && at >= shape->at[i - 1] && at + length <= shape->at[i - 1] + (uint32_t)WORD_BYTES)
        return &shape->word[i - 1];
    if (i == FS_SHAPE_WORDS || at > UINT16_MAX)
        return NULL;
    shape->at[i] = (uint16_t)at;
    shape->words++;
    return &shape->word[i];
}

uint32_t fs_shape_see(struct fs_shape_reader *reader, uint32_t offset, uint32_t length,
                      uint32_t mask)
{
    struct fs_shape *shape = reader->shape;
    const uint32_t at = reader->at + offset;
    struct fs_shape_word *word;
    uint32_t seen = 0;

    if (!fs_cursor_has(&reader->bytes, at + length) || !(word = word_with(shape, at, length))) {
        reader->fails = true;
        return 0;
    }
    uint8_t *masked = (uint8_t *)&word->mask + (at - shape->at[shape->words - 1u]);
    for (uint32_t i = 0; i < length; i++) {
        masked[i] |= (uint8_t)(mask >> (length - 1 - i) * 8);
        seen = seen << 8 | fs_cursor_u8(&reader->bytes, at + i);
    }
    return seen & mask;
}

bool fs_shape_see_any(struct fs_shape_reader *reader, uint32_t offset, uint32_t length,
                      uint32_t mask)
{
    uint32_t there = 0;

    if (!fs_cursor_has(&reader->bytes, reader->at + offset + length))
        return false;
    for (uint32_t i = 0; i < length; i++)
        there = there << 8 | fs_cursor_u8(&reader->bytes, reader->at + offset + i);
    there &= mask;
    return there != 0 &&
           fs_shape_see(reader, offset, length, UINT32_C(1) << (31 - __builtin_clz(there))) != 0;
}

void fs_shape_take_length(struct fs_shape_reader *reader, uint32_t offset, uint32_t from)
{
    struct fs_shape *shape = reader->shape;
    const uint32_t at = reader->at + offset;

    if (shape->lengths == FS_SHAPE_LENGTHS || at > UINT16_MAX || from > UINT16_MAX)
        reader->fails = true;
    else
        shape->length[shape->lengths++] =
            (struct fs_shape_length){.at = (uint16_t)at, .from = (uint16_t)from};
}

void fs_shape_take_path(struct fs_shape_reader *reader, enum flowscope_layer_kind kind,
                        uint32_t offset)
{
    struct fs_shape *shape = reader->shape;
    const uint32_t at = reader->at + offset;

    if (reader->options->identity != FLOWSCOPE_IDENTITY_IGNORE_VLAN)
        return;
    if (shape->path_kind != 0 || at > UINT16_MAX)
        reader->fails = true;
    shape->path_kind = (uint8_t)kind;
    shape->id_at = (uint16_t)at;
}

bool fs_shape_ask_version(struct fs_shape_reader *reader, uint16_t *type)
{
    if (!fs_cursor_has(&reader->bytes, reader->at + 1))
        return false;
    const unsigned version = fs_cursor_u8(&reader->bytes, reader->at) >> 4;
    *type = version == 4 ? FS_TYPE_IPV4 : FS_TYPE_IPV6;
    return version == 4 || version == 6;
}

/* A packet in AH, but for a fragment, right to the ports. */
static bool read_ah(struct fs_shape_reader *reader)
{
    enum { IP_HEADER = 20, FIXED = 12 };
    const uint8_t next = fs_shape_see_byte(reader, IP_HEADER, UINT8_MAX);
    const uint32_t length = (fs_shape_see_byte(reader, IP_HEADER + 1, UINT8_MAX) + 2u) * 4u,
                   transport_at = reader->at + IP_HEADER + length;

    reader->layers++;
    reader->shape->kind = FS_SHAPE_AH;
    reader->shape->transport_at = (uint16_t)transport_at;
    return length >= FIXED && transport_at <= UINT16_MAX &&
           (next == FS_PROTOCOL_TCP || next == FS_PROTOCOL_UDP);
}

static bool may_carry(const struct fs_shape_reader *reader, uint8_t protocol)
{
    enum { IP_HEADER = 20 };

    return fs_tunnel_protocols[protocol] &&
           (protocol != FS_PROTOCOL_UDP ||
            fs_plain_tunnel_port(reader->options,
                                 fs_cursor_u32(&reader->bytes, reader->at + IP_HEADER)));
}

/* What is inside of IPv4 over IPv4. */
static bool read_inner(struct fs_shape_reader *reader, uint16_t type)
{
    reader->shape->kind = type == FS_TYPE_IPV4 ? FS_SHAPE_CARRIER : FS_SHAPE_CARRIER_IPV6;
    return type == FS_TYPE_IPV4 ? fs_shape_see_byte(reader, 0, UINT8_MAX) == FS_PLAIN_FIRST
                                : fs_shape_see_byte(reader, 0, 0xf0) == 0x60;
}

/* At an IPv4 header. */
static bool read_ipv4(struct fs_shape_reader *reader)
{
    enum { PLACE_AT = 6, PLACE = 0x3fff, PROTOCOL_AT = 9, ETHERNET = 14 };
    struct fs_shape *shape = reader->shape;
    uint16_t type;

    if (fs_shape_see_byte(reader, 0, UINT8_MAX) != FS_PLAIN_FIRST ||
        !fs_cursor_has(&reader->bytes, reader->at + FS_PLAIN_LEAST))
        return false;
    const uint8_t protocol = fs_cursor_u8(&reader->bytes, reader->at + PROTOCOL_AT);
    if (protocol != FS_PROTOCOL_AH && !may_carry(reader, protocol)) {
        /* Right behind Ethernet it is plain, or not for us. */
        shape->kind = shape->lengths != 0 || shape->path_kind != 0 || shape->other_at != 0
                          ? FS_SHAPE_BOUND
                          : FS_SHAPE_PLAIN;
        return shape->link_type != FS_LINK_ETHERNET || reader->at != ETHERNET;
    }
    if (fs_shape_see(reader, PLACE_AT, 2, PLACE) != 0 || shape->lengths != 0 ||
        shape->other_at != 0 || reader->options->closed_tunnels != 0)
        return false;
    fs_shape_see_byte(reader, PROTOCOL_AT, UINT8_MAX);
    if (protocol == FS_PROTOCOL_AH)
        return read_ah(reader);
    shape->outer_at = (uint16_t)reader->at;
    return fs_shape_skip_tunnel(reader, protocol, &type) && fs_shape_skip_types(reader, &type) &&
           read_inner(reader, type);
}

/* At an IPv6 header, whose next one is not kept in mind: most carry no others. */
static bool read_ipv6(struct fs_shape_reader *reader)
{
    enum { NEXT_AT = 6, HOP_BY_HOP = 0, FRAGMENT = 44 };
    struct fs_shape *shape = reader->shape;

    if (fs_shape_see_byte(reader, 0, 0xf0) != 0x60 ||
        !fs_cursor_has(&reader->bytes, reader->at + NEXT_AT + 1))
        return false;
    const uint8_t next = fs_cursor_u8(&reader->bytes, reader->at + NEXT_AT);
    shape->kind = FS_SHAPE_IPV6;
    return next != HOP_BY_HOP && next != FRAGMENT &&
           (!fs_tunnel_protocols[next] || next == FS_PROTOCOL_UDP) && shape->lengths == 0 &&
           shape->path_kind == 0 && shape->trailer == 0;
}

static bool read(struct fs_shape_reader *reader)
{
    uint16_t type;

    return fs_shape_skip_link(reader, reader->shape->link_type, &type) &&
           fs_shape_skip_types(reader, &type) &&
           (type == FS_TYPE_IPV4 ? read_ipv4 : read_ipv6)(reader);
}

static uint32_t most(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Until everything that will be read of such a frame, and plain IPv4, or as much. */
static uint32_t least_of(const struct fs_shape *shape)
{
    enum { PORTS = 8, LENGTH = 2 };
    uint32_t least = shape->ip_at + (uint32_t)FS_PLAIN_LEAST;

    least = most(least, shape->transport_at + (uint32_t)PORTS);
    for (unsigned i = 0; i < shape->words; i++)
        least = most(least, shape->at[i] + (uint32_t)WORD_BYTES);
    for (unsigned i = 0; i < shape->lengths; i++)
        least = most(least, shape->length[i].at + (uint32_t)LENGTH);
    return least + shape->trailer;
}

bool fs_shape_of(const struct flowscope_packet *packet, const struct fs_packet_options *options,
                 struct fs_shape *shape)
{
    struct fs_shape_reader reader = {
        .shape = shape,
        .options = options,
        .bytes = fs_cursor_over(packet->data, packet->captured_bytes),
    };

    *shape = (struct fs_shape){.link_type = packet->link_type, .least = UINT32_MAX};
    if (!packet->is_packet || options->long_way_alone || !read(&reader) || reader.fails ||
        reader.at > UINT16_MAX - FS_PLAIN_LEAST || !fs_walk_may_pass(options, reader.layers))
        return false;
    shape->ip_at = (uint16_t)reader.at;
    shape->layers = (uint8_t)reader.layers;
    const uint32_t least = least_of(shape);
    if (!fs_cursor_has(&reader.bytes, least))
        return false;
    shape->least = least;
    for (unsigned i = 0; i < shape->words; i++) {
        struct fs_shape_word *word = &shape->word[i];

        fs_cursor_copy(&reader.bytes, shape->at[i], &word->value, WORD_BYTES);
        word->value &= word->mask;
    }
    return true;
}

/* What is none yet fits no frame: nothing under no mask is 1. */
void fs_shapes_init(struct fs_shapes *shapes)
{
    for (unsigned i = 0; i < FS_SHAPES; i++)
        shapes->shape[i] = (struct fs_shape){.least = UINT32_MAX, .word[0] = {.value = 1}};
    shapes->next = shapes->misses = 0;
}

const struct fs_shape *fs_shapes_learn(struct fs_shapes *shapes,
                                       const struct flowscope_packet *packet,
                                       const struct fs_packet_options *options, bool has_plain)
{
    struct fs_shape *oldest = &shapes->shape[shapes->next], shape;

    if (!fs_shape_of(packet, options, &shape) || (has_plain && shape.kind == FS_SHAPE_PLAIN))
        return NULL;
    shapes->next = (shapes->next + 1) % FS_SHAPES;
    *oldest = shape;
    return oldest;
}
