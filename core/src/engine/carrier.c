/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet that ends before its frame does, or whose key has a path: in a session, or in a tunnel
 * over IPv4. */
#include "engine/pass.h"

/* The packet in a frame of that shape; its length is 0 where it is another one. What was captured
 * behind it counts as captured: who reads it keeps to its length. */
FS_INLINE struct fs_ip_place place_in(const struct flowscope_packet *packet,
                                      const struct fs_shape *shape)
{
    const uint32_t end = fs_shape_end(shape, packet);

    return (struct fs_ip_place){packet->data + shape->ip_at, packet->captured_bytes - shape->ip_at,
                                end != 0 ? end - shape->ip_at : 0};
}

/* The flow of the carrier at `at`, after it has taken the packet; NULL: it is more, and nothing was
 * done. */
FS_INLINE struct fs_flow *step_outer(flowscope_engine *engine,
                                     const struct flowscope_packet *packet, uint32_t at)
{
    struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);
    struct fs_plain plain;
    uint64_t hash;

    fs_cursor_skip(&bytes, at);
    fs_behind_carried(&bytes, &plain);
    struct fs_flow *flow = fs_engine_find_inside(engine, &plain, 0, &hash, false);
    const struct fs_stepping step = {.bytes = plain.bytes, .payload_bytes = plain.payload_bytes};

    return flow && fs_step_take(engine, flow, fs_step_side(flow, plain.swapped), &step,
                                packet->time_ns)
               ? flow
               : NULL;
}

FS_HOT void fs_pass_carrier(flowscope_engine *engine, const struct flowscope_packet *packet,
                            struct flowscope_result *result, const struct fs_shape *shape)
{
    const struct fs_ip_place place = place_in(packet, shape);
    const struct fs_cursor bytes = fs_cursor_over(place.at, place.captured);
    struct fs_plain plain;
    struct fs_flow *outer, *flow;
    uint64_t hash;

    if (place.wire == 0) {
        fs_pass_any(engine, packet, result);
        return;
    }
    if (!fs_plain_read_ipv4(&bytes, 0, place.wire, &engine->packet_options, &plain)) {
        (fs_pass_is_long(&bytes) ? fs_engine_take_unread : fs_pass_any)(engine, packet, result);
        return;
    }
    if (!fs_engine_arrive_calmly(engine, packet) ||
        !(outer = step_outer(engine, packet, shape->outer_at))) {
        fs_pass_leave(engine, packet, result);
        return;
    }
    flow = fs_engine_find_inside(engine, &plain, fs_shape_path(shape, packet), &hash, false);
    if (flow && fs_engine_step_in(engine, flow, &plain, outer, packet, result))
        engine->counters.frames++;
    else
        fs_pass_leave_inside(engine, packet, result, outer);
}

FS_HOT void fs_pass_carrier_ipv6(flowscope_engine *engine, const struct flowscope_packet *packet,
                                 struct flowscope_result *result, const struct fs_shape *shape)
{
    const struct fs_ip_place place = place_in(packet, shape);
    struct fs_behind level = {.path = fs_shape_path(shape, packet)};
    struct fs_flow *outer, *flow;
    struct fs_frame frame;
    struct fs_walk walk;
    struct fs_key key;

    fs_walk_from(&walk, engine, packet, place, 0, &frame);
    fs_rest_limit(&walk.rest, place.wire);
    walk.depth = 0; /* what adds a layer is for others */
    if (!fs_behind_ipv6(&walk, &level, &key) || fs_behind_may_carry(walk.options, &level)) {
        fs_pass_any(engine, packet, result);
        return;
    }
    if (!fs_engine_arrive_calmly(engine, packet) ||
        !(outer = step_outer(engine, packet, shape->outer_at))) {
        fs_pass_leave(engine, packet, result);
        return;
    }
    flow = fs_flow_table_find_likely(&engine->table, fs_flow_table_hash_long(&engine->table, &key),
                                     &level.plain.key, level.path, &key);
    if (flow && fs_engine_step_in(engine, flow, &level.plain, outer, packet, result))
        engine->counters.frames++;
    else
        fs_pass_leave_inside(engine, packet, result, outer);
}

FS_HOT void fs_pass_bound(flowscope_engine *engine, const struct flowscope_packet *packet,
                          struct flowscope_result *result, const struct fs_shape *shape)
{
    const struct fs_ip_place place = place_in(packet, shape);
    const struct fs_cursor bytes = fs_cursor_over(place.at, place.captured);
    struct fs_plain plain;
    uint64_t hash;

    if (place.wire == 0 ||
        !fs_plain_read_ipv4(&bytes, 0, place.wire, &engine->packet_options, &plain))
        fs_pass_any(engine, packet, result);
    else
        fs_pass_short(
            engine,
            fs_engine_find_inside(engine, &plain, fs_shape_path(shape, packet), &hash, true),
            &plain, packet, result);
}
