/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/clock.h"

#include "base/time.h"

#include <glib.h>

static void test_forward_and_back(void)
{
    struct fs_clock clock = {0};

    g_assert_cmpint(fs_clock_observe(&clock, 1000), ==, FS_CLOCK_FORWARD);
    g_assert_cmpint(fs_clock_observe(&clock, 1000), ==, FS_CLOCK_FORWARD);
    g_assert_cmpint(fs_clock_observe(&clock, 999), ==, FS_CLOCK_BACK);
    g_assert_cmpint(clock.now_ns, ==, 1000);
    g_assert_cmpint(fs_clock_observe(&clock, 1000 + FS_NS_HOUR), ==, FS_CLOCK_FORWARD);
    g_assert_cmpint(clock.now_ns, ==, 1000 + FS_NS_HOUR);
}

static void test_one_far_packet(void)
{
    struct fs_clock clock = {0};

    fs_clock_observe(&clock, 0);
    g_assert_cmpint(fs_clock_observe(&clock, 5 * FS_NS_HOUR), ==, FS_CLOCK_JUMP);
    g_assert_cmpint(clock.now_ns, ==, 0);
    g_assert_cmpint(fs_clock_observe(&clock, 10), ==, FS_CLOCK_FORWARD);
    g_assert_cmpint(clock.now_ns, ==, 10);
    g_assert_cmpint(fs_clock_observe(&clock, 5 * FS_NS_HOUR), ==, FS_CLOCK_JUMP);
}

static void test_two_that_agree(void)
{
    struct fs_clock clock = {0};

    fs_clock_observe(&clock, 0);
    fs_clock_observe(&clock, 5 * FS_NS_HOUR);
    g_assert_cmpint(fs_clock_observe(&clock, 5 * FS_NS_HOUR - 1), ==, FS_CLOCK_BELIEVE);
    g_assert_cmpint(clock.now_ns, ==, 5 * FS_NS_HOUR);
}

static void test_two_that_disagree(void)
{
    struct fs_clock clock = {0};

    fs_clock_observe(&clock, 0);
    fs_clock_observe(&clock, 5 * FS_NS_HOUR);
    g_assert_cmpint(fs_clock_observe(&clock, 9 * FS_NS_HOUR), ==, FS_CLOCK_JUMP);
    g_assert_cmpint(clock.now_ns, ==, 0);
    g_assert_cmpint(fs_clock_observe(&clock, 9 * FS_NS_HOUR), ==, FS_CLOCK_BELIEVE);
}

static void test_extremes(void)
{
    struct fs_clock clock = {0};

    fs_clock_observe(&clock, INT64_MIN);
    g_assert_cmpint(fs_clock_observe(&clock, INT64_MAX), ==, FS_CLOCK_JUMP);
    g_assert_cmpint(fs_clock_observe(&clock, INT64_MAX), ==, FS_CLOCK_BELIEVE);
    g_assert_cmpint(fs_clock_observe(&clock, INT64_MIN), ==, FS_CLOCK_BACK);
}

static void test_advance(void)
{
    struct fs_clock clock = {0};

    fs_clock_advance(&clock, -5);
    g_assert_cmpint(clock.now_ns, ==, -5);
    fs_clock_advance(&clock, 100 * FS_NS_HOUR);
    g_assert_cmpint(clock.now_ns, ==, 100 * FS_NS_HOUR);
    fs_clock_advance(&clock, 1);
    g_assert_cmpint(clock.now_ns, ==, 100 * FS_NS_HOUR);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/clock/forward-and-back", test_forward_and_back);
    g_test_add_func("/engine/clock/one-far-packet", test_one_far_packet);
    g_test_add_func("/engine/clock/two-that-agree", test_two_that_agree);
    g_test_add_func("/engine/clock/two-that-disagree", test_two_that_disagree);
    g_test_add_func("/engine/clock/extremes", test_extremes);
    g_test_add_func("/engine/clock/advance", test_advance);
    return g_test_run();
}
