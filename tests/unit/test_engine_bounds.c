/* SPDX-License-Identifier: BSD-2-Clause */
/* How full everything was at most. */
#include "support/drive.h"

static struct drive drive;

static void check(enum flowscope_bound_kind kind, uint64_t most, uint64_t limit)
{
    struct flowscope_counters counters = drive_counters(&drive);

    g_assert_cmpuint(counters.bounds[kind].most, ==, most);
    g_assert_cmpuint(counters.bounds[kind].limit, ==, limit);
}

static void test_flows(void)
{
    drive_init(&drive);
    drive.config.max_flows = 1000;
    drive_start(&drive);
    check(FLOWSCOPE_BOUND_flows, 0, 1000);
    for (uint16_t port = 1; port <= 400; port++) {
        drive_udp(&drive, port, 53, false, 0);
        if (port % 2)
            flowscope_engine_close_flow(drive.engine, port);
    }
    check(FLOWSCOPE_BOUND_flows, 200, 1000); /* a slot given back is the next to be taken */
    flowscope_engine_flush(drive.engine);
    drive_udp(&drive, 1, 53, false, 0);
    check(FLOWSCOPE_BOUND_flows, 200, 1000);
    flowscope_engine_reset(drive.engine);
    check(FLOWSCOPE_BOUND_flows, 0, 1000);
    drive_stop(&drive);
}

static void test_buckets(void)
{
    struct flowscope_counters counters;

    drive_init(&drive);
    drive.config.max_flows = 10000;
    drive_start(&drive);
    for (uint16_t port = 1; port <= 600; port++)
        drive_udp(&drive, port, 53, false, 0);
    counters = drive_counters(&drive);
    g_assert_cmpuint(counters.bounds[FLOWSCOPE_BOUND_flow_buckets].most, ==, 256);
    flowscope_engine_flush(drive.engine);
    check(FLOWSCOPE_BOUND_flow_buckets, 256, counters.bounds[FLOWSCOPE_BOUND_flow_buckets].limit);
    drive_stop(&drive);
}

static void test_timeouts(void)
{
    drive_init(&drive);
    drive.config.port_timeout[0] = (struct flowscope_port_timeout){.timeout_ns = 7, .port = 53};
    drive.config.port_timeout[1] = (struct flowscope_port_timeout){.timeout_ns = 9, .port = 54};
    drive_start(&drive);
    drive_udp(&drive, 1, 53, false, 0);
    drive_udp(&drive, 2, 53, false, 0);
    check(FLOWSCOPE_BOUND_timeouts, 1, FS_TIMEOUTS_OWN);
    drive_udp(&drive, 1, 54, false, 0);
    check(FLOWSCOPE_BOUND_timeouts, 2, FS_TIMEOUTS_OWN);
    drive_stop(&drive);
}

static void test_fragments_and_copies(void)
{
    drive_init(&drive);
    drive.config.duplicates = FLOWSCOPE_DUPLICATES_MARK;
    drive_start(&drive);
    build_begin(&drive.build);
    build_eth(&drive.build);
    build_ipv4(&drive.build, "192.0.2.1", "198.51.100.2");
    build_ipv4_fragment(&drive.build, 0, true);
    build_udp(&drive.build, 1, 53);
    build_fill(&drive.build, 312);
    build_end(&drive.build);
    drive_frame(&drive, 0);
    check(FLOWSCOPE_BOUND_datagrams, 1, drive.config.max_datagrams);
    check(FLOWSCOPE_BOUND_fragments, 1, drive.config.max_fragments);
    g_assert_cmpuint(drive_counters(&drive).bounds[FLOWSCOPE_BOUND_fragment_chunks].most, ==, 2);
    check(FLOWSCOPE_BOUND_dup_frames, 1, drive.config.dup_frames);
    drive_stop(&drive);
}

static void test_words(void)
{
    g_assert_cmpstr(flowscope_bound_name(FLOWSCOPE_BOUND_flows), ==, "flows");
    g_assert_cmpstr(flowscope_bound_name(FLOWSCOPE_BOUND_COUNT), ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/bounds/flows", test_flows);
    g_test_add_func("/engine/bounds/buckets", test_buckets);
    g_test_add_func("/engine/bounds/timeouts", test_timeouts);
    g_test_add_func("/engine/bounds/fragments-and-copies", test_fragments_and_copies);
    g_test_add_func("/engine/bounds/words", test_words);
    return g_test_run();
}
