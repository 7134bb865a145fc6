/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels over IPv4, and sessions: both levels step at once, and what has a path is told apart. */
#include "support/way.h"

#include <glib.h>

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
    return way_feed_at(engine, &b, BUILD_LINK_ETHERNET, frame, time_ns, result);
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
    way_feed_at(engine, &b, BUILD_LINK_ETHERNET, frame, time_ns, &result);
}

/* Known flows on both levels, and a new one in a known tunnel. */
static void test_tunnel(void)
{
    struct flowscope_result result;
    flowscope_engine *engine = way_engine();

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
        flowscope_engine *engine = way_engine();
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

/* The same packet in two tunnels, or two sessions, by turns: two flows. */
static void test_paths(void)
{
    struct flowscope_result result;
    struct build b;

    for (unsigned kind = 0; kind < 3; kind++) { /* VXLAN, PPPoE, PPPoE as link */
        flowscope_engine *engine = way_engine();
        uint64_t flow[2] = {0};

        for (unsigned i = 0; i < 12; i++) {
            const unsigned which = i % 2;
            const bool back = i / 2 % 2;

            build_begin(&b);
            if (kind < 2)
                build_eth(&b);
            if (kind == 0) {
                build_ipv4(&b, "203.0.113.1", "203.0.113.2");
                build_udp(&b, 50000, 4789);
                build_vxlan(&b, 42 + which);
                build_eth(&b);
            } else {
                build_pppoe(&b, (uint16_t)(9 + which));
            }
            build_ipv4(&b, back ? "192.0.2.2" : "192.0.2.1", back ? "192.0.2.1" : "192.0.2.2");
            build_udp(&b, back ? 53 : 1000, back ? 1000 : 53);
            build_fill(&b, 9);
            build_end(&b);
            const enum way way = way_feed(
                engine, &b, kind == 2 ? BUILD_LINK_PPPOE : BUILD_LINK_ETHERNET, i + 1, &result);
            if (i < 2)
                flow[which] = result.flow_id;
            g_assert_cmpuint(result.flow_id, ==, flow[which]);
            g_assert_cmpuint(result.packet_number, ==, i / 2 + 1);
            g_assert_cmpint(result.direction, ==,
                            back ? FLOWSCOPE_DIRECTION_REVERSE : FLOWSCOPE_DIRECTION_FORWARD);
            g_assert_cmpint(way, ==, i < 4 ? STAGED : SHORT); /* known in both directions */
        }
        g_assert_cmpuint(flow[0], !=, flow[1]);
        flowscope_engine_destroy(engine);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/carrier/known", test_tunnel);
    g_test_add_func("/engine/carrier/ends", test_carrier_ends);
    g_test_add_func("/engine/carrier/paths", test_paths);
    return g_test_run();
}
