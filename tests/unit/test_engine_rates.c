/* SPDX-License-Identifier: BSD-2-Clause */
/* Rates: the series and its doubling, peaks, times that are not believed, ends. */
#include "support/drive.h"

#include "engine/rates.h"

#include <string.h>

#define SECOND FS_NS_PER_S
#define FINEST (SECOND / 512)

static struct drive drive;

static struct flowscope_rates rates(void)
{
    return drive_counters(&drive).rates;
}

/* One packet of 38 bytes each. */
static void at(int64_t time_ns)
{
    drive_udp(&drive, 1, 53, false, time_ns);
}

static void test_series(void)
{
    struct flowscope_rates now;

    drive_init(&drive);
    drive_start(&drive);
    now = rates();
    g_assert_cmpint(now.interval_ns, ==, 0);
    g_assert_cmpuint(now.count, ==, 0);
    at(SECOND);
    at(SECOND + FINEST - 1);
    at(SECOND + 31 * FINEST);
    now = rates();
    g_assert_cmpint(now.interval_ns, ==, FINEST);
    g_assert_cmpint(now.first, ==, 512);
    g_assert_cmpuint(now.count, ==, 32);
    g_assert_cmpuint(now.interval[0][FLOWSCOPE_RATE_packets], ==, 2);
    g_assert_cmpuint(now.interval[0][FLOWSCOPE_RATE_bytes], ==, 76);
    g_assert_cmpuint(now.interval[0][FLOWSCOPE_RATE_flows], ==, 1);
    g_assert_cmpuint(now.interval[31][FLOWSCOPE_RATE_packets], ==, 1);
    g_assert_cmpint(flowscope_rates_time_ns(&now, 31), ==, SECOND + 31 * FINEST);
    at(SECOND + 32 * FINEST);
    now = rates();
    g_assert_cmpint(now.interval_ns, ==, 2 * FINEST);
    g_assert_cmpint(now.first, ==, 256);
    g_assert_cmpuint(now.count, ==, 17);
    g_assert_cmpuint(now.interval[15][FLOWSCOPE_RATE_packets], ==, 1);
    g_assert_cmpuint(now.interval[16][FLOWSCOPE_RATE_packets], ==, 1);
    at(SECOND - 1); /* late, and before the beginning */
    now = rates();
    g_assert_cmpint(now.first, ==, 255);
    g_assert_cmpuint(now.count, ==, 18);
    g_assert_cmpuint(now.interval[0][FLOWSCOPE_RATE_packets], ==, 1);
    g_assert_cmpuint(now.interval[1][FLOWSCOPE_RATE_packets], ==, 2);
    at(40 * SECOND);
    now = rates();
    g_assert_cmpint(now.interval_ns, ==, 2 * SECOND);
    g_assert_cmpint(now.first, ==, 0);
    g_assert_cmpuint(now.count, ==, 21);
    g_assert_cmpuint(now.interval[0][FLOWSCOPE_RATE_packets], ==, 5);
    g_assert_cmpuint(now.interval[20][FLOWSCOPE_RATE_packets], ==, 1);
    flowscope_engine_reset(drive.engine);
    g_assert_cmpint(rates().interval_ns, ==, 0);
    drive_stop(&drive);
}

static void expect_peak(enum flowscope_rate_kind kind, uint64_t most, int64_t time_ns)
{
    const struct flowscope_rates now = rates();

    g_assert_cmpuint(now.peak[kind].most, ==, most);
    g_assert_cmpint(now.peak[kind].time_ns, ==, time_ns);
}

static void test_peaks(void)
{
    drive_init(&drive);
    drive_start(&drive);
    at(5 * SECOND);
    expect_peak(FLOWSCOPE_RATE_packets, 1, 5 * SECOND);
    expect_peak(FLOWSCOPE_RATE_ended, 0, 0);
    at(6 * SECOND);
    at(7 * SECOND - 1);
    expect_peak(FLOWSCOPE_RATE_packets, 2, 6 * SECOND);
    at(6 * SECOND - 1); /* a little late: of its own second */
    expect_peak(FLOWSCOPE_RATE_packets, 2, 5 * SECOND);
    at(6 * SECOND + 1);
    expect_peak(FLOWSCOPE_RATE_packets, 3, 6 * SECOND);
    expect_peak(FLOWSCOPE_RATE_bytes, 3 * 38, 6 * SECOND);
    for (int64_t second = 7; second <= 10; second++)
        at(second * SECOND);
    at(6 * SECOND + 2); /* left for four others: another */
    expect_peak(FLOWSCOPE_RATE_packets, 3, 6 * SECOND);
    drive_stop(&drive);
}

/* One damaged time leaves the series as it is; two are another part of the capture. */
static void test_far(void)
{
    const int64_t far_ns = 100 * FS_NS_HOUR;

    for (int sign = -1; sign <= 1; sign += 2) {
        drive_init(&drive);
        drive_start(&drive);
        at(SECOND);
        at(sign * far_ns);
        g_assert_cmpuint(rates().count, ==, 1);
        at(SECOND + 1);
        at(sign * far_ns);
        at(SECOND + 2);
        g_assert_cmpuint(rates().interval[0][FLOWSCOPE_RATE_packets], ==, 5);
        at(sign * far_ns);
        g_assert_cmpuint(rates().count, ==, 1);
        at(sign * far_ns + SECOND);
        g_assert_cmpuint(rates().interval[0][FLOWSCOPE_RATE_packets], ==, sign > 0 ? 6 : 1);
        g_assert_cmpuint(rates().count, >, 16);
        drive_stop(&drive);
    }
}

/* The ends of time, where intervals begin before the first of all times and end after the last. */
static void test_extremes(void)
{
    const uint64_t none[FLOWSCOPE_RATE_COUNT] = {0};
    uint64_t counted[FLOWSCOPE_RATE_COUNT] = {0};
    static struct fs_rates all;
    struct flowscope_rates told;

    memset(&all, 0, sizeof(all));
    fs_rates_come(&all, none, INT64_MIN);
    counted[FLOWSCOPE_RATE_packets] = 1;
    fs_rates_come(&all, counted, INT64_MAX);
    fs_rates_come(&all, counted, INT64_MAX);
    counted[FLOWSCOPE_RATE_packets] = 3;
    fs_rates_read(&all, counted, &told);
    g_assert_cmpuint(told.count, >, 16);
    g_assert_cmpuint(told.count, <=, 32);
    g_assert_cmpint(flowscope_rates_time_ns(&told, 0), ==, INT64_MIN);
    g_assert_cmpuint(told.interval[0][FLOWSCOPE_RATE_packets], ==, 1);
    g_assert_cmpuint(told.interval[told.count - 1][FLOWSCOPE_RATE_packets], ==, 2);
    g_assert_cmpint(told.peak[FLOWSCOPE_RATE_packets].time_ns, ==, INT64_MAX / SECOND * SECOND);
    g_assert_true(INT64_MAX >= all.from_ns && all.until_ns == INT64_MAX);
}

/* An idle flow ends at the packet by which it is found so, live at the tick. */
static void test_ends(void)
{
    struct flowscope_rates now;

    drive_init(&drive);
    drive_start(&drive);
    drive_udp(&drive, 1, 53, false, 0);
    drive_udp(&drive, 2, 53, false, SECOND / 2);
    flowscope_engine_advance(drive.engine, 64 * SECOND);
    now = rates();
    g_assert_cmpint(now.interval_ns, ==, 4 * SECOND);
    g_assert_cmpuint(now.interval[16][FLOWSCOPE_RATE_ended], ==, 2);
    expect_peak(FLOWSCOPE_RATE_flows, 2, 0);
    expect_peak(FLOWSCOPE_RATE_ended, 2, 64 * SECOND);
    flowscope_engine_advance(drive.engine, 3 * SECOND); /* does nothing */
    now = rates();
    g_assert_cmpuint(now.count, ==, 17);
    drive_udp(&drive, 3, 53, false, 65 * SECOND);
    flowscope_engine_flush(drive.engine);
    now = rates();
    g_assert_cmpuint(now.interval[16][FLOWSCOPE_RATE_ended], ==, 3);
    drive_stop(&drive);
}

static struct flowscope_rates one_packet_at(int64_t time_ns)
{
    const uint64_t none[FLOWSCOPE_RATE_COUNT] = {0};
    const uint64_t counted[FLOWSCOPE_RATE_COUNT] = {[FLOWSCOPE_RATE_packets] = 1};
    struct fs_rates made = {.second_count = 0};
    struct flowscope_rates told;

    fs_rates_come(&made, none, time_ns);
    fs_rates_read(&made, counted, &told);
    return told;
}

static void test_sum(void)
{
    struct flowscope_rates sum = {.count = 0}, more;

    flowscope_rates_add(&sum, &sum);
    g_assert_cmpint(sum.interval_ns, ==, 0);
    more = one_packet_at(8 * SECOND);
    flowscope_rates_add(&sum, &more);
    g_assert_true(memcmp(&sum, &more, sizeof(sum)) == 0);
    flowscope_rates_add(&sum, &more);
    g_assert_cmpuint(sum.interval[0][FLOWSCOPE_RATE_packets], ==, 2);
    g_assert_cmpuint(sum.peak[FLOWSCOPE_RATE_packets].most, ==, 1); /* not of one engine */
    more = one_packet_at(-8 * SECOND);
    flowscope_rates_add(&sum, &more);
    g_assert_cmpint(sum.interval_ns, ==, SECOND);
    g_assert_cmpint(sum.first, ==, -8);
    g_assert_cmpuint(sum.count, ==, 17);
    g_assert_cmpuint(sum.interval[0][FLOWSCOPE_RATE_packets], ==, 1);
    g_assert_cmpuint(sum.interval[16][FLOWSCOPE_RATE_packets], ==, 2);
    g_assert_cmpint(sum.peak[FLOWSCOPE_RATE_packets].time_ns, ==, -8 * SECOND);
}

static void test_names(void)
{
    g_assert_cmpstr(flowscope_rate_name(FLOWSCOPE_RATE_packets), ==, "packets");
    g_assert_cmpstr(flowscope_rate_name(FLOWSCOPE_RATE_ended), ==, "ended");
    g_assert_cmpstr(flowscope_rate_name(FLOWSCOPE_RATE_COUNT), ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rates/series", test_series);
    g_test_add_func("/rates/peaks", test_peaks);
    g_test_add_func("/rates/far", test_far);
    g_test_add_func("/rates/extremes", test_extremes);
    g_test_add_func("/rates/ends", test_ends);
    g_test_add_func("/rates/sum", test_sum);
    g_test_add_func("/rates/names", test_names);
    return g_test_run();
}
