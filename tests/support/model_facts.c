/* SPDX-License-Identifier: BSD-2-Clause */
/* Retransmissions and round trips, read from the first segment to the last. */
#include "support/model_notes.h"

#include <string.h>

#define MS 1000000LL

typedef __int128 wide;

struct side {
    const struct model_segment *last;     /* its last segment */
    const struct model_segment *furthest; /* the one that reached the highest number */
    const struct model_segment *last_ack; /* its last one with ACK */
    bool answerable, keep_alive;
    bool forgotten; /* when `furthest` came: it sent on for seconds, or its time stepped back */
    bool offers_nothing; /* its SYN had no window scale */
    int scale;           /* by which its windows are shifted, plus 1; 0 for not known */
    unsigned same_acks;
    uint32_t next;
    struct flowscope_tcp_facts facts;
    uint64_t out_of_order;
};

static uint32_t end_of(const struct model_segment *segment)
{
    return segment->seq + segment->length + segment->syn + segment->fin;
}

/* a comes before b, where numbers wrap */
static bool before(uint32_t a, uint32_t b)
{
    return a != b && b - a <= 0x80000000u;
}

static bool plain(const struct model_segment *segment)
{
    return !segment->syn && !segment->fin && !segment->rst;
}

/* At most so long after `other`, and not before it. */
static bool soon(const struct model_segment *segment, const struct model_segment *other, wide limit)
{
    wide apart = (wide)segment->time - other->time;
    return apart >= 0 && apart < limit;
}

static bool is_data_again(const struct side *self, const struct side *peer,
                          const struct model_segment *segment)
{
    (void)self;
    return segment->length > 0 && peer->last_ack &&
           !before(peer->last_ack->ack, segment->seq + segment->length);
}

/* True: the segment is new. */
static bool sort(struct side *self, const struct side *peer, const struct model_segment *segment,
                 int64_t handshake)
{
    bool goes_back = self->furthest && before(segment->seq, self->next);
    if (segment->length == 0 && !segment->syn && !segment->fin)
        return true;
    if (is_data_again(self, peer, segment)) {
        self->facts.spurious_retransmissions++;
        return false;
    }
    if (segment->length > 1 && self->next - 1 == segment->seq)
        goes_back = false;
    if (!goes_back)
        return true;
    if (peer->same_acks >= 2 && peer->last_ack->ack == segment->seq &&
        soon(segment, peer->last, 20 * MS))
        self->facts.fast_retransmissions++;
    else if (end_of(segment) != self->next && !self->forgotten &&
             soon(segment, self->furthest, handshake > 0 ? handshake : 3 * MS))
        self->out_of_order++;
    else
        self->facts.timeout_retransmissions++;
    return false;
}

static void hear_ack(struct side *self, const struct side *peer,
                     const struct model_segment *segment)
{
    bool repeats = self->last_ack && self->last_ack->ack == segment->ack;
    if (!repeats)
        self->same_acks = 0;
    else if (segment->length == 0 && plain(segment) && segment->window > 0 &&
             self->last->window == segment->window && self->furthest &&
             self->next == segment->seq && !peer->keep_alive) {
        self->facts.duplicate_acks++;
        if (self->same_acks < 255)
            self->same_acks++;
    }
    self->last_ack = segment;
}

static void take_sample(struct side *peer, const struct model_segment *segment)
{
    wide apart;
    if (!peer->answerable || peer->next != segment->ack)
        return;
    peer->answerable = false;
    apart = (wide)segment->time - peer->furthest->time;
    if (!segment->has_time || apart < 0 || apart > UINT32_MAX || peer->forgotten)
        return;
    if (peer->facts.rtt_samples == 0 || apart < peer->facts.rtt_min_ns)
        peer->facts.rtt_min_ns = (uint64_t)apart;
    if (apart > peer->facts.rtt_max_ns)
        peer->facts.rtt_max_ns = (uint64_t)apart;
    peer->facts.rtt_sum_ns += (uint64_t)apart;
    peer->facts.rtt_samples++;
}

static void send(struct side *self, const struct side *peer, const struct model_segment *segment,
                 bool is_new, bool is_probe)
{
    bool jumps_in = self->furthest && before(segment->seq, self->next);
    uint32_t flying;
    self->answerable = self->answerable && is_new;
    if (!is_probe && !segment->rst && (!self->furthest || before(self->next, end_of(segment)))) {
        self->furthest = segment;
        self->forgotten = false;
        self->next = end_of(segment);
        self->answerable = is_new && segment->length > 0 && segment->has_time && !jumps_in;
    }
    if (segment->length == 0 || !peer->last_ack)
        return;
    flying = self->next - peer->last_ack->ack;
    if (flying < 0x80000000u && flying > self->facts.in_flight_peak_bytes)
        self->facts.in_flight_peak_bytes = flying;
}

/* The options of a SYN. */
static void hear_options(struct side *self, struct side *peer, const struct model_segment *segment)
{
    const struct fs_tcp_options *options = &segment->options;
    const bool offers = options->flags & FS_TCP_HAS_WINDOW_SHIFT;
    const bool whole = (options->flags & (FS_TCP_OPTIONS_CUT | FS_TCP_OPTIONS_BAD)) == 0;
    if (!segment->syn)
        return;
    if (options->flags & FS_TCP_HAS_MSS)
        self->facts.mss = options->mss;
    if (whole || self->facts.mss)
        self->facts.has_mss = 1;
    if (offers)
        self->scale = peer->offers_nothing && segment->has_ack ? 1 : options->window_shift + 1;
    if (!offers && whole) {
        self->offers_nothing = true;
        self->scale = 1;
        peer->scale = 1;
    }
}

/* Data that ends where the window ends that the peer told last; that of a SYN is not shifted. */
static bool fills_window(const struct side *peer, const struct model_segment *segment)
{
    int64_t window;
    if (segment->length == 0 || !plain(segment) || !peer->last_ack || peer->scale == 0)
        return false;
    window = peer->last->window;
    if (!peer->last->syn)
        window <<= peer->scale - 1;
    return segment->seq + segment->length - peer->last_ack->ack == window;
}

static void hear(struct side *self, struct side *peer, const struct model_segment *segment,
                 int64_t handshake)
{
    bool expected = self->furthest && segment->seq == self->next;
    bool is_probe = expected && segment->length == 1 && peer->last && peer->last->window == 0;
    bool keeps_alive = !is_probe && self->furthest && segment->seq == self->next - 1 &&
                       segment->length <= 1 && plain(segment);
    struct flowscope_tcp_facts *facts = &self->facts;
    bool is_new;
    if (self->furthest && !soon(segment, self->furthest, UINT32_MAX))
        self->forgotten = true;
    is_new = !is_probe && !keeps_alive && sort(self, peer, segment, handshake);
    facts->window_probes += is_probe;
    facts->keep_alives += keeps_alive;
    if (!is_probe) {
        facts->window_fulls += fills_window(peer, segment);
        facts->syns += segment->syn;
        facts->fins += segment->fin;
        facts->resets += segment->rst;
        facts->zero_windows += segment->window == 0 && plain(segment);
        facts->lost_segments += !segment->rst && self->furthest &&
                                before(self->next, segment->seq) &&
                                segment->seq - self->next < 0x80000000u;
    }
    if (segment->has_ack) {
        hear_ack(self, peer, segment);
        take_sample(peer, segment);
    }
    send(self, peer, segment, is_new, is_probe);
    hear_options(self, peer, segment);
    self->last = segment;
    self->keep_alive = keeps_alive;
}

/* The time of the handshake from the last of its SYNs; how much later that came is known to the
 * us. */
static int64_t late_limit(const struct model_segment *segments, size_t completed, int64_t handshake)
{
    int64_t first = 0, last = 0;
    bool begun = false;
    for (size_t i = 0; i < completed; i++) {
        const struct model_segment *at = &segments[i];
        if (at->damaged || !at->syn || at->has_ack)
            continue;
        if (!begun && at->way == 0) {
            first = at->time;
            begun = true;
        } else if (begun && at->has_time) {
            wide apart = ((wide)at->time - first) / 1000;
            last = apart < 0 ? 0 : apart > UINT32_MAX ? UINT32_MAX : (int64_t)apart;
        }
    }
    return handshake - 1000 * last;
}

/* The first SYN to the segment with which both sides' SYNs are acknowledged. */
static bool time_handshake(const struct model_segment *segments, size_t count, size_t completed,
                           int64_t *handshake)
{
    for (size_t i = 0; i < count && i <= completed; i++) {
        wide apart;
        if (segments[i].damaged || segments[i].way != 0 || !segments[i].syn || segments[i].has_ack)
            continue;
        if (completed == count || i == completed)
            return false;
        apart = (wide)segments[completed].time - segments[i].time;
        if (!segments[i].has_time || !segments[completed].has_time || apart < 0)
            return false;
        *handshake = apart > INT64_MAX ? INT64_MAX : (int64_t)apart;
        return true;
    }
    return false;
}

void model_facts(const struct model_segment *segments, size_t count, size_t completed,
                 struct flowscope_flow_record *record)
{
    struct side side[2];
    int64_t handshake = 0;
    bool known = time_handshake(segments, count, completed, &handshake);
    int64_t near = known ? late_limit(segments, completed, handshake) : 0;
    memset(side, 0, sizeof side);
    for (size_t i = 0; i < count; i++) {
        unsigned way = segments[i].way;
        if (segments[i].damaged)
            continue;
        hear(&side[way], &side[!way], &segments[i], i > completed ? near : 0);
    }
    record->has_facts = 1;
    record->has_rtt = known;
    record->rtt_ns = handshake;
    for (int way = 0; way < 2; way++) {
        record->tcp[way] = side[way].facts;
        record->tcp[way].has_window_scale = side[way].scale != 0;
        record->tcp[way].window_scale = (uint8_t)(side[way].scale ? side[way].scale - 1 : 0);
        model_pace(segments, count, (unsigned)way, &record->tcp[way]);
        record->out_of_order[way] = side[way].out_of_order;
        record->retransmissions[way] = side[way].facts.fast_retransmissions +
                                       side[way].facts.timeout_retransmissions +
                                       side[way].facts.spurious_retransmissions;
    }
}
