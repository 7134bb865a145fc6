/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/tcp.h"

/* One direction, whose flags lie apart. */
struct side {
    struct fs_tcp_side *at;
    uint8_t *flags;
};

static struct side side_of(struct fs_flow_cold *cold, unsigned side)
{
    return (struct side){&cold->side[side], &cold->side_flags[side]};
}

static bool has(unsigned flags, unsigned wanted)
{
    return (flags & wanted) == wanted;
}

bool fs_tcp_syn_begins_anew(const struct fs_flow_cold *cold, unsigned side,
                            const struct fs_tcp_segment *segment)
{
    if ((cold->side_flags[0] | cold->side_flags[1]) & (FS_SIDE_FIN | FS_SIDE_RST))
        return true;
    return has(cold->side_flags[side], FS_SIDE_BASE) && cold->side[side].base != segment->seq;
}

/* What the segment says of its own side. */
static void gather(struct side own, struct side peer, uint32_t *ack,
                   const struct fs_tcp_segment *segment, uint32_t payload_bytes)
{
    bool syn = segment->flags & FS_TCP_SYN;

    if (!has(*own.flags, FS_SIDE_BASE)) {
        own.at->base = syn ? segment->seq : fs_seq32_add(segment->seq, UINT32_MAX);
        *own.flags |= FS_SIDE_BASE;
    }
    if (syn)
        *own.flags |= FS_SIDE_SYN;
    else if (!has(*own.flags, FS_SIDE_SYN) || !has(*peer.flags, FS_SIDE_SYN))
        *own.flags |= FS_SIDE_MIDSTREAM;
    if (segment->flags & FS_TCP_ACK) {
        if (!has(*own.flags, FS_SIDE_ACK) || fs_seq32_before(*ack, segment->ack))
            *ack = segment->ack;
        *own.flags |= FS_SIDE_ACK;
    }
    if ((segment->flags & FS_TCP_FIN) && !has(*own.flags, FS_SIDE_FIN)) {
        own.at->fin_end = fs_seq32_add(segment->seq, payload_bytes + (syn ? 2 : 1));
        *own.flags |= FS_SIDE_FIN;
    }
}

/* A SYN-ACK without the SYN that it answers: that SYN was sent all the same, RFC 9293, 3.10.7.2. */
static void imply_syn(struct side peer, const struct fs_tcp_segment *segment)
{
    if (!has(*peer.flags, FS_SIDE_BASE)) {
        peer.at->base = fs_seq32_add(segment->ack, UINT32_MAX);
        *peer.flags |= FS_SIDE_BASE | FS_SIDE_SYN;
    }
}

/* What `peer` has acknowledged of `own`, by its highest acknowledgment. */
static void acknowledge(struct side own, struct side peer, uint32_t ack)
{
    if (!has(*peer.flags, FS_SIDE_ACK))
        return;
    if (has(*own.flags, FS_SIDE_SYN) && fs_seq32_at_least(ack, fs_seq32_add(own.at->base, 1)))
        *own.flags |= FS_SIDE_SYN_ACKED;
    if (has(*own.flags, FS_SIDE_FIN) && fs_seq32_at_least(ack, own.at->fin_end))
        *own.flags |= FS_SIDE_FIN_ACKED;
}

static enum flowscope_tcp_state state_of(const uint8_t flags[2])
{
    enum { FS_SIDE_NONE = 0 };
    static const struct {
        enum flowscope_tcp_state state;
        uint8_t one, other;
    } rules[] = {
#define FS_TCP_RULE(state, one, other) {FLOWSCOPE_TCP_##state, FS_SIDE_##one, FS_SIDE_##other},
#include "flow/tcp_rule.def"
#undef FS_TCP_RULE
    };
    unsigned i = 0;

    while (!(has(flags[0], rules[i].one) && has(flags[1], rules[i].other)) &&
           !(has(flags[1], rules[i].one) && has(flags[0], rules[i].other)))
        i++;
    return rules[i].state;
}

enum flowscope_tcp_state fs_tcp_take_any(struct fs_flow *flow, struct fs_flow_cold *cold,
                                         unsigned side, const struct fs_tcp_segment *segment,
                                         uint32_t payload_bytes)
{
    const struct side own = side_of(cold, side), peer = side_of(cold, !side);
    enum flowscope_tcp_state state = flow->tcp_state;

    if (state == FLOWSCOPE_TCP_closed || state == FLOWSCOPE_TCP_reset)
        return state;
    if (segment->flags & FS_TCP_RST) {
        *own.flags |= FS_SIDE_RST;
        return FLOWSCOPE_TCP_reset;
    }
    gather(own, peer, &flow->ack[side], segment, payload_bytes);
    if (fs_tcp_answers(segment))
        imply_syn(peer, segment);
    acknowledge(own, peer, flow->ack[!side]);
    acknowledge(peer, own, flow->ack[side]);
    return state_of(cold->side_flags);
}
