/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes of any link type through an engine, with checksums verified: the books must balance.
 * The input is that of fuzz_headers.c; the frame goes in several times, whole, cut, changed and
 * late, under options that follow from its bytes. */
#include "fuzz.h"
#include "headers_seed.h"

#include <flowscope/flowscope.h>

#include <string.h>

enum { PREFIX = HEADERS_PREFIX, FRAME_MAX = 4096, FRAMES = 10 };

#define SECOND INT64_C(1000000000)

struct run {
    struct flowscope_packet packets[FRAMES];
    struct flowscope_result results[FRAMES];
    uint8_t *bytes[FRAMES];
    uint64_t started, ended, packets_in_records, bytes_in_records, max_flows;
    uint64_t frame_bytes; /* that the wire carried */
};

static void on_started(void *user, const struct flowscope_flow_record *record)
{
    struct run *run = user;

    CHECK(record->flow_id == ++run->started);
    CHECK(record->parent_id < record->flow_id);
}

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    struct run *run = user;

    run->ended++;
    CHECK(record->flow_id >= 1 && record->flow_id <= run->started);
    CHECK(record->packets[0] + record->packets[1] >= 1);
    CHECK(record->first_frame >= 1 && record->first_frame <= record->last_frame);
    CHECK(record->last_frame <= FRAMES);
    CHECK(record->layer_count <= FLOWSCOPE_LAYERS_MAX);
    for (int way = 0; way < 2; way++) {
        CHECK(record->payload_bytes[way] <= record->bytes[way]);
        run->packets_in_records += record->packets[way];
        run->bytes_in_records += record->bytes[way];
    }
}

static void on_settled(void *user, uint64_t frame, const struct flowscope_result *result)
{
    struct run *run = user;

    CHECK(frame >= 1 && frame <= FRAMES && run->results[frame - 1].pending && !result->pending);
    run->results[frame - 1] = *result;
}

static uint32_t hash_of(const uint8_t *data, size_t size)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 16777619u;
    return hash ^ hash >> 15;
}

/* Blocks of exactly the captured size, so that a sanitizer sees a read behind them. */
static void make_frames(struct run *run, const uint8_t *data, size_t size, uint32_t hash)
{
    const uint32_t captured = (uint32_t)size - PREFIX;
    const unsigned link = data[0] % HEADERS_LINK_TYPES;

    for (unsigned i = 0; i < FRAMES; i++) {
        struct flowscope_packet *packet = &run->packets[i];
        const uint32_t length = i == 2 ? captured / 2 : i == 3 ? captured - captured / 8 : captured;

        run->bytes[i] = malloc(length ? length : 1);
        CHECK(run->bytes[i]);
        memcpy(run->bytes[i], data + PREFIX, length);
        if (i >= 4 && i < 8 && length > 0)
            run->bytes[i][(hash >> i) % length] ^= (uint8_t)(1u << hash % 8);
        *packet = (struct flowscope_packet){
            .size = sizeof(*packet),
            .link_type = headers_link_types[i == 7 ? (link + 1) % HEADERS_LINK_TYPES : link],
            .frame = i + 1,
            .data = run->bytes[i],
            .captured_bytes = length,
            .wire_bytes = captured + data[3],
            .time_ns = i == 8   ? 400 * SECOND
                       : i == 9 ? SECOND
                                : (int64_t)i,
            .time_quality = i == 5 ? FLOWSCOPE_TIME_NONE : FLOWSCOPE_TIME_GOOD,
            .is_packet = i != 6};
        run->frame_bytes += packet->wire_bytes;
    }
}

static flowscope_engine *make_engine(struct run *run, const uint8_t *data, uint32_t hash)
{
    const struct flowscope_sink sink = {.size = sizeof(sink),
                                        .user = run,
                                        .flow_started = on_started,
                                        .flow_ended = on_ended,
                                        .frame_settled = on_settled};
    struct flowscope_config config;
    flowscope_engine *engine;

    flowscope_config_init(&config);
    config.checksum = 1;
    config.tunnel_depth = 1 + data[1] % 8;
    config.identity = hash % 3;
    config.key = hash / 3 % 8 < 4 ? 0 : hash / 3 % 4;
    config.direction = hash / 24 % 2;
    config.duplicates = hash / 48 % 3;
    config.dup_tunneled = hash / 144 % 2;
    config.ipv4_overlap = hash / 288 % 5;
    if (hash / 1440 % 4 == 0)
        config.decapsulate = hash & FLOWSCOPE_LAYERS_ALL;
    config.max_flows = 1 + hash / 5760 % 16;
    config.dup_frames = 4;
    config.max_datagrams = config.max_fragments = 4;
    config.fragment_bytes = FRAME_MAX;
    run->max_flows = config.max_flows;
    CHECK(flowscope_engine_create(&engine, &config, &sink) == FLOWSCOPE_OK);
    return engine;
}

/* Each frame has one verdict, and each verdict its counter; what the records hold is what was
 * counted, and once more for each flow around a tunnel. */
static void check_books(const struct run *run, const struct flowscope_counters *counters)
{
    uint64_t of_verdict[FLOWSCOPE_VERDICT_COUNT] = {0}, no_flow = 0;

    for (unsigned i = 0; i < FRAMES; i++) {
        const struct flowscope_result *result = &run->results[i];
        const bool is_copy = result->dup_kind != 0;
        const bool in_flow = result->verdict == FLOWSCOPE_VERDICT_ok && !is_copy;

        CHECK(result->verdict < FLOWSCOPE_VERDICT_COUNT && !result->pending);
        of_verdict[is_copy ? FLOWSCOPE_VERDICT_duplicate : result->verdict]++;
        CHECK(is_copy == (result->dup_of != 0) && result->dup_of <= i);
        CHECK(!in_flow || (result->flow_id >= 1 && result->flow_id <= counters->flows));
        CHECK(!in_flow || result->packet_number >= 1);
        CHECK(result->parent_id <= counters->flows);
    }
#define CHECK_totals(name)
#define CHECK_limits(name)
#define CHECK_no_flow(name)                                                                        \
    CHECK(counters->name == of_verdict[FLOWSCOPE_VERDICT_##name]);                                 \
    no_flow += counters->name;
#define FLOWSCOPE_COUNTER(group, name, text) CHECK_##group(name)
#include <flowscope/counters.def>
#undef FLOWSCOPE_COUNTER
    CHECK(counters->frames == FRAMES && counters->no_flow == no_flow);
    CHECK(counters->frames == counters->packets_in_flows + counters->duplicates + no_flow);
    CHECK(counters->packets_in_flows == of_verdict[FLOWSCOPE_VERDICT_ok]);
    CHECK(counters->duplicates == of_verdict[FLOWSCOPE_VERDICT_duplicate]);
    CHECK(counters->flows == run->started && counters->flows == run->ended);
    CHECK(run->packets_in_records == counters->packets_in_flows + counters->nested);
    CHECK(run->bytes_in_records >= counters->bytes && counters->bytes <= run->frame_bytes);
    CHECK(counters->nested <= FRAMES * FLOWSCOPE_LAYERS_MAX);
    CHECK(counters->bad_checksum <= counters->packets_in_flows + counters->nested);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct run run = {.started = 0};
    struct flowscope_counters counters = {.size = sizeof(counters)};
    flowscope_engine *engine;

    if (size < PREFIX || size > FRAME_MAX)
        return 0;
    const uint32_t hash = hash_of(data, size);
    const size_t first = 1 + hash % (FRAMES - 1);
    make_frames(&run, data, size, hash);
    engine = make_engine(&run, data, hash);
    CHECK(flowscope_engine_feed(engine, run.packets, first, run.results) == FLOWSCOPE_OK);
    CHECK(flowscope_engine_feed(engine, run.packets + first, FRAMES - first, run.results + first) ==
          FLOWSCOPE_OK);
    flowscope_engine_counters(engine, &counters);
    CHECK(counters.open_flows <= run.max_flows + FLOWSCOPE_LAYERS_MAX);
    flowscope_engine_flush(engine);
    flowscope_engine_counters(engine, &counters);
    check_books(&run, &counters);
    flowscope_engine_destroy(engine);
    for (unsigned i = 0; i < FRAMES; i++)
        free(run.bytes[i]);
    return 0;
}
