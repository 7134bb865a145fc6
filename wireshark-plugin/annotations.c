/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Annotations by frame number. */
#include "annotations.h"

#include <glib.h>

#define CHUNK 65536u

/* Items of one size by number, in chunks made when the first of their items is. */
struct array {
    size_t item_size;
    size_t chunk_count;
    char **chunks;
};

static struct array annotations = {.item_size = sizeof(struct fs_annotation)};
static struct array first_frames = {.item_size = sizeof(uint32_t)};

static void *find(const struct array *array, uint32_t number)
{
    size_t chunk = number / CHUNK;

    if (chunk >= array->chunk_count || !array->chunks[chunk])
        return NULL;
    return array->chunks[chunk] + number % CHUNK * array->item_size;
}

static void *make(struct array *array, uint32_t number)
{
    size_t chunk = number / CHUNK;

    if (chunk >= array->chunk_count) {
        size_t count = MAX(chunk + 1, 2 * array->chunk_count);

        array->chunks = g_renew(char *, array->chunks, count);
        while (array->chunk_count < count)
            array->chunks[array->chunk_count++] = NULL;
    }
    if (!array->chunks[chunk])
        array->chunks[chunk] = g_malloc0(CHUNK * array->item_size);
    return find(array, number);
}

static void clear(struct array *array)
{
    for (size_t i = 0; i < array->chunk_count; i++)
        g_free(array->chunks[i]);
    g_free(array->chunks);
    array->chunks = NULL;
    array->chunk_count = 0;
}

void fs_annotations_clear(void)
{
    clear(&annotations);
    clear(&first_frames);
}

void fs_annotations_put(uint32_t frame, const struct flowscope_result *result)
{
    struct fs_annotation *annotation = make(&annotations, frame);

    *annotation = (struct fs_annotation){
        .flow_id = (uint32_t)result->flow_id,
        .packet_number = (uint32_t)result->packet_number,
        .prev_frame = (uint32_t)result->prev_frame,
        .verdict = result->verdict,
        .direction = result->direction,
        .tcp_state = result->tcp_state,
        .analysed = true,
    };
    if (annotation->flow_id) {
        uint32_t *first = make(&first_frames, annotation->flow_id);

        *first = (uint32_t)result->first_frame;
    }
}

const struct fs_annotation *fs_annotations_get(uint32_t frame)
{
    const struct fs_annotation *annotation = find(&annotations, frame);

    return annotation && annotation->analysed ? annotation : NULL;
}

uint32_t fs_annotations_first_frame(uint32_t flow_id)
{
    const uint32_t *first = find(&first_frames, flow_id);

    return first ? *first : 0;
}
