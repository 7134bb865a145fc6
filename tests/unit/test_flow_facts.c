/* SPDX-License-Identifier: BSD-2-Clause */
/* What each kind of segment counts as, in scripts. */
#include "flow/facts.h"

#include "support/script.h"

#include <glib.h>

#define MS 1000000

static struct flowscope_flow_record run(const char *script)
{
    return script_run(script, FLOWSCOPE_TCP_FACTS_ON);
}

static void test_kinds(void)
{
    static const struct {
        const char *script;
        uint64_t fast, timed_out, spurious, out_of_order, keep_alives, probes;
    } rows[] = {
        {"S sa A D10 a", 0, 0, 0, 0, 0, 0},
        {"S S@-1 sa A", 0, 1, 0, 0, 0, 0},
        {"S sa A D10 ~300D10@-10 a", 0, 1, 0, 0, 0, 0},
        {"S sa A D10 a D10@-10", 0, 0, 1, 0, 0, 0},
        {"S sa A D10 D10 D10 a@0 a a a D10@-30", 0, 0, 1, 0, 0, 0},
        {"S ~20sa ~20A D10@10 D10", 0, 0, 0, 1, 0, 0},
        {"S sa A D10 a ~900D0@-1 a", 0, 0, 0, 0, 1, 0},
        {"S sa A D10 a ~900D1@-1 a", 0, 0, 0, 0, 1, 0},
        {"S sa A D10 a! ~900D1 a!", 0, 0, 0, 0, 0, 1},
        {"S sa A FA ~900FA@-1", 0, 1, 0, 0, 0, 0},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct flowscope_flow_record record = run(rows[i].script);
        const struct flowscope_tcp_facts *facts = &record.tcp[0];

        g_test_message("%s", rows[i].script);
        g_assert_true(record.has_facts);
        g_assert_cmpuint(facts->fast_retransmissions, ==, rows[i].fast);
        g_assert_cmpuint(facts->timeout_retransmissions, ==, rows[i].timed_out);
        g_assert_cmpuint(facts->spurious_retransmissions, ==, rows[i].spurious);
        g_assert_cmpuint(record.out_of_order[0], ==, rows[i].out_of_order);
        g_assert_cmpuint(facts->keep_alives, ==, rows[i].keep_alives);
        g_assert_cmpuint(facts->window_probes, ==, rows[i].probes);
        g_assert_cmpuint(record.retransmissions[0], ==,
                         rows[i].fast + rows[i].timed_out + rows[i].spurious);
        g_assert_cmpuint(record.retransmissions[1] | record.out_of_order[1], ==, 0);
    }
}

static void test_counts(void)
{
    const struct flowscope_flow_record record = run("S sa A D10 a a a a! D5@100 d7 FA fa R");
    const struct flowscope_tcp_facts *one = &record.tcp[0], *other = &record.tcp[1];

    g_assert_cmpuint(one->syns, ==, 1);
    g_assert_cmpuint(one->fins, ==, 1);
    g_assert_cmpuint(one->resets, ==, 1);
    g_assert_cmpuint(one->lost_segments, ==, 1);
    g_assert_cmpuint(other->duplicate_acks, ==, 2);
    g_assert_cmpuint(other->zero_windows, ==, 1);
}

/* The script's packets are a ms apart. */
static void test_round_trips(void)
{
    struct flowscope_flow_record record = run("S ~9sa ~4A D10 ~6a D10 ~1a d10 ~2A");

    g_assert_true(record.has_rtt);
    g_assert_cmpint(record.rtt_ns, ==, 15 * MS);
    g_assert_cmpuint(record.tcp[0].rtt_samples, ==, 2);
    g_assert_cmpuint(record.tcp[0].rtt_min_ns, ==, 2 * MS);
    g_assert_cmpuint(record.tcp[0].rtt_max_ns, ==, 7 * MS);
    g_assert_cmpuint(record.tcp[0].rtt_sum_ns, ==, 9 * MS);
    g_assert_cmpuint(record.tcp[1].rtt_samples, ==, 1);
    g_assert_cmpuint(record.tcp[1].rtt_min_ns, ==, 3 * MS);
    g_assert_cmpuint(record.tcp[0].in_flight_peak_bytes, ==, 10);

    /* The first of two SYNs counts; Karn: what was sent twice is no sample. */
    record = run("S ~99S@-1 sa A D10 ~300D10@-10 a");
    g_assert_cmpint(record.rtt_ns, ==, 102 * MS);
    g_assert_cmpuint(record.tcp[0].rtt_samples, ==, 0);
    g_assert_false(run("sa A D10 a").has_rtt);
    g_assert_false(run("S ra").has_rtt);
}

/* What the SYNs offer, and data that goes to the edge of the peer's window of 1000 << scale. */
static void test_windows(void)
{
    static const struct {
        const char *script;
        unsigned fulls;
        int mss[2], scale[2]; /* negative: not known */
    } rows[] = {
        {"SM1460W7 saM1400W2 A D1000 D3000", 1, {1460, 1400}, {7, 2}},
        {"SM1460W7 saM1400W2 A D3999 a D4000", 1, {1460, 1400}, {7, 2}},
        {"SM1460W7 saM1400W2 A D9 a D3999 D1", 1, {1460, 1400}, {7, 2}},
        {"SW1 saW1 D1000 a D2000", 2, {0, 0}, {1, 1}}, /* the SYN-ACK's window is as it is */
        {"SW3 sa A D1000", 1, {0, 0}, {0, 0}},
        {"S saW3 A D1000", 1, {0, 0}, {0, 0}},
        {"SW3 A D1000", 0, {0, -1}, {3, -1}},
        {"A a D1000", 0, {-1, -1}, {-1, -1}},
        {"S sa A FAD1000", 0, {0, 0}, {0, 0}},
        {"S sa A D10 a! ~900D1", 0, {0, 0}, {0, 0}}, /* a probe of a closed window */
        {"SW15 saW14 A", 0, {0, 0}, {14, 14}},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct flowscope_flow_record record = run(rows[i].script);

        g_test_message("%s", rows[i].script);
        g_assert_cmpuint(record.tcp[0].window_fulls, ==, rows[i].fulls);
        for (unsigned side = 0; side < 2; side++) {
            const struct flowscope_tcp_facts *facts = &record.tcp[side];

            g_assert_cmpint(facts->has_mss ? facts->mss : -1, ==, rows[i].mss[side]);
            g_assert_cmpint(facts->has_window_scale ? facts->window_scale : -1, ==,
                            rows[i].scale[side]);
        }
    }
}

/* Each kind of count, at one less than its most and then twice more. */
static void test_most(void)
{
    const struct fs_tcp_segment syn = {.flags = FS_TCP_SYN, .window = 1};
    const struct fs_tcp_segment fin = {.flags = FS_TCP_FIN, .window = 1};
    const struct fs_tcp_segment rst = {.flags = FS_TCP_RST, .window = 1};
    struct fs_facts facts = {.syns = {254}, .fins = {254}};
    struct fs_flow_cold cold = {0};
    struct flowscope_flow_record record = {0};
    unsigned stuck = 0;

    facts.side[0].resets = 1022;
    for (unsigned i = 0; i < 2; i++) {
        stuck += fs_facts_take(&facts, &cold, 0, &syn, 0, 0, true) & FS_FACTS_STUCK;
        stuck += fs_facts_take(&facts, &cold, 0, &fin, 0, 0, true) & FS_FACTS_STUCK;
        stuck += fs_facts_take(&facts, &cold, 0, &rst, 0, 0, true) & FS_FACTS_STUCK;
    }
    fs_facts_record(&facts, &record);
    g_assert_cmpuint(record.tcp[0].syns, ==, 255);
    g_assert_cmpuint(record.tcp[0].fins, ==, 255);
    g_assert_cmpuint(record.tcp[0].resets, ==, 1023);
    g_assert_cmpuint(stuck, ==, 3);
}

/* Of a SYN that came twice, the last one says how late a segment out of order may be. */
static void test_late(void)
{
    g_assert_cmpuint(run("S ~99S@-1 sa A D9@9 ~50D9@0").out_of_order[0], ==, 0);
    g_assert_cmpuint(run("S ~99S@-1 sa A D9@9 ~0D9@0").out_of_order[0], ==, 1);
    g_assert_cmpuint(run("S ~60sa ~39A D9@9 ~50D9@0").out_of_order[0], ==, 1);
}

/* The ends of what a time can be stay what they are. */
static int64_t ms_to_ns(int64_t ms)
{
    return ms == INT64_MIN || ms == INT64_MAX ? ms : ms * MS;
}

/* When the highest number was sent is known for 4.29 s of what the side sends on, and until its
 * time steps back behind it. Words are a ms apart. */
static void test_long_ago(void)
{
    static const struct {
        const char *script;
        unsigned samples;
        uint64_t ms;
    } rows[] = {
        {"S sa A D10 A ~4200A a", 1, 4203},
        {"S sa A D10 ~4293a", 1, 4294},
        {"S sa A D10 ~4294a", 0, 0},
    };
    /* The sender's times after its data at 0, then that of the acknowledgment. */
    static const struct {
        int64_t own_ms[2], ack_ms;
        unsigned samples;
    } steps[] = {
        {{4000, 3000}, 2000, 1}, {{4000, 0}, 5, 1},
        {{4295, 3000}, 2000, 0}, {{2, -1}, 5, 0},
        {{-1, 2}, 5, 0},         {{2, 3}, -1, 0},
        {{2, INT64_MAX}, 4, 0},  {{INT64_MIN, 2}, INT64_MAX, 0},
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct flowscope_tcp_facts facts = run(rows[i].script).tcp[0];

        g_test_message("%s", rows[i].script);
        g_assert_cmpuint(facts.rtt_samples, ==, rows[i].samples);
        g_assert_cmpuint(facts.rtt_sum_ns, ==, rows[i].ms * 1000000);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(steps); i++) {
        const struct fs_tcp_segment sent = {.flags = FS_TCP_ACK, .seq = 90, .window = 1};
        const struct fs_tcp_segment more = {.flags = FS_TCP_ACK, .seq = 100, .window = 1};
        const struct fs_tcp_segment ack = {.flags = FS_TCP_ACK, .ack = 100, .window = 1};
        struct fs_facts facts = {0};
        struct fs_flow_cold cold = {0};

        fs_facts_take(&facts, &cold, 0, &sent, 10, 0, true);
        for (unsigned j = 0; j < 2; j++)
            fs_facts_take(&facts, &cold, 0, &more, 0, ms_to_ns(steps[i].own_ms[j]), true);
        fs_facts_take(&facts, &cold, 1, &ack, 0, ms_to_ns(steps[i].ack_ms), true);
        g_test_message("%u", i);
        g_assert_cmpuint(facts.side[0].rtt_count, ==, steps[i].samples);
        if (steps[i].samples)
            g_assert_cmpuint(facts.side[0].rtt_sum_ns, ==, (uint64_t)ms_to_ns(steps[i].ack_ms));
    }
}

/* The sum of round trips has 48 bits, 78 hours: then none is taken any more. */
static void test_long_sum(void)
{
    const struct fs_tcp_segment ack = {.flags = FS_TCP_ACK, .ack = 7, .window = 1};
    struct fs_facts facts = {0};
    struct fs_flow_cold cold = {0};
    struct flowscope_flow_record record = {0};
    unsigned stuck = 0;

    for (unsigned i = 0; i < 65538; i++) {
        facts.side[0].flags |= FS_FACTS_TIMED;
        facts.side[0].next = ack.ack;
        stuck += fs_facts_take(&facts, &cold, 1, &ack, 0, UINT32_MAX, true);
    }
    fs_facts_record(&facts, &record);
    g_assert_cmpuint(stuck, ==, 2);
    g_assert_cmpuint(record.tcp[0].rtt_samples, ==, 65536);
    g_assert_cmpuint(record.tcp[0].rtt_sum_ns, ==, UINT32_MAX * UINT64_C(65536));
    g_assert_cmpuint(record.tcp[0].rtt_max_ns, ==, UINT32_MAX);
}

/* 70000 segments with a window of zero, and as many repetitions. */
static void test_stuck(void)
{
    GString *script = g_string_new("S sa A D10 a");
    struct flowscope_counters counters = {.size = sizeof(counters)};
    struct flowscope_flow_record record;

    for (unsigned i = 0; i < 70000; i++)
        g_string_append(script, " d0! D10@-10");
    record = script_run_counted(script->str, FLOWSCOPE_TCP_FACTS_ON, &counters);
    g_assert_cmpuint(record.tcp[1].zero_windows, ==, 65535);
    g_assert_cmpuint(record.tcp[0].spurious_retransmissions, ==, 65535);
    g_assert_cmpuint(record.tcp[0].window_fulls, ==, 65535);
    /* These three, and both of the history. */
    g_assert_cmpuint(counters.counts_stuck, ==, 5 * (70000 - 65535));
    g_string_free(script, TRUE);
}

int main(int count, char **arguments)
{
    g_test_init(&count, &arguments, NULL);
    g_test_add_func("/facts/kinds", test_kinds);
    g_test_add_func("/facts/counts", test_counts);
    g_test_add_func("/facts/round-trips", test_round_trips);
    g_test_add_func("/facts/windows", test_windows);
    g_test_add_func("/facts/late", test_late);
    g_test_add_func("/facts/most", test_most);
    g_test_add_func("/facts/long-ago", test_long_ago);
    g_test_add_func("/facts/long-sum", test_long_sum);
    g_test_add_func("/facts/stuck", test_stuck);
    return g_test_run();
}
