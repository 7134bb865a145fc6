/* SPDX-License-Identifier: BSD-2-Clause */
/* Group extractor: a frame's headers to its key. */
#include "workloads/kinds.h"

#include "packet/headers.h"

#include <stdlib.h>

struct extract {
    struct bench_frames frames;
    size_t at;
};

static void run_extract(void *state, uint64_t packets)
{
    struct extract *extract = state;
    struct flowscope_packet packet = {
        .size = sizeof(packet), .link_type = extract->frames.link_type, .is_packet = 1};
    struct flowscope_config config;
    struct fs_packet_options options;
    struct fs_frame found;
    size_t at = extract->at, count = extract->frames.count;

    flowscope_config_init(&config);
    options = fs_packet_options_of(&config);
    for (uint64_t i = 0; i < packets; i++) {
        const struct bench_frame *frame = &extract->frames.frame[at];

        packet.data = frame->data;
        packet.captured_bytes = packet.wire_bytes = frame->length;
        if (fs_headers_read(&packet, &options, &found) != FLOWSCOPE_VERDICT_ok)
            bench_fail("a frame without a key");
        bench_use(&found);
        at = at + 1 == count ? 0 : at + 1;
    }
    extract->at = at;
}

/* A tunnel that nobody looks into would be cheap. */
static void require_levels(const struct bench_frames *frames, const struct bench_shape *shape)
{
    const struct bench_frame *frame = &frames->frame[0];
    const struct flowscope_packet packet = {.size = sizeof(packet),
                                            .link_type = frames->link_type,
                                            .data = frame->data,
                                            .captured_bytes = frame->length,
                                            .wire_bytes = frame->length,
                                            .is_packet = 1};
    struct flowscope_config config;
    struct fs_packet_options options;
    struct fs_frame found;

    flowscope_config_init(&config);
    options = fs_packet_options_of(&config);
    if (fs_headers_read(&packet, &options, &found) != FLOWSCOPE_VERDICT_ok ||
        found.level_count != bench_shape_levels(shape))
        bench_fail("%s: not read whole", shape->name);
}

static void *open_extract(const struct bench_workload *workload)
{
    struct extract *extract = bench_allocate(1, sizeof(*extract));

    bench_traffic_make(workload->traffic, &extract->frames);
    if (workload->traffic->shape)
        require_levels(&extract->frames, workload->traffic->shape);
    return extract;
}

static void close_extract(void *state)
{
    struct extract *extract = state;

    bench_frames_free(&extract->frames);
    free(extract);
}

static uint64_t bytes_per_item(const void *state)
{
    const struct extract *extract = state;

    return extract->frames.bytes / extract->frames.count;
}

const struct bench_kind bench_extract = {
    .open = open_extract,
    .run = run_extract,
    .close = close_extract,
    .bytes_per_item = bytes_per_item,
};
