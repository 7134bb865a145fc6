/* SPDX-License-Identifier: BSD-2-Clause */
/* Checksums: right ones, each byte of them wrong, and all that is not called wrong. */
#include "packet/checksum.h"
#include "support/packet_read.h"

static struct build b;
static struct fs_headers headers;

enum { LINK = BUILD_LINK_ETHERNET, PROTOCOLS = 5 };

static void begin(unsigned which)
{
    build_begin(&b);
    build_eth(&b);
    if (which < 3)
        build_ipv4(&b, "192.0.2.1", "198.51.100.2");
    else
        build_ipv6(&b, "2001:db8::1", "2001:db8::2");
    switch (which) {
    case 0:
    case 3:
        build_tcp(&b, 40000, 80, 1, 2, FS_TCP_ACK);
        break;
    case 1:
        build_udp(&b, 40000, 53);
        break;
    case 2:
        build_icmp(&b, 8, 0, 1, 1);
        break;
    default:
        build_icmp6(&b, 128, 0, 1, 1);
        break;
    }
    build_fill(&b, 33); /* an odd length */
    build_end(&b);
}

static bool is_wrong(uint32_t captured)
{
    struct fs_packet_options options = read_defaults;
    struct fs_frame frame;

    options.checksum = options.long_way_alone = true;
    assert_verdict(read_frame(&b, LINK, captured, b.length, &options, &frame), ok);
    headers = frame.level[0];
    g_assert_false(headers.bad_checksum && headers.has_tcp);
    return headers.bad_checksum;
}

static void put16(uint32_t at, unsigned value)
{
    b.data[at] = (uint8_t)(value >> 8);
    b.data[at + 1] = (uint8_t)value;
}

static uint32_t field(void)
{
    static const uint8_t at[PROTOCOLS] = {16, 6, 2, 16, 2};
    for (unsigned which = 0; which < PROTOCOLS; which++) {
        static const uint8_t protocols[PROTOCOLS] = {6, 17, 1, 6, 58};
        if (headers.key.protocol == protocols[which])
            return b.l4 + at[which];
    }
    g_assert_not_reached();
}

static void test_right_and_wrong(void)
{
    for (unsigned which = 0; which < PROTOCOLS; which++) {
        begin(which);
        g_assert_false(is_wrong(b.length));
        for (uint32_t at = field(); at < b.length; at++) {
            b.data[at] ^= 0x10;
            g_assert_true(is_wrong(b.length));
            b.data[at] ^= 0x10;
        }
        /* Cut: it cannot be told. */
        b.data[b.length - 2] ^= 1;
        g_assert_true(is_wrong(b.length));
        g_assert_false(is_wrong(b.length - 1));
    }
}

static void test_ipv4_header(void)
{
    begin(0);
    b.data[b.ip + 8] ^= 1; /* the TTL */
    g_assert_true(is_wrong(b.length));
    g_assert_false(headers.has_tcp);
    put16(b.ip + 10, 0); /* left to the device */
    g_assert_false(is_wrong(b.length));
    g_assert_true(headers.has_tcp);
}

/* Left to the device: the sum of the pseudo-header, not complemented. */
static void test_offload(void)
{
    begin(0);
    g_assert_false(is_wrong(b.length));
    put16(field(), 0);
    g_assert_true(is_wrong(b.length));
    uint32_t sum = 6 + (b.length - b.l4);
    for (uint32_t at = b.ip + 12; at < b.ip + 20; at += 2)
        sum += (uint32_t)b.data[at] << 8 | b.data[at + 1];
    put16(field(), (sum & 0xffff) + (sum >> 16));
    g_assert_false(is_wrong(b.length));
    begin(0);
    put16(b.ip + 2, 0); /* segmentation offload */
    put16(b.ip + 10, 0);
    b.data[b.length - 1] ^= 1;
    g_assert_false(is_wrong(b.length));
}

static void test_udp(void)
{
    begin(1);
    g_assert_false(is_wrong(b.length));
    put16(field(), 0);
    g_assert_false(is_wrong(b.length));
}

static void test_fragment(void)
{
    struct fs_packet_options options = read_defaults;
    struct fs_frame frame;

    options.checksum = options.long_way_alone = true;
    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "198.51.100.2");
    build_ipv4_fragment(&b, 0, true);
    build_udp(&b, 1, 2);
    build_fill(&b, 32);
    build_end(&b);
    b.data[b.length - 1] ^= 1;
    assert_verdict(read_frame(&b, LINK, b.length, b.length, &options, &frame), fragment_pending);
    g_assert_false(frame.level[0].bad_checksum);
}

/* The address that a checksum covers is another where a packet is routed by its sender. */
static void test_routing_header(void)
{
    for (unsigned routing = 0; routing < 2; routing++) {
        build_begin(&b);
        build_eth(&b);
        build_ipv6(&b, "2001:db8::1", "2001:db8::2");
        build_ipv6_extension(&b, 0, 1);
        build_ipv6_extension(&b, routing ? 43 : 60, 1);
        build_udp(&b, 1, 2);
        build_fill(&b, 8);
        build_end(&b);
        g_assert_false(is_wrong(b.length));
        b.data[b.length - 1] ^= 1;
        g_assert_cmpint(is_wrong(b.length), ==, !routing);
    }
}

/* RFC 6275, 6.3 and 6.1.1: the same where a sender away from home says its home address. */
static void test_home_address(void)
{
    enum { OPTIONS_AT = 14 + 40, HOME_ADDRESS = 0xc9, EXPERIMENT = 0x1e };

    for (unsigned home = 0; home < 2; home++) {
        build_begin(&b);
        build_eth(&b);
        build_ipv6(&b, "2001:db8::1", "2001:db8::2");
        build_ipv6_extension(&b, 60, 3);
        b.data[OPTIONS_AT + 2] = 0; /* Pad1 */
        b.data[OPTIONS_AT + 3] = 1;
        b.data[OPTIONS_AT + 4] = 0;
        b.data[OPTIONS_AT + 5] = 0;
        b.data[OPTIONS_AT + 6] = home ? HOME_ADDRESS : EXPERIMENT;
        b.data[OPTIONS_AT + 7] = 16;
        build_udp(&b, 1, 2);
        build_fill(&b, 8);
        build_end(&b);
        g_assert_false(is_wrong(b.length));
        b.data[b.length - 1] ^= 1;
        g_assert_cmpint(is_wrong(b.length), ==, !home);
        b.data[OPTIONS_AT + 7] = 255; /* past the header's end */
        g_assert_cmpint(is_wrong(b.length), ==, !home);
    }
}

static void test_off(void)
{
    begin(0);
    b.data[b.length - 1] ^= 1;
    assert_verdict(read_whole(&b, LINK, &headers), ok);
    g_assert_false(headers.bad_checksum);
    g_assert_true(headers.has_tcp);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/checksum/right_and_wrong", test_right_and_wrong);
    g_test_add_func("/packet/checksum/ipv4_header", test_ipv4_header);
    g_test_add_func("/packet/checksum/offload", test_offload);
    g_test_add_func("/packet/checksum/udp", test_udp);
    g_test_add_func("/packet/checksum/fragment", test_fragment);
    g_test_add_func("/packet/checksum/routing_header", test_routing_header);
    g_test_add_func("/packet/checksum/home_address", test_home_address);
    g_test_add_func("/packet/checksum/off", test_off);
    return g_test_run();
}
