/* SPDX-License-Identifier: BSD-2-Clause */
/* What the functions share that read a packet behind other headers and take it at once (behind.c,
 * near.c, carrier.c). They end in one another, so that each has the registers to itself, and keep
 * nothing for a packet that is more than one more of many: its headers are read again. */
#ifndef FS_ENGINE_PASS_H
#define FS_ENGINE_PASS_H

#include "engine/arrive.h"
#include "engine/behind.h"
#include "engine/step.h"
#include "packet/behind.h"
#include "packet/near.h"

#define FS_INLINE static inline __attribute__((always_inline))

/* A compiler takes what stands behind so many conditions for seldom, and makes it small. */
#define FS_HOT __attribute__((hot))

#define FS_NOINLINE __attribute__((noinline))

/* The rest of a frame from its first IP header on, in two registers. */
struct fs_ip_place {
    const uint8_t *at;
    uint32_t captured, wire;
};

FS_INLINE struct fs_ip_place fs_ip_place_of(const struct fs_walk *walk)
{
    return (struct fs_ip_place){walk->rest.bytes.at, (uint32_t)walk->rest.bytes.left,
                                walk->rest.wire};
}

FS_INLINE void fs_walk_from(struct fs_walk *walk, const flowscope_engine *engine,
                            const struct flowscope_packet *packet, struct fs_ip_place place,
                            unsigned layer_count, struct fs_frame *frame)
{
    fs_walk_begin(walk, packet, &engine->packet_options, frame);
    walk->rest.bytes = fs_cursor_over(place.at, place.captured);
    walk->rest.wire = place.wire;
    frame->layer_count = (uint8_t)layer_count;
}

FS_INLINE uint32_t fs_wire_of(const struct flowscope_packet *packet)
{
    return packet->wire_bytes > packet->captured_bytes ? packet->wire_bytes
                                                       : packet->captured_bytes;
}

FS_INLINE struct fs_ip_place fs_ip_place_at(const struct flowscope_packet *packet, uint32_t at)
{
    return (struct fs_ip_place){packet->data + at, packet->captured_bytes - at,
                                fs_wire_of(packet) - at};
}

/* In a register: what the way there was. */
FS_INLINE uint64_t fs_way_of(uint32_t path, unsigned layer_count, unsigned version)
{
    return path | (uint64_t)layer_count << 32 | (uint64_t)version << 40;
}

/* In behind.c: one level, of either version, with or without a path. */
void fs_pass_one(flowscope_engine *engine, const struct flowscope_packet *packet,
                 struct flowscope_result *result, struct fs_ip_place place, uint64_t way);

/* In behind.c: whatever packet/behind.h reads. */
void fs_pass_any(flowscope_engine *engine, const struct flowscope_packet *packet,
                 struct flowscope_result *result);

/* In behind.c, where the short way ends: nothing was done, or the outer flow of two has taken the
 * packet. */
void fs_pass_leave(flowscope_engine *engine, const struct flowscope_packet *packet,
                   struct flowscope_result *result);
void fs_pass_leave_inside(flowscope_engine *engine, const struct flowscope_packet *packet,
                          struct flowscope_result *result, struct fs_flow *outer);

/* In carrier.c: what is of a shape of the kind FS_SHAPE_CARRIER and so on. */
void fs_pass_carrier(flowscope_engine *engine, const struct flowscope_packet *packet,
                     struct flowscope_result *result, const struct fs_shape *shape);
void fs_pass_carrier_ipv6(flowscope_engine *engine, const struct flowscope_packet *packet,
                          struct flowscope_result *result, const struct fs_shape *shape);
void fs_pass_bound(flowscope_engine *engine, const struct flowscope_packet *packet,
                   struct flowscope_result *result, const struct fs_shape *shape);

/* Whether an IPv4 header without options that is not plain is one for the long way: what it carries
 * has types, or is a fragment or bad. */
FS_INLINE bool fs_pass_is_long(const struct fs_cursor *bytes)
{
    const uint8_t protocol = fs_cursor_u8(bytes, 9);

    return protocol != FS_PROTOCOL_AH && !fs_behind_is_bare(protocol);
}

/* A plain packet of `flow`, if that was found. */
FS_INLINE void fs_pass_short(flowscope_engine *engine, struct fs_flow *flow,
                             const struct fs_plain *plain, const struct flowscope_packet *packet,
                             struct flowscope_result *result)
{
    if (fs_engine_arrive_calmly(engine, packet) && flow &&
        fs_engine_step(engine, flow, plain, packet, result))
        engine->counters.frames++;
    else
        fs_pass_leave(engine, packet, result);
}

#endif
