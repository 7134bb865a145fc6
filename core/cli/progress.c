/* SPDX-License-Identifier: BSD-2-Clause */
/* Progress on a terminal. */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define INTERVAL_NS INT64_C(250000000)

static bool wanted;
static bool shown;
static int64_t next_ns;

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void fs_progress_start(bool scrolling)
{
    wanted = isatty(STDERR_FILENO) && !(scrolling && isatty(STDOUT_FILENO));
    next_ns = now_ns() + 2 * INTERVAL_NS; /* what is soon over needs none */
}

void fs_progress_show(const char *name, uint64_t position, uint64_t size, uint64_t frames)
{
    int64_t now;

    if (!wanted || (now = now_ns()) < next_ns)
        return;
    next_ns = now + INTERVAL_NS;
    shown = true;
    if (size)
        fprintf(stderr, "\r%s: %" PRIu64 " %%, %" PRIu64 " frames\033[K", name,
                position >= size ? 100 : position / (size / 100 + 1), frames);
    else
        fprintf(stderr, "\r%s: %" PRIu64 " frames\033[K", name, frames);
    fflush(stderr);
}

void fs_progress_erase(void)
{
    if (!shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    shown = false;
}
