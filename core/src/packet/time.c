/* SPDX-License-Identifier: BSD-2-Clause */
/* The one place where times are made of what captures say. */
#include "base/time.h"

#include <flowscope/packet.h>

int64_t flowscope_time_ns(int64_t seconds, int64_t nanoseconds, bool present, uint8_t *quality)
{
    if (!present) {
        *quality = FLOWSCOPE_TIME_NONE;
        return 0;
    }
    *quality = FLOWSCOPE_TIME_GOOD;
    /* Nearly every time there is: of this century. */
    if (seconds >> 32 == 0 && nanoseconds >= 0 && nanoseconds < FS_NS_PER_S)
        return seconds * FS_NS_PER_S + nanoseconds;
    int64_t carry = nanoseconds / FS_NS_PER_S;
    int64_t part = nanoseconds % FS_NS_PER_S;
    if (part < 0) {
        part += FS_NS_PER_S;
        carry--;
    }
    if (carry != 0)
        *quality = FLOWSCOPE_TIME_BAD;

    int64_t whole;
    int64_t time_ns;
    bool overflow = __builtin_add_overflow(seconds, carry, &whole);
    const bool before = overflow ? seconds < 0 : whole < 0;
    /* Below zero the product of the second alone may leave the range although the sum does not. */
    if (!overflow && before) {
        whole++;
        part -= FS_NS_PER_S;
    }
    overflow = overflow || __builtin_mul_overflow(whole, FS_NS_PER_S, &time_ns) ||
               __builtin_add_overflow(time_ns, part, &time_ns);
    if (!overflow)
        return time_ns;
    *quality = FLOWSCOPE_TIME_BAD;
    return before ? INT64_MIN : INT64_MAX;
}
