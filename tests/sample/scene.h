/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens in the sample capture: hosts that send frames at times, and the file of it. */
#ifndef FS_TESTS_SCENE_H
#define FS_TESTS_SCENE_H

#include "support/build.h"

#define SCENE_US INT64_C(1000)
#define SCENE_MS INT64_C(1000000)

/* Around the packets of a conversation. */
struct path {
    uint16_t service_tag; /* VLAN ids, 0 for none */
    uint16_t tag;
    uint32_t vni;     /* VXLAN between two hosts of 203.0.113.0/24; 0 for none */
    int64_t copy_ns;  /* every frame comes again after this, byte for byte; 0: it does not */
    bool copy_routed; /* the copy has passed a router: TTL and MAC addresses differ */
};

struct conversation {
    const char *host[2]; /* IPv4 or IPv6 */
    uint16_t port[2];
    struct path path;
    int64_t time_ns;  /* of the next frame */
    int64_t pause_ns; /* between two frames */
    uint32_t seq[2];  /* TCP: next sequence number of each side */
};

/* Begins a frame from side `from`, up to its IP header; scene_send() ends it and moves the time. */
struct build *scene_begin(struct conversation *talk, unsigned from);
void scene_send(struct conversation *talk);

/* A TCP segment with what side `from` has to say next; scene_segment_at() says it out of turn. */
void scene_segment(struct conversation *talk, unsigned from, uint8_t flags, const void *data,
                   uint32_t length);
void scene_segment_at(struct conversation *talk, unsigned from, uint32_t seq, uint8_t flags,
                      const void *data, uint32_t length);

void scene_handshake(struct conversation *talk);
void scene_request(struct conversation *talk); /* side 0 asks, side 1 acknowledges */
void scene_close(struct conversation *talk);   /* side 1 first */

void scene_datagram(struct conversation *talk, unsigned from, const void *data, uint32_t length);

/* A frame of any kind at a time. */
struct build *scene_frame(void);
void scene_add(int64_t time_ns);

/* The last frame that was sent, until the next begins. */
const struct build *scene_sent(void);

/* All frames in order of their times; false if the file was not written. */
bool scene_write(const char *path);

#endif
