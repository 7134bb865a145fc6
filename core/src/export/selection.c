/* SPDX-License-Identifier: BSD-2-Clause */
/* A set of flow ids: a bitmap in chunks, since what a filter selects may lie far apart. */
#include "export/selection.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_BITS  32768u
#define CHUNK_WORDS (CHUNK_BITS / 64u)

struct fs_selection {
    uint64_t **chunks; /* NULL where no id was added */
    uint64_t chunk_count;
};

fs_selection *fs_selection_new(void)
{
    return calloc(1, sizeof(fs_selection));
}

void fs_selection_free(fs_selection *selection)
{
    if (!selection)
        return;
    fs_selection_clear(selection);
    free(selection);
}

void fs_selection_clear(fs_selection *selection)
{
    for (uint64_t i = 0; i < selection->chunk_count; i++)
        free(selection->chunks[i]);
    free(selection->chunks);
    selection->chunks = NULL;
    selection->chunk_count = 0;
}

static bool grow(fs_selection *selection, uint64_t chunk)
{
    uint64_t count = selection->chunk_count ? selection->chunk_count : 16;
    uint64_t **chunks;

    while (count <= chunk) {
        if (count > SIZE_MAX / sizeof *chunks / 2)
            return false;
        count *= 2;
    }
    chunks = realloc(selection->chunks, count * sizeof *chunks);
    if (!chunks)
        return false;
    memset(chunks + selection->chunk_count, 0, (count - selection->chunk_count) * sizeof *chunks);
    selection->chunks = chunks;
    selection->chunk_count = count;
    return true;
}

bool fs_selection_add(fs_selection *selection, uint64_t flow_id)
{
    uint64_t chunk = flow_id / CHUNK_BITS;
    uint64_t bit = flow_id % CHUNK_BITS;

    if (chunk >= selection->chunk_count && !grow(selection, chunk))
        return false;
    if (!selection->chunks[chunk]) {
        selection->chunks[chunk] = calloc(CHUNK_WORDS, sizeof(uint64_t));
        if (!selection->chunks[chunk])
            return false;
    }
    selection->chunks[chunk][bit / 64] |= UINT64_C(1) << bit % 64;
    return true;
}

bool fs_selection_has(const fs_selection *selection, uint64_t flow_id)
{
    uint64_t chunk = flow_id / CHUNK_BITS;
    uint64_t bit = flow_id % CHUNK_BITS;

    return chunk < selection->chunk_count && selection->chunks[chunk] &&
           (selection->chunks[chunk][bit / 64] >> bit % 64 & 1);
}
