/* SPDX-License-Identifier: BSD-2-Clause */
/* What the reader says of every record, one line each, in the lines of dump_wiretap.c: for the
 * comparison of the two, with a line `file NAME` before each file. */
#include "capture/reader.h"
#include "edge/dump_time.h"

#include <glib.h>

enum { BATCH = 32 };

/* Frame, time, captured and wire length, link type, section, interface, direction, whether it is a
 * packet, MD5 of its bytes. */
static void print_record(const struct flowscope_packet *packet)
{
    char *sum = g_compute_checksum_for_data(G_CHECKSUM_MD5, packet->data, packet->captured_bytes);

    printf("%" PRIu64 "\t", packet->frame);
    dump_time(packet->time_ns, packet->time_quality);
    printf("\t%" PRIu32 "\t%" PRIu32 "\t%d\t%" PRIu32 "\t%" PRIu32 "\t%d\t%d\t%s\n",
           packet->captured_bytes, packet->wire_bytes,
           packet->is_packet ? (int)packet->link_type : -1, packet->section, packet->interface,
           packet->direction, packet->is_packet, sum);
    g_free(sum);
}

static int dump(const char *path)
{
    struct flowscope_packet packets[BATCH];
    char error[512];
    size_t count;
    enum fs_read result;
    fs_reader *reader = fs_reader_open(path, 1, error, sizeof(error));

    if (reader == NULL) {
        printf("refused\t%s\n", error);
        return 1;
    }
    while ((result = fs_reader_batch(reader, packets, BATCH, &count)) == FS_READ_PACKET) {
        for (size_t i = 0; i < count; i++) {
            print_record(&packets[i]);
        }
    }
    if (result == FS_READ_ERROR) {
        printf("error\t%s\n", fs_reader_error(reader));
    }
    fs_reader_close(reader);
    return result != FS_READ_END;
}

int main(int count, char **paths)
{
    int status = 0;

    for (int i = 1; i < count; i++) {
        printf("file\t%s\n", paths[i]);
        status |= dump(paths[i]);
    }
    return status;
}
