/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments and the flows of their datagrams, on built packets. */
#include "support/build.h"

#include <flowscope/flowscope.h>

#include <glib.h>
#include <string.h>

#define SECOND 1000000000LL
#define LINK   BUILD_LINK_RAW

static flowscope_engine *engine;
static struct flowscope_config config;
static struct flowscope_counters counters;
static struct flowscope_result results[64]; /* by frame, as they stand now */
static uint64_t frames;
static unsigned settled;
static int64_t now_ns;
static GArray *ended;
static struct build whole; /* the packet that is cut */

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    (void)user;
    g_array_append_vals(ended, record, 1);
}

static void on_settled(void *user, uint64_t frame, const struct flowscope_result *result)
{
    (void)user;
    g_assert_true(results[frame].pending);
    g_assert_false(result->pending);
    results[frame] = *result;
    settled++;
}

static void begin(void)
{
    flowscope_config_init(&config);
    config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE;
}

static void setup(void)
{
    struct flowscope_sink sink = {
        .size = sizeof(sink), .flow_ended = on_ended, .frame_settled = on_settled};

    frames = settled = 0;
    now_ns = 1000 * SECOND;
    ended = g_array_new(FALSE, FALSE, sizeof(struct flowscope_flow_record));
    g_assert_cmpint(flowscope_engine_create(&engine, &config, &sink), ==, FLOWSCOPE_OK);
}

static void read_counters(void)
{
    counters.size = sizeof(counters);
    flowscope_engine_counters(engine, &counters);
    g_assert_cmpuint(counters.frames, ==, counters.packets_in_flows + counters.no_flow);
    g_assert_cmpuint(counters.datagrams, ==,
                     counters.datagrams_complete + counters.datagrams_incomplete +
                         counters.datagrams_damaged + counters.datagrams_shredded +
                         counters.datagrams_unkept + counters.datagrams_evicted);
}

/* Ends the run: every frame is settled, and the books are as they were before. */
static void teardown(void)
{
    struct flowscope_counters before;

    read_counters();
    before = counters;
    flowscope_engine_flush(engine);
    read_counters();
    g_assert_cmpuint(before.fragment_lost, ==, counters.fragment_lost);
    g_assert_cmpuint(before.datagrams_incomplete, ==, counters.datagrams_incomplete);
    for (uint64_t frame = 1; frame <= frames; frame++)
        g_assert_false(results[frame].pending);
    g_array_free(ended, TRUE);
    flowscope_engine_destroy(engine);
}

static const struct flowscope_result *feed_bytes(const uint8_t *bytes, uint32_t length,
                                                 uint32_t captured)
{
    const struct flowscope_packet packet = {.size = sizeof(packet),
                                            .link_type = LINK,
                                            .frame = ++frames,
                                            .data = bytes,
                                            .time_ns = now_ns,
                                            .captured_bytes = captured,
                                            .wire_bytes = length,
                                            .time_quality = FLOWSCOPE_TIME_GOOD,
                                            .is_packet = true};

    g_assert_cmpint(flowscope_engine_feed(engine, &packet, 1, &results[frames]), ==, FLOWSCOPE_OK);
    return &results[frames];
}

static const struct flowscope_result *feed(const struct build *b)
{
    return feed_bytes(b->data, b->length, b->length);
}

static void put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* The part [from, to) of what the first IP header of `whole` carries; to 0: to its end. */
static struct build part_of(const struct build *packet, unsigned id, uint32_t from, uint32_t to)
{
    const bool is_ipv6 = packet->data[0] >> 4 == 6;
    const uint32_t head = is_ipv6 ? 40 : 20, carried = packet->length - head;
    struct build part = {.length = head};
    const bool more = to != 0 && to < carried;

    if (to == 0)
        to = carried;
    memcpy(part.data, packet->data, head);
    if (is_ipv6) {
        part.data[40] = part.data[6];
        part.data[6] = 44;
        put16(part.data + 42, from | (more ? 1 : 0));
        put16(part.data + 46, id);
        put16(part.data + 4, 8 + to - from);
        part.length += 8;
    } else {
        put16(part.data + 2, 20 + to - from);
        put16(part.data + 4, id);
        put16(part.data + 6, from / 8 | (more ? 0x2000 : 0));
    }
    memcpy(part.data + part.length, packet->data + head + from, to - from);
    part.length += to - from;
    return part;
}

static const struct flowscope_result *feed_part(unsigned id, uint32_t from, uint32_t to)
{
    const struct build part = part_of(&whole, id, from, to);

    return feed(&part);
}

static void make_udp(unsigned version, uint16_t port, uint32_t payload)
{
    build_begin(&whole);
    if (version == 4)
        build_ipv4(&whole, "192.0.2.1", "198.51.100.2");
    else
        build_ipv6(&whole, "2001:db8::1", "2001:db8::2");
    build_udp(&whole, port, 53);
    build_fill(&whole, payload);
    build_end(&whole);
}

static void assert_packet(uint64_t frame, uint64_t flow_id, uint64_t number, uint64_t prev_frame)
{
    g_assert_cmpuint(results[frame].verdict, ==, FLOWSCOPE_VERDICT_ok);
    g_assert_cmpuint(results[frame].flow_id, ==, flow_id);
    g_assert_cmpuint(results[frame].packet_number, ==, number);
    g_assert_cmpuint(results[frame].prev_frame, ==, prev_frame);
    g_assert_cmpuint(results[frame].direction, ==, FLOWSCOPE_DIRECTION_FORWARD);
}

static void assert_waits(const struct flowscope_result *result)
{
    g_assert_cmpuint(result->verdict, ==, FLOWSCOPE_VERDICT_fragment_pending);
    g_assert_true(result->pending);
    g_assert_cmpuint(result->flow_id, ==, 0);
}

static const struct flowscope_flow_record *flush(uint64_t flow_id)
{
    flowscope_engine_flush(engine);
    return &g_array_index(ended, struct flowscope_flow_record, flow_id - 1);
}

/* Whatever the order, the flow reads the same. */
static void test_orders(void)
{
    static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                          {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const uint32_t cuts[4] = {0, 40, 80, 0};

    for (unsigned version = 4; version <= 6; version += 2)
        for (unsigned order = 0; order < 6; order++) {
            begin();
            setup();
            make_udp(version, 1000, 100);
            for (unsigned i = 0; i < 3; i++)
                feed_part(7, cuts[orders[order][i]], cuts[orders[order][i] + 1]);
            for (unsigned i = 0; i < 3; i++)
                assert_packet(i + 1, 1, i + 1, i);
            read_counters();
            g_assert_cmpuint(counters.packets_in_flows, ==, 3);
            g_assert_cmpuint(counters.datagrams_complete, ==, 1);
            g_assert_cmpuint(settled, ==,
                             orders[order][0] == 0   ? 0
                             : orders[order][1] == 0 ? 1
                                                     : 2);
            const struct flowscope_flow_record *record = flush(1);
            g_assert_cmpuint(record->first_frame, ==, 1);
            g_assert_cmpuint(record->last_frame, ==, 3);
            g_assert_cmpuint(record->packets[0], ==, 3);
            g_assert_cmpuint(record->bytes[0], ==, 108 + 3 * (version == 4 ? 20 : 48));
            g_assert_cmpuint(record->payload_bytes[0], ==, 100);
            g_assert_cmpuint(record->source_port, ==, 1000);
            teardown();
        }
}

/* A packet of the flow between a fragment and the one that tells: the late one has no link back. */
static void test_between(void)
{
    begin();
    setup();
    make_udp(4, 1000, 100);
    assert_waits(feed_part(7, 80, 0));
    feed(&whole);
    assert_packet(2, 1, 1, 0);
    feed_part(7, 0, 80);
    assert_packet(1, 1, 2, 0);
    assert_packet(3, 1, 3, 2);
    g_assert_cmpuint(flush(1)->first_frame, ==, 1);
    teardown();
}

static void test_lost(void)
{
    begin();
    setup();
    make_udp(4, 1000, 100);
    assert_waits(feed_part(7, 80, 0));
    make_udp(4, 1001, 10);
    now_ns += 30 * SECOND - 1;
    feed(&whole);
    g_assert_cmpuint(settled, ==, 0);
    now_ns += 1;
    feed(&whole);
    g_assert_cmpuint(settled, ==, 1);
    g_assert_cmpuint(results[1].verdict, ==, FLOWSCOPE_VERDICT_fragment_lost);
    read_counters();
    g_assert_cmpuint(counters.fragment_lost, ==, 1);
    g_assert_cmpuint(counters.datagrams_incomplete, ==, 1);
    make_udp(4, 1000, 100);
    feed_part(7, 0, 80); /* too late */
    assert_packet(4, 2, 1, 0);
    teardown();
}

/* A silence of hours does not part two fragments that come after it. */
static void test_silence(void)
{
    begin();
    setup();
    make_udp(4, 1000, 100);
    feed(&whole);
    now_ns += 7200 * SECOND;
    assert_waits(feed_part(7, 80, 0));
    feed_part(7, 0, 80);
    assert_packet(2, 2, 1, 0);
    assert_packet(3, 2, 2, 2);
    teardown();
}

static void test_window(void)
{
    begin();
    config.fragment_window = 3;
    setup();
    for (unsigned wait = 2; wait <= 3; wait++) {
        make_udp(4, 1000, 100);
        const uint64_t first = frames + 1;
        assert_waits(feed_part(wait, 80, 0));
        make_udp(4, 1001, 10);
        for (unsigned i = 0; i < wait; i++)
            feed(&whole);
        make_udp(4, 1000, 100);
        feed_part(wait, 0, 80);
        g_assert_cmpuint(results[first].verdict, ==,
                         wait == 2 ? FLOWSCOPE_VERDICT_ok : FLOWSCOPE_VERDICT_fragment_lost);
    }
    read_counters();
    g_assert_cmpuint(counters.fragments_outwaited, ==, 1);
    teardown();
}

/* A packet of `port` in VXLAN `vni`, from port `entropy`. */
static void make_vxlan(struct build *b, uint16_t entropy, uint32_t vni, const struct build *inside)
{
    build_begin(b);
    build_ipv4(b, "203.0.113.1", "203.0.113.2");
    build_udp(b, entropy, 4789);
    build_vxlan(b, vni);
    build_eth(b);
    build_type(b, inside->data[0] >> 4 == 6 ? 0x86dd : 0x0800);
    build_data(b, inside->data, inside->length);
    build_end(b);
}

/* The frame that completes the datagram has the flow inside, the others that of the tunnel. */
static void test_tunnel_in_fragments(void)
{
    struct build inside;

    begin();
    setup();
    make_udp(4, 1000, 100);
    inside = whole;
    make_vxlan(&whole, 50000, 42, &inside);
    assert_waits(feed_part(7, 80, 0));
    feed_part(7, 40, 80);
    feed_part(7, 0, 40);
    assert_packet(1, 1, 1, 0);
    assert_packet(2, 1, 2, 1);
    assert_packet(3, 2, 1, 0);
    g_assert_cmpuint(results[3].parent_id, ==, 1);
    const struct flowscope_flow_record *record = flush(2);
    g_assert_cmpuint(record->parent_id, ==, 1);
    g_assert_cmpuint(record->bytes[0], ==, 128);
    g_assert_cmpuint(record->source_port, ==, 1000);
    g_assert_cmpuint(record->layers[0].id, ==, 42);
    g_assert_cmpuint(flush(1)->packets[0], ==, 3);
    teardown();
}

/* Of a capture that cut its frames, the whole is read as far as it is known. */
static void test_cut_capture(void)
{
    struct build inside, part;

    begin();
    setup();
    make_udp(4, 1000, 400);
    inside = whole;
    make_vxlan(&whole, 50000, 42, &inside);
    part = part_of(&whole, 7, 0, 240);
    feed_bytes(part.data, part.length, 100);
    part = part_of(&whole, 7, 240, 0);
    feed_bytes(part.data, part.length, 30);
    g_assert_cmpuint(results[2].flow_id, ==, 2);
    g_assert_cmpuint(results[2].parent_id, ==, 1);
    teardown();
}

/* Fragments in a tunnel: the flow around it has them at once, their own when it is known. */
static void test_fragments_in_tunnel(void)
{
    struct build part, around;

    for (unsigned comes = 0; comes < 2; comes++) {
        begin();
        setup();
        make_udp(6, 1000, 100);
        part = part_of(&whole, 7, 80, 0);
        make_vxlan(&around, 50001, 42, &part);
        feed(&around);
        assert_packet(1, 1, 1, 0);
        g_assert_true(results[1].pending);
        read_counters();
        g_assert_cmpuint(counters.bytes, ==, around.length);
        if (comes) {
            part = part_of(&whole, 7, 0, 80);
            make_vxlan(&around, 50000, 42, &part); /* another port: the way of packets with ports */
            feed(&around);
            assert_packet(1, 3, 1, 0);
            g_assert_cmpuint(results[1].parent_id, ==, 1);
            assert_packet(2, 3, 2, 1);
            g_assert_cmpuint(results[2].parent_id, ==, 2);
            read_counters();
            g_assert_cmpuint(counters.nested, ==, 2);
            g_assert_cmpuint(counters.bytes, ==, 108 + 2 * 48);
        }
        flowscope_engine_flush(engine);
        assert_packet(1, comes ? 3 : 1, 1, 0);
        g_assert_cmpuint(ended->len, ==, comes ? 3 : 1);
        teardown();
    }
}

/* Cut before the tunnel, and again behind it. */
static void test_twice(void)
{
    struct build inner[2], outer[2];

    begin();
    setup();
    make_udp(4, 1000, 200);
    for (unsigned i = 0; i < 2; i++) {
        const struct build part = part_of(&whole, 7, i ? 104 : 0, i ? 0 : 104);
        make_vxlan(&inner[i], 50000, 42, &part);
    }
    for (unsigned i = 2; i-- > 0;)
        for (unsigned k = 2; k-- > 0;) {
            outer[k] = part_of(&inner[i], 20 + i, k ? 80 : 0, k ? 0 : 80);
            feed(&outer[k]);
        }
    for (uint64_t frame = 1; frame <= 4; frame++) /* frames that complete nothing: the tunnel's */
        g_assert_cmpuint(results[frame].flow_id, ==, frame % 2 ? 1 : 2);
    read_counters();
    g_assert_cmpuint(counters.datagrams_complete, ==, 3);
    const struct flowscope_flow_record *record = flush(2);
    g_assert_cmpuint(record->packets[0], ==, 2);
    g_assert_cmpuint(record->bytes[0], ==, 208 + 2 * 20);
    teardown();
}

/* Two networks with the same addresses and numbers never mix. */
static void test_tenants(void)
{
    struct build part, around;

    begin();
    setup();
    make_udp(4, 1000, 100);
    for (uint32_t vni = 1; vni <= 2; vni++) {
        part = part_of(&whole, 7, 0, 80);
        make_vxlan(&around, 50000, vni, &part);
        feed(&around);
    }
    for (uint32_t vni = 2; vni >= 1; vni--) {
        part = part_of(&whole, 7, 80, 0);
        make_vxlan(&around, 50000, vni, &part);
        g_assert_cmpuint(feed(&around)->flow_id, ==, vni + 1);
    }
    read_counters();
    g_assert_cmpuint(counters.datagrams_complete, ==, 2);
    g_assert_cmpuint(counters.datagrams_overlapping, ==, 0);
    teardown();
}

static void test_overlaps(void)
{
    for (unsigned version = 4; version <= 6; version += 2)
        for (unsigned repeats = 0; repeats < 2; repeats++) {
            struct build inside;

            begin();
            setup();
            make_udp(4, 1000, 100);
            inside = whole;
            build_begin(&whole);
            if (version == 4)
                build_ipv4(&whole, "203.0.113.1", "203.0.113.2");
            else
                build_ipv6(&whole, "2001:db8::7", "2001:db8::8");
            build_protocol(&whole, 4);
            build_data(&whole, inside.data, inside.length);
            build_end(&whole);
            feed_part(7, 0, 48);
            feed_part(7, repeats ? 0 : 40, repeats ? 48 : 56);
            feed_part(7, 48, 0);
            const bool complete = version == 4 || repeats;
            g_assert_cmpuint(results[3].flow_id, ==,
                             complete ? 2 : 1); /* the whole is looked into */
            read_counters();
            g_assert_cmpuint(counters.datagrams_complete, ==, complete);
            g_assert_cmpuint(counters.datagrams_damaged, ==, !complete);
            g_assert_cmpuint(counters.datagrams_overlapping, ==, !repeats);
            g_assert_cmpuint(flush(1)->packets[0], ==, 3);
            teardown();
        }
}

/* After the whole: repeats are packets of the flow, others begin a datagram. */
static void test_after_the_whole(void)
{
    begin();
    setup();
    make_udp(4, 1000, 100);
    feed_part(7, 0, 80);
    feed_part(7, 80, 0);
    feed_part(7, 80, 0);
    assert_packet(3, 1, 3, 2);
    make_udp(4, 1001, 92);
    assert_waits(feed_part(7, 80, 0));
    feed_part(7, 0, 80);
    assert_packet(4, 2, 1, 0);
    read_counters();
    g_assert_cmpuint(counters.datagrams_complete, ==, 2);
    teardown();
}

/* Eight bytes of a TCP header tell the flow; the whole tells the rest. */
static void test_tiny_first(void)
{
    begin();
    setup();
    build_begin(&whole);
    build_ipv4(&whole, "192.0.2.1", "198.51.100.2");
    build_tcp(&whole, 1000, 80, 1, 0, 2);
    build_fill(&whole, 20);
    build_end(&whole);
    feed_part(7, 0, 8);
    g_assert_cmpuint(results[1].tcp_state, ==, FLOWSCOPE_TCP_new);
    feed_part(7, 8, 0);
    g_assert_cmpuint(results[2].tcp_state, ==, FLOWSCOPE_TCP_syn_sent);
    g_assert_cmpuint(results[2].flow_id, ==, 1);
    teardown();
}

/* An authentication header fills the first fragment: the whole tells the flow. */
static void test_flow_of_the_whole(void)
{
    begin();
    setup();
    build_begin(&whole);
    build_ipv4(&whole, "192.0.2.1", "198.51.100.2");
    build_ah(&whole, 3);
    build_udp(&whole, 1000, 53);
    build_fill(&whole, 20);
    build_end(&whole);
    assert_waits(feed_part(7, 0, 24));
    assert_waits(feed_part(7, 24, 40));
    feed_part(7, 40, 0);
    for (uint64_t frame = 1; frame <= 3; frame++)
        assert_packet(frame, 1, frame, frame - 1);
    g_assert_cmpuint(flush(1)->source_port, ==, 1000);
    teardown();
}

/* Each limit, and what is left when it bites. */
static void test_limits(void)
{
    begin();
    config.max_datagrams = 2;
    setup();
    make_udp(4, 1000, 100);
    for (unsigned id = 0; id < 3; id++)
        assert_waits(feed_part(id, 80, 0));
    g_assert_cmpuint(results[1].verdict, ==, FLOWSCOPE_VERDICT_fragment_lost);
    read_counters();
    g_assert_cmpuint(counters.datagrams_evicted, ==, 1);
    teardown();

    begin();
    config.max_fragments = 2;
    setup();
    for (unsigned id = 0; id < 3; id++)
        feed_part(id, 80, 0);
    g_assert_cmpuint(results[1].verdict, ==, FLOWSCOPE_VERDICT_fragment_lost);
    g_assert_true(results[2].pending && results[3].pending);
    read_counters();
    g_assert_cmpuint(counters.datagrams_evicted, ==, 1);
    teardown();

    begin();
    config.fragment_bytes = 512; /* two chunks */
    setup();
    for (unsigned id = 0; id < 3; id++)
        feed_part(id, 80, 0);
    read_counters();
    g_assert_cmpuint(counters.datagrams_unkept, ==, 1);
    for (unsigned id = 0; id < 3; id++)
        feed_part(id, 0, 80);
    for (uint64_t frame = 1; frame <= 6; frame++) /* their flow is known all the same */
        g_assert_cmpuint(results[frame].flow_id, ==, 1);
    teardown();

    begin();
    config.datagram_fragments = 2;
    setup();
    feed_part(7, 0, 40);
    feed_part(7, 40, 80);
    feed_part(7, 80, 0);
    assert_packet(3, 1, 3, 2);
    read_counters();
    g_assert_cmpuint(counters.datagrams_shredded, ==, 1);
    teardown();

    begin();
    config.datagram_fragments = 2;
    setup();
    for (unsigned i = 0; i < 3; i++)
        feed_part(7, 16 + 8 * i, 24 + 8 * i);
    g_assert_true(results[2].pending);
    g_assert_cmpuint(results[3].verdict, ==, FLOWSCOPE_VERDICT_fragment_lost);
    read_counters();
    g_assert_cmpuint(counters.fragments_outwaited, ==, 1);
    teardown();
}

/* Two ends, and bytes past the end. */
static void test_damaged(void)
{
    begin();
    setup();
    make_udp(4, 1000, 100);
    feed_part(7, 0, 40);
    feed_part(7, 80, 0);
    make_udp(4, 1000, 60);
    feed_part(7, 40, 0);
    assert_packet(3, 1, 3, 2);
    read_counters();
    g_assert_cmpuint(counters.datagrams_damaged, ==, 1);
    teardown();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/fragments/orders", test_orders);
    g_test_add_func("/engine/fragments/between", test_between);
    g_test_add_func("/engine/fragments/lost", test_lost);
    g_test_add_func("/engine/fragments/silence", test_silence);
    g_test_add_func("/engine/fragments/window", test_window);
    g_test_add_func("/engine/fragments/tunnel-in-fragments", test_tunnel_in_fragments);
    g_test_add_func("/engine/fragments/cut-capture", test_cut_capture);
    g_test_add_func("/engine/fragments/fragments-in-tunnel", test_fragments_in_tunnel);
    g_test_add_func("/engine/fragments/twice", test_twice);
    g_test_add_func("/engine/fragments/tenants", test_tenants);
    g_test_add_func("/engine/fragments/overlaps", test_overlaps);
    g_test_add_func("/engine/fragments/after-the-whole", test_after_the_whole);
    g_test_add_func("/engine/fragments/tiny-first", test_tiny_first);
    g_test_add_func("/engine/fragments/flow-of-the-whole", test_flow_of_the_whole);
    g_test_add_func("/engine/fragments/limits", test_limits);
    g_test_add_func("/engine/fragments/damaged", test_damaged);
    return g_test_run();
}
