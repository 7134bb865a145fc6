/* SPDX-License-Identifier: BSD-2-Clause */
/* A fragment belongs to the flow of its datagram. The first one, or the whole where that one is too
 * short, tells which; frames that came before wait for it (waiting.h). The frame that completes a
 * datagram goes on with the whole, in which there may be a tunnel, and in that another fragment.
 * Keys other than the five-tuple are made at the end, from levels that are read as for it. */
#include "engine/fragments.h"

#include "engine/follow.h"
#include "engine/step.h"
#include "engine/waiting.h"
#include "packet/extract.h"
#include "packet/fragment_join.h"

#include <assert.h>

/* The datagrams of the frame at hand, from the outermost on: none of them goes for another. */
struct hand {
    uint32_t datagram[FS_LEVELS_MAX];
    uint8_t level[FS_LEVELS_MAX]; /* that of each, as the frame was read */
    unsigned count;
    uint32_t bytes;             /* of the last one's level, in this frame */
    uint64_t hash;              /* of the first one's key */
    struct fs_reading *reading; /* of keys other than the five-tuple, or NULL */
};

enum outcome {
    KNOWN,   /* the frame's levels are there */
    PARTIAL, /* the same, but of the last one its addresses alone */
    WAITS,   /* those around the fragment are; its own is not known yet */
    AGAIN,   /* inside there is another fragment */
};

struct fs_fragment_limits fs_engine_fragment_limits(const struct flowscope_config *config)
{
    return (struct fs_fragment_limits){
        .datagrams = (uint32_t)config->max_datagrams + FS_LEVELS_MAX,
        .pieces = (uint32_t)config->max_fragments,
        .chunks = (uint32_t)(config->fragment_bytes / FS_CHUNK_BYTES),
    };
}

static struct fs_datagram *datagram_at(flowscope_engine *engine, uint32_t index)
{
    return &engine->fragments.datagrams[index];
}

/* The datagram and all that waits for it go. `counter`: why, if it was still open. */
static void give_up(flowscope_engine *engine, uint32_t index, uint64_t *counter)
{
    struct fs_fragment_table *table = &engine->fragments;
    const struct fs_datagram *datagram = &table->datagrams[index];

    if (datagram->state == FS_DATAGRAM_OPEN)
        ++*counter;
    for (uint32_t i = datagram->first; datagram->waiting && i != FS_PIECE_NONE;
         i = table->piece_slots.link[i])
        if (table->pieces[i].waits)
            fs_waiting_lose(engine, i);
    fs_fragment_table_remove(table, index);
}

static void drop_bytes(flowscope_engine *engine, uint32_t index, uint64_t *counter)
{
    ++*counter;
    fs_fragment_table_close(&engine->fragments, index, FS_DATAGRAM_DROPPED);
}

/* False: all are at hand. */
static bool evict(flowscope_engine *engine, const struct hand *hand)
{
    const uint32_t victim =
        fs_fragment_table_victim(&engine->fragments, hand->datagram, hand->count);

    if (victim == FS_DATAGRAM_NONE)
        return false;
    give_up(engine, victim, &engine->counters.datagrams_evicted);
    return true;
}

static uint32_t open_datagram(flowscope_engine *engine, uint64_t hash,
                              const struct fs_fragment *fragment, const struct hand *hand)
{
    const int64_t now_ns = engine->clock.now_ns;
    uint32_t index;

    while (engine->fragments.slots.used >= engine->config.max_datagrams && evict(engine, hand))
        ;
    index = fs_fragment_table_open(&engine->fragments, hash, fragment, now_ns);
    assert(index != FS_DATAGRAM_NONE); /* there is room for those at hand */
    datagram_at(engine, index)->ahead_ns =
        engine->clock.has_ahead ? engine->clock.ahead_ns : INT64_MIN;
    engine->counters.datagrams++;
    const int64_t over_ns = fs_time_after(now_ns, engine->config.fragment_timeout_ns);
    fs_engine_set_timer(engine, over_ns);
    return index;
}

/* The datagram of a fragment, which is at hand from now on; FS_DATAGRAM_NONE if it is already. One
 * that is whole takes repeats; anything else begins another with the same number. */
static uint32_t find_datagram(flowscope_engine *engine, const struct fs_fragment *fragment,
                              struct hand *hand)
{
    const struct fs_fragment_table *table = &engine->fragments;
    const uint64_t hash = hand->count == 0 ? hand->hash : fs_fragment_table_hash(table, fragment);
    uint32_t index = fs_fragment_table_find(table, hash, fragment);

    for (unsigned i = 0; i < hand->count; i++)
        if (hand->datagram[i] == index)
            return FS_DATAGRAM_NONE;
    if (index != FS_DATAGRAM_NONE && datagram_at(engine, index)->state == FS_DATAGRAM_WHOLE &&
        !fs_fragment_repeats(table, index, fragment)) {
        give_up(engine, index, NULL);
        index = FS_DATAGRAM_NONE;
    }
    if (index == FS_DATAGRAM_NONE)
        index = open_datagram(engine, hash, fragment, hand);
    hand->level[hand->count] = fragment->level;
    hand->datagram[hand->count++] = index;
    return index;
}

static uint32_t new_piece(flowscope_engine *engine, uint32_t index, const struct hand *hand)
{
    if (datagram_at(engine, index)->pieces >= engine->config.datagram_fragments)
        return FS_PIECE_NONE;
    while (fs_slab_left(&engine->fragments.piece_slots) == 0)
        if (!evict(engine, hand))
            return FS_PIECE_NONE;
    return fs_fragment_table_add(&engine->fragments, index);
}

/* Other open datagrams give up their bytes, the oldest first. False: there is not so much room. */
static bool make_chunks(flowscope_engine *engine, uint32_t index, uint32_t chunks)
{
    struct fs_fragment_table *table = &engine->fragments;

    if (chunks > table->chunk_slots.capacity)
        return false;
    while (fs_slab_left(&table->chunk_slots) < chunks) {
        uint32_t oldest = table->kept.head;

        if (oldest == index)
            oldest = table->datagrams[oldest].after;
        if (oldest == FS_DATAGRAM_NONE)
            return false;
        drop_bytes(engine, oldest, &engine->counters.datagrams_unkept);
    }
    return true;
}

/* Puts the fragment to the others of its datagram; *piece is where, if there is a place for it.
 * True: the datagram is whole. */
static bool put(flowscope_engine *engine, uint32_t index, const struct fs_fragment *fragment,
                const struct hand *hand, uint32_t *piece)
{
    struct flowscope_counters *counters = &engine->counters;
    struct fs_datagram *datagram = datagram_at(engine, index);
    enum fs_fragment_fit fit;

    *piece = FS_PIECE_NONE;
    if (datagram->state != FS_DATAGRAM_OPEN)
        return false;
    fit = fs_fragment_fit_of(&engine->fragments, index, fragment);
    if (fit == FS_FRAGMENT_REPEATS)
        return false;
    if (fit == FS_FRAGMENT_OVERLAPS && !datagram->overlaps) {
        datagram->overlaps = true;
        counters->datagrams_overlapping++;
    }
    if (fit == FS_FRAGMENT_CONTRADICTS ||
        (fit == FS_FRAGMENT_OVERLAPS && datagram->key.version == 6)) {
        drop_bytes(engine, index, &counters->datagrams_damaged);
        return false;
    }
    if (datagram->pieces >= engine->config.datagram_fragments) {
        drop_bytes(engine, index, &counters->datagrams_shredded);
        return false;
    }
    *piece = new_piece(engine, index, hand);
    if (*piece == FS_PIECE_NONE) {
        drop_bytes(engine, index, &counters->datagrams_evicted);
        return false;
    }
    if (!make_chunks(engine, index, fs_fragment_chunks(fragment))) {
        drop_bytes(engine, index, &counters->datagrams_unkept);
        return false;
    }
    return fs_fragment_keep(&engine->fragments, index, *piece, fragment);
}

/* The open datagram takes the fragment without more ado, and is not whole with it. */
static bool has_place(const flowscope_engine *engine, uint32_t index,
                      const struct fs_fragment *fragment)
{
    const struct fs_fragment_table *table = &engine->fragments;

    return table->datagrams[index].pieces < engine->config.datagram_fragments &&
           fs_slab_left(&table->piece_slots) != 0 &&
           fs_slab_left(&table->chunk_slots) >= fs_fragment_chunks(fragment) &&
           fs_fragment_fit_of(table, index, fragment) == FS_FRAGMENT_FITS &&
           !fs_fragment_completes(table, index, fragment);
}

/* The first header that tells decides, once and for all. */
static void learn(struct fs_datagram *datagram, const struct fs_headers *level)
{
    if (datagram->has_flow)
        return;
    datagram->has_flow = true;
    datagram->flow_key = level->key;
    datagram->swapped = level->swapped;
    datagram->has_ports = level->has_ports;
}

static bool is_of(const struct fs_datagram *datagram, const struct fs_headers *level)
{
    return memcmp(&datagram->flow_key, &level->key, sizeof(level->key)) == 0;
}

/* The level of a fragment whose flow is known: a packet of that flow. */
static void set_level(struct fs_datagram *datagram, const struct fs_fragment *fragment,
                      const struct fs_headers *own, struct fs_frame *frame)
{
    struct fs_headers *level = &frame->level[fragment->level];

    if (fragment->has_level && is_of(datagram, own)) {
        if (level != own)
            *level = *own;
        datagram->has_tcp |= own->has_tcp;
        datagram->bad_l4 |= own->bad_l4;
    } else {
        *level = (struct fs_headers){
            .key = datagram->flow_key,
            .bytes = own->bytes,
            .payload_bytes = fragment->has_level ? own->payload_bytes : fragment->counted,
            .ip_at = own->ip_at,
            .transport_at = FS_NOT_IN_FRAME,
            .swapped = datagram->swapped,
            .has_ports = datagram->has_ports,
            .layer_count = fragment->layer_count,
        };
        frame->has_quote = false;
    }
    frame->level_count = (uint8_t)(fragment->level + 1);
    frame->layer_count = level->layer_count;
}

/* The facts of its transport header that the whole adds to those of the first fragment. */
static void complete_level(struct fs_datagram *datagram, const struct fs_fragment *fragment,
                           const struct fs_headers *own, struct fs_headers *whole)
{
    const bool has_own = fragment->has_level;

    whole->payload_bytes = has_own ? own->payload_bytes : fragment->counted;
    if (has_own && own->has_tcp)
        whole->tcp = own->tcp;
    else
        whole->has_tcp = whole->has_tcp && !datagram->has_tcp;
    whole->bad_l4 = whole->bad_l4 && !datagram->bad_l4;
    datagram->has_tcp |= whole->has_tcp;
    datagram->bad_l4 |= whole->bad_l4;
}

/* Nothing tells the ports of the fragment's datagram. */
static enum outcome leave_partial(const struct hand *hand, const struct fs_fragment *fragment,
                                  const struct fs_headers *own, struct fs_frame *frame)
{
    frame->level_count = fragment->level;
    if (!hand->reading)
        return WAITS;
    if (fragment != &frame->fragment) {
        frame->level[fragment->level] = *own;
        frame->fragment = *fragment;
    }
    fs_reading_set_fragment(frame);
    frame->has_quote = false;
    return PARTIAL;
}

static enum outcome take_whole(flowscope_engine *engine, const struct hand *hand,
                               struct fs_frame *frame)
{
    const struct fs_fragment part = frame->fragment, *fragment = &part;
    const struct fs_headers level = frame->level[part.level], *own = &level;
    const uint32_t index = hand->datagram[hand->count - 1];
    struct fs_datagram *datagram = datagram_at(engine, index);
    const uint32_t length = datagram->total;
    const struct fs_cursor bytes = fs_fragment_join(
        &engine->fragments, index, (enum flowscope_overlap)engine->config.ipv4_overlap);
    enum flowscope_verdict verdict;

    fs_fragment_table_close(&engine->fragments, index, FS_DATAGRAM_WHOLE);
    engine->counters.datagrams_complete++;
    verdict = fs_headers_read_datagram(frame, &engine->packet_options, datagram->protocol, bytes,
                                       length, hand->reading ? &hand->reading->notes : NULL);
    if (frame->level_count > fragment->level)
        learn(datagram, &frame->level[fragment->level]);
    else if (!datagram->has_flow)
        return leave_partial(hand, fragment, own, frame);
    /* Fragments that disagree about the flow: nothing is believed but the first one. */
    if (frame->level_count <= fragment->level || !is_of(datagram, &frame->level[fragment->level])) {
        set_level(datagram, fragment, own, frame);
        return KNOWN;
    }
    complete_level(datagram, fragment, own, &frame->level[fragment->level]);
    return verdict == FLOWSCOPE_VERDICT_fragment_pending ? AGAIN : KNOWN;
}

/* frame->fragment goes to its datagram, the last one of `hand`. */
static enum outcome take_part(flowscope_engine *engine, struct fs_frame *frame, struct hand *hand,
                              uint32_t *piece)
{
    const struct fs_fragment *fragment = &frame->fragment;
    const struct fs_headers *own = &frame->level[fragment->level];
    const uint32_t index = find_datagram(engine, fragment, hand);
    struct fs_datagram *datagram;
    bool whole;

    if (index == FS_DATAGRAM_NONE) { /* a datagram inside itself: nobody looks there */
        frame->level_count = fragment->level;
        frame->layer_count = frame->level[fragment->level - 1].layer_count;
        return KNOWN;
    }
    datagram = datagram_at(engine, index);
    hand->bytes = own->bytes;
    whole = put(engine, index, fragment, hand, piece);
    if (fragment->offset == 0 && !datagram->has_first) {
        datagram->has_first = true;
        datagram->protocol = fragment->key.protocol;
    }
    if (fragment->has_level)
        learn(datagram, own);
    if (whole)
        return take_whole(engine, hand, frame);
    if (!datagram->has_flow)
        return leave_partial(hand, fragment, own, frame);
    set_level(datagram, fragment, own, frame);
    return KNOWN;
}

/* Keys other than the five-tuple. A fragment of which an own function wants no flow, for all that
 * is known of it, waits for more. */
static enum outcome make_keys(const struct hand *hand, enum outcome outcome,
                              enum flowscope_verdict *verdict)
{
    const struct fs_frame *frame = hand->reading->frame;

    *verdict = fs_reading_key(hand->reading, FLOWSCOPE_VERDICT_ok);
    if (outcome == PARTIAL && hand->reading->options->key == FLOWSCOPE_KEY_OWN &&
        hand->reading->place[frame->fragment.level] == FS_NO_PLACE)
        return WAITS;
    return KNOWN;
}

/* The level that has the flow of the datagram, for those that wait for it; NULL: it is not known,
 * or there will be none. Of keys other than five-tuples only own ones are waited for. */
static bool find_told(const flowscope_engine *engine, const struct hand *hand, unsigned i,
                      struct fs_told *told)
{
    const struct fs_datagram *datagram = &engine->fragments.datagrams[hand->datagram[i]];

    if (!datagram->has_flow || !datagram->waiting)
        return false;
    *told =
        (struct fs_told){.has_flow = true, .key = datagram->flow_key, .swapped = datagram->swapped};
    if (hand->reading) {
        const uint8_t place = hand->reading->place[hand->level[i]];

        told->has_flow = place != FS_NO_PLACE;
        if (told->has_flow) {
            told->key = hand->reading->frame->level[place].key;
            told->swapped = hand->reading->frame->level[place].swapped;
        }
    }
    return true;
}

/* The frame waits in `piece`, or in a new one; if there is none, it is lost at once. */
static void wait_for_flow(flowscope_engine *engine, const struct hand *hand, uint32_t piece,
                          const struct fs_frame *frame, const struct flowscope_packet *packet,
                          int64_t time_ns, struct flowscope_result *result)
{
    const uint32_t index = hand->datagram[hand->count - 1];
    const unsigned around = frame->level_count;

    result->pending = true;
    if (piece == FS_PIECE_NONE)
        piece = new_piece(engine, index, hand);
    if (piece == FS_PIECE_NONE) {
        engine->counters.fragments_outwaited++;
        fs_waiting_call_lost(engine, result);
        return;
    }
    engine->fragments.pieces[piece].waits = true;
    engine->fragments.waiting[piece] = (struct fs_waiting){
        .frame = packet->frame,
        .fed = engine->counters.frames,
        .time_ns = time_ns,
        .has_time = packet->time_quality != FLOWSCOPE_TIME_NONE,
        .bytes = hand->bytes,
        .payload_bytes = frame->fragment.counted,
        .outer_bytes = around > 0 ? frame->level[around - 1].bytes : 0,
        .result = *result,
    };
    datagram_at(engine, index)->waiting++;
}

/* For the fragments that follow. */
static void remember_flow(struct fs_datagram *datagram, uint64_t hash, uint64_t flow_id)
{
    datagram->flow_hash = hash;
    datagram->flow_id = flow_id;
}

/* A frame without a flow. */
static void count_none(flowscope_engine *engine, enum flowscope_verdict verdict)
{
    engine->counters.no_flow++;
    if (verdict == FLOWSCOPE_VERDICT_no_key)
        engine->counters.no_key++;
    else
        engine->counters.fragment_pending++;
}

/* Any fragment, or one that take_later() left. */
static void take_any(flowscope_engine *engine, struct fs_staged_frame *staged,
                     const struct flowscope_packet *packet, int64_t time_ns,
                     struct flowscope_result *result)
{
    struct fs_frame *frame = &staged->frame;
    enum flowscope_verdict keyed = FLOWSCOPE_VERDICT_ok;
    struct fs_told told[FS_LEVELS_MAX];
    bool is_told[FS_LEVELS_MAX];
    struct fs_reading reading;
    struct hand hand;
    enum outcome outcome;
    uint32_t piece = FS_PIECE_NONE;

    hand.count = 0;
    hand.hash = staged->fragment_hash;
    hand.reading = NULL;

    if (engine->packet_options.has_own_way) {
        hand.reading = &reading;
        fs_reading_take(&reading, packet, &engine->packet_options, frame);
    }
    do
        outcome = take_part(engine, frame, &hand, &piece);
    while (outcome == AGAIN);
    if (hand.reading)
        outcome = make_keys(&hand, outcome, &keyed);
    for (unsigned i = 0; i < hand.count; i++) {
        is_told[i] = find_told(engine, &hand, i, &told[i]);
        if (is_told[i])
            fs_waiting_look(engine, &told[i]);
    }
    for (unsigned level = 0; level < frame->level_count; level++)
        staged->hash[level] = fs_flow_table_hash(&engine->table, &frame->level[level].key);
    if (frame->level_count > 0) {
        result->verdict = FLOWSCOPE_VERDICT_ok;
        fs_engine_follow(engine, staged, packet, time_ns, result);
    } else {
        result->verdict = (uint8_t)(outcome == WAITS ? FLOWSCOPE_VERDICT_fragment_pending : keyed);
        count_none(engine, (enum flowscope_verdict)result->verdict);
    }
    for (unsigned i = 0; i < hand.count; i++)
        if (is_told[i])
            fs_waiting_settle(engine, hand.datagram[i], &told[i], result);
    if (outcome == WAITS)
        wait_for_flow(engine, &hand, piece, frame, packet, time_ns, result);
    else if (hand.level[0] == 0 && frame->level_count == 1 && !hand.reading)
        remember_flow(datagram_at(engine, hand.datagram[0]), staged->hash[0], result->flow_id);
}

/* One more fragment of a datagram whose flow is known and is there, and that is not whole with it:
 * a packet of that flow. False: it is more, and nothing was done. */
static bool take_later(flowscope_engine *engine, struct fs_staged_frame *staged,
                       const struct flowscope_packet *packet, struct flowscope_result *result)
{
    const struct fs_fragment *fragment = &staged->frame.fragment;
    struct fs_fragment_table *table = &engine->fragments;
    const struct fs_stepping step = {.bytes = staged->frame.level[0].bytes,
                                     .payload_bytes = fragment->counted};
    struct fs_datagram *datagram;
    struct fs_flow *flow;
    uint32_t index, at;
    unsigned side;

    index = fs_fragment_table_find(table, staged->fragment_hash, fragment);
    if (index == FS_DATAGRAM_NONE)
        return false;
    datagram = &table->datagrams[index];
    if (datagram->flow_id == 0 || datagram->waiting || datagram->state == FS_DATAGRAM_WHOLE ||
        (datagram->state == FS_DATAGRAM_OPEN && !has_place(engine, index, fragment)))
        return false;
    at = fs_flow_table_find_id(&engine->table, datagram->flow_hash, datagram->flow_id);
    if (at == FS_FLOW_NONE)
        return false;
    flow = &engine->table.flows[at];
    side = fs_step_side(flow, datagram->swapped);
    if (!fs_step_take(engine, flow, side, &step, packet->time_ns))
        return false;
    if (datagram->state == FS_DATAGRAM_OPEN)
        fs_fragment_keep(table, index, fs_fragment_table_add(table, index), fragment);
    staged->frame.level_count = 1;
    staged->hash[0] = datagram->flow_hash;
    result->verdict = FLOWSCOPE_VERDICT_ok;
    fs_engine_annotate(flow, side, result);
    flow->last_frame = packet->frame;
    engine->counters.packets_in_flows++;
    engine->counters.bytes += step.bytes;
    return true;
}

enum flowscope_verdict fs_engine_take_fragment(flowscope_engine *engine,
                                               struct fs_staged_frame *staged,
                                               const struct flowscope_packet *packet,
                                               int64_t time_ns, struct flowscope_result *result)
{
    const struct fs_fragment *fragment = &staged->frame.fragment;
    struct flowscope_result unwanted;
    const bool is_calm = packet->time_quality == FLOWSCOPE_TIME_GOOD &&
                         packet->time_ns == engine->clock.now_ns && !engine->clock.has_ahead &&
                         !engine->long_way;

    if (!result)
        result = &unwanted;
    *result = (struct flowscope_result){.verdict = FLOWSCOPE_VERDICT_fragment_pending};
    if (!is_calm || fragment->level != 0 || fragment->offset == 0 ||
        engine->packet_options.has_own_way || !take_later(engine, staged, packet, result))
        take_any(engine, staged, packet, time_ns, result);
    return (enum flowscope_verdict)result->verdict;
}

void fs_engine_expire_datagrams(flowscope_engine *engine)
{
    const struct fs_fragment_table *table = &engine->fragments;
    const int64_t timeout_ns = engine->config.fragment_timeout_ns;
    uint32_t index;

    while ((index = table->ages.head) != FS_DATAGRAM_NONE) {
        const int64_t since_ns = table->datagrams[index].since_ns;
        const int64_t over_ns = fs_time_after(since_ns, timeout_ns);

        if (fs_time_since(engine->clock.now_ns, since_ns) < timeout_ns) {
            fs_engine_set_timer(engine, over_ns);
            return;
        }
        give_up(engine, index, &engine->counters.datagrams_incomplete);
    }
}

void fs_engine_forget_datagrams(flowscope_engine *engine)
{
    while (engine->fragments.ages.head != FS_DATAGRAM_NONE)
        give_up(engine, engine->fragments.ages.head, &engine->counters.datagrams_incomplete);
}

void fs_engine_date_datagrams_ahead(flowscope_engine *engine)
{
    const struct fs_fragment_table *table = &engine->fragments;

    for (uint32_t i = table->ages.tail; i != FS_DATAGRAM_NONE; i = table->datagrams[i].older) {
        if (table->datagrams[i].ahead_ns != engine->clock.ahead_ns)
            return;
        table->datagrams[i].since_ns = engine->clock.ahead_ns;
    }
}

void fs_engine_date_datagrams(flowscope_engine *engine, int64_t now_ns)
{
    const struct fs_fragment_table *table = &engine->fragments;

    for (uint32_t i = table->ages.head; i != FS_DATAGRAM_NONE; i = table->datagrams[i].newer)
        table->datagrams[i].since_ns = now_ns;
}
