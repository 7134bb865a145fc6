/* SPDX-License-Identifier: BSD-2-Clause */
/* The kinds of rows that can be run. */
#ifndef BENCH_KINDS_H
#define BENCH_KINDS_H

#include "workloads/workload.h"

extern const struct bench_kind bench_extract;
extern const struct bench_kind bench_track;       /* one engine for the whole bench */
extern const struct bench_kind bench_track_fresh; /* a new engine for every measurement */
extern const struct bench_kind bench_dedup;
extern const struct bench_kind bench_limit_copy;
extern const struct bench_kind bench_limit_hash;
extern const struct bench_kind bench_limit_line;  /* each address known only from the last */
extern const struct bench_kind bench_limit_lines; /* 32 in flight */
extern const struct bench_kind bench_limit_touch; /* one line of each frame */
extern const struct bench_kind bench_limit_read;  /* the file, through read() */

/* What the compiler must believe to be used. */
static inline void bench_use(const void *value)
{
    __asm__ volatile("" : : "r"(value) : "memory");
}

#endif
