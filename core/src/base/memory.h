/* SPDX-License-Identifier: BSD-2-Clause */
/* Address space, reserved once by a size known before; the system gives real memory to the part
 * that is used. */
#ifndef FS_BASE_MEMORY_H
#define FS_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* `size` bytes of zeroes, on a page boundary; NULL when the system refuses. */
void *fs_memory_reserve(size_t size);
void fs_memory_release(void *memory, size_t size);

/* Makes a part of a reservation zeroes again and gives its whole pages back. */
void fs_memory_forget(void *memory, size_t size);

/* Asks for large pages in a part of a reservation where random accesses will go, past its
 * beginning: what is used of little traffic stays small. Only speed depends on it. */
void fs_memory_prefer_large_pages(void *memory, size_t size);

/* A plan of one reservation: each part begins on a cache line; fs_layout_add() returns its offset.
 * `size` sticks to SIZE_MAX once a sum does not fit. */
struct fs_layout {
    size_t size;
};

size_t fs_layout_add(struct fs_layout *layout, size_t count, size_t item_size);

/* Asks for a line ahead of its use. Without the empty statement the compiler takes a function that
 * does nothing else for one without effect, and drops the calls. */
static inline void fs_memory_fetch(const void *line)
{
    __builtin_prefetch(line, 1);
    __asm__ volatile("");
}

#endif
