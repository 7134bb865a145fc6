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

enum way { SHORT, STAGED, LONG };

/* Which way a packet goes that is fed alone: what is staged at place 0 tells. */
static enum way feed_at(flowscope_engine *engine, const struct build *b, uint32_t link,
                        uint64_t frame, int64_t time_ns, struct flowscope_result *result)
{
    enum { UNTOUCHED = 99 };
    struct flowscope_packet packet = build_packet(b, link);

    packet.frame = frame;
    packet.time_ns = time_ns;
    packet.time_quality = FLOWSCOPE_TIME_GOOD;
    engine->staged_frame[0].frame.level_count = UNTOUCHED;
    engine->staged_frame[0].behind[0].header = UNTOUCHED;
    g_assert_cmpint(flowscope_engine_feed(engine, &packet, 1, result), ==, FLOWSCOPE_OK);
    if (engine->staged_frame[0].frame.level_count == UNTOUCHED)
        return SHORT;
    return engine->staged_frame[0].behind[0].header == UNTOUCHED ? LONG : STAGED;
}

static enum way feed(flowscope_engine *engine, const struct build *b, uint32_t link, uint64_t frame,
                     struct flowscope_result *result)
{
    return feed_at(engine, b, link, frame, (int64_t)frame, result);
}

static flowscope_engine *engine_plain(void)
{
    struct flowscope_config config;

    flowscope_config_init(&config);
    config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE;
    return engine_new(&config);
}

/* In a VXLAN, from `port`. */
static enum way feed_vxlan_at(flowscope_engine *engine, uint64_t frame, uint16_t port,
                              int64_t time_ns, struct flowscope_result *result)
{
    struct build b;

    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "203.0.113.1", "203.0.113.2");
    build_udp(&b, 50000, 4789);
    build_vxlan(&b, 42);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    if (port)
        build_udp(&b, port, 53);
    else
        build_icmp(&b, 8, 0, 1, 1);
    build_end(&b);
    return feed_at(engine, &b, BUILD_LINK_ETHERNET, frame, time_ns, result);
}

static enum way feed_vxlan(flowscope_engine *engine, uint64_t frame, uint16_t port,
                           struct flowscope_result *result)
{
    return feed_vxlan_at(engine, frame, port, (int64_t)frame, result);
}

static void feed_plain_at(flowscope_engine *engine, uint64_t frame, uint16_t port, int64_t time_ns)
{
    struct flowscope_result result;
    struct build b;

    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "203.0.113.1", "203.0.113.2");
    build_udp(&b, port, 53);
    build_end(&b);
    feed_at(engine, &b, BUILD_LINK_ETHERNET, frame, time_ns, &result);
}

/* Known flows on both levels, and a new one in a known tunnel. */
static void test_tunnel(void)
{
    struct flowscope_result result;
    flowscope_engine *engine = engine_plain();

    g_assert_cmpint(feed_vxlan(engine, 1, 1000, &result), ==, STAGED);
    g_assert_cmpuint(result.flow_id, ==, 2);
    g_assert_cmpint(feed_vxlan(engine, 2, 1000, &result), ==, SHORT);
    g_assert_cmpuint(result.flow_id, ==, 2);
    g_assert_cmpuint(result.parent_id, ==, 1);
    g_assert_cmpuint(result.prev_frame, ==, 1);
    g_assert_cmpuint(result.packet_number, ==, 2);
    g_assert_cmpint(feed_vxlan(engine, 3, 1001, &result), ==, STAGED);
    g_assert_cmpuint(result.flow_id, ==, 3);
    g_assert_cmpuint(result.parent_id, ==, 1);
    g_assert_cmpuint(result.prev_frame, ==, 0);
    g_assert_cmpint(feed_vxlan(engine, 4, 0, &result), ==, LONG);
    g_assert_cmpuint(result.flow_id, ==, 4);
    g_assert_cmpint(feed_vxlan(engine, 5, 1001, &result), ==, SHORT);
    g_assert_cmpuint(result.prev_frame, ==, 3);
    flowscope_engine_destroy(engine);
}

/* The carrier's flow ends, and its slot is another's, or its own again: it is never taken for what
 * it was. */
static void test_carrier_ends(void)
{
    enum { HOURS = 10 };
    const int64_t hour_ns = INT64_C(3600) * 1000000000;
    struct flowscope_result result;

    for (unsigned others = 0; others < 3; others++) {
        flowscope_engine *engine = engine_plain();
        uint64_t frame = 0;

        for (unsigned hour = 0; hour < HOURS; hour++) {
            const int64_t start_ns = (int64_t)hour * hour_ns;
            uint64_t flows;

            g_assert_cmpint(flowscope_engine_advance(engine, start_ns), ==, FLOWSCOPE_OK);
            g_assert_cmpuint(engine->table.open, ==, 0);
            for (unsigned i = 0; i < others; i++)
                feed_plain_at(engine, ++frame, (uint16_t)(100 + i), start_ns);
            flows = engine->next_id;
            for (unsigned i = 1; i < 4; i++) {
                feed_vxlan_at(engine, ++frame, 1000, start_ns, &result);
                g_assert_cmpuint(result.parent_id, ==, flows);
                g_assert_cmpuint(result.flow_id, ==, flows + 1);
                g_assert_cmpuint(result.packet_number, ==, i);
            }
        }
        flowscope_engine_destroy(engine);
    }
}

static void put_four(struct build *b)
{
    build_ipv4(b, "192.0.2.1", "192.0.2.2");
}

static void put_options(struct build *b)
{
    put_four(b);
    build_ipv4_options(b, 2);
}

static void put_ah(struct build *b)
{
    put_four(b);
    build_ah(b, 3);
}

static void put_six_ah(struct build *b)
{
    build_ipv6(b, "2001:db8::1", "2001:db8::2");
    build_ah(b, 4);
}

static void put_gre(struct build *b)
{
    build_ipv4(b, "203.0.113.1", "203.0.113.2");
    build_gre(b, 0x2000, 7);
    put_four(b);
}

static void put_fragment(struct build *b)
{
    put_four(b);
    build_ipv4_fragment(b, 0, true);
}

static void put_extension(struct build *b)
{
    build_ipv6(b, "2001:db8::1", "2001:db8::2");
    build_ipv6_extension(b, 60, 1);
}

/* The second packet of a flow is one more of many: it takes the short way, behind any of these but
 * the last. */
static void test_taken(void)
{
    static void (*const inner[])(struct build * b) = {
        put_four, put_options, put_ah, put_six_ah, put_gre, put_extension, put_fragment,
    };
    enum { LINKS = 6, SHORT_ONES = 5 };
    struct flowscope_result result;
    struct build b;

    for (unsigned i = 0; i < LINKS * G_N_ELEMENTS(inner); i++) {
        const unsigned link = i % LINKS, kind = i / LINKS;
        enum way way[2];

        if (link == 1 && inner[kind] == put_four)
            continue; /* of which the reader of plain frames takes care */
        flowscope_engine *engine = engine_plain();
        build_begin(&b);
        if (link == 0)
            build_sll(&b);
        else
            build_eth(&b);
        if (link == 2 || link == 3)
            build_vlan(&b, 0x8100, 5);
        if (link == 3)
            build_vlan(&b, 0x88a8, 6);
        if (link == 4)
            build_pppoe(&b, 9);
        if (link == 5)
            build_mpls(&b, 99, true);
        inner[kind](&b);
        build_udp(&b, 1000, 2000);
        build_fill(&b, 16);
        build_end(&b);
        for (unsigned number = 0; number < 2; number++)
            way[number] =
                feed(engine, &b, link ? BUILD_LINK_ETHERNET : BUILD_LINK_SLL, number + 1, &result);
        g_assert_cmpint(way[0], ==, kind < SHORT_ONES ? STAGED : LONG);
        g_assert_cmpint(way[1], ==, kind < SHORT_ONES ? SHORT : LONG);
        if (inner[kind] != put_fragment) {
            g_assert_cmpuint(result.packet_number, ==, 2);
            g_assert_cmpuint(result.prev_frame, ==, 1);
        }
        flowscope_engine_destroy(engine);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/behind/same", test_same);
    g_test_add_func("/engine/behind/tunnel", test_tunnel);
    g_test_add_func("/engine/behind/carrier-ends", test_carrier_ends);
    g_test_add_func("/engine/behind/taken", test_taken);
    return g_test_run();
}
