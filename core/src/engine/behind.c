/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/behind.h"

#include "engine/arrive.h"
#include "engine/follow.h"
#include "engine/step.h"
#include "packet/behind.h"
#include "packet/near.h"

#define INLINE static inline __attribute__((always_inline))

/* A compiler takes what stands behind so many conditions for seldom, and makes it small. */
#define HOT __attribute__((hot))

#define NOINLINE __attribute__((noinline))

INLINE uint64_t hash_of(const flowscope_engine *engine, const struct fs_behind *level,
                        const struct fs_key *of_long)
{
    const struct fs_flow_table *table = &engine->table;
    const struct fs_short_key *key = &level->plain.key;

    if (fs_short_key_is_whole(key))
        return fs_flow_table_hash_short(table, key);
    if (fs_short_key_kind(key) & FS_KEY_LONG)
        return fs_flow_table_hash_long(table, of_long);
    return fs_flow_table_hash_inside(table, key, level->path);
}

/* The flow of a level that is but one more of many of it, after it has taken the packet; NULL: it
 * is more, and nothing was done. */
INLINE struct fs_flow *step(flowscope_engine *engine, const struct fs_behind *level,
                            const struct fs_key *of_long, uint64_t hash, int64_t now_ns,
                            unsigned *side)
{
    const struct fs_plain *plain = &level->plain;
    const struct fs_stepping step = {.segment = fs_plain_segment(plain),
                                     .bytes = plain->bytes,
                                     .payload_bytes = plain->payload_bytes,
                                     .is_tcp = fs_plain_is_tcp(plain)};
    struct fs_flow *flow =
        fs_flow_table_find_likely(&engine->table, hash, &plain->key, level->path, of_long);

    if (!flow)
        return NULL;
    *side = fs_step_side(flow, plain->swapped);
    return fs_step_take(engine, flow, *side, &step, now_ns) ? flow : NULL;
}

INLINE void annotate(const struct fs_flow *flow, unsigned side, uint64_t parent_id,
                     struct flowscope_result *result)
{
    if (!result)
        return;
    *result = (struct flowscope_result){.verdict = FLOWSCOPE_VERDICT_ok, .parent_id = parent_id};
    fs_engine_annotate(flow, side, result);
}

INLINE void book(flowscope_engine *engine, unsigned nested, uint32_t bytes)
{
    engine->counters.packets_in_flows++;
    engine->counters.nested += nested;
    engine->counters.bytes += bytes;
}

/* Takes levels that arrived calmly, if the outermost is one more of many. Two are never of one
 * flow: the inner one has ports, and other ones than lead to a tunnel, or a protocol that leads to
 * none. TAKEN_OUTER: the inner one is for follow_inside(). */
enum taken { TAKEN_NONE, TAKEN_OUTER, TAKEN };

INLINE enum taken take(flowscope_engine *engine, unsigned levels, const struct fs_behind *first,
                       const struct fs_key *first_key, const struct fs_behind *second,
                       const struct fs_key *second_key, const uint64_t *hash,
                       const struct flowscope_packet *packet, struct flowscope_result *result,
                       struct fs_flow **outer)
{
    unsigned side;
    struct fs_flow *flow = step(engine, first, first_key, hash[0], packet->time_ns, &side);

    if (!flow)
        return TAKEN_NONE;
    if (levels == 1) {
        annotate(flow, side, 0, result);
        flow->last_frame = packet->frame;
        book(engine, 0, first->plain.bytes);
        return TAKEN;
    }
    *outer = flow;
    flow = step(engine, second, second_key, hash[1], packet->time_ns, &side);
    if (!flow)
        return TAKEN_OUTER;
    annotate(flow, side, (*outer)->id, result);
    (*outer)->last_frame = flow->last_frame = packet->frame;
    book(engine, 1, second->plain.bytes);
    return TAKEN;
}

HOT bool fs_engine_stage_behind(flowscope_engine *engine, const struct flowscope_packet *packet,
                                size_t i)
{
    struct fs_staged_frame *whole = &engine->staged_frame[i];
    const unsigned levels = fs_behind_read(packet, &engine->packet_options, &whole->frame,
                                           &whole->behind[0], &whole->behind[1]);

    for (unsigned level = 0; level < levels; level++)
        whole->hash[level] = hash_of(engine, &whole->behind[level], &whole->frame.level[level].key);
    engine->staged[i].verdict = FLOWSCOPE_VERDICT_ok;
    engine->staged[i].is_plain = false;
    engine->staged[i].is_behind = levels != 0;
    return levels != 0;
}

void fs_engine_expand_behind(flowscope_engine *engine, size_t i)
{
    struct fs_staged_frame *whole = &engine->staged_frame[i];

    for (unsigned level = 0; level < whole->frame.level_count; level++)
        fs_behind_expand(&whole->behind[level], &whole->frame.level[level]);
    engine->staged[i].is_behind = false;
}

/* What becomes of a frame, staged at place `i`, whose outer flow has taken it, and whose inner
 * level is more than one more of many. */
static void follow_inside(flowscope_engine *engine, size_t i, struct fs_flow *outer,
                          const struct flowscope_packet *packet, struct flowscope_result *result)
{
    fs_engine_expand_behind(engine, i);
    if (result)
        *result = (struct flowscope_result){.verdict = FLOWSCOPE_VERDICT_ok};
    fs_engine_follow_inside(engine, &engine->staged_frame[i], outer, packet, result);
}

HOT bool fs_engine_take_behind(flowscope_engine *engine, size_t i,
                               const struct flowscope_packet *packet,
                               struct flowscope_result *result)
{
    struct fs_staged_frame *whole = &engine->staged_frame[i];
    struct fs_flow *outer;
    enum taken taken = TAKEN_NONE;

    if (!engine->long_way)
        taken = take(engine, whole->frame.level_count, &whole->behind[0],
                     &whole->frame.level[0].key, &whole->behind[1], &whole->frame.level[1].key,
                     whole->hash, packet, result, &outer);
    if (taken == TAKEN_NONE)
        fs_engine_expand_behind(engine, i);
    if (taken == TAKEN_OUTER)
        follow_inside(engine, i, outer, packet, result);
    return taken != TAKEN_NONE;
}

/* Where the short way ends, the levels go to memory: there they are read again. */
NOINLINE static void leave(flowscope_engine *engine, const struct flowscope_packet *packet,
                           struct flowscope_result *result)
{
    fs_engine_stage_behind(engine, packet, 0);
    fs_engine_expand_behind(engine, 0);
    fs_engine_take_staged(engine, packet, result);
}

NOINLINE static void leave_inside(flowscope_engine *engine, const struct flowscope_packet *packet,
                                  struct flowscope_result *result, struct fs_flow *outer)
{
    fs_engine_stage_behind(engine, packet, 0);
    engine->counters.frames++;
    follow_inside(engine, 0, outer, packet, result);
}

/* To arrive twice is to arrive once. */
INLINE void pass_levels(flowscope_engine *engine, unsigned levels, const struct fs_behind *first,
                        const struct fs_key *first_key, const struct fs_behind *second,
                        const struct fs_key *second_key, const struct flowscope_packet *packet,
                        struct flowscope_result *result)
{
    uint64_t hash[FS_BEHIND_LEVELS] = {0};
    struct fs_flow *outer;
    enum taken taken = TAKEN_NONE;

    if (!engine->long_way && fs_engine_arrive_calmly(engine, packet)) {
        hash[0] = hash_of(engine, first, first_key);
        if (levels == 2)
            hash[1] = hash_of(engine, second, second_key);
        taken = take(engine, levels, first, first_key, second, second_key, hash, packet, result,
                     &outer);
    }
    if (taken == TAKEN)
        engine->counters.frames++;
    else if (taken == TAKEN_OUTER)
        leave_inside(engine, packet, result, outer);
    else
        leave(engine, packet, result);
}

/* The functions below end in one another, so that each has the registers to itself. */

/* Whatever behind.h reads. */
HOT NOINLINE static void pass_any(flowscope_engine *engine, const struct flowscope_packet *packet,
                                  struct flowscope_result *result)
{
    struct fs_frame frame;
    struct fs_behind first, second = {0};
    const unsigned levels =
        fs_behind_read(packet, &engine->packet_options, &frame, &first, &second);

    if (levels != 0)
        pass_levels(engine, levels, &first, &frame.level[0].key, &second, &frame.level[1].key,
                    packet, result);
    else
        fs_engine_take_unread(engine, packet, result);
}

/* The rest of a frame from its first IP header on, in two registers. */
struct place {
    const uint8_t *at;
    uint32_t captured, wire;
};

INLINE struct place place_of(const struct fs_walk *walk)
{
    return (struct place){walk->rest.bytes.at, (uint32_t)walk->rest.bytes.left, walk->rest.wire};
}

INLINE void walk_from(struct fs_walk *walk, const flowscope_engine *engine,
                      const struct flowscope_packet *packet, struct place place,
                      unsigned layer_count, struct fs_frame *frame)
{
    fs_walk_begin(walk, packet, &engine->packet_options, frame);
    walk->rest.bytes = fs_cursor_over(place.at, place.captured);
    walk->rest.wire = place.wire;
    frame->layer_count = (uint8_t)layer_count;
}

/* In another: what the way there was. */
INLINE uint64_t way_of(uint32_t path, unsigned layer_count, unsigned version)
{
    return path | (uint64_t)layer_count << 32 | (uint64_t)version << 40;
}

/* One level, of either version, with or without a path. */
HOT NOINLINE static void pass_one(flowscope_engine *engine, const struct flowscope_packet *packet,
                                  struct flowscope_result *result, struct place place, uint64_t way)
{
    struct fs_frame frame;
    struct fs_walk walk;
    struct fs_behind level;
    struct fs_key key;

    walk_from(&walk, engine, packet, place, (uint8_t)(way >> 32), &frame);
    walk.path = (uint32_t)way;
    if (!fs_behind_path(&walk, &level.path) ||
        !fs_behind_level(&walk, (uint8_t)(way >> 40), &key, &level))
        fs_engine_take_unread(engine, packet, result);
    else if (fs_behind_may_carry(walk.options, &level))
        pass_any(engine, packet, result);
    else
        pass_levels(engine, 1, &level, &key, &level, &key, packet, result);
}

INLINE void pass_short(flowscope_engine *engine, struct fs_flow *flow, const struct fs_plain *plain,
                       const struct flowscope_packet *packet, struct flowscope_result *result)
{
    if (fs_engine_arrive_calmly(engine, packet) && flow &&
        fs_engine_step(engine, flow, plain, packet, result))
        engine->counters.frames++;
    else
        leave(engine, packet, result);
}

/* IPv4 without a path, on one level. */
HOT NOINLINE static void pass_ipv4(flowscope_engine *engine, const struct flowscope_packet *packet,
                                   struct flowscope_result *result, struct place place,
                                   unsigned layer_count)
{
    struct fs_frame frame;
    struct fs_walk walk;
    struct fs_behind level = {.path = 0};
    uint64_t hash;

    walk_from(&walk, engine, packet, place, layer_count, &frame);
    if (!fs_behind_ipv4_as_is(&walk, &level))
        fs_engine_take_unread(engine, packet, result);
    else if (fs_behind_may_carry(walk.options, &level))
        pass_any(engine, packet, result);
    else
        pass_short(engine, fs_engine_find_plain(engine, &level.plain, &hash), &level.plain, packet,
                   result);
}

INLINE uint32_t wire_of(const struct flowscope_packet *packet)
{
    return packet->wire_bytes > packet->captured_bytes ? packet->wire_bytes
                                                       : packet->captured_bytes;
}

/* Up to an IP header, whichever way. `tried`: it is not plain. */
INLINE void pass_read(flowscope_engine *engine, const struct flowscope_packet *packet,
                      struct flowscope_result *result, bool tried);

/* Whether an IPv4 header without options that is not plain is one for the long way: what it carries
 * has types, or is a fragment or bad. */
INLINE bool is_long(const struct fs_cursor *bytes)
{
    const uint8_t protocol = fs_cursor_u8(bytes, 9);

    return protocol != FS_PROTOCOL_AH && !fs_behind_is_bare(protocol);
}

/* What pass_plain() has refused. */
HOT NOINLINE static void pass_refused(flowscope_engine *engine,
                                      const struct flowscope_packet *packet,
                                      struct flowscope_result *result, const uint8_t *at,
                                      uint32_t captured)
{
    const struct fs_cursor bytes = fs_cursor_over(at, captured);

    if (fs_cursor_u8(&bytes, 9) == FS_PROTOCOL_UDP)
        pass_any(engine, packet, result); /* it may lead to a tunnel */
    else if (is_long(&bytes))
        fs_engine_take_unread(engine, packet, result);
    else
        pass_read(engine, packet, result, true);
}

/* What would be plain behind an Ethernet header alone: what is at `at`, of which there are
 * FS_NEAR_LEAST bytes and the first is FS_NEAR_FIRST. */
HOT NOINLINE static void pass_plain(flowscope_engine *engine, const struct flowscope_packet *packet,
                                    struct flowscope_result *result, const uint8_t *at,
                                    uint32_t captured, uint32_t wire)
{
    const struct fs_cursor bytes = fs_cursor_over(at, captured);
    struct fs_plain plain;
    uint64_t hash;

    if (fs_plain_read_ipv4(&bytes, 0, wire, &engine->packet_options, &plain))
        pass_short(engine, fs_engine_find_plain(engine, &plain, &hash), &plain, packet, result);
    else
        pass_refused(engine, packet, result, at, captured);
}

INLINE void pass_read(flowscope_engine *engine, const struct flowscope_packet *packet,
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
        pass_one(engine, packet, result, place_of(&walk),
                 way_of(walk.path, frame.layer_count, version));
    else if (!tried && fs_cursor_has(bytes, FS_NEAR_LEAST) &&
             fs_cursor_u8(bytes, 0) == FS_NEAR_FIRST)
        pass_plain(engine, packet, result, bytes->at, (uint32_t)bytes->left, walk.rest.wire);
    else
        pass_ipv4(engine, packet, result, place_of(&walk), frame.layer_count);
}

HOT NOINLINE static void pass_far(flowscope_engine *engine, const struct flowscope_packet *packet,
                                  struct flowscope_result *result)
{
    pass_read(engine, packet, result, false);
}

INLINE struct place place_at(const struct flowscope_packet *packet, uint32_t at)
{
    return (struct place){packet->data + at, packet->captured_bytes - at, wire_of(packet) - at};
}

/* The same as fs_engine_find_plain() for a key that may have a path. */
INLINE struct fs_flow *find_inner(flowscope_engine *engine, struct fs_plain *plain, uint32_t path)
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
    *recent = (struct fs_recent_flow){.key = as_read,
                                      .hash = hash,
                                      .index = (uint32_t)(flow - table->flows),
                                      .swapped = plain->swapped};
    return flow;
}

/* The flow of the carrier right behind an Ethernet header, after it has taken the packet; NULL: it
 * is more, and nothing was done. */
INLINE struct fs_flow *step_outer(flowscope_engine *engine, const struct flowscope_packet *packet)
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

INLINE bool step_inner(flowscope_engine *engine, struct fs_flow *flow, struct fs_flow *outer,
                       const struct fs_plain *plain, const struct flowscope_packet *packet,
                       struct flowscope_result *result)
{
    const struct fs_stepping step = {.segment = fs_plain_segment(plain),
                                     .bytes = plain->bytes,
                                     .payload_bytes = plain->payload_bytes,
                                     .is_tcp = fs_plain_is_tcp(plain)};
    const unsigned side = fs_step_side(flow, plain->swapped);

    if (!fs_step_take(engine, flow, side, &step, packet->time_ns))
        return false;
    annotate(flow, side, outer->id, result);
    outer->last_frame = flow->last_frame = packet->frame;
    book(engine, 1, plain->bytes);
    return true;
}

/* Two levels, of which the inner one is plain IPv4 at `place`, and the outer one was found sound:
 * of that nothing is kept but where it is, as the inner one needs the registers. */
HOT NOINLINE static void pass_inner(flowscope_engine *engine, const struct flowscope_packet *packet,
                                    struct flowscope_result *result, struct place place,
                                    uint32_t path)
{
    const struct fs_cursor bytes = fs_cursor_over(place.at, place.captured);
    struct fs_plain plain;
    struct fs_flow *outer, *flow;

    if (!fs_cursor_has(&bytes, FS_NEAR_LEAST) || fs_cursor_u8(&bytes, 0) != FS_NEAR_FIRST) {
        pass_any(engine, packet, result);
        return;
    }
    if (!fs_plain_read_ipv4(&bytes, 0, place.wire, &engine->packet_options, &plain)) {
        (is_long(&bytes) ? fs_engine_take_unread : pass_any)(engine, packet, result);
        return;
    }
    if (!fs_engine_arrive_calmly(engine, packet) || !(outer = step_outer(engine, packet))) {
        leave(engine, packet, result);
        return;
    }
    flow = find_inner(engine, &plain, path);
    if (flow && step_inner(engine, flow, outer, &plain, packet, result))
        engine->counters.frames++;
    else
        leave_inside(engine, packet, result, outer);
}

/* The same for IPv6. */
HOT NOINLINE static void pass_inner_ipv6(flowscope_engine *engine,
                                         const struct flowscope_packet *packet,
                                         struct flowscope_result *result, struct place place,
                                         uint32_t path)
{
    struct fs_frame frame;
    struct fs_walk walk;
    struct fs_behind level = {.path = path};
    struct fs_flow *outer, *flow;
    struct fs_key key;

    walk_from(&walk, engine, packet, place, 0, &frame);
    walk.depth = 0; /* what adds a layer is for others */
    if (!fs_behind_ipv6(&walk, &level, &key) || fs_behind_may_carry(walk.options, &level)) {
        pass_any(engine, packet, result);
        return;
    }
    if (!fs_engine_arrive_calmly(engine, packet) || !(outer = step_outer(engine, packet))) {
        leave(engine, packet, result);
        return;
    }
    flow = fs_flow_table_find_likely(&engine->table, fs_flow_table_hash_long(&engine->table, &key),
                                     &level.plain.key, path, &key);
    if (flow && step_inner(engine, flow, outer, &level.plain, packet, result))
        engine->counters.frames++;
    else
        leave_inside(engine, packet, result, outer);
}

/* IPv4 that carries others, behind an Ethernet header alone. */
HOT NOINLINE static void pass_carrier(flowscope_engine *engine,
                                      const struct flowscope_packet *packet,
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
        pass_any(engine, packet, result);
    else if (version == 4)
        pass_inner(engine, packet, result, place_of(&walk), path);
    else
        pass_inner_ipv6(engine, packet, result, place_of(&walk), path);
}

INLINE struct place place_within(struct place place, uint32_t most)
{
    if (place.wire > most)
        place.wire = most;
    if (place.captured > most)
        place.captured = most;
    return place;
}

/* Plain IPv4 at `ip_at` in a session, which may enter its key. */
HOT NOINLINE static void pass_session(flowscope_engine *engine,
                                      const struct flowscope_packet *packet,
                                      struct flowscope_result *result, uint32_t ip_at)
{
    enum { PROTOCOL = 2 };
    const struct fs_cursor whole = fs_cursor_over(packet->data, packet->captured_bytes);
    const uint16_t session = fs_cursor_u16(&whole, ip_at - 6),
                   length = fs_cursor_u16(&whole, ip_at - 4);
    const uint32_t path = engine->packet_options.identity == FLOWSCOPE_IDENTITY_IGNORE_VLAN
                              ? fs_path_with(0, FLOWSCOPE_LAYER_pppoe, session)
                              : 0;
    const struct place place =
        place_within(place_at(packet, ip_at), length > PROTOCOL ? length - PROTOCOL : 0);
    const struct fs_cursor bytes = fs_cursor_over(place.at, place.captured);
    struct fs_plain plain;

    if (!fs_cursor_has(&bytes, FS_NEAR_LEAST) ||
        !fs_plain_read_ipv4(&bytes, 0, place.wire, &engine->packet_options, &plain))
        pass_any(engine, packet, result);
    else
        pass_short(engine, find_inner(engine, &plain, path), &plain, packet, result);
}

/* Radiotap and PPI. */
HOT NOINLINE static void pass_ahead(flowscope_engine *engine, const struct flowscope_packet *packet,
                                    struct flowscope_result *result)
{
    const struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);
    uint32_t ip_at, trailer;

    if (!fs_near_ahead(&bytes, packet->link_type, &ip_at, &trailer)) {
        pass_far(engine, packet, result);
        return;
    }
    const struct place place = place_at(packet, ip_at);
    const uint32_t wire = place.wire - trailer;
    pass_plain(engine, packet, result, place.at, place.captured < wire ? place.captured : wire,
               wire);
}

/* IPv4 that AH protects, behind an Ethernet header alone. */
HOT NOINLINE static void pass_ah(flowscope_engine *engine, const struct flowscope_packet *packet,
                                 struct flowscope_result *result)
{
    const struct place place = place_at(packet, FS_NEAR_IP_AT);
    const struct fs_cursor bytes = fs_cursor_over(place.at, place.captured);
    struct fs_plain plain;
    uint64_t hash;

    if (engine->packet_options.closed_tunnels == 0 &&
        fs_near_may_pass(&engine->packet_options, 1) &&
        fs_behind_plain_ah(&bytes, place.wire, &engine->packet_options, &plain))
        pass_short(engine, fs_engine_find_plain(engine, &plain, &hash), &plain, packet, result);
    else
        pass_ipv4(engine, packet, result, place, 0);
}

/* What the first look does not tell. */
HOT NOINLINE static void pass_seldom(flowscope_engine *engine,
                                     const struct flowscope_packet *packet,
                                     struct flowscope_result *result)
{
    uint32_t ip_at;

    switch (fs_near_look_again(packet, &engine->packet_options, &ip_at)) {
    case FS_NEAR_PLAIN:
        pass_plain(engine, packet, result, packet->data + ip_at, packet->captured_bytes - ip_at,
                   wire_of(packet) - ip_at);
        break;
    case FS_NEAR_SESSION:
        pass_session(engine, packet, result, ip_at);
        break;
    case FS_NEAR_AHEAD:
        pass_ahead(engine, packet, result);
        break;
    default:
        pass_far(engine, packet, result);
        break;
    }
}

HOT void fs_engine_pass_behind(flowscope_engine *engine, const struct flowscope_packet *packet,
                               struct flowscope_result *result)
{
    uint32_t ip_at;

    switch (fs_near_look(packet, &engine->packet_options, &ip_at)) {
    case FS_NEAR_PLAIN:
        pass_plain(engine, packet, result, packet->data + ip_at, packet->captured_bytes - ip_at,
                   wire_of(packet) - ip_at);
        break;
    case FS_NEAR_AH:
        pass_ah(engine, packet, result);
        break;
    case FS_NEAR_CARRIER:
        pass_carrier(engine, packet, result);
        break;
    case FS_NEAR_PART:
        fs_engine_take_unread(engine, packet, result);
        break;
    case FS_NEAR_IPV4:
        pass_ipv4(engine, packet, result, place_at(packet, ip_at), 0);
        break;
    case FS_NEAR_IPV6:
        pass_one(engine, packet, result, place_at(packet, ip_at), way_of(0, 0, 6));
        break;
    case FS_NEAR_OTHER:
        pass_any(engine, packet, result);
        break;
    default:
        pass_seldom(engine, packet, result);
        break;
    }
}
