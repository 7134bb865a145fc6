/* SPDX-License-Identifier: BSD-2-Clause */
/* Times from what captures say: carry, saturation, absence. */
#include <flowscope/packet.h>

#include <glib.h>

static void assert_time(int64_t seconds, int64_t nanoseconds, int64_t expected,
                        enum flowscope_time_quality expected_quality)
{
    uint8_t quality = 99;

    g_assert_cmpint(flowscope_time_ns(seconds, nanoseconds, true, &quality), ==, expected);
    g_assert_cmpuint(quality, ==, expected_quality);
}

static void test_good(void)
{
    assert_time(0, 0, 0, FLOWSCOPE_TIME_GOOD);
    assert_time(1, 999999999, 1999999999, FLOWSCOPE_TIME_GOOD);
    assert_time(1700000000, 5, INT64_C(1700000000000000005), FLOWSCOPE_TIME_GOOD);
    assert_time(-1, 999999999, -1, FLOWSCOPE_TIME_GOOD);
    assert_time(-1, 0, -1000000000, FLOWSCOPE_TIME_GOOD);
    assert_time(-5, 1, -4999999999, FLOWSCOPE_TIME_GOOD);
}

static void test_carried(void)
{
    assert_time(0, 1000000000, 1000000000, FLOWSCOPE_TIME_BAD);
    assert_time(5, -1, 4999999999, FLOWSCOPE_TIME_BAD);
    assert_time(5, -1000000000, 4000000000, FLOWSCOPE_TIME_BAD);
    assert_time(0, -1, -1, FLOWSCOPE_TIME_BAD);
    assert_time(10, 4294967295, 14294967295, FLOWSCOPE_TIME_BAD);
    assert_time(0, INT64_MAX, INT64_MAX, FLOWSCOPE_TIME_BAD);
    assert_time(0, INT64_MIN, INT64_MIN, FLOWSCOPE_TIME_BAD);
    assert_time(-1, INT64_MAX, INT64_MAX - 1000000000, FLOWSCOPE_TIME_BAD);
}

/* The last times that fit are good ones, the next is saturated. */
static void test_edges(void)
{
    assert_time(9223372036, 854775807, INT64_MAX, FLOWSCOPE_TIME_GOOD);
    assert_time(9223372036, 854775808, INT64_MAX, FLOWSCOPE_TIME_BAD);
    assert_time(9223372037, 0, INT64_MAX, FLOWSCOPE_TIME_BAD);
    assert_time(-9223372037, 145224192, INT64_MIN, FLOWSCOPE_TIME_GOOD);
    assert_time(-9223372037, 145224193, INT64_MIN + 1, FLOWSCOPE_TIME_GOOD);
    assert_time(-9223372037, 145224191, INT64_MIN, FLOWSCOPE_TIME_BAD);
    assert_time(-9223372038, 999999999, INT64_MIN, FLOWSCOPE_TIME_BAD);
    assert_time(INT64_MAX, INT64_MAX, INT64_MAX, FLOWSCOPE_TIME_BAD);
    assert_time(INT64_MIN, INT64_MIN, INT64_MIN, FLOWSCOPE_TIME_BAD);
    assert_time(INT64_MAX, 0, INT64_MAX, FLOWSCOPE_TIME_BAD);
    assert_time(INT64_MIN, 0, INT64_MIN, FLOWSCOPE_TIME_BAD);
}

static void test_absent(void)
{
    uint8_t quality = 99;

    g_assert_cmpint(flowscope_time_ns(7, 7, false, &quality), ==, 0);
    g_assert_cmpuint(quality, ==, FLOWSCOPE_TIME_NONE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/time/good", test_good);
    g_test_add_func("/packet/time/carried", test_carried);
    g_test_add_func("/packet/time/edges", test_edges);
    g_test_add_func("/packet/time/absent", test_absent);
    return g_test_run();
}
