/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames from pcap and pcapng files of every kind, numbered and timed as Wireshark does. */
#ifndef FS_CAPTURE_READER_H
#define FS_CAPTURE_READER_H

#include <flowscope/packet.h>

typedef struct fs_reader fs_reader;

enum fs_read {
    FS_READ_PACKET, /* *packet is filled; its bytes live until the next call */
    FS_READ_END,    /* the file was read whole */
    FS_READ_ERROR,  /* the rest cannot be read; fs_reader_error() says where and why */
    FS_READ_AGAIN,  /* interrupted by a signal (standard input, pipes): nothing was lost */
};

/* Opens `path` ("-" is standard input; gzip is recognised by its bytes). `first_frame` is the
 * number that the first record will get. NULL: `error` (of `error_size` bytes) has one line of the
 * form "FILE: offset N: reason" (or "FILE: reason" where the system refused the file). */
fs_reader *fs_reader_open(const char *path, uint64_t first_frame, char *error, size_t error_size);

/* The same, and `watch`, which outlives the reader, is shown what lies in the file, from here
 * on. */
struct fs_watch;
fs_reader *fs_reader_open_watched(const char *path, uint64_t first_frame,
                                  const struct fs_watch *watch, char *error, size_t error_size);

/* Whether `path` is the file that is read: not to be written meanwhile. */
bool fs_reader_reads(const fs_reader *reader, const char *path);
void fs_reader_close(fs_reader *reader);

/* The next numbered record. packet->frame runs on from first_frame. */
enum fs_read fs_reader_next(fs_reader *reader, struct flowscope_packet *packet);

/* Several records at once, up to `room`: at least one with FS_READ_PACKET, and all their bytes live
 * until the next call. Never waits while it has some. What ends the file is the next call's. */
enum fs_read fs_reader_batch(fs_reader *reader, struct flowscope_packet *packets, size_t room,
                             size_t *count);

/* After FS_READ_ERROR: "FILE: offset N: reason", N in bytes of the file as it lies (gzip: of the
 * uncompressed bytes, and says so). Lives as long as the reader. */
const char *fs_reader_error(const fs_reader *reader);

/* The name of an interface of the first section, as Wireshark says it: the name, or
 * description, or hardware; NULL where there is none, or it has not come yet. */
const char *fs_reader_interface_name(const fs_reader *reader, size_t interface);

/* How many interfaces fs_reader_interface_name() knows of. */
size_t fs_reader_interface_count(const fs_reader *reader);

/* For progress: bytes consumed so far of the file, and its size (0 when unknown). */
uint64_t fs_reader_position(const fs_reader *reader, uint64_t *size);

#endif
