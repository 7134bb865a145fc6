/* SPDX-License-Identifier: BSD-2-Clause */
/* Groups tracker and capture: frames through an engine, with a result for each and a sink whose
 * every callback counts. */
#include "workloads/kinds.h"

#include <flowscope/flowscope.h>

#include <stdlib.h>

#define START_NS INT64_C(1700000000000000000)

enum { BATCH_MOST = 256, CYCLE_LEAST = 16 * BATCH_MOST };

struct track {
    const struct bench_workload *workload;
    struct bench_frames frames;
    size_t before; /* frames that stand before the cycle */
    flowscope_engine *engine;
    size_t at;
    uint64_t number;  /* of the last frame */
    int64_t start_ns; /* of this cycle */
    uint64_t events;
    struct flowscope_packet packets[BATCH_MOST];
    struct flowscope_result results[BATCH_MOST];
};

static void require(enum flowscope_status status)
{
    if (status != FLOWSCOPE_OK)
        bench_fail("%s", flowscope_status_text(status));
}

static void count_event(void *user, const struct flowscope_flow_record *record)
{
    bench_use(record);
    ++*(uint64_t *)user;
}

/* Hands frames [at, at + count) over in calls of `batch`. */
static void feed(struct track *track, size_t count, size_t batch)
{
    const struct bench_frame *frame = &track->frames.frame[track->at];
    struct flowscope_packet *packets = track->packets;
    const int64_t start_ns = track->start_ns;
    uint64_t number = track->number;

    for (size_t done = 0; done < count;) {
        size_t now = count - done < batch ? count - done : batch;

        for (size_t i = 0; i < now; i++, frame++) {
            packets[i].data = frame->data;
            packets[i].captured_bytes = packets[i].wire_bytes = frame->length;
            packets[i].time_ns = start_ns + (int64_t)frame->time_us * 1000;
            packets[i].frame = ++number;
        }
        if (flowscope_engine_feed(track->engine, packets, now, track->results) != FLOWSCOPE_OK)
            bench_fail("the engine refused a packet");
        bench_use(track->results);
        done += now;
    }
    track->at += count;
    track->number = number;
}

static void run_track(void *state, uint64_t packets)
{
    struct track *track = state;

    while (packets) {
        size_t left = track->frames.count - track->at;
        size_t now = packets < left ? (size_t)packets : left;

        feed(track, now, track->workload->batch);
        packets -= now;
        if (track->at == track->frames.count)
            track->at = track->before;
    }
}

static void begin_engine(struct track *track)
{
    struct flowscope_sink sink = {.size = sizeof(sink),
                                  .user = &track->events,
                                  .flow_started = count_event,
                                  .flow_ended = count_event};
    struct flowscope_config config;

    flowscope_config_init(&config);
    config.max_flows = track->workload->max_flows;
    config.hash_seed = 0x5eed;
    if (track->workload->traffic->step_us != BENCH_AS_COMMAND_US) { /* as the crate */
        config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE;
        config.tcp_facts = FLOWSCOPE_TCP_FACTS_HISTORY;
        config.fragment_bytes = 0;
    }
    require(flowscope_engine_create(&track->engine, &config, &sink));
    track->at = 0;
    track->number = 0;
    track->events = 0;
    if (track->before)
        feed(track, track->before, BATCH_MOST);
    run_track(track, track->workload->warm);
}

static void *open_track(const struct bench_workload *workload)
{
    struct track *track = bench_allocate(1, sizeof(*track));

    track->workload = workload;
    track->start_ns = workload->traffic->step_us ? START_NS : 0;
    track->before = bench_traffic_before(workload->traffic);
    bench_traffic_make(workload->traffic, &track->frames);
    if (!workload->traffic->step_us && workload->traffic->pattern != BENCH_CAPTURE)
        bench_frames_repeat(&track->frames, track->before, CYCLE_LEAST);
    for (size_t i = 0; i < BATCH_MOST; i++)
        track->packets[i] = (struct flowscope_packet){.size = sizeof(track->packets[i]),
                                                      .link_type = track->frames.link_type,
                                                      .time_quality = FLOWSCOPE_TIME_GOOD,
                                                      .is_packet = 1};
    begin_engine(track);
    return track;
}

static void again(void *state)
{
    struct track *track = state;

    flowscope_engine_destroy(track->engine);
    begin_engine(track);
}

static void close_track(void *state)
{
    struct track *track = state;

    flowscope_engine_destroy(track->engine);
    bench_frames_free(&track->frames);
    free(track);
}

/* Traffic that advances is rewritten after each cycle; a capture ends, and begins in a new
 * engine. */
static uint64_t period(const void *state)
{
    const struct track *track = state;
    const struct bench_traffic *traffic = track->workload->traffic;

    return traffic->step_us || traffic->pattern == BENCH_CAPTURE
               ? track->frames.count - track->before
               : 0;
}

static void between(void *state)
{
    struct track *track = state;
    const struct bench_traffic *traffic = track->workload->traffic;

    if (traffic->pattern == BENCH_CAPTURE) {
        require(flowscope_engine_reset(track->engine));
        track->number = 0;
        return;
    }
    bench_traffic_next_cycle(traffic, &track->frames);
    track->start_ns += (int64_t)bench_traffic_span_us(traffic) * 1000;
}

static uint64_t bytes_per_item(const void *state)
{
    const struct track *track = state;

    return track->frames.bytes / track->frames.count;
}

static uint64_t events(const void *state)
{
    return ((const struct track *)state)->events;
}

const struct bench_kind bench_track = {
    .open = open_track,
    .run = run_track,
    .close = close_track,
    .period = period,
    .between = between,
    .bytes_per_item = bytes_per_item,
    .events = events,
};

const struct bench_kind bench_track_fresh = {
    .open = open_track,
    .again = again,
    .run = run_track,
    .close = close_track,
    .period = period,
    .between = between,
    .bytes_per_item = bytes_per_item,
    .events = events,
};
