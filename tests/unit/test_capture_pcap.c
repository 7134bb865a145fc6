/* SPDX-License-Identifier: BSD-2-Clause */
/* pcap: byte orders, resolutions, variants, lengths, and where a damaged file ends. */
#include "support/capture_bytes.h"

#include <string.h>

static struct flowscope_packet next(fs_reader *reader)
{
    struct flowscope_packet packet;

    g_assert_cmpint(fs_reader_next(reader, &packet), ==, FS_READ_PACKET);
    g_assert_cmpuint(packet.size, ==, sizeof(packet));
    return packet;
}

static void assert_same(const struct flowscope_packet *one, const struct flowscope_packet *other)
{
    struct flowscope_packet moved = *one;

    g_assert_cmpuint(one->captured_bytes, ==, other->captured_bytes);
    g_assert_true(memcmp(one->data, other->data, one->captured_bytes) == 0);
    moved.data = other->data;
    g_assert_true(memcmp(&moved, other, sizeof(moved)) == 0);
}

/* In batches of any size, which take plain records many at a time, a file reads as one by one. */
static void check_batches(const char *path)
{
    static const gsize rooms[] = {1, 2, 7, 32};
    struct flowscope_packet packets[32];

    for (gsize i = 0; i < G_N_ELEMENTS(rooms); i++) {
        fs_reader *singles = bytes_open(path), *batches = bytes_open(path);
        struct flowscope_packet packet;
        enum fs_read result;
        gsize count;

        memset(packets, 0xee, sizeof(packets));
        while ((result = fs_reader_batch(batches, packets, rooms[i], &count)) == FS_READ_PACKET) {
            g_assert_cmpuint(count, >, 0);
            for (gsize k = 0; k < count; k++) {
                packet = next(singles);
                assert_same(&packets[k], &packet);
            }
        }
        g_assert_cmpuint(count, ==, 0);
        g_assert_cmpint(fs_reader_next(singles, &packet), ==, result);
        g_assert_cmpstr(fs_reader_error(singles), ==, fs_reader_error(batches));
        g_assert_cmpint(fs_reader_batch(batches, packets, rooms[i], &count), ==, result);
        fs_reader_close(singles);
        fs_reader_close(batches);
    }
}

/* The magic number, whether the file is swapped, and what fraction 5 is in nanoseconds. */
static void check_order(guint32 magic, gboolean swapped, gint64 nanoseconds)
{
    struct bytes bytes = bytes_new(swapped);
    struct flowscope_packet packet;

    bytes_pcap(&bytes, magic, 113);
    bytes_pcap_record(&bytes, 1000, 5, 60, 1500, 0xab);
    bytes_pcap_record(&bytes, 1001, 0, 0, 0, 0);
    char *path = bytes_file(&bytes, "order.pcap");
    fs_reader *reader = bytes_open(path);
    packet = next(reader);
    g_assert_cmpuint(packet.frame, ==, 1);
    g_assert_cmpint(packet.time_ns, ==, 1000 * G_GINT64_CONSTANT(1000000000) + nanoseconds);
    g_assert_cmpuint(packet.time_quality, ==, FLOWSCOPE_TIME_GOOD);
    g_assert_cmpuint(packet.link_type, ==, 113);
    g_assert_cmpuint(packet.captured_bytes, ==, 60);
    g_assert_cmpuint(packet.wire_bytes, ==, 1500);
    g_assert_cmpuint(packet.data[59], ==, 0xab);
    g_assert_true(packet.is_packet);
    packet = next(reader);
    g_assert_cmpuint(packet.frame, ==, 2);
    g_assert_cmpuint(packet.captured_bytes, ==, 0);
    bytes_close_at_end(reader);
    check_batches(path);
    g_free(path);
    bytes_free(&bytes);
}

static void test_orders(void)
{
    check_order(0xa1b2c3d4, FALSE, 5000);
    check_order(0xa1b2c3d4, TRUE, 5000);
    check_order(0xa1b23c4d, FALSE, 5);
    check_order(0xa1b23c4d, TRUE, 5);
}

static void test_absurd_times(void)
{
    static const struct {
        guint32 seconds, fraction;
        gint64 time_ns;
        guint8 quality;
    } cases[] = {
        {10, 999999, G_GINT64_CONSTANT(10999999000), FLOWSCOPE_TIME_GOOD},
        {10, 1500000, G_GINT64_CONSTANT(11500000000), FLOWSCOPE_TIME_BAD},
        {10, 0xffffffff, G_GINT64_CONSTANT(9999999000), FLOWSCOPE_TIME_BAD},
        {0xffffffff, 0, G_GINT64_CONSTANT(4294967295000000000), FLOWSCOPE_TIME_GOOD},
    };
    struct bytes bytes = bytes_new(FALSE);

    bytes_pcap(&bytes, 0xa1b2c3d4, 1);
    /* Three good ones first, or the file is taken for another variant. */
    for (guint i = 0; i < 3; i++) {
        bytes_pcap_record(&bytes, i, 0, 4, 4, 0);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        bytes_pcap_record(&bytes, cases[i].seconds, cases[i].fraction, 4, 4, 0);
    }
    char *path = bytes_file(&bytes, "times.pcap");
    fs_reader *reader = bytes_open(path);
    for (guint i = 0; i < 3; i++) {
        next(reader);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct flowscope_packet packet = next(reader);
        g_assert_cmpint(packet.time_ns, ==, cases[i].time_ns);
        g_assert_cmpuint(packet.time_quality, ==, cases[i].quality);
    }
    bytes_close_at_end(reader);
    check_batches(path);
    g_free(path);
    bytes_free(&bytes);
}

/* Record headers of Kuznetsov's patches and Nokia's: found by what the first records look like. */
static void test_variants(void)
{
    static const struct {
        guint32 magic;
        guint extra;
    } cases[] = {{0xa1b2c3d4, 8}, {0xa1b2c3d4, 4}, {0xa1b2cd34, 8}, {0xa1b2cd34, 12}};

    for (gsize i = 0; i < 2 * G_N_ELEMENTS(cases); i++) {
        struct bytes bytes = bytes_new(i % 2 != 0);
        bytes_pcap(&bytes, cases[i / 2].magic, 1);
        for (guint record = 0; record < 4; record++) {
            bytes_u32(&bytes, 1700000000 + record);
            bytes_u32(&bytes, 7);
            bytes_u32(&bytes, 60 + record);
            bytes_u32(&bytes, 100);
            bytes_fill(&bytes, cases[i / 2].extra, 1);
            bytes_fill(&bytes, 60 + record, 0x5a);
        }
        char *path = bytes_file(&bytes, "variant.pcap");
        fs_reader *reader = bytes_open(path);
        for (guint record = 0; record < 4; record++) {
            struct flowscope_packet packet = next(reader);
            g_assert_cmpuint(packet.captured_bytes, ==, 60 + record);
            g_assert_cmpuint(packet.data[0], ==, 0x5a);
            g_assert_cmpuint(packet.data[59 + record], ==, 0x5a);
        }
        bytes_close_at_end(reader);
        check_batches(path);
        g_free(path);
        bytes_free(&bytes);
    }
}

/* Cut at every byte: whole records are read, then comes the error at the record's offset. */
static void test_cuts(void)
{
    enum { HEADER = 24, RECORD = 16 + 20, RECORDS = 3 };
    struct bytes bytes = bytes_new(FALSE);

    bytes_pcap(&bytes, 0xa1b23c4d, 1);
    for (guint i = 0; i < RECORDS; i++) {
        bytes_pcap_record(&bytes, i, 0, 20, 20, 0);
    }
    for (gsize size = HEADER; size <= bytes.array->len; size++) {
        char *path = bytes_file_of(bytes.array->data, size, "cut.pcap");
        fs_reader *reader = bytes_open(path);
        gsize whole = (size - HEADER) / RECORD;
        struct flowscope_packet packet;
        for (gsize i = 0; i < whole; i++) {
            next(reader);
        }
        if (whole * RECORD + HEADER == size) {
            bytes_close_at_end(reader);
        } else {
            char *line = g_strdup_printf("%s: offset %zu: the packet is cut short", path,
                                         HEADER + whole * RECORD);
            g_assert_cmpint(fs_reader_next(reader, &packet), ==, FS_READ_ERROR);
            g_assert_cmpstr(fs_reader_error(reader), ==, line);
            g_assert_cmpint(fs_reader_next(reader, &packet), ==, FS_READ_ERROR);
            fs_reader_close(reader);
            g_free(line);
        }
        check_batches(path);
        g_free(path);
    }
    bytes_free(&bytes);
}

static void check_refused(const guint8 *data, gsize size, const char *reason)
{
    char error[256];
    char *path = bytes_file_of(data, size, "refused.pcap");
    char *line = g_strdup_printf("%s: offset 0: %s", path, reason);

    g_assert_null(fs_reader_open(path, 1, error, sizeof(error)));
    g_assert_cmpstr(error, ==, line);
    g_free(line);
    g_free(path);
}

static void test_refused(void)
{
    struct bytes bytes = bytes_new(FALSE);
    char error[256];

    check_refused((const guint8 *)"", 0, "the file is empty");
    check_refused((const guint8 *)"hello", 5, "neither pcap nor pcapng");
    bytes_pcap(&bytes, 0xa1b2c3d4, 1);
    check_refused(bytes.array->data, 23, "the pcap file header is cut short");
    check_refused(bytes.array->data, 3, "neither pcap nor pcapng");
    memcpy(bytes.array->data + 4, "\1\0\1\0", 4);
    check_refused(bytes.array->data, 24, "pcap version 1.1 is not known");
    g_assert_null(fs_reader_open("/nowhere/at.all", 1, error, sizeof(error)));
    g_assert_cmpstr(error, ==, "/nowhere/at.all: No such file or directory");
    g_assert_null(fs_reader_open("/", 1, error, sizeof(error)));
    g_assert_cmpstr(error, ==, "/: Is a directory");
    bytes_free(&bytes);
}

static void test_too_large(void)
{
    struct bytes bytes = bytes_new(FALSE);
    struct flowscope_packet packet;

    bytes_pcap(&bytes, 0xa1b23c4d, 1);
    bytes_pcap_record(&bytes, 1, 0, 262144, 300000, 9);
    bytes_pcap_record(&bytes, 1, 0, 262145, 300000, 9);
    char *path = bytes_file(&bytes, "large.pcap");
    fs_reader *reader = bytes_open(path);
    g_assert_cmpuint(next(reader).captured_bytes, ==, 262144);
    g_assert_cmpint(fs_reader_next(reader, &packet), ==, FS_READ_ERROR);
    g_assert_true(g_str_has_suffix(fs_reader_error(reader),
                                   "offset 262184: a packet of 262145 bytes is more than the "
                                   "possible 262144"));
    fs_reader_close(reader);
    check_batches(path);
    g_free(path);
    bytes_free(&bytes);
}

/* PPP with a direction byte before the frame: it belongs neither to the bytes nor to the
 * lengths. */
static void test_pseudo_header(void)
{
    struct bytes bytes = bytes_new(FALSE);

    bytes_pcap(&bytes, 0xa1b23c4d, 204);
    bytes_pcap_record(&bytes, 1, 0, 10, 20, 9);
    char *path = bytes_file(&bytes, "ppp.pcap");
    fs_reader *reader = bytes_open(path);
    struct flowscope_packet packet = next(reader);
    g_assert_cmpuint(packet.captured_bytes, ==, 9);
    g_assert_cmpuint(packet.wire_bytes, ==, 19);
    bytes_close_at_end(reader);
    check_batches(path);
    g_free(path);
    bytes_free(&bytes);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/capture/pcap/orders", test_orders);
    g_test_add_func("/capture/pcap/absurd_times", test_absurd_times);
    g_test_add_func("/capture/pcap/variants", test_variants);
    g_test_add_func("/capture/pcap/cuts", test_cuts);
    g_test_add_func("/capture/pcap/refused", test_refused);
    g_test_add_func("/capture/pcap/too_large", test_too_large);
    g_test_add_func("/capture/pcap/pseudo_header", test_pseudo_header);
    return g_test_run();
}
