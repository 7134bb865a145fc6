/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP state machine of a connection seen from outside (RFC 9293, 3.3.2): either side may be
 * missing, segments come late, twice or never. Facts of the two sides are gathered; the state
 * follows from them by tcp_rule.def. */
#ifndef FS_FLOW_TCP_H
#define FS_FLOW_TCP_H

#include "base/seq32.h"
#include "flow/flow.h"

/* True if the first packet of a flow shows that its sender is not the initiator: a SYN-ACK. */
static inline bool fs_tcp_flags_answer(unsigned segment_flags)
{
    return (segment_flags & (FS_TCP_SYN | FS_TCP_ACK | FS_TCP_RST)) == (FS_TCP_SYN | FS_TCP_ACK);
}

static inline bool fs_tcp_answers(const struct fs_tcp_segment *segment)
{
    return fs_tcp_flags_answer(segment->flags);
}

/* True if this segment, in direction `side` of the flow, begins another connection. */
bool fs_tcp_syn_begins_anew(const struct fs_flow_cold *cold, unsigned side,
                            const struct fs_tcp_segment *segment);

static inline bool fs_tcp_begins_anew(const struct fs_flow_cold *cold, unsigned side,
                                      const struct fs_tcp_segment *segment)
{
    return (segment->flags & (FS_TCP_SYN | FS_TCP_ACK | FS_TCP_RST)) == FS_TCP_SYN &&
           fs_tcp_syn_begins_anew(cold, side, segment);
}

/* A connection that is open, and of whose side all is known: of a segment of it that only
 * acknowledges, fs_tcp_acknowledge() is all there is to do. */
static inline bool fs_tcp_is_settled(const struct fs_flow *flow, const struct fs_flow_cold *cold,
                                     unsigned side)
{
    return flow->tcp_state == FLOWSCOPE_TCP_established &&
           (cold->side_flags[side] & FS_SIDE_SETTLED) == FS_SIDE_SETTLED;
}

static inline bool fs_tcp_only_acknowledges(const struct fs_tcp_segment *segment)
{
    return (segment->flags & (FS_TCP_SYN | FS_TCP_FIN | FS_TCP_RST | FS_TCP_ACK)) == FS_TCP_ACK;
}

static inline void fs_tcp_acknowledge(struct fs_flow *flow, unsigned side, uint32_t ack)
{
    if (fs_seq32_before(flow->ack[side], ack))
        flow->ack[side] = ack;
}

/* As most connections begin. */
static inline bool fs_tcp_is_bare_syn(unsigned segment_flags)
{
    return (segment_flags & (FS_TCP_SYN | FS_TCP_FIN | FS_TCP_RST | FS_TCP_ACK)) == FS_TCP_SYN;
}

/* What fs_tcp_take() does with a bare SYN that opens a flow. */
static inline enum flowscope_tcp_state fs_tcp_begin(struct fs_flow_cold *cold, uint32_t seq)
{
    cold->side[0].base = seq;
    cold->side_flags[0] = FS_SIDE_BASE | FS_SIDE_SYN;
    return FLOWSCOPE_TCP_syn_sent;
}

/* Takes a segment of the flow; returns the state after it. */
enum flowscope_tcp_state fs_tcp_take_any(struct fs_flow *flow, struct fs_flow_cold *cold,
                                         unsigned side, const struct fs_tcp_segment *segment,
                                         uint32_t payload_bytes);

static inline enum flowscope_tcp_state fs_tcp_take(struct fs_flow *flow, struct fs_flow_cold *cold,
                                                   unsigned side,
                                                   const struct fs_tcp_segment *segment,
                                                   uint32_t payload_bytes)
{
    if (!fs_tcp_only_acknowledges(segment) || !fs_tcp_is_settled(flow, cold, side))
        return fs_tcp_take_any(flow, cold, side, segment, payload_bytes);
    fs_tcp_acknowledge(flow, side, segment->ack);
    return FLOWSCOPE_TCP_established;
}

#endif
