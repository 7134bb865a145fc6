/* SPDX-License-Identifier: BSD-2-Clause */
/* One frame of each link type, each tunnel, and the plain packets that they are made of. */
#ifndef BENCH_SHAPES_H
#define BENCH_SHAPES_H

#include "workloads/frames.h"

struct bench_shape {
    const char *name;
    uint32_t link_type;
    const char *headers; /* words of the table in shapes.c, outermost first */
};

extern const struct bench_shape bench_shapes[];
extern const size_t bench_shape_count;

/* IP packets inside each other. */
unsigned bench_shape_levels(const struct bench_shape *shape);

/* The frame, with as many bytes of data as the seed's frame. */
void bench_shape_add(struct bench_frames *frames, const struct bench_shape *shape);

#endif
