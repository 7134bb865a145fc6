/* SPDX-License-Identifier: BSD-2-Clause */
/* What flowscope_bench does besides measuring: list the rows, write their frames, run a counted
 * number of packets for callgrind. */
#include "workloads/workload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *truth(bool value)
{
    return value ? "true" : "false";
}

/* Names and reasons need no escapes. */
static void print_text(const char *key, const char *value)
{
    if (value)
        printf("\"%s\": \"%s\", ", key, value);
    else
        printf("\"%s\": null, ", key);
}

static void list_rows(const struct bench_workload *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct bench_workload *row = &rows[i];

        putchar('{');
        print_text("name", row->name);
        print_text("not_built", row->not_built);
        print_text("peer", row->peer);
        print_text("limit", row->limit);
        printf("\"max_flows\": %" PRIu64 ", \"before\": %zu, \"warm\": %" PRIu64
               ", \"batch\": %zu, \"capture\": %s, \"large\": %s}\n",
               row->max_flows, bench_traffic_before(row->traffic), row->warm, row->batch,
               truth(row->traffic->pattern == BENCH_CAPTURE), truth(row->large));
    }
}

static const struct bench_workload *find(const struct bench_workload *rows, size_t count,
                                         const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(name, rows[i].name) == 0)
            return &rows[i];
    bench_fail("there is no row %s", name);
}

static void write_frames(const struct bench_workload *row, const char *path)
{
    struct bench_frames frames;

    bench_traffic_make(row->traffic, &frames);
    bench_frames_write(&frames, path);
    bench_frames_free(&frames);
}

__attribute__((noinline)) static void bench_measured(const struct bench_workload *row, void *state,
                                                     uint64_t packets)
{
    row->kind->run(state, packets);
}

static void count_instructions(const struct bench_workload *row, uint64_t packets)
{
    uint64_t before, period;
    void *state;

    if (!row->kind)
        bench_fail("%s: %s", row->name, row->not_built);
    state = row->kind->open(row);
    period = row->kind->period ? row->kind->period(state) : 0;
    before = bench_allocations();
    for (uint64_t done = 0; done < packets;) {
        uint64_t now = packets - done;

        if (period && now > period)
            now = period;
        bench_measured(row, state, now);
        done += now;
        if (done < packets)
            row->kind->between(state);
    }
    printf("{\"packets\": %" PRIu64 ", \"allocations\": %" PRIu64 ", \"events\": %" PRIu64 "}\n",
           packets, bench_allocations() - before, row->kind->events ? row->kind->events(state) : 0);
    row->kind->close(state);
}

/* Cuts NAME,VALUE in two; the value is returned. */
static const char *cut(char *text)
{
    char *comma = strchr(text, ',');

    if (!comma)
        bench_fail("%s: NAME,VALUE was expected", text);
    *comma = 0;
    return comma + 1;
}

static char *value_of(char *argument, const char *option)
{
    size_t length = strlen(option);

    return strncmp(argument, option, length) == 0 ? argument + length : NULL;
}

bool bench_command(const struct bench_workload *rows, size_t count, char *argument)
{
    char *frames = value_of(argument, "--frames=");
    char *instructions = value_of(argument, "--instructions=");
    const char *value;

    if (strcmp(argument, "--rows") == 0) {
        list_rows(rows, count);
    } else if (frames) {
        value = cut(frames);
        write_frames(find(rows, count, frames), value);
    } else if (instructions) {
        value = cut(instructions);
        count_instructions(find(rows, count, instructions), strtoull(value, NULL, 10));
    } else {
        return false;
    }
    return true;
}
