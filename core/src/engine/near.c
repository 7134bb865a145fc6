/* SPDX-License-Identifier: BSD-2-Clause */
/* What a look tells (packet/near.h), and the ways on from there. */
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

/* What pass_plain() has refused. */
FS_HOT FS_NOINLINE static void pass_refused(flowscope_engine *engine,
                                            const struct flowscope_packet *packet,
                                            struct flowscope_result *result, const uint8_t *at,
                                            uint32_t captured)
{
    const struct fs_cursor bytes = fs_cursor_over(at, captured);

    if (fs_cursor_u8(&bytes, 9) == FS_PROTOCOL_UDP)
        fs_pass_any(engine, packet, result); /* it may lead to a tunnel */
    else if (fs_pass_is_long(&bytes))
        fs_engine_take_unread(engine, packet, result);
    else
        pass_read(engine, packet, result, true);
}

/* What would be plain behind an Ethernet header alone: what is at `at`, of which there are
 * FS_NEAR_LEAST bytes and the first is FS_NEAR_FIRST. */
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

FS_INLINE void pass_plain_at(flowscope_engine *engine, const struct flowscope_packet *packet,
                             struct flowscope_result *result, uint32_t ip_at)
{
    pass_plain(engine, packet, result, packet->data + ip_at, packet->captured_bytes - ip_at,
               fs_wire_of(packet) - ip_at);
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
    else if (!tried && fs_cursor_has(bytes, FS_NEAR_LEAST) &&
             fs_cursor_u8(bytes, 0) == FS_NEAR_FIRST)
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

/* Radiotap and PPI. */
FS_HOT FS_NOINLINE static void pass_ahead(flowscope_engine *engine,
                                          const struct flowscope_packet *packet,
                                          struct flowscope_result *result)
{
    const struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);
    uint32_t ip_at, trailer;

    if (!fs_near_ahead(&bytes, packet->link_type, &ip_at, &trailer)) {
        pass_far(engine, packet, result);
        return;
    }
    const struct fs_ip_place place = fs_ip_place_at(packet, ip_at);
    const uint32_t wire = place.wire - trailer;
    pass_plain(engine, packet, result, place.at, place.captured < wire ? place.captured : wire,
               wire);
}

/* IPv4 that AH protects, behind an Ethernet header alone. */
FS_HOT FS_NOINLINE static void pass_ah(flowscope_engine *engine,
                                       const struct flowscope_packet *packet,
                                       struct flowscope_result *result)
{
    const struct fs_ip_place place = fs_ip_place_at(packet, FS_NEAR_IP_AT);
    const struct fs_cursor bytes = fs_cursor_over(place.at, place.captured);
    struct fs_plain plain;
    uint64_t hash;

    if (engine->packet_options.closed_tunnels == 0 &&
        fs_near_may_pass(&engine->packet_options, 1) &&
        fs_behind_plain_ah(&bytes, place.wire, &engine->packet_options, &plain))
        fs_pass_short(engine, fs_engine_find_plain(engine, &plain, &hash), &plain, packet, result);
    else
        pass_ipv4(engine, packet, result, place, 0);
}

/* What the first look does not tell. */
FS_HOT FS_NOINLINE static void pass_seldom(flowscope_engine *engine,
                                           const struct flowscope_packet *packet,
                                           struct flowscope_result *result)
{
    uint32_t ip_at;

    switch (fs_near_look_again(packet, &engine->packet_options, &ip_at)) {
    case FS_NEAR_PLAIN:
        pass_plain_at(engine, packet, result, ip_at);
        break;
    case FS_NEAR_SESSION:
        fs_pass_session(engine, packet, result, ip_at);
        break;
    case FS_NEAR_AHEAD:
        pass_ahead(engine, packet, result);
        break;
    default:
        pass_far(engine, packet, result);
        break;
    }
}

FS_HOT void fs_engine_pass_behind(flowscope_engine *engine, const struct flowscope_packet *packet,
                                  struct flowscope_result *result)
{
    uint32_t ip_at;

    switch (fs_near_look(packet, &engine->packet_options, &ip_at)) {
    case FS_NEAR_PLAIN:
        pass_plain_at(engine, packet, result, ip_at);
        break;
    case FS_NEAR_AH:
        pass_ah(engine, packet, result);
        break;
    case FS_NEAR_CARRIER:
        fs_pass_carrier(engine, packet, result);
        break;
    case FS_NEAR_PART:
        fs_engine_take_unread(engine, packet, result);
        break;
    case FS_NEAR_IPV4:
        pass_ipv4(engine, packet, result, fs_ip_place_at(packet, ip_at), 0);
        break;
    case FS_NEAR_IPV6:
        fs_pass_one(engine, packet, result, fs_ip_place_at(packet, ip_at), fs_way_of(0, 0, 6));
        break;
    case FS_NEAR_OTHER:
        fs_pass_any(engine, packet, result);
        break;
    default:
        pass_seldom(engine, packet, result);
        break;
    }
}
