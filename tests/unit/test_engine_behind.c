/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain packets behind other headers: what the short way does with them is what the long way does,
 * one by one and in batches, whether flows are new or known. */
#include "engine/behind.h"
#include "support/stack.h"

#include <glib.h>
#include <string.h>

enum { PACKETS = 600, BATCH = 64 };

struct traffic_of {
    struct build frames[PACKETS];
    struct flowscope_packet packets[PACKETS];
};

static void make(struct traffic_of *of, uint64_t seed)
{
    struct random_state random = {seed};

    for (unsigned i = 0; i < PACKETS; i++) {
        /* A third are one of the last again, so that many are one more of many. */
        if (i > 9 && random_chance(&random, 600)) {
            of->packets[i] = of->packets[i - 1 - random_below(&random, 9)];
        } else {
            const uint32_t type = stack_build(&of->frames[i], &random);
            of->packets[i] = build_packet(&of->frames[i], type);
        }
        of->packets[i].frame = i + 1;
        of->packets[i].time_ns = (int64_t)i * 1000000;
        of->packets[i].time_quality = FLOWSCOPE_TIME_GOOD;
        if (random_chance(&random, 10))
            of->packets[i].time_quality = FLOWSCOPE_TIME_NONE;
    }
}

static flowscope_engine *engine_new(const struct flowscope_config *config)
{
    const struct flowscope_sink sink = {.size = sizeof(sink)};
    flowscope_engine *engine;

    g_assert_cmpint(flowscope_engine_create(&engine, config, &sink), ==, FLOWSCOPE_OK);
    return engine;
}

static void run(flowscope_engine *engine, const struct traffic_of *of, unsigned batch,
                struct flowscope_result *results, struct flowscope_counters *counters)
{
    for (unsigned at = 0; at < PACKETS; at += batch) {
        const unsigned count = PACKETS - at < batch ? PACKETS - at : batch;
        g_assert_cmpint(flowscope_engine_feed(engine, &of->packets[at], count, &results[at]), ==,
                        FLOWSCOPE_OK);
    }
    memset(counters, 0, sizeof(*counters));
    counters->size = sizeof(*counters);
    flowscope_engine_counters(engine, counters);
    flowscope_engine_destroy(engine);
}

static void compare(const struct flowscope_config *config, const struct traffic_of *of)
{
    static struct flowscope_result longest[PACKETS], results[PACKETS];
    struct flowscope_counters expected, counters;
    flowscope_engine *engine = engine_new(config);

    memset(longest, 0, sizeof longest);
    engine->packet_options.long_way_alone = true;
    engine->long_way = true;
    run(engine, of, 1, longest, &expected);
    for (unsigned far = 0; far < 2; far++) {
        memset(results, 0, sizeof results);
        engine = engine_new(config);
        fs_engine_set_few_flows(engine, far ? 0 : UINT32_MAX);
        run(engine, of, far ? BATCH : 1 + (unsigned)g_test_rand_int_range(0, BATCH), results,
            &counters);
        for (unsigned i = 0; i < PACKETS; i++) {
            g_assert_cmpuint(results[i].verdict, ==, longest[i].verdict);
            g_assert_cmpuint(results[i].flow_id, ==, longest[i].flow_id);
            g_assert_cmpuint(results[i].parent_id, ==, longest[i].parent_id);
            g_assert_cmpuint(results[i].packet_number, ==, longest[i].packet_number);
            g_assert_cmpuint(results[i].prev_frame, ==, longest[i].prev_frame);
            g_assert_cmpuint(results[i].first_frame, ==, longest[i].first_frame);
            g_assert_cmpuint(results[i].direction, ==, longest[i].direction);
            g_assert_cmpuint(results[i].tcp_state, ==, longest[i].tcp_state);
            g_assert_cmpuint(results[i].related_id, ==, longest[i].related_id);
            g_assert_cmpuint(results[i].dup_of, ==, longest[i].dup_of);
        }
        /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): both are zeroed whole */
        g_assert_cmpint(memcmp(&counters, &expected, sizeof counters), ==, 0);
    }
}

static void test_same(void)
{
    static struct traffic_of of;
    struct flowscope_config config;

    for (uint64_t seed = 1; seed <= 120; seed++) {
        make(&of, seed);
        flowscope_config_init(&config);
        config.identity = seed % 3;
        config.duplicates = seed % 2 ? FLOWSCOPE_DUPLICATES_IGNORE : FLOWSCOPE_DUPLICATES_MARK;
        config.max_flows = seed % 5 ? 1000 : 8;
        compare(&config, &of);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/behind/same", test_same);
    return g_test_run();
}
