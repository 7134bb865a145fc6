/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole way of a frame: which verdict comes first, and that both directions meet in one key. */
#include "support/packet_read.h"

#include <string.h>

static struct build b;

static void build_syn(const char *source, uint16_t sport, const char *destination, uint16_t dport)
{
    build_begin(&b);
    build_eth(&b);
    if (strchr(source, ':'))
        build_ipv6(&b, source, destination);
    else
        build_ipv4(&b, source, destination);
    build_tcp(&b, sport, dport, 1, 0, FS_TCP_SYN);
    build_end(&b);
}

static void test_order_of_checks(void)
{
    struct fs_frame frame;

    build_syn("192.0.2.1", 5000, "198.51.100.2", 80);
    struct flowscope_packet packet = build_packet(&b, 9999);
    assert_verdict(fs_headers_read(&packet, &read_defaults, &frame), unknown_link_type);
    packet.captured_bytes = 0;
    packet.data = NULL;
    assert_verdict(fs_headers_read(&packet, &read_defaults, &frame), no_data);
    packet.link_type = BUILD_LINK_ETHERNET;
    assert_verdict(fs_headers_read(&packet, &read_defaults, &frame), no_data);
    packet.is_packet = false;
    assert_verdict(fs_headers_read(&packet, &read_defaults, &frame), not_a_packet);
    packet = build_packet(&b, BUILD_LINK_ETHERNET);
    assert_verdict(fs_headers_read(&packet, &read_defaults, &frame), ok);
    packet.is_packet = false;
    assert_verdict(fs_headers_read(&packet, &read_defaults, &frame), not_a_packet);
}

/* Each step of a snaplen through one frame: 14 + 20 + 20 bytes. */
static void test_every_cut(void)
{
    struct fs_headers headers;

    build_syn("192.0.2.1", 5000, "198.51.100.2", 80);
    for (uint32_t captured = 0; captured <= b.length; captured++) {
        const enum flowscope_verdict verdict =
            read_cut(&b, BUILD_LINK_ETHERNET, captured, b.length, 8, &headers);
        if (captured == 0)
            assert_verdict(verdict, no_data);
        else if (captured < 14)
            assert_verdict(verdict, truncated_link);
        else if (captured < 34)
            assert_verdict(verdict, truncated_ip);
        else if (captured < 38)
            assert_verdict(verdict, truncated_ports);
        else
            assert_verdict(verdict, ok);
    }
    build_syn("2001:db8::1", 5000, "2001:db8::2", 80);
    for (uint32_t captured = 14; captured <= b.length; captured++) {
        const enum flowscope_verdict verdict =
            read_cut(&b, BUILD_LINK_ETHERNET, captured, b.length, 8, &headers);
        if (captured < 54)
            assert_verdict(verdict, truncated_ip);
        else if (captured < 58)
            assert_verdict(verdict, truncated_ports);
        else
            assert_verdict(verdict, ok);
    }
}

static void check_directions(const char *one, uint16_t one_port, const char *two, uint16_t two_port,
                             bool forward_swapped)
{
    struct fs_headers forward, reverse;

    build_syn(one, one_port, two, two_port);
    assert_verdict(read_whole(&b, BUILD_LINK_ETHERNET, &forward), ok);
    check_cuts(&b, BUILD_LINK_ETHERNET);
    build_syn(two, two_port, one, one_port);
    assert_verdict(read_whole(&b, BUILD_LINK_ETHERNET, &reverse), ok);
    g_assert_true(memcmp(&forward.key, &reverse.key, sizeof(forward.key)) == 0);
    g_assert_cmpint(forward.swapped, ==, forward_swapped);
    if (strcmp(one, two) == 0 && one_port == two_port)
        g_assert_false(reverse.swapped);
    else
        g_assert_cmpint(reverse.swapped, ==, !forward_swapped);
}

static void test_directions(void)
{
    check_directions("192.0.2.1", 5000, "192.0.2.2", 80, false);
    check_directions("192.0.2.2", 80, "192.0.2.1", 5000, true);
    check_directions("9.255.255.255", 1, "10.0.0.0", 1, false);
    check_directions("128.0.0.1", 1, "127.0.0.1", 2, true);
    check_directions("192.0.2.1", 80, "192.0.2.1", 81, false);
    check_directions("192.0.2.1", 40000, "192.0.2.1", 80, true);
    check_directions("192.0.2.1", 80, "192.0.2.1", 80, false);
    check_directions("2001:db8::1", 5000, "2001:db8::2", 80, false);
    check_directions("2001:db8:1::", 5000, "2001:db8:0:ffff::", 80, true);
    check_directions("2001:db8::1", 81, "2001:db8::1", 80, true);
    check_directions("2001:db8::1", 80, "2001:db8::1", 80, false);
}

/* Two frames that differ only in version or protocol are of two flows. */
static void test_different_keys(void)
{
    struct fs_headers tcp, udp, six;

    build_syn("192.0.2.1", 5000, "192.0.2.2", 80);
    assert_verdict(read_whole(&b, BUILD_LINK_ETHERNET, &tcp), ok);
    build_begin(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_udp(&b, 5000, 80);
    build_end(&b);
    assert_verdict(read_whole(&b, BUILD_LINK_RAW, &udp), ok);
    build_syn("c000:201::", 5000, "c000:202::", 80);
    assert_verdict(read_whole(&b, BUILD_LINK_ETHERNET, &six), ok);
    g_assert_true(memcmp(&tcp.key, &udp.key, sizeof(tcp.key)) != 0);
    g_assert_true(memcmp(&tcp.key, &six.key, sizeof(tcp.key)) != 0);
}

/* The link type and the tags say nothing about the flow. */
static void test_same_key_everywhere(void)
{
    struct fs_headers plain, tagged;

    build_syn("192.0.2.1", 5000, "192.0.2.2", 80);
    assert_verdict(read_whole(&b, BUILD_LINK_ETHERNET, &plain), ok);
    build_begin(&b);
    build_sll2(&b);
    build_vlan(&b, 0x8100, 9);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_ipv4_options(&b, 1);
    build_tcp(&b, 5000, 80, 7, 0, FS_TCP_ACK);
    build_end(&b);
    assert_verdict(read_whole(&b, BUILD_LINK_SLL2, &tagged), ok);
    g_assert_true(memcmp(&plain.key, &tagged.key, sizeof(plain.key)) == 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/headers/order-of-checks", test_order_of_checks);
    g_test_add_func("/packet/headers/every-cut", test_every_cut);
    g_test_add_func("/packet/headers/directions", test_directions);
    g_test_add_func("/packet/headers/different-keys", test_different_keys);
    g_test_add_func("/packet/headers/same-key-everywhere", test_same_key_everywhere);
    return g_test_run();
}
