/* SPDX-License-Identifier: BSD-2-Clause */
/* Good frames for fuzz_headers.c: every link type, every tunnel. */
#include "headers_seed.h"

#include "fuzz.h"

#include "support/build.h"

#include <stdlib.h>
#include <string.h>

enum { PREFIX = HEADERS_PREFIX, LINK_TYPES = HEADERS_LINK_TYPES };

const uint32_t headers_link_types[HEADERS_LINK_TYPES] = {1,   0, 12, 14, 101, 108, 113, 228, 229,
                                                         276, 9, 50, 51, 104, 105, 127, 192, 147};

static void begin_link(struct build *b, uint32_t link_type)
{
    const bool is_radiotap = link_type == BUILD_LINK_RADIOTAP;
    uint16_t control = 0x0108;

    if (is_radiotap)
        control = 0x0188;
    if (link_type == BUILD_LINK_PPI)
        control = 0x0308;
    build_begin(b);
    build_link(b, link_type, link_type == BUILD_LINK_PPP || is_radiotap, control);
}

static void add_tags(struct build *b, uint32_t link_type, unsigned how)
{
    if (link_type != BUILD_LINK_ETHERNET)
        return;
    for (unsigned i = 0; i < how; i++)
        build_vlan(b, i == 0 ? 0x8100 : 0x88a8, (uint16_t)(10 + i));
    if (how == 3)
        build_snap(b);
}

static void add_transport(struct build *b, unsigned how)
{
    switch (how) {
    case 0:
        build_tcp(b, 50000, 80, 1, 1, 0x12);
        build_tcp_options(b, "\2\4\5\264\4\2\10\12........\1\3\3\7", 20);
        break;
    case 1:
        build_udp(b, 50000, 53);
        break;
    case 2:
        build_icmp(b, 8, 0, 7, 1);
        break;
    case 3:
        build_icmp6(b, 135, 0, 0, 0);
        break;
    case 4:
        build_sctp(b, 2905, 2906);
        break;
    default:
        build_protocol(b, 47);
        break;
    }
    build_fill(b, 24);
}

static void add_ip(struct build *b, bool six, unsigned how)
{
    if (six) {
        build_ipv6(b, "2001:db8::1", "2001:db8::2");
        if ((how & 1) != 0)
            build_ipv6_extension(b, how > 2 ? 43 : 0, how);
        if ((how & 2) != 0)
            build_ipv6_fragment(b, 0, how == 2);
    } else {
        build_ipv4(b, "192.0.2.1", "192.0.2.2");
        build_ipv4_options(b, how);
        if (how == 3)
            build_ipv4_fragment(b, 0, true);
    }
}

enum { TUNNELS = 20 };

/* What stands between an outer IP header and an inner one. */
static void add_tunnel(struct build *b, unsigned which)
{
    static const uint16_t ports[] = {4789, 4790, 4790, 6081, 2152, 2152, 3544, 3544, 1701, 1701};

    if (which < sizeof(ports) / sizeof(ports[0]))
        build_udp(b, 40000, ports[which]);
    switch (which) {
    case 0:
        build_vxlan(b, 42);
        build_eth(b);
        break;
    case 1:
        build_vxlan_gpe(b, 42);
        break;
    case 2:
        build_vxlan_gpe(b, 42);
        build_mpls(b, 5, true);
        break;
    case 3:
        build_geneve(b, 42, 2);
        build_eth(b);
        break;
    case 4:
        build_gtpu(b, 1, 0);
        break;
    case 5:
        build_gtpu(b, 1, 4);
        build_gtpu_extension(b, 0x85, 1);
        break;
    case 6:
        build_teredo_authentication(b, 0, 0);
        build_teredo_origin(b);
        break;
    case 8:
        build_l2tpv2(b, 9, 0x4a00);
        break;
    case 9:
        build_l2tpv3_udp(b);
        build_l2tpv3(b, 9, 4);
        build_eth(b);
        break;
    case 10:
        build_gre(b, 0, 0);
        break;
    case 11:
        build_gre(b, 0xb000, 7);
        break;
    case 12:
        build_gre(b, 0x2000, 7 << 8);
        build_eth(b);
        build_vlan(b, 0x8100, 3);
        break;
    case 13:
    case 14:
        build_gre(b, 0x1000, 0);
        build_erspan(b, which - 11, 3);
        build_eth(b);
        break;
    case 15:
        build_pptp(b, 4);
        break;
    case 16:
        build_ah(b, 3);
        break;
    case 17:
        build_mpls(b, 5, false);
        build_mpls(b, 6, true);
        build_control_word(b);
        build_eth(b);
        break;
    case 18:
        build_l2tpv3(b, 9, 8);
        build_ppp(b, true);
        break;
    default: /* IP in IP; Teredo with nothing ahead */
        break;
    }
}

static void build_nested(struct build *b, unsigned number)
{
    const unsigned which = number % TUNNELS, versions = number / TUNNELS % 4;

    build_begin(b);
    build_eth(b);
    add_ip(b, (versions & 1) != 0, 0);
    add_tunnel(b, which);
    if (number / TUNNELS / 4 != 0) {
        add_ip(b, (versions & 1) == 0, 0);
        add_tunnel(b, (which + 7) % TUNNELS);
    }
    add_ip(b, (versions & 2) != 0, 0);
    add_transport(b, which % 3);
    build_end(b);
}

/* Every link type with either IP version, six transports, four shapes of each; then every tunnel,
 * alone and around another, with either version outside and inside. */
size_t fuzz_seed(unsigned number, uint8_t *data, size_t room)
{
    static struct build b;
    const unsigned plain = LINK_TYPES * 2 * 6 * 4, nested = TUNNELS * 4 * 2;
    unsigned link = number % LINK_TYPES, how = number / LINK_TYPES / 2 / 6;

    if (number >= plain + nested)
        return 0;
    if (number >= plain) {
        link = how = 0;
        build_nested(&b, number - plain);
    } else {
        begin_link(&b, headers_link_types[link]);
        add_tags(&b, headers_link_types[link], how);
        add_ip(&b, number / LINK_TYPES % 2 != 0, how);
        add_transport(&b, number / LINK_TYPES / 2 % 6);
        build_end(&b);
    }
    if (b.length + PREFIX > room)
        abort();
    memcpy(data,
           (uint8_t[PREFIX]){(uint8_t)link, (uint8_t)(8 + number % 3 * 10), 0, (uint8_t)(how * 10)},
           PREFIX);
    memcpy(data + PREFIX, b.data, b.length);
    return PREFIX + b.length;
}
