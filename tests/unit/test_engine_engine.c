/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine as its callers see it: life, events, ends, full table, misuse. */
#include "support/build.h"

#include "base/time.h"
#include "engine/engine.h"

#include <glib.h>

#define S FS_NS_PER_S

struct world {
    flowscope_engine *engine;
    struct build build;
    uint64_t frame;
    GArray *started; /* ids */
    GArray *ended;   /* records */
    enum flowscope_status in_callback;
};

static void on_started(void *user, const struct flowscope_flow_record *record)
{
    struct world *world = user;

    g_array_append_val(world->started, record->flow_id);
    world->in_callback = flowscope_engine_flush(world->engine);
}

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    struct world *world = user;

    g_array_append_vals(world->ended, record, 1);
}

static void setup(struct world *world, uint64_t max_flows)
{
    struct flowscope_config config;
    struct flowscope_sink sink = {
        .size = sizeof(sink), .user = world, .flow_started = on_started, .flow_ended = on_ended};

    flowscope_config_init(&config);
    config.max_flows = max_flows;
    world->frame = 0;
    world->started = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    world->ended = g_array_new(FALSE, FALSE, sizeof(struct flowscope_flow_record));
    g_assert_cmpint(flowscope_engine_create(&world->engine, &config, &sink), ==, FLOWSCOPE_OK);
}

static void teardown(struct world *world)
{
    flowscope_engine_destroy(world->engine);
    g_array_free(world->started, TRUE);
    g_array_free(world->ended, TRUE);
}

static struct flowscope_result feed(struct world *world, int64_t time_ns)
{
    struct flowscope_packet packet = build_packet(&world->build, BUILD_LINK_ETHERNET);
    struct flowscope_result result;

    packet.frame = ++world->frame;
    packet.time_ns = time_ns;
    packet.time_quality = FLOWSCOPE_TIME_GOOD;
    g_assert_cmpint(flowscope_engine_feed(world->engine, &packet, 1, &result), ==, FLOWSCOPE_OK);
    return result;
}

static struct flowscope_result feed_udp(struct world *world, uint16_t port, bool reply,
                                        int64_t time_ns)
{
    build_begin(&world->build);
    build_eth(&world->build);
    if (reply) {
        build_ipv4(&world->build, "198.51.100.2", "192.0.2.1");
        build_udp(&world->build, 53, port);
    } else {
        build_ipv4(&world->build, "192.0.2.1", "198.51.100.2");
        build_udp(&world->build, port, 53);
    }
    build_fill(&world->build, 10);
    build_end(&world->build);
    return feed(world, time_ns);
}

static const struct flowscope_flow_record *ended(const struct world *world, guint i)
{
    g_assert_cmpuint(i, <, world->ended->len);
    return &g_array_index(world->ended, struct flowscope_flow_record, i);
}

static void test_two_directions(void)
{
    struct world world;
    struct flowscope_result result;

    setup(&world, 10);
    result = feed_udp(&world, 4000, false, 5 * S);
    g_assert_cmpuint(result.flow_id, ==, 1);
    g_assert_cmpuint(result.packet_number, ==, 1);
    g_assert_cmpuint(result.prev_frame, ==, 0);
    g_assert_cmpuint(result.first_frame, ==, 1);
    g_assert_cmpint(result.direction, ==, FLOWSCOPE_DIRECTION_FORWARD);
    result = feed_udp(&world, 4000, true, 6 * S);
    g_assert_cmpuint(result.flow_id, ==, 1);
    g_assert_cmpuint(result.packet_number, ==, 2);
    g_assert_cmpuint(result.prev_frame, ==, 1);
    g_assert_cmpint(result.direction, ==, FLOWSCOPE_DIRECTION_REVERSE);
    g_assert_cmpint(world.in_callback, ==, FLOWSCOPE_BUSY);
    g_assert_cmpint(flowscope_engine_flush(world.engine), ==, FLOWSCOPE_OK);
    g_assert_cmpuint(world.ended->len, ==, 1);
    g_assert_cmpuint(ended(&world, 0)->packets[0], ==, 1);
    g_assert_cmpuint(ended(&world, 0)->packets[1], ==, 1);
    g_assert_cmpuint(ended(&world, 0)->bytes[0], ==, 38);
    g_assert_cmpuint(ended(&world, 0)->payload_bytes[1], ==, 10);
    g_assert_cmpuint(ended(&world, 0)->source_port, ==, 4000);
    g_assert_cmpint(ended(&world, 0)->end_reason, ==, FLOWSCOPE_END_end_of_capture);
    teardown(&world);
}

static void test_exact_timeout(void)
{
    struct world world;

    setup(&world, 10);
    feed_udp(&world, 1, false, 0);
    g_assert_cmpuint(feed_udp(&world, 1, false, 60 * S - 1).flow_id, ==, 1);
    g_assert_cmpuint(feed_udp(&world, 1, false, 120 * S - 1).flow_id, ==, 2);
    g_assert_cmpint(ended(&world, 0)->end_reason, ==, FLOWSCOPE_END_idle);
    teardown(&world);
}

/* Nobody talks to the flow any more, and it leaves all the same. */
static void test_timer(void)
{
    struct world world;

    setup(&world, 10);
    feed_udp(&world, 1, false, 0);
    feed_udp(&world, 2, false, 30 * S);
    feed_udp(&world, 2, false, 62 * S);
    g_assert_cmpuint(world.ended->len, ==, 1);
    g_assert_cmpuint(ended(&world, 0)->flow_id, ==, 1);
    g_assert_cmpint(flowscope_engine_advance(world.engine, 500 * S), ==, FLOWSCOPE_OK);
    g_assert_cmpuint(world.ended->len, ==, 2);
    teardown(&world);
}

/* The first packet after a long silence is not believed yet; its flow must live on when it is. */
static void test_silence_of_hours(void)
{
    struct world world;

    setup(&world, 10);
    feed_udp(&world, 1, false, 0);
    g_assert_cmpuint(feed_udp(&world, 2, false, 36000 * S).flow_id, ==, 2);
    g_assert_cmpuint(world.ended->len, ==, 0);
    g_assert_cmpuint(feed_udp(&world, 2, true, 36000 * S + 5).flow_id, ==, 2);
    g_assert_cmpuint(world.ended->len, ==, 1);
    g_assert_cmpuint(ended(&world, 0)->flow_id, ==, 1);
    g_assert_cmpuint(feed_udp(&world, 2, true, 36060 * S + 4).flow_id, ==, 2);
    g_assert_cmpuint(feed_udp(&world, 2, true, 36120 * S + 4).flow_id, ==, 3);
    teardown(&world);
}

/* At the end of time nothing has elapsed between two packets. */
static void test_timer_at_the_end_of_time(void)
{
    struct world world;

    setup(&world, 10);
    g_assert_cmpuint(feed_udp(&world, 1, false, INT64_MAX).flow_id, ==, 1);
    g_assert_cmpuint(feed_udp(&world, 1, false, INT64_MAX).flow_id, ==, 1);
    teardown(&world);
}

static void test_full_table(void)
{
    struct world world;
    struct flowscope_counters counters = {.size = sizeof(counters)};

    setup(&world, 3);
    feed_udp(&world, 1, false, 0);
    feed_udp(&world, 2, false, 0);
    feed_udp(&world, 1, true, 1);
    feed_udp(&world, 3, false, 2);
    feed_udp(&world, 4, false, 3); /* 2 is the oldest that was seen one way only */
    g_assert_cmpuint(ended(&world, 0)->source_port, ==, 2);
    g_assert_cmpint(ended(&world, 0)->end_reason, ==, FLOWSCOPE_END_evicted);
    feed_udp(&world, 3, true, 4);
    feed_udp(&world, 4, true, 5);
    feed_udp(&world, 5, false, 6); /* all were seen both ways: 1 is the oldest */
    g_assert_cmpuint(ended(&world, 1)->source_port, ==, 1);
    g_assert_cmpint(flowscope_engine_counters(world.engine, &counters), ==, FLOWSCOPE_OK);
    g_assert_cmpuint(counters.flows_evicted, ==, 2);
    g_assert_cmpuint(counters.open_flows, ==, 3);
    g_assert_cmpuint(counters.flows, ==, 5);
    teardown(&world);
}

static void count_visit(void *user, const struct flowscope_flow_record *record)
{
    unsigned *visits = user;

    g_assert_cmpint(record->end_reason, ==, FLOWSCOPE_END_end_of_capture);
    ++*visits;
}

static void test_visit_and_reset(void)
{
    struct world world;
    struct flowscope_counters counters = {.size = sizeof(counters)};
    unsigned visits = 0;

    setup(&world, 10);
    for (uint16_t port = 1; port <= 10; port++)
        feed_udp(&world, port, false, port);
    g_assert_cmpint(flowscope_engine_visit_flows(world.engine, count_visit, &visits), ==,
                    FLOWSCOPE_OK);
    g_assert_cmpuint(visits, ==, 10);
    g_assert_cmpuint(world.ended->len, ==, 0);
    g_assert_cmpint(flowscope_engine_reset(world.engine), ==, FLOWSCOPE_OK);
    g_assert_cmpint(flowscope_engine_counters(world.engine, &counters), ==, FLOWSCOPE_OK);
    g_assert_cmpuint(counters.frames, ==, 0);
    g_assert_cmpuint(feed_udp(&world, 7, false, 0).flow_id, ==, 1);
    g_assert_cmpuint(world.ended->len, ==, 0);
    teardown(&world);
}

/* After flush the engine is fed again, and ids go on. */
static void test_flush_and_go_on(void)
{
    struct world world;

    setup(&world, 10);
    feed_udp(&world, 2, false, 0);
    feed_udp(&world, 1, false, 0);
    flowscope_engine_flush(world.engine);
    g_assert_cmpuint(ended(&world, 0)->flow_id, ==, 1);
    g_assert_cmpuint(ended(&world, 1)->flow_id, ==, 2);
    g_assert_cmpuint(feed_udp(&world, 2, true, 1).flow_id, ==, 3);
    teardown(&world);
}

/* Flows that began before any time was known live from the first time on. */
static void test_time_comes_late(void)
{
    struct world world;
    struct flowscope_packet packet;
    struct flowscope_result result;

    setup(&world, 10);
    feed_udp(&world, 1, false, 0);
    flowscope_engine_reset(world.engine);
    packet = build_packet(&world.build, BUILD_LINK_ETHERNET);
    packet.time_quality = FLOWSCOPE_TIME_NONE;
    flowscope_engine_feed(world.engine, &packet, 1, &result);
    g_assert_cmpuint(result.flow_id, ==, 1);
    g_assert_cmpuint(feed_udp(&world, 1, false, 1700000000 * S).flow_id, ==, 1);
    g_assert_cmpuint(feed_udp(&world, 2, false, 1700000000 * S + 62 * S).flow_id, ==, 2);
    g_assert_cmpuint(world.ended->len, ==, 1);
    teardown(&world);
}

/* What the library does not know of a larger sink must ask for nothing. */
static void test_larger_sink(void)
{
    struct {
        struct flowscope_sink sink;
        void *later;
    } larger = {.sink.size = sizeof(larger)};
    flowscope_engine *engine;

    g_assert_cmpint(flowscope_engine_create(&engine, NULL, &larger.sink), ==, FLOWSCOPE_OK);
    flowscope_engine_destroy(engine);
    larger.later = &engine;
    g_assert_cmpint(flowscope_engine_create(&engine, NULL, &larger.sink), ==, FLOWSCOPE_BAD_SIZE);
    g_assert_null(engine);
}

static void test_misuse(void)
{
    struct world world;
    struct flowscope_packet packet = {.size = 8};
    struct flowscope_counters counters = {.size = 1};
    struct flowscope_sink sink = {.size = 1};
    flowscope_engine *engine;

    setup(&world, 10);
    g_assert_cmpint(flowscope_engine_create(NULL, NULL, NULL), ==, FLOWSCOPE_BAD_ARGUMENT);
    g_assert_cmpint(flowscope_engine_create(&engine, NULL, &sink), ==, FLOWSCOPE_BAD_SIZE);
    g_assert_null(engine);
    g_assert_cmpint(flowscope_engine_feed(world.engine, &packet, 1, NULL), ==, FLOWSCOPE_BAD_SIZE);
    g_assert_cmpint(flowscope_engine_feed(world.engine, NULL, 1, NULL), ==, FLOWSCOPE_BAD_ARGUMENT);
    g_assert_cmpint(flowscope_engine_feed(world.engine, NULL, 0, NULL), ==, FLOWSCOPE_OK);
    g_assert_cmpint(flowscope_engine_feed(NULL, NULL, 0, NULL), ==, FLOWSCOPE_BAD_ARGUMENT);
    g_assert_cmpint(flowscope_engine_counters(world.engine, &counters), ==, FLOWSCOPE_BAD_SIZE);
    g_assert_cmpint(flowscope_engine_counters(NULL, &counters), ==, FLOWSCOPE_BAD_ARGUMENT);
    g_assert_cmpint(flowscope_engine_visit_flows(world.engine, NULL, NULL), ==,
                    FLOWSCOPE_BAD_ARGUMENT);
    g_assert_cmpint(flowscope_engine_reset(NULL), ==, FLOWSCOPE_BAD_ARGUMENT);
    g_assert_cmpint(flowscope_engine_advance(NULL, 0), ==, FLOWSCOPE_BAD_ARGUMENT);
    g_assert_cmpint(flowscope_engine_flush(NULL), ==, FLOWSCOPE_BAD_ARGUMENT);
    flowscope_engine_destroy(NULL);
    teardown(&world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/two-directions", test_two_directions);
    g_test_add_func("/engine/exact-timeout", test_exact_timeout);
    g_test_add_func("/engine/timer", test_timer);
    g_test_add_func("/engine/silence-of-hours", test_silence_of_hours);
    g_test_add_func("/engine/timer-at-the-end-of-time", test_timer_at_the_end_of_time);
    g_test_add_func("/engine/full-table", test_full_table);
    g_test_add_func("/engine/visit-and-reset", test_visit_and_reset);
    g_test_add_func("/engine/flush-and-go-on", test_flush_and_go_on);
    g_test_add_func("/engine/time-comes-late", test_time_comes_late);
    g_test_add_func("/engine/misuse", test_misuse);
    g_test_add_func("/engine/larger-sink", test_larger_sink);
    return g_test_run();
}
