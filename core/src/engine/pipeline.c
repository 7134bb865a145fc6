/* SPDX-License-Identifier: BSD-2-Clause */
/* The stages of a packet, over batches: headers and hash, then bucket, then record, then the flow.
 * The first three only bring bytes nearer; what a packet means is decided one by one, in order. */
#include "engine/arrive.h"
#include "engine/follow.h"
#include "engine/fragments.h"
#include "engine/link_types.h"
#include "engine/stage.h"
#include "engine/step.h"
#include "engine/turn.h"

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

/* The same for a plain packet that arrived calmly, and that fs_engine_turn() refused. */
__attribute__((noinline)) static void follow_refused(flowscope_engine *engine, size_t i,
                                                     const struct flowscope_packet *packet,
                                                     struct flowscope_result *result)
{
    if (result)
        *result = (struct flowscope_result){.verdict = FLOWSCOPE_VERDICT_ok};
    fs_engine_follow_refused(engine, expand(engine, i), packet, result);
}

static inline void take_refused(flowscope_engine *engine, size_t i,
                                const struct flowscope_packet *packet,
                                struct flowscope_result *result)
{
    const struct fs_staged *staged = &engine->staged[i];

    if (!fs_engine_turn(engine, &staged->plain, staged->hash, packet, result))
        follow_refused(engine, i, packet, result);
}

/* What takes any packet, before its time was looked at. */
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

static inline __attribute__((always_inline)) void take_packet(flowscope_engine *engine, size_t i,
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

/* The last stage of the packets from `i` to `end`, and those of it that look for copies. */
__attribute__((noinline)) static void take_group(flowscope_engine *engine, size_t i, size_t end,
                                                 const struct flowscope_packet *packets,
                                                 struct flowscope_result *results)
{
    for (; i < end; i++)
        take_packet(engine, i, packet_at(packets, i), results ? &results[i] : NULL);
}

__attribute__((noinline)) static void look_group(flowscope_engine *engine, size_t i, size_t end,
                                                 const struct flowscope_packet *packets,
                                                 struct flowscope_result *results)
{
    for (; i < end; i++)
        take_looking(engine, i, packet_at(packets, i), results ? &results[i] : NULL);
}

/* A plain packet, its key sorted and hashed, and its flow; NULL: that was not found. */
static inline __attribute__((always_inline)) void
take_found(flowscope_engine *engine, struct fs_flow *flow, const struct fs_plain *plain,
           uint64_t hash, const struct flowscope_packet *packet, struct flowscope_result *result)
{
    const bool is_calm = fs_engine_arrive_calmly(engine, packet);

    engine->counters.frames += is_calm;
    if (LIKELY(is_calm && flow && fs_engine_step(engine, flow, plain, packet, result)))
        return;
    engine->staged[0] = (struct fs_staged){.hash = hash, .is_plain = true, .plain = *plain};
    if (is_calm)
        take_refused(engine, 0, packet, result);
    else
        take_late(engine, 0, packet, result);
}

/* `plain` as it was read. Returns the hash of its flow's key. */
static inline __attribute__((always_inline)) uint64_t
take_plain(flowscope_engine *engine, struct fs_plain *plain, const struct flowscope_packet *packet,
           struct flowscope_result *result, bool asks_recent)
{
    uint64_t hash;
    struct fs_flow *flow = asks_recent ? fs_engine_find_plain(engine, plain, &hash)
                                       : fs_engine_look_for(engine, plain, &hash);

    take_found(engine, flow, plain, hash, packet, result);
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
    if (!fs_stage_at_a_look(engine, packet, 0))
        fs_stage_long(engine, packet, 0);
    take_packet(engine, 0, packet, result);
}

/* All stages of a packet at once, in registers for nearly all of them. */
static inline __attribute__((always_inline)) void
take_at_once(flowscope_engine *engine, const struct flowscope_packet *packet,
             struct flowscope_result *result, bool asks_recent)
{
    struct fs_plain plain;

    if (LIKELY(fs_plain_read_as_is(packet, &engine->packet_options, &plain)))
        take_plain(engine, &plain, packet, result, asks_recent);
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
        fs_stage(engine, packet, 0);
        take_looking(engine, 0, packet, result);
        return;
    }
    fs_fingerprint_take_plain(&engine->duplicates.fingerprint, packet, plain.bytes, fingerprint);
    kind = fs_duplicates_take(&engine->duplicates, packet, fingerprint);
    if (LIKELY(kind == FLOWSCOPE_DUP_none)) {
        const uint64_t hash = take_plain(engine, &plain, packet, result, true);

        fs_engine_keep_for_copies(engine, hash, result);
    } else {
        fs_engine_book_plain_copy(engine, kind, result);
    }
}

/* A plain packet whose flow was looked for while the one before it was still to be taken: so the
 * two do not wait for each other. */
struct ahead {
    struct fs_plain plain;
    uint64_t hash;
    struct fs_flow *flow; /* NULL: none was found then; else its slot, whosever it is by now */
    bool is_plain;
};

static inline __attribute__((always_inline)) void
look_ahead(flowscope_engine *engine, const struct flowscope_packet *packet, struct ahead *ahead)
{
    ahead->is_plain = fs_plain_read_as_is(packet, &engine->packet_options, &ahead->plain);
    if (LIKELY(ahead->is_plain))
        ahead->flow = fs_engine_look_for(engine, &ahead->plain, &ahead->hash);
}

static inline __attribute__((always_inline)) void take_ahead(flowscope_engine *engine,
                                                             const struct ahead *ahead,
                                                             const struct flowscope_packet *packet,
                                                             struct flowscope_result *result)
{
    if (!LIKELY(ahead->is_plain)) {
        fs_engine_pass_behind(engine, packet, result);
        return;
    }
    struct fs_flow *flow = ahead->flow;

    if (!LIKELY(flow && fs_short_key_is_equal(&flow->key, &ahead->plain.key)))
        flow = NULL;
    take_found(engine, flow, &ahead->plain, ahead->hash, packet, result);
}

static inline const struct flowscope_packet *packet_of(const char *at)
{
    return (const struct flowscope_packet *)(const void *)at;
}

/* One packet after the other, as nothing is far away. This and the other feeds have their registers
 * to themselves. */
static inline __attribute__((always_inline)) void
feed_each(flowscope_engine *engine, const struct flowscope_packet *packets, size_t count,
          struct flowscope_result *results, bool looks_for_copies)
{
    struct flowscope_result unwanted;
    const size_t size = packets->size, wanted = results ? 1 : 0;
    struct flowscope_result *result = results ? results : &unwanted;
    const char *packet = (const char *)packets;

    for (size_t left = count; left; left--, packet += size, result += wanted) {
        if (left > FRAMES_AHEAD)
            prefetch_frame(packet_of(packet + FRAMES_AHEAD * size));
        if (looks_for_copies)
            look_at_once(engine, packet_of(packet), result);
        else
            take_at_once(engine, packet_of(packet), result, true);
    }
}

__attribute__((noinline)) static void feed_near(flowscope_engine *engine,
                                                const struct flowscope_packet *packets,
                                                size_t count, struct flowscope_result *results)
{
    feed_each(engine, packets, count, results, false);
}

__attribute__((noinline)) static void feed_looking(flowscope_engine *engine,
                                                   const struct flowscope_packet *packets,
                                                   size_t count, struct flowscope_result *results)
{
    feed_each(engine, packets, count, results, true);
}

/* The same where flows take turns. */
__attribute__((noinline)) static void feed_turns(flowscope_engine *engine,
                                                 const struct flowscope_packet *packets,
                                                 size_t count, struct flowscope_result *results)
{
    struct flowscope_result unwanted;
    const size_t size = packets->size, wanted = results ? 1 : 0;
    struct flowscope_result *result = results ? results : &unwanted;
    const char *packet = (const char *)packets;
    struct ahead ahead[2];

    if (count == 1) {
        take_at_once(engine, packets, result, false);
        return;
    }
    look_ahead(engine, packets, &ahead[count & 1]);
    for (size_t left = count; left; left--, packet += size, result += wanted) {
        if (left > FRAMES_AHEAD)
            prefetch_frame(packet_of(packet + FRAMES_AHEAD * size));
        if (left > 1)
            look_ahead(engine, packet_of(packet + size), &ahead[!(left & 1)]);
        take_ahead(engine, &ahead[left & 1], packet_of(packet), result);
    }
}

/* So many packets are fed as flows take turns, until recent flows are asked again. */
#define TURNS 256u

/* They take turns where half of the packets or more have a flow that is not recent; a packet in a
 * tunnel is looked for twice. */
void fs_engine_judge_recent(flowscope_engine *engine)
{
    struct fs_recent *recent = engine->table.recent;
    const uint64_t frames = engine->counters.frames;

    if (frames - engine->judged_at < 2 * FS_RECENT_MISSES)
        engine->turns_until = frames + TURNS;
    engine->judged_at = frames;
    recent->misses = 0;
}

/* Where recent flows are those of most packets, there is nothing to look for ahead. */
static void feed_near_or_turns(flowscope_engine *engine, const struct flowscope_packet *packets,
                               size_t count, struct flowscope_result *results)
{
    if (engine->look_for_copies)
        feed_looking(engine, packets, count, results);
    else if (engine->counters.frames < engine->turns_until)
        feed_turns(engine, packets, count, results);
    else
        feed_near(engine, packets, count, results);
}

/* Packets go through the stages in groups: so many are read, then their buckets are asked for and
 * the records of the group before, one after the other. Each is in a page of its own, whose
 * translation a core waits for, but for all of them at once as long as nothing stands between. For
 * more than these it would wait for the lines, too. */
#define GROUP_PACKETS 6u

static inline size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

__attribute__((noinline)) static void feed_far(flowscope_engine *engine,
                                               const struct flowscope_packet *packets, size_t count,
                                               struct flowscope_result *results)
{
    size_t read = 0, found = 0, taken = 0;

    while (taken < count) {
        const size_t to_take = found, to_find = read, to_read = least(read + GROUP_PACKETS, count);

        for (size_t i = read; i < to_read; i++) {
            prefetch_ahead(packets, i, count);
            fs_stage(engine, packet_at(packets, i), i);
        }
        for (size_t i = read; i < to_read; i++)
            fs_stage_prefetch(engine, i, fs_stage_prefetch_bucket);
        for (size_t i = found; i < to_find; i++) {
            fs_stage_prefetch(engine, i, fs_stage_prefetch_flow);
            fs_stage_prefetch_datagram(engine, i);
            if (engine->look_for_copies)
                fs_engine_prefetch_copy(engine, i);
        }
        (engine->look_for_copies ? look_group : take_group)(engine, taken, to_take, packets,
                                                            results);
        taken = to_take;
        found = to_find;
        read = to_read;
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
            feed_near_or_turns(engine, packets, batch, results);
        else
            feed_far(engine, packets, batch, results);
        count -= batch;
        packets = packet_at(packets, batch);
        if (results)
            results += batch;
    }
    return FLOWSCOPE_OK;
}
