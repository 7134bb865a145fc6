/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of capture files: in the byte order of this machine, or swapped. */
#ifndef FS_CAPTURE_LOAD_H
#define FS_CAPTURE_LOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t fs_load16(const uint8_t *at, bool swapped)
{
    uint16_t value;

    memcpy(&value, at, sizeof(value));
    return swapped ? __builtin_bswap16(value) : value;
}

static inline uint32_t fs_load32(const uint8_t *at, bool swapped)
{
    uint32_t value;

    memcpy(&value, at, sizeof(value));
    return swapped ? __builtin_bswap32(value) : value;
}

static inline uint64_t fs_load64(const uint8_t *at, bool swapped)
{
    uint64_t value;

    memcpy(&value, at, sizeof(value));
    return swapped ? __builtin_bswap64(value) : value;
}

/* What `swapped` is for bytes that are little endian in any file. */
#define FS_LITTLE_IS_SWAPPED (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)

#endif
