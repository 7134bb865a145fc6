/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments and the flows of their datagrams, on built packets. */
#include "support/parts.h"

#include <string.h>

/* Whatever the order, the flow reads the same. */
static void test_orders(void)
{
    static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                          {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const uint32_t cuts[4] = {0, 40, 80, 0};

    for (unsigned version = 4; version <= 6; version += 2)
        for (unsigned order = 0; order < 6; order++) {
            parts_begin();
            parts_start();
            parts_udp(version, 1000, 100);
            for (unsigned i = 0; i < 3; i++)
                parts_feed_part(7, cuts[orders[order][i]], cuts[orders[order][i] + 1]);
            for (unsigned i = 0; i < 3; i++)
                parts_assert_packet(i + 1, 1, i + 1, i);
            parts_count();
            g_assert_cmpuint(parts.counters.packets_in_flows, ==, 3);
            g_assert_cmpuint(parts.counters.datagrams_complete, ==, 1);
            g_assert_cmpuint(parts.settled, ==,
                             orders[order][0] == 0   ? 0
                             : orders[order][1] == 0 ? 1
                                                     : 2);
            const struct flowscope_flow_record *record = parts_flush(1);
            g_assert_cmpuint(record->first_frame, ==, 1);
            g_assert_cmpuint(record->last_frame, ==, 3);
            g_assert_cmpuint(record->packets[0], ==, 3);
            g_assert_cmpuint(record->bytes[0], ==, 108 + 3 * (version == 4 ? 20 : 48));
            g_assert_cmpuint(record->payload_bytes[0], ==, 100);
            g_assert_cmpuint(record->source_port, ==, 1000);
            parts_stop();
        }
}

/* The frame that completes the datagram has the flow inside, the others that of the tunnel. */
static void test_tunnel_in_fragments(void)
{
    struct build inside;

    parts_begin();
    parts_start();
    parts_udp(4, 1000, 100);
    inside = parts.whole;
    parts_vxlan(&parts.whole, 50000, 42, &inside);
    parts_assert_waits(parts_feed_part(7, 80, 0));
    parts_feed_part(7, 40, 80);
    parts_feed_part(7, 0, 40);
    parts_assert_packet(1, 1, 1, 0);
    parts_assert_packet(2, 1, 2, 1);
    parts_assert_packet(3, 2, 1, 0);
    g_assert_cmpuint(parts.results[3].parent_id, ==, 1);
    const struct flowscope_flow_record *record = parts_flush(2);
    g_assert_cmpuint(record->parent_id, ==, 1);
    g_assert_cmpuint(record->bytes[0], ==, 128);
    g_assert_cmpuint(record->source_port, ==, 1000);
    g_assert_cmpuint(record->layers[0].id, ==, 42);
    g_assert_cmpuint(parts_flush(1)->packets[0], ==, 3);
    parts_stop();
}

/* Of a capture that cut its frames, the whole is read as far as it is known. */
static void test_cut_capture(void)
{
    struct build inside, part;

    parts_begin();
    parts_start();
    parts_udp(4, 1000, 400);
    inside = parts.whole;
    parts_vxlan(&parts.whole, 50000, 42, &inside);
    part = parts_of(&parts.whole, 7, 0, 240);
    parts_feed_bytes(part.data, part.length, 100);
    part = parts_of(&parts.whole, 7, 240, 0);
    parts_feed_bytes(part.data, part.length, 30);
    g_assert_cmpuint(parts.results[2].flow_id, ==, 2);
    g_assert_cmpuint(parts.results[2].parent_id, ==, 1);
    parts_stop();
}

/* Fragments in a tunnel: the flow around it has them at once, their own when it is known. */
static void test_fragments_in_tunnel(void)
{
    struct build part, around;

    for (unsigned comes = 0; comes < 2; comes++) {
        parts_begin();
        parts_start();
        parts_udp(6, 1000, 100);
        part = parts_of(&parts.whole, 7, 80, 0);
        parts_vxlan(&around, 50001, 42, &part);
        parts_feed(&around);
        parts_assert_packet(1, 1, 1, 0);
        g_assert_true(parts.results[1].pending);
        parts_count();
        g_assert_cmpuint(parts.counters.bytes, ==, around.length);
        if (comes) {
            part = parts_of(&parts.whole, 7, 0, 80);
            parts_vxlan(&around, 50000, 42,
                        &part); /* another port: the way of packets with ports */
            parts_feed(&around);
            parts_assert_packet(1, 3, 1, 0);
            g_assert_cmpuint(parts.results[1].parent_id, ==, 1);
            parts_assert_packet(2, 3, 2, 1);
            g_assert_cmpuint(parts.results[2].parent_id, ==, 2);
            parts_count();
            g_assert_cmpuint(parts.counters.nested, ==, 2);
            g_assert_cmpuint(parts.counters.bytes, ==, 108 + 2 * 48);
        }
        flowscope_engine_flush(parts.engine);
        parts_assert_packet(1, comes ? 3 : 1, 1, 0);
        g_assert_cmpuint(parts.ended->len, ==, comes ? 3 : 1);
        parts_stop();
    }
}

/* Cut before the tunnel, and again behind it. */
static void test_twice(void)
{
    struct build inner[2], outer[2];

    parts_begin();
    parts_start();
    parts_udp(4, 1000, 200);
    for (unsigned i = 0; i < 2; i++) {
        const struct build part = parts_of(&parts.whole, 7, i ? 104 : 0, i ? 0 : 104);
        parts_vxlan(&inner[i], 50000, 42, &part);
    }
    for (unsigned i = 2; i-- > 0;)
        for (unsigned k = 2; k-- > 0;) {
            outer[k] = parts_of(&inner[i], 20 + i, k ? 80 : 0, k ? 0 : 80);
            parts_feed(&outer[k]);
        }
    for (uint64_t frame = 1; frame <= 4; frame++) /* frames that complete nothing: the tunnel's */
        g_assert_cmpuint(parts.results[frame].flow_id, ==, frame % 2 ? 1 : 2);
    parts_count();
    g_assert_cmpuint(parts.counters.datagrams_complete, ==, 3);
    const struct flowscope_flow_record *record = parts_flush(2);
    g_assert_cmpuint(record->packets[0], ==, 2);
    g_assert_cmpuint(record->bytes[0], ==, 208 + 2 * 20);
    parts_stop();
}

/* Two networks with the same addresses and numbers never mix. */
static void test_tenants(void)
{
    struct build part, around;

    parts_begin();
    parts_start();
    parts_udp(4, 1000, 100);
    for (uint32_t vni = 1; vni <= 2; vni++) {
        part = parts_of(&parts.whole, 7, 0, 80);
        parts_vxlan(&around, 50000, vni, &part);
        parts_feed(&around);
    }
    for (uint32_t vni = 2; vni >= 1; vni--) {
        part = parts_of(&parts.whole, 7, 80, 0);
        parts_vxlan(&around, 50000, vni, &part);
        g_assert_cmpuint(parts_feed(&around)->flow_id, ==, vni + 1);
    }
    parts_count();
    g_assert_cmpuint(parts.counters.datagrams_complete, ==, 2);
    g_assert_cmpuint(parts.counters.datagrams_overlapping, ==, 0);
    parts_stop();
}

static void test_overlaps(void)
{
    for (unsigned version = 4; version <= 6; version += 2)
        for (unsigned repeats = 0; repeats < 2; repeats++) {
            struct build inside;

            parts_begin();
            parts_start();
            parts_udp(4, 1000, 100);
            inside = parts.whole;
            build_begin(&parts.whole);
            if (version == 4)
                build_ipv4(&parts.whole, "203.0.113.1", "203.0.113.2");
            else
                build_ipv6(&parts.whole, "2001:db8::7", "2001:db8::8");
            build_protocol(&parts.whole, 4);
            build_data(&parts.whole, inside.data, inside.length);
            build_end(&parts.whole);
            parts_feed_part(7, 0, 48);
            parts_feed_part(7, repeats ? 0 : 40, repeats ? 48 : 56);
            parts_feed_part(7, 48, 0);
            const bool complete = version == 4 || repeats;
            g_assert_cmpuint(parts.results[3].flow_id, ==,
                             complete ? 2 : 1); /* the whole is looked into */
            parts_count();
            g_assert_cmpuint(parts.counters.datagrams_complete, ==, complete);
            g_assert_cmpuint(parts.counters.datagrams_damaged, ==, !complete);
            g_assert_cmpuint(parts.counters.datagrams_overlapping, ==, !repeats);
            g_assert_cmpuint(parts_flush(1)->packets[0], ==, 3);
            parts_stop();
        }
}

/* After the whole: repeats are packets of the flow, others begin a datagram. */
static void test_after_the_whole(void)
{
    parts_begin();
    parts_start();
    parts_udp(4, 1000, 100);
    parts_feed_part(7, 0, 80);
    parts_feed_part(7, 80, 0);
    parts_feed_part(7, 80, 0);
    parts_assert_packet(3, 1, 3, 2);
    parts_udp(4, 1001, 92);
    parts_assert_waits(parts_feed_part(7, 80, 0));
    parts_feed_part(7, 0, 80);
    parts_assert_packet(4, 2, 1, 0);
    parts_count();
    g_assert_cmpuint(parts.counters.datagrams_complete, ==, 2);
    parts_stop();
}

/* Eight bytes of a TCP header tell the flow; the whole tells the rest. */
static void test_tiny_first(void)
{
    parts_begin();
    parts_start();
    build_begin(&parts.whole);
    build_ipv4(&parts.whole, "192.0.2.1", "198.51.100.2");
    build_tcp(&parts.whole, 1000, 80, 1, 0, 2);
    build_fill(&parts.whole, 20);
    build_end(&parts.whole);
    parts_feed_part(7, 0, 8);
    g_assert_cmpuint(parts.results[1].tcp_state, ==, FLOWSCOPE_TCP_new);
    parts_feed_part(7, 8, 0);
    g_assert_cmpuint(parts.results[2].tcp_state, ==, FLOWSCOPE_TCP_syn_sent);
    g_assert_cmpuint(parts.results[2].flow_id, ==, 1);
    parts_stop();
}

/* An authentication header of 24 bytes fills the first fragment, or more: the whole tells the
 * flow. */
static void check_flow_of_the_whole(uint32_t first_bytes)
{
    parts_begin();
    parts_start();
    build_begin(&parts.whole);
    build_ipv4(&parts.whole, "192.0.2.1", "198.51.100.2");
    build_ah(&parts.whole, 3);
    build_udp(&parts.whole, 1000, 53);
    build_fill(&parts.whole, 20);
    build_end(&parts.whole);
    parts_assert_waits(parts_feed_part(7, 0, first_bytes));
    parts_assert_waits(parts_feed_part(7, first_bytes, 40));
    parts_feed_part(7, 40, 0);
    for (uint64_t frame = 1; frame <= 3; frame++)
        parts_assert_packet(frame, 1, frame, frame - 1);
    g_assert_cmpuint(parts_flush(1)->source_port, ==, 1000);
    parts_stop();
}

static void test_flow_of_the_whole(void)
{
    for (uint32_t bytes = 8; bytes <= 24; bytes += 8)
        check_flow_of_the_whole(bytes);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/fragments/orders", test_orders);
    g_test_add_func("/engine/fragments/tunnel-in-fragments", test_tunnel_in_fragments);
    g_test_add_func("/engine/fragments/cut-capture", test_cut_capture);
    g_test_add_func("/engine/fragments/fragments-in-tunnel", test_fragments_in_tunnel);
    g_test_add_func("/engine/fragments/twice", test_twice);
    g_test_add_func("/engine/fragments/tenants", test_tenants);
    g_test_add_func("/engine/fragments/overlaps", test_overlaps);
    g_test_add_func("/engine/fragments/after-the-whole", test_after_the_whole);
    g_test_add_func("/engine/fragments/tiny-first", test_tiny_first);
    g_test_add_func("/engine/fragments/flow-of-the-whole", test_flow_of_the_whole);
    return g_test_run();
}
