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

static struct flowscope_result feed_frame(struct world *world, const struct build *b)
{
    struct flowscope_packet packet = build_packet(b, BUILD_LINK_ETHERNET);
    struct flowscope_result result;

    packet.frame = ++world->frame;
    packet.time_ns = (int64_t)world->frame;
    packet.time_quality = FLOWSCOPE_TIME_GOOD;
    g_assert_cmpint(flowscope_engine_feed(world->engine, &packet, 1, &result), ==, FLOWSCOPE_OK);
    return result;
}

/* A UDP packet of 10 bytes from `port`, in a VXLAN, behind a VLAN tag unless `vlan` is 0. */
static struct flowscope_result feed(struct world *world, uint16_t vlan, uint32_t vni, uint16_t port)
{
    struct build b;

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
    return feed_frame(world, &b);
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

enum tenancy {
    IN_VXLAN,
    IN_VXLAN_GPE,
    IN_GENEVE,
    IN_NVGRE,
    IN_PPPOE,
    IN_VLAN,
    IN_OUTER_VLAN,
    IN_GTPU,
    IN_GRE,
    IN_ERSPAN,
    IN_L2TPV2,
    IN_L2TPV3,
    IN_MPLS,
    TENANCIES
};

static void build_carrier(struct build *b, bool reply, uint16_t port)
{
    if (reply)
        build_ipv4(b, "203.0.113.2", "203.0.113.1");
    else
        build_ipv4(b, "203.0.113.1", "203.0.113.2");
    if (port)
        build_udp(b, port, port);
}

/* Up to the inner IP header; the outer packet, where there is one, always has the same addresses
 * and ports. */
static void build_tenant(struct build *b, enum tenancy in, uint16_t tenant, bool reply)
{
    build_begin(b);
    build_eth(b);
    switch (in) {
    case IN_VXLAN:
        build_carrier(b, reply, 4789);
        build_vxlan(b, tenant);
        build_eth(b);
        break;
    case IN_VXLAN_GPE:
        build_carrier(b, reply, 4790);
        build_vxlan_gpe(b, tenant);
        break;
    case IN_GENEVE:
        build_carrier(b, reply, 6081);
        build_geneve(b, tenant, 1);
        build_eth(b);
        break;
    case IN_NVGRE:
        build_carrier(b, reply, 0);
        build_gre(b, 0x2000, (uint32_t)tenant << 8);
        build_eth(b);
        break;
    case IN_PPPOE:
        build_pppoe(b, tenant);
        break;
    case IN_VLAN:
        build_vlan(b, 0x8100, tenant);
        break;
    case IN_OUTER_VLAN:
        build_vlan(b, 0x88a8, tenant);
        build_vlan(b, 0x8100, 1);
        break;
    case IN_GTPU:
        build_carrier(b, reply, 2152);
        build_gtpu(b, tenant, 0);
        break;
    case IN_GRE:
        build_carrier(b, reply, 0);
        build_gre(b, 0x2000, tenant);
        break;
    case IN_ERSPAN:
        build_carrier(b, reply, 0);
        build_gre(b, 0x1000, 0);
        build_erspan(b, 2, tenant);
        build_eth(b);
        break;
    case IN_L2TPV2:
        build_carrier(b, reply, 1701);
        build_l2tpv2(b, tenant, 0);
        break;
    case IN_L2TPV3:
        build_carrier(b, reply, 0);
        build_l2tpv3(b, tenant, 4);
        build_eth(b);
        break;
    case IN_MPLS:
        build_mpls(b, tenant, true);
        break;
    case TENANCIES:
        g_assert_not_reached();
    }
}

static uint64_t feed_tenant(struct world *world, enum tenancy in, uint16_t tenant, bool reply)
{
    struct build b;
    struct flowscope_result result;

    build_tenant(&b, in, tenant, reply);
    if (reply) {
        build_ipv4(&b, "192.0.2.2", "192.0.2.1");
        build_udp(&b, 53, 5000);
    } else {
        build_ipv4(&b, "192.0.2.1", "192.0.2.2");
        build_udp(&b, 5000, 53);
    }
    build_fill(&b, 10);
    build_end(&b);
    result = feed_frame(world, &b);
    g_assert_cmpuint(result.verdict, ==, FLOWSCOPE_VERDICT_ok);
    return result.flow_id;
}

static bool is_carried(enum tenancy in)
{
    return in != IN_PPPOE && in != IN_VLAN && in != IN_OUTER_VLAN && in != IN_MPLS;
}

static void check_tenants(enum tenancy in, uint64_t identity, bool apart, bool reply_apart)
{
    const bool carried = is_carried(in);
    struct flowscope_counters counters = {.size = sizeof(counters)};
    struct world world;

    setup(&world, 100, identity);
    const uint64_t one = feed_tenant(&world, in, 7, false);
    const uint64_t two = feed_tenant(&world, in, 8, false);
    g_assert_cmpint(one != two, ==, apart);
    g_assert_cmpuint(feed_tenant(&world, in, 7, false), ==, one);
    g_assert_cmpuint(feed_tenant(&world, in, 8, false), ==, two);
    g_assert_cmpint(feed_tenant(&world, in, 7, true) != one, ==, reply_apart);
    flowscope_engine_counters(world.engine, &counters);
    g_assert_cmpuint(counters.frames, ==, 5);
    g_assert_cmpuint(counters.packets_in_flows, ==, 5);
    g_assert_cmpuint(counters.nested, ==, carried ? 5 : 0);
    g_assert_cmpuint(counters.flows, ==, (carried ? 2u : 1u) + apart + reply_apart);
    flowscope_engine_flush(world.engine);
    g_assert_cmpuint(ended(&world, one)->parent_id, ==, carried ? 1 : 0);
    g_assert_cmpuint(ended(&world, one)->packets[0], ==, apart ? 2 : 4);
    g_assert_cmpuint(ended(&world, one)->packets[1], ==, reply_apart ? 0 : 1);
    teardown(&world);
}

/* The same addresses and ports inside of two tunnels, tags, labels or sessions. The carrier goes
 * into the key under `strict`, and so does which way it went: there an answer is a flow of its
 * own. */
static void test_two_tenants(void)
{
    for (enum tenancy in = 0; in < TENANCIES; in++) {
        const bool in_key = in <= IN_PPPOE;

        check_tenants(in, FLOWSCOPE_IDENTITY_IGNORE_VLAN, in_key, false);
        check_tenants(in, FLOWSCOPE_IDENTITY_STRICT, true, is_carried(in));
        check_tenants(in, FLOWSCOPE_IDENTITY_INNER_ONLY, false, false);
    }
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

/* A tunnel in one of the same ends: two levels of a frame are of one flow, and the frame before it
 * is another one. */
static void test_same_ends(void)
{
    struct world world;
    struct flowscope_result result;
    struct build b;

    setup(&world, 10, FLOWSCOPE_IDENTITY_INNER_ONLY);
    for (uint64_t before = 0; before < 4; before++) {
        build_begin(&b);
        build_eth(&b);
        for (unsigned level = 0; level < 3; level++) {
            build_ipv4(&b, "192.0.2.1", "192.0.2.2");
            build_gre(&b, 0, 0);
        }
        build_end(&b);
        result = feed_frame(&world, &b);
        g_assert_cmpuint(result.flow_id, ==, 1);
        g_assert_cmpuint(result.parent_id, ==, 0); /* no flow is around itself */
        g_assert_cmpuint(result.packet_number, ==, 3 * before + 3);
        g_assert_cmpuint(result.prev_frame, ==, before);
    }
    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "198.51.100.1", "198.51.100.2");
    build_gre(&b, 0, 0);
    for (unsigned level = 0; level < 2; level++) {
        build_ipv4(&b, "192.0.2.1", "192.0.2.2");
        build_gre(&b, 0, 0);
    }
    build_end(&b);
    result = feed_frame(&world, &b);
    g_assert_cmpuint(result.flow_id, ==, 1);
    g_assert_cmpuint(result.parent_id, ==, 2); /* the next that is another one */
    teardown(&world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/tunnels/outer-and-inner", test_outer_and_inner);
    g_test_add_func("/engine/tunnels/identity", test_identity);
    g_test_add_func("/engine/tunnels/two-tenants", test_two_tenants);
    g_test_add_func("/engine/tunnels/full-table", test_full_table);
    g_test_add_func("/engine/tunnels/same-ends", test_same_ends);
    return g_test_run();
}
