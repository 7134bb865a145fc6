/* SPDX-License-Identifier: BSD-2-Clause */
/* Conversations that walk through their lives, and the bytes of their frames. */
#include "support/talk.h"

#include <string.h>

enum { QUOTE_BYTES = 28 };

static const struct {
    uint8_t version, protocol;
} kinds[KINDS] = {
    [TCP4] = {4, 6},    [TCP6] = {6, 6},      [UDP4] = {4, 17},  [UDP6] = {6, 17},
    [SCTP4] = {4, 132}, [ECHO4] = {4, 1},     [ECHO6] = {6, 58}, [UNREACHABLE4] = {4, 1},
    [GRE4] = {4, 47},   [OWN_ECHO] = {4, 17}, /* both ends are the same address and port */
};

void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
    put16(at, value >> 16);
    put16(at + 2, value & 0xffff);
}

uint32_t talk_random_isn(struct random_state *random)
{
    switch (random_below(random, 4)) {
    case 0:
        return 0xfffffffeu + random_below(random, 4);
    case 1:
        return 0x7ffffffeu + random_below(random, 4);
    case 2:
        return random_below(random, 3);
    default:
        return (uint32_t)random_u64(random);
    }
}

/* The segment that a well-behaved connection would send now. */
static unsigned next_segment(struct talk *talk, struct random_state *random,
                             struct fs_tcp_segment *tcp, uint32_t *payload)
{
    unsigned from = 0;
    tcp->flags = FS_TCP_ACK;
    *payload = 0;
    switch (talk->phase) {
    case 0: /* a new connection, sometimes with the same ISN, sometimes opened from both sides */
        if (!random_chance(random, 200))
            talk->isn[0] = talk_random_isn(random);
        talk->isn[1] = talk_random_isn(random);
        talk->next[0] = talk->isn[0];
        talk->next[1] = talk->isn[1];
        talk->closer = random_below(random, 2);
        tcp->flags = FS_TCP_SYN;
        talk->phase = random_chance(random, 150) ? 9 : 1;
        break;
    case 1:
        from = 1;
        tcp->flags = FS_TCP_SYN | FS_TCP_ACK;
        talk->phase = 2;
        break;
    case 2:
        talk->phase = 3;
        break;
    case 3:
        from = random_below(random, 2);
        *payload = random_below(random, 20);
        if (random_chance(random, 300))
            talk->phase = random_chance(random, 800) ? 4 : 8;
        break;
    case 4:
        from = talk->closer;
        tcp->flags = FS_TCP_FIN | FS_TCP_ACK;
        *payload = random_chance(random, 300) ? 5 : 0;
        talk->phase = 5;
        break;
    case 5: /* half closed: the other side acknowledges, may go on sending, then closes */
        from = !talk->closer;
        if (random_chance(random, 400))
            *payload = random_below(random, 10);
        else
            talk->phase = 6;
        break;
    case 6:
        from = !talk->closer;
        tcp->flags = FS_TCP_FIN | FS_TCP_ACK;
        talk->phase = 7;
        break;
    case 7:
        from = talk->closer;
        talk->phase = random_chance(random, 700) ? 0 : 3;
        break;
    case 8:
        from = random_below(random, 2);
        tcp->flags = random_chance(random, 500) ? FS_TCP_RST : FS_TCP_RST | FS_TCP_ACK;
        talk->phase = random_chance(random, 700) ? 0 : 3;
        break;
    case 9: /* the crossing SYN */
        from = 1;
        tcp->flags = FS_TCP_SYN;
        talk->phase = random_chance(random, 500) ? 10 : 3;
        break;
    default: /* and its SYN-ACK */
        tcp->flags = FS_TCP_SYN | FS_TCP_ACK;
        talk->next[0] = talk->isn[0];
        talk->phase = 3;
        break;
    }
    tcp->seq = talk->next[from];
    tcp->ack = talk->next[!from];
    talk->next[from] += *payload;
    if (tcp->flags & (FS_TCP_SYN | FS_TCP_FIN))
        talk->next[from]++;
    return from;
}

/* What a sender repeats, or asks for: its last segment, its last acknowledgment, a keep-alive, the
 * next byte into a closed window, or the last segment again with more behind it. */
static unsigned segment_again(struct talk *talk, struct random_state *random,
                              struct fs_tcp_segment *tcp, uint32_t *payload)
{
    unsigned from = random_below(random, 2), kind = random_below(random, 6);
    uint16_t window = tcp->window;
    *tcp = talk->last[from];
    *payload = talk->last_payload[from];
    if (kind == 0)
        *payload += 1 + random_below(random, 5);
    if (kind == 1)
        tcp->window = window;
    if (kind >= 2) {
        tcp->flags = FS_TCP_ACK;
        tcp->seq = talk->next[from] - (kind == 3 ? 1 : 0);
        tcp->ack = random_chance(random, 500) ? talk->last[from].ack : talk->next[!from];
        *payload = kind == 4 ? 1 : kind == 3 ? random_below(random, 2) : 0;
    }
    return from;
}

/* A segment out of turn: repeated, reordered, of another connection, or nonsense. */
static unsigned odd_segment(struct talk *talk, struct random_state *random,
                            struct fs_tcp_segment *tcp, uint32_t *payload)
{
    static const uint8_t flags[] = {
        FS_TCP_SYN,
        FS_TCP_SYN,
        FS_TCP_SYN | FS_TCP_ACK,
        FS_TCP_ACK,
        FS_TCP_ACK | FS_TCP_PSH,
        FS_TCP_FIN | FS_TCP_ACK,
        FS_TCP_FIN | FS_TCP_ACK,
        FS_TCP_FIN,
        FS_TCP_RST,
        FS_TCP_RST | FS_TCP_ACK,
        0,
        FS_TCP_SYN | FS_TCP_FIN,
        FS_TCP_SYN | FS_TCP_RST,
        FS_TCP_SYN | FS_TCP_RST | FS_TCP_ACK,
        FS_TCP_FIN | FS_TCP_RST,
        0xff,
    };
    unsigned from = random_below(random, 2);
    if (talk->repeats && random_chance(random, 400))
        return segment_again(talk, random, tcp, payload);
    tcp->flags = flags[random_below(random, sizeof flags)];
    *payload = random_chance(random, 300) ? random_below(random, 10) : 0;
    tcp->seq = talk->next[from] - random_below(random, 4);
    tcp->ack = talk->next[!from] - random_below(random, 4);
    if (random_chance(random, 300))
        tcp->seq = talk->isn[from];
    if (random_chance(random, 50))
        tcp->seq = (uint32_t)random_u64(random);
    if (random_chance(random, 50))
        tcp->ack = (uint32_t)random_u64(random);
    if (random_chance(random, 100))
        talk->phase = random_below(random, 11);
    return from;
}

/* The IP header and ports of a packet of the first conversations, in either direction. */
static void put_quote(struct random_state *random, uint8_t *at)
{
    const unsigned number = random_below(random, 6), from = random_below(random, 2);
    const uint32_t end[2] = {number + 1, 0xf000 + number % 3};
    const unsigned port[2] = {1000 + number, 7};
    at[0] = 0x45;
    put16(at + 2, 1000);
    at[9] = random_chance(random, 500) ? 6 : 17;
    put32(at + 12, 0x0a000000u + end[from]);
    put32(at + 16, 0x0a000000u + end[!from]);
    put16(at + 20, port[from]);
    put16(at + 22, port[!from]);
    put16(at + 24, 100); /* of UDP, a length */
}

static uint16_t window_of(struct random_state *random)
{
    if (random_chance(random, 30))
        return 0;
    return random_chance(random, 300) ? (uint16_t)random_below(random, 10) : 1000;
}

/* What a SYN offers: MSS, and how its windows are to be read, or one of these, or nothing. */
static unsigned put_options(struct random_state *random, uint8_t *header)
{
    const uint8_t options[] = {2, 4, 5, (uint8_t)random_below(random, 256), 3, 3, 0, 0};
    const unsigned from = random_chance(random, 200) ? 4 : 0,
                   until = random_chance(random, 200) ? 4 : 8;
    if (until <= from)
        return 0;
    memcpy(header + 20, options + from, until - from);
    if (until == 8)
        header[20 + 6 - from] = (uint8_t)random_below(random, 17);
    header[12] = (uint8_t)((20 + until - from) / 4 << 4);
    return until - from;
}

/* Writes the transport header; returns its length. */
static unsigned put_transport(struct talk *talk, struct random_state *random, uint32_t odd,
                              uint8_t *at, bool *reverse, uint32_t *payload)
{
    unsigned port[2] = {talk->kind == OWN_ECHO ? 7u : 1000u + talk->number, 7};
    struct fs_tcp_segment tcp = {.window = talk->repeats ? window_of(random) : 1000};
    unsigned from;
    *payload = random_below(random, 20);
    *reverse = random_below(random, 2) != 0;
    switch (talk->kind) {
    case TCP4:
    case TCP6:
        from = random_chance(random, odd) ? odd_segment(talk, random, &tcp, payload)
                                          : next_segment(talk, random, &tcp, payload);
        *reverse = from == 1;
        talk->last[from] = tcp;
        talk->last_payload[from] = *payload;
        put16(at, port[from]);
        put16(at + 2, port[!from]);
        put32(at + 4, tcp.seq);
        put32(at + 8, tcp.ack);
        at[12] = 5 << 4;
        at[13] = tcp.flags;
        put16(at + 14, tcp.window);
        return 20 + (talk->repeats && tcp.flags & FS_TCP_SYN ? put_options(random, at) : 0);
    case UDP4:
    case UDP6:
    case OWN_ECHO:
        put16(at, port[*reverse]);
        put16(at + 2, port[!*reverse]);
        put16(at + 4, 8 + *payload);
        return 8;
    case SCTP4:
        put16(at, port[*reverse]);
        put16(at + 2, port[!*reverse]);
        put32(at + 4, 99);
        return 12;
    case ECHO4:
    case ECHO6:
        at[0] = talk->kind == ECHO4 ? (*reverse ? 0 : 8) : (*reverse ? 129 : 128);
        put16(at + 4, talk->number);
        return 8;
    case UNREACHABLE4:
        at[0] = 3;
        at[1] = (uint8_t)(talk->number % 16);
        put_quote(random, at + 8);
        *payload = QUOTE_BYTES;
        return 8;
    default:
        put16(at + 2, 0x0800);
        return 4;
    }
}

static unsigned put_ip(const struct talk *talk, struct random_state *random, uint8_t *at,
                       bool reverse, uint32_t length)
{
    uint8_t protocol = kinds[talk->kind].protocol;
    uint32_t end[2] = {talk->number + 1, 0xf000 + talk->number % 3};
    if (talk->kind == OWN_ECHO)
        end[1] = end[0];
    if (kinds[talk->kind].version == 4) {
        at[0] = 0x45;
        put16(at + 2, 20 + length);
        put16(at + 4, random_below(random, 65536));
        at[8] = 64;
        at[9] = protocol;
        put32(at + 12, 0x0a000000u + end[reverse]);
        put32(at + 16, 0x0a000000u + end[!reverse]);
        return 20;
    }
    at[0] = 0x60;
    put16(at + 4, length);
    at[6] = protocol;
    at[7] = 64;
    put32(at + 8, 0x20010db8u);
    put32(at + 20, end[reverse]);
    put32(at + 24, 0x20010db8u);
    put32(at + 36, end[!reverse]);
    return 40;
}

void talk_frame(struct talk *talk, struct random_state *random, uint32_t odd, uint32_t vlan,
                uint8_t *bytes, struct flowscope_packet *packet, struct traffic_fact *fact)
{
    uint8_t transport[8 + QUOTE_BYTES] = {0};
    unsigned version = kinds[talk->kind].version, at = 12, header, ip;
    bool reverse;

    header = put_transport(talk, random, odd, transport, &reverse, &fact->payload);
    if (random_chance(random, vlan)) {
        put16(bytes + at, 0x8100);
        put16(bytes + at + 2, random_below(random, 4096));
        at += 4;
    }
    put16(bytes + at, version == 4 ? 0x0800 : 0x86dd);
    at += 2;
    ip = put_ip(talk, random, bytes + at, reverse, header + fact->payload);
    memcpy(bytes + at + ip, transport, sizeof transport);
    fact->sound = true;
    fact->reverse = reverse && talk->kind != OWN_ECHO && talk->kind != UNREACHABLE4;
    fact->tuple = 2 * talk->number + (talk->kind == UNREACHABLE4 && reverse ? 1 : 0);
    fact->bytes = ip + header + fact->payload;
    if (talk->kind == GRE4) /* not a transport: all of it is payload */
        fact->payload += header;
    packet->link_type = 1;
    packet->is_packet = 1;
    packet->captured_bytes = at + fact->bytes;
    packet->wire_bytes = at + fact->bytes;
}

static unsigned ip_at(const uint8_t *bytes)
{
    return bytes[12] == 0x81 ? 18 : 14;
}

void talk_sum(uint8_t *bytes, const struct flowscope_packet *packet)
{
    const unsigned ip = ip_at(bytes), version = bytes[ip] >> 4;
    const unsigned from = ip + (version == 4 ? 12 : 8), head = ip + (version == 4 ? 20 : 40);
    const uint8_t protocol = bytes[version == 4 ? ip + 9 : ip + 6];
    const unsigned field = protocol == 6 ? 16 : protocol == 17 ? 6 : 2;
    const bool has_pseudo = protocol != 1;
    uint32_t sum = has_pseudo ? protocol + packet->captured_bytes - head : 0;

    if (protocol != 1 && protocol != 6 && protocol != 17 && protocol != 58)
        return;
    put16(bytes + head + field, 0);
    for (unsigned i = has_pseudo ? from : head; i < packet->captured_bytes; i++)
        sum += (i - head) % 2 == 0 ? bytes[i] * 256u : bytes[i];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    put16(bytes + head + field, sum == 0xffff ? 0xffff : ~sum & 0xffff);
}

void talk_wrap(struct random_state *random, uint8_t *bytes, struct flowscope_packet *packet)
{
    enum { IPIP, GRE_KEY, VXLAN, GTPU, TUNNELS };
    enum { IPV4 = 20, UDP = 8, HEADER = 8, ETHERNET = 14 };
    static const unsigned lengths[TUNNELS] = {
        [IPIP] = IPV4,
        [GRE_KEY] = IPV4 + HEADER,
        [VXLAN] = IPV4 + UDP + HEADER + ETHERNET,
        [GTPU] = IPV4 + UDP + HEADER,
    };
    const unsigned how = random_below(random, TUNNELS), length = lengths[how];
    const unsigned tenant = 1 + random_below(random, 2), reverse = random_below(random, 2);
    const unsigned at = ip_at(bytes), carried = packet->captured_bytes - at;
    const bool is_ipv6 = bytes[at] >> 4 == 6;
    const unsigned type = is_ipv6 ? 0x86dd : 0x0800;
    uint8_t *ip = bytes + at, *header = ip + IPV4;

    if (packet->captured_bytes + length > TRAFFIC_FRAME_MAX)
        return;
    memmove(ip + length, ip, carried);
    memset(ip, 0, length);
    put16(ip - 2, 0x0800);
    ip[0] = 0x45;
    put16(ip + 2, length + carried);
    put16(ip + 4, random_below(random, 65536));
    ip[8] = 64;
    put32(ip + 12, 0xac100001u + reverse);
    put32(ip + 16, 0xac100002u - reverse);
    if (how == VXLAN || how == GTPU) {
        ip[9] = 17;
        put16(header, 2000);
        put16(header + 2, how == VXLAN ? 4789 : 2152);
        put16(header + 4, length - IPV4 + carried);
        header += UDP;
    }
    switch (how) {
    case IPIP:
        ip[9] = is_ipv6 ? 41 : 4;
        break;
    case GRE_KEY:
        ip[9] = 47;
        put16(header, 0x2000);
        put16(header + 2, type);
        put32(header + 4, tenant);
        break;
    case VXLAN:
        header[0] = 8;
        put32(header + 4, tenant << 8);
        put16(header + HEADER + 12, type);
        break;
    default:
        put16(header, 0x30ff);
        put16(header + 2, carried);
        put32(header + 4, tenant);
        break;
    }
    packet->captured_bytes += length;
    packet->wire_bytes += length;
}
