/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written can be read again, and is what was there. */
#include "capture/reader.h"
#include "capture/write.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

static const uint8_t data[] = {1, 2, 3, 4, 5};

static char *written(const struct fs_watch_interface *interface, int64_t time_ns)
{
    struct flowscope_packet packet = {.time_ns = time_ns};
    char *path = g_strdup_printf("%s/flowscope-write-%d", g_get_tmp_dir(), (int)g_random_int());
    FILE *out = fopen(path, "wb");

    g_assert_nonnull(out);
    fs_write_interface(out, interface);
    for (uint32_t length = 0; length <= sizeof data; length++)
        fs_write_record(out, interface, &packet, data, length, length + 100);
    g_assert_false(ferror(out));
    fclose(out);
    return path;
}

static void check(const struct fs_watch_interface *interface, int64_t time_ns, int64_t want_ns)
{
    char *path = written(interface, time_ns), error[256];
    fs_reader *reader = fs_reader_open(path, 1, error, sizeof error);
    struct flowscope_packet packet;

    g_assert_nonnull(reader);
    for (uint32_t length = 0; length <= sizeof data; length++) {
        g_assert_cmpint(fs_reader_next(reader, &packet), ==, FS_READ_PACKET);
        g_assert_cmpint(packet.time_ns, ==, want_ns);
        g_assert_cmpuint(packet.link_type, ==, interface->link_type);
        g_assert_cmpuint(packet.captured_bytes, ==, length);
        g_assert_true(memcmp(packet.data, data, length) == 0);
        g_assert_cmpuint(packet.wire_bytes, ==, length + 100);
    }
    g_assert_cmpint(fs_reader_next(reader, &packet), ==, FS_READ_END);
    g_assert_true(fs_reader_reads(reader, path));
    g_assert_false(fs_reader_reads(reader, "/dev/null"));
    fs_reader_close(reader);
    g_unlink(path);
    g_free(path);
}

static void test_records(void)
{
    const int64_t time_ns = INT64_C(1700000000123456789);

    check(&(struct fs_watch_interface){.link_type = 1, .nanoseconds = true}, time_ns, time_ns);
    check(&(struct fs_watch_interface){.link_type = 113, .snaplen = 96, .has_fcs = true}, time_ns,
          time_ns / 1000 * 1000);
}

/* Of a section header the length of its section is forgotten, of other blocks nothing. */
static void test_blocks(void)
{
    static const uint8_t section[28] = {0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0,  0, 0x4d, 0x3c,
                                        0x2b, 0x1a, 1,    0,    0,  0, 64, 0, 0,    0,
                                        0,    0,    0,    0,    28, 0, 0,  0};
    static const uint8_t other[12] = {9, 9, 9, 9, 12, 0, 0, 0, 12, 0, 0, 0};
    uint8_t want[sizeof section + sizeof other];
    char *got = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&got, &length);

    fs_write_block(out, section, sizeof section);
    fs_write_block(out, other, sizeof other);
    fclose(out);
    memcpy(want, section, sizeof section);
    memset(want + 16, 0xff, 8);
    memcpy(want + sizeof section, other, sizeof other);
    g_assert_cmpuint(length, ==, sizeof want);
    g_assert_true(memcmp(got, want, length) == 0);
    free(got);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/capture/write/records", test_records);
    g_test_add_func("/capture/write/blocks", test_blocks);
    return g_test_run();
}
