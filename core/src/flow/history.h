/* SPDX-License-Identifier: BSD-2-Clause */
/* The history and the conn_state of a TCP connection as Zeek has them: letters for what its packets
 * were, in the order in which each kind came first, and a state for each end. Kept apart from the
 * flow (notes.h): what nearly every segment changes, sent[] and repeats[], is in the flow itself,
 * the rest waits for those that are something new. */
#ifndef FS_FLOW_HISTORY_H
#define FS_FLOW_HISTORY_H

#include "base/seq32.h"
#include "flow/flow.h"

enum fs_history_letter {
#define FS_HISTORY_LETTER(name, letter, text) FS_LETTER_##name,
#include "flow/history_letter.def"
#undef FS_HISTORY_LETTER
    FS_LETTER_COUNT
};

/* What an end of the connection was last seen to be. */
enum fs_history_end {
    FS_END_INACTIVE,    /* it sent nothing yet */
    FS_END_SYN_SENT,    /* the originator's SYN */
    FS_END_ANSWER_SENT, /* a SYN-ACK of the originator */
    FS_END_PARTIAL,     /* it began in the middle */
    FS_END_ESTABLISHED,
    FS_END_CLOSED, /* a FIN; from PARTIAL to here segments are nothing new */
    FS_END_RESET,
    FS_END_RESET_AFTER_CLOSED, /* a FIN, then a RST */
};

/* bits of seen[]: letters of that side */
enum {
    FS_SEEN_SYN = 1, /* with or without ACK */
    FS_SEEN_FIN = 2,
    FS_SEEN_RST = 4,
    FS_SEEN_DATA = 8,
    FS_SEEN_ACK = 16,
    FS_SEEN_MANY = 32,
    FS_SEEN_INCONSISTENT = 64,
    FS_SEEN_SYN_FIRST = 128, /* it began with a SYN: the flow's base is that SYN's number */
};

#define FS_HISTORY_LETTERS 32u
#define FS_HISTORY_BITS    5u /* of a letter and its side */

/* [0] is the originator. */
struct fs_history {
    uint32_t fin_end[2];   /* of its last FIN */
    uint32_t rst_seq[2];   /* of its last RST */
    uint16_t no_window[2]; /* stays at UINT16_MAX, as the others do */
    uint16_t damaged[2];   /* segments with a wrong checksum */
    uint8_t seen[2];
    uint8_t ends;  /* enum fs_history_end, four bits each */
    uint8_t count; /* letters; FS_HISTORY_LETTERS + 1: more came */
    uint32_t letters[FS_HISTORY_LETTERS * FS_HISTORY_BITS / 32]; /* from the lowest bits on */
};

_Static_assert(sizeof(struct fs_history) == 48, "with the facts four cache lines");

static inline enum fs_history_end fs_history_end_of(const struct fs_history *history, unsigned side)
{
    return (enum fs_history_end)((unsigned)history->ends >> 4 * side & 0xfu);
}

/* An empty history; `answered`: the first packet is a SYN-ACK. */
void fs_history_begin(struct fs_history *history, bool answered);

/* A history that begins with a bare SYN, of a window: what fs_history_take() makes of an empty
 * one. */
static inline void fs_history_begin_syn(struct fs_history *history, struct fs_flow *flow,
                                        uint32_t seq, uint32_t payload_bytes)
{
    flow->sent[0] = fs_seq32_add(seq, payload_bytes + 1);
    *history = (struct fs_history){
        .seen = {FS_SEEN_SYN | FS_SEEN_SYN_FIRST},
        .ends = FS_END_SYN_SENT,
        .count = 1,
        .letters = {2 * FS_LETTER_SYN},
    };
}

/* Takes a segment that fs_tcp_take() has taken; `cold` is its flow's. Returns how many counts
 * stayed at their most. */
unsigned fs_history_take_any(struct fs_history *history, struct fs_flow *flow,
                             const struct fs_flow_cold *cold, unsigned side,
                             const struct fs_tcp_segment *segment, uint32_t payload_bytes);

/* One more repetition of data, which has a letter for the 1st, the 10th, the 100th ... time; *stuck
 * counts when the count stays at its most. The letters of one side can wait in the flow, from its
 * 1st repetition until something else has a letter: so the history's line stays where it is. False:
 * not counted, as this one has a letter that cannot wait. */
static inline __attribute__((always_inline)) bool fs_history_repeat(struct fs_flow *flow,
                                                                    unsigned side, uint64_t *stuck)
{
    /* The power of ten that has as many bits as the index and one. */
    static const uint16_t power[16] = {[0] = 1, [3] = 10, [6] = 100, [9] = 1000, [13] = 10000};
    const uint32_t now = flow->repeats[side] + 1u;

    if (now > UINT16_MAX) {
        ++*stuck;
        return true;
    }
    if (now == power[31 - __builtin_clz(now)]) {
        const unsigned own = (unsigned)FS_FLOW_OWES_LETTER << side;

        if (now == 1 ? flow->flags & FS_FLOW_OWES_LETTERS : !(flow->flags & own))
            return false;
        flow->flags |= (uint8_t)own;
    }
    flow->repeats[side] = (uint16_t)now;
    return true;
}

/* What a segment is that has nothing new to say but how far it goes: an acknowledgment, perhaps
 * with data, and a window. */
static inline __attribute__((always_inline)) bool
fs_history_is_bare(const struct fs_tcp_segment *segment)
{
    return (segment->flags & (FS_TCP_SYN | FS_TCP_FIN | FS_TCP_RST | FS_TCP_ACK)) == FS_TCP_ACK &&
           segment->window != 0;
}

/* Which of those have their letter already: FS_USUAL_BARE, FS_USUAL_DATA. */
static inline unsigned fs_history_usual(const struct fs_history *history, unsigned side)
{
    const unsigned seen = history->seen[side];

    if ((unsigned)fs_history_end_of(history, side) - FS_END_PARTIAL >
        FS_END_CLOSED - FS_END_PARTIAL)
        return 0;
    return (seen & FS_SEEN_ACK ? FS_USUAL_BARE : 0u) | (seen & FS_SEEN_DATA ? FS_USUAL_DATA : 0u);
}

/* Such a segment moves `sent` at most, or is one more repetition. False: nothing was done, it is
 * for fs_history_take_any(). */
static inline __attribute__((always_inline)) bool fs_history_go_on(struct fs_flow *flow,
                                                                   unsigned side, uint32_t seq,
                                                                   uint32_t payload_bytes,
                                                                   uint64_t *stuck)
{
    const uint32_t end = fs_seq32_add(seq, payload_bytes);

    if (fs_seq32_diff(end, flow->sent[side]) <= 0)
        return payload_bytes == 0 || fs_history_repeat(flow, side, stuck);
    flow->sent[side] = end;
    return true;
}

static inline unsigned fs_history_take(struct fs_history *history, struct fs_flow *flow,
                                       const struct fs_flow_cold *cold, unsigned side,
                                       const struct fs_tcp_segment *segment, uint32_t payload_bytes)
{
    const unsigned kind = payload_bytes ? FS_USUAL_DATA : FS_USUAL_BARE;
    uint64_t stuck = 0;

    if (fs_history_is_bare(segment) && fs_history_usual(history, side) & kind &&
        fs_history_go_on(flow, side, segment->seq, payload_bytes, &stuck))
        return (unsigned)stuck;
    return fs_history_take_any(history, flow, cold, side, segment, payload_bytes);
}

/* Notes a segment with a wrong checksum, of which nothing else is believed; returns the same. */
unsigned fs_history_take_damaged(struct fs_history *history, struct fs_flow *flow, unsigned side);

/* Fills history and conn_state of the record; *history counts for TCP alone. */
void fs_history_record(const struct fs_history *history, const struct fs_flow *flow,
                       struct flowscope_flow_record *record);

#endif
