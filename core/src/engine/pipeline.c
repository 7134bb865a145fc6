/* SPDX-License-Identifier: BSD-2-Clause */
/* The stages of a packet, over batches: headers and hash, then bucket, then record, then the flow.
 * The first three only bring bytes nearer; what a packet means is decided one by one, in order. */
#include "engine/arrive.h"
#include "engine/behind.h"
#include "engine/copies.h"
#include "engine/follow.h"
#include "engine/fragments.h"
#include "engine/link_types.h"
#include "engine/step.h"
#include "engine/turn.h"
#include "packet/extract.h"

#include <assert.h>

#define LIKELY(condition) __builtin_expect((condition), 1)

static uint64_t *verdict_counter(struct flowscope_counters *counters,
                                 enum flowscope_verdict verdict)
{
    switch (verdict) {
#define FLOWSCOPE_IN_totals(name)
#define FLOWSCOPE_IN_limits(name)
#define FLOWSCOPE_IN_no_flow(name)                                                                 \
    case FLOWSCOPE_VERDICT_##name:                                                                 \
        return &counters->name;
#define FLOWSCOPE_COUNTER(group, name, text) FLOWSCOPE_IN_##group(name)
#include <flowscope/counters.def>
#undef FLOWSCOPE_COUNTER
#undef FLOWSCOPE_IN_totals
#undef FLOWSCOPE_IN_limits
#undef FLOWSCOPE_IN_no_flow
    default:
        assert(false && "a verdict of a frame without a flow");
        return &counters->no_flow;
    }
}

static const struct flowscope_packet *packet_at(const struct flowscope_packet *packets, size_t i)
{
    return (const struct flowscope_packet *)(const void *)((const char *)packets +
                                                           i * packets->size);
}

/* So many frames are on their way at once: a core waits for no more lines than some ten. */
#define FRAMES_AHEAD 8u

/* The frames may be far away, and their headers lie across two lines; with IPv6 or tags, the second
 * begins later. */
static inline void prefetch_frame(const struct flowscope_packet *packet)
{
    enum { HEADERS = 54, HEADERS_MOST = 96 };
    const uint32_t captured = packet->captured_bytes;

    if (captured < HEADERS)
        return;
    fs_memory_fetch(packet->data);
    fs_memory_fetch(packet->data + (captured < HEADERS_MOST ? captured : HEADERS_MOST) - 1);
}

static inline void prefetch_first(const struct flowscope_packet *packets, size_t count)
{
    for (size_t i = 0; i < count && i < FRAMES_AHEAD; i++)
        prefetch_frame(packet_at(packets, i));
}

static inline void prefetch_ahead(const struct flowscope_packet *packets, size_t i, size_t count)
{
    if (i + FRAMES_AHEAD < count)
        prefetch_frame(packet_at(packets, i + FRAMES_AHEAD));
}

/* The hashes of a frame's keys, for those that stage it whole. */
static inline void stage_whole(flowscope_engine *engine, size_t i, enum flowscope_verdict verdict)
{
    const struct fs_flow_table *table = &engine->table;
    struct fs_staged *staged = &engine->staged[i];
    struct fs_staged_frame *whole = &engine->staged_frame[i];

    staged->is_plain = staged->is_behind = false;
    staged->verdict = (uint8_t)verdict;
    for (unsigned level = 0; level < whole->frame.level_count; level++)
        whole->hash[level] = fs_flow_table_hash(table, &whole->frame.level[level].key);
    if (verdict != FLOWSCOPE_VERDICT_fragment_pending)
        return;
    whole->fragment_hash = fs_fragment_table_hash(&engine->fragments, &whole->frame.fragment);
    fs_fragment_table_prefetch(&engine->fragments, whole->fragment_hash);
}

/* Most fragments. False: it is none of these. */
__attribute__((noinline)) static bool read_part(flowscope_engine *engine,
                                                const struct flowscope_packet *packet, size_t i)
{
    if (!fs_headers_read_part(packet, &engine->packet_options, &engine->staged_frame[i].frame))
        return false;
    stage_whole(engine, i, FLOWSCOPE_VERDICT_fragment_pending);
    return true;
}

/* The first stage: what the bytes of the packet say, and the hashes of its keys. */
__attribute__((noinline)) static void read_long(flowscope_engine *engine,
                                                const struct flowscope_packet *packet, size_t i)
{
    struct fs_frame *frame = &engine->staged_frame[i].frame;
    const enum flowscope_verdict verdict =
        (engine->packet_options.has_own_way ? fs_extract_read : fs_headers_read_long)(
            packet, &engine->packet_options, frame);

    if (verdict != FLOWSCOPE_VERDICT_ok && verdict != FLOWSCOPE_VERDICT_fragment_pending)
        frame->level_count = 0;
    stage_whole(engine, i, verdict);
}

/* Frames without IP, and fragments: where one look tells, they are staged here. */
static inline bool stage_at_a_look(flowscope_engine *engine, const struct flowscope_packet *packet,
                                   size_t i)
{
    struct fs_frame *frame = &engine->staged_frame[i].frame;

    switch (fs_headers_look(packet, &engine->packet_options)) {
    case FS_LOOK_PART:
        if (!read_part(engine, packet, i))
            read_long(engine, packet, i);
        return true;
    case FS_LOOK_NOT_IP:
        frame->level_count = 0;
        frame->ip_at = FS_NO_IP;
        stage_whole(engine, i, FLOWSCOPE_VERDICT_not_ip);
        return true;
    case FS_LOOK_ANY:
        break;
    }
    return false;
}

static inline void read_keys(flowscope_engine *engine, const struct flowscope_packet *packet,
                             size_t i)
{
    struct fs_staged *staged = &engine->staged[i];

    staged->is_plain = fs_plain_read(packet, &engine->packet_options, &staged->plain);
    if (LIKELY(staged->is_plain))
        staged->hash = fs_flow_table_hash_short(&engine->table, &staged->plain.key);
    else if (!stage_at_a_look(engine, packet, i) && !fs_engine_stage_behind(engine, packet, i))
        read_long(engine, packet, i);
}

static inline void read(flowscope_engine *engine, const struct flowscope_packet *packet, size_t i)
{
    read_keys(engine, packet, i);
    if (engine->look_for_copies)
        fs_engine_stage_copy(engine, packet, i);
}

static inline uint32_t prefetch_bucket(const flowscope_engine *engine, uint64_t hash)
{
    fs_flow_table_prefetch_bucket(&engine->table, hash);
    return FS_FLOW_NONE;
}

static inline uint32_t prefetch_flow(const flowscope_engine *engine, uint64_t hash)
{
    const uint32_t index = fs_flow_table_prefetch_record(&engine->table, hash);

    if (index != FS_FLOW_NONE)
        fs_notes_prefetch_segment(&engine->notes, index);
    return index;
}

static inline void prefetch(flowscope_engine *engine, size_t i,
                            uint32_t (*nearer)(const flowscope_engine *engine, uint64_t hash))
{
    const struct fs_staged_frame *whole = &engine->staged_frame[i];
    struct fs_staged *staged = &engine->staged[i];
    uint32_t index;

    if (LIKELY(staged->is_plain)) {
        index = nearer(engine, staged->hash);
        if (index != FS_FLOW_NONE)
            staged->guess = index;
    } else {
        for (unsigned level = 0; level < whole->frame.level_count; level++)
            nearer(engine, whole->hash[level]);
    }
}

static inline void prefetch_datagram(const flowscope_engine *engine, size_t i)
{
    if (!engine->staged[i].is_plain &&
        engine->staged[i].verdict == FLOWSCOPE_VERDICT_fragment_pending)
        fs_fragment_table_prefetch_datagram(&engine->fragments,
                                            engine->staged_frame[i].fragment_hash);
}

/* A plain packet that is more than one of many goes the way of all others. */
static const struct fs_staged_frame *expand(flowscope_engine *engine, size_t i)
{
    const struct fs_staged *staged = &engine->staged[i];
    struct fs_staged_frame *whole = &engine->staged_frame[i];

    if (staged->is_plain) {
        fs_plain_expand(&staged->plain, &whole->frame);
        whole->hash[0] = staged->hash;
    }
    return whole;
}

/* The last stage, for a packet that is not one of many, or for which time does not go its usual
 * way. */
__attribute__((noinline)) static void take_any(flowscope_engine *engine, size_t i,
                                               const struct flowscope_packet *packet,
                                               int64_t time_ns, struct flowscope_result *result)
{
    const enum flowscope_verdict verdict =
        engine->staged[i].is_plain ? FLOWSCOPE_VERDICT_ok : engine->staged[i].verdict;

    if (verdict == FLOWSCOPE_VERDICT_fragment_pending) {
        engine->staged[i].verdict = (uint8_t)fs_engine_take_fragment(
            engine, &engine->staged_frame[i], packet, time_ns, result);
        return;
    }
    if (result)
        *result = (struct flowscope_result){.verdict = (uint8_t)verdict};
    if (verdict == FLOWSCOPE_VERDICT_ok) {
        fs_engine_follow(engine, expand(engine, i), packet, time_ns, result);
    } else {
        engine->counters.no_flow++;
        ++*verdict_counter(&engine->counters, verdict);
        if (verdict == FLOWSCOPE_VERDICT_unknown_link_type)
            fs_link_types_count(&engine->counters, packet->link_type, 1);
    }
}

/* The same for a plain packet that arrived calmly. */
__attribute__((noinline)) static void take_refused(flowscope_engine *engine, size_t i,
                                                   const struct flowscope_packet *packet,
                                                   struct flowscope_result *result)
{
    const struct fs_staged *staged = &engine->staged[i];

    if (fs_engine_turn(engine, &staged->plain, staged->hash, packet, result))
        return;
    if (result)
        *result = (struct flowscope_result){.verdict = FLOWSCOPE_VERDICT_ok};
    fs_engine_follow_refused(engine, expand(engine, i), packet, result);
}

/* The same, before its time was looked at. */
static void take_late(flowscope_engine *engine, size_t i, const struct flowscope_packet *packet,
                      struct flowscope_result *result)
{
    const int64_t time_ns = fs_engine_arrive_any(engine, packet);
    const struct fs_staged *staged = &engine->staged[i];

    engine->counters.frames++;
    if (staged->is_plain && packet->time_quality == FLOWSCOPE_TIME_GOOD &&
        packet->time_ns == engine->clock.now_ns && !engine->clock.has_ahead &&
        fs_engine_turn(engine, &staged->plain, staged->hash, packet, result))
        return;
    if (!staged->is_plain && staged->is_behind)
        fs_engine_expand_behind(engine, i);
    take_any(engine, i, packet, time_ns, result);
}

static inline void take_packet(flowscope_engine *engine, size_t i,
                               const struct flowscope_packet *packet,
                               struct flowscope_result *result)
{
    const struct fs_staged *staged = &engine->staged[i];

    if (!LIKELY(fs_engine_arrive_calmly(engine, packet))) {
        take_late(engine, i, packet, result);
        return;
    }
    engine->counters.frames++;
    if (staged->is_plain) {
        struct fs_flow *flow = &engine->table.flows[staged->guess];

        if (!LIKELY(fs_short_key_is_equal(&flow->key, &staged->plain.key)))
            flow = fs_flow_table_find_short(&engine->table, staged->hash, &staged->plain.key);
        if (!LIKELY(flow && fs_engine_step(engine, flow, &staged->plain, packet, result)))
            take_refused(engine, i, packet, result);
    } else if (!staged->is_behind || !fs_engine_take_behind(engine, i, packet, result)) {
        take_any(engine, i, packet, packet->time_ns, result);
    }
}

/* The same where copies are looked for: most packets are none, and say which flow copies have. */
static void take_looking(flowscope_engine *engine, size_t i, const struct flowscope_packet *packet,
                         struct flowscope_result *result)
{
    struct flowscope_result unwanted;

    if (!result)
        result = &unwanted;
    if (fs_engine_take_copy(engine, i, packet, result))
        return;
    take_packet(engine, i, packet, result);
    fs_engine_keep_staged(engine, i, result);
}

static inline void take(flowscope_engine *engine, size_t i, const struct flowscope_packet *packet,
                        struct flowscope_result *result)
{
    if (engine->look_for_copies)
        take_looking(engine, i, packet, result);
    else
        take_packet(engine, i, packet, result);
}

/* `plain` as it was read. Returns the hash of its flow's key. */
static inline __attribute__((always_inline)) uint64_t
take_plain(flowscope_engine *engine, struct fs_plain *plain, const struct flowscope_packet *packet,
           struct flowscope_result *result)
{
    const bool is_calm = fs_engine_arrive_calmly(engine, packet);
    uint64_t hash;
    struct fs_flow *flow = fs_engine_find_plain(engine, plain, &hash);

    engine->counters.frames += is_calm;
    if (LIKELY(is_calm && flow && fs_engine_step(engine, flow, plain, packet, result)))
        return hash;
    engine->staged[0] = (struct fs_staged){.hash = hash, .is_plain = true, .plain = *plain};
    if (is_calm)
        take_refused(engine, 0, packet, result);
    else
        take_late(engine, 0, packet, result);
    return hash;
}

void fs_engine_take_staged(flowscope_engine *engine, const struct flowscope_packet *packet,
                           struct flowscope_result *result)
{
    take_packet(engine, 0, packet, result);
}

void fs_engine_take_unread(flowscope_engine *engine, const struct flowscope_packet *packet,
                           struct flowscope_result *result)
{
    if (!stage_at_a_look(engine, packet, 0))
        read_long(engine, packet, 0);
    take_packet(engine, 0, packet, result);
}

/* All stages of a packet at once, in registers for nearly all of them. */
static inline void take_at_once(flowscope_engine *engine, const struct flowscope_packet *packet,
                                struct flowscope_result *result)
{
    struct fs_plain plain;

    if (LIKELY(fs_plain_read_as_is(packet, &engine->packet_options, &plain)))
        take_plain(engine, &plain, packet, result);
    else
        fs_engine_pass_behind(engine, packet, result);
}

/* The same where copies are looked for. */
static inline void look_at_once(flowscope_engine *engine, const struct flowscope_packet *packet,
                                struct flowscope_result *result)
{
    struct fs_fingerprint *fingerprint = &engine->staged_print[0].fingerprint;
    struct fs_plain plain;
    enum flowscope_dup_kind kind;

    if (!LIKELY(fs_plain_read_as_is(packet, &engine->packet_options, &plain)) ||
        !LIKELY(fs_duplicates_want(packet))) {
        read(engine, packet, 0);
        take_looking(engine, 0, packet, result);
        return;
    }
    fs_fingerprint_take_plain(&engine->duplicates.fingerprint, packet, plain.bytes, fingerprint);
    kind = fs_duplicates_take(&engine->duplicates, packet, fingerprint);
    if (LIKELY(kind == FLOWSCOPE_DUP_none)) {
        const uint64_t hash = take_plain(engine, &plain, packet, result);

        fs_engine_keep_for_copies(engine, hash, result);
    } else {
        read_keys(engine, packet, 0);
        fs_engine_book_copy(engine, 0, kind, result);
    }
}

/* One packet after the other, as nothing is far away or there is only one. This and feed_far() have
 * their registers to themselves. */
__attribute__((noinline)) static void feed_near(flowscope_engine *engine,
                                                const struct flowscope_packet *packets,
                                                size_t count, struct flowscope_result *results)
{
    struct flowscope_result unwanted;
    const size_t size = packets->size, wanted = results ? 1 : 0;
    struct flowscope_result *result = results ? results : &unwanted;
    const char *packet = (const char *)packets;

    for (size_t left = count; left; left--, packet += size, result += wanted) {
        const struct flowscope_packet *now = (const struct flowscope_packet *)(const void *)packet;

        if (left > FRAMES_AHEAD)
            prefetch_frame(
                (const struct flowscope_packet *)(const void *)(packet + FRAMES_AHEAD * size));
        if (engine->look_for_copies)
            look_at_once(engine, now, result);
        else
            take_at_once(engine, now, result);
    }
}

/* A packet is read, so many packets later its flow is found, and so many later it is taken: what is
 * fetched for one comes while others are worked on, never more at once than a core waits for. */
#define STAGE_PACKETS 6u

__attribute__((noinline)) static void feed_far(flowscope_engine *engine,
                                               const struct flowscope_packet *packets, size_t count,
                                               struct flowscope_result *results)
{
    for (size_t i = 0; i < count + 2 * STAGE_PACKETS; i++) {
        if (i < count) {
            prefetch_ahead(packets, i, count);
            read(engine, packet_at(packets, i), i);
            prefetch(engine, i, prefetch_bucket);
        }
        if (i >= STAGE_PACKETS && i - STAGE_PACKETS < count) {
            prefetch(engine, i - STAGE_PACKETS, prefetch_flow);
            prefetch_datagram(engine, i - STAGE_PACKETS);
            if (engine->look_for_copies)
                fs_engine_prefetch_copy(engine, i - STAGE_PACKETS);
        }
        if (i >= 2 * STAGE_PACKETS) {
            const size_t now = i - 2 * STAGE_PACKETS;

            take(engine, now, packet_at(packets, now), results ? &results[now] : NULL);
        }
    }
}

enum flowscope_status flowscope_engine_feed(flowscope_engine *engine,
                                            const struct flowscope_packet *packets, size_t count,
                                            struct flowscope_result *results)
{
    if (!engine || (!packets && count))
        return FLOWSCOPE_BAD_ARGUMENT;
    if (engine->in_callback)
        return FLOWSCOPE_BUSY;
    if (count && packets->size < sizeof(*packets))
        return FLOWSCOPE_BAD_SIZE;
    while (count) {
        const size_t batch = count < FS_BATCH ? count : FS_BATCH;

        if (batch > 1)
            prefetch_first(packets, batch);
        if (batch == 1 || engine->table.open < engine->few_flows)
            feed_near(engine, packets, batch, results);
        else
            feed_far(engine, packets, batch, results);
        count -= batch;
        packets = packet_at(packets, batch);
        if (results)
            results += batch;
    }
    return FLOWSCOPE_OK;
}
