/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP errors and the flows that they speak of. */
#include "support/build.h"

#include <flowscope/flowscope.h>

#include <glib.h>

#define SECOND 1000000000LL

static flowscope_engine *engine;
static struct flowscope_result result;
static uint64_t frames;
static GArray *ended;

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    (void)user;
    g_array_append_vals(ended, record, 1);
}

static void setup(uint64_t max_flows)
{
    struct flowscope_config config;
    struct flowscope_sink sink = {.size = sizeof(sink), .flow_ended = on_ended};

    flowscope_config_init(&config);
    config.max_flows = max_flows;
    config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE;
    frames = 0;
    ended = g_array_new(FALSE, FALSE, sizeof(struct flowscope_flow_record));
    g_assert_cmpint(flowscope_engine_create(&engine, &config, &sink), ==, FLOWSCOPE_OK);
}

static void teardown(void)
{
    flowscope_engine_destroy(engine);
    g_array_free(ended, TRUE);
}

static void feed(struct build *b, int64_t seconds)
{
    build_end(b);
    struct flowscope_packet packet = build_packet(b, BUILD_LINK_RAW);

    packet.frame = ++frames;
    packet.time_ns = seconds * SECOND;
    packet.time_quality = FLOWSCOPE_TIME_GOOD;
    g_assert_cmpint(flowscope_engine_feed(engine, &packet, 1, &result), ==, FLOWSCOPE_OK);
    g_assert_cmpuint(result.verdict, ==, FLOWSCOPE_VERDICT_ok);
}

static void udp(struct build *b, uint16_t port, bool back)
{
    build_ipv4(b, back ? "198.51.100.9" : "192.0.2.1", back ? "192.0.2.1" : "198.51.100.9");
    build_udp(b, back ? 53 : port, back ? port : 53);
    build_fill(b, 8);
}

static void feed_udp(uint16_t port, bool back, int64_t seconds)
{
    struct build b;

    build_begin(&b);
    udp(&b, port, back);
    feed(&b, seconds);
}

/* An error about a packet of that flow. */
static void feed_error(uint16_t port, bool back, int64_t seconds)
{
    static struct build quoted;
    struct build b;

    build_begin(&quoted);
    udp(&quoted, port, back);
    build_end(&quoted);
    build_begin(&b);
    build_ipv4(&b, "203.0.113.1", back ? "198.51.100.9" : "192.0.2.1");
    build_icmp(&b, 3, 3, 0, 0);
    build_data(&b, quoted.data, 28);
    feed(&b, seconds);
}

static void test_either_direction(void)
{
    setup(100);
    feed_udp(1000, false, 0);
    feed_udp(1001, false, 0);
    for (unsigned back = 0; back < 2; back++) {
        feed_error(1001, back != 0, 1);
        g_assert_cmpuint(result.flow_id, ==, 3 + back);
        g_assert_cmpuint(result.related_id, ==, 2);
    }
    feed_error(1000, false, 2);
    g_assert_cmpuint(result.flow_id, ==, 3);
    g_assert_cmpuint(result.related_id, ==, 1);
    feed_error(1002, false, 2); /* of a flow that nobody saw */
    g_assert_cmpuint(result.flow_id, ==, 3);
    g_assert_cmpuint(result.related_id, ==, 0);
    feed_udp(1000, true, 3);
    g_assert_cmpuint(result.related_id, ==, 0);
    g_assert_cmpuint(result.packet_number, ==, 2); /* being quoted is no packet */
    flowscope_engine_flush(engine);
    g_assert_cmpuint(ended->len, ==, 4);
    const uint64_t related[] = {0, 0, 2, 2};
    for (unsigned i = 0; i < 4; i++)
        g_assert_cmpuint(g_array_index(ended, struct flowscope_flow_record, i).related_id, ==,
                         related[i]);
    teardown();
}

/* Whether its timer has fired or not. */
static void test_live(void)
{
    setup(100);
    feed_udp(1000, false, 0);
    feed_error(1000, false, 59);
    g_assert_cmpuint(result.related_id, ==, 1);
    feed_error(1000, false, 60); /* the error before did not keep it alive */
    g_assert_cmpuint(result.related_id, ==, 0);
    feed_udp(1000, false, 60);
    g_assert_cmpuint(result.flow_id, ==, 3);
    teardown();
}

/* The error's own flow takes the place of the quoted one, which was live when it came. */
static void test_full_table(void)
{
    setup(1);
    feed_udp(1000, false, 0);
    feed_error(1000, false, 1);
    g_assert_cmpuint(result.flow_id, ==, 2);
    g_assert_cmpuint(result.related_id, ==, 1);
    g_assert_cmpuint(ended->len, ==, 1);
    feed_error(1000, false, 2);
    g_assert_cmpuint(result.related_id, ==, 0);
    flowscope_engine_flush(engine);
    g_assert_cmpuint(g_array_index(ended, struct flowscope_flow_record, 1).related_id, ==, 1);
    teardown();
}

/* In a network of its own the quoted flow is that of the same network. */
static void test_tunnel(void)
{
    static struct build quoted;
    struct build b;

    setup(100);
    for (uint32_t vni = 5; vni < 7; vni++) {
        build_begin(&b);
        build_ipv4(&b, "203.0.113.7", "203.0.113.8");
        build_udp(&b, 50000, 4789);
        build_vxlan(&b, vni);
        build_eth(&b);
        udp(&b, 1000, false);
        feed(&b, 0);
    }
    g_assert_cmpuint(result.flow_id, ==, 3); /* 1 is that of both tunnels */
    for (uint32_t vni = 5; vni < 8; vni++) {
        build_begin(&quoted);
        udp(&quoted, 1000, false);
        build_end(&quoted);
        build_begin(&b);
        build_ipv4(&b, "203.0.113.8", "203.0.113.7");
        build_udp(&b, 50001, 4789);
        build_vxlan(&b, vni);
        build_eth(&b);
        build_ipv4(&b, "203.0.113.1", "192.0.2.1");
        build_icmp(&b, 11, 0, 0, 0);
        build_data(&b, quoted.data, 28);
        feed(&b, 1);
        g_assert_cmpuint(result.related_id, ==, vni == 7 ? 0 : vni - 3);
        g_assert_cmpuint(result.parent_id, ==, 4);
    }
    teardown();
}

/* A redirect speaks of the flow that it turns elsewhere. */
static void test_redirect6(void)
{
    static struct build quoted;
    const uint8_t addresses[32] = {0xfe, 0x80}, option[8] = {4, 7};
    struct build b;

    setup(100);
    build_begin(&b);
    build_ipv6(&b, "2001:db8::1", "2001:db8:9::9");
    build_udp(&b, 1000, 53);
    feed(&b, 0);
    quoted = b;
    build_begin(&b);
    build_ipv6(&b, "fe80::1", "2001:db8::1");
    build_icmp6(&b, 137, 0, 0, 0);
    build_data(&b, addresses, sizeof(addresses));
    build_data(&b, option, sizeof(option));
    build_data(&b, quoted.data, quoted.length);
    feed(&b, 1);
    g_assert_cmpuint(result.flow_id, ==, 2);
    g_assert_cmpuint(result.related_id, ==, 1);
    teardown();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/related/either-direction", test_either_direction);
    g_test_add_func("/engine/related/live", test_live);
    g_test_add_func("/engine/related/full-table", test_full_table);
    g_test_add_func("/engine/related/tunnel", test_tunnel);
    g_test_add_func("/engine/related/redirect6", test_redirect6);
    return g_test_run();
}
