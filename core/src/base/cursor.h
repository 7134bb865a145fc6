/* SPDX-License-Identifier: BSD-2-Clause */
/* The only way to the bytes of a packet: ask fs_cursor_has() first, then read. Reading past the end
 * is our own bug, and asserts. */
#ifndef FS_BASE_CURSOR_H
#define FS_BASE_CURSOR_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Inlined whatever the size of what reads: a cursor whose address nobody takes is two registers. */
#define FS_CURSOR_INLINE static inline __attribute__((always_inline))

struct fs_cursor {
    const uint8_t *at;
    size_t left;
};

FS_CURSOR_INLINE struct fs_cursor fs_cursor_over(const uint8_t *data, size_t length)
{
    return (struct fs_cursor){.at = data, .left = length};
}

FS_CURSOR_INLINE bool fs_cursor_has(const struct fs_cursor *cursor, size_t length)
{
    return cursor->left >= length;
}

FS_CURSOR_INLINE uint8_t fs_cursor_u8(const struct fs_cursor *cursor, size_t offset)
{
    assert(offset < cursor->left);
    return cursor->at[offset];
}

/* Network order. */
FS_CURSOR_INLINE uint16_t fs_cursor_u16(const struct fs_cursor *cursor, size_t offset)
{
    const uint8_t *from = cursor->at + offset;

    assert(offset + 2 <= cursor->left);
    return (uint16_t)(from[0] << 8 | from[1]);
}

/* Network order. */
FS_CURSOR_INLINE uint32_t fs_cursor_u32(const struct fs_cursor *cursor, size_t offset)
{
    const uint8_t *from = cursor->at + offset;

    assert(offset + 4 <= cursor->left);
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

/* Network order. */
FS_CURSOR_INLINE uint64_t fs_cursor_u64(const struct fs_cursor *cursor, size_t offset)
{
    const uint8_t *from = cursor->at + offset;

    assert(offset + 8 <= cursor->left);
    return (uint64_t)from[0] << 56 | (uint64_t)from[1] << 48 | (uint64_t)from[2] << 40 |
           (uint64_t)from[3] << 32 | (uint64_t)from[4] << 24 | (uint64_t)from[5] << 16 |
           (uint64_t)from[6] << 8 | from[7];
}

FS_CURSOR_INLINE void fs_cursor_copy(const struct fs_cursor *cursor, size_t offset, void *to,
                                     size_t length)
{
    assert(length <= cursor->left && offset <= cursor->left - length);
    memcpy(to, cursor->at + offset, length);
}

FS_CURSOR_INLINE void fs_cursor_skip(struct fs_cursor *cursor, size_t length)
{
    assert(length <= cursor->left);
    cursor->at += length;
    cursor->left -= length;
}

#endif
