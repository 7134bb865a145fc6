/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames from an interface of this machine, through libpcap. */
#ifndef FS_CAPTURE_LIVE_H
#define FS_CAPTURE_LIVE_H

#include "capture/reader.h"

#include <stddef.h>

typedef struct fs_live fs_live;

struct fs_live_options {
    const char *interface;
    uint32_t snaplen; /* bytes kept of each frame; 0: all of it */
    bool promiscuous;
    uint64_t first_frame; /* the number that the first frame will get */
};

/* NULL: `error` has one line of the form "INTERFACE: reason". */
fs_live *fs_live_open(const struct fs_live_options *options, char *error, size_t error_size);
void fs_live_close(fs_live *live);

/* The next frame; its bytes live until the next call. FS_READ_AGAIN: nothing came for a tenth of a
 * second, or a signal did, so that the caller can look at its clock and its stop flag. */
enum fs_read fs_live_next(fs_live *live, struct flowscope_packet *packet);

/* After FS_READ_ERROR: "INTERFACE: reason". Lives as long as the capture. */
const char *fs_live_error(const fs_live *live);

/* Frames that the kernel or the interface dropped so far. */
uint64_t fs_live_dropped(fs_live *live);

#endif
