/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of `packets` on their way out, in order. A row that waits for its flow (a fragment) holds
 * back itself and what comes after it, for as many frames as the engine's fragment_window: then
 * nothing can settle it any more. */
#ifndef FS_CLI_HELD_H
#define FS_CLI_HELD_H

#include <flowscope/packet.h>

#include <stddef.h>

struct fs_held_row {
    uint64_t frame;
    int64_t time_ns;
    struct flowscope_result result;
    uint8_t time_quality;
    bool settled; /* before its own result came */
};

struct fs_held {
    struct fs_held_row *rows; /* a ring */
    size_t room, first, count;
    uint64_t window; /* the engine's */
};

void fs_held_free(struct fs_held *held);

/* Frames go into the engine: their rows, without results. False: no memory. */
bool fs_held_add(struct fs_held *held, const struct flowscope_packet *packets, size_t count);

/* What the engine said of the `count` rows that were added last; an event may have come before. */
void fs_held_know(struct fs_held *held, const struct flowscope_result *results, size_t count);

/* The engine's event. */
void fs_held_settle(struct fs_held *held, uint64_t frame, const struct flowscope_result *result);

/* The next row that can go out, until the next call of this or fs_held_add(); NULL: none yet. */
const struct fs_held_row *fs_held_next(struct fs_held *held);

#endif
