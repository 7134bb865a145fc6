/* SPDX-License-Identifier: BSD-2-Clause */
/* gzip from a descriptor: one member or several, one after the other. */
#ifndef FS_CAPTURE_GUNZIP_H
#define FS_CAPTURE_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fs_gunzip;

enum fs_gunzip_status {
    FS_GUNZIP_BYTES, /* at least one byte was written */
    FS_GUNZIP_END,   /* a member ended and nothing follows */
    FS_GUNZIP_CUT,   /* the file ends inside a member */
    FS_GUNZIP_FAILED,
    FS_GUNZIP_AGAIN, /* a signal came */
};

/* `seen` are the first bytes of the file, already read from it. NULL: no memory. */
struct fs_gunzip *fs_gunzip_create(int fd, const uint8_t *seen, size_t seen_size);
void fs_gunzip_destroy(struct fs_gunzip *gunzip);

/* Up to `size` bytes into `to`. What could be decompressed is given before an error is. */
enum fs_gunzip_status fs_gunzip_read(struct fs_gunzip *gunzip, uint8_t *to, size_t size,
                                     size_t *written);
const char *fs_gunzip_error(const struct fs_gunzip *gunzip);
uint64_t fs_gunzip_position(const struct fs_gunzip *gunzip);

#endif
