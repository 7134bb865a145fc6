/* SPDX-License-Identifier: BSD-2-Clause */
#include "workloads/shapes.h"

#include <string.h>

enum { HEADER_MOST = 40, FRAME_MOST = 256, DATA = 18 };

/* How a header names the next one, in the field at names_at. */
enum names { NOTHING, TYPE, PROTOCOL, PORT, PPP };

struct header {
    const char *word;
    uint16_t type, ppp, port; /* what this header is called by the one before it */
    uint8_t protocol;
    enum names names;
    uint8_t names_at;
    uint8_t length_at, length_less; /* field of two bytes: from the header's start on, less this */
    bool has_length;
    uint8_t length; /* of the header */
    uint8_t bytes[HEADER_MOST];
};

#define IPV4(last)                                                                                 \
    .type = 0x0800, .protocol = 4, .ppp = 0x0021, .names = PROTOCOL, .names_at = 9,                \
    .has_length = true, .length_at = 2, .length = 20,                                              \
    .bytes = {0x45, 0, 0, 0, 0, 0, 0, 0, 64, 253, 0, 0, 10, last, 0, 1, 10, last, 0, 2}
#define IPV6(last)                                                                                 \
    .type = 0x86dd, .protocol = 41, .ppp = 0x0057, .names = PROTOCOL, .names_at = 6,               \
    .has_length = true, .length_at = 4,                                                            \
    .length_less = 40, .length = 40, .bytes = {0x60, [6] = 253, 64,   0x20,     1,                 \
                                               0x0d, 0xb8,      last, [23] = 1, 0x20,              \
                                               1,    0x0d,      0xb8, last,     [39] = 2}

/* Outer and inner addresses differ. The protocol that follows an IP header is 253, for experiments
 * (RFC 3692), unless there is another; the port 53. */
static const struct header headers[] = {
    {"eth", .type = 0x6558, .names = TYPE, .names_at = 12, .length = 14},
    {"vlan", .type = 0x8100, .names = TYPE, .names_at = 2, .length = 4, .bytes = {0, 7}},
    {"qinq", .type = 0x88a8, .names = TYPE, .names_at = 2, .length = 4, .bytes = {0, 9}},
    {"i_tag", .type = 0x88e7, .names = TYPE, .names_at = 16, .length = 18, .bytes = {[3] = 3}},
    {"mpls", .type = 0x8847, .length = 4, .bytes = {0, 1, 0x01, 64}},
    {"control_word", .length = 4},
    {"pppoe", .type = 0x8864, .names = PPP, .names_at = 6, .has_length = true, .length_at = 4,
     .length_less = 6, .length = 8, .bytes = {0x11, 0, 0, 5}},
    {"sll", .names = TYPE, .names_at = 14, .length = 16, .bytes = {[3] = 1, [5] = 6}},
    {"sll2", .names = TYPE, .length = 20, .bytes = {[7] = 2, 0, 1, 0, 6}},
    {"null", .length = 4, .bytes = {2}},
    {"loop", .length = 4, .bytes = {[3] = 2}},
    {"ppp", .names = PPP, .names_at = 2, .length = 4, .bytes = {0xff, 0x03}},
    {"cisco", .names = TYPE, .names_at = 2, .length = 4, .bytes = {0x0f}},
    {"radiotap", .length = 8, .bytes = {[2] = 8}},
    {"ppi", .length = 8, .bytes = {[2] = 8, 0, 105}},
    {"wifi", .names = TYPE, .names_at = 30, .length = 32, .bytes = {8, 1, [24] = 0xaa, 0xaa, 3}},
    {"ip4", IPV4(1)},
    {"inner4", IPV4(2)},
    {"options4", .type = 0x0800, .protocol = 4, .ppp = 0x0021, .names = PROTOCOL, .names_at = 9,
     .has_length = true, .length_at = 2, .length = 24,
     .bytes = {0x46, [8] = 64, 253, [12] = 10, 2, 0, 1, 10, 2, 0, 2, 1, 1, 1}},
    {"ip6", IPV6(1)},
    {"inner6", IPV6(2)},
    {"ah", .protocol = 51, .names = PROTOCOL, .length = 24, .bytes = {0, 4, [7] = 1}},
    {"tcp", .protocol = 6, .length = 20,
     .bytes = {4, 210, 0, 80, 0, 0, 3, 232, 0, 0, 0, 0, 0x50, 0x18, 32, 0}},
    {"udp", .protocol = 17, .names = PORT, .names_at = 2, .has_length = true, .length_at = 4,
     .length = 8, .bytes = {4, 210, 0, 53}},
    {"gre", .protocol = 47, .names = TYPE, .names_at = 2, .length = 4},
    {"key", .protocol = 47, .names = TYPE, .names_at = 2, .length = 8,
     .bytes = {0x20, [5] = 1, [6] = 2}},
    {"sequence", .protocol = 47, .names = TYPE, .names_at = 2, .length = 8, .bytes = {0x10}},
    {"erspan", .type = 0x88be, .length = 8, .bytes = {0x10, [3] = 3}},
    {"erspan_i", .type = 0x88be},
    {"erspan_iii", .type = 0x22eb, .length = 12, .bytes = {0x20, [3] = 3}},
    {"pptp", .protocol = 47, .names = PPP, .names_at = 14, .has_length = true, .length_at = 4,
     .length_less = 12, .length = 16, .bytes = {0x30, 0x01, 0x88, 0x0b, [7] = 5, [12] = 0xff, 3}},
    {"l2tpv3", .protocol = 115, .length = 4, .bytes = {[3] = 9}},
    {"l2tp", .port = 1701, .names = PPP, .names_at = 8, .length = 10,
     .bytes = {0, 2, 0, 77, 0, 9, 0xff, 0x03}},
    {"l2tpv3_udp", .port = 1701, .length = 8, .bytes = {0, 3, [7] = 9}},
    {"vxlan", .port = 4789, .length = 8, .bytes = {8, [6] = 42}},
    {"gpe", .port = 4790, .length = 8, .bytes = {0x0c, [3] = 3, [6] = 42}},
    {"geneve", .port = 6081, .names = TYPE, .names_at = 2, .length = 8, .bytes = {[6] = 42}},
    {"gtpu", .port = 2152, .has_length = true, .length_at = 2, .length_less = 8, .length = 8,
     .bytes = {0x30, 0xff, [7] = 42}},
    {"teredo", .port = 3544},
};

/* LINKTYPE_ numbers of the tcpdump.org registry. */
enum {
    LOOPBACK = 0,
    ETHERNET = 1,
    PPP_SERIAL = 9,
    PPP_HDLC = 50,
    PPPOE = 51,
    RAW = 101,
    CISCO_HDLC = 104,
    WIFI = 105,
    LOOP = 108,
    SLL = 113,
    RADIOTAP = 127,
    PPI = 192,
    IPV4_ONLY = 228,
    IPV6_ONLY = 229,
    SLL2 = 276,
};

const struct bench_shape bench_shapes[] = {
    {"plain/ipv4_tcp", ETHERNET, "eth inner4 tcp"},
    {"plain/ipv4_udp", ETHERNET, "eth ip4 udp"},
    {"plain/ipv4_other", ETHERNET, "eth ip4"},
    {"plain/ipv6_tcp", ETHERNET, "eth inner6 tcp"},
    {"plain/ipv6_udp", ETHERNET, "eth inner6 udp"},
    {"plain/ipv4_options_tcp", ETHERNET, "eth options4 tcp"},
    {"plain/ipv4_options_udp", ETHERNET, "eth options4 udp"},
    {"link/sll", SLL, "sll inner4 tcp"},
    {"link/sll2", SLL2, "sll2 inner4 tcp"},
    {"link/raw", RAW, "inner4 tcp"},
    {"link/ipv4", IPV4_ONLY, "inner4 tcp"},
    {"link/ipv6", IPV6_ONLY, "inner6 tcp"},
    {"link/null", LOOPBACK, "null inner4 tcp"},
    {"link/loop", LOOP, "loop inner4 tcp"},
    {"link/ppp", PPP_SERIAL, "ppp inner4 tcp"},
    {"link/ppp_hdlc", PPP_HDLC, "ppp inner4 tcp"},
    {"link/pppoe", PPPOE, "pppoe inner4 tcp"},
    {"link/cisco_hdlc", CISCO_HDLC, "cisco inner4 tcp"},
    {"link/wifi", WIFI, "wifi inner4 tcp"},
    {"link/radiotap", RADIOTAP, "radiotap wifi inner4 tcp"},
    {"link/ppi", PPI, "ppi wifi inner4 tcp"},
    {"tunnel/vlan", ETHERNET, "eth vlan inner4 tcp"},
    {"tunnel/qinq", ETHERNET, "eth qinq vlan inner4 tcp"},
    {"tunnel/i_tag", ETHERNET, "eth i_tag inner4 tcp"},
    {"tunnel/mpls", ETHERNET, "eth mpls inner4 tcp"},
    {"tunnel/pseudowire", ETHERNET, "eth mpls control_word eth inner4 tcp"},
    {"tunnel/pppoe", ETHERNET, "eth pppoe inner4 tcp"},
    {"tunnel/ah", ETHERNET, "eth ip4 ah tcp"},
    {"tunnel/ipip", ETHERNET, "eth ip4 inner4 tcp"},
    {"tunnel/6in4", ETHERNET, "eth ip4 inner6 tcp"},
    {"tunnel/4in6", ETHERNET, "eth ip6 inner4 tcp"},
    {"tunnel/gre", ETHERNET, "eth ip4 gre inner4 tcp"},
    {"tunnel/gre_key", ETHERNET, "eth ip4 key inner4 tcp"},
    {"tunnel/nvgre", ETHERNET, "eth ip4 key eth inner4 tcp"},
    {"tunnel/erspan", ETHERNET, "eth ip4 sequence erspan eth inner4 tcp"},
    {"tunnel/erspan_i", ETHERNET, "eth ip4 gre erspan_i eth inner4 tcp"},
    {"tunnel/erspan_iii", ETHERNET, "eth ip4 sequence erspan_iii eth inner4 tcp"},
    {"tunnel/pptp", ETHERNET, "eth ip4 pptp inner4 tcp"},
    {"tunnel/l2tpv3", ETHERNET, "eth ip4 l2tpv3 eth inner4 tcp"},
    {"tunnel/vxlan", ETHERNET, "eth ip4 udp vxlan eth inner4 tcp"},
    {"tunnel/vxlan_gpe", ETHERNET, "eth ip4 udp gpe eth inner4 tcp"},
    {"tunnel/geneve", ETHERNET, "eth ip4 udp geneve eth inner4 tcp"},
    {"tunnel/gtpu", ETHERNET, "eth ip4 udp gtpu inner4 tcp"},
    {"tunnel/l2tp", ETHERNET, "eth ip4 udp l2tp inner4 tcp"},
    {"tunnel/l2tpv3_udp", ETHERNET, "eth ip4 udp l2tpv3_udp eth inner4 tcp"},
    {"tunnel/teredo", ETHERNET, "eth ip4 udp teredo inner6 tcp"},
};

const size_t bench_shape_count = sizeof(bench_shapes) / sizeof(*bench_shapes);

static const struct header *find(const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof(headers) / sizeof(*headers); i++)
        if (strlen(headers[i].word) == length && memcmp(headers[i].word, word, length) == 0)
            return &headers[i];
    bench_fail("no header is called %s", word);
}

unsigned bench_shape_levels(const struct bench_shape *shape)
{
    unsigned levels = 0;

    for (const char *word = shape->headers; *word; word += strspn(word, " ")) {
        const size_t letters = strcspn(word, " ");

        levels += find(word, letters)->ppp != 0; /* IP alone has a name there */
        word += letters;
    }
    return levels;
}

static void put16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void name_next(uint8_t *at, enum names names, const struct header *next)
{
    switch (names) {
    case TYPE:
        put16(at, next->type);
        break;
    case PPP:
        put16(at, next->ppp);
        break;
    case PROTOCOL:
        *at = next->protocol;
        break;
    case PORT:
        put16(at, next->port);
        break;
    case NOTHING:
        break;
    }
}

void bench_shape_add(struct bench_frames *frames, const struct bench_shape *shape)
{
    const struct header *list[16];
    size_t start[16], count = 0, length = 0;
    uint8_t frame[FRAME_MOST] = {0};

    for (const char *word = shape->headers; *word; word += strspn(word, " ")) {
        const size_t letters = strcspn(word, " ");
        const struct header *header = find(word, letters);

        if (count == 16 || length + header->length + DATA > FRAME_MOST)
            bench_fail("%s: too many headers", shape->name);
        memcpy(frame + length, header->bytes, header->length);
        if (count > 0)
            name_next(frame + start[count - 1] + list[count - 1]->names_at, list[count - 1]->names,
                      header);
        list[count] = header;
        start[count++] = length;
        length += header->length;
        word += letters;
    }
    length += DATA;
    for (size_t i = 0; i < count; i++)
        if (list[i]->has_length)
            put16(frame + start[i] + list[i]->length_at, length - start[i] - list[i]->length_less);
    frames->link_type = shape->link_type;
    bench_frames_add_bytes(frames, frame, length);
}
