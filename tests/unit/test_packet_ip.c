/* SPDX-License-Identifier: BSD-2-Clause */
/* IP headers: lengths, options, extension headers, fragments, and what contradicts itself. */
#include "support/packet_read.h"

#include <arpa/inet.h>
#include <string.h>

static struct build b;
static struct fs_headers headers;

enum { LINK = BUILD_LINK_ETHERNET };

static void begin4(void)
{
    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "198.51.100.2");
}

static void begin6(void)
{
    build_begin(&b);
    build_eth(&b);
    build_ipv6(&b, "2001:db8::1", "2001:db8::2");
}

static void end_udp(uint32_t length)
{
    build_udp(&b, 5000, 53);
    build_fill(&b, length);
    build_end(&b);
}

static void put16(uint32_t at, unsigned value)
{
    b.data[at] = (uint8_t)(value >> 8);
    b.data[at + 1] = (uint8_t)value;
}

static void assert_read(uint32_t bytes, uint32_t payload)
{
    assert_verdict(read_whole(&b, LINK, &headers), ok);
    g_assert_cmpuint(headers.bytes, ==, bytes);
    g_assert_cmpuint(headers.payload_bytes, ==, payload);
    check_cuts(&b, LINK);
}

static void test_addresses(void)
{
    uint8_t expected[2][16] = {{192, 0, 2, 1}, {198, 51, 100, 2}};

    begin4();
    end_udp(10);
    assert_read(38, 10);
    g_assert_true(memcmp(headers.key.addr, expected, sizeof(expected)) == 0);
    g_assert_cmpuint(headers.key.kind, ==, 4);
    g_assert_cmpuint(headers.key.path, ==, 0);
    g_assert_cmpuint(headers.key.extra, ==, 0);

    begin6();
    end_udp(10);
    assert_read(58, 10);
    inet_pton(AF_INET6, "2001:db8::1", expected[0]);
    inet_pton(AF_INET6, "2001:db8::2", expected[1]);
    g_assert_true(memcmp(headers.key.addr, expected, sizeof(expected)) == 0);
    g_assert_cmpuint(headers.key.kind, ==, 6);
}

static void test_padding(void)
{
    begin4();
    end_udp(0);
    build_fill(&b, 18);
    assert_read(28, 0);
    begin6();
    end_udp(1);
    build_fill(&b, 18);
    assert_read(49, 1);
}

/* Options belong to the header and must have been captured. */
static void test_options(void)
{
    for (unsigned words = 1; words <= 10; words++) {
        begin4();
        build_ipv4_options(&b, words);
        end_udp(5);
        assert_read(20 + words * 4 + 13, 5);
        assert_verdict(read_cut(&b, LINK, 14 + 20 + words * 4 - 1, b.length, 8, &headers),
                       truncated_ip);
        assert_verdict(read_cut(&b, LINK, 14 + 20 + words * 4, b.length, 8, &headers),
                       truncated_ports);
    }
}

/* Segmentation offload leaves 0 in the length; VLAN tags are no part of the wire length. */
static void test_no_length(void)
{
    begin4();
    build_tcp(&b, 5000, 80, 1, 1, FS_TCP_ACK);
    build_fill(&b, 3000);
    build_end(&b);
    put16(b.ip + 2, 0);
    assert_read(3040, 3000);
    assert_verdict(read_cut(&b, LINK, 54, 9014, 8, &headers), ok);
    g_assert_cmpuint(headers.bytes, ==, 9000);
    g_assert_cmpuint(headers.payload_bytes, ==, 8960);

    build_begin(&b);
    build_eth(&b);
    build_vlan(&b, 0x8100, 3);
    build_ipv6(&b, "2001:db8::1", "2001:db8::2");
    build_tcp(&b, 5000, 80, 1, 1, FS_TCP_ACK);
    build_fill(&b, 3000);
    build_end(&b);
    put16(b.ip + 4, 0);
    assert_read(3060, 3000);
}

static void test_jumbogram(void)
{
    begin6();
    build_ipv6_extension(&b, 0, 1);
    end_udp(66000);
    put16(b.ip + 4, 0);
    put16(b.l4 + 4, 0); /* RFC 2675: the length does not fit */
    assert_read(40 + 8 + 8 + 66000, 66000);
    g_assert_false(headers.bad_l4);
}

/* A length that the wire cannot have carried. */
static void test_length_too_large(void)
{
    begin4();
    end_udp(100);
    put16(b.ip + 2, 1500);
    assert_read(128, 100);
    g_assert_false(headers.bad_l4);
    begin6();
    end_udp(100);
    put16(b.ip + 4, 1500);
    assert_read(148, 100);
    /* The frame was cut by the capture only: the length is right. */
    assert_verdict(read_cut(&b, LINK, b.length, 2000, 8, &headers), ok);
    g_assert_cmpuint(headers.bytes, ==, 1540);
    g_assert_cmpuint(headers.payload_bytes, ==, 1492);
}

static void test_wire_below_captured(void)
{
    begin4();
    end_udp(100);
    for (uint32_t wire = 0; wire <= b.length; wire++) {
        assert_verdict(read_cut(&b, LINK, b.length, wire, 8, &headers), ok);
        g_assert_cmpuint(headers.bytes, ==, 128);
        g_assert_cmpuint(headers.payload_bytes, ==, 100);
    }
}

static void assert_bad(void)
{
    assert_verdict(read_whole(&b, LINK, &headers), bad_ip);
    check_cuts(&b, LINK);
}

static void test_bad_ipv4(void)
{
    for (unsigned nibble = 0; nibble < 16; nibble++) {
        begin4();
        end_udp(20);
        b.data[b.ip] = (uint8_t)(nibble << 4 | 5);
        if (nibble != 4)
            assert_bad();
        b.data[b.ip] = (uint8_t)(0x40 | nibble);
        if (nibble < 5)
            assert_bad();
    }
    for (unsigned total = 1; total < 20; total++) {
        begin4();
        end_udp(20);
        put16(b.ip + 2, total);
        assert_bad();
    }
    begin4();
    build_ipv4_options(&b, 2);
    end_udp(20);
    put16(b.ip + 2, 27);
    assert_bad();
}

static void test_bad_ipv6(void)
{
    for (unsigned nibble = 0; nibble < 16; nibble++) {
        begin6();
        end_udp(20);
        b.data[b.ip] = (uint8_t)(nibble << 4);
        if (nibble != 6)
            assert_bad();
    }
    /* A chain of extension headers that leaves the packet, by its own length and by theirs. */
    begin6();
    build_ipv6_extension(&b, 60, 2);
    end_udp(20);
    put16(b.ip + 4, 7);
    assert_bad();
    put16(b.ip + 4, 15);
    assert_bad();
    b.data[b.ip + 41] = 255;
    put16(b.ip + 4, 44);
    assert_bad();
}

static void test_extensions(void)
{
    begin6();
    build_ipv6_extension(&b, 0, 1);
    build_ipv6_extension(&b, 60, 3);
    build_ipv6_extension(&b, 43, 2);
    build_ipv6_extension(&b, 60, 32);
    end_udp(10);
    assert_read(40 + 38 * 8 + 18, 10);
    g_assert_cmpuint(headers.key.protocol, ==, 17);
    assert_verdict(read_cut(&b, LINK, 14 + 40 + 38 * 8 - 1, b.length, 8, &headers), truncated_ip);
    assert_verdict(read_cut(&b, LINK, 14 + 40 + 38 * 8, b.length, 8, &headers), truncated_ports);

    begin6();
    for (unsigned i = 0; i < 1000; i++)
        build_ipv6_extension(&b, 60, 1);
    end_udp(10);
    assert_read(40 + 8000 + 18, 10);
}

/* Protocols that look like extension headers and are none of them here. */
static void test_no_extensions(void)
{
    static const uint8_t protocols[] = {50, 59, 135, 139, 140, 253};

    for (size_t i = 0; i < G_N_ELEMENTS(protocols); i++) {
        begin6();
        build_ipv6_extension(&b, 0, 1);
        build_protocol(&b, protocols[i]);
        build_fill(&b, 24);
        build_end(&b);
        assert_read(72, 24);
        g_assert_cmpuint(headers.key.protocol, ==, protocols[i]);
        g_assert_false(headers.has_ports);
        g_assert_cmpuint(headers.key.port[0], ==, 0);
        g_assert_cmpuint(headers.key.port[1], ==, 0);
    }
    begin4();
    build_protocol(&b, 0);
    build_fill(&b, 24);
    build_end(&b);
    assert_read(44, 24);
    g_assert_cmpuint(headers.key.protocol, ==, 0);
}

static void assert_fragment(uint32_t offset, bool more, uint32_t length, uint32_t id,
                            uint8_t protocol)
{
    struct fs_frame frame;

    read_fragment(&b, LINK, &frame);
    g_assert_cmpuint(frame.level_count, ==, 0);
    g_assert_false(frame.fragment.has_level);
    g_assert_cmpuint(frame.fragment.offset, ==, offset);
    g_assert_cmpint(frame.fragment.more, ==, more);
    g_assert_cmpuint(frame.fragment.length, ==, length);
    g_assert_cmpuint(frame.fragment.counted, ==, length);
    g_assert_cmpuint(frame.fragment.bytes.left, ==, length);
    g_assert_cmpuint(frame.fragment.id, ==, id);
    g_assert_cmpuint(frame.fragment.key.protocol, ==, protocol);
}

static void test_fragments4(void)
{
    begin4();
    build_ipv4_fragment(&b, 0, true);
    end_udp(40);
    put16(b.l4 + 4, 2000); /* of the datagram, not of the fragment */
    read_first_fragment(&b, LINK, &headers);
    g_assert_cmpuint(headers.bytes, ==, 68);
    g_assert_cmpuint(headers.payload_bytes, ==, 40);
    g_assert_false(headers.bad_l4);

    for (unsigned offset = 8; offset < 65000; offset += 8184) {
        begin4();
        build_ipv4_fragment(&b, offset, offset % 16 == 0);
        build_ipv4_id(&b, 0xabcd);
        build_protocol(&b, 17);
        build_fill(&b, 40);
        build_end(&b);
        assert_fragment(offset, offset % 16 == 0, 40, 0xabcd, 17);
    }
    /* One that leaves the datagram, has no bytes, or a part of eight in the middle. */
    static const struct {
        unsigned offset;
        bool more;
        uint32_t length;
        bool good;
    } edges[] = {{65496, false, 19, true}, {65496, false, 20, false}, {65528, false, 8, false},
                 {8, false, 0, false},     {8, true, 0, false},       {8, true, 12, false},
                 {8, true, 16, true},      {0, true, 12, false},      {0, true, 16, true}};
    for (unsigned i = 0; i < G_N_ELEMENTS(edges); i++) {
        begin4();
        build_ipv4_fragment(&b, edges[i].offset, edges[i].more);
        build_protocol(&b, 17);
        build_fill(&b, edges[i].length);
        build_end(&b);
        const enum flowscope_verdict verdict = read_whole(&b, LINK, &headers);
        if (edges[i].good)
            assert_verdict(verdict, fragment_pending);
        else
            assert_verdict(verdict, bad_ip);
    }
    begin4();
    end_udp(40);
    b.data[b.ip + 6] = 0x40; /* don't fragment is no fragment */
    assert_read(68, 40);
}

static void test_fragments6(void)
{
    begin6();
    build_ipv6_extension(&b, 60, 1);
    build_ipv6_fragment(&b, 0, true);
    build_ipv6_extension(&b, 60, 1);
    end_udp(40);
    put16(b.l4 + 4, 2000);
    read_first_fragment(&b, LINK, &headers);
    g_assert_cmpuint(headers.bytes, ==, 40 + 24 + 48);
    g_assert_cmpuint(headers.payload_bytes, ==, 40);
    g_assert_false(headers.bad_l4);

    begin6();
    build_ipv6_fragment(&b, 0, false); /* atomic: whole in spite of the header */
    end_udp(40);
    assert_read(40 + 8 + 48, 40);
    put16(b.l4 + 4, 2000);
    assert_verdict(read_whole(&b, LINK, &headers), ok);
    g_assert_true(headers.bad_l4);

    for (unsigned offset = 8; offset < 65000; offset += 8184) {
        begin6();
        build_ipv6_extension(&b, 60, 1);
        build_ipv6_fragment(&b, offset, offset % 16 == 0);
        build_protocol(&b, 6);
        build_fill(&b, 40);
        build_end(&b);
        assert_fragment(offset, offset % 16 == 0, 40, 0x5eed, 6);
    }

    begin6();
    build_ipv6_fragment(&b, 65528, false);
    build_protocol(&b, 17);
    build_fill(&b, 8);
    build_end(&b);
    assert_verdict(read_whole(&b, LINK, &headers), bad_ip);

    begin6();
    build_ipv6_fragment(&b, 0, true);
    build_ipv6_fragment(&b, 0, true); /* a datagram is cut once */
    end_udp(40);
    assert_verdict(read_whole(&b, LINK, &headers), bad_ip);

    begin6();
    build_ipv6_fragment(&b, 0, false);
    build_ipv6_fragment(&b, 8, false); /* the first one is none */
    build_protocol(&b, 17);
    build_fill(&b, 8);
    build_end(&b);
    assert_fragment(8, false, 8, 0x5eed, 17);

    begin6();
    build_ipv6_fragment(&b, 0, true);
    build_ipv6_extension(&b, 60, 3); /* RFC 7112: the chain of headers leaves the first fragment */
    b.length -= 8;
    b.data[b.ip + 5] = 24;
    assert_verdict(read_whole(&b, LINK, &headers), bad_ip);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/ip/addresses", test_addresses);
    g_test_add_func("/packet/ip/padding", test_padding);
    g_test_add_func("/packet/ip/options", test_options);
    g_test_add_func("/packet/ip/no-length", test_no_length);
    g_test_add_func("/packet/ip/jumbogram", test_jumbogram);
    g_test_add_func("/packet/ip/length-too-large", test_length_too_large);
    g_test_add_func("/packet/ip/wire-below-captured", test_wire_below_captured);
    g_test_add_func("/packet/ip/bad-ipv4", test_bad_ipv4);
    g_test_add_func("/packet/ip/bad-ipv6", test_bad_ipv6);
    g_test_add_func("/packet/ip/extensions", test_extensions);
    g_test_add_func("/packet/ip/no-extensions", test_no_extensions);
    g_test_add_func("/packet/ip/fragments4", test_fragments4);
    g_test_add_func("/packet/ip/fragments6", test_fragments6);
    return g_test_run();
}
