/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/stack.h"

#include <glib.h>

static void put_mac(struct build *b, struct random_state *random)
{
    build_eth(b);
    if (random_chance(random, 50))
        build_i_tag(b, 7);
    while (random_chance(random, 200))
        build_vlan(b, random_chance(random, 500) ? 0x8100 : 0x88a8, (uint16_t)random_u64(random));
}

/* What an Ethernet type leads to. */
static void put_session(struct build *b, struct random_state *random)
{
    switch (random_below(random, 10)) {
    case 0:
        if (random_chance(random, 500))
            build_mpls(b, 77, false);
        build_mpls(b, random_below(random, 100), true);
        if (random_chance(random, 500)) { /* a pseudowire */
            if (random_chance(random, 500))
                build_control_word(b);
            put_mac(b, random);
        }
        break;
    case 1:
        build_pppoe(b, 5);
        break;
    default:
        break;
    }
}

static uint32_t put_link(struct build *b, struct random_state *random)
{
    static const uint32_t types[] = {BUILD_LINK_NULL,  BUILD_LINK_PPP,      BUILD_LINK_PPP_HDLC,
                                     BUILD_LINK_PPPOE, BUILD_LINK_RAW,      BUILD_LINK_WIFI,
                                     BUILD_LINK_LOOP,  BUILD_LINK_SLL,      BUILD_LINK_CISCO_HDLC,
                                     BUILD_LINK_PPI,   BUILD_LINK_RADIOTAP, BUILD_LINK_IPV4,
                                     BUILD_LINK_SLL2,  BUILD_LINK_IPV6};
    const uint32_t type = random_chance(random, 400)
                              ? BUILD_LINK_ETHERNET
                              : types[random_below(random, G_N_ELEMENTS(types))];
    static const uint16_t controls[] = {0x0108, 0x0288, 0x0108, 0x0288, 0x0308, 0x8188};
    const uint16_t control = controls[random_below(random, G_N_ELEMENTS(controls))];
    const bool other = random_chance(random, 500);

    if (type == BUILD_LINK_ETHERNET)
        put_mac(b, random);
    else if ((type == BUILD_LINK_PPP || type == BUILD_LINK_PPP_HDLC) && random_chance(random, 300))
        build_cisco_hdlc(b);
    else if (!build_link(b, type, other, control))
        return type;
    put_session(b, random);
    return type;
}

static void put_ip(struct build *b, struct random_state *random, bool inside)
{
    static const char *const four[2][2] = {{"192.0.2.1", "192.0.2.2"},
                                           {"198.51.100.1", "198.51.100.2"}};
    static const char *const six[2][2] = {{"2001:db8::1", "2001:db8::2"},
                                          {"2001:db8:1::1", "2001:db8:1::2"}};
    const bool back = random_chance(random, 500);

    if (random_chance(random, 600)) {
        build_ipv4(b, four[inside][back], four[inside][!back]);
        if (random_chance(random, 50))
            build_ipv4_options(b, 1);
    } else {
        build_ipv6(b, six[inside][back], six[inside][!back]);
        if (random_chance(random, 50))
            build_ipv6_extension(b, 60, 1);
    }
    if (random_chance(random, 60))
        build_ah(b, random_chance(random, 500) ? 3 : 4);
}

static void put_udp_tunnel(struct build *b, struct random_state *random)
{
    static const uint16_t ports[] = {4789, 4790, 6081, 2152, 1701, 3544};
    static const uint16_t l2tp[] = {0, 0x4000, 0x4800, 0x0a00, 0x0100};
    static const uint8_t gtpu[] = {0, 0, 2, 4};
    const unsigned kind = random_below(random, G_N_ELEMENTS(ports));
    uint8_t gtpu_flags;

    if (random_chance(random, 500))
        build_udp(b, 50000, ports[kind]);
    else
        build_udp(b, ports[kind], 50000);
    switch (ports[kind]) {
    case 4789:
        build_vxlan(b, 1 + random_below(random, 2));
        put_mac(b, random);
        break;
    case 4790:
        build_vxlan_gpe(b, 3);
        if (random_chance(random, 500))
            put_mac(b, random);
        break;
    case 6081:
        build_geneve(b, random_below(random, 2), random_below(random, 3));
        if (random_chance(random, 700))
            put_mac(b, random);
        break;
    case 2152:
        gtpu_flags = gtpu[random_below(random, G_N_ELEMENTS(gtpu))];
        build_gtpu(b, (uint32_t)random_u64(random), gtpu_flags);
        if (gtpu_flags == 4)
            build_gtpu_extension(b, 0x85, 1);
        break;
    case 1701:
        if (random_chance(random, 600)) {
            build_l2tpv2(b, 9, l2tp[random_below(random, G_N_ELEMENTS(l2tp))]);
        } else {
            build_l2tpv3_udp(b);
            build_l2tpv3(b, 5, random_chance(random, 500) ? 0 : 4);
            build_eth(b);
        }
        break;
    default:
        if (random_chance(random, 500))
            build_teredo_origin(b);
        break;
    }
}

static void put_tunnel(struct build *b, struct random_state *random)
{
    static const uint16_t gre[] = {0, 0x3000, 0xb000};
    unsigned erspan;

    switch (random_below(random, 9)) {
    case 0:
        break; /* IP in IP */
    case 5:
        build_pptp(b, 7);
        break;
    case 1:
        build_gre(b, gre[random_below(random, G_N_ELEMENTS(gre))], 5);
        if (random_chance(random, 500))
            build_eth(b);
        break;
    case 2:
        build_gre(b, 0x2000, 0x700 + random_below(random, 3));
        put_mac(b, random);
        break;
    case 3:
        erspan = 1 + random_below(random, 3);
        build_gre(b, erspan == 1 ? 0 : 0x1000, 0);
        build_erspan(b, erspan, 3);
        build_eth(b);
        break;
    case 4:
        build_l2tpv3(b, 9, random_chance(random, 700) ? 0 : 4);
        build_eth(b);
        break;
    default:
        put_udp_tunnel(b, random);
        break;
    }
}

static void put_transport(struct build *b, struct random_state *random)
{
    const uint16_t port = (uint16_t)(1000 + random_below(random, 2));

    switch (random_below(random, 12)) {
    case 0:
        build_icmp(b, 8, 0, port, 1);
        break;
    case 1:
        build_sctp(b, port, 53);
        break;
    case 2:
        build_protocol(b, (uint8_t)random_u64(random));
        break;
    case 3:
    case 4:
        build_udp(b, port, random_chance(random, 50) ? 2152 : 53);
        break;
    default:
        build_tcp(b, port, 80, (uint32_t)random_below(random, 50) * 10, 7,
                  random_chance(random, 50) ? 2 : 16);
        break;
    }
    build_fill(b, random_below(random, 20));
}

uint32_t stack_build(struct build *b, struct random_state *random)
{
    build_begin(b);
    const uint32_t type = put_link(b, random);
    put_ip(b, random, false);
    if (random_chance(random, 600)) {
        put_tunnel(b, random);
        put_ip(b, random, true);
        if (random_chance(random, 50)) {
            build_gre(b, 0, 0);
            put_ip(b, random, false);
        }
    }
    put_transport(b, random);
    build_end(b);
    return type;
}
