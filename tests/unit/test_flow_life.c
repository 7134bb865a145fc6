/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/record.h"

#include "base/time.h"

#include <glib.h>

#define S FS_NS_PER_S

static const struct fs_timeouts timeouts = {.ns = {60 * S, 300 * S, 50 * S, 40 * S, 30 * S},
                                            .count = 5};

static struct fs_flow flow_at(uint8_t protocol, enum flowscope_tcp_state state, int64_t time_ns)
{
    struct fs_flow flow = {.key.rest = fs_short_key_rest(0, 0, 0, protocol, 4),
                           .tcp_state = state & 0xf};

    fs_flow_begin(&flow, time_ns, time_ns);
    flow.list = (uint8_t)fs_flow_list_of(fs_flow_timeout(&flow), fs_flow_worth(&flow));
    return flow;
}

static void test_timeouts(void)
{
    const struct {
        uint8_t protocol;
        enum flowscope_tcp_state state;
        int64_t seconds;
    } cases[] = {
        {6, FLOWSCOPE_TCP_new, 300},         {6, FLOWSCOPE_TCP_syn_sent, 60},
        {6, FLOWSCOPE_TCP_syn_received, 60}, {6, FLOWSCOPE_TCP_established, 300},
        {6, FLOWSCOPE_TCP_closing, 300},     {6, FLOWSCOPE_TCP_closed, 50},
        {6, FLOWSCOPE_TCP_reset, 50},        {17, FLOWSCOPE_TCP_none, 40},
        {1, FLOWSCOPE_TCP_none, 30},         {132, FLOWSCOPE_TCP_none, 30},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct fs_flow flow = flow_at(cases[i].protocol, cases[i].state, 1000 * S);
        int64_t end = (1000 + cases[i].seconds) * S;

        g_assert_false(fs_flow_is_over(&flow, &timeouts, end - 1, end - 1));
        g_assert_true(fs_flow_is_over(&flow, &timeouts, end, end - 1));
        g_assert_true(fs_flow_is_over(&flow, &timeouts, end - 1, end));
    }
}

static void test_worth(void)
{
    const struct {
        uint8_t protocol;
        enum flowscope_tcp_state state;
        uint64_t packets[2];
        enum fs_worth worth;
    } cases[] = {
        {17, FLOWSCOPE_TCP_none, {9, 0}, FS_WORTH_ONE_WAY},
        {17, FLOWSCOPE_TCP_none, {1, 1}, FS_WORTH_TWO_WAY},
        {6, FLOWSCOPE_TCP_syn_sent, {1, 0}, FS_WORTH_ONE_WAY},
        {6, FLOWSCOPE_TCP_syn_received, {1, 1}, FS_WORTH_ONE_WAY},
        {6, FLOWSCOPE_TCP_established, {0, 5}, FS_WORTH_ONE_WAY},
        {6, FLOWSCOPE_TCP_established, {2, 1}, FS_WORTH_TWO_WAY},
        {6, FLOWSCOPE_TCP_closing, {2, 1}, FS_WORTH_TWO_WAY},
        {6, FLOWSCOPE_TCP_closed, {2, 1}, FS_WORTH_CLOSED},
        {6, FLOWSCOPE_TCP_reset, {1, 0}, FS_WORTH_CLOSED},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct fs_flow flow = flow_at(cases[i].protocol, cases[i].state, 0);

        flow.packets[0] = cases[i].packets[0];
        flow.packets[1] = cases[i].packets[1];
        g_assert_cmpint(fs_flow_worth(&flow), ==, cases[i].worth);
    }
}

static void test_extreme_times(void)
{
    struct fs_flow flow = flow_at(17, FLOWSCOPE_TCP_none, INT64_MIN);

    g_assert_true(fs_flow_is_over(&flow, &timeouts, INT64_MAX, INT64_MIN));
    flow = flow_at(17, FLOWSCOPE_TCP_none, INT64_MAX);
    g_assert_false(fs_flow_is_over(&flow, &timeouts, INT64_MIN, INT64_MAX));
}

static struct flowscope_flow_record record_of(struct fs_flow *flow, struct fs_flow_cold *cold)
{
    const struct fs_flow_table table = {.flows = flow, .cold = cold};
    struct flowscope_flow_record record;

    fs_flow_record(&table, 0, FLOWSCOPE_END_open, &record);
    return record;
}

/* The record has the smallest and largest times, whatever the timeouts go by. */
static void test_times_of_the_record(void)
{
    struct fs_flow flow = flow_at(17, FLOWSCOPE_TCP_none, 100 * S);
    struct fs_flow_cold cold = {0};
    struct flowscope_flow_record record;

    fs_flow_see(&flow, &cold, 100 * S, false, 100 * S);
    g_assert_false(record_of(&flow, &cold).has_time);
    fs_flow_see(&flow, &cold, 90 * S, true, 100 * S);
    record = record_of(&flow, &cold);
    g_assert_true(record.has_time);
    g_assert_cmpint(record.first_time_ns, ==, 90 * S);
    g_assert_cmpint(record.last_time_ns, ==, 90 * S);
    g_assert_cmpint(flow.seen_ns, ==, 100 * S);
    fs_flow_see(&flow, &cold, 9000 * S, true, 100 * S);
    fs_flow_see(&flow, &cold, 80 * S, true, 100 * S); /* over an hour back is followed */
    g_assert_cmpint(flow.seen_ns, ==, 80 * S);
    fs_flow_see(&flow, &cold, 85 * S, true, 101 * S);
    record = record_of(&flow, &cold);
    g_assert_cmpint(record.first_time_ns, ==, 80 * S);
    g_assert_cmpint(record.last_time_ns, ==, 9000 * S);
    g_assert_cmpint(flow.seen_clock_ns, ==, 101 * S);
}

/* A packet without a time took a clock that was behind the packets' own times. */
static void test_first_time_after_untimed(void)
{
    struct fs_flow flow = flow_at(17, FLOWSCOPE_TCP_none, 9000 * S);
    struct fs_flow_cold cold = {0};

    fs_flow_see(&flow, &cold, 9000 * S, true, 100 * S);
    fs_flow_see(&flow, &cold, 100 * S, false, 100 * S);
    fs_flow_see(&flow, &cold, 101 * S, true, 101 * S);
    g_assert_cmpint(record_of(&flow, &cold).first_time_ns, ==, 101 * S);
    g_assert_cmpint(record_of(&flow, &cold).last_time_ns, ==, 9000 * S);
}

static int64_t slot(int64_t number)
{
    return number * FS_TIME_SLOT_NS;
}

/* Of the clock at the last move the slot is kept; the flow is due in the fifth slot after it. */
static void test_touched(void)
{
    static const int64_t begins[] = {0, 1000003, -2, 15, INT64_MIN / FS_TIME_SLOT_NS};

    for (size_t i = 0; i < G_N_ELEMENTS(begins); i++) {
        const int64_t begin = begins[i];
        struct fs_flow flow = flow_at(17, FLOWSCOPE_TCP_none, slot(begin) + 5);
        struct fs_flow_cold cold = {0};

        for (int64_t further = 0; further < FS_TOUCH_SLOTS; further++) {
            const int64_t last_ns = slot(begin + further + 1) - 1;

            g_assert_false(fs_flow_is_due(&flow, last_ns));
            fs_flow_see(&flow, &cold, last_ns, true, last_ns);
            g_assert_cmpint(fs_flow_touched_ns(&flow), ==, slot(begin));
        }
        g_assert_true(fs_flow_is_due(&flow, slot(begin + FS_TOUCH_SLOTS)));
        g_assert_true(fs_flow_is_due_soon(&flow, slot(begin + FS_TOUCH_SLOTS)));
        for (int64_t further = FS_TOUCH_SLOTS; further < 40; further++)
            g_assert_true(fs_flow_is_due(&flow, slot(begin + further)));
        fs_flow_see(&flow, &cold, slot(begin + 30), true, slot(begin + 30));
        fs_flow_set_touched(&flow);
        g_assert_cmpint(fs_flow_touched_ns(&flow), ==, slot(begin + 30));
        g_assert_false(fs_flow_is_due(&flow, slot(begin + 30)));
    }
    g_assert_true(fs_flow_is_due(&(struct fs_flow){.seen_clock_ns = INT64_MIN}, INT64_MAX));
}

/* Less than the least of the timeout and of what fs_flow_is_due_soon() can tell. */
static void test_calm(void)
{
    struct fs_timeouts some = {.count = 3};

    fs_timeouts_set(&some, 0, S / 2);
    fs_timeouts_set(&some, 1, 300 * S);
    g_assert_cmpint(some.calm_ns[0], ==, S / 2);
    g_assert_cmpint(some.ns[1], ==, 300 * S);
    g_assert_cmpint(some.calm_ns[1], ==, FS_TOUCH_SLOTS * FS_TIME_SLOT_NS);
}

static void test_end_reasons(void)
{
    struct fs_flow flow = flow_at(6, FLOWSCOPE_TCP_closed, 0);

    g_assert_cmpint(fs_flow_end_reason(&flow, FLOWSCOPE_END_idle), ==, FLOWSCOPE_END_fin);
    flow.tcp_state = FLOWSCOPE_TCP_reset;
    g_assert_cmpint(fs_flow_end_reason(&flow, FLOWSCOPE_END_evicted), ==, FLOWSCOPE_END_rst);
    flow.tcp_state = FLOWSCOPE_TCP_closing;
    g_assert_cmpint(fs_flow_end_reason(&flow, FLOWSCOPE_END_reused), ==, FLOWSCOPE_END_reused);
    g_assert_cmpstr(flowscope_end_reason_name(FLOWSCOPE_END_fin), ==, "fin");
    g_assert_cmpstr(flowscope_end_reason_name(FLOWSCOPE_END_end_of_capture), ==, "end_of_capture");
    g_assert_cmpstr(flowscope_end_reason_name(FLOWSCOPE_END_open), ==, "");
    g_assert_cmpstr(flowscope_end_reason_name(99), ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flow/life/timeouts", test_timeouts);
    g_test_add_func("/flow/life/worth", test_worth);
    g_test_add_func("/flow/life/extreme-times", test_extreme_times);
    g_test_add_func("/flow/life/times-of-the-record", test_times_of_the_record);
    g_test_add_func("/flow/life/first-time-after-untimed", test_first_time_after_untimed);
    g_test_add_func("/flow/life/touched", test_touched);
    g_test_add_func("/flow/life/calm", test_calm);
    g_test_add_func("/flow/life/end-reasons", test_end_reasons);
    return g_test_run();
}
