/* SPDX-License-Identifier: BSD-2-Clause */
/* The same records from a file of many buffers, from gzip, and from a pipe that gives its bytes in
 * pieces while signals come. */
#include "support/capture_bytes.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { RECORDS = 9000, LARGEST = 1500, BATCH = 32 };

static guint32 length_of(guint record)
{
    return (record * 7919u) % LARGEST;
}

/* Nine megabytes: many buffers, with records across their borders. */
static struct bytes large(void)
{
    struct bytes bytes = bytes_new(FALSE);

    bytes_pcap(&bytes, 0xa1b23c4d, 1);
    for (guint i = 0; i < RECORDS; i++) {
        bytes_pcap_record(&bytes, i, i, length_of(i), length_of(i), (guint8)i);
    }
    return bytes;
}

static void assert_record(const struct flowscope_packet *packet, guint record)
{
    guint32 length = length_of(record);

    g_assert_cmpuint(packet->frame, ==, record + 1);
    g_assert_cmpuint(packet->captured_bytes, ==, length);
    if (length != 0) {
        g_assert_cmpuint(packet->data[0], ==, (guint8)record);
        g_assert_cmpuint(packet->data[length - 1], ==, (guint8)record);
    }
}

static void read_one_by_one(fs_reader *reader)
{
    struct flowscope_packet packet;

    for (guint i = 0; i < RECORDS; i++) {
        g_assert_cmpint(fs_reader_next(reader, &packet), ==, FS_READ_PACKET);
        assert_record(&packet, i);
    }
    bytes_close_at_end(reader);
}

/* All packets of a batch are looked at after the last one was read. */
static void read_in_batches(fs_reader *reader)
{
    struct flowscope_packet packets[BATCH];
    guint done = 0;
    gsize count;

    while (done < RECORDS) {
        g_assert_cmpint(fs_reader_batch(reader, packets, BATCH, &count), ==, FS_READ_PACKET);
        g_assert_cmpuint(count, >, 0);
        for (gsize i = 0; i < count; i++) {
            assert_record(&packets[i], done++);
        }
    }
    g_assert_cmpint(fs_reader_batch(reader, packets, BATCH, &count), ==, FS_READ_END);
    g_assert_cmpuint(count, ==, 0);
    fs_reader_close(reader);
}

static void test_buffers(void)
{
    struct bytes bytes = large();
    char *path = bytes_file(&bytes, "large.pcap");
    guint64 size;

    read_one_by_one(bytes_open(path));
    read_in_batches(bytes_open(path));
    fs_reader *reader = bytes_open(path);
    g_assert_cmpuint(fs_reader_position(reader, &size), ==, 24);
    g_assert_cmpuint(size, ==, bytes.array->len);
    fs_reader_close(reader);
    g_free(path);
    bytes_free(&bytes);
}

/* A capture that is still being written: what came before its end was seen is read too. */
static void test_growing_file(void)
{
    struct bytes bytes = large();
    char *path = bytes_file_of(bytes.array->data, 5000000, "growing.pcap");
    fs_reader *reader = bytes_open(path);
    FILE *file = fopen(path, "ab");

    g_assert_cmpuint(fwrite(bytes.array->data + 5000000, 1, bytes.array->len - 5000000, file), ==,
                     bytes.array->len - 5000000);
    fclose(file);
    read_one_by_one(reader);
    g_free(path);
    bytes_free(&bytes);
}

/* And one that is cut while it is read, behind what is in hand or inside of it: what was there is
 * read, then the file ends. */
static void shrink_to(off_t size)
{
    struct bytes bytes = large();
    char *path = bytes_file(&bytes, "shrinking.pcap");
    fs_reader *reader = bytes_open(path);
    struct flowscope_packet packet;
    enum fs_read result;
    guint done = 0;

    g_assert_cmpint(fs_reader_next(reader, &packet), ==, FS_READ_PACKET);
    assert_record(&packet, done++);
    g_assert_cmpint(truncate(path, size), ==, 0);
    while ((result = fs_reader_next(reader, &packet)) == FS_READ_PACKET) {
        assert_record(&packet, done++);
    }
    g_assert_cmpint(result, ==, FS_READ_ERROR);
    g_assert_cmpuint(done, <, RECORDS);
    g_assert_nonnull(strstr(fs_reader_error(reader), "the packet is cut short"));
    fs_reader_close(reader);
    g_free(path);
    bytes_free(&bytes);
}

static void test_shrinking_file(void)
{
    shrink_to(4500000);
    shrink_to(40);
}

static void append_member(GByteArray *to, const guint8 *data, gsize size)
{
    z_stream stream = {.next_in = (guint8 *)(gsize)data, .avail_in = (uInt)size};
    gsize at = to->len;

    g_assert_cmpint(deflateInit2(&stream, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), ==,
                    Z_OK);
    g_byte_array_set_size(to, (guint)(at + deflateBound(&stream, size)));
    stream.next_out = to->data + at;
    stream.avail_out = (uInt)(to->len - at);
    g_assert_cmpint(deflate(&stream, Z_FINISH), ==, Z_STREAM_END);
    g_byte_array_set_size(to, (guint)(at + stream.total_out));
    deflateEnd(&stream);
}

static void test_gzip(void)
{
    struct bytes bytes = large();
    GByteArray *packed = g_byte_array_new();
    gsize half = bytes.array->len / 2;

    append_member(packed, bytes.array->data, half);
    append_member(packed, bytes.array->data + half, 0);
    append_member(packed, bytes.array->data + half, bytes.array->len - half);
    char *path = bytes_file_of(packed->data, packed->len, "packed");
    read_one_by_one(bytes_open(path));
    read_in_batches(bytes_open(path));
    g_free(path);
    g_byte_array_unref(packed);
    bytes_free(&bytes);
}

/* What was decompressed before the damage is read; the offset is one of uncompressed bytes. */
static void test_gzip_cut(void)
{
    struct bytes bytes = large();
    GByteArray *packed = g_byte_array_new();
    struct flowscope_packet packet;
    guint records = 0;

    append_member(packed, bytes.array->data, bytes.array->len);
    char *path = bytes_file_of(packed->data, packed->len / 2, "packed-cut");
    fs_reader *reader = bytes_open(path);
    while (fs_reader_next(reader, &packet) == FS_READ_PACKET) {
        assert_record(&packet, records++);
    }
    g_assert_cmpuint(records, >, 100);
    g_assert_true(
        g_str_has_suffix(fs_reader_error(reader),
                         ": the compressed data is cut short (counted in the uncompressed bytes)"));
    fs_reader_close(reader);
    g_free(path);
    g_byte_array_unref(packed);
    bytes_free(&bytes);
}

struct writer {
    int fd;
    pthread_t reader;
    const guint8 *data;
    gsize size;
};

static void on_signal(int number)
{
    (void)number;
}

/* A byte, then two, then three ...; the reader is interrupted when it waits for more. */
static void *write_pieces(void *context)
{
    struct writer *writer = context;
    gsize piece = 1;

    for (gsize at = 0; at < writer->size; piece++) {
        gsize count = MIN(piece, writer->size - at);
        g_assert_cmpint(write(writer->fd, writer->data + at, count), ==, (gssize)count);
        at += count;
        if (piece % 64 == 0) {
            for (int waiting = 1; waiting != 0; g_usleep(2000)) {
                g_assert_cmpint(ioctl(writer->fd, FIONREAD, &waiting), ==, 0);
            }
            pthread_kill(writer->reader, SIGUSR1);
        }
    }
    close(writer->fd);
    return NULL;
}

static void test_pipe(void)
{
    struct bytes bytes = large();
    struct sigaction action = {.sa_handler = on_signal};
    struct flowscope_packet packet;
    pthread_t thread;
    int ends[2];
    guint done = 0, interrupted = 0;
    enum fs_read result;

    sigaction(SIGUSR1, &action, NULL);
    g_assert_cmpint(pipe(ends), ==, 0);
    int saved = dup(STDIN_FILENO);
    g_assert_cmpint(dup2(ends[0], STDIN_FILENO), ==, STDIN_FILENO);
    close(ends[0]);
    struct writer writer = {ends[1], pthread_self(), bytes.array->data, bytes.array->len};
    pthread_create(&thread, NULL, write_pieces, &writer);
    fs_reader *reader = bytes_open("-");
    while ((result = fs_reader_next(reader, &packet)) != FS_READ_END) {
        if (result == FS_READ_AGAIN) {
            interrupted++;
            continue;
        }
        g_assert_cmpint(result, ==, FS_READ_PACKET);
        assert_record(&packet, done++);
    }
    g_assert_cmpuint(done, ==, RECORDS);
    g_assert_cmpuint(interrupted, >, 0);
    pthread_join(thread, NULL);
    fs_reader_close(reader);
    dup2(saved, STDIN_FILENO);
    close(saved);
    bytes_free(&bytes);
}

/* A record that has come whole is given at once, though the pipe stays open. */
static void test_pipe_does_not_wait(void)
{
    struct bytes bytes = bytes_new(FALSE);
    struct flowscope_packet packets[BATCH];
    char *folder = g_dir_make_tmp("flowscope-pipe-XXXXXX", NULL);
    char *path = g_build_filename(folder, "pipe", NULL);
    gsize count;

    g_assert_cmpint(mkfifo(path, 0600), ==, 0);
    int writer = g_open(path, O_RDWR, 0);
    bytes_pcap(&bytes, 0xa1b2c3d4, 1);
    bytes_pcap_record(&bytes, 1, 2, 60, 60, 3);
    bytes_pcap_record(&bytes, 1, 2, 61, 61, 3);
    g_assert_cmpint(write(writer, bytes.array->data, bytes.array->len), ==,
                    (gssize)bytes.array->len);
    fs_reader *reader = bytes_open(path);
    g_assert_cmpint(fs_reader_batch(reader, packets, BATCH, &count), ==, FS_READ_PACKET);
    g_assert_cmpuint(count, ==, 2);
    g_assert_cmpuint(packets[0].captured_bytes, ==, 60);
    g_assert_cmpuint(packets[0].data[59], ==, 3);
    fs_reader_close(reader);
    close(writer);
    g_unlink(path);
    g_rmdir(folder);
    g_free(path);
    g_free(folder);
    bytes_free(&bytes);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/capture/input/buffers", test_buffers);
    g_test_add_func("/capture/input/growing_file", test_growing_file);
    g_test_add_func("/capture/input/shrinking_file", test_shrinking_file);
    g_test_add_func("/capture/input/gzip", test_gzip);
    g_test_add_func("/capture/input/gzip_cut", test_gzip_cut);
    g_test_add_func("/capture/input/pipe", test_pipe);
    g_test_add_func("/capture/input/pipe_does_not_wait", test_pipe_does_not_wait);
    return g_test_run();
}
