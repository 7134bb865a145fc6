/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures as bytes, in the order of this machine or swapped, and temporary files of them. */
#include "support/capture_bytes.h"

#include <glib/gstdio.h>
#include <stdlib.h>

struct bytes bytes_new(gboolean swapped)
{
    return (struct bytes){.array = g_byte_array_new(), .swapped = swapped};
}

void bytes_free(struct bytes *bytes)
{
    g_byte_array_unref(bytes->array);
}

static void append(struct bytes *bytes, const void *data, gsize size)
{
    g_byte_array_append(bytes->array, data, (guint)size);
}

void bytes_u16(struct bytes *bytes, guint16 value)
{
    guint16 stored = bytes->swapped ? __builtin_bswap16(value) : value;

    append(bytes, &stored, sizeof(stored));
}

void bytes_u32(struct bytes *bytes, guint32 value)
{
    guint32 stored = bytes->swapped ? __builtin_bswap32(value) : value;

    append(bytes, &stored, sizeof(stored));
}

void bytes_u64(struct bytes *bytes, guint64 value)
{
    guint64 stored = bytes->swapped ? __builtin_bswap64(value) : value;

    append(bytes, &stored, sizeof(stored));
}

void bytes_fill(struct bytes *bytes, gsize count, guint8 value)
{
    gsize at = bytes->array->len;

    g_byte_array_set_size(bytes->array, (guint)(at + count));
    memset(bytes->array->data + at, value, count);
}

void bytes_pad(struct bytes *bytes)
{
    bytes_fill(bytes, -bytes->array->len % 4, 0);
}

void bytes_pcap(struct bytes *bytes, guint32 magic, guint32 link_type)
{
    bytes_u32(bytes, magic);
    bytes_u16(bytes, 2);
    bytes_u16(bytes, 4);
    bytes_u64(bytes, 0);
    bytes_u32(bytes, 262144);
    bytes_u32(bytes, link_type);
}

void bytes_pcap_record(struct bytes *bytes, guint32 seconds, guint32 fraction, guint32 captured,
                       guint32 wire, guint8 fill)
{
    bytes_u32(bytes, seconds);
    bytes_u32(bytes, fraction);
    bytes_u32(bytes, captured);
    bytes_u32(bytes, wire);
    bytes_fill(bytes, captured, fill);
}

gsize bytes_block_begin(struct bytes *bytes, guint32 type)
{
    gsize begin = bytes->array->len;

    bytes_u32(bytes, type);
    bytes_u32(bytes, 0);
    return begin;
}

void bytes_block_end(struct bytes *bytes, gsize begin)
{
    bytes_pad(bytes);
    bytes_u32(bytes, (guint32)(bytes->array->len - begin + 4));
    memcpy(bytes->array->data + begin + 4, bytes->array->data + bytes->array->len - 4, 4);
}

void bytes_section(struct bytes *bytes)
{
    gsize begin = bytes_block_begin(bytes, 0x0a0d0d0a);

    bytes_u32(bytes, 0x1a2b3c4d);
    bytes_u16(bytes, 1);
    bytes_u16(bytes, 0);
    bytes_u64(bytes, G_MAXUINT64);
    bytes_block_end(bytes, begin);
}

void bytes_interface(struct bytes *bytes, guint16 link_type, guint32 snaplen)
{
    gsize begin = bytes_block_begin(bytes, 1);

    bytes_u16(bytes, link_type);
    bytes_u16(bytes, 0);
    bytes_u32(bytes, snaplen);
    bytes_block_end(bytes, begin);
}

void bytes_packet(struct bytes *bytes, guint32 interface, guint64 time, guint32 captured,
                  guint32 wire, guint8 fill)
{
    gsize begin = bytes_block_begin(bytes, 6);

    bytes_u32(bytes, interface);
    bytes_u32(bytes, (guint32)(time >> 32));
    bytes_u32(bytes, (guint32)time);
    bytes_u32(bytes, captured);
    bytes_u32(bytes, wire);
    bytes_fill(bytes, captured, fill);
    bytes_block_end(bytes, begin);
}

static char *folder;

static void remove_folder(void)
{
    GDir *directory = g_dir_open(folder, 0, NULL);
    const char *name;

    while (directory != NULL && (name = g_dir_read_name(directory)) != NULL) {
        char *path = g_build_filename(folder, name, NULL);
        g_unlink(path);
        g_free(path);
    }
    if (directory != NULL) {
        g_dir_close(directory);
    }
    g_rmdir(folder);
    g_free(folder);
}

char *bytes_file_of(const guint8 *data, gsize size, const char *name)
{
    if (folder == NULL) {
        folder = g_dir_make_tmp("flowscope-capture-XXXXXX", NULL);
        g_assert_nonnull(folder);
        atexit(remove_folder);
    }
    char *path = g_build_filename(folder, name, NULL);
    g_assert_true(g_file_set_contents(path, (const char *)data, (gssize)size, NULL));
    return path;
}

char *bytes_file(const struct bytes *bytes, const char *name)
{
    return bytes_file_of(bytes->array->data, bytes->array->len, name);
}

fs_reader *bytes_open(const char *path)
{
    char error[256] = "";
    fs_reader *reader = fs_reader_open(path, 1, error, sizeof(error));

    g_assert_cmpstr(error, ==, "");
    g_assert_nonnull(reader);
    return reader;
}

void bytes_close_at_end(fs_reader *reader)
{
    struct flowscope_packet packet;

    g_assert_cmpint(fs_reader_next(reader, &packet), ==, FS_READ_END);
    g_assert_cmpint(fs_reader_next(reader, &packet), ==, FS_READ_END);
    fs_reader_close(reader);
}
