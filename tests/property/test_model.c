/* SPDX-License-Identifier: BSD-2-Clause */
/* Random traffic through the engine and through a slow, obvious model of the same rules: every
 * result, every record and every counter must be equal, however the engine is fed. A seed that
 * fails is printed; `test_model --seed N [--trace]` runs it alone, `--seeds N` more. */
#include "support/outcome.h"
#include "support/traffic.h"

#include "engine/engine.h"

#include <glib.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static uint64_t first_seed = 1, seed_count = 4000;
static bool trace;         /* --trace: print what is fed, and what the model makes of it */
static char seed_note[64]; /* for the moment of failure */

struct way_to_feed {
    size_t largest_batch; /* 0: random sizes */
    uint32_t few_flows;   /* below it packets are taken without stages */
    uint64_t hash_seed, hash_mask;
    bool visits, advances, watches;
};

static void on_passing(void *user, const struct flowscope_flow_record *record)
{
    uint64_t *sum = user;
    *sum += record->flow_id;
}

/* Of some seeds, after some frames, the caller ends a flow: 0 for none. */
static uint64_t closes_after(const struct traffic *traffic, size_t frame)
{
    struct random_state random = {traffic->config.hash_seed + frame};
    if (traffic->config.hash_seed % 2 || !random_chance(&random, 20))
        return 0;
    return 1 + random_below(&random, (uint32_t)frame / 2 + 2);
}

static size_t next_close(const struct traffic *traffic, size_t frame)
{
    while (frame < traffic->count && !closes_after(traffic, frame))
        frame++;
    return frame;
}

static void feed_all(flowscope_engine *engine, const struct traffic *traffic,
                     const struct way_to_feed *way, struct random_state *random,
                     struct outcome *outcome)
{
    size_t timed = 0;
    for (size_t at = 0; at < traffic->count;) {
        size_t batch = way->largest_batch ? way->largest_batch : 1 + random_below(random, 70);
        uint64_t ids = 0;
        size_t close = next_close(traffic, at + 1);
        if (batch > close - at)
            batch = close - at;
        g_assert_cmpint(
            flowscope_engine_feed(engine, traffic->packets + at, batch, outcome->results + at), ==,
            FLOWSCOPE_OK);
        at += batch;
        if (at == close && closes_after(traffic, at))
            outcome->closed[flowscope_engine_close_flow(engine, closes_after(traffic, at)) ==
                            FLOWSCOPE_OK]++;
        if (way->visits)
            flowscope_engine_visit_flows(engine, on_passing, &ids);
        while (timed < at && traffic->packets[timed].time_quality == FLOWSCOPE_TIME_NONE)
            timed++;
        if (way->advances && timed < at) /* to a time long gone: nothing may happen */
            flowscope_engine_advance(engine, INT64_MIN);
    }
}

static void finish(flowscope_engine *engine, bool by_visit, struct outcome *outcome)
{
    outcome->counters.size = sizeof outcome->counters;
    flowscope_engine_counters(engine, &outcome->counters);
    g_assert_cmpuint(outcome->counters.fragment_pending, ==, 0);
    if (by_visit) {
        flowscope_engine_visit_flows(engine, outcome_on_visited, outcome);
        g_assert_cmpuint(outcome->visited, ==, outcome->counters.open_flows);
    } else {
        outcome->flushing = true;
        flowscope_engine_flush(engine);
    }
    g_assert_cmpuint(outcome->count, ==, outcome->counters.flows);
    g_assert_cmpuint(outcome->ended + outcome->visited, ==, outcome->counters.flows);
    g_assert_cmpuint(outcome->last_started, ==, outcome->counters.flows);
}

static flowscope_engine *new_engine(const struct traffic *traffic, const struct way_to_feed *way,
                                    struct outcome *outcome)
{
    struct flowscope_config config = traffic->config;
    const struct flowscope_sink sink = outcome_sink(outcome, way->watches);
    flowscope_engine *engine;
    config.hash_seed = way->hash_seed;
    if (way->watches)
        config.flow_state_bytes = sizeof(uint64_t);
    g_assert_cmpint(flowscope_engine_create(&engine, &config, &sink), ==, FLOWSCOPE_OK);
    fs_engine_mask_hash(engine, way->hash_mask);
    fs_engine_set_few_flows(engine, way->few_flows);
    return engine;
}

/* What the generator knows for itself: sound frames belong to a flow, one flow has frames of one
 * conversation, and the two sides of a conversation have different directions. */
static void check_facts(const struct traffic *traffic, const struct outcome *outcome)
{
    struct known {
        const struct traffic_fact *fact;
        uint8_t direction;
    } * known;
    if (traffic->config.key != FLOWSCOPE_KEY_FIVE_TUPLE || traffic->config.key_function)
        return; /* many conversations are one flow */
    known = g_new0(struct known, outcome->count + 1);
    for (size_t i = 0; i < traffic->count; i++) {
        const struct traffic_fact *fact = &traffic->facts[i];
        const struct flowscope_result *result = &outcome->results[i];
        struct known *flow = &known[result->flow_id];
        if (!fact->sound)
            continue;
        g_assert_cmpuint(result->verdict, ==, FLOWSCOPE_VERDICT_ok);
        g_assert_cmpuint(result->flow_id, >=, 1);
        if (!flow->fact) {
            *flow = (struct known){fact, result->direction};
            continue;
        }
        g_assert_cmpuint(fact->tuple, ==, flow->fact->tuple);
        g_assert_true((fact->reverse == flow->fact->reverse) ==
                      (result->direction == flow->direction));
    }
    g_free(known);
}

/* Bytes of the sound frames by the generator's own arithmetic, where no other frame counts. */
static void check_bytes(const struct traffic *traffic, const struct outcome *outcome)
{
    uint64_t bytes = 0, payload = 0, payload_records = 0;
    if (traffic->config.key != FLOWSCOPE_KEY_FIVE_TUPLE || traffic->config.key_function)
        return;
    for (size_t i = 0; i < traffic->count; i++) {
        if (!traffic->facts[i].sound)
            return;
        bytes += traffic->facts[i].bytes;
        payload += traffic->facts[i].payload;
    }
    for (size_t i = 0; i < outcome->count; i++)
        payload_records +=
            outcome->records[i].payload_bytes[0] + outcome->records[i].payload_bytes[1];
    g_assert_cmpuint(bytes, ==, outcome->counters.bytes);
    g_assert_cmpuint(payload, ==, payload_records);
}

static void run_model(const struct traffic *traffic, struct outcome *outcome)
{
    struct model model;
    outcome_begin(outcome, traffic->count);
    model_init(&model, &traffic->config);
    model.settled = outcome_on_settled;
    model.user = outcome;
    for (size_t i = 0; i < traffic->count; i++) {
        model_feed(&model, &traffic->packets[i], &outcome->results[i]);
        if (closes_after(traffic, i + 1))
            outcome->closed[model_close(&model, closes_after(traffic, i + 1)) == FLOWSCOPE_OK]++;
    }
    for (size_t i = 0; i < model.count; i++) {
        struct flowscope_flow_record record = model_record(&model, i);
        outcome_put(outcome, &record);
        outcome->traces[i] = model.flows[i].trace;
    }
    outcome_lose_pending(outcome, traffic->count);
    outcome->counters = model_counters(&model);
    model_clear(&model);
}

static void run_engine(const struct traffic *traffic, const struct way_to_feed *way, bool by_visit,
                       struct random_state *random, struct outcome *outcome)
{
    flowscope_engine *engine = new_engine(traffic, way, outcome);
    outcome_begin(outcome, traffic->count);
    feed_all(engine, traffic, way, random, outcome);
    finish(engine, by_visit, outcome);
    if (by_visit)
        outcome_lose_pending(outcome, traffic->count);
    flowscope_engine_destroy(engine);
}

/* After other traffic and a reset an engine is as good as new. */
static void run_after_reset(const struct traffic *traffic, const struct way_to_feed *way,
                            struct random_state *random, struct outcome *outcome)
{
    flowscope_engine *engine = new_engine(traffic, way, outcome);
    size_t half = traffic->count / 2;
    outcome_begin(outcome, traffic->count);
    outcome->deaf = true;
    flowscope_engine_feed(engine, traffic->packets + half, traffic->count - half, NULL);
    if (random_chance(random, 500))
        flowscope_engine_flush(engine);
    outcome_clear(outcome);
    outcome_begin(outcome, traffic->count);
    g_assert_cmpint(flowscope_engine_reset(engine), ==, FLOWSCOPE_OK);
    fs_engine_mask_hash(engine, way->hash_mask);
    fs_engine_set_few_flows(engine, way->few_flows);
    feed_all(engine, traffic, way, random, outcome);
    finish(engine, false, outcome);
    flowscope_engine_destroy(engine);
}

static void print_traffic(const struct traffic *traffic, const struct outcome *model)
{
    const struct flowscope_config *config = &traffic->config;
#define FLOWSCOPE_DURATION(name, default_s, min_ns, max_s, title, help)                            \
    printf("%s %" PRId64 "\n", #name, config->name##_ns);
#define FLOWSCOPE_WINDOW(name, default_us, title, help)                                            \
    printf("%s %" PRId64 "\n", #name, config->name##_ns);
#define FLOWSCOPE_COUNT(name, default_count, min, max, title, help)                                \
    printf("%s %" PRIu64 "\n", #name, config->name);
#define FLOWSCOPE_CHOICE(name, default_count, default_word, last, words, title, help)              \
    printf("%s %" PRIu64 "\n", #name, config->name);
#define FLOWSCOPE_PORTS(name, title, help)                                                         \
    for (unsigned i = 0; config->name[i].timeout_ns; i++)                                          \
        printf("%s %u/%u %" PRId64 "\n", #name, config->name[i].port, config->name[i].protocol,    \
               config->name[i].timeout_ns);
#define FLOWSCOPE_TUNNELS(name, title, help) printf("%s %" PRIx64 "\n", #name, config->name);
#include <flowscope/config.def>
#undef FLOWSCOPE_PORTS
#undef FLOWSCOPE_DURATION
#undef FLOWSCOPE_WINDOW
#undef FLOWSCOPE_COUNT
#undef FLOWSCOPE_CHOICE
#undef FLOWSCOPE_TUNNELS
    for (size_t i = 0; i < traffic->count; i++) {
        const struct flowscope_packet *packet = &traffic->packets[i];
        const struct flowscope_result *result = &model->results[i];
        const struct fs_packet_options options = fs_packet_options_of(config);
        struct fs_frame frame = {0};
        const struct fs_headers *headers = &frame.level[0];
        fs_headers_read(packet, &options, &frame);
        printf("%zu: ", i + 1);
        if (packet->time_quality == FLOWSCOPE_TIME_NONE)
            printf("no time ");
        else
            printf("%" PRId64 " ", packet->time_ns);
        if (result->verdict != FLOWSCOPE_VERDICT_ok) {
            printf("%s\n", flowscope_verdict_name(result->verdict));
            continue;
        }
        printf("tuple %" PRIu32 " protocol %u", traffic->facts[i].tuple, headers->key.protocol);
        if (headers->has_tcp)
            printf(" flags %02x seq %" PRIx32 " ack %" PRIx32 " payload %" PRIu32,
                   headers->tcp.flags, headers->tcp.seq, headers->tcp.ack, headers->payload_bytes);
        printf(" -> flow %" PRIu64 " packet %" PRIu64 " %s %s\n", result->flow_id,
               result->packet_number, flowscope_direction_name(result->direction),
               flowscope_tcp_state_name(result->tcp_state));
    }
}

static void check_seed(uint64_t seed)
{
    struct random_state random = {seed};
    size_t crowd = seed % 100 == 0 ? TRAFFIC_CROWD + random_below(&random, 2000) : 0;
    size_t frames = crowd + 20 + random_below(&random, 400);
    const struct way_to_feed ways[] = {
        {.hash_seed = random_u64(&random), .hash_mask = UINT64_MAX, .visits = true},
        {.largest_batch = 1, .hash_seed = random_u64(&random), .hash_mask = UINT64_MAX},
        {.largest_batch = frames, .hash_seed = 0, .hash_mask = 0, .advances = true},
        {.few_flows = 10, .hash_seed = 1, .hash_mask = 3, .watches = true},
        {.largest_batch = 1 + seed % 64, .hash_seed = seed, .hash_mask = UINT64_MAX},
        {.few_flows = UINT32_MAX, .hash_seed = 2, .hash_mask = UINT64_MAX},
    };
    struct traffic traffic;
    struct outcome model, engine;

    if (seed % 2)
        traffic_make(&traffic, seed, frames);
    else
        traffic_make_repeats(&traffic, seed, frames);
    if (random_chance(&random, 500))
        traffic.config.tick_interval_ns = 1 + random_below(&random, 2000000000);
    run_model(&traffic, &model);
    if (trace)
        print_traffic(&traffic, &model);
    outcome_check_books(&model.counters);
    outcome_check_sums(&model);
    check_facts(&traffic, &model);
    check_bytes(&traffic, &model);
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        struct way_to_feed way = ways[i];
        run_engine(&traffic, &way, i % 2 == 1, &random, &engine);
        outcome_check_books(&engine.counters);
        outcome_compare(&engine, &model, frames);
        if (way.watches)
            outcome_compare_traces(&engine, &model);
        outcome_clear(&engine);
    }
    run_after_reset(&traffic, &ways[seed % G_N_ELEMENTS(ways)], &random, &engine);
    outcome_compare(&engine, &model, frames);
    outcome_clear(&engine);
    outcome_clear(&model);
    traffic_clear(&traffic);
}

static void test_random_traffic(void)
{
    for (uint64_t seed = first_seed; seed < first_seed + seed_count; seed++) {
        snprintf(seed_note, sizeof seed_note, "\nfailed: --seed %" G_GUINT64_FORMAT "\n", seed);
        check_seed(seed);
    }
}

static void on_abort(int number)
{
    (void)number;
    if (write(STDERR_FILENO, seed_note, strlen(seed_note)) < 0)
        _exit(2);
}

static void read_arguments(int *count, char **arguments)
{
    int kept = 1;
    for (int i = 1; i < *count; i++) {
        bool is_seed = strcmp(arguments[i], "--seed") == 0;
        if ((is_seed || strcmp(arguments[i], "--seeds") == 0) && i + 1 < *count) {
            uint64_t number = g_ascii_strtoull(arguments[++i], NULL, 10);
            *(is_seed ? &first_seed : &seed_count) = number;
            if (is_seed)
                seed_count = 1;
        } else if (strcmp(arguments[i], "--trace") == 0) {
            trace = true;
        } else {
            arguments[kept++] = arguments[i];
        }
    }
    arguments[kept] = NULL;
    *count = kept;
}

int main(int count, char **arguments)
{
    read_arguments(&count, arguments);
    signal(SIGABRT, on_abort);
    g_test_init(&count, &arguments, NULL);
    g_test_add_func("/flows/equal-to-the-model", test_random_traffic);
    return g_test_run();
}
