/* SPDX-License-Identifier: BSD-2-Clause */
/* What the shape of a frame tells (packet/shape.h), or a look at it (packet/near.h), and the ways
 * on from there. */
#include "engine/pass.h"

/* IPv4 without a path, on one level. */
FS_HOT FS_NOINLINE static void pass_ipv4(flowscope_engine *engine,
                                         const struct flowscope_packet *packet,
                                         struct flowscope_result *result, struct fs_ip_place place,
                                         unsigned layer_count)
{
    struct fs_frame frame;
    struct fs_walk walk;
    struct fs_behind level = {.path = 0};
    uint64_t hash;

    fs_walk_from(&walk, engine, packet, place, layer_count, &frame);
    if (!fs_behind_ipv4_as_is(&walk, &level))
        fs_engine_take_unread(engine, packet, result);
    else if (fs_behind_may_carry(walk.options, &level))
        fs_pass_any(engine, packet, result);
    else
        fs_pass_short(engine, fs_engine_find_plain(engine, &level.plain, &hash), &level.plain,
                      packet, result);
}

/* Up to an IP header, whichever way. `tried`: it is not plain. */
FS_INLINE void pass_read(flowscope_engine *engine, const struct flowscope_packet *packet,
                         struct flowscope_result *result, bool tried);

/* Of a packet that has the shape of a plain one and is none: its other shape, or NULL. */
FS_INLINE const struct fs_shape *shape_besides_plain(flowscope_engine *engine,
                                                     const struct flowscope_packet *packet)
{
    for (unsigned i = 0; i < FS_SHAPES; i++) {
        const struct fs_shape *shape = &engine->shapes.shape[i];

        if (shape->kind != FS_SHAPE_PLAIN && fs_shape_fits(shape, packet))
            return shape;
    }
    return fs_shapes_may_learn(&engine->shapes)
               ? fs_shapes_learn(&engine->shapes, packet, &engine->packet_options, true)
               : NULL;
}

FS_NOINLINE static void pass_of_shape(flowscope_engine *engine,
                                      const struct flowscope_packet *packet,
                                      struct flowscope_result *result,
                                      const struct fs_shape *shape);

/* What pass_plain() has refused. */
FS_HOT FS_NOINLINE static void pass_refused(flowscope_engine *engine,
                                            const struct flowscope_packet *packet,
                                            struct flowscope_result *result, const uint8_t *at,
                                            uint32_t captured)
{
    const struct fs_cursor bytes = fs_cursor_over(at, captured);
    const struct fs_shape *shape = shape_besides_plain(engine, packet);

    if (shape)
        pass_of_shape(engine, packet, result, shape);
    else if (fs_cursor_u8(&bytes, 9) == FS_PROTOCOL_UDP)
        fs_pass_any(engine, packet, result); /* it may lead to a tunnel */
    else if (fs_pass_is_long(&bytes))
        fs_engine_take_unread(engine, packet, result);
    else
        pass_read(engine, packet, result, true);
}

/* What would be plain behind an Ethernet header alone: what is at `at`, of which there are
 * FS_PLAIN_LEAST bytes and the first is FS_PLAIN_FIRST. */
FS_HOT FS_NOINLINE static void pass_plain(flowscope_engine *engine,
                                          const struct flowscope_packet *packet,
                                          struct flowscope_result *result, const uint8_t *at,
                                          uint32_t captured, uint32_t wire)
{
    const struct fs_cursor bytes = fs_cursor_over(at, captured);
    struct fs_plain plain;
    uint64_t hash;

    if (fs_plain_read_ipv4(&bytes, 0, wire, &engine->packet_options, &plain))
        fs_pass_short(engine, fs_engine_find_plain(engine, &plain, &hash), &plain, packet, result);
    else
        pass_refused(engine, packet, result, at, captured);
}

FS_INLINE void pass_read(flowscope_engine *engine, const struct flowscope_packet *packet,
                         struct flowscope_result *result, bool tried)
{
    struct fs_frame frame;
    struct fs_walk walk;
    uint32_t path;
    unsigned version;

    if (!fs_behind_begin(packet, &engine->packet_options, &frame, &walk, &version)) {
        fs_engine_take_unread(engine, packet, result);
        return;
    }
    const struct fs_cursor *bytes = &walk.rest.bytes;
    if (version != 4 || !fs_behind_path(&walk, &path) || path != 0)
        fs_pass_one(engine, packet, result, fs_ip_place_of(&walk),
                    fs_way_of(walk.path, frame.layer_count, version));
    else if (!tried && fs_cursor_has(bytes, FS_PLAIN_LEAST) &&
             fs_cursor_u8(bytes, 0) == FS_PLAIN_FIRST)
        pass_plain(engine, packet, result, bytes->at, (uint32_t)bytes->left, walk.rest.wire);
    else
        pass_ipv4(engine, packet, result, fs_ip_place_of(&walk), frame.layer_count);
}

FS_HOT FS_NOINLINE static void pass_far(flowscope_engine *engine,
                                        const struct flowscope_packet *packet,
                                        struct flowscope_result *result)
{
    pass_read(engine, packet, result, false);
}

FS_INLINE void pass_plain_of(flowscope_engine *engine, const struct flowscope_packet *packet,
                             struct flowscope_result *result, const struct fs_shape *shape)
{
    const struct fs_ip_place place = fs_ip_place_at(packet, shape->ip_at);

    pass_plain(engine, packet, result, place.at, place.captured, place.wire - shape->trailer);
}

/* IPv4 that AH protects. */
FS_HOT FS_NOINLINE static void pass_ah(flowscope_engine *engine,
                                       const struct flowscope_packet *packet,
                                       struct flowscope_result *result,
                                       const struct fs_shape *shape)
{
    const struct fs_ip_place place = fs_ip_place_at(packet, shape->ip_at);
    const struct fs_cursor bytes = fs_cursor_over(place.at, place.captured);
    struct fs_plain plain;
    uint64_t hash;

    if (fs_behind_plain_ah(&bytes, shape->transport_at - (uint32_t)shape->ip_at,
                           place.wire - shape->trailer, &engine->packet_options, &plain))
        fs_pass_short(engine, fs_engine_find_plain(engine, &plain, &hash), &plain, packet, result);
    else
        fs_pass_any(engine, packet, result);
}

FS_NOINLINE static void pass_of_shape(flowscope_engine *engine,
                                      const struct flowscope_packet *packet,
                                      struct flowscope_result *result, const struct fs_shape *shape)
{
    switch ((enum fs_shape_kind)shape->kind) {
    case FS_SHAPE_PLAIN:
        pass_plain_of(engine, packet, result, shape);
        break;
    case FS_SHAPE_BOUND:
        fs_pass_bound(engine, packet, result, shape);
        break;
    case FS_SHAPE_AH:
        pass_ah(engine, packet, result, shape);
        break;
    case FS_SHAPE_IPV6:
        fs_pass_one(engine, packet, result, fs_ip_place_at(packet, shape->ip_at),
                    fs_way_of(0, shape->layers, 6));
        break;
    case FS_SHAPE_CARRIER:
        fs_pass_carrier(engine, packet, result, shape);
        break;
    case FS_SHAPE_CARRIER_IPV6:
        fs_pass_carrier_ipv6(engine, packet, result, shape);
        break;
    }
}

/* As a look says. */
FS_INLINE void pass_near(flowscope_engine *engine, const struct flowscope_packet *packet,
                         struct flowscope_result *result, enum fs_near near)
{
    switch (near) {
    case FS_NEAR_ALL:
        fs_engine_take_unread(engine, packet, result);
        break;
    case FS_NEAR_IPV4:
        pass_ipv4(engine, packet, result, fs_ip_place_at(packet, FS_NEAR_IP_AT), 0);
        break;
    case FS_NEAR_IPV6:
        fs_pass_one(engine, packet, result, fs_ip_place_at(packet, FS_NEAR_IP_AT),
                    fs_way_of(0, 0, 6));
        break;
    case FS_NEAR_OTHER:
        fs_pass_any(engine, packet, result);
        break;
    case FS_NEAR_SHAPE:
        pass_far(engine, packet, result);
        break;
    }
}

FS_NOINLINE static void pass_new_shape(flowscope_engine *engine,
                                       const struct flowscope_packet *packet,
                                       struct flowscope_result *result, enum fs_near near)
{
    const struct fs_shape *shape =
        fs_shapes_learn(&engine->shapes, packet, &engine->packet_options, false);

    if (shape)
        pass_of_shape(engine, packet, result, shape);
    else
        pass_near(engine, packet, result, near);
}

/* None of the shapes of the last packets. */
FS_HOT FS_NOINLINE static void pass_shapeless(flowscope_engine *engine,
                                              const struct flowscope_packet *packet,
                                              struct flowscope_result *result)
{
    const enum fs_near near = fs_near_look(packet, &engine->packet_options);

    if (near != FS_NEAR_ALL && near != FS_NEAR_IPV4 && fs_shapes_may_learn(&engine->shapes))
        pass_new_shape(engine, packet, result, near);
    else
        pass_near(engine, packet, result, near);
}

FS_HOT FS_NOINLINE static void pass_other_shape(flowscope_engine *engine,
                                                const struct flowscope_packet *packet,
                                                struct flowscope_result *result)
{
    for (unsigned i = 1; i < FS_SHAPES; i++)
        if (fs_shape_fits(&engine->shapes.shape[i], packet)) {
            pass_of_shape(engine, packet, result, &engine->shapes.shape[i]);
            return;
        }
    pass_shapeless(engine, packet, result);
}

FS_HOT void fs_engine_pass_behind(flowscope_engine *engine, const struct flowscope_packet *packet,
                                  struct flowscope_result *result)
{
    const struct fs_shape *first = &engine->shapes.shape[0];

    if (!fs_shape_fits(first, packet))
        pass_other_shape(engine, packet, result);
    else if (first->kind == FS_SHAPE_PLAIN)
        pass_plain_of(engine, packet, result, first);
    else
        pass_of_shape(engine, packet, result, first);
}
