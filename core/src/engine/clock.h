/* SPDX-License-Identifier: BSD-2-Clause */
/* The expiry clock: it follows the packets' times, never runs back, and does not believe a single
 * packet that is far ahead. */
#ifndef FS_ENGINE_CLOCK_H
#define FS_ENGINE_CLOCK_H

#include "base/time.h"

#include <stdbool.h>

struct fs_clock {
    int64_t now_ns;
    int64_t ahead_ns; /* a time over an hour ahead that waits for another to agree */
    int64_t near_ns;  /* times from now_ns to before this one are followed at once */
    bool started;
    bool has_ahead;
};

enum fs_clock_step {
    FS_CLOCK_FORWARD, /* followed; or equal */
    FS_CLOCK_BACK,    /* earlier than the clock, which stays */
    FS_CLOCK_JUMP,    /* over an hour ahead, not believed yet */
    FS_CLOCK_BELIEVE, /* followed, and so was ahead_ns: the jump before was right */
};

/* Shows the time of a packet to the clock. */
enum fs_clock_step fs_clock_observe(struct fs_clock *clock, int64_t time_ns);

/* Takes the caller's word for the time; an earlier one does nothing. */
void fs_clock_advance(struct fs_clock *clock, int64_t now_ns);

#endif
