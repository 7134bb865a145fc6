/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures as bytes, in the order of this machine or swapped, and temporary files of them. */
#ifndef FS_TESTS_CAPTURE_BYTES_H
#define FS_TESTS_CAPTURE_BYTES_H

#include "capture/reader.h"

#include <glib.h>

/* Appends numbers; `swapped` decides the byte order of all that follow. */
struct bytes {
    GByteArray *array;
    gboolean swapped;
};

struct bytes bytes_new(gboolean swapped);
void bytes_free(struct bytes *bytes);
void bytes_u16(struct bytes *bytes, guint16 value);
void bytes_u32(struct bytes *bytes, guint32 value);
void bytes_u64(struct bytes *bytes, guint64 value);
void bytes_fill(struct bytes *bytes, gsize count, guint8 value);
void bytes_pad(struct bytes *bytes); /* zeros up to a multiple of 4 */

void bytes_pcap(struct bytes *bytes, guint32 magic, guint32 link_type);
void bytes_pcap_record(struct bytes *bytes, guint32 seconds, guint32 fraction, guint32 captured,
                       guint32 wire, guint8 fill);

/* A block: begin, append the body, end. */
gsize bytes_block_begin(struct bytes *bytes, guint32 type);
void bytes_block_end(struct bytes *bytes, gsize begin);
void bytes_section(struct bytes *bytes);
void bytes_interface(struct bytes *bytes, guint16 link_type, guint32 snaplen);
void bytes_packet(struct bytes *bytes, guint32 interface, guint64 time, guint32 captured,
                  guint32 wire, guint8 fill);

/* A file in a folder of this test program; both are gone when the program ends. */
char *bytes_file(const struct bytes *bytes, const char *name);
char *bytes_file_of(const guint8 *data, gsize size, const char *name);

/* Opens what must open; asserts that the file ends after the records read so far. */
fs_reader *bytes_open(const char *path);
void bytes_close_at_end(fs_reader *reader);

#endif
