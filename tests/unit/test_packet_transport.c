/* SPDX-License-Identifier: BSD-2-Clause */
/* Transport headers: ports, TCP's facts, payloads, and headers that contradict themselves. */
#include "support/packet_read.h"

static struct build b;
static struct fs_headers headers;

enum { LINK = BUILD_LINK_RAW };

static void begin(void)
{
    build_begin(&b);
    build_ipv4(&b, "198.51.100.2", "192.0.2.1");
}

static void put16(uint32_t at, unsigned value)
{
    b.data[at] = (uint8_t)(value >> 8);
    b.data[at + 1] = (uint8_t)value;
}

static void read_ok(void)
{
    assert_verdict(read_whole(&b, LINK, &headers), ok);
    check_cuts(&b, LINK);
}

static void test_tcp(void)
{
    begin();
    build_tcp(&b, 443, 50000, 0xfedcba98, 0x01234567, FS_TCP_ACK | FS_TCP_PSH);
    build_fill(&b, 100);
    build_end(&b);
    read_ok();
    g_assert_true(headers.has_tcp);
    g_assert_true(headers.has_ports);
    g_assert_false(headers.bad_l4);
    g_assert_true(headers.swapped);
    g_assert_cmpuint(headers.key.port[0], ==, 50000);
    g_assert_cmpuint(headers.key.port[1], ==, 443);
    g_assert_cmpuint(headers.tcp.seq, ==, 0xfedcba98);
    g_assert_cmpuint(headers.tcp.ack, ==, 0x01234567);
    g_assert_cmpuint(headers.tcp.window, ==, 0xfaf0);
    g_assert_cmpuint(headers.tcp.flags, ==, 0x18);
    g_assert_cmpuint(headers.bytes, ==, 140);
    g_assert_cmpuint(headers.payload_bytes, ==, 100);
}

static void test_tcp_options(void)
{
    begin();
    build_tcp(&b, 443, 50000, 1, 1, FS_TCP_ACK);
    build_tcp_options(&b, "\x01\x01\x08\x0a........", 12);
    build_fill(&b, 100);
    build_end(&b);
    read_ok();
    g_assert_true(headers.has_tcp);
    g_assert_cmpuint(headers.payload_bytes, ==, 100);
    /* Only the options are cut off: all that a connection needs is there. */
    assert_verdict(read_cut(&b, LINK, 40, b.length, 8, &headers), ok);
    g_assert_true(headers.has_tcp);
    g_assert_cmpuint(headers.payload_bytes, ==, 100);
}

static void test_tcp_cut(void)
{
    begin();
    build_tcp(&b, 443, 50000, 1, 1, FS_TCP_ACK);
    build_fill(&b, 100);
    build_end(&b);
    for (uint32_t captured = 20; captured < b.length; captured++) {
        const enum flowscope_verdict verdict = read_cut(&b, LINK, captured, b.length, 8, &headers);
        if (captured < 24) {
            assert_verdict(verdict, truncated_ports);
            continue;
        }
        assert_verdict(verdict, ok);
        g_assert_false(headers.bad_l4);
        g_assert_cmpint(headers.has_tcp, ==, captured >= 40);
        g_assert_cmpuint(headers.payload_bytes, ==, captured >= 33 ? 100 : 0);
        g_assert_cmpuint(headers.bytes, ==, 140);
    }
}

static void test_tcp_bad(void)
{
    for (unsigned offset = 0; offset < 16; offset++) {
        begin();
        build_tcp(&b, 443, 50000, 1, 1, FS_TCP_ACK);
        build_fill(&b, 12);
        build_end(&b);
        b.data[b.l4 + 12] = (uint8_t)(offset << 4);
        read_ok();
        const bool sound = offset >= 5 && offset <= 8;
        g_assert_cmpint(headers.bad_l4, ==, !sound);
        g_assert_cmpint(headers.has_tcp, ==, sound);
        g_assert_cmpuint(headers.payload_bytes, ==, sound ? 32 - offset * 4 : 0);
        g_assert_cmpuint(headers.key.port[0], ==, 50000);
    }
}

/* The IP length ends inside the header; what was captured behind it is padding. */
static void test_ip_ends_early(void)
{
    for (unsigned length = 0; length < 20; length++) {
        begin();
        build_tcp(&b, 443, 50000, 1, 1, FS_TCP_ACK);
        build_end(&b);
        put16(2, 20 + length);
        const enum flowscope_verdict verdict = read_whole(&b, LINK, &headers);
        check_cuts(&b, LINK);
        if (length < 4) {
            assert_verdict(verdict, truncated_ports);
            continue;
        }
        assert_verdict(verdict, ok);
        g_assert_true(headers.bad_l4);
        g_assert_false(headers.has_tcp);
        g_assert_cmpuint(headers.payload_bytes, ==, 0);
    }
}

/* Offload: the length of the wire stands in, and a TCP header must fit into it. */
static void test_offloaded_tcp(void)
{
    begin();
    build_tcp(&b, 443, 50000, 1, 1, FS_TCP_ACK);
    build_fill(&b, 12);
    build_end(&b);
    put16(2, 0);
    read_ok();
    g_assert_true(headers.has_tcp);
    g_assert_cmpuint(headers.payload_bytes, ==, 12);
    b.data[b.l4 + 12] = 0x90;
    read_ok();
    g_assert_true(headers.bad_l4);
}

static void test_first_fragment(void)
{
    begin();
    build_ipv4_fragment(&b, 0, true);
    build_tcp(&b, 443, 50000, 1, 1, FS_TCP_ACK);
    build_end(&b);
    put16(2, 28); /* eight bytes of the header, the rest in the next fragment */
    b.length = 28;
    read_first_fragment(&b, LINK, &headers);
    g_assert_false(headers.bad_l4);
    g_assert_false(headers.has_tcp);
    g_assert_cmpuint(headers.payload_bytes, ==, 0);
}

static void test_udp(void)
{
    begin();
    build_udp(&b, 53, 33000);
    build_fill(&b, 100);
    build_end(&b);
    read_ok();
    g_assert_false(headers.bad_l4);
    g_assert_false(headers.has_tcp);
    g_assert_cmpuint(headers.payload_bytes, ==, 100);
    for (unsigned length = 0; length < 200; length++) {
        put16(b.l4 + 4, length);
        read_ok();
        g_assert_cmpint(headers.bad_l4, ==, length < 8 || length > 108);
        g_assert_cmpuint(headers.payload_bytes, ==, 100);
    }
    put16(2, 0); /* offload: no length at all is consistent */
    put16(b.l4 + 4, 0);
    read_ok();
    g_assert_false(headers.bad_l4);
    put16(b.l4 + 4, 7);
    read_ok();
    g_assert_true(headers.bad_l4);
}

static void test_udp_short(void)
{
    for (unsigned length = 4; length < 8; length++) {
        begin();
        build_udp(&b, 53, 33000);
        build_end(&b);
        put16(2, 20 + length);
        read_ok();
        g_assert_true(headers.bad_l4);
        g_assert_cmpuint(headers.payload_bytes, ==, 0);
    }
}

static void test_sctp(void)
{
    begin();
    build_sctp(&b, 2905, 38412);
    build_fill(&b, 40);
    build_end(&b);
    read_ok();
    g_assert_true(headers.has_ports);
    g_assert_false(headers.bad_l4);
    g_assert_cmpuint(headers.key.port[0], ==, 38412);
    g_assert_cmpuint(headers.key.port[1], ==, 2905);
    g_assert_cmpuint(headers.payload_bytes, ==, 40);
    put16(2, 20 + 11);
    read_ok();
    g_assert_true(headers.bad_l4);
    g_assert_cmpuint(headers.payload_bytes, ==, 0);
}

/* Every other protocol has no ports, whatever its bytes; all behind the IP header is payload. */
static void test_others(void)
{
    for (unsigned protocol = 0; protocol < 256; protocol++) {
        if (protocol == 1 || protocol == 6 || protocol == 17 || protocol == 58 || protocol == 132)
            continue;
        begin();
        build_protocol(&b, (uint8_t)protocol);
        build_fill(&b, 3);
        build_end(&b);
        read_ok();
        g_assert_cmpuint(headers.key.protocol, ==, protocol);
        g_assert_cmpuint(headers.key.kind, ==, 4);
        g_assert_false(headers.has_ports);
        g_assert_false(headers.has_tcp);
        g_assert_false(headers.bad_l4);
        g_assert_true(headers.swapped);
        g_assert_cmpuint(headers.key.port[0] | headers.key.port[1], ==, 0);
        g_assert_cmpuint(headers.payload_bytes, ==, 3);
        assert_verdict(read_cut(&b, LINK, 20, b.length, 8, &headers), ok);
        g_assert_cmpuint(headers.payload_bytes, ==, 3);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/transport/tcp", test_tcp);
    g_test_add_func("/packet/transport/tcp-options", test_tcp_options);
    g_test_add_func("/packet/transport/tcp-cut", test_tcp_cut);
    g_test_add_func("/packet/transport/tcp-bad", test_tcp_bad);
    g_test_add_func("/packet/transport/ip-ends-early", test_ip_ends_early);
    g_test_add_func("/packet/transport/offloaded-tcp", test_offloaded_tcp);
    g_test_add_func("/packet/transport/first-fragment", test_first_fragment);
    g_test_add_func("/packet/transport/udp", test_udp);
    g_test_add_func("/packet/transport/udp-short", test_udp_short);
    g_test_add_func("/packet/transport/sctp", test_sctp);
    g_test_add_func("/packet/transport/others", test_others);
    return g_test_run();
}
