/* SPDX-License-Identifier: BSD-2-Clause */
/* One way to print times for the dumps that are compared; `~` marks one that was carried or
 * saturated. */
#ifndef FS_TESTS_DUMP_TIME_H
#define FS_TESTS_DUMP_TIME_H

#include <flowscope/packet.h>
#include <inttypes.h>
#include <stdio.h>

static inline void dump_time(int64_t time_ns, uint8_t quality)
{
    int64_t seconds = time_ns / 1000000000;
    int64_t rest = time_ns % 1000000000;

    if (quality == FLOWSCOPE_TIME_NONE) {
        return;
    }
    if (rest < 0) {
        seconds--;
        rest += 1000000000;
    }
    printf("%" PRId64 ".%09" PRId64 "%s", seconds, rest, quality == FLOWSCOPE_TIME_BAD ? "~" : "");
}

#endif
