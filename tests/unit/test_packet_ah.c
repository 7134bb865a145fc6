/* SPDX-License-Identifier: BSD-2-Clause */
/* The authentication header: a layer of the flow that it protects. */
#include "support/packet_read.h"

static struct build b;

enum { LINK = BUILD_LINK_ETHERNET };

static void test_transport(void)
{
    for (unsigned words = 0; words <= 4; words++) {
        build_begin(&b);
        build_eth(&b);
        build_ipv4(&b, "198.51.100.1", "198.51.100.2");
        build_ah(&b, words);
        build_udp(&b, 5000, 53);
        build_fill(&b, 30 - 12 - words * 4);
        build_end(&b);
        struct fs_frame frame;
        read_levels(&b, LINK, &frame);
        assert_tunnel(&frame, 0, "ah");
        g_assert_cmpuint(frame.level_count, ==, 1);
        g_assert_cmpuint(frame.level[0].key.protocol, ==, 17);
        g_assert_cmpuint(frame.level[0].key.port[1], ==, 53);
        g_assert_cmpuint(frame.level[0].bytes, ==, 58);
        g_assert_cmpuint(frame.level[0].payload_bytes, ==, 30 - 12 - words * 4);
        check_cuts(&b, LINK);
    }
}

static void test_ipv6(void)
{
    struct fs_frame frame;

    build_begin(&b);
    build_eth(&b);
    build_ipv6(&b, "2001:db8::1", "2001:db8::2");
    build_ipv6_extension(&b, 0, 1);
    build_ah(&b, 3);
    build_ipv6_extension(&b, 60, 2);
    build_tcp(&b, 443, 50000, 1, 1, FS_TCP_ACK);
    build_end(&b);
    read_levels(&b, LINK, &frame);
    assert_tunnel(&frame, 0, "ah");
    g_assert_cmpuint(frame.level[0].key.protocol, ==, 6);
    g_assert_true(frame.level[0].has_tcp);
    check_cuts(&b, LINK);
}

static void test_tunnel(void)
{
    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_ah(&b, 3);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "ah/ipip");
}

/* Shorter than itself, or longer than the packet: a flow of `ah`. */
static void test_bad(void)
{
    static const uint8_t lengths[] = {0, 255};
    struct fs_frame frame;

    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_ah(&b, 3);
    build_udp(&b, 1, 2);
    build_end(&b);
    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        b.data[14 + 20 + 1] = lengths[i];
        read_levels(&b, LINK, &frame);
        assert_tunnel(&frame, 0, "");
        g_assert_cmpuint(frame.level[0].key.protocol, ==, 51);
        g_assert_false(frame.level[0].has_ports);
        check_cuts(&b, LINK);
    }
}

static void test_depth(void)
{
    struct fs_packet_options options = read_defaults;
    struct fs_frame frame;

    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_ah(&b, 3);
    build_udp(&b, 1, 2);
    build_end(&b);
    options.tunnel_depth = 0;
    assert_verdict(read_frame(&b, LINK, b.length, b.length, &options, &frame), ok);
    g_assert_true(frame.cut_by_depth);
    g_assert_cmpuint(frame.level[0].key.protocol, ==, 51);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/ah/transport", test_transport);
    g_test_add_func("/packet/ah/ipv6", test_ipv6);
    g_test_add_func("/packet/ah/tunnel", test_tunnel);
    g_test_add_func("/packet/ah/bad", test_bad);
    g_test_add_func("/packet/ah/depth", test_depth);
    return g_test_run();
}
