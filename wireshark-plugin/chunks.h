/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Items of one size by number, in chunks that are made when the first of their items is, and never
 * move. */
#ifndef FS_PLUGIN_CHUNKS_H
#define FS_PLUGIN_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

struct fs_chunks {
    size_t item_size;
    size_t chunk_count;
    char **chunks;
};

/* The item, or NULL if it is in no chunk. */
void *fs_chunks_find(const struct fs_chunks *chunks, uint32_t number);

/* The item; all zero if it is new. */
void *fs_chunks_make(struct fs_chunks *chunks, uint32_t number);

void fs_chunks_clear(struct fs_chunks *chunks);

#endif
