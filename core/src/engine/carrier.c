/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain IPv4 in a tunnel over IPv4, or in a session: its key may have a path. */
#include "engine/pass.h"

/* The same as fs_engine_find_plain() for a key that may have a path. */
FS_INLINE struct fs_flow *find_inner(flowscope_engine *engine, struct fs_plain *plain,
                                     uint32_t path)
{
    struct fs_flow_table *table = &engine->table;

    fs_short_key_put_inside(&plain->key, path);
    const struct fs_short_key as_read = plain->key;
    struct fs_recent_flow *recent = fs_recent_at(table->recent, &as_read);

    if (__builtin_expect(fs_short_key_is_equal(&recent->key, &as_read), 1) &&
        (path == 0 || table->cold[recent->index].path == path)) {
        plain->swapped = recent->swapped;
        return &table->flows[recent->index];
    }
    plain->swapped = fs_plain_sort(&plain->key);
    const uint64_t hash = path == 0 ? fs_flow_table_hash_short(table, &plain->key)
                                    : fs_flow_table_hash_inside(table, &plain->key, path);
    struct fs_flow *flow = fs_flow_table_find_short(table, hash, &plain->key);
    if (!flow || (path != 0 && table->cold[flow - table->flows].path != path))
        return NULL;
    fs_recent_put(recent, &as_read, hash, (uint32_t)(flow - table->flows), plain->swapped);
    return flow;
}

/* The flow of the carrier right behind an Ethernet header, after it has taken the packet; NULL: it
 * is more, and nothing was done. */
FS_INLINE struct fs_flow *step_outer(flowscope_engine *engine,
                                     const struct flowscope_packet *packet)
{
    struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);
    struct fs_plain plain;
    uint64_t hash;

    fs_cursor_skip(&bytes, FS_NEAR_IP_AT);
    fs_behind_carried(&bytes, &plain);
    struct fs_flow *flow = fs_engine_find_plain(engine, &plain, &hash);
    const struct fs_stepping step = {.bytes = plain.bytes, .payload_bytes = plain.payload_bytes};

    return flow && fs_step_take(engine, flow, fs_step_side(flow, plain.swapped), &step,
                                packet->time_ns)
               ? flow
               : NULL;
}

/* Two levels, of which the inner one is plain IPv4 at `place`, and the outer one was found sound:
 * of that nothing is kept but where it is, as the inner one needs the registers. */
FS_HOT FS_NOINLINE static void pass_inner(flowscope_engine *engine,
                                          const struct flowscope_packet *packet,
                                          struct flowscope_result *result, struct fs_ip_place place,
                                          uint32_t path)
{
    const struct fs_cursor bytes = fs_cursor_over(place.at, place.captured);
    struct fs_plain plain;
    struct fs_flow *outer, *flow;

    if (!fs_cursor_has(&bytes, FS_NEAR_LEAST) || fs_cursor_u8(&bytes, 0) != FS_NEAR_FIRST) {
        fs_pass_any(engine, packet, result);
        return;
    }
    if (!fs_plain_read_ipv4(&bytes, 0, place.wire, &engine->packet_options, &plain)) {
        (fs_pass_is_long(&bytes) ? fs_engine_take_unread : fs_pass_any)(engine, packet, result);
        return;
    }
    if (!fs_engine_arrive_calmly(engine, packet) || !(outer = step_outer(engine, packet))) {
        fs_pass_leave(engine, packet, result);
        return;
    }
    flow = find_inner(engine, &plain, path);
    if (flow && fs_engine_step_in(engine, flow, &plain, outer, packet, result))
        engine->counters.frames++;
    else
        fs_pass_leave_inside(engine, packet, result, outer);
}

/* The same for IPv6. */
FS_HOT FS_NOINLINE static void pass_inner_ipv6(flowscope_engine *engine,
                                               const struct flowscope_packet *packet,
                                               struct flowscope_result *result,
                                               struct fs_ip_place place, uint32_t path)
{
    struct fs_frame frame;
    struct fs_walk walk;
    struct fs_behind level = {.path = path};
    struct fs_flow *outer, *flow;
    struct fs_key key;

    fs_walk_from(&walk, engine, packet, place, 0, &frame);
    walk.depth = 0; /* what adds a layer is for others */
    if (!fs_behind_ipv6(&walk, &level, &key) || fs_behind_may_carry(walk.options, &level)) {
        fs_pass_any(engine, packet, result);
        return;
    }
    if (!fs_engine_arrive_calmly(engine, packet) || !(outer = step_outer(engine, packet))) {
        fs_pass_leave(engine, packet, result);
        return;
    }
    flow = fs_flow_table_find_likely(&engine->table, fs_flow_table_hash_long(&engine->table, &key),
                                     &level.plain.key, path, &key);
    if (flow && fs_engine_step_in(engine, flow, &level.plain, outer, packet, result))
        engine->counters.frames++;
    else
        fs_pass_leave_inside(engine, packet, result, outer);
}

/* IPv4 that carries others, behind an Ethernet header alone. */
FS_HOT void fs_pass_carrier(flowscope_engine *engine, const struct flowscope_packet *packet,
                            struct flowscope_result *result)
{
    struct fs_frame frame;
    struct fs_walk walk;
    struct fs_behind level;
    enum fs_behind_inside inside = FS_BEHIND_OTHER;
    uint32_t path;
    unsigned version;

    fs_walk_begin(&walk, packet, &engine->packet_options, &frame);
    fs_rest_skip(&walk.rest, FS_NEAR_IP_AT);
    if (fs_behind_carrier(&walk, &level))
        inside = fs_behind_tunnel(&walk, &level, &version);
    if (inside == FS_BEHIND_OTHER)
        fs_engine_take_unread(engine, packet, result);
    else if (inside == FS_BEHIND_NOTHING || !fs_behind_path(&walk, &path))
        fs_pass_any(engine, packet, result);
    else if (version == 4)
        pass_inner(engine, packet, result, fs_ip_place_of(&walk), path);
    else
        pass_inner_ipv6(engine, packet, result, fs_ip_place_of(&walk), path);
}

FS_INLINE struct fs_ip_place place_within(struct fs_ip_place place, uint32_t most)
{
    if (place.wire > most)
        place.wire = most;
    if (place.captured > most)
        place.captured = most;
    return place;
}

/* Plain IPv4 at `ip_at` in a session, which may enter its key. */
FS_HOT void fs_pass_session(flowscope_engine *engine, const struct flowscope_packet *packet,
                            struct flowscope_result *result, uint32_t ip_at)
{
    enum { PROTOCOL = 2 };
    const struct fs_cursor whole = fs_cursor_over(packet->data, packet->captured_bytes);
    const uint16_t session = fs_cursor_u16(&whole, ip_at - 6),
                   length = fs_cursor_u16(&whole, ip_at - 4);
    const uint32_t path = engine->packet_options.identity == FLOWSCOPE_IDENTITY_IGNORE_VLAN
                              ? fs_path_with(0, FLOWSCOPE_LAYER_pppoe, session)
                              : 0;
    const struct fs_ip_place place =
        place_within(fs_ip_place_at(packet, ip_at), length > PROTOCOL ? length - PROTOCOL : 0);
    const struct fs_cursor bytes = fs_cursor_over(place.at, place.captured);
    struct fs_plain plain;

    if (!fs_cursor_has(&bytes, FS_NEAR_LEAST) ||
        !fs_plain_read_ipv4(&bytes, 0, place.wire, &engine->packet_options, &plain))
        fs_pass_any(engine, packet, result);
    else
        fs_pass_short(engine, find_inner(engine, &plain, path), &plain, packet, result);
}
