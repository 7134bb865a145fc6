/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/tunnel.h"

enum {
    PROTOCOL_ICMP = 1,
    PROTOCOL_IPV4 = 4,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41,
    PROTOCOL_GRE = 47,
    PROTOCOL_AH = 51,
    PROTOCOL_ICMP6 = 58,
    PROTOCOL_L2TP = 115,
    PROTOCOL_SCTP = 132,
    PROTOCOL_MPLS = 137,
};

/* RFC 4302, 2: next header, length in words of four bytes less two. 0: cut, or longer than the
 * packet. */
static uint32_t ah_length(const struct fs_ip_payload *payload)
{
    uint32_t length;

    if (!fs_cursor_has(&payload->bytes, 12))
        return 0;
    length = (fs_cursor_u8(&payload->bytes, 1) + 2u) * 4u;
    return length >= 12 && length <= payload->claimed && fs_cursor_has(&payload->bytes, length)
               ? length
               : 0;
}

void fs_ah_skip(struct fs_walk *walk, struct fs_ip_payload *payload, uint8_t *protocol)
{
    const uint32_t length = ah_length(payload);

    if (length == 0)
        return;
    switch (fs_cursor_u8(&payload->bytes, 0)) {
    case PROTOCOL_ICMP:
    case PROTOCOL_TCP:
    case PROTOCOL_UDP:
    case PROTOCOL_ICMP6:
    case PROTOCOL_SCTP:
        break;
    default:
        return;
    }
    if (fs_walk_layer(walk, FLOWSCOPE_LAYER_ah, 0) != FLOWSCOPE_VERDICT_ok)
        return;
    *protocol = fs_cursor_u8(&payload->bytes, 0);
    fs_cursor_skip(&payload->bytes, length);
    payload->length -= length;
    payload->claimed -= length;
}

static enum flowscope_verdict enter_ip(struct fs_walk *walk, enum flowscope_layer_kind kind,
                                       unsigned inner, unsigned *version)
{
    *version = inner;
    return fs_walk_layer(walk, kind, 0);
}

static enum flowscope_verdict enter_ah(struct fs_walk *walk, const struct fs_ip_payload *payload,
                                       unsigned *version)
{
    const uint32_t length = ah_length(payload);

    if (length == 0)
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_skip(&walk->rest, length);
    switch (fs_cursor_u8(&payload->bytes, 0)) {
    case PROTOCOL_IPV4:
        return enter_ip(walk, FLOWSCOPE_LAYER_ah, 4, version);
    case PROTOCOL_IPV6:
        return enter_ip(walk, FLOWSCOPE_LAYER_ah, 6, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
}

/* A tunnel endpoint receives on its port; L2TP and Teredo answer from it too. */
static enum flowscope_verdict enter_udp(struct fs_walk *walk, uint32_t ports, unsigned *version)
{
    enum { HEADER_LENGTH = 8 };
    const struct fs_packet_options *options = walk->options;
    const uint32_t source = ports >> 16, destination = ports & 0xffff;

    if (destination == 0 || source == 0 || !fs_walk_skip(walk, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_not_ip;
    if (destination == options->vxlan_port || destination == options->vxlan_gpe_port)
        return fs_vxlan_read(walk, version);
    if (destination == options->geneve_port)
        return fs_geneve_read(walk, version);
    if (destination == options->gtpu_port)
        return fs_gtpu_read(walk, version);
    if (destination == options->l2tp_port || source == options->l2tp_port)
        return fs_l2tp_udp_read(walk, version);
    if (destination == options->teredo_port || source == options->teredo_port)
        return fs_teredo_read(walk, version);
    return FLOWSCOPE_VERDICT_not_ip;
}

static enum flowscope_verdict enter(struct fs_walk *walk, const struct fs_headers *headers,
                                    const struct fs_ip_payload *payload, uint32_t ports,
                                    unsigned *version)
{
    const bool in_ipv4 = headers->key.kind == 4;

    switch (headers->key.protocol) {
    case PROTOCOL_UDP:
        return enter_udp(walk, ports, version);
    case PROTOCOL_IPV4:
        return enter_ip(walk, in_ipv4 ? FLOWSCOPE_LAYER_ipip : FLOWSCOPE_LAYER_4in6, 4, version);
    case PROTOCOL_IPV6:
        return enter_ip(walk, in_ipv4 ? FLOWSCOPE_LAYER_6in4 : FLOWSCOPE_LAYER_ipip, 6, version);
    case PROTOCOL_GRE:
        return fs_gre_read(walk, version);
    case PROTOCOL_AH:
        return enter_ah(walk, payload, version);
    case PROTOCOL_L2TP:
        return fs_l2tp_ip_read(walk, version);
    case PROTOCOL_MPLS:
        return fs_mpls_read(walk, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
}

bool fs_tunnel_enter(struct fs_walk *walk, const struct fs_headers *headers,
                     const struct fs_ip_payload *payload, uint32_t ports, unsigned *version)
{
    struct fs_frame *frame = walk->frame;
    const uint8_t layers_before = frame->layer_count;
    enum flowscope_verdict verdict;

    /* Of a datagram in fragments the first part says too little of what is inside. */
    if (headers->key.protocol == PROTOCOL_TCP || payload->first_fragment || headers->bad_l4)
        return false;
    walk->rest = (struct fs_rest){.bytes = payload->bytes, .wire = payload->length};
    verdict = enter(walk, headers, payload, ports, version);
    if (verdict == FLOWSCOPE_VERDICT_ok)
        return true;
    frame->layer_count = layers_before;
    if (verdict == FLOWSCOPE_VERDICT_tunnel_depth)
        frame->cut_by_depth = true;
    return false;
}
