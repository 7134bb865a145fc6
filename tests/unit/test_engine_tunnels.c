/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets with more than one flow: ids, parents, counts, and a full table. */
#include "support/build.h"

#include <flowscope/flowscope.h>

#include <glib.h>

struct world {
    flowscope_engine *engine;
    uint64_t frame;
    GArray *ended;
};

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    struct world *world = user;

    g_array_append_vals(world->ended, record, 1);
}

static void setup(struct world *world, uint64_t max_flows, uint64_t identity)
{
    struct flowscope_config config;
    struct flowscope_sink sink = {.size = sizeof(sink), .user = world, .flow_ended = on_ended};

    flowscope_config_init(&config);
    config.max_flows = max_flows;
    config.identity = identity;
    config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE; /* frames here are often the same */
    world->frame = 0;
    world->ended = g_array_new(FALSE, FALSE, sizeof(struct flowscope_flow_record));
    g_assert_cmpint(flowscope_engine_create(&world->engine, &config, &sink), ==, FLOWSCOPE_OK);
}

static void teardown(struct world *world)
{
    flowscope_engine_destroy(world->engine);
    g_array_free(world->ended, TRUE);
}

/* A UDP packet of 10 bytes from `port`, in a VXLAN, behind a VLAN tag unless `vlan` is 0. */
static struct flowscope_result feed(struct world *world, uint16_t vlan, uint32_t vni, uint16_t port)
{
    struct build b;
    struct flowscope_packet packet;
    struct flowscope_result result;

    build_begin(&b);
    build_eth(&b);
    if (vlan)
        build_vlan(&b, 0x8100, vlan);
    build_ipv4(&b, "203.0.113.1", "203.0.113.2");
    build_udp(&b, 50000, 4789);
    build_vxlan(&b, vni);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_udp(&b, port, 53);
    build_fill(&b, 10);
    build_end(&b);
    packet = build_packet(&b, BUILD_LINK_ETHERNET);
    packet.frame = ++world->frame;
    packet.time_ns = (int64_t)world->frame;
    packet.time_quality = FLOWSCOPE_TIME_GOOD;
    g_assert_cmpint(flowscope_engine_feed(world->engine, &packet, 1, &result), ==, FLOWSCOPE_OK);
    return result;
}

static const struct flowscope_flow_record *ended(const struct world *world, uint64_t flow_id)
{
    for (guint i = 0; i < world->ended->len; i++) {
        const struct flowscope_flow_record *record =
            &g_array_index(world->ended, struct flowscope_flow_record, i);

        if (record->flow_id == flow_id)
            return record;
    }
    g_error("flow %" G_GUINT64_FORMAT " has not ended", flow_id);
}

static void test_outer_and_inner(void)
{
    struct world world;
    struct flowscope_counters counters = {.size = sizeof(counters)};
    struct flowscope_result result;

    setup(&world, 10, FLOWSCOPE_IDENTITY_IGNORE_VLAN);
    result = feed(&world, 7, 42, 1000);
    g_assert_cmpuint(result.flow_id, ==, 2);
    g_assert_cmpuint(result.parent_id, ==, 1);
    g_assert_cmpuint(result.packet_number, ==, 1);
    result = feed(&world, 0, 42, 1000);
    g_assert_cmpuint(result.flow_id, ==, 2);
    g_assert_cmpuint(result.packet_number, ==, 2);
    g_assert_cmpuint(feed(&world, 7, 43, 1000).flow_id, ==, 3); /* the other tenant */
    flowscope_engine_counters(world.engine, &counters);
    g_assert_cmpuint(counters.frames, ==, 3);
    g_assert_cmpuint(counters.packets_in_flows, ==, 3);
    g_assert_cmpuint(counters.nested, ==, 3);
    g_assert_cmpuint(counters.flows, ==, 3);
    g_assert_cmpuint(counters.bytes, ==, 3 * 38);
    flowscope_engine_flush(world.engine);
    g_assert_cmpuint(ended(&world, 1)->packets[0], ==, 3);
    g_assert_cmpuint(ended(&world, 1)->parent_id, ==, 0);
    g_assert_cmpuint(ended(&world, 1)->bytes[0], ==, 3 * (28 + 8 + 14 + 38));
    g_assert_cmpuint(ended(&world, 1)->layer_count, ==, 1);
    g_assert_cmpuint(ended(&world, 2)->parent_id, ==, 1);
    g_assert_cmpuint(ended(&world, 2)->layer_count, ==, 2);
    g_assert_cmpuint(ended(&world, 2)->layers[0].kind, ==, FLOWSCOPE_LAYER_vlan);
    g_assert_cmpuint(ended(&world, 2)->layers[1].kind, ==, FLOWSCOPE_LAYER_vxlan);
    g_assert_cmpuint(ended(&world, 2)->layers[1].id, ==, 42);
    teardown(&world);
}

static void test_identity(void)
{
    struct world world;

    setup(&world, 10, FLOWSCOPE_IDENTITY_STRICT);
    g_assert_cmpuint(feed(&world, 1, 5, 9).flow_id, ==, 2);
    g_assert_cmpuint(feed(&world, 2, 5, 9).flow_id, ==, 4);
    g_assert_cmpuint(feed(&world, 1, 5, 9).flow_id, ==, 2);
    teardown(&world);
    setup(&world, 10, FLOWSCOPE_IDENTITY_INNER_ONLY);
    g_assert_cmpuint(feed(&world, 1, 5, 9).flow_id, ==, 2);
    g_assert_cmpuint(feed(&world, 2, 6, 9).flow_id, ==, 2);
    teardown(&world);
}

/* The flows of one packet never evict each other, not even where one flow is all there may be. */
static void test_full_table(void)
{
    struct world world;
    struct flowscope_result result;

    setup(&world, 1, FLOWSCOPE_IDENTITY_IGNORE_VLAN);
    result = feed(&world, 0, 1, 1000);
    g_assert_cmpuint(result.flow_id, ==, 2);
    g_assert_cmpuint(world.ended->len, ==, 0);
    result = feed(&world, 0, 1, 1001);
    g_assert_cmpuint(result.flow_id, ==, 3);
    g_assert_cmpuint(result.parent_id, ==, 1);
    g_assert_cmpuint(world.ended->len, ==, 1);
    g_assert_cmpint(ended(&world, 2)->end_reason, ==, FLOWSCOPE_END_evicted);
    teardown(&world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/tunnels/outer-and-inner", test_outer_and_inner);
    g_test_add_func("/engine/tunnels/identity", test_identity);
    g_test_add_func("/engine/tunnels/full-table", test_full_table);
    return g_test_run();
}
