/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Annotations by frame number. */
#include "annotations.h"

#include "chunks.h"

static struct fs_chunks annotations = {.item_size = sizeof(struct fs_annotation)};
static uint32_t last_frame;

/* The links backwards turned round. Few sessions ever ask, and the frames after are not known at a
 * frame's own time: made when one asks. */
static struct fs_chunks next_frames = {.item_size = sizeof(uint32_t)};
static bool has_next_frames;

static void forget_next_frames(void)
{
    fs_chunks_clear(&next_frames);
    has_next_frames = false;
}

void fs_annotations_clear(void)
{
    fs_chunks_clear(&annotations);
    forget_next_frames();
    last_frame = 0;
}

void fs_annotations_put(uint32_t frame, const struct flowscope_result *result)
{
    struct fs_annotation *annotation = fs_chunks_make(&annotations, frame);

    *annotation = (struct fs_annotation){
        .flow_id = (uint32_t)result->flow_id,
        .packet_number = (uint32_t)result->packet_number,
        .prev_frame = (uint32_t)result->prev_frame,
        .verdict = result->verdict,
        .direction = result->direction,
        .tcp_state = result->tcp_state,
        .analysed = true,
    };
    if (frame > last_frame)
        last_frame = frame;
    if (has_next_frames)
        forget_next_frames();
}

const struct fs_annotation *fs_annotations_get(uint32_t frame)
{
    const struct fs_annotation *annotation = fs_chunks_find(&annotations, frame);

    return annotation && annotation->analysed ? annotation : NULL;
}

/* Under a read filter the number may meanwhile be another frame's: then there is no link. */
uint32_t fs_annotations_prev_frame(uint32_t frame)
{
    const struct fs_annotation *here = fs_annotations_get(frame);
    const struct fs_annotation *there;

    if (!here || here->prev_frame >= frame)
        return 0;
    there = fs_annotations_get(here->prev_frame);
    return there && there->flow_id == here->flow_id ? here->prev_frame : 0;
}

uint32_t fs_annotations_next_frame(uint32_t frame)
{
    const uint32_t *next;

    for (uint32_t later = 1; !has_next_frames && later <= last_frame; later++) {
        uint32_t prev = fs_annotations_prev_frame(later);

        if (prev)
            *(uint32_t *)fs_chunks_make(&next_frames, prev) = later;
    }
    has_next_frames = true;
    next = fs_chunks_find(&next_frames, frame);
    return next ? *next : 0;
}
