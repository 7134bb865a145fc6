/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Annotations by frame number. */
#include "annotations.h"

#include "chunks.h"
#include "flows.h"

#include <glib.h>

static struct fs_chunks annotations = {.item_size = sizeof(struct fs_annotation)};
static struct fs_chunks links[FS_LINK_COUNT] = {
    [FS_LINK_DUP_OF] = {.item_size = sizeof(uint32_t)},
    [FS_LINK_PARENT] = {.item_size = sizeof(uint32_t)},
    [FS_LINK_REUSED] = {.item_size = sizeof(uint32_t)},
    [FS_LINK_RELATED] = {.item_size = sizeof(uint32_t)},
};
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
    for (int link = 0; link < FS_LINK_COUNT; link++)
        fs_chunks_clear(&links[link]);
    forget_next_frames();
    last_frame = 0;
}

static void put_link(uint32_t frame, enum fs_annotation_link link, uint64_t to)
{
    if (to || fs_annotations_link(frame, link))
        *(uint32_t *)fs_chunks_make(&links[link], frame) = (uint32_t)to;
}

void fs_annotations_put(uint32_t frame, const struct flowscope_result *result, uint64_t reused)
{
    struct fs_annotation *annotation = fs_chunks_make(&annotations, frame);

    *annotation = (struct fs_annotation){
        .flow_id = (uint32_t)result->flow_id,
        .packet_number = (uint32_t)result->packet_number,
        .prev_frame = (uint32_t)result->prev_frame,
        .verdict = result->verdict,
        .direction = result->direction & 15u,
        .dup_kind = result->dup_kind & 15u,
        .tcp_state = result->tcp_state,
        .analysed = true,
        .pending = result->pending != 0,
    };
    put_link(frame, FS_LINK_DUP_OF, result->dup_of);
    put_link(frame, FS_LINK_PARENT, result->parent_id);
    put_link(frame, FS_LINK_REUSED, reused);
    put_link(frame, FS_LINK_RELATED, result->related_id);
    if (frame > last_frame)
        last_frame = frame;
    if (has_next_frames)
        forget_next_frames();
}

/* Under a read filter the number may meanwhile be another frame's. */
void fs_annotations_settle(void *unused, uint64_t frame, const struct flowscope_result *result)
{
    const struct fs_annotation *annotation = fs_annotations_get((uint32_t)frame);

    (void)unused;
    if (!annotation || !annotation->pending)
        return;
    fs_annotations_put((uint32_t)frame, result,
                       fs_annotations_link((uint32_t)frame, FS_LINK_REUSED));
    if (result->packet_number == 1)
        fs_flows_begins_at((uint32_t)result->flow_id, (uint32_t)frame);
}

const struct fs_annotation *fs_annotations_get(uint32_t frame)
{
    const struct fs_annotation *annotation = fs_chunks_find(&annotations, frame);

    return annotation && annotation->analysed ? annotation : NULL;
}

uint32_t fs_annotations_link(uint32_t frame, enum fs_annotation_link link)
{
    const uint32_t *to = fs_chunks_find(&links[link], frame);

    return to ? *to : 0;
}

bool fs_annotations_is_in(uint32_t frame, uint32_t flow_id)
{
    const struct fs_annotation *annotation = fs_annotations_get(frame);
    uint32_t around;

    if (!annotation)
        return false;
    around = fs_annotations_link(frame, FS_LINK_PARENT);
    while (around && around != flow_id)
        around = fs_flows_parent(around);
    return annotation->flow_id == flow_id || around == flow_id;
}

/* Under a read filter the number may meanwhile be another frame's: then there is no link. */
uint32_t fs_annotations_dup_of(uint32_t frame)
{
    const struct fs_annotation *here = fs_annotations_get(frame), *first;
    uint32_t of = fs_annotations_link(frame, FS_LINK_DUP_OF);

    if (!here || !of || of >= frame || !(first = fs_annotations_get(of)) || first->dup_kind)
        return 0;
    return !here->flow_id || first->flow_id == here->flow_id ? of : 0;
}

uint32_t fs_annotations_prev_frame(uint32_t frame)
{
    const struct fs_annotation *here = fs_annotations_get(frame);

    if (!here || here->prev_frame >= frame)
        return 0;
    return fs_annotations_is_in(here->prev_frame, here->flow_id) ? here->prev_frame : 0;
}

/* From the last frame back: the next one of a flow is that of the frames seen so far which belongs
 * to it, or to a flow that it carries. A copy of a frame is in no chain. */
static void find_next_frames(void)
{
    uint32_t *last_of = g_new0(uint32_t, fs_flows_last_id() + (size_t)1);

    for (uint32_t frame = last_frame; frame; frame--) {
        const struct fs_annotation *here = fs_annotations_get(frame);
        uint32_t flow_id = here && here->packet_number ? here->flow_id : 0;

        if (flow_id && last_of[flow_id])
            *(uint32_t *)fs_chunks_make(&next_frames, frame) = last_of[flow_id];
        for (uint32_t parent = fs_annotations_link(frame, FS_LINK_PARENT); flow_id;) {
            last_of[flow_id] = frame;
            flow_id = parent;
            parent = fs_flows_parent(parent);
        }
    }
    g_free(last_of);
    has_next_frames = true;
}

uint32_t fs_annotations_next_frame(uint32_t frame)
{
    const uint32_t *next;

    if (!has_next_frames)
        find_next_frames();
    next = fs_chunks_find(&next_frames, frame);
    return next ? *next : 0;
}
