/* SPDX-License-Identifier: BSD-2-Clause */
/* What is measured: every row of the tables, with the seed's ids first. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#else
#include "workloads/traffic.h"
#endif

struct bench_traffic;
struct bench_workload;

/* How a kind of row is run. `open` is not timed; `again`, if there is one, makes the state fresh
 * for one more measurement; `run` handles `packets` items, going on where it stopped; `between`, if
 * there is one, is called, not timed, after every `period()` items. */
struct bench_kind {
    void *(*open)(const struct bench_workload *workload);
    void (*again)(void *state);
    void (*run)(void *state, uint64_t packets);
    void (*close)(void *state);
    uint64_t (*period)(const void *state);
    void (*between)(void *state);
    uint64_t (*bytes_per_item)(const void *state);
    uint64_t (*events)(const void *state); /* that reached the sink */
};

struct bench_workload {
    const char *name;
    const char *not_built;         /* what it waits for; NULL: it can be measured */
    const struct bench_kind *kind; /* NULL where it cannot */
    const char *peer;              /* the row of the same work in peers/rust, or NULL */
    const char *limit;             /* the row that bounds it, or NULL */
    struct bench_traffic *traffic;
    uint64_t max_flows;
    uint64_t warm; /* packets of the cycle that go through before the measurement */
    size_t batch;  /* packets per call */
    size_t size;   /* of a limit: bytes or lines */
    bool large;    /* takes gigabytes: only when asked for by name */
};

/* All rows; the list lives until the program ends. `capture` is the file of the capture rows, NULL
 * when there is none. */
const struct bench_workload *bench_workloads(const char *capture, size_t *count);

/* malloc, calloc, realloc and mmap so far, of the core and of the workloads. */
uint64_t bench_allocations(void);

/* Does what `argument` asks for if it is one of --rows, --frames= and --instructions=. */
bool bench_command(const struct bench_workload *rows, size_t count, char *argument);

#ifdef __cplusplus
}
#endif

#endif
