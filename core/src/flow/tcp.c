/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/tcp.h"

static bool has(const struct fs_tcp_side *side, uint32_t flags)
{
    return (side->flags & flags) == flags;
}

bool fs_tcp_syn_begins_anew(const struct fs_flow_cold *cold, unsigned side,
                            const struct fs_tcp_segment *segment)
{
    const struct fs_tcp_side *own = &cold->side[side];

    if ((cold->side[0].flags | cold->side[1].flags) & (FS_SIDE_FIN | FS_SIDE_RST))
        return true;
    return has(own, FS_SIDE_BASE) && own->base != segment->seq;
}

/* What the segment says of its own side. */
static void gather(struct fs_tcp_side *own, struct fs_tcp_side *peer, uint32_t *ack,
                   const struct fs_tcp_segment *segment, uint32_t payload_bytes)
{
    bool syn = segment->flags & FS_TCP_SYN;

    if (!has(own, FS_SIDE_BASE)) {
        own->base = syn ? segment->seq : fs_seq32_add(segment->seq, UINT32_MAX);
        own->flags |= FS_SIDE_BASE;
    }
    if (syn)
        own->flags |= FS_SIDE_SYN;
    else if (!has(own, FS_SIDE_SYN) || !has(peer, FS_SIDE_SYN))
        own->flags |= FS_SIDE_MIDSTREAM;
    if (segment->flags & FS_TCP_ACK) {
        if (!has(own, FS_SIDE_ACK) || fs_seq32_before(*ack, segment->ack))
            *ack = segment->ack;
        own->flags |= FS_SIDE_ACK;
    }
    if ((segment->flags & FS_TCP_FIN) && !has(own, FS_SIDE_FIN)) {
        own->fin_end = fs_seq32_add(segment->seq, payload_bytes + (syn ? 2 : 1));
        own->flags |= FS_SIDE_FIN;
    }
}

/* A SYN-ACK without the SYN that it answers: that SYN was sent all the same, RFC 9293, 3.10.7.2. */
static void imply_syn(struct fs_tcp_side *peer, const struct fs_tcp_segment *segment)
{
    if (!has(peer, FS_SIDE_BASE)) {
        peer->base = fs_seq32_add(segment->ack, UINT32_MAX);
        peer->flags |= FS_SIDE_BASE | FS_SIDE_SYN;
    }
}

/* What `peer` has acknowledged of `own`, by its highest acknowledgment. */
static void acknowledge(struct fs_tcp_side *own, const struct fs_tcp_side *peer, uint32_t ack)
{
    if (!has(peer, FS_SIDE_ACK))
        return;
    if (has(own, FS_SIDE_SYN) && fs_seq32_at_least(ack, fs_seq32_add(own->base, 1)))
        own->flags |= FS_SIDE_SYN_ACKED;
    if (has(own, FS_SIDE_FIN) && fs_seq32_at_least(ack, own->fin_end))
        own->flags |= FS_SIDE_FIN_ACKED;
}

static enum flowscope_tcp_state state_of(const struct fs_tcp_side side[2])
{
    enum { FS_SIDE_NONE = 0 };
    static const struct {
        enum flowscope_tcp_state state;
        uint32_t one, other;
    } rules[] = {
#define FS_TCP_RULE(state, one, other) {FLOWSCOPE_TCP_##state, FS_SIDE_##one, FS_SIDE_##other},
#include "flow/tcp_rule.def"
#undef FS_TCP_RULE
    };
    unsigned i = 0;

    while (!(has(&side[0], rules[i].one) && has(&side[1], rules[i].other)) &&
           !(has(&side[1], rules[i].one) && has(&side[0], rules[i].other)))
        i++;
    return rules[i].state;
}

enum flowscope_tcp_state fs_tcp_take_any(struct fs_flow *flow, struct fs_flow_cold *cold,
                                         unsigned side, const struct fs_tcp_segment *segment,
                                         uint32_t payload_bytes)
{
    struct fs_tcp_side *own = &cold->side[side], *peer = &cold->side[!side];
    enum flowscope_tcp_state state = flow->tcp_state;

    if (state == FLOWSCOPE_TCP_closed || state == FLOWSCOPE_TCP_reset)
        return state;
    if (segment->flags & FS_TCP_RST) {
        own->flags |= FS_SIDE_RST;
        return FLOWSCOPE_TCP_reset;
    }
    gather(own, peer, &flow->ack[side], segment, payload_bytes);
    if (fs_tcp_answers(segment))
        imply_syn(peer, segment);
    acknowledge(own, peer, flow->ack[!side]);
    acknowledge(peer, own, flow->ack[side]);
    if (has(own, FS_SIDE_SETTLED))
        flow->flags |= (uint8_t)(FS_FLOW_SETTLED << side);
    return state_of(cold->side);
}
