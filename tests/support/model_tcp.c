/* SPDX-License-Identifier: BSD-2-Clause */
/* The model's TCP: what each side has said, and the state that follows. */
#include "support/model.h"

static bool is_syn_ack(const struct fs_headers *headers)
{
    return (headers->tcp.flags & (FS_TCP_SYN | FS_TCP_ACK | FS_TCP_RST)) ==
           (FS_TCP_SYN | FS_TCP_ACK);
}

/* a >= b where numbers wrap */
static bool reaches(uint32_t a, uint32_t b)
{
    return a - b < 0x80000000u;
}

static void hear_side(struct model_side *self, struct model_side *other,
                      const struct fs_headers *headers)
{
    const struct fs_tcp_segment *tcp = &headers->tcp;
    bool syn = (tcp->flags & FS_TCP_SYN) != 0;
    if (!self->base_known) {
        self->base_known = true;
        self->base = syn ? tcp->seq : tcp->seq - 1;
    }
    self->syn_known = self->syn_known || syn;
    if ((tcp->flags & FS_TCP_FIN) && !self->fin_known) {
        self->fin_known = true;
        self->fin_end = tcp->seq + headers->payload_bytes + (syn ? 2 : 1);
    }
    if ((tcp->flags & FS_TCP_ACK) && (!self->ack_known || !reaches(self->ack, tcp->ack))) {
        self->ack_known = true;
        self->ack = tcp->ack;
    }
    if (is_syn_ack(headers) && !other->base_known) {
        other->base_known = other->syn_known = true; /* what it answers was sent */
        other->base = tcp->ack - 1;
    }
}

static void hear_acknowledgment(struct model_side *self, const struct model_side *other)
{
    if (!other->ack_known)
        return;
    if (self->syn_known && reaches(other->ack, self->base + 1))
        self->syn_acked = true;
    if (self->fin_known && reaches(other->ack, self->fin_end))
        self->fin_acked = true;
}

static unsigned handshake(const struct model_flow *flow, bool syn)
{
    const struct model_side *side = flow->side;
    bool both = side[0].syn_known && side[1].syn_known;
    switch (flow->record.tcp_state) {
    case FLOWSCOPE_TCP_new:
    case FLOWSCOPE_TCP_syn_sent: /* anything but a SYN presumes what was not seen */
        if (!syn)
            return FLOWSCOPE_TCP_established;
        if (!both)
            return FLOWSCOPE_TCP_syn_sent;
        break;
    case FLOWSCOPE_TCP_syn_received:
        break;
    default:
        return flow->record.tcp_state;
    }
    if (side[0].syn_acked && side[1].syn_acked)
        return FLOWSCOPE_TCP_established;
    return FLOWSCOPE_TCP_syn_received;
}

unsigned model_next_state(struct model_flow *flow, unsigned way, const struct fs_headers *headers)
{
    struct model_side *side = flow->side;
    if (flow->record.tcp_state == FLOWSCOPE_TCP_closed ||
        flow->record.tcp_state == FLOWSCOPE_TCP_reset)
        return flow->record.tcp_state;
    if (headers->tcp.flags & FS_TCP_RST)
        return FLOWSCOPE_TCP_reset;
    hear_side(&side[way], &side[!way], headers);
    hear_acknowledgment(&side[0], &side[1]);
    hear_acknowledgment(&side[1], &side[0]);
    if (side[0].fin_known && side[1].fin_known)
        return side[0].fin_acked && side[1].fin_acked ? FLOWSCOPE_TCP_closed
                                                      : FLOWSCOPE_TCP_closing;
    if (side[0].fin_known || side[1].fin_known)
        return FLOWSCOPE_TCP_fin_wait;
    return handshake(flow, headers->tcp.flags & FS_TCP_SYN);
}
