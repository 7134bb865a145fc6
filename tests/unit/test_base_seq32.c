/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/seq32.h"
#include "base/time.h"

#include <glib.h>

static void test_wraps(void)
{
    g_assert_true(fs_seq32_before(1, 2));
    g_assert_false(fs_seq32_before(2, 2));
    g_assert_true(fs_seq32_before(UINT32_MAX, 0));
    g_assert_true(fs_seq32_before(0xfffffff0u, 0x10));
    g_assert_false(fs_seq32_before(0x10, 0xfffffff0u));
    g_assert_true(fs_seq32_at_least(0, UINT32_MAX));
    g_assert_cmpuint(fs_seq32_add(UINT32_MAX, 2), ==, 1);
    g_assert_cmpint(fs_seq32_diff(5, UINT32_MAX), ==, 6);
}

static void test_times_saturate(void)
{
    g_assert_cmpint(fs_time_since(5, 3), ==, 2);
    g_assert_cmpint(fs_time_since(INT64_MAX, INT64_MIN), ==, INT64_MAX);
    g_assert_cmpint(fs_time_since(INT64_MIN, INT64_MAX), ==, INT64_MIN);
    g_assert_cmpint(fs_time_since(INT64_MIN, 1), ==, INT64_MIN);
    g_assert_cmpint(fs_time_after(INT64_MAX - 1, 5), ==, INT64_MAX);
    g_assert_cmpint(fs_time_after(-5, 3), ==, -2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/seq32/wraps", test_wraps);
    g_test_add_func("/base/time/saturates", test_times_saturate);
    return g_test_run();
}
