/* SPDX-License-Identifier: BSD-2-Clause */
/* Serial numbers of 32 bits that wrap (RFC 1982; TCP sequence numbers, RFC 9293, 3.4). Comparisons
 * hold for numbers less than 2^31 apart. */
#ifndef FS_BASE_SEQ32_H
#define FS_BASE_SEQ32_H

#include <stdbool.h>
#include <stdint.h>

static inline uint32_t fs_seq32_add(uint32_t a, uint32_t n)
{
    return a + n;
}

static inline int32_t fs_seq32_diff(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}

static inline bool fs_seq32_before(uint32_t a, uint32_t b)
{
    return fs_seq32_diff(a, b) < 0;
}

static inline bool fs_seq32_at_least(uint32_t a, uint32_t b)
{
    return fs_seq32_diff(a, b) >= 0;
}

#endif
