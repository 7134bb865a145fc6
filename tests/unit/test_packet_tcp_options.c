/* SPDX-License-Identifier: BSD-2-Clause */
/* TCP options: each kind, where it counts, and headers that end in the middle of one. */
#include "packet/tcp_options.h"
#include "support/packet_read.h"

static struct build b;
static struct fs_tcp_options options;

enum { LINK = BUILD_LINK_ETHERNET };

#define MSS_1460       "\x02\x04\x05\xb4"
#define SHIFT_7        "\x03\x03\x07"
#define SACK_PERMITTED "\x04\x02"
#define TIMESTAMPS     "\x08\x0a\x01\x02\x03\x04\x05\x06\x07\x08"
#define NOP            "\x01"

/* A segment with these options, through the headers as the engine finds it. */
static void read_segment(uint8_t flags, const char *bytes, unsigned length)
{
    struct fs_headers headers;

    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_tcp(&b, 40000, 80, 1, 0, flags);
    build_tcp_options(&b, bytes, length);
    build_fill(&b, 30); /* nothing of the payload is taken for an option */
    build_end(&b);
    assert_verdict(read_whole(&b, LINK, &headers), ok);
    g_assert_true(headers.has_tcp);
    g_assert_cmpuint(headers.ip_at, ==, 14);
    g_assert_cmpuint(headers.transport_at, ==, 34);
    const struct flowscope_packet packet = build_packet(&b, LINK);
    memset(&options, 0xa5, sizeof(options));
    fs_tcp_options_of(&packet, headers.transport_at, &options);
}

#define read_options(flags, bytes) read_segment(flags, bytes, sizeof(bytes) - 1)

static void test_none(void)
{
    read_segment(FS_TCP_SYN, "", 0);
    g_assert_cmpuint(options.flags, ==, 0);
    g_assert_cmpuint(options.mss, ==, 0);
    g_assert_cmpuint(options.sack_count, ==, 0);
}

/* What Linux sends. */
static void test_syn(void)
{
    read_options(FS_TCP_SYN, MSS_1460 SACK_PERMITTED TIMESTAMPS NOP SHIFT_7);
    g_assert_cmpuint(options.flags, ==,
                     FS_TCP_HAS_MSS | FS_TCP_HAS_WINDOW_SHIFT | FS_TCP_SACK_PERMITTED |
                         FS_TCP_HAS_TIMESTAMPS);
    g_assert_cmpuint(options.mss, ==, 1460);
    g_assert_cmpuint(options.window_shift, ==, 7);
    g_assert_cmpuint(options.timestamp, ==, 0x01020304);
    g_assert_cmpuint(options.echo, ==, 0x05060708);
}

static void test_only_in_a_syn(void)
{
    read_options(FS_TCP_ACK, MSS_1460 SACK_PERMITTED TIMESTAMPS NOP SHIFT_7);
    g_assert_cmpuint(options.flags, ==, FS_TCP_HAS_TIMESTAMPS);
    g_assert_cmpuint(options.mss, ==, 0);
    g_assert_cmpuint(options.window_shift, ==, 0);
    read_options(FS_TCP_SYN | FS_TCP_ACK, MSS_1460);
    g_assert_cmpuint(options.flags, ==, FS_TCP_HAS_MSS);
}

static void test_shift_too_large(void)
{
    read_options(FS_TCP_SYN, "\x03\x03\xff\x00");
    g_assert_cmpuint(options.flags, ==, FS_TCP_HAS_WINDOW_SHIFT);
    g_assert_cmpuint(options.window_shift, ==, FS_TCP_SHIFT_MAX);
}

static void test_sack(void)
{
    static const char blocks[] = "\x01\x01\x05\x22\0\0\0\1\0\0\0\2\xff\xff\xff\xff\0\0\0\4"
                                 "\0\0\0\5\0\0\0\6\0\0\0\7\0\0\0\x08";

    read_segment(FS_TCP_ACK, blocks, 36);
    g_assert_cmpuint(options.flags, ==, 0);
    g_assert_cmpuint(options.sack_count, ==, 4);
    g_assert_cmpuint(options.sack[0].left, ==, 1);
    g_assert_cmpuint(options.sack[0].right, ==, 2);
    g_assert_cmpuint(options.sack[1].left, ==, UINT32_MAX);
    g_assert_cmpuint(options.sack[3].right, ==, 8);
}

/* Timestamps and three blocks fill the header to the last byte. */
static void test_full_header(void)
{
    read_options(FS_TCP_ACK, NOP NOP TIMESTAMPS NOP NOP
                 "\x05\x1a\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5\0\0\0\6");
    g_assert_cmpuint(options.flags, ==, FS_TCP_HAS_TIMESTAMPS);
    g_assert_cmpuint(options.sack_count, ==, 3);
    g_assert_cmpuint(options.sack[2].right, ==, 6);
}

static void test_end_and_unknown(void)
{
    read_options(FS_TCP_SYN, "\xfd\x04\x12\x34" MSS_1460 "\x00" SHIFT_7); /* 253: experiments */
    g_assert_cmpuint(options.flags, ==, FS_TCP_HAS_MSS);
}

static void test_twice(void)
{
    read_options(FS_TCP_SYN, MSS_1460 "\x02\x04\x02\x18");
    g_assert_cmpuint(options.mss, ==, 536);
}

/* Lengths that a kind cannot have spoil that option alone; those that lead out of the header, or
 * nowhere, all that follows. */
static void test_bad(void)
{
    read_options(FS_TCP_SYN, "\x02\x03\x05\x01" SHIFT_7 NOP);
    g_assert_cmpuint(options.flags, ==, FS_TCP_OPTIONS_BAD | FS_TCP_HAS_WINDOW_SHIFT);
    read_options(FS_TCP_SYN, "\x05\x06\0\0\0\1\1\1");
    g_assert_cmpuint(options.flags, ==, FS_TCP_OPTIONS_BAD);
    g_assert_cmpuint(options.sack_count, ==, 0);
    for (unsigned length = 0; length < 2; length++) {
        const char bytes[] = {8, (char)length, 1, 1, 2, 4, 5, (char)0xb4};
        read_segment(FS_TCP_SYN, bytes, sizeof(bytes));
        g_assert_cmpuint(options.flags, ==, FS_TCP_OPTIONS_BAD);
    }
    read_options(FS_TCP_SYN, MSS_1460 "\x08\x0a\x01\x01");
    g_assert_cmpuint(options.flags, ==, FS_TCP_OPTIONS_BAD | FS_TCP_HAS_MSS);
    read_options(FS_TCP_SYN, MSS_1460 NOP NOP NOP "\x03");
    g_assert_cmpuint(options.flags, ==, FS_TCP_OPTIONS_BAD | FS_TCP_HAS_MSS);
}

/* Every cut of a header, from memory that ends there: what was captured whole is read. */
static void test_cut(void)
{
    static const uint8_t header[] = {0x9c, 0x40, 0, 80, 0, 0, 0, 1, 0, 0,   0, 0, 0xa0, 2,
                                     0xfa, 0xf0, 0, 0,  0, 0, 2, 4, 5, 180, 4, 2, 8,    10,
                                     1,    2,    3, 4,  5, 6, 7, 8, 1, 3,   3, 7};

    for (size_t captured = 0; captured <= sizeof(header); captured++) {
        uint8_t *bytes = g_memdup2(header, captured);
        const struct fs_cursor tcp = fs_cursor_over(bytes, captured);
        unsigned expected = captured < sizeof(header) ? FS_TCP_OPTIONS_CUT : 0;

        fs_tcp_options_read(&tcp, &options);
        expected |= captured >= 24 ? FS_TCP_HAS_MSS : 0;
        expected |= captured >= 26 ? FS_TCP_SACK_PERMITTED : 0;
        expected |= captured >= 36 ? FS_TCP_HAS_TIMESTAMPS : 0;
        expected |= captured >= 40 ? FS_TCP_HAS_WINDOW_SHIFT : 0;
        g_assert_cmpuint(options.flags, ==, expected);
        g_free(bytes);
    }
}

static void test_short_header(void)
{
    uint8_t bytes[40] = {[12] = 0x40, [13] = FS_TCP_SYN, [20] = 2, 4, 5, 180};
    const struct fs_cursor tcp = fs_cursor_over(bytes, sizeof(bytes));

    fs_tcp_options_read(&tcp, &options);
    g_assert_cmpuint(options.flags, ==, FS_TCP_OPTIONS_BAD);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/tcp_options/none", test_none);
    g_test_add_func("/packet/tcp_options/syn", test_syn);
    g_test_add_func("/packet/tcp_options/only_in_a_syn", test_only_in_a_syn);
    g_test_add_func("/packet/tcp_options/shift_too_large", test_shift_too_large);
    g_test_add_func("/packet/tcp_options/sack", test_sack);
    g_test_add_func("/packet/tcp_options/full_header", test_full_header);
    g_test_add_func("/packet/tcp_options/end_and_unknown", test_end_and_unknown);
    g_test_add_func("/packet/tcp_options/twice", test_twice);
    g_test_add_func("/packet/tcp_options/bad", test_bad);
    g_test_add_func("/packet/tcp_options/cut", test_cut);
    g_test_add_func("/packet/tcp_options/short_header", test_short_header);
    return g_test_run();
}
