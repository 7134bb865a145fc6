/* SPDX-License-Identifier: BSD-2-Clause */
/* Sequences of frames, described. The same description gives the same bytes, every time. */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include "workloads/shapes.h"

enum bench_pattern {
    BENCH_NO_FRAMES,
    BENCH_ONE_TCP,     /* one frame: the seed's of 72 bytes */
    BENCH_ONE_UDP,     /* one frame: the seed's of 47 bytes */
    BENCH_SHAPE,       /* one frame: traffic.shape */
    BENCH_ROUND_ROBIN, /* one frame per flow, in turn: the seed's of 55 bytes */
    BENCH_RANDOM,      /* such frames of flows drawn evenly */
    BENCH_ZIPF,        /* of flows drawn by rank, the n-th with a share of 1/n */
    BENCH_SYN,         /* a SYN of another flow each */
    BENCH_CHURN10,     /* ten packets per flow from the SYN on, 1,000 flows at once */
    BENCH_FLOOD,       /* nine of ten are a SYN of another flow each, the tenth belongs to one of
                        * BENCH_FLOODED connections, in turn */
    BENCH_FRAGMENTS,   /* UDP datagrams of one flow, each in two */
    BENCH_CAPTURE,     /* the frames of a file */
    BENCH_PACKETS,     /* dedup: frames with an IP packet; zeroes otherwise */
};

enum { BENCH_FLOODED = 1000 };

/* step_us of the rows that have the command's defaults. */
#define BENCH_AS_COMMAND_US 1

struct bench_traffic {
    enum bench_pattern pattern;
    size_t flows;
    size_t packets;   /* of the cycle; a multiple of the flows where they come in turn */
    bool opened;      /* one frame of each flow stands before the cycle, to open them all */
    uint32_t step_us; /* 0: nothing moves. Else sequence numbers and IP identification go on, and
                       * time by this from frame to frame */
    const char *path; /* of a capture */
    const struct bench_shape *shape;
};

/* How many frames stand before the cycle. */
size_t bench_traffic_before(const struct bench_traffic *traffic);

void bench_traffic_make(const struct bench_traffic *traffic, struct bench_frames *frames);

/* Makes the next cycle of advancing traffic out of the last one: sequence numbers and IP
 * identification. The caller moves the time by bench_traffic_span_us(). */
void bench_traffic_next_cycle(const struct bench_traffic *traffic, struct bench_frames *frames);
uint32_t bench_traffic_span_us(const struct bench_traffic *traffic);

#endif
