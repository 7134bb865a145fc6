/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays by frame number and by flow id. */
#include "chunks.h"

#include <glib.h>

#define CHUNK 65536u

void *fs_chunks_find(const struct fs_chunks *chunks, uint32_t number)
{
    size_t chunk = number / CHUNK;

    if (chunk >= chunks->chunk_count || !chunks->chunks[chunk])
        return NULL;
    return chunks->chunks[chunk] + number % CHUNK * chunks->item_size;
}

void *fs_chunks_make(struct fs_chunks *chunks, uint32_t number)
{
    size_t chunk = number / CHUNK;

    if (chunk >= chunks->chunk_count) {
        size_t count = MAX(chunk + 1, 2 * chunks->chunk_count);

        chunks->chunks = g_renew(char *, chunks->chunks, count);
        while (chunks->chunk_count < count)
            chunks->chunks[chunks->chunk_count++] = NULL;
    }
    if (!chunks->chunks[chunk])
        chunks->chunks[chunk] = g_malloc0(CHUNK * chunks->item_size);
    return fs_chunks_find(chunks, number);
}

void fs_chunks_clear(struct fs_chunks *chunks)
{
    for (size_t i = 0; i < chunks->chunk_count; i++)
        g_free(chunks->chunks[i]);
    g_free(chunks->chunks);
    chunks->chunks = NULL;
    chunks->chunk_count = 0;
}
