/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules and their order are those of Wireshark's tcp.analysis (User's Guide, 7.5). */
#include "flow/facts.h"

#include "base/time.h"
#include "flow/pace.h"

#define FAST_NS         (20 * INT64_C(1000000)) /* since the duplicate ACK that asks for it */
#define OUT_OF_ORDER_NS (3 * INT64_C(1000000))  /* where the round trip is not known */
#define FAST_ACKS       2u

enum kind { NEW, FAST, TIMED_OUT, SPURIOUS, OUT_OF_ORDER, KEEP_ALIVE, PROBE };

struct look {
    const struct fs_tcp_segment *segment;
    uint32_t payload_bytes;
    uint32_t end;  /* the sequence number after it */
    int32_t ahead; /* of what was expected; where that is known */
    bool known;
    bool control; /* SYN, FIN or RST */
};

/* These two return 1 where the count stays at its most. */
static unsigned count16(uint16_t *count)
{
    const unsigned stuck = *count == UINT16_MAX;

    *count = (uint16_t)(*count + !stuck);
    return stuck;
}

#define MOST(bits)         ((UINT64_C(1) << (bits)) - 1)
#define COUNT(count, bits) ((count) == MOST(bits) ? 1u : ((count) = ((count) + 1) & MOST(bits), 0u))

static bool is_within(int64_t time_ns, int64_t since_ns, int64_t limit_ns)
{
    return time_ns >= since_ns && fs_time_since(time_ns, since_ns) < limit_ns;
}

static struct look look_at(const struct fs_facts_side *own, const struct fs_tcp_segment *segment,
                           uint32_t payload_bytes)
{
    const uint32_t flags =
        (segment->flags & FS_TCP_SYN ? 1u : 0u) + (segment->flags & FS_TCP_FIN ? 1u : 0u);
    struct look look = {.segment = segment, .payload_bytes = payload_bytes};

    look.end = fs_seq32_add(segment->seq, payload_bytes + flags);
    look.known = own->flags & FS_FACTS_NEXT;
    look.ahead = fs_seq32_diff(segment->seq, own->next);
    look.control = segment->flags & (FS_TCP_SYN | FS_TCP_FIN | FS_TCP_RST);
    return look;
}

/* One byte into a window of zero. */
static bool is_probe(const struct fs_facts_side *peer, const struct look *look)
{
    return look->payload_bytes == 1 && look->known && look->ahead == 0 &&
           peer->flags & FS_FACTS_SEEN && peer->window == 0;
}

static bool is_keep_alive(const struct look *look)
{
    return look->payload_bytes <= 1 && look->known && look->ahead == -1 && !look->control;
}

/* How much later than its successors a segment out of order may be: the time of the handshake, from
 * the last of its SYNs. */
static int64_t late_ns(const struct fs_facts *facts, const struct fs_flow_cold *cold)
{
    const int64_t round_trip_ns = facts->handshake_ns - cold->syn_repeat_us * INT64_C(1000);

    return facts->side[0].handshake == FS_HANDSHAKE_DONE && round_trip_ns > 0 ? round_trip_ns
                                                                              : OUT_OF_ORDER_NS;
}

/* A segment of data, SYN or FIN that is not a keep-alive: new, or which kind of repetition.
 * next_ago_ns is that of time_ns already. */
static enum kind kind_of(const struct fs_facts *facts, const struct fs_flow_cold *cold,
                         unsigned side, const struct look *look, int64_t time_ns)
{
    const struct fs_facts_side *own = &facts->side[side], *peer = &facts->side[!side];
    const uint32_t seq = look->segment->seq;
    /* A byte that probed the window, then more from there on, is new. */
    const bool behind =
        look->known && look->ahead < 0 && !(look->payload_bytes > 1 && look->ahead == -1);

    if (look->payload_bytes && peer->flags & FS_FACTS_ACKED &&
        fs_seq32_at_least(peer->last_ack, fs_seq32_add(seq, look->payload_bytes)))
        return SPURIOUS;
    if (!behind)
        return NEW;
    if (peer->run >= FAST_ACKS && peer->last_ack == seq &&
        is_within(time_ns, peer->last_ns, FAST_NS))
        return FAST;
    if (own->next != look->end && own->next_ago_ns != FS_FACTS_LONG_AGO &&
        own->next_ago_ns < late_ns(facts, cold))
        return OUT_OF_ORDER;
    return TIMED_OUT;
}

static enum kind judge(const struct fs_facts *facts, const struct fs_flow_cold *cold, unsigned side,
                       const struct look *look, int64_t time_ns)
{
    if (is_probe(&facts->side[!side], look))
        return PROBE;
    if (is_keep_alive(look))
        return KEEP_ALIVE;
    if (look->payload_bytes || look->segment->flags & (FS_TCP_SYN | FS_TCP_FIN))
        return kind_of(facts, cold, side, look, time_ns);
    return NEW;
}

static unsigned count_kind(struct fs_facts_side *own, enum kind kind)
{
    switch (kind) {
    case FAST:
        return COUNT(own->fast, FS_FACTS_COUNT_BITS);
    case TIMED_OUT:
        return COUNT(own->timed_out, FS_FACTS_COUNT_BITS);
    case SPURIOUS:
        return COUNT(own->spurious, 16);
    case OUT_OF_ORDER:
        return COUNT(own->out_of_order, FS_FACTS_COUNT_BITS);
    case KEEP_ALIVE:
        return count16(&own->keep_alives);
    case PROBE:
        return COUNT(own->probes, FS_FACTS_PROBE_BITS);
    case NEW:
        break;
    }
    return 0;
}

static unsigned count_flags(struct fs_facts *facts, unsigned side, const struct look *look)
{
    const struct fs_tcp_segment *segment = look->segment;
    struct fs_facts_side *own = &facts->side[side];
    unsigned stuck = 0;

    if (segment->flags & FS_TCP_SYN)
        stuck += COUNT(facts->syns[side], 8);
    if (segment->flags & FS_TCP_FIN)
        stuck += COUNT(facts->fins[side], 8);
    if (segment->flags & FS_TCP_RST)
        stuck += COUNT(own->resets, FS_FACTS_RESET_BITS);
    else if (look->known && look->ahead > 0)
        stuck += count16(&own->lost);
    if (segment->window == 0 && !look->control)
        stuck += count16(&own->zero_windows);
    return stuck;
}

/* Whether data up to `end` goes all the way to the edge of the window that the peer told last. */
static inline bool fills_window(const struct fs_facts_side *peer, uint32_t end)
{
    const unsigned shift = peer->flags & FS_FACTS_UNSCALED ? 0 : peer->window_scale - 1u;

    return fs_seq32_diff(end, peer->last_ack) == peer->window << (shift & 15) &&
           peer->window_scale && peer->flags & FS_FACTS_ACKED;
}

/* The same acknowledgment again, with nothing else in it, which answers no keep-alive. */
static unsigned watch_acks(struct fs_facts_side *own, const struct fs_facts_side *peer,
                           const struct look *look)
{
    const struct fs_tcp_segment *segment = look->segment;
    const bool same = own->flags & FS_FACTS_ACKED && segment->ack == own->last_ack;

    if (!(segment->flags & FS_TCP_ACK))
        return 0;
    if (!same) {
        own->run = 0;
        own->last_ack = segment->ack;
        own->flags |= FS_FACTS_ACKED;
    } else if (look->payload_bytes == 0 && !look->control && segment->window &&
               segment->window == own->window && look->known && look->ahead == 0 &&
               !(peer->flags & FS_FACTS_KEEP_ALIVE)) {
        (void)COUNT(own->run, FS_FACTS_RUN_BITS);
        return COUNT(own->duplicate_acks, FS_FACTS_COUNT_BITS);
    }
    return 0;
}

/* From the segment that reached `next` to time_ns; more than any uint32_t where that is before it,
 * or is not known. */
static inline uint64_t since_next(const struct fs_facts_side *side, int64_t time_ns)
{
    return side->next_ago_ns == FS_FACTS_LONG_AGO
               ? UINT64_MAX
               : (uint64_t)fs_time_since(time_ns, side->last_ns) + side->next_ago_ns;
}

/* What follows will not move `next`, or is judged first: time_ns will be last_ns. */
static inline void age(struct fs_facts_side *own, int64_t time_ns)
{
    const uint64_t ago_ns = since_next(own, time_ns);

    own->next_ago_ns = ago_ns < FS_FACTS_LONG_AGO ? (uint32_t)ago_ns : FS_FACTS_LONG_AGO;
}

/* An acknowledgment of just what was sent last, and once (Karn), is a sample. Returns 1 where there
 * is no room for it: then none is taken any more, and their mean stays. */
static unsigned sample(struct fs_facts_side *peer, const struct fs_tcp_segment *segment,
                       int64_t time_ns, bool has_time)
{
    uint64_t rtt_ns;

    if (!(segment->flags & FS_TCP_ACK) || !(peer->flags & FS_FACTS_TIMED) ||
        segment->ack != peer->next)
        return 0;
    peer->flags &= (uint8_t)~FS_FACTS_TIMED;
    rtt_ns = since_next(peer, time_ns);
    if (!has_time || rtt_ns > UINT32_MAX)
        return 0;
    if (rtt_ns > MOST(FS_FACTS_RTT_SUM_BITS) - peer->rtt_sum_ns || peer->rtt_count == UINT32_MAX)
        return 1;
    if (peer->rtt_count == 0 || rtt_ns < peer->rtt_min_ns)
        peer->rtt_min_ns = (uint32_t)rtt_ns;
    if (rtt_ns > peer->rtt_max_ns)
        peer->rtt_max_ns = (uint32_t)rtt_ns;
    peer->rtt_sum_ns = (peer->rtt_sum_ns + rtt_ns) & MOST(FS_FACTS_RTT_SUM_BITS);
    peer->rtt_count++;
    return 0;
}

static void go_on(struct fs_facts_side *own, const struct fs_facts_side *peer,
                  const struct look *look, enum kind kind, bool has_time)
{
    const bool further = !look->known || fs_seq32_before(own->next, look->end);

    if (kind != NEW)
        own->flags &= (uint8_t)~FS_FACTS_TIMED;
    if (kind != PROBE && !(look->segment->flags & FS_TCP_RST) && further) {
        own->next = look->end;
        own->next_ago_ns = 0;
        own->flags |= FS_FACTS_NEXT;
        own->flags &= (uint8_t)~FS_FACTS_TIMED;
        if (look->payload_bytes && has_time && kind == NEW && (!look->known || look->ahead >= 0))
            own->flags |= FS_FACTS_TIMED;
    }
    if (look->payload_bytes && peer->flags & FS_FACTS_ACKED) {
        const int32_t in_flight = fs_seq32_diff(own->next, peer->last_ack);

        if (in_flight > 0 && (uint32_t)in_flight > own->in_flight_peak)
            own->in_flight_peak = (uint32_t)in_flight & INT32_MAX;
    }
}

/* How long after the first SYN the last one came. */
static void note_repeated_syn(const struct fs_facts *facts, struct fs_flow_cold *cold,
                              int64_t time_ns)
{
    const int64_t after_us = fs_time_since(time_ns, facts->handshake_ns) / 1000;

    cold->syn_repeat_us = after_us < 0            ? 0
                          : after_us > UINT32_MAX ? UINT32_MAX
                                                  : (uint32_t)after_us;
}

/* From the first SYN to the acknowledgment that completes the handshake. One of which segments were
 * missed is not known. */
static void time_handshake(struct fs_facts *facts, struct fs_flow_cold *cold, unsigned side,
                           const struct fs_tcp_segment *segment, int64_t time_ns, bool has_time)
{
    const uint32_t both = cold->side_flags[0] & cold->side_flags[1];
    const uint32_t either = cold->side_flags[0] | cold->side_flags[1];
    const unsigned handshake = facts->side[0].handshake;
    const bool is_syn = (segment->flags & (FS_TCP_SYN | FS_TCP_ACK)) == FS_TCP_SYN;

    if (both & FS_SIDE_SYN_ACKED || either & FS_SIDE_MIDSTREAM) {
        const bool is_known = handshake == FS_HANDSHAKE_BEGUN && has_time &&
                              time_ns >= facts->handshake_ns && !(either & FS_SIDE_MIDSTREAM);

        facts->side[0].handshake = is_known ? FS_HANDSHAKE_DONE : FS_HANDSHAKE_UNKNOWN;
        facts->handshake_ns = fs_time_since(time_ns, facts->handshake_ns);
    } else if (handshake == FS_HANDSHAKE_NONE && side == 0 && is_syn) {
        facts->side[0].handshake = has_time ? FS_HANDSHAKE_BEGUN : FS_HANDSHAKE_UNKNOWN;
        facts->handshake_ns = time_ns;
    } else if (handshake == FS_HANDSHAKE_BEGUN && is_syn && has_time) {
        note_repeated_syn(facts, cold, time_ns);
    }
}

/* Nearly every segment: what was expected, and with it data or another acknowledgment. The
 * peer may not have been seen. */
static inline bool is_next(const struct fs_facts_side *own, const struct fs_facts_side *peer,
                           const struct fs_tcp_segment *segment, uint32_t payload_bytes)
{
    enum { KNOWN = FS_FACTS_SEEN | FS_FACTS_NEXT | FS_FACTS_ACKED };

    return (segment->flags & (FS_TCP_SYN | FS_TCP_FIN | FS_TCP_RST | FS_TCP_ACK)) == FS_TCP_ACK &&
           (own->flags & KNOWN) == KNOWN && segment->seq == own->next && segment->window &&
           (peer->window || !(peer->flags & FS_FACTS_SEEN)) &&
           (payload_bytes
                ? fs_seq32_before(peer->last_ack, fs_seq32_add(segment->seq, payload_bytes)) ||
                      !(peer->flags & FS_FACTS_ACKED)
                : segment->ack != own->last_ack);
}

static inline unsigned take_next(struct fs_facts_side *own, struct fs_facts_side *peer,
                                 const struct fs_tcp_segment *segment, uint32_t payload_bytes,
                                 int64_t time_ns, bool has_time)
{
    unsigned stuck = 0;

    if (segment->ack != own->last_ack) {
        own->run = 0;
        own->last_ack = segment->ack;
    }
    if (peer->flags & FS_FACTS_TIMED && segment->ack == peer->next)
        stuck = sample(peer, segment, time_ns, has_time);
    own->flags &= (uint8_t) ~(FS_FACTS_KEEP_ALIVE | FS_FACTS_UNSCALED);
    if (payload_bytes) {
        const uint32_t end = fs_seq32_add(segment->seq, payload_bytes);
        const int32_t in_flight = fs_seq32_diff(end, peer->last_ack);

        own->next = end;
        own->next_ago_ns = 0;
        own->flags &= (uint8_t)~FS_FACTS_TIMED;
        own->flags |= has_time ? FS_FACTS_TIMED : 0;
        if (peer->flags & FS_FACTS_ACKED && in_flight > 0 &&
            (uint32_t)in_flight > own->in_flight_peak)
            own->in_flight_peak = (uint32_t)in_flight & INT32_MAX;
        if (fills_window(peer, end))
            stuck += count16(&own->window_fulls);
    } else {
        age(own, time_ns);
    }
    own->window = segment->window;
    return stuck;
}

static inline void keep_time(struct fs_facts_side *own, int64_t time_ns, bool has_time)
{
    if (has_time && own->flags & FS_FACTS_SEEN && !own->no_time)
        fs_pace_take(own, time_ns);
    own->last_ns = time_ns;
    own->no_time = !has_time;
}

static unsigned take_any(struct fs_facts *facts, struct fs_flow_cold *cold, unsigned side,
                         const struct fs_tcp_segment *segment, uint32_t payload_bytes,
                         int64_t time_ns, bool has_time)
{
    struct fs_facts_side *own = &facts->side[side], *peer = &facts->side[!side];
    const struct look look = look_at(own, segment, payload_bytes);
    enum kind kind;
    unsigned news;

    if (look.known)
        age(own, time_ns);
    kind = judge(facts, cold, side, &look, time_ns);
    news = count_kind(own, kind);
    if (kind == FAST || kind == TIMED_OUT || kind == SPURIOUS)
        news |= FS_FACTS_REPEATED;
    if (kind == OUT_OF_ORDER)
        news |= FS_FACTS_LATE;
    if (kind != PROBE) {
        news += count_flags(facts, side, &look);
        if (payload_bytes && !look.control && fills_window(peer, look.end))
            news += count16(&own->window_fulls);
    }
    news += watch_acks(own, peer, &look);
    news += sample(peer, segment, time_ns, has_time);
    go_on(own, peer, &look, kind, has_time);
    if (facts->side[0].handshake < FS_HANDSHAKE_DONE)
        time_handshake(facts, cold, side, segment, time_ns, has_time);
    own->window = segment->window;
    own->flags &= (uint8_t) ~(FS_FACTS_KEEP_ALIVE | FS_FACTS_UNSCALED);
    if (kind == KEEP_ALIVE)
        own->flags |= FS_FACTS_KEEP_ALIVE;
    if (segment->flags & FS_TCP_SYN)
        own->flags |= FS_FACTS_UNSCALED;
    return news;
}

bool fs_facts_is_next(const struct fs_facts *facts, unsigned side,
                      const struct fs_tcp_segment *segment, uint32_t payload_bytes)
{
    return facts->side[0].handshake >= FS_HANDSHAKE_DONE &&
           is_next(&facts->side[side], &facts->side[!side], segment, payload_bytes);
}

unsigned fs_facts_take(struct fs_facts *facts, struct fs_flow_cold *cold, unsigned side,
                       const struct fs_tcp_segment *segment, uint32_t payload_bytes,
                       int64_t time_ns, bool has_time)
{
    struct fs_facts_side *own = &facts->side[side], *peer = &facts->side[!side];
    unsigned news;

    if (facts->side[0].handshake >= FS_HANDSHAKE_DONE && is_next(own, peer, segment, payload_bytes))
        news = take_next(own, peer, segment, payload_bytes, time_ns, has_time);
    else
        news = take_any(facts, cold, side, segment, payload_bytes, time_ns, has_time);
    keep_time(own, time_ns, has_time);
    own->flags |= FS_FACTS_SEEN;
    return news;
}

/* As in Wireshark: windows are scaled where both SYNs offer it (RFC 7323, 2.2); of one that was not
 * seen it is assumed. */
void fs_facts_take_options(struct fs_facts *facts, unsigned side, bool is_answer,
                           const struct fs_tcp_options *options)
{
    struct fs_facts_side *own = &facts->side[side], *peer = &facts->side[!side];
    const bool is_whole = !(options->flags & (FS_TCP_OPTIONS_CUT | FS_TCP_OPTIONS_BAD));

    if (options->flags & FS_TCP_HAS_MSS)
        facts->mss[side] = options->mss;
    if (is_whole)
        own->flags |= FS_FACTS_OPTIONS;
    if (options->flags & FS_TCP_HAS_WINDOW_SHIFT) {
        const bool is_refused = is_answer && peer->flags & FS_FACTS_NO_SCALE;

        own->window_scale = is_refused ? 1 : (options->window_shift + 1u) & 15;
    } else if (is_whole) {
        own->flags |= FS_FACTS_NO_SCALE;
        own->window_scale = peer->window_scale = 1;
    }
}

static void record_side(const struct fs_facts *from, unsigned way,
                        struct flowscope_tcp_facts *facts)
{
    const struct fs_facts_side *side = &from->side[way];

    *facts = (struct flowscope_tcp_facts){
        .fast_retransmissions = side->fast,
        .timeout_retransmissions = side->timed_out,
        .spurious_retransmissions = side->spurious,
        .duplicate_acks = side->duplicate_acks,
        .lost_segments = side->lost,
        .zero_windows = side->zero_windows,
        .keep_alives = side->keep_alives,
        .window_probes = side->probes,
        .window_fulls = side->window_fulls,
        .syns = from->syns[way],
        .fins = from->fins[way],
        .resets = side->resets,
        .in_flight_peak_bytes = side->in_flight_peak,
        .rtt_samples = side->rtt_count,
        .rtt_min_ns = side->rtt_min_ns,
        .rtt_max_ns = side->rtt_max_ns,
        .rtt_sum_ns = side->rtt_sum_ns,
        .has_mss = from->mss[way] || side->flags & FS_FACTS_OPTIONS,
        .mss = from->mss[way],
        .has_window_scale = side->window_scale != 0,
        .window_scale = (uint8_t)(side->window_scale ? side->window_scale - 1u : 0),
    };
    fs_pace_record(side, facts);
}

void fs_facts_record(const struct fs_facts *facts, struct flowscope_flow_record *record)
{
    record->has_facts = true;
    for (unsigned side = 0; side < 2; side++) {
        const struct fs_facts_side *from = &facts->side[side];

        record->out_of_order[side] = from->out_of_order;
        record->retransmissions[side] = (uint64_t)from->fast + from->timed_out + from->spurious;
        record_side(facts, side, &record->tcp[side]);
    }
    record->has_rtt = facts->side[0].handshake == FS_HANDSHAKE_DONE;
    record->rtt_ns = record->has_rtt ? facts->handshake_ns : 0;
}
