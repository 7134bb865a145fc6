/* SPDX-License-Identifier: BSD-2-Clause */
/* Group dedup: frames against those before them, nothing else. The seed's rows take its profile,
 * 256 frames and whole ones; the rows of packets take the command's. */
#include "workloads/kinds.h"

#include "packet/duplicate.h"

#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 32 };

struct dedup {
    struct fs_duplicates duplicates;
    void *memory;
    size_t bytes, size, frames, at, batch;
    bool fresh; /* each frame is another one, however often the bytes come round */
    uint32_t number;
    uint8_t *data;
    uint32_t ip_at;
    struct fs_fingerprint prints[AT_ONCE];
};

static void put_number(const struct dedup *dedup, uint8_t *at, uint32_t number)
{
    at += dedup->ip_at == FS_NO_IP ? 0 : dedup->ip_at + 16; /* the destination */
    number = __builtin_bswap32(number);
    memcpy(at, &number, sizeof(number));
}

/* Ethernet and IPv4 with an identification in front, where packets are looked for. */
static void make_packet(uint8_t *at, size_t size)
{
    at[12] = 0x08;
    at[14] = 0x45;
    at[16] = (uint8_t)((size - 14) >> 8);
    at[17] = (uint8_t)(size - 14);
    at[19] = 1;
    at[22] = 64;
    at[23] = 17;
}

static void *open_dedup(const struct bench_workload *workload)
{
    const bool packets = workload->traffic->pattern == BENCH_PACKETS;
    struct dedup *dedup = bench_allocate(1, sizeof(*dedup));
    struct fs_duplicates_layout parts;
    struct fs_duplicate_options options;
    struct fs_layout layout = {0};
    struct flowscope_config config;

    flowscope_config_init(&config);
    config.dup_profile = packets ? FLOWSCOPE_DUP_PROFILE_STANDARD : FLOWSCOPE_DUP_PROFILE_LOOPBACK;
    options = fs_duplicate_options_of(&config);
    if (workload->traffic->flows)
        options.frames = (uint32_t)workload->traffic->flows;
    fs_duplicates_plan(&parts, &layout, &options);
    dedup->bytes = layout.size;
    dedup->memory = fs_memory_reserve(layout.size);
    if (!dedup->memory)
        bench_fail("no memory");
    fs_duplicates_init(&dedup->duplicates, &parts, dedup->memory, &options, 0x5eed);
    dedup->size = workload->size;
    dedup->batch = workload->batch;
    dedup->frames = workload->traffic->packets;
    dedup->fresh = workload->traffic->flows != 0;
    dedup->ip_at = packets ? 14 : FS_NO_IP;
    dedup->data = bench_allocate(dedup->frames, workload->size);
    for (uint32_t i = 0; i < dedup->frames; i++) {
        uint8_t *at = dedup->data + i * workload->size;

        if (packets)
            make_packet(at, workload->size);
        put_number(dedup, at, i);
    }
    return dedup;
}

static inline void next_frame(struct dedup *dedup, struct flowscope_packet *packet)
{
    uint8_t *data = dedup->data + dedup->at * dedup->size;

    if (dedup->fresh)
        put_number(dedup, data, dedup->number++);
    packet->data = data;
    dedup->at = dedup->at + 1 == dedup->frames ? 0 : dedup->at + 1;
}

static inline void take(struct dedup *dedup, struct flowscope_packet *packet,
                        const struct fs_fingerprint *fingerprint)
{
    enum flowscope_dup_kind kind;

    packet->frame++;
    kind = fs_duplicates_take(&dedup->duplicates, packet, fingerprint);
    __asm__ volatile("" : : "r"(kind) : "memory");
}

/* One after the other, with as little around them as the bare hash has. */
static void run_singly(struct dedup *dedup, struct flowscope_packet *packet, uint64_t count)
{
    struct fs_fingerprint fingerprint;

    for (; count; count--) {
        next_frame(dedup, packet);
        fs_fingerprint_take(&dedup->duplicates.fingerprint, packet, dedup->ip_at, dedup->ip_at,
                            &fingerprint);
        take(dedup, packet, &fingerprint);
    }
}

static void run_dedup(void *state, uint64_t count)
{
    struct dedup *dedup = state;
    struct fs_duplicates *duplicates = &dedup->duplicates;
    struct flowscope_packet packet = {.size = sizeof(packet),
                                      .link_type = 1,
                                      .captured_bytes = (uint32_t)dedup->size,
                                      .wire_bytes = (uint32_t)dedup->size,
                                      .time_quality = FLOWSCOPE_TIME_GOOD,
                                      .is_packet = 1};

    if (dedup->batch == 1) {
        run_singly(dedup, &packet, count);
        return;
    }
    while (count) {
        const size_t now = count < dedup->batch ? (size_t)count : dedup->batch;

        for (size_t i = 0; i < now; i++) {
            next_frame(dedup, &packet);
            fs_fingerprint_take(&duplicates->fingerprint, &packet, dedup->ip_at, dedup->ip_at,
                                &dedup->prints[i]);
            fs_duplicates_prefetch(duplicates, &dedup->prints[i]);
        }
        for (size_t i = 0; i < now; i++)
            fs_duplicates_prefetch_entry(duplicates, &dedup->prints[i]);
        for (size_t i = 0; i < now; i++)
            take(dedup, &packet, &dedup->prints[i]);
        count -= now;
    }
}

static void close_dedup(void *state)
{
    struct dedup *dedup = state;

    fs_memory_release(dedup->memory, dedup->bytes);
    free(dedup->data);
    free(dedup);
}

static uint64_t bytes_per_item(const void *state)
{
    return ((const struct dedup *)state)->size;
}

const struct bench_kind bench_dedup = {
    .open = open_dedup, .run = run_dedup, .close = close_dedup, .bytes_per_item = bytes_per_item};
