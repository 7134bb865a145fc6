/* SPDX-License-Identifier: BSD-2-Clause */
/* Which items of an array are in use. Each item has a link, which chains the free ones here, and
 * those in use as their owner likes. */
#ifndef FS_BASE_SLAB_H
#define FS_BASE_SLAB_H

#include <stdint.h>

#define FS_SLAB_NONE UINT32_MAX

struct fs_slab {
    uint32_t *link; /* one for each item */
    uint32_t capacity;
    uint32_t used;
    uint32_t ever_used; /* items from here on were never used */
    uint32_t free;      /* the first of those that were used and are free */
};

/* `link` is room for `capacity` items; it stays the caller's. */
static inline void fs_slab_init(struct fs_slab *slab, uint32_t *link, uint32_t capacity)
{
    *slab = (struct fs_slab){.link = link, .capacity = capacity, .free = FS_SLAB_NONE};
}

static inline uint32_t fs_slab_left(const struct fs_slab *slab)
{
    return slab->capacity - slab->used;
}

/* FS_SLAB_NONE when all are in use. The item's link is FS_SLAB_NONE. */
static inline uint32_t fs_slab_take(struct fs_slab *slab)
{
    uint32_t item = slab->free;

    if (item != FS_SLAB_NONE)
        slab->free = slab->link[item];
    else if (slab->ever_used < slab->capacity)
        item = slab->ever_used++;
    else
        return FS_SLAB_NONE;
    slab->link[item] = FS_SLAB_NONE;
    slab->used++;
    return item;
}

static inline void fs_slab_give(struct fs_slab *slab, uint32_t item)
{
    slab->link[item] = slab->free;
    slab->free = item;
    slab->used--;
}

#endif
