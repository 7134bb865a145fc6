/* SPDX-License-Identifier: BSD-2-Clause */
/* A fragment belongs to the flow of its datagram. The first one, or the whole where that one is too
 * short, tells which; frames that came before wait for it (waiting.h). The frame that completes a
 * datagram goes on with the whole, in which there may be a tunnel, and in that another fragment.
 * Keys other than the five-tuple are made at the end, from levels that are read as for it. */
#include "engine/fragments.h"

#include "engine/datagrams.h"
#include "engine/follow.h"
#include "engine/step.h"
#include "engine/waiting.h"
#include "packet/extract.h"
#include "packet/fragment_join.h"

/* The frame at hand. */
struct hand {
    struct fs_at_hand at;
    uint8_t level[FS_LEVELS_MAX]; /* that of each datagram, as the frame was read */
    uint32_t bytes;               /* of the last one's level, in this frame */
    uint64_t hash;                /* of the first one's key */
    struct fs_reading *reading;   /* of keys other than the five-tuple, or NULL */
};

enum outcome {
    KNOWN,   /* the frame's levels are there */
    PARTIAL, /* the same, but of the last one its addresses alone */
    WAITS,   /* those around the fragment are; its own is not known yet */
    AGAIN,   /* inside there is another fragment */
};

static uint32_t find_datagram(flowscope_engine *engine, const struct fs_fragment *fragment,
                              struct hand *hand)
{
    const uint64_t hash =
        hand->at.count == 0 ? hand->hash : fs_fragment_table_hash(&engine->fragments, fragment);
    const uint32_t index = fs_engine_find_datagram(engine, hash, fragment, &hand->at);

    if (index != FS_DATAGRAM_NONE)
        hand->level[hand->at.count - 1] = fragment->level;
    return index;
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
    const uint32_t index = hand->at.datagram[hand->at.count - 1];
    struct fs_datagram *datagram = fs_engine_datagram(engine, index);
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
    datagram = fs_engine_datagram(engine, index);
    hand->bytes = own->bytes;
    whole = fs_engine_put_part(engine, index, fragment, &hand->at, piece);
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
    const struct fs_datagram *datagram = &engine->fragments.datagrams[hand->at.datagram[i]];

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
    const uint32_t index = hand->at.datagram[hand->at.count - 1];
    const unsigned around = frame->level_count;

    result->pending = true;
    if (piece == FS_PIECE_NONE)
        piece = fs_engine_new_piece(engine, index, &hand->at);
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
    fs_engine_datagram(engine, index)->waiting++;
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

    hand.at.count = 0;
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
    for (unsigned i = 0; i < hand.at.count; i++) {
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
    for (unsigned i = 0; i < hand.at.count; i++)
        if (is_told[i])
            fs_waiting_settle(engine, hand.at.datagram[i], &told[i], result);
    if (outcome == WAITS)
        wait_for_flow(engine, &hand, piece, frame, packet, time_ns, result);
    else if (hand.level[0] == 0 && frame->level_count == 1 && !hand.reading)
        remember_flow(fs_engine_datagram(engine, hand.at.datagram[0]), staged->hash[0],
                      result->flow_id);
}

/* As fs_step_take() for what has no transport header, in a connection of any state too: it says
 * nothing of that. */
static bool step_part(flowscope_engine *engine, struct fs_flow *flow, unsigned side, uint32_t bytes,
                      uint32_t payload_bytes, int64_t now_ns)
{
    enum { FLAGS = FS_FLOW_HAS_TIME | FS_FLOW_LAST_IS_COLD };

    if ((flow->flags & FLAGS) != FS_FLOW_HAS_TIME || flow->packets[side] == 0 ||
        !fs_step_goes_on(flow, &engine->timeouts, now_ns))
        return false;
    flow->packets[side]++;
    flow->bytes[side] += bytes;
    flow->payload_bytes[side] += payload_bytes;
    flow->seen_ns = now_ns;
    flow->seen_clock_ns = now_ns;
    return true;
}

/* One more fragment of a datagram whose flow is known and is there, and that is not whole with it:
 * a packet of that flow. False: it is more, and nothing was done. */
static bool take_later(flowscope_engine *engine, struct fs_staged_frame *staged,
                       const struct flowscope_packet *packet, struct flowscope_result *result)
{
    const struct fs_fragment *fragment = &staged->frame.fragment;
    struct fs_fragment_table *table = &engine->fragments;
    const uint32_t bytes = staged->frame.level[0].bytes;
    struct fs_datagram *datagram;
    struct fs_flow *flow;
    uint32_t index, at;
    unsigned side;

    index = fs_fragment_table_find(table, staged->fragment_hash, fragment);
    if (index == FS_DATAGRAM_NONE)
        return false;
    datagram = &table->datagrams[index];
    if (datagram->flow_id == 0 || datagram->waiting || datagram->state == FS_DATAGRAM_WHOLE ||
        (datagram->state == FS_DATAGRAM_OPEN && !fs_engine_has_place(engine, index, fragment)))
        return false;
    at = fs_flow_table_find_id(&engine->table, datagram->flow_hash, datagram->flow_id);
    if (at == FS_FLOW_NONE)
        return false;
    flow = &engine->table.flows[at];
    side = fs_step_side(flow, datagram->swapped);
    if (!step_part(engine, flow, side, bytes, fragment->counted, packet->time_ns))
        return false;
    if (datagram->state == FS_DATAGRAM_OPEN)
        fs_fragment_keep(table, index, fs_fragment_table_add(table, index), fragment);
    staged->frame.level_count = 1;
    staged->hash[0] = datagram->flow_hash;
    fs_engine_book_in(engine, flow, side, bytes, NULL, packet, result);
    return true;
}

/* The first fragment of a datagram that nobody knows yet, whose header tells the flow: most are
 * sent in order. False: it is not, or it may be the whole, and nothing was done. */
static bool take_first(flowscope_engine *engine, struct fs_staged_frame *staged,
                       const struct flowscope_packet *packet, struct flowscope_result *result)
{
    const struct fs_fragment *fragment = &staged->frame.fragment;
    const struct fs_headers *own = &staged->frame.level[0];
    struct fs_at_hand at = {.count = 0};
    struct fs_datagram *datagram;
    uint32_t index, piece;

    if (!fragment->has_level || !fragment->more ||
        fs_fragment_table_find(&engine->fragments, staged->fragment_hash, fragment) !=
            FS_DATAGRAM_NONE)
        return false;
    index = fs_engine_open_datagram(engine, staged->fragment_hash, fragment, &at);
    at.datagram[at.count++] = index;
    datagram = fs_engine_datagram(engine, index);
    fs_engine_put_part(engine, index, fragment, &at, &piece);
    datagram->has_first = true;
    datagram->protocol = fragment->key.protocol;
    learn(datagram, own);
    datagram->has_tcp = own->has_tcp;
    datagram->bad_l4 = own->bad_l4;
    staged->frame.level_count = 1;
    staged->frame.layer_count = own->layer_count;
    result->verdict = FLOWSCOPE_VERDICT_ok;
    fs_engine_follow(engine, staged, packet, packet->time_ns, result);
    remember_flow(datagram, staged->hash[0], result->flow_id);
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
    if (!is_calm || fragment->level != 0 || engine->packet_options.has_own_way ||
        !(fragment->offset == 0 ? take_first(engine, staged, packet, result)
                                : take_later(engine, staged, packet, result)))
        take_any(engine, staged, packet, time_ns, result);
    return (enum flowscope_verdict)result->verdict;
}
