/* SPDX-License-Identifier: BSD-2-Clause */
/* What copies do in an engine: they are counted. More of it in property/test_duplicates.c. */
#include "support/build.h"

#include <flowscope/flowscope.h>

#include <glib.h>

static flowscope_engine *engine;
static uint64_t frame;
static struct flowscope_flow_record ended[8];

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    (void)user;
    g_assert_cmpuint(record->flow_id, <, G_N_ELEMENTS(ended));
    ended[record->flow_id] = *record;
}

static uint64_t fragment_window = 100000;

static void begin(enum flowscope_duplicates_action action, uint64_t tunneled)
{
    struct flowscope_config config;
    const struct flowscope_sink sink = {.size = sizeof(sink), .flow_ended = on_ended};

    flowscope_config_init(&config);
    config.duplicates = action;
    config.dup_tunneled = tunneled;
    config.identity = FLOWSCOPE_IDENTITY_STRICT;
    config.fragment_window = fragment_window;
    frame = 0;
    g_assert_cmpint(flowscope_engine_create(&engine, &config, &sink), ==, FLOWSCOPE_OK);
}

static struct flowscope_counters end(void)
{
    struct flowscope_counters counters = {.size = sizeof(counters)};

    flowscope_engine_flush(engine);
    flowscope_engine_counters(engine, &counters);
    flowscope_engine_destroy(engine);
    g_assert_cmpuint(counters.frames, ==,
                     counters.packets_in_flows + counters.duplicates + counters.no_flow);
    return counters;
}

static struct flowscope_result feed(const struct build *b, int64_t time_ns)
{
    struct flowscope_packet packet = build_packet(b, BUILD_LINK_ETHERNET);
    struct flowscope_result result;

    packet.frame = ++frame;
    packet.time_ns = time_ns;
    packet.time_quality = FLOWSCOPE_TIME_GOOD;
    g_assert_cmpint(flowscope_engine_feed(engine, &packet, 1, &result), ==, FLOWSCOPE_OK);
    return result;
}

static void udp(struct build *b, uint16_t tag, bool vxlan)
{
    build_begin(b);
    build_eth(b);
    if (tag)
        build_vlan(b, 0x8100, tag);
    if (vxlan) {
        build_ipv4(b, "203.0.113.1", "203.0.113.2");
        build_udp(b, 50000, 4789);
        build_vxlan(b, 42);
        build_eth(b);
    }
    build_ipv4(b, "192.0.2.1", "192.0.2.2");
    build_ipv4_id(b, 9);
    build_udp(b, 1000, 53);
    build_fill(b, 10);
    build_end(b);
}

/* Of the last frame alone; the pair is one of the counters'. */
static void test_last(void)
{
    static const struct {
        uint32_t interface;
        int64_t time_ns;
        struct flowscope_copy copy;
    } copies[] = {{0, 17, {0, true, 7}}, {3, 20, {1, true, 10}}, {0, 4, {0, false, 0}}};
    struct flowscope_copy copy;
    struct flowscope_packet packet;
    struct flowscope_counters counters = {.size = sizeof(counters)};
    struct build b;

    begin(FLOWSCOPE_DUPLICATES_MARK, 0);
    udp(&b, 0, false);
    g_assert_cmpint(flowscope_engine_copy(engine, &copy), ==, FLOWSCOPE_NOT_FOUND);
    feed(&b, 10);
    g_assert_cmpint(flowscope_engine_copy(engine, &copy), ==, FLOWSCOPE_NOT_FOUND);
    for (size_t i = 0; i < G_N_ELEMENTS(copies); i++) {
        packet = build_packet(&b, BUILD_LINK_ETHERNET);
        packet.frame = ++frame;
        packet.interface = copies[i].interface;
        packet.time_ns = copies[i].time_ns;
        packet.time_quality = FLOWSCOPE_TIME_GOOD;
        flowscope_engine_feed(engine, &packet, 1, NULL);
        g_assert_cmpint(flowscope_engine_copy(engine, &copy), ==, FLOWSCOPE_OK);
        g_assert_cmpuint(copy.pair, ==, copies[i].copy.pair);
        g_assert_cmpuint(copy.has_delay, ==, copies[i].copy.has_delay);
        g_assert_cmpuint(copy.delay_ns, ==, copies[i].copy.delay_ns);
    }
    flowscope_engine_counters(engine, &counters);
    g_assert_cmpuint(counters.copies.pairs[1].to.interface, ==, 3);
    feed(&b, 10000000);
    g_assert_cmpint(flowscope_engine_copy(engine, &copy), ==, FLOWSCOPE_NOT_FOUND);
    g_assert_cmpint(flowscope_engine_copy(engine, NULL), ==, FLOWSCOPE_BAD_ARGUMENT);
    g_assert_cmpint(flowscope_engine_copy(NULL, &copy), ==, FLOWSCOPE_BAD_ARGUMENT);
    end();
    begin(FLOWSCOPE_DUPLICATES_IGNORE, 0);
    feed(&b, 10);
    g_assert_cmpint(flowscope_engine_copy(engine, &copy), ==, FLOWSCOPE_NOT_FOUND);
    end();
}

/* With a tag that would make it another flow. */
static void test_tagged(void)
{
    struct build b;
    struct flowscope_result result;

    begin(FLOWSCOPE_DUPLICATES_MARK, 0);
    udp(&b, 0, false);
    feed(&b, 0);
    udp(&b, 10, false);
    result = feed(&b, 20000);
    g_assert_cmpuint(result.flow_id, ==, 1);
    g_assert_cmpuint(result.dup_of, ==, 1);
    g_assert_cmpuint(result.dup_kind, ==, FLOWSCOPE_DUP_vlan);
    g_assert_cmpuint(result.verdict, ==, FLOWSCOPE_VERDICT_ok);
    g_assert_cmpuint(result.packet_number, ==, 0);
    g_assert_cmpuint(end().flows, ==, 1);
    g_assert_cmpuint(ended[1].packets[0], ==, 1);
    g_assert_cmpuint(ended[1].dup_packets, ==, 1);
    g_assert_true(ended[1].has_dup_packets);
}

static void test_drop_and_ignore(void)
{
    struct build b;
    struct flowscope_result result;

    udp(&b, 0, false);
    begin(FLOWSCOPE_DUPLICATES_DROP, 0);
    feed(&b, 0);
    result = feed(&b, 1);
    g_assert_cmpuint(result.verdict, ==, FLOWSCOPE_VERDICT_duplicate);
    g_assert_cmpuint(result.flow_id, ==, 0);
    g_assert_cmpuint(result.dup_of, ==, 1);
    g_assert_cmpuint(end().duplicates, ==, 1);
    g_assert_cmpuint(ended[1].dup_packets, ==, 1);
    begin(FLOWSCOPE_DUPLICATES_IGNORE, 0);
    feed(&b, 0);
    g_assert_cmpuint(feed(&b, 1).packet_number, ==, 2);
    g_assert_cmpuint(end().duplicates, ==, 0);
    g_assert_false(ended[1].has_dup_packets);
}

/* A copy counts in the flows of its tunnel too. Its packet outside of the tunnel has a flow of its
 * own, unless tunneled copies are asked for. */
static void test_tunnels(void)
{
    struct build b;
    struct flowscope_result result;

    begin(FLOWSCOPE_DUPLICATES_MARK, 0);
    udp(&b, 0, true);
    feed(&b, 0);
    result = feed(&b, 1);
    g_assert_cmpuint(result.flow_id, ==, 2);
    g_assert_cmpuint(result.parent_id, ==, 1);
    udp(&b, 0, false);
    g_assert_cmpuint(feed(&b, 2).flow_id, ==, 3);
    end();
    g_assert_cmpuint(ended[1].dup_packets, ==, 1);
    g_assert_cmpuint(ended[2].dup_packets, ==, 1);
    g_assert_cmpuint(ended[3].dup_packets, ==, 0);

    begin(FLOWSCOPE_DUPLICATES_MARK, 1);
    feed(&b, 0);
    udp(&b, 0, true);
    result = feed(&b, 1);
    g_assert_cmpuint(result.dup_kind, ==, FLOWSCOPE_DUP_tunneled);
    g_assert_cmpuint(result.flow_id, ==, 1);
    g_assert_cmpuint(end().flows, ==, 1);
}

static void test_without_a_flow(void)
{
    struct build b;
    struct flowscope_result result;
    struct flowscope_counters counters;

    begin(FLOWSCOPE_DUPLICATES_MARK, 0);
    build_begin(&b);
    build_eth(&b);
    build_type(&b, 0x0806);
    build_fill(&b, 28);
    build_end(&b);
    feed(&b, 0);
    result = feed(&b, 5);
    g_assert_cmpuint(result.dup_of, ==, 1);
    g_assert_cmpuint(result.verdict, ==, FLOWSCOPE_VERDICT_not_ip);
    counters = end();
    g_assert_cmpuint(counters.duplicates, ==, 1);
    g_assert_cmpuint(counters.not_ip, ==, 1);
}

static void fragment(struct build *b, bool first)
{
    build_begin(b);
    build_eth(b);
    build_ipv4(b, "192.0.2.1", "192.0.2.2");
    build_ipv4_id(b, 7);
    if (first)
        build_udp(b, 1000, 53);
    else
        build_protocol(b, 17);
    build_ipv4_fragment(b, first ? 0 : 40, first);
    build_fill(b, first ? 32 : 40);
    build_end(b);
}

/* Of a later fragment whose first one has not come yet: nobody will say its flow. */
static void test_fragments(void)
{
    struct build b;

    begin(FLOWSCOPE_DUPLICATES_MARK, 0);
    fragment(&b, false);
    g_assert_cmpuint(feed(&b, 0).verdict, ==, FLOWSCOPE_VERDICT_fragment_pending);
    g_assert_cmpuint(feed(&b, 5).verdict, ==, FLOWSCOPE_VERDICT_duplicate);
    g_assert_cmpuint(end().fragment_lost, ==, 1);
}

/* A fragment waits for so many frames, whether they are copies or not: all of them are rows that
 * wait behind it. That of a datagram with a flow goes to it, by whatever copies came between. */
static void test_fragment_window(void)
{
    struct build later, first, other;
    struct flowscope_counters counters;

    fragment(&later, false);
    fragment(&first, true);
    udp(&other, 0, false);
    fragment_window = 3;
    for (unsigned copies = 1; copies <= 2; copies++) {
        begin(FLOWSCOPE_DUPLICATES_MARK, 0);
        g_assert_cmpuint(feed(&later, 0).verdict, ==, FLOWSCOPE_VERDICT_fragment_pending);
        feed(&other, 1);
        for (unsigned i = 0; i < copies; i++)
            g_assert_cmpuint(feed(&other, 2).dup_of, ==, 2);
        g_assert_cmpuint(feed(&first, 3).verdict, ==, FLOWSCOPE_VERDICT_ok);
        counters = end();
        g_assert_cmpuint(counters.duplicates, ==, copies);
        g_assert_cmpuint(counters.fragments_outwaited, ==, copies == 2);
        g_assert_cmpuint(counters.fragment_lost, ==, copies == 2);
        g_assert_cmpuint(counters.packets_in_flows, ==, copies == 2 ? 2 : 3);
    }
    fragment_window = 100000;
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/copies/last", test_last);
    g_test_add_func("/engine/copies/tagged", test_tagged);
    g_test_add_func("/engine/copies/drop-and-ignore", test_drop_and_ignore);
    g_test_add_func("/engine/copies/tunnels", test_tunnels);
    g_test_add_func("/engine/copies/without-a-flow", test_without_a_flow);
    g_test_add_func("/engine/copies/fragments", test_fragments);
    g_test_add_func("/engine/copies/fragment-window", test_fragment_window);
    return g_test_run();
}
