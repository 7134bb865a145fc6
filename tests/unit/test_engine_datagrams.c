/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams that are given up or dropped: limits, damage, time. */
#include "support/parts.h"

enum left { NOTHING, WAITS, LOST, IN_FLOW };

/* Each limit, what counts how often it bites, and what is left of the parts then. */
static const struct limit {
    uint64_t *option;
    uint64_t value;
    const uint64_t *counter;
    uint64_t bites;
    struct {
        unsigned id;
        uint32_t from, to;
        enum left left;
    } fed[6];
} limits[] = {
    {&parts.config.max_datagrams,
     2,
     &parts.counters.datagrams_evicted,
     1,
     {{0, 80, 0, LOST}, {1, 80, 0, WAITS}, {2, 80, 0, WAITS}}},
    {&parts.config.max_fragments,
     2,
     &parts.counters.datagrams_evicted,
     1,
     {{0, 80, 0, LOST}, {1, 80, 0, WAITS}, {2, 80, 0, WAITS}}},
    {&parts.config.fragment_bytes, /* two chunks: the flow is known all the same */
     512,
     &parts.counters.datagrams_unkept,
     2,
     {{0, 80, 0, IN_FLOW},
      {1, 80, 0, IN_FLOW},
      {2, 80, 0, IN_FLOW},
      {0, 0, 80, IN_FLOW},
      {1, 0, 80, IN_FLOW},
      {2, 0, 80, IN_FLOW}}},
    {&parts.config.datagram_fragments,
     2,
     &parts.counters.datagrams_shredded,
     1,
     {{7, 0, 40, IN_FLOW}, {7, 40, 80, IN_FLOW}, {7, 80, 0, IN_FLOW}}},
    {&parts.config.datagram_fragments,
     2,
     &parts.counters.fragments_outwaited,
     1,
     {{7, 16, 24, WAITS}, {7, 24, 32, WAITS}, {7, 32, 40, LOST}}},
};

static void check_left(const struct limit *limit, uint64_t fed)
{
    for (uint64_t i = 0; i < fed; i++) {
        const struct flowscope_result *result = &parts.results[i + 1];
        g_assert_cmpint(result->pending, ==, limit->fed[i].left == WAITS);
        g_assert_cmpint(result->verdict == FLOWSCOPE_VERDICT_fragment_lost, ==,
                        limit->fed[i].left == LOST);
        g_assert_cmpuint(result->flow_id, ==, limit->fed[i].left == IN_FLOW);
    }
    if (limit->fed[fed - 1].left == IN_FLOW)
        g_assert_cmpuint(parts.results[fed].packet_number, ==, fed);
}

static void test_limits(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(limits); i++) {
        const struct limit *limit = &limits[i];
        uint64_t fed = 0;
        parts_begin();
        *limit->option = limit->value;
        parts_start();
        parts_udp(4, 1000, 100);
        for (; fed < G_N_ELEMENTS(limit->fed) && limit->fed[fed].left != NOTHING; fed++)
            parts_feed_part(limit->fed[fed].id, limit->fed[fed].from, limit->fed[fed].to);
        check_left(limit, fed);
        parts_count();
        g_assert_cmpuint(*limit->counter, ==, limit->bites);
        parts_stop();
    }
}

/* Two ends, and bytes past the end. */
static void test_damaged(void)
{
    parts_begin();
    parts_start();
    parts_udp(4, 1000, 100);
    parts_feed_part(7, 0, 40);
    parts_feed_part(7, 80, 0);
    parts_udp(4, 1000, 60);
    parts_feed_part(7, 40, 0);
    parts_assert_packet(3, 1, 3, 2);
    parts_count();
    g_assert_cmpuint(parts.counters.datagrams_damaged, ==, 1);
    parts_stop();
}

/* Repeats find the datagram until its time is over; then the same number begins another. */
static void test_time(void)
{
    parts_begin();
    parts_start();
    parts_udp(4, 1000, 100);
    parts_feed_part(7, 0, 80);
    parts_feed_part(7, 80, 0);
    parts.now_ns += 30 * PARTS_SECOND - 1;
    parts_feed_part(7, 80, 0);
    parts_assert_packet(3, 1, 3, 2);
    parts.now_ns += 1;
    parts_assert_waits(parts_feed_part(7, 80, 0));
    parts_count();
    g_assert_cmpuint(parts.counters.datagrams, ==, 2);
    g_assert_cmpuint(parts.counters.datagrams_complete, ==, 1);
    parts_stop();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/datagrams/limits", test_limits);
    g_test_add_func("/engine/datagrams/damaged", test_damaged);
    g_test_add_func("/engine/datagrams/time", test_time);
    return g_test_run();
}
