/* SPDX-License-Identifier: BSD-2-Clause */
/* All rows of the tables, in their order. */
#include "workloads/kinds.h"

#include <stdarg.h>
#include <stdio.h>

#define NOT_REASSEMBLER "not built: stream layer"
#define NOT_SESSION     "not built: session layer"

enum { ROWS_MOST = 280, NAME_MOST = 64, BATCH = 32, SEED_FLOWS = 100000, COMMAND_FLOWS = 1000000 };

static struct bench_workload rows[ROWS_MOST];
static struct bench_traffic traffics[ROWS_MOST];
static char names[3 * ROWS_MOST][NAME_MOST];
static size_t row_count, name_count;

__attribute__((format(printf, 1, 2))) static const char *name_of(const char *format, ...)
{
    char *name = names[name_count++];
    va_list values;

    va_start(values, format);
    vsnprintf(name, NAME_MOST, format, values);
    va_end(values);
    return name;
}

static struct bench_workload *add(const char *name, const struct bench_kind *kind,
                                  const struct bench_traffic *traffic)
{
    struct bench_workload *row = &rows[row_count];

    if (row_count == ROWS_MOST || name_count + 3 > sizeof(names) / sizeof(names[0]))
        bench_fail("more rows than planned");
    traffics[row_count] = *traffic;
    *row = (struct bench_workload){
        .name = name, .kind = kind, .traffic = &traffics[row_count], .batch = 1};
    row_count++;
    return row;
}

static void add_not_built(const char *name, const char *why, const char *limit)
{
    struct bench_workload *row = add(name, NULL, &(struct bench_traffic){0});

    row->not_built = why;
    row->peer = name;
    row->limit = limit;
}

/* The same traffic, but as the command has it: its limits, and everything moves. */
static struct bench_traffic moving(const struct bench_traffic *traffic)
{
    struct bench_traffic more = *traffic;
    const size_t least = 65536;

    more.step_us = BENCH_AS_COMMAND_US;
    if (more.pattern == BENCH_ROUND_ROBIN && more.packets < least)
        more.packets = (least + more.flows - 1) / more.flows * more.flows;
    return more;
}

/* A row of the tracker by single packets and by batches, and both with the command's defaults. */
static void add_track(const char *name, const struct bench_kind *kind,
                      const struct bench_traffic *traffic, uint64_t max_flows, uint64_t warm)
{
    const struct bench_traffic more = moving(traffic);

    for (unsigned variant = 0; variant < 4; variant++) {
        bool batched = variant & 1, as_command = variant & 2;
        const char *full =
            name_of("%s%s%s", name, batched ? "/batch" : "", as_command ? "/default" : "");
        struct bench_workload *row = add(full, kind, as_command ? &more : traffic);

        row->peer = as_command ? NULL : name;
        row->batch = batched ? BATCH : 1;
        row->max_flows = max_flows;
        if (as_command && !warm && max_flows < COMMAND_FLOWS)
            row->max_flows = COMMAND_FLOWS;
        row->warm = warm;
        row->limit = name_of("limit/line/%zu%s", warm ? (size_t)max_flows : traffic->flows,
                             batched ? "/in_flight" : "");
    }
}

static void add_extractor(void)
{
    static const char *const of[] = {"extractor/five_tuple_ipv4_tcp",
                                     "extractor/five_tuple_ipv4_udp"};

    for (unsigned i = 0; i < 2; i++) {
        struct bench_traffic traffic = {.pattern = i ? BENCH_ONE_UDP : BENCH_ONE_TCP};
        struct bench_workload *row = add(of[i], &bench_extract, &traffic);

        row->peer = of[i];
        row->limit = "limit/memcpy/64";
    }
}

/* Every link type and tunnel: to its keys, and through an engine. */
static void add_shapes(void)
{
    for (size_t i = 0; i < bench_shape_count; i++) {
        const struct bench_shape *shape = &bench_shapes[i];
        const struct bench_traffic traffic = {.pattern = BENCH_SHAPE, .flows = 1, .shape = shape};
        struct bench_workload *row;

        add(name_of("extractor/%s", shape->name), &bench_extract, &traffic);
        row = add(name_of("tracker/%s", shape->name), &bench_track, &traffic);
        row->batch = BATCH;
        row->max_flows = SEED_FLOWS;
    }
}

/* Datagrams in two fragments, more of them than the engine keeps. */
static void add_fragments(void)
{
    const struct bench_traffic traffic = {.pattern = BENCH_FRAGMENTS, .flows = 1, .packets = 16384};
    struct bench_workload *row = add("tracker/fragments", &bench_track, &traffic);

    row->batch = BATCH;
    row->max_flows = SEED_FLOWS;
}

static struct bench_traffic flows_of(enum bench_pattern pattern, size_t flows, size_t packets)
{
    return (struct bench_traffic){.pattern = pattern, .flows = flows, .packets = packets};
}

static void add_flow_counts(void)
{
    static const size_t in_turn[] = {10, 100, 1000, 10000, 100000, 1000000};
    static const size_t drawn[] = {100000, 1000000};
    struct bench_traffic traffic = flows_of(BENCH_ROUND_ROBIN, 1, 1);

    add_track("tracker/monoflow", &bench_track, &traffic, SEED_FLOWS, 0);
    for (unsigned i = 0; i < sizeof(in_turn) / sizeof(*in_turn); i++) {
        size_t flows = in_turn[i];
        bool large = flows > 10000; /* opening them is not for the measurement */

        traffic = flows_of(BENCH_ROUND_ROBIN, flows, flows);
        traffic.opened = large;
        add_track(name_of("tracker/n_flows/%zu", flows), large ? &bench_track : &bench_track_fresh,
                  &traffic, flows > SEED_FLOWS ? flows : SEED_FLOWS, 0);
    }
    for (unsigned i = 0; i < 2 * sizeof(drawn) / sizeof(*drawn); i++) {
        size_t flows = drawn[i / 2];
        bool zipf = i % 2;

        traffic =
            flows_of(zipf ? BENCH_ZIPF : BENCH_RANDOM, flows, flows < 200000 ? 1000000 : 4000000);
        traffic.opened = true;
        add_track(name_of("tracker/%s/%zu", zipf ? "zipf" : "random", flows), &bench_track,
                  &traffic, flows, 0);
    }
}

static void add_churn(void)
{
    struct bench_traffic syn = flows_of(BENCH_SYN, 2000000, 2000000);
    struct bench_traffic churn10 = flows_of(BENCH_CHURN10, 200000, 2000000);
    struct bench_traffic flood = flows_of(BENCH_FLOOD, 2000000, 2000000);
    struct bench_workload *row;

    add_track("tracker/churn", &bench_track, &syn, SEED_FLOWS, SEED_FLOWS);
    add_track("tracker/churn10", &bench_track, &churn10, SEED_FLOWS, SEED_FLOWS * 10);

    add_track("tracker/syn_flood", &bench_track, &flood, SEED_FLOWS, SEED_FLOWS * 2);

    syn.step_us = 1000; /* 60,000 connections are half open before the first times out */
    row = add("tracker/expiry/batch", &bench_track, &syn);
    row->batch = BATCH;
    row->max_flows = COMMAND_FLOWS;
    row->warm = SEED_FLOWS;
    row->limit = "limit/line/100000/in_flight";
}

static void add_large(void)
{
    const size_t flows = 10000000;
    struct bench_traffic traffic = flows_of(BENCH_RANDOM, flows, 8000000);
    struct bench_workload *row;

    traffic.opened = true;
    row = add("tracker/random/10000000/batch", &bench_track, &traffic);
    row->batch = BATCH;
    row->max_flows = flows;
    row->large = true;
    row->limit = "limit/line/10000000/in_flight";
}

static void add_batches(void)
{
    struct bench_traffic traffic = flows_of(BENCH_RANDOM, 100000, 1000000);

    traffic.opened = true;
    for (size_t batch = 1; batch <= 256; batch *= 2) {
        struct bench_workload *row =
            add(name_of("tracker/batch/%zu", batch), &bench_track, &traffic);

        row->batch = batch;
        row->max_flows = SEED_FLOWS;
        row->limit = "limit/line/100000/in_flight";
    }
}

/* `window`: so many frames are compared, and none comes twice; 0: the profile's 256. */
static void add_copies(const char *name, enum bench_pattern pattern, size_t size, size_t frames,
                       size_t window)
{
    struct bench_traffic traffic = {.pattern = pattern, .flows = window, .packets = frames};

    for (unsigned batched = 0; batched < 2; batched++) {
        struct bench_workload *row =
            add(batched ? name_of("%s/batch", name) : name, &bench_dedup, &traffic);

        row->size = size;
        row->batch = batched ? BATCH : 1;
        row->peer = window ? NULL : name;
        row->limit = name_of("limit/xxh3/%zu/%zu", size, frames);
    }
}

static void add_dedup(void)
{
    static const size_t windows[] = {256, 16384, 100000, 1000000}, sizes[] = {64, 1500};
    const size_t many = 1024;

    add_copies("dedup/unique_64", BENCH_ROUND_ROBIN, 64, many, 0);
    add_copies("dedup/unique_1500", BENCH_ROUND_ROBIN, 1500, many, 0);
    add_copies("dedup/duplicate_1500", BENCH_ROUND_ROBIN, 1500, 1, 0);
    for (unsigned i = 0; i < 8; i++) {
        const size_t size = sizes[i / 4], window = windows[i % 4];

        add_copies(name_of("dedup/frames_%zu/%zu", size, window), BENCH_ROUND_ROBIN, size, many,
                   window);
        add_copies(name_of("dedup/packets_%zu/%zu", size, window), BENCH_PACKETS, size, many,
                   window);
    }
}

static void add_captures(const char *capture)
{
    struct bench_traffic traffic = {.pattern = BENCH_CAPTURE, .path = capture};
    struct bench_workload *row;

    if (!capture)
        return;
    row = add("capture/extract_track", &bench_track, &traffic);
    row->peer = row->name;
    row->batch = BATCH;
    row->max_flows = SEED_FLOWS;
    row->limit = "limit/touch";
    add("limit/touch", &bench_limit_touch, &traffic);
    add("limit/read_file", &bench_limit_read, &traffic);
}

static void add_limits(void)
{
    static const size_t copied[] = {64, 100, 1400, 1500}, hashed[] = {44, 64, 1500};
    static const size_t tables[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
    const struct bench_traffic none = {0};

    for (unsigned i = 0; i < sizeof(copied) / sizeof(*copied); i++)
        add(name_of("limit/memcpy/%zu", copied[i]), &bench_limit_copy, &none)->size = copied[i];
    for (unsigned i = 0; i < sizeof(hashed) / sizeof(*hashed); i++)
        add(name_of("limit/xxh3/%zu", hashed[i]), &bench_limit_hash, &none)->size = hashed[i];
    for (unsigned i = 1; i < sizeof(hashed) / sizeof(*hashed); i++)
        for (size_t frames = 1; frames <= 1024; frames += 1023) {
            const struct bench_traffic bytes = {.packets = frames};

            add(name_of("limit/xxh3/%zu/%zu", hashed[i], frames), &bench_limit_hash, &bytes)->size =
                hashed[i];
        }
    for (unsigned i = 0; i < sizeof(tables) / sizeof(*tables); i++)
        for (unsigned together = 0; together < 2; together++) {
            const char *name = name_of("limit/line/%zu%s", tables[i], together ? "/in_flight" : "");
            struct bench_workload *row =
                add(name, together ? &bench_limit_lines : &bench_limit_line, &none);

            row->size = tables[i];
            row->large = tables[i] > 1000000;
        }
}

const struct bench_workload *bench_workloads(const char *capture, size_t *count)
{
    row_count = name_count = 0;
    add_extractor();
    add_flow_counts();
    add_churn();
    add_large();
    add_batches();
    add_shapes();
    add_fragments();
    add_not_built("reassembler/in_order_1500_uncapped", NOT_REASSEMBLER, "limit/memcpy/1500");
    add_not_built("reassembler/in_order_1500_capped_1m", NOT_REASSEMBLER, "limit/memcpy/1500");
    add_not_built("reassembler/sliding_window_overflow", NOT_REASSEMBLER, "limit/memcpy/100");
    add_not_built("reassembler/ooo_drops", NOT_REASSEMBLER, NULL);
    add_not_built("reassembler/drop_flow_poisoned", NOT_REASSEMBLER, NULL);
    add_dedup();
    add_not_built("session_driver/passthrough", NOT_SESSION, "limit/memcpy/1400");
    add_captures(capture);
    add_limits();
    *count = row_count;
    return rows;
}
