/* SPDX-License-Identifier: BSD-2-Clause */
/* What is left of a frame while its headers are taken off one by one. */
#ifndef FS_PACKET_REST_H
#define FS_PACKET_REST_H

#include "base/cursor.h"

struct fs_rest {
    struct fs_cursor bytes; /* what was captured */
    uint32_t wire;          /* what the wire carried from here on; at least bytes.left */
};

FS_CURSOR_INLINE void fs_rest_skip(struct fs_rest *rest, uint32_t length)
{
    fs_cursor_skip(&rest->bytes, length);
    rest->wire -= length;
}

/* Nothing after `length` bytes belongs to it: what follows is padding. */
FS_CURSOR_INLINE void fs_rest_limit(struct fs_rest *rest, uint32_t length)
{
    if (rest->wire > length)
        rest->wire = length;
    if (rest->bytes.left > length)
        rest->bytes.left = length;
}

#endif
