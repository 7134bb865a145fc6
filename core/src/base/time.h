/* SPDX-License-Identifier: BSD-2-Clause */
/* Intervals of int64 nanoseconds that no pair of times can overflow. */
#ifndef FS_BASE_TIME_H
#define FS_BASE_TIME_H

#include <stdint.h>

#define FS_NS_PER_S INT64_C(1000000000)
#define FS_NS_HOUR  (3600 * FS_NS_PER_S)

/* later - earlier, saturated. */
static inline int64_t fs_time_since(int64_t later, int64_t earlier)
{
    int64_t interval;

    if (__builtin_sub_overflow(later, earlier, &interval))
        return later > earlier ? INT64_MAX : INT64_MIN;
    return interval;
}

/* time + interval, saturated; the interval is not negative. */
static inline int64_t fs_time_after(int64_t time, int64_t interval)
{
    int64_t sum;

    return __builtin_add_overflow(time, interval, &sum) ? INT64_MAX : sum;
}

/* Time in slots of about a quarter of a second, for what needs to be known no better; the first one
 * begins at INT64_MIN. */
#define FS_TIME_SLOT_BITS 28
#define FS_TIME_SLOT_NS   (INT64_C(1) << FS_TIME_SLOT_BITS)

static inline uint64_t fs_time_slot(int64_t time_ns)
{
    return ((uint64_t)time_ns - (uint64_t)INT64_MIN) >> FS_TIME_SLOT_BITS;
}

static inline int64_t fs_time_slot_begin(uint64_t slot)
{
    return (int64_t)((slot << FS_TIME_SLOT_BITS) + (uint64_t)INT64_MIN);
}

#endif
