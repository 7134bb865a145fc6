/* SPDX-License-Identifier: BSD-2-Clause */
/* IP in IP, nesting, depth, and what is left to the flow around a tunnel. */
#include "support/packet_read.h"

static struct build b;

enum { LINK = BUILD_LINK_ETHERNET };

static void begin(void)
{
    build_begin(&b);
    build_eth(&b);
}

static void outer(unsigned ip_version)
{
    if (ip_version == 4)
        build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    else
        build_ipv6(&b, "2001:db8::a", "2001:db8::b");
}

static void test_ip_in_ip(void)
{
    static const char *const words[2][2] = {{"ipip", "6in4"}, {"4in6", "ipip"}};

    for (unsigned out = 0; out < 2; out++)
        for (unsigned in = 0; in < 2; in++) {
            begin();
            outer(out ? 6 : 4);
            end_inner(&b, in ? 6 : 4);
            assert_inner(&b, LINK, 2, words[out][in]);
        }
}

static void test_levels(void)
{
    struct fs_frame frame;

    begin();
    build_vlan(&b, 0x8100, 10);
    outer(4);
    build_udp(&b, 40000, 4789);
    build_vxlan(&b, 42);
    build_eth(&b);
    outer(6);
    build_gre(&b, 0x2000, 7);
    build_vlan(&b, 0x8100, 11);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 3, "vlan:10/vxlan:42/gre:7/vlan:11");
    read_levels(&b, LINK, &frame);
    assert_tunnel(&frame, 0, "vlan:10");
    assert_tunnel(&frame, 1, "vlan:10/vxlan:42");
    g_assert_cmpuint(frame.level[0].key.protocol, ==, 17);
    g_assert_cmpuint(frame.level[0].bytes, ==, b.length - 18);
    g_assert_cmpuint(frame.level[0].payload_bytes, ==, b.length - 18 - 28);
    g_assert_cmpuint(frame.level[1].key.protocol, ==, 47);
    g_assert_cmpuint(frame.level[1].key.kind, ==, 6);
    g_assert_cmpuint(frame.level[1].bytes, ==, b.length - 18 - 28 - 8 - 14);
    g_assert_false(frame.level[1].has_ports);
}

/* Deeper than allowed: what lies before is there, and it is said. */
static void test_depth(void)
{
    struct fs_packet_options options = read_defaults;
    struct fs_frame frame;

    begin();
    for (unsigned i = 0; i < 10; i++)
        outer(4);
    end_inner(&b, 4);
    for (unsigned depth = 0; depth <= 9; depth++) {
        const unsigned layers = depth < FLOWSCOPE_LAYERS_MAX ? depth : FLOWSCOPE_LAYERS_MAX;
        options.tunnel_depth = depth;
        assert_verdict(read_frame(&b, LINK, b.length, b.length, &options, &frame), ok);
        g_assert_cmpuint(frame.level_count, ==, layers + 1);
        g_assert_cmpuint(frame.layer_count, ==, layers);
        g_assert_true(frame.cut_by_depth);
    }
    check_cuts(&b, LINK);
    begin();
    outer(4);
    outer(4);
    build_vlan(&b, 0x8100, 1);
    end_inner(&b, 6);
    options.tunnel_depth = 1;
    assert_verdict(read_frame(&b, LINK, b.length, b.length, &options, &frame), ok);
    g_assert_cmpuint(frame.level_count, ==, 2);
    g_assert_true(!frame.cut_by_depth || frame.layer_count == 1);
}

static void begin_carrier(uint16_t port)
{
    begin();
    outer(4);
    if (port)
        build_udp(&b, 40000, port);
}

enum { KINDS = 13 };

/* Up to the header of a tunnel, inclusive. */
static void begin_tunnel(unsigned kind)
{
    static const uint16_t ports[KINDS] = {4789, 4790, 6081, 2152, 1701, 1701, 3544};

    begin_carrier(ports[kind]);
    switch (kind) {
    case 0:
        build_vxlan(&b, 1);
        build_eth(&b);
        break;
    case 1:
        build_vxlan_gpe(&b, 1);
        break;
    case 2:
        build_geneve(&b, 1, 0);
        build_eth(&b);
        break;
    case 3:
        build_gtpu(&b, 1, 0);
        break;
    case 4:
        build_l2tpv2(&b, 1, 0);
        break;
    case 5:
        build_l2tpv3_udp(&b);
        build_l2tpv3(&b, 1, 0);
        break;
    case 7:
        build_gre(&b, 0, 0);
        break;
    case 8:
        build_gre(&b, 0x2000, 256);
        build_eth(&b);
        break;
    case 9:
        build_gre(&b, 0x1000, 0);
        build_erspan(&b, 2, 1);
        build_eth(&b);
        break;
    case 10:
        build_pptp(&b, 1);
        break;
    case 11:
        build_l2tpv3(&b, 1, 8);
        build_eth(&b);
        break;
    case 12:
        build_mpls(&b, 1, true);
        break;
    default: /* Teredo */
        break;
    }
}

/* None is opened where it would be a layer too many, and all are where it is the last one. */
static void test_depth_of_each(void)
{
    struct fs_packet_options options = read_defaults;
    struct fs_frame frame;

    for (unsigned kind = 0; kind < KINDS; kind++) {
        begin_tunnel(kind);
        end_inner(&b, 6);
        options.tunnel_depth = 1;
        assert_verdict(read_frame(&b, LINK, b.length, b.length, &options, &frame), ok);
        g_assert_cmpuint(frame.level_count, ==, 2);
        g_assert_false(frame.cut_by_depth);
        options.tunnel_depth = 0;
        assert_verdict(read_frame(&b, LINK, b.length, b.length, &options, &frame), ok);
        g_assert_cmpuint(frame.level_count, ==, 1);
        g_assert_cmpuint(frame.layer_count, ==, 0);
        g_assert_true(frame.cut_by_depth);
        check_cuts(&b, LINK);
    }
    begin();
    build_pppoe(&b, 1);
    end_inner(&b, 4);
    assert_verdict(read_frame(&b, LINK, b.length, b.length, &options, &frame), tunnel_depth);
}

/* Not IP, bad, a fragment that is none: the flow around it has the packet. */
static void test_unreadable(void)
{
    begin();
    outer(4);
    build_gre(&b, 0, 0);
    build_type(&b, 0x0806);
    build_fill(&b, 28);
    build_end(&b);
    assert_no_inner(&b, LINK);
    begin();
    outer(4);
    end_inner(&b, 4);
    b.data[b.ip] = 0x44;
    assert_no_inner(&b, LINK);
    begin();
    outer(4);
    build_ipv4(&b, "198.51.100.1", "198.51.100.2");
    build_ipv4_fragment(&b, 8, true);
    build_udp(&b, 5000, 53);
    build_fill(&b, 4); /* no part of a datagram but its last has twelve bytes */
    build_end(&b);
    assert_no_inner(&b, LINK);
}

/* The flow around it is read, its own is for the datagram to tell. */
static void test_later_fragment(void)
{
    struct fs_frame frame;

    begin();
    outer(4);
    build_ipv4(&b, "198.51.100.1", "198.51.100.2");
    build_ipv4_fragment(&b, 8, false);
    build_udp(&b, 5000, 53);
    build_end(&b);
    read_fragment(&b, LINK, &frame);
    g_assert_cmpuint(frame.level_count, ==, 1);
    g_assert_cmpuint(frame.fragment.level, ==, 1);
    g_assert_cmpuint(frame.fragment.layer_count, ==, 1);
}

/* A first fragment holds only the beginning of what it carries. */
static void test_first_fragment(void)
{
    struct fs_headers headers;
    struct fs_frame frame;

    begin();
    outer(4);
    build_ipv4_fragment(&b, 0, true);
    build_ipv4(&b, "198.51.100.1", "198.51.100.2");
    build_udp(&b, 5000, 53);
    build_fill(&b, 20);
    build_end(&b);
    read_first_fragment(&b, LINK, &headers);
    g_assert_cmpuint(headers.key.protocol, ==, 4);
    g_assert_cmpuint(headers.payload_bytes, ==, 48);
    begin();
    outer(4);
    build_ipv4(&b, "198.51.100.1", "198.51.100.2");
    build_ipv4_fragment(&b, 0, true);
    build_udp(&b, 5000, 53);
    build_fill(&b, 32);
    build_end(&b);
    read_first_fragment(&b, LINK, &headers);
    g_assert_cmpuint(headers.key.port[1], ==, 53);
    read_fragment(&b, LINK, &frame);
    g_assert_cmpuint(frame.level_count, ==, 2);
    assert_tunnel(&frame, 1, "ipip");
}

/* A segment of the outer flow that contradicts itself carries nothing. */
static void test_bad_transport(void)
{
    begin();
    outer(4);
    build_udp(&b, 40000, 4789);
    build_vxlan(&b, 42);
    build_eth(&b);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "vxlan:42");
    b.data[38]++; /* a UDP length beyond the packet */
    assert_no_inner(&b, LINK);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/tunnel/ip-in-ip", test_ip_in_ip);
    g_test_add_func("/packet/tunnel/levels", test_levels);
    g_test_add_func("/packet/tunnel/depth", test_depth);
    g_test_add_func("/packet/tunnel/depth-of-each", test_depth_of_each);
    g_test_add_func("/packet/tunnel/unreadable", test_unreadable);
    g_test_add_func("/packet/tunnel/first-fragment", test_first_fragment);
    g_test_add_func("/packet/tunnel/later-fragment", test_later_fragment);
    g_test_add_func("/packet/tunnel/bad-transport", test_bad_transport);
    return g_test_run();
}
