/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the engine said of each frame of a session, by frame number: 16 bytes a frame, in chunks
 * that never move. */
#ifndef FS_PLUGIN_ANNOTATIONS_H
#define FS_PLUGIN_ANNOTATIONS_H

#include <flowscope/packet.h>

/* Wireshark numbers frames with 32 bits; so do flow ids and packets fit. */
struct fs_annotation {
    uint32_t flow_id; /* 0 for none */
    uint32_t packet_number;
    uint32_t prev_frame;
    uint8_t verdict;       /* enum flowscope_verdict */
    uint8_t direction : 4; /* enum flowscope_direction */
    uint8_t dup_kind : 4;  /* enum flowscope_dup_kind */
    uint8_t tcp_state;     /* enum flowscope_tcp_state */
    bool analysed : 1;     /* false: the frame was never fed */
    bool pending : 1;      /* fs_annotations_settle() may come */
};

_Static_assert(sizeof(struct fs_annotation) == 16, "what a frame costs");

void fs_annotations_clear(void);

/* Flows and frames that only some frames point at: 4 bytes a frame more where there are any. */
enum fs_annotation_link {
    FS_LINK_DUP_OF,  /* the frame that this one copies, by fs_annotations_dup_of() */
    FS_LINK_PARENT,  /* the flow around this one, of a tunnel */
    FS_LINK_REUSED,  /* a flow that was open until this frame took its addresses and ports */
    FS_LINK_RELATED, /* the flow that an ICMP error speaks of */
    FS_LINK_COUNT
};

/* Keeps what the engine said of `frame`, over what was there; `reused` may be 0. */
void fs_annotations_put(uint32_t frame, const struct flowscope_result *result, uint64_t reused);

/* The same for a frame whose annotation is pending; any other stays as it is. */
void fs_annotations_settle(void *unused, uint64_t frame, const struct flowscope_result *result);

/* 0 for none. */
uint32_t fs_annotations_link(uint32_t frame, enum fs_annotation_link link);

/* Whether `frame` belongs to the flow, or to one that it carries. */
bool fs_annotations_is_in(uint32_t frame, uint32_t flow_id);

/* The annotation of `frame`, valid until the session ends; NULL if it was never fed. */
const struct fs_annotation *fs_annotations_get(uint32_t frame);

/* The first frame of which this one is a copy; 0 for none. */
uint32_t fs_annotations_dup_of(uint32_t frame);

/* The frames of the same flow before and after this one; 0 for none. Next is that of the frames
 * that were fed until now: 4 bytes a frame more from the first call on. */
uint32_t fs_annotations_prev_frame(uint32_t frame);
uint32_t fs_annotations_next_frame(uint32_t frame);

#endif
