/* SPDX-License-Identifier: BSD-2-Clause */
/* Intervals, their mean and variance, and idle periods. */
#include "flow/pace.h"

#include "support/script.h"

#include <glib.h>
#include <math.h>

#define MS 1000000

/* In scripts words are a ms apart. */
static void test_connection(void)
{
    const struct flowscope_flow_record record =
        script_run("S ~4sa ~4A ~1999D100 a ~999D100 ~1a D100", FLOWSCOPE_TCP_FACTS_ON);
    const struct flowscope_tcp_facts *one = &record.tcp[0], *other = &record.tcp[1];

    /* 10, 2000, 1001, 3 ms; and 2006, 1002. */
    g_assert_cmpuint(one->intervals, ==, 4);
    g_assert_cmpuint(one->interval_sum_ns, ==, 3014 * (uint64_t)MS);
    g_assert_cmpuint(one->idle_periods, ==, 2);
    g_assert_cmpuint(one->idle_ns, ==, 3001 * (uint64_t)MS);
    g_assert_cmpuint(one->interval_variance_us2, ==, 682765250000);
    g_assert_cmpuint(other->intervals, ==, 2);
    g_assert_cmpuint(other->interval_variance_us2, ==, 502 * UINT64_C(502) * 1000000);
}

static void test_nothing(void)
{
    const struct flowscope_flow_record record = script_run("S", FLOWSCOPE_TCP_FACTS_ON);

    for (unsigned side = 0; side < 2; side++) {
        g_assert_cmpuint(record.tcp[side].intervals, ==, 0);
        g_assert_cmpuint(record.tcp[side].interval_variance_us2, ==, 0);
        g_assert_cmpuint(record.tcp[side].idle_periods, ==, 0);
    }
}

static void take(struct fs_facts_side *side, uint64_t interval_ns)
{
    const int64_t time_ns = side->last_ns + (int64_t)interval_ns;

    fs_pace_take(side, time_ns);
    side->last_ns = time_ns;
}

/* Beside the definition in floating point, for intervals whose squares pass 64 bits soon. */
static void test_variance(void)
{
    for (unsigned seed = 0; seed < 300; seed++) {
        GRand *random = g_rand_new_with_seed(seed);
        struct fs_facts_side side = {.last_ns = -1000000};
        struct flowscope_tcp_facts facts = {0};
        const int count = g_rand_int_range(random, 1, 300);
        long double sum = 0, squares = 0, mean;
        uint64_t interval[300];

        for (int i = 0; i < count; i++) {
            const int bits = g_rand_int_range(random, 0, 44);

            interval[i] = ((uint64_t)g_rand_int(random) << 32 | g_rand_int(random)) >> (63 - bits);
            sum += (long double)interval[i];
            take(&side, interval[i]);
        }
        mean = sum / count;
        for (int i = 0; i < count; i++)
            squares += ((long double)interval[i] - mean) * ((long double)interval[i] - mean);
        fs_pace_record(&side, &facts);
        g_assert_cmpuint(facts.intervals, ==, (uint64_t)count);
        g_assert_cmpfloat(
            fabsl((long double)facts.interval_variance_us2 - squares / count / 1000000), <=,
            1 + squares / count / 1e15L);
        g_rand_free(random);
    }
}

static void test_limits(void)
{
    struct fs_facts_side side = {.last_ns = INT64_MIN};
    struct flowscope_tcp_facts facts = {0};

    /* All the time that there is, four times; then a step back. */
    for (unsigned i = 0; i < 4; i++) {
        fs_pace_take(&side, INT64_MAX);
        side.last_ns = INT64_MIN;
    }
    side.last_ns = 10;
    fs_pace_take(&side, 9);
    fs_pace_record(&side, &facts);
    g_assert_cmpuint(facts.intervals, ==, 4);
    g_assert_cmpuint(facts.interval_sum_ns, ==, UINT64_MAX);
    g_assert_cmpuint(facts.idle_periods, ==, 4);
    g_assert_cmpuint(facts.idle_ns, ==, UINT32_MAX * (uint64_t)MS);
    side.interval_count = UINT32_MAX;
    side.idle_periods = UINT16_MAX;
    fs_pace_take(&side, INT64_MAX);
    g_assert_cmpuint(side.interval_count, ==, UINT32_MAX);
    side.interval_count = 1;
    fs_pace_take(&side, INT64_MAX);
    g_assert_cmpuint(side.idle_periods, ==, UINT16_MAX);
}

int main(int count, char **arguments)
{
    g_test_init(&count, &arguments, NULL);
    g_test_add_func("/pace/connection", test_connection);
    g_test_add_func("/pace/nothing", test_nothing);
    g_test_add_func("/pace/variance", test_variance);
    g_test_add_func("/pace/limits", test_limits);
    return g_test_run();
}
