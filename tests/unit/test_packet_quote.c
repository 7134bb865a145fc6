/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/packet_read.h"

#include <string.h>

#define LINK BUILD_LINK_RAW

static struct build b;
static struct fs_frame frame;

/* An error of `type`, up to what it quotes. */
static void error4(uint8_t type)
{
    build_begin(&b);
    build_ipv4(&b, "203.0.113.1", "192.0.2.1");
    build_icmp(&b, type, 3, 0, 0);
}

static void error6(uint8_t type)
{
    build_begin(&b);
    build_ipv6(&b, "2001:db8:1::1", "2001:db8::1");
    build_icmp6(&b, type, 0, 0, 0);
}

/* Appends the first `length` bytes of the IP packet in `quoted`. */
static void quote(const struct build *quoted, uint32_t length)
{
    build_data(&b, quoted->data, length);
    build_end(&b);
}

static void make_quoted(struct build *quoted, unsigned version, bool tcp)
{
    build_begin(quoted);
    if (version == 4)
        build_ipv4(quoted, "192.0.2.1", "198.51.100.9");
    else
        build_ipv6(quoted, "2001:db8::1", "2001:db8::9");
    if (tcp)
        build_tcp(quoted, 40000, 80, 1, 1, FS_TCP_ACK);
    else
        build_udp(quoted, 40000, 53);
    build_fill(quoted, 104);
    build_end(quoted);
}

/* The quote is that of the packet itself, whatever is left of it behind the ports. */
static void test_keys(void)
{
    static struct build quoted;
    struct fs_headers headers;

    for (unsigned version = 4; version <= 6; version += 2)
        for (unsigned tcp = 0; tcp < 2; tcp++) {
            make_quoted(&quoted, version, tcp);
            assert_verdict(read_whole(&quoted, LINK, &headers), ok);
            const uint32_t ports_end = (version == 4 ? 20 : 40) + 4;
            for (uint32_t length = 0; length <= quoted.length; length++) {
                version == 4 ? error4(3) : error6(1);
                quote(&quoted, length);
                read_levels(&b, LINK, &frame);
                g_assert_cmpint(frame.has_quote, ==, length >= ports_end);
                if (frame.has_quote)
                    g_assert_true(memcmp(&frame.quote, &headers.key, sizeof(frame.quote)) == 0);
            }
        }
}

static void test_types(void)
{
    static struct build quoted;

    for (unsigned type = 0; type < 256; type++) {
        make_quoted(&quoted, 4, true);
        error4((uint8_t)type);
        quote(&quoted, 28);
        read_levels(&b, LINK, &frame);
        g_assert_cmpint(frame.has_quote, ==,
                        type == 3 || type == 4 || type == 5 || type == 11 || type == 12);
        make_quoted(&quoted, 6, true);
        error6((uint8_t)type);
        quote(&quoted, 48);
        read_levels(&b, LINK, &frame);
        g_assert_cmpint(frame.has_quote, ==, type >= 1 && type <= 4);
    }
}

/* A redirect up to what it quotes, behind `before` options of `units` times eight bytes. */
static void redirect6(unsigned before, uint8_t units)
{
    const uint8_t addresses[32] = {0xfe, 0x80}, reserved[6] = {0};

    error6(137);
    build_data(&b, addresses, sizeof(addresses));
    for (unsigned i = 0; i < before; i++) {
        const uint8_t option[8] = {2, units};

        build_data(&b, option, sizeof(option));
        build_fill(&b, units > 1 ? (units - 1) * 8u : 0);
    }
    build_data(&b, (const uint8_t[2]){4, 12}, 2);
    build_data(&b, reserved, sizeof(reserved));
}

static void test_redirect6(void)
{
    static struct build quoted;
    struct fs_headers headers;

    make_quoted(&quoted, 6, false);
    assert_verdict(read_whole(&quoted, LINK, &headers), ok);
    for (unsigned before = 0; before <= 8; before++)
        for (uint8_t units = 0; units <= 2; units++) {
            redirect6(before, units);
            quote(&quoted, 48);
            read_levels(&b, LINK, &frame);
            g_assert_cmpint(frame.has_quote, ==, before == 0 || (units > 0 && before < 8));
            if (frame.has_quote)
                g_assert_true(memcmp(&frame.quote, &headers.key, sizeof(frame.quote)) == 0);
        }
    for (uint32_t length = 0; length < 44; length++) { /* cut before the ports */
        redirect6(1, 1);
        quote(&quoted, length);
        read_levels(&b, LINK, &frame);
        g_assert_false(frame.has_quote);
    }
    error6(137); /* cut in its addresses */
    build_fill(&b, 31);
    build_end(&b);
    read_levels(&b, LINK, &frame);
    g_assert_false(frame.has_quote);
}

/* What AH protects is the flow's; it is no layer of the error. */
static void test_ah(void)
{
    static struct build quoted;
    struct fs_packet_options options = read_defaults;
    struct fs_headers headers;

    for (unsigned version = 4; version <= 6; version += 2) {
        build_begin(&quoted);
        if (version == 4)
            build_ipv4(&quoted, "192.0.2.1", "198.51.100.9");
        else
            build_ipv6(&quoted, "2001:db8::1", "2001:db8::9");
        build_ah(&quoted, 3);
        if (version == 6)
            build_ipv6_extension(&quoted, 60, 1);
        build_udp(&quoted, 40000, 53);
        build_end(&quoted);
        assert_verdict(read_whole(&quoted, LINK, &headers), ok);
        g_assert_cmpuint(headers.key.protocol, ==, FS_PROTOCOL_UDP);
        for (uint32_t length = 0; length <= quoted.length; length++) {
            version == 4 ? error4(3) : error6(1);
            quote(&quoted, length);
            read_levels(&b, LINK, &frame);
            g_assert_cmpint(frame.has_quote, ==, length + 4 >= quoted.length);
            g_assert_cmpuint(frame.layer_count, ==, 0);
            if (frame.has_quote)
                g_assert_true(memcmp(&frame.quote, &headers.key, sizeof(frame.quote)) == 0);
        }
        options.tunnel_depth = 0;
        read_frame(&b, LINK, b.length, b.length, &options, &frame);
        g_assert_true(frame.has_quote);
        g_assert_cmpuint(frame.quote.protocol, ==, FS_PROTOCOL_AH);
        options.tunnel_depth = FLOWSCOPE_LAYERS_MAX;
        options.closed_tunnels = 1u << FLOWSCOPE_LAYER_ah;
        read_frame(&b, LINK, b.length, b.length, &options, &frame);
        g_assert_cmpuint(frame.quote.protocol, ==, FS_PROTOCOL_AH);
        options.closed_tunnels = 0;
    }
}

/* Ports are in the first fragment alone. */
static void test_fragments(void)
{
    static struct build quoted;

    make_quoted(&quoted, 4, false);
    quoted.data[quoted.ip + 6] = 0x20;
    error4(11);
    quote(&quoted, 28);
    read_levels(&b, LINK, &frame);
    g_assert_true(frame.has_quote);
    quoted.data[quoted.ip + 7] = 1;
    error4(11);
    quote(&quoted, 28);
    read_levels(&b, LINK, &frame);
    g_assert_false(frame.has_quote);
    for (unsigned first = 0; first < 2; first++) {
        build_begin(&quoted);
        build_ipv6(&quoted, "2001:db8::1", "2001:db8::9");
        build_ipv6_fragment(&quoted, first ? 0 : 8, true);
        build_ipv6_extension(&quoted, 60, 1);
        build_udp(&quoted, 40000, 53);
        build_fill(&quoted, 40);
        build_end(&quoted);
        error6(3);
        quote(&quoted, 40 + 8 + 8 + 8);
        read_levels(&b, LINK, &frame);
        g_assert_cmpint(frame.has_quote, ==, first != 0);
        if (first)
            g_assert_cmpuint(frame.quote.protocol, ==, 17);
    }
}

static void test_bad(void)
{
    static struct build quoted;

    make_quoted(&quoted, 6, false); /* the wrong version */
    error4(3);
    quote(&quoted, 48);
    read_levels(&b, LINK, &frame);
    g_assert_false(frame.has_quote);
    make_quoted(&quoted, 4, false);
    quoted.data[quoted.ip] = 0x44;
    error4(3);
    quote(&quoted, 28);
    read_levels(&b, LINK, &frame);
    g_assert_false(frame.has_quote);
}

/* In a tunnel the path is that of the error; under `strict` the way back is another. */
static void test_paths(void)
{
    static struct build quoted;
    struct fs_packet_options options = read_defaults;
    struct fs_frame there;

    for (unsigned direction = 0; direction < 2; direction++) {
        struct fs_frame *to = direction ? &there : &frame;

        build_begin(&b);
        build_ipv4(&b, direction ? "203.0.113.7" : "203.0.113.8",
                   direction ? "203.0.113.8" : "203.0.113.7");
        build_udp(&b, 4789, 4789);
        build_vxlan(&b, 42);
        build_eth(&b);
        build_ipv4(&b, "203.0.113.1", "192.0.2.1");
        if (direction) {
            build_udp(&b, 1, 2);
        } else {
            make_quoted(&quoted, 4, false);
            build_icmp(&b, 3, 3, 0, 0);
            build_data(&b, quoted.data, 28);
        }
        build_end(&b);
        options.identity = FLOWSCOPE_IDENTITY_IGNORE_VLAN;
        read_frame(&b, LINK, b.length, b.length, &options, to);
        g_assert_cmpuint(to->level_count, ==, 2);
        if (direction == 0) {
            g_assert_cmpuint(frame.quote.path, ==, frame.level[1].key.path);
            g_assert_cmpuint(frame.other_path, ==, frame.quote.path);
            g_assert_cmpuint(frame.quote.path, !=, 0);
        }
        options.identity = FLOWSCOPE_IDENTITY_STRICT;
        read_frame(&b, LINK, b.length, b.length, &options, to);
    }
    g_assert_cmpuint(frame.quote.path, ==, frame.level[1].key.path);
    g_assert_cmpuint(frame.other_path, ==, there.level[1].key.path);
    g_assert_cmpuint(frame.other_path, !=, frame.quote.path);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/quote/keys", test_keys);
    g_test_add_func("/packet/quote/types", test_types);
    g_test_add_func("/packet/quote/redirect6", test_redirect6);
    g_test_add_func("/packet/quote/ah", test_ah);
    g_test_add_func("/packet/quote/fragments", test_fragments);
    g_test_add_func("/packet/quote/bad", test_bad);
    g_test_add_func("/packet/quote/paths", test_paths);
    return g_test_run();
}
