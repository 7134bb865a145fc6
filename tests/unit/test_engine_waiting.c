/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments that come before the one that tells their flow, under every key. */
#include "support/parts.h"

#include <string.h>

/* A packet of the flow between a fragment and the one that tells: the late one has no link back. */
static void test_between(void)
{
    parts_begin();
    parts_start();
    parts_udp(4, 1000, 100);
    parts_assert_waits(parts_feed_part(7, 80, 0));
    parts_feed(&parts.whole);
    parts_assert_packet(2, 1, 1, 0);
    parts_feed_part(7, 0, 80);
    parts_assert_packet(1, 1, 2, 0);
    parts_assert_packet(3, 1, 3, 2);
    g_assert_cmpuint(parts_flush(1)->first_frame, ==, 1);
    parts_stop();
}

static void test_lost(void)
{
    parts_begin();
    parts_start();
    parts_udp(4, 1000, 100);
    parts_assert_waits(parts_feed_part(7, 80, 0));
    parts_udp(4, 1001, 10);
    parts.now_ns += 30 * PARTS_SECOND - 1;
    parts_feed(&parts.whole);
    g_assert_cmpuint(parts.settled, ==, 0);
    parts.now_ns += 1;
    parts_feed(&parts.whole);
    g_assert_cmpuint(parts.settled, ==, 1);
    g_assert_cmpuint(parts.results[1].verdict, ==, FLOWSCOPE_VERDICT_fragment_lost);
    parts_count();
    g_assert_cmpuint(parts.counters.fragment_lost, ==, 1);
    g_assert_cmpuint(parts.counters.datagrams_incomplete, ==, 1);
    parts_udp(4, 1000, 100);
    parts_feed_part(7, 0, 80); /* too late */
    parts_assert_packet(4, 2, 1, 0);
    parts_stop();
}

/* A silence of hours does not part two fragments that come after it. */
static void test_silence(void)
{
    parts_begin();
    parts_start();
    parts_udp(4, 1000, 100);
    parts_feed(&parts.whole);
    parts.now_ns += 7200 * PARTS_SECOND;
    parts_assert_waits(parts_feed_part(7, 80, 0));
    parts_feed_part(7, 0, 80);
    parts_assert_packet(2, 2, 1, 0);
    parts_assert_packet(3, 2, 2, 2);
    parts_stop();
}

static void test_window(void)
{
    parts_begin();
    parts.config.fragment_window = 3;
    parts_start();
    for (unsigned wait = 2; wait <= 3; wait++) {
        parts_udp(4, 1000, 100);
        const uint64_t first = parts.frames + 1;
        parts_assert_waits(parts_feed_part(wait, 80, 0));
        parts_udp(4, 1001, 10);
        for (unsigned i = 0; i < wait; i++)
            parts_feed(&parts.whole);
        parts_udp(4, 1000, 100);
        parts_feed_part(wait, 0, 80);
        g_assert_cmpuint(parts.results[first].verdict, ==,
                         wait == 2 ? FLOWSCOPE_VERDICT_ok : FLOWSCOPE_VERDICT_fragment_lost);
    }
    parts_count();
    g_assert_cmpuint(parts.counters.fragments_outwaited, ==, 1);
    parts_stop();
}

/* Keys for which a fragment's own headers are enough: none waits, whatever the order. */
static void start_with_key(uint64_t key, flowscope_key_function *function)
{
    parts_begin();
    parts.link_type = BUILD_LINK_ETHERNET;
    parts.config.key = key;
    parts.config.key_function = function;
    parts_start();
}

/* UDP over IPv6 with a flow label, in VXLAN between other MAC addresses. */
static void make_tunnel(void)
{
    build_begin(&parts.whole);
    build_eth(&parts.whole);
    build_ipv4(&parts.whole, "203.0.113.1", "203.0.113.2");
    build_udp(&parts.whole, 50000, 4789);
    build_vxlan(&parts.whole, 42);
    build_eth_between(&parts.whole, 0x31, 0x32);
    build_ipv6(&parts.whole, "2001:db8::1", "2001:db8::2");
    build_udp(&parts.whole, 1000, 53);
    build_fill(&parts.whole, 60);
    build_end(&parts.whole);
    parts.whole.data[parts.whole.ip + 3] = 0x77;
}

static void assert_tunnel_record(uint64_t key)
{
    const struct flowscope_flow_record *inner = parts_flush(2);
    const struct flowscope_flow_record *outer = parts_flush(1);

    g_assert_cmpuint(parts.ended->len, ==, 2);
    g_assert_cmpuint(inner->key, ==, key);
    g_assert_cmpuint(inner->parent_id, ==, 1);
    g_assert_cmpuint(inner->packets[0], ==, 1);
    g_assert_cmpuint(inner->bytes[0], ==, 40 + 8 + 60);
    g_assert_cmpuint(inner->layers[0].id, ==, 42);
    g_assert_cmpuint(outer->packets[0], ==, 3);
    switch (key) {
    case FLOWSCOPE_KEY_MAC_PAIR:
        g_assert_cmpuint(inner->source[5], ==, 0x31);
        g_assert_cmpuint(outer->source[5], ==, 0x01);
        break;
    case FLOWSCOPE_KEY_FLOW_LABEL:
        g_assert_cmpuint(inner->destination_port, ==, 0x77);
        g_assert_cmpuint(outer->destination_port, ==, 0);
        /* fall through */
    default:
        g_assert_cmpuint(inner->source[0], ==, 0x20);
        g_assert_cmpuint(outer->source[0], ==, 203);
    }
}

static void test_keys_without_ports(void)
{
    static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                          {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const uint32_t cuts[4] = {0, 40, 80, 0};

    for (uint64_t key = FLOWSCOPE_KEY_IP_PAIR; key <= FLOWSCOPE_KEY_FLOW_LABEL; key++)
        for (unsigned order = 0; order < 6; order++) {
            start_with_key(key, NULL);
            make_tunnel();
            for (unsigned i = 0; i < 3; i++)
                parts_feed_part(7, cuts[orders[order][i]], cuts[orders[order][i] + 1]);
            parts_assert_packet(1, 1, 1, 0);
            parts_assert_packet(2, 1, 2, 1);
            parts_assert_packet(3, 2, 1, 0); /* the whole has the flow inside */
            g_assert_cmpuint(parts.results[3].parent_id, ==, 1);
            g_assert_cmpuint(parts.settled, ==, 0);
            assert_tunnel_record(key);
            parts_stop();
        }
}

/* A later fragment of a datagram that never comes is a packet like others. */
static void test_keys_never_lost(void)
{
    for (uint64_t key = FLOWSCOPE_KEY_IP_PAIR; key <= FLOWSCOPE_KEY_FLOW_LABEL; key++) {
        start_with_key(key, NULL);
        parts_udp(6, 1000, 100);
        parts_feed_part(7, 80, 0);
        parts_assert_packet(1, 1, 1, 0);
        parts_count();
        g_assert_cmpuint(parts.counters.fragment_pending, ==, 0);
        g_assert_cmpuint(parts_flush(1)->payload_bytes[0], ==, 28);
        parts_stop();
    }
}

static unsigned without_ports; /* calls for levels that have none */

/* A flow for each source port but 9. */
static bool by_port(void *user, const struct flowscope_packet *packet,
                    const struct flowscope_level *level, struct flowscope_own_key *key)
{
    (void)user;
    (void)packet;
    without_ports += !level->has_ports;
    key->bytes[0] = (uint8_t)level->source_port;
    return level->has_ports && level->source_port != 9;
}

/* A flow for each source address. */
static bool by_source(void *user, const struct flowscope_packet *packet,
                      const struct flowscope_level *level, struct flowscope_own_key *key)
{
    (void)user;
    (void)packet;
    key->bytes[0] = level->source[0];
    return true;
}

static void test_own_key_waits(void)
{
    start_with_key(FLOWSCOPE_KEY_FIVE_TUPLE, by_port);
    without_ports = 0;
    parts_udp(4, 1, 100);
    parts_assert_waits(parts_feed_part(7, 80, 0));
    g_assert_cmpuint(without_ports, ==, 1);
    parts_feed_part(7, 0, 40);
    parts_assert_packet(1, 1, 1, 0);
    parts_assert_packet(2, 1, 2, 1);
    parts_feed_part(7, 40, 80);
    parts_assert_packet(3, 1, 3, 2);
    g_assert_cmpuint(without_ports, ==, 1);
    g_assert_cmpuint(parts.settled, ==, 1);
    parts_assert_waits(parts_feed_part(8, 80, 0)); /* and the first one never comes */
    g_assert_cmpuint(parts_flush(1)->packets[0], ==, 3);
    g_assert_cmpuint(parts.results[4].verdict, ==, FLOWSCOPE_VERDICT_fragment_lost);
    parts_stop();

    start_with_key(FLOWSCOPE_KEY_FIVE_TUPLE, by_source);
    parts_udp(4, 1, 100);
    parts_feed_part(7, 80, 0);
    parts_assert_packet(1, 1, 1, 0);
    parts_stop();
}

/* The first fragment shows that an own function wants no flow of it: of the others neither. */
static void test_own_key_unwanted(void)
{
    start_with_key(FLOWSCOPE_KEY_FIVE_TUPLE, by_port);
    parts_udp(4, 9, 100);
    parts_assert_waits(parts_feed_part(7, 80, 0));
    parts_feed_part(7, 0, 40);
    parts_feed_part(7, 40, 80);
    for (uint64_t frame = 1; frame <= 3; frame++)
        g_assert_cmpuint(parts.results[frame].verdict, ==, FLOWSCOPE_VERDICT_no_key);
    g_assert_cmpuint(parts.settled, ==, 1);
    parts_count();
    g_assert_cmpuint(parts.counters.no_key, ==, 3);
    g_assert_cmpuint(parts.counters.fragment_pending, ==, 0);
    g_assert_cmpuint(parts.counters.datagrams_complete, ==, 1);
    parts_stop();
}

/* The tunnel has no flow, but what is inside of the whole has; its place is not that of its
 * level. */
static void test_own_key_inside(void)
{
    start_with_key(FLOWSCOPE_KEY_FIVE_TUPLE, by_port);
    build_begin(&parts.whole);
    build_eth(&parts.whole);
    build_ipv4(&parts.whole, "203.0.113.1", "203.0.113.2");
    build_gre(&parts.whole, 0, 0);
    build_ipv4(&parts.whole, "192.0.2.1", "192.0.2.2");
    build_udp(&parts.whole, 5, 53);
    build_fill(&parts.whole, 60);
    build_end(&parts.whole);
    parts_assert_waits(parts_feed_part(7, 40, 0));
    parts_feed_part(7, 0, 40);
    g_assert_cmpuint(parts.results[1].verdict, ==, FLOWSCOPE_VERDICT_no_key);
    parts_assert_packet(2, 1, 1, 0);
    g_assert_cmpuint(parts.results[2].parent_id, ==, 0);
    parts_stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/waiting/between", test_between);
    g_test_add_func("/engine/waiting/lost", test_lost);
    g_test_add_func("/engine/waiting/silence", test_silence);
    g_test_add_func("/engine/waiting/window", test_window);
    g_test_add_func("/engine/waiting/keys-without-ports", test_keys_without_ports);
    g_test_add_func("/engine/waiting/keys-never-lost", test_keys_never_lost);
    g_test_add_func("/engine/waiting/own-key-waits", test_own_key_waits);
    g_test_add_func("/engine/waiting/own-key-unwanted", test_own_key_unwanted);
    g_test_add_func("/engine/waiting/own-key-inside", test_own_key_inside);
    return g_test_run();
}
