/* SPDX-License-Identifier: BSD-2-Clause */
/* Unknown link types: counted by type, bounded, and the rest of the capture goes on. */
#include "engine/link_types.h"
#include "support/build.h"

#include <flowscope/flowscope.h>

#include <glib.h>

static flowscope_engine *engine;
static struct build b;

static void feed(uint32_t link_type)
{
    struct flowscope_packet packet;

    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_udp(&b, 1, 2);
    build_end(&b);
    packet = build_packet(&b, link_type);
    g_assert_cmpint(flowscope_engine_feed(engine, &packet, 1, NULL), ==, FLOWSCOPE_OK);
}

static struct flowscope_counters counters(void)
{
    struct flowscope_counters now = {.size = sizeof(now)};

    g_assert_cmpint(flowscope_engine_counters(engine, &now), ==, FLOWSCOPE_OK);
    return now;
}

static void test_by_type(void)
{
    g_assert_cmpint(flowscope_engine_create(&engine, NULL, NULL), ==, FLOWSCOPE_OK);
    feed(189);
    feed(1);
    feed(147);
    feed(189);
    feed(FLOWSCOPE_LINK_TYPE_NONE);
    feed(197); /* ERF: Wireshark has no number for it */
    feed(19);
    feed(106); /* the same encapsulation */
    const struct flowscope_counters now = counters();
    flowscope_engine_destroy(engine);
    g_assert_cmpuint(now.unknown_link_type, ==, 7);
    g_assert_cmpuint(now.packets_in_flows, ==, 1);
    g_assert_cmpuint(now.unknown_types[0].link_type, ==, 189);
    g_assert_cmpuint(now.unknown_types[0].packets, ==, 2);
    g_assert_cmpuint(now.unknown_types[1].link_type, ==, 147);
    g_assert_cmpuint(now.unknown_types[1].packets, ==, 1);
    g_assert_cmpuint(now.unknown_types[2].link_type, ==, 16);
    g_assert_cmpuint(now.unknown_types[2].packets, ==, 2);
    g_assert_cmpuint(now.unknown_types[3].packets, ==, 0);
    g_assert_cmpuint(now.unknown_types_other, ==, 2);
}

/* More types than there is room for; and the sums of two runs. */
static void test_bounded(void)
{
    struct flowscope_counters sum = {.size = sizeof(sum)};
    uint64_t packets = 0;

    g_assert_cmpint(flowscope_engine_create(&engine, NULL, NULL), ==, FLOWSCOPE_OK);
    for (uint32_t type = 1000; type < 1000 + 2 * FLOWSCOPE_UNKNOWN_TYPES_MAX; type++)
        feed(type);
    feed(1000);
    const struct flowscope_counters now = counters();
    flowscope_engine_destroy(engine);
    g_assert_cmpuint(now.unknown_types_other, ==, FLOWSCOPE_UNKNOWN_TYPES_MAX);
    flowscope_counters_add_unknown(&sum, &now);
    flowscope_counters_add_unknown(&sum, &now);
    for (unsigned i = 0; i < FLOWSCOPE_UNKNOWN_TYPES_MAX; i++) {
        g_assert_cmpuint(now.unknown_types[i].link_type, ==, 1000 + i);
        g_assert_cmpuint(sum.unknown_types[i].packets, ==, 2 * now.unknown_types[i].packets);
        packets += now.unknown_types[i].packets;
    }
    g_assert_cmpuint(packets + now.unknown_types_other, ==, now.unknown_link_type);
    g_assert_cmpuint(sum.unknown_types_other, ==, 2 * now.unknown_types_other);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/link_types/by_type", test_by_type);
    g_test_add_func("/engine/link_types/bounded", test_bounded);
    return g_test_run();
}
