/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/memory.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define CACHE_LINE 64u

/* So much of a part stays in small pages: few flows take little memory, and the processor knows the
 * addresses of so many of them. */
#define SMALL_PART ((size_t)1 << 20)

void *fs_memory_reserve(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return memory == MAP_FAILED ? NULL : memory;
}

void fs_memory_release(void *memory, size_t size)
{
    if (memory)
        munmap(memory, size);
}

void fs_memory_forget(void *memory, size_t size)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *begin = memory, *end = begin + size;
    char *pages = begin + (page - (uintptr_t)begin % page) % page;
    char *pages_end = end - (uintptr_t)end % page;

    /* Anonymous private pages read as zeroes after MADV_DONTNEED; where a system refuses it (locked
     * memory), and on the pages that are shared with neighbours, zeroes have to be written. */
    if (pages >= pages_end || madvise(pages, (size_t)(pages_end - pages), MADV_DONTNEED) != 0) {
        memset(memory, 0, size);
        return;
    }
    memset(begin, 0, (size_t)(pages - begin));
    memset(pages_end, 0, (size_t)(end - pages_end));
}

void fs_memory_prefer_large_pages(void *memory, size_t size)
{
#ifdef MADV_HUGEPAGE
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *end = (char *)memory + size, *begin = (char *)memory + SMALL_PART;

    if (size <= SMALL_PART)
        return;
    begin += (page - (uintptr_t)begin % page) % page;
    end -= (uintptr_t)end % page;
    if (begin < end)
        madvise(begin, (size_t)(end - begin), MADV_HUGEPAGE);
#else
    (void)memory;
    (void)size;
#endif
}

size_t fs_layout_add(struct fs_layout *layout, size_t count, size_t item_size)
{
    size_t offset = layout->size, bytes;

    if (offset == SIZE_MAX || __builtin_mul_overflow(count, item_size, &bytes) ||
        __builtin_add_overflow(bytes, CACHE_LINE - 1, &bytes) ||
        __builtin_add_overflow(offset, bytes & ~(size_t)(CACHE_LINE - 1), &layout->size)) {
        layout->size = SIZE_MAX;
        return 0;
    }
    return offset;
}
