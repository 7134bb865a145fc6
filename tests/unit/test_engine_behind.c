/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets behind other headers, plain ones and damaged ones: what the short way does with them is
 * what the long way does, one by one and in batches, whether flows are new or known. */
#include "engine/behind.h"
#include "support/stack.h"

#include <glib.h>
#include <string.h>

enum { PACKETS = 600, BATCH = 64 };

struct traffic_of {
    struct build frames[PACKETS];
    struct flowscope_packet packets[PACKETS];
};

/* The IPv4 header of a frame, if there is one right behind Ethernet or at the start. */
static uint8_t *ipv4_of(struct build *b, uint32_t type)
{
    const uint32_t at = type == BUILD_LINK_ETHERNET ? 14 : 0;

    return b->length > at + 24 && b->data[at] >> 4 == 4 ? b->data + at : NULL;
}

/* Bits that are wrong, parts of datagrams. */
static void damage(struct build *b, uint32_t type, struct random_state *random)
{
    uint8_t *ip = ipv4_of(b, type);

    if (random_chance(random, 150))
        b->data[random_below(random, (uint32_t)b->length)] ^=
            (uint8_t)(1u << random_below(random, 8));
    if (ip && random_chance(random, 80)) {
        ip[4] = 0; /* identification */
        ip[5] = (uint8_t)random_below(random, 2);
        ip[6] = random_chance(random, 500) ? 0x20 : 0; /* more fragments */
        ip[7] = (uint8_t)random_below(random, 3);      /* offset */
    }
}

/* Bytes that were not captured, and lengths on the wire that say more, or less. */
static void cut(struct flowscope_packet *packet, struct random_state *random)
{
    if (random_chance(random, 60))
        packet->captured_bytes = random_below(random, packet->captured_bytes + 1);
    if (random_chance(random, 30))
        packet->wire_bytes = packet->captured_bytes + random_below(random, 40);
    if (random_chance(random, 30))
        packet->wire_bytes = random_below(random, packet->captured_bytes + 1);
}

/* Mostly a millisecond; steps back, silences past timeouts, jumps that the clock doubts. */
static int64_t pause_ns(struct random_state *random)
{
    const int64_t second_ns = 1000000000;

    switch (random_below(random, 60)) {
    case 0:
        return -(int64_t)random_below(random, 2000000000);
    case 1:
        return random_below(random, 400) * second_ns;
    case 2:
        return random_below(random, 5) * 3600 * second_ns;
    case 3:
    case 4:
        return random_below(random, 200000);
    default:
        return 1000000;
    }
}

static void make(struct traffic_of *of, uint64_t seed)
{
    struct random_state random = {seed};
    int64_t time_ns = 0;

    for (unsigned i = 0; i < PACKETS; i++) {
        /* A third are one of the last again, so that many are one more of many. */
        if (i > 9 && random_chance(&random, 600)) {
            of->packets[i] = of->packets[i - 1 - random_below(&random, 9)];
        } else {
            const uint32_t type = stack_build(&of->frames[i], &random);
            damage(&of->frames[i], type, &random);
            of->packets[i] = build_packet(&of->frames[i], type);
        }
        cut(&of->packets[i], &random);
        of->packets[i].frame = i + 1;
        time_ns += pause_ns(&random);
        of->packets[i].time_ns = time_ns;
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
        if (seed % 4 == 1) {
            config.tunnel_depth = 1 + seed / 4 % 8;
            config.decapsulate =
                seed / 4 % 3 ? FLOWSCOPE_LAYERS_ALL : seed * 0x9e3779b9u & FLOWSCOPE_LAYERS_ALL;
        }
        if (seed % 7 == 1) { /* none; one of plain packets; one of another tunnel's */
            config.vxlan_port = 0;
            config.geneve_port = 53;
            config.l2tp_port = 3544;
        }
        compare(&config, &of);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/behind/same", test_same);
    return g_test_run();
}
