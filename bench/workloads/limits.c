/* SPDX-License-Identifier: BSD-2-Clause */
/* What no program can beat on this machine: bytes copied, hashed, touched and read, and cache lines
 * fetched from a table. */
#include "workloads/kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LINE = 64, IN_FLIGHT = 32, APART = 256, SOURCES = 16 };

uint64_t bench_xxh3_baseline(const void *data, size_t length);
uint64_t bench_xxh3_avx2(const void *data, size_t length);
uint64_t bench_xxh3_avx512(const void *data, size_t length);

/* Copies and hashes of warm bytes. */
struct bytes {
    size_t size, sources;
    uint8_t *from, *to;
    uint64_t (*hash)(const void *data, size_t length);
};

static void *open_bytes(const struct bench_workload *workload)
{
    struct bytes *bytes = bench_allocate(1, sizeof(*bytes));

    bytes->size = workload->size;
    bytes->sources = workload->traffic->packets ? workload->traffic->packets : SOURCES;
    bytes->from = bench_allocate(bytes->sources, workload->size + LINE);
    bytes->to = bench_allocate(bytes->sources, workload->size + LINE);
    bytes->hash = bench_xxh3_baseline;
    if (__builtin_cpu_supports("avx2"))
        bytes->hash = bench_xxh3_avx2;
    if (__builtin_cpu_supports("avx512f"))
        bytes->hash = bench_xxh3_avx512;
    return bytes;
}

static void run_copy(void *state, uint64_t packets)
{
    const struct bytes *bytes = state;

    for (uint64_t i = 0; i < packets; i++) {
        size_t at = i % bytes->sources * bytes->size;

        memcpy(bytes->to + at, bytes->from + at, bytes->size);
        bench_use(bytes->to);
    }
}

static void run_hash(void *state, uint64_t packets)
{
    const struct bytes *bytes = state;

    for (uint64_t i = 0; i < packets; i++) {
        uint64_t hash = bytes->hash(bytes->from + i % bytes->sources * bytes->size, bytes->size);

        __asm__ volatile("" : : "r"(hash) : "memory");
    }
}

static uint64_t bytes_of(const void *state)
{
    return ((const struct bytes *)state)->size;
}

static void close_bytes(void *state)
{
    struct bytes *bytes = state;

    free(bytes->from);
    free(bytes->to);
    free(bytes);
}

const struct bench_kind bench_limit_copy = {
    .open = open_bytes, .run = run_copy, .close = close_bytes, .bytes_per_item = bytes_of};
const struct bench_kind bench_limit_hash = {
    .open = open_bytes, .run = run_hash, .close = close_bytes, .bytes_per_item = bytes_of};

/* A table with a line for each flow, as far apart as flows lie, in pages of the usual size. */
struct table {
    uint8_t *memory;
    size_t flows, bytes;
    uint64_t at;
};

static void *open_table(const struct bench_workload *workload)
{
    struct table *table = bench_allocate(1, sizeof(*table));

    table->flows = workload->size;
    table->bytes = table->flows * APART;
    table->memory =
        mmap(NULL, table->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (table->memory == MAP_FAILED)
        bench_fail("no memory");
    for (size_t i = 0; i < table->bytes; i += LINE)
        table->memory[i] = 0;
    table->at = 1;
    return table;
}

/* xorshift64, then scaled without a division. */
static inline uint64_t draw(uint64_t *state, size_t flows)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (*state >> 32) * flows >> 32;
}

static void run_line(void *state, uint64_t packets)
{
    struct table *table = state;
    uint64_t at = table->at;

    for (uint64_t i = 0; i < packets; i++) {
        uint64_t flow = draw(&at, table->flows);

        at += table->memory[flow * APART]; /* always 0, which the processor has to wait for */
    }
    table->at = at;
}

static void run_lines(void *state, uint64_t packets)
{
    struct table *table = state;
    uint64_t at = table->at;

    for (uint64_t i = 0; i < packets; i += IN_FLIGHT) {
        const uint8_t *lines[IN_FLIGHT];
        uint32_t sum = 0;

        for (unsigned j = 0; j < IN_FLIGHT; j++) {
            lines[j] = &table->memory[draw(&at, table->flows) * APART];
            __builtin_prefetch(lines[j]);
        }
        for (unsigned j = 0; j < IN_FLIGHT; j++)
            sum += *lines[j];
        __asm__ volatile("" : : "r"(sum) : "memory");
    }
    table->at = at;
}

static void close_table(void *state)
{
    struct table *table = state;

    munmap(table->memory, table->bytes);
    free(table);
}

const struct bench_kind bench_limit_line = {
    .open = open_table, .run = run_line, .close = close_table};
const struct bench_kind bench_limit_lines = {
    .open = open_table, .run = run_lines, .close = close_table};

struct touch {
    struct bench_frames frames;
    size_t at;
};

static void *open_touch(const struct bench_workload *workload)
{
    struct touch *touch = bench_allocate(1, sizeof(*touch));

    bench_traffic_make(workload->traffic, &touch->frames);
    return touch;
}

static void run_touch(void *state, uint64_t packets)
{
    struct touch *touch = state;
    size_t at = touch->at;
    uint32_t sum = 0;

    for (uint64_t i = 0; i < packets; i++) {
        sum += touch->frames.frame[at].data[12];
        at = at + 1 == touch->frames.count ? 0 : at + 1;
    }
    __asm__ volatile("" : : "r"(sum) : "memory");
    touch->at = at;
}

static void close_touch(void *state)
{
    struct touch *touch = state;

    bench_frames_free(&touch->frames);
    free(touch);
}

const struct bench_kind bench_limit_touch = {
    .open = open_touch, .run = run_touch, .close = close_touch};

/* A file that lies in the page cache, per packet of it. */
struct file {
    int fd;
    size_t packets;
    uint64_t size, done; /* done: packets of this turn */
    uint8_t buffer[1 << 18];
};

static void *open_file(const struct bench_workload *workload)
{
    struct file *file = bench_allocate(1, sizeof(*file));
    struct bench_frames frames;

    bench_frames_load(&frames, workload->traffic->path);
    file->packets = frames.count;
    bench_frames_free(&frames);
    file->fd = open(workload->traffic->path, O_RDONLY | O_CLOEXEC);
    if (file->fd < 0)
        bench_fail("%s: %s", workload->traffic->path, strerror(errno));
    file->size = (uint64_t)lseek(file->fd, 0, SEEK_END);
    return file;
}

/* Reads the share of the file that so many packets are. */
static void run_file(void *state, uint64_t packets)
{
    struct file *file = state;
    uint64_t from = file->size * file->done / file->packets;
    uint64_t to = file->size * (file->done + packets) / file->packets;

    while (from < to) {
        uint64_t left = to - from, at = from % file->size;
        uint64_t here = file->size - at < left ? file->size - at : left;
        size_t now = here < sizeof(file->buffer) ? (size_t)here : sizeof(file->buffer);
        ssize_t got = pread(file->fd, file->buffer, now, (off_t)at);

        if (got <= 0)
            bench_fail("the capture cannot be read: %s", strerror(errno));
        bench_use(file->buffer);
        from += (uint64_t)got;
    }
    file->done = (file->done + packets) % file->packets;
}

static uint64_t file_bytes(const void *state)
{
    const struct file *file = state;

    return file->size / file->packets;
}

static void close_file(void *state)
{
    struct file *file = state;

    close(file->fd);
    free(file);
}

const struct bench_kind bench_limit_read = {
    .open = open_file, .run = run_file, .close = close_file, .bytes_per_item = file_bytes};
