/* SPDX-License-Identifier: BSD-2-Clause */
/* Which frames are plain, and what is read of them. That both ways agree: property/test_plain.c. */
#include "packet/plain.h"
#include "support/packet_read.h"

static struct build b;

static bool read_plain(struct fs_plain *plain)
{
    const struct flowscope_packet packet = build_packet(&b, BUILD_LINK_ETHERNET);

    return fs_plain_read(&packet, &read_defaults, plain);
}

static void begin(const char *source, const char *destination)
{
    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, source, destination);
}

static void test_tcp(void)
{
    struct fs_plain plain;

    begin("192.0.2.9", "192.0.2.1");
    build_tcp(&b, 5000, 80, 0x11223344, 0x55667788, FS_TCP_PSH | FS_TCP_ACK);
    build_fill(&b, 7);
    build_end(&b);
    g_assert_true(read_plain(&plain));
    g_assert_true(fs_plain_is_tcp(&plain));
    g_assert_true(plain.swapped);
    g_assert_cmphex(plain.key.addresses, ==, 0xc0000201c0000209);
    g_assert_cmphex(plain.key.rest, ==, fs_short_key_rest(80, 5000, 0, FS_PROTOCOL_TCP, 4));
    g_assert_cmpuint(plain.bytes, ==, 47);
    g_assert_cmpuint(plain.payload_bytes, ==, 7);
    g_assert_cmphex(plain.seq, ==, 0x11223344);
    g_assert_cmphex(plain.ack, ==, 0x55667788);
    g_assert_cmphex(plain.tcp_flags, ==, FS_TCP_PSH | FS_TCP_ACK);
}

static void test_udp(void)
{
    struct fs_plain plain;

    begin("192.0.2.1", "192.0.2.9");
    build_udp(&b, 5000, 53);
    build_fill(&b, 3);
    build_end(&b);
    g_assert_true(read_plain(&plain));
    g_assert_false(fs_plain_is_tcp(&plain));
    g_assert_false(plain.swapped);
    g_assert_cmphex(plain.key.rest, ==, fs_short_key_rest(5000, 53, 0, FS_PROTOCOL_UDP, 4));
    g_assert_cmpuint(plain.bytes, ==, 31);
    g_assert_cmpuint(plain.payload_bytes, ==, 3);
    g_assert_cmpuint(plain.tcp_flags, ==, 0);
}

static void assert_udp(uint16_t source, uint16_t destination, bool expected)
{
    struct fs_plain plain;

    begin("192.0.2.1", "192.0.2.9");
    build_udp(&b, source, destination);
    build_end(&b);
    g_assert_cmpint(read_plain(&plain), ==, expected);
}

static void test_tunnel_ports(void)
{
    const uint16_t known[] = {read_defaults.vxlan_port,  read_defaults.vxlan_gpe_port,
                              read_defaults.geneve_port, read_defaults.gtpu_port,
                              read_defaults.l2tp_port,   read_defaults.teredo_port};

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        assert_udp(known[i], 40000, false);
        assert_udp(40000, known[i], false);
        assert_udp(known[i] ^ 1u << 15, 40000, true);
        assert_udp((uint16_t)(known[i] << 8 | known[i] >> 8), 40000, true);
    }
}

static void assert_not_plain(void)
{
    struct fs_plain plain;

    build_end(&b);
    g_assert_false(read_plain(&plain));
}

static void test_others(void)
{
    begin("192.0.2.1", "192.0.2.9");
    build_ipv4_options(&b, 1);
    build_tcp(&b, 1, 2, 0, 0, FS_TCP_ACK);
    assert_not_plain();
    begin("192.0.2.1", "192.0.2.9");
    build_ipv4_fragment(&b, 0, true);
    build_udp(&b, 1, 2);
    assert_not_plain();
    begin("192.0.2.1", "192.0.2.9");
    build_icmp(&b, 8, 0, 1, 1);
    assert_not_plain();
    build_begin(&b);
    build_eth(&b);
    build_ipv6(&b, "2001:db8::1", "2001:db8::2");
    build_udp(&b, 1, 2);
    assert_not_plain();
    build_begin(&b);
    build_eth(&b);
    build_vlan(&b, 0x8100, 1);
    build_ipv4(&b, "192.0.2.1", "192.0.2.9");
    build_udp(&b, 1, 2);
    assert_not_plain();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/plain/tcp", test_tcp);
    g_test_add_func("/packet/plain/udp", test_udp);
    g_test_add_func("/packet/plain/tunnel-ports", test_tunnel_ports);
    g_test_add_func("/packet/plain/others", test_others);
    return g_test_run();
}
