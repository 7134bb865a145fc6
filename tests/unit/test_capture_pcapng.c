/* SPDX-License-Identifier: BSD-2-Clause */
/* pcapng: sections and interfaces of every kind, times, records that are no packets, damage. */
#include "support/capture_bytes.h"

#define NS_PER_S G_GINT64_CONSTANT(1000000000)

static struct flowscope_packet next(fs_reader *reader)
{
    struct flowscope_packet packet;

    g_assert_cmpint(fs_reader_next(reader, &packet), ==, FS_READ_PACKET);
    return packet;
}

static fs_reader *open_bytes(struct bytes *bytes)
{
    char *path = bytes_file(bytes, "test.pcapng");
    fs_reader *reader = bytes_open(path);

    g_free(path);
    return reader;
}

static void assert_error(fs_reader *reader, gsize offset, const char *reason)
{
    struct flowscope_packet packet;
    char *end = g_strdup_printf(": offset %zu: %s", offset, reason);

    g_assert_cmpint(fs_reader_next(reader, &packet), ==, FS_READ_ERROR);
    g_assert_true(g_str_has_suffix(fs_reader_error(reader), end));
    g_free(end);
}

/* Two sections of two byte orders; interface numbers begin again in each. */
static void test_sections(void)
{
    struct bytes bytes = bytes_new(FALSE);
    struct flowscope_packet packet;

    bytes_section(&bytes);
    bytes_interface(&bytes, 1, 100);
    bytes_interface(&bytes, 101, 0);
    bytes_packet(&bytes, 1, 2000000, 5, 50, 1);
    bytes_packet(&bytes, 0, 1000000, 6, 60, 2);
    bytes.swapped = TRUE;
    bytes_section(&bytes);
    bytes_interface(&bytes, 113, 0);
    bytes_packet(&bytes, 0, 3000001, 7, 70, 3);
    fs_reader *reader = open_bytes(&bytes);
    packet = next(reader);
    g_assert_cmpuint(packet.link_type, ==, 101);
    g_assert_cmpuint(packet.interface, ==, 1);
    g_assert_cmpuint(packet.captured_bytes, ==, 5);
    g_assert_cmpint(packet.time_ns, ==, 2 * NS_PER_S);
    packet = next(reader);
    g_assert_cmpuint(packet.link_type, ==, 1);
    g_assert_cmpuint(packet.section, ==, 0);
    packet = next(reader);
    g_assert_cmpuint(packet.link_type, ==, 113);
    g_assert_cmpuint(packet.section, ==, 1);
    g_assert_cmpuint(packet.interface, ==, 0);
    g_assert_cmpuint(packet.frame, ==, 3);
    g_assert_cmpuint(packet.wire_bytes, ==, 70);
    g_assert_cmpint(packet.time_ns, ==, 3 * NS_PER_S + 1000);
    g_assert_cmpuint(packet.data[6], ==, 3);
    bytes_close_at_end(reader);
    bytes_free(&bytes);
}

static void interface_with(struct bytes *bytes, guint8 resolution, gint64 offset)
{
    gsize begin = bytes_block_begin(bytes, 1);

    bytes_u32(bytes, bytes->swapped ? 1u << 16 : 1);
    bytes_u32(bytes, 0);
    bytes_u16(bytes, 9);
    bytes_u16(bytes, 1);
    bytes_fill(bytes, 1, resolution);
    bytes_pad(bytes);
    bytes_u16(bytes, 14);
    bytes_u16(bytes, 8);
    bytes_u64(bytes, (guint64)offset);
    bytes_u32(bytes, 0);
    bytes_block_end(bytes, begin);
}

static void test_times(void)
{
    static const struct {
        guint8 resolution;
        gint64 offset;
        guint64 units;
        gint64 time_ns;
        guint8 quality;
    } cases[] = {
        {0, 0, 7, 7 * NS_PER_S, FLOWSCOPE_TIME_GOOD},
        {3, 10, 1500, 11 * NS_PER_S + 500000000, FLOWSCOPE_TIME_GOOD},
        {6, -5, 5000001, 1000, FLOWSCOPE_TIME_GOOD},
        {9, 0, 1234567891, 1234567891, FLOWSCOPE_TIME_GOOD},
        {12, 0, 1000000000000, NS_PER_S, FLOWSCOPE_TIME_GOOD},
        /* Half a second in picoseconds: the product wraps in Wireshark, and so it does here. */
        {12, 0, 1500000000000, 1001937910, FLOWSCOPE_TIME_GOOD},
        {0x80 | 10, 0, 1536, 1500000000, FLOWSCOPE_TIME_GOOD},
        {0x80 | 63, 0, G_GUINT64_CONSTANT(1) << 63, NS_PER_S, FLOWSCOPE_TIME_GOOD},
        {0x7f, 0, 12345, 0, FLOWSCOPE_TIME_GOOD},
        {6, -10, 0, -10 * NS_PER_S, FLOWSCOPE_TIME_GOOD},
        {0, 0, G_MAXINT64, G_MAXINT64, FLOWSCOPE_TIME_BAD},
    };

    for (gsize i = 0; i < 2 * G_N_ELEMENTS(cases); i++) {
        struct bytes bytes = bytes_new(i % 2 != 0);
        bytes_section(&bytes);
        interface_with(&bytes, cases[i / 2].resolution, cases[i / 2].offset);
        bytes_packet(&bytes, 0, cases[i / 2].units, 1, 1, 0);
        fs_reader *reader = open_bytes(&bytes);
        struct flowscope_packet packet = next(reader);
        g_assert_cmpint(packet.time_ns, ==, cases[i / 2].time_ns);
        g_assert_cmpuint(packet.time_quality, ==, cases[i / 2].quality);
        bytes_close_at_end(reader);
        bytes_free(&bytes);
    }
}

static void block(struct bytes *bytes, guint32 type, gsize size)
{
    gsize begin = bytes_block_begin(bytes, type);

    bytes_fill(bytes, size, 0);
    bytes_block_end(bytes, begin);
}

/* Custom, journal and sysdig blocks take a number; names, statistics and unknown ones do not. */
static void test_records_that_are_no_packets(void)
{
    static const char entry[] = "MESSAGE=x\n__REALTIME_TIMESTAMP=1700000000000001\n";
    static const struct {
        guint64 frame;
        gboolean is_packet;
        guint8 quality;
    } expected[] = {{1, FALSE, FLOWSCOPE_TIME_NONE}, {2, FALSE, FLOWSCOPE_TIME_NONE},
                    {3, FALSE, FLOWSCOPE_TIME_GOOD}, {4, FALSE, FLOWSCOPE_TIME_GOOD},
                    {5, FALSE, FLOWSCOPE_TIME_GOOD}, {6, TRUE, FLOWSCOPE_TIME_GOOD}};
    struct bytes bytes = bytes_new(FALSE);

    bytes_section(&bytes);
    bytes_interface(&bytes, 1, 0);
    block(&bytes, 5, 12);
    block(&bytes, 0xbad, 8);
    block(&bytes, 0x40000bad, 4);
    block(&bytes, 0x4444, 40);
    gsize begin = bytes_block_begin(&bytes, 9);
    g_byte_array_append(bytes.array, (const guint8 *)entry, sizeof(entry) - 1);
    bytes_block_end(&bytes, begin);
    block(&bytes, 0x204, 40);
    block(&bytes, 0x208, 40);
    block(&bytes, 0x216, 40);
    block(&bytes, 4, 4);
    bytes_packet(&bytes, 0, 1, 1, 1, 0);
    fs_reader *reader = open_bytes(&bytes);
    for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
        struct flowscope_packet packet = next(reader);
        g_assert_cmpuint(packet.frame, ==, expected[i].frame);
        g_assert_cmpint(packet.is_packet, ==, expected[i].is_packet);
        g_assert_cmpuint(packet.time_quality, ==, expected[i].quality);
        if (i == 2) {
            g_assert_cmpint(packet.time_ns, ==, 1700000000 * NS_PER_S + 1000);
        }
    }
    bytes_close_at_end(reader);
    bytes_free(&bytes);
}

/* A simple packet has no time, and its captured length is what the interface keeps. */
static void test_simple_packets(void)
{
    struct bytes bytes = bytes_new(FALSE);

    bytes_section(&bytes);
    bytes_interface(&bytes, 1, 10);
    gsize begin = bytes_block_begin(&bytes, 3);
    bytes_u32(&bytes, 64);
    bytes_fill(&bytes, 10, 7);
    bytes_block_end(&bytes, begin);
    fs_reader *reader = open_bytes(&bytes);
    struct flowscope_packet packet = next(reader);
    g_assert_cmpuint(packet.captured_bytes, ==, 10);
    g_assert_cmpuint(packet.wire_bytes, ==, 64);
    g_assert_cmpuint(packet.time_quality, ==, FLOWSCOPE_TIME_NONE);
    bytes_close_at_end(reader);
    bytes_free(&bytes);
}

static void test_direction(void)
{
    static const guint8 expected[] = {FLOWSCOPE_INTERFACE_UNKNOWN, FLOWSCOPE_INTERFACE_INBOUND,
                                      FLOWSCOPE_INTERFACE_OUTBOUND, FLOWSCOPE_INTERFACE_UNKNOWN};
    struct bytes bytes = bytes_new(TRUE);

    bytes_section(&bytes);
    bytes_interface(&bytes, 1, 0);
    for (guint32 flags = 0; flags < 4; flags++) {
        gsize begin = bytes_block_begin(&bytes, 6);
        bytes_fill(&bytes, 20, 0);
        bytes_u16(&bytes, 2);
        bytes_u16(&bytes, 4);
        bytes_u32(&bytes, flags);
        bytes_block_end(&bytes, begin);
    }
    fs_reader *reader = open_bytes(&bytes);
    for (gsize i = 0; i < G_N_ELEMENTS(expected); i++) {
        g_assert_cmpuint(next(reader).direction, ==, expected[i]);
    }
    bytes_close_at_end(reader);
    bytes_free(&bytes);
}

static void test_damage(void)
{
    struct bytes bytes = bytes_new(FALSE);

    bytes_section(&bytes);
    bytes_interface(&bytes, 1, 0);
    bytes_packet(&bytes, 0, 1, 1, 1, 0);
    gsize good = bytes.array->len;

    bytes_packet(&bytes, 3, 1, 1, 1, 0);
    fs_reader *reader = open_bytes(&bytes);
    next(reader);
    assert_error(reader, good, "a packet of interface 3, which is not described");
    fs_reader_close(reader);

    g_byte_array_set_size(bytes.array, (guint)good);
    bytes_packet(&bytes, 0, 1, 1, 1, 0);
    bytes.array->data[bytes.array->len - 4] ^= 4;
    reader = open_bytes(&bytes);
    next(reader);
    assert_error(reader, good, "the two lengths of a block differ, 36 and 32");
    fs_reader_close(reader);

    g_byte_array_set_size(bytes.array, (guint)good);
    bytes_packet(&bytes, 0, 1, 1, 1, 0);
    g_byte_array_set_size(bytes.array, bytes.array->len - 1);
    reader = open_bytes(&bytes);
    next(reader);
    assert_error(reader, good, "the block is cut short");
    fs_reader_close(reader);
    bytes_free(&bytes);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/capture/pcapng/sections", test_sections);
    g_test_add_func("/capture/pcapng/times", test_times);
    g_test_add_func("/capture/pcapng/records_that_are_no_packets",
                    test_records_that_are_no_packets);
    g_test_add_func("/capture/pcapng/simple_packets", test_simple_packets);
    g_test_add_func("/capture/pcapng/direction", test_direction);
    g_test_add_func("/capture/pcapng/damage", test_damage);
    return g_test_run();
}
