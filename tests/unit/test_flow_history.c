/* SPDX-License-Identifier: BSD-2-Clause */
/* Every letter and every conn_state, as Zeek's documentation of conn.log has them. */
#include "flow/history.h"

#include "support/script.h"

#include <glib.h>

static const struct {
    const char *script, *history, *conn_state;
} rows[] = {
    /* each conn_state */
    {"S", "S", "S0"},
    {"S S@-1", "S", "S0"},
    {"S sa A", "ShA", "S1"},
    {"S sa A D10 a d20 A", "ShADad", "S1"},
    {"S sa A D10 d20 FA fa A", "ShADdFf", "SF"},
    {"S ra", "Sr", "REJ"},
    {"S sa R ra", "ShRr", "REJ"},
    {"S sa A D10 d20 R ra", "ShADdRr", "RSTR"},
    {"S sa A D10 FA a", "ShADFa", "S2"},
    {"S sa A fa A", "ShAf", "S3"},
    {"S sa A D10 R", "ShADR", "RSTO"},
    {"S sa A D10 d5 ra", "ShADdr", "RSTR"},
    {"S R", "SR", "RSTOS0"},
    {"S S@-1! R", "SWR", "RSTOS0"},
    {"sa r", "^hr", "RSTRH"},
    {"sa A r", "^hAr", "RSTR"},
    {"S FA", "SF", "SH"},
    {"sa fa", "^hf", "SHR"},
    {"D10 d20 A", "DdA", "OTH"},
    {"D10 R", "DR", "OTH"},
    {"S A R", "SAR", "OTH"},
    {"u", "D", "S0"},
    {"u U", "Dd", "SF"},
    {"u u u", "D", "S0"},
    /* each letter, from both sides */
    {"S s sa A", "SshA", "S1"},
    {"S sa sa@-1 sa@5 A", "ShhA", "S1"},
    {"S sa A FA fa sa@100 sa@200", "ShAFfhh", "SF"},
    {"D10 d10 A a A a", "DdAa", "OTH"},
    {"S sa A FA FA@-1 fa fa@-1 A", "ShAFf", "SF"},
    {"S sa A FA FA@9 fa A", "ShAFFf", "SF"},
    {"S sa R R R@10 R@10 R@20", "ShRRR", "RSTO"},
    {"S sa A SFA sfa SR", "ShAQq", "SF"},
    {"S sa A D5 FR FR fr", "ShADIi", "RSTR"},
    {"S sa A D10 D10@-10 D10@-10 d5 d5@-5", "ShADTdt", "S1"},
    {"S sa A D10 d5 D10@-10 d5@-5", "ShADdTt", "S1"},
    {"S sa A D10 d5 d5@-5 D10@-10 FA fa", "ShADdtTFf", "SF"},
    {"S sa A D10 D10@-10 D10@-10 d5 a", "ShADTda", "S1"},
    {"S sa A D10 D10@-10 ra", "ShADTr", "RSTR"},
    {"S sa A D10 D10@-10 D10%", "ShADTC", "S1"},
    {"S sa A! A! a! a", "ShAWaw", "S1"},
    {"S sa A D10 D10@-10 A!", "ShADTW", "S1"},
    {"sa A D10", "^hAD", "S1"},
    {"S sa A D10% D10@-10 d5% d5% d5@-5", "ShACDcd", "S1"},
    {"S% S@-1 sa A", "CShA", "S1"},
    {"S r%", "Sc", "S0"},
};

static void test_table(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct flowscope_flow_record record =
            script_run(rows[i].script, FLOWSCOPE_TCP_FACTS_HISTORY);

        if (g_strcmp0(record.history, rows[i].history) != 0 ||
            g_strcmp0(flowscope_conn_state_name(record.conn_state), rows[i].conn_state) != 0) {
            g_test_message("\"%s\": %s %s, expected %s %s", rows[i].script, record.history,
                           flowscope_conn_state_name(record.conn_state), rows[i].history,
                           rows[i].conn_state);
            g_test_fail();
        }
    }
}

/* T, W and C count on: 1, 10, 100, 1000. */
static void test_scaled(void)
{
    GString *script = g_string_new("S sa A D10");
    struct flowscope_flow_record record;

    for (unsigned i = 0; i < 1000; i++)
        g_string_append(script, i % 2 ? " D10@-10" : " D9@-10 a!");
    record = script_run(script->str, FLOWSCOPE_TCP_FACTS_HISTORY);
    g_assert_cmpstr(record.history, ==, "ShADTawTwTwT");
    g_string_assign(script, "S sa A");
    for (unsigned i = 0; i < 100; i++)
        g_string_append(script, " a%");
    record = script_run(script->str, FLOWSCOPE_TCP_FACTS_HISTORY);
    g_assert_cmpstr(record.history, ==, "ShAccc");
    g_string_free(script, TRUE);
}

/* The letters of one side wait, whatever their number, and the count stays at its most. */
static void test_repeats(void)
{
    struct fs_flow flow = {.flags = FS_FLOW_OPEN};
    const unsigned owes = (unsigned)FS_FLOW_OWES_LETTER << 1;
    uint64_t stuck = 0;

    for (uint32_t n = 1; n < 70000; n++) {
        g_assert_true(fs_history_repeat(&flow, 1, &stuck));
        g_assert_cmpuint(flow.repeats[1], ==, n < UINT16_MAX ? n : UINT16_MAX);
        g_assert_cmpuint(stuck, ==, n <= UINT16_MAX ? 0 : n - UINT16_MAX);
        g_assert_cmpuint(flow.flags, ==, FS_FLOW_OPEN | owes);
        g_assert_false(fs_history_repeat(&flow, 0, &stuck));
        g_assert_cmpuint(flow.repeats[0], ==, 0);
    }
}

/* Once others were written in between, each letter has its place, and is left to the long way. */
static void test_repeats_written(void)
{
    static const uint16_t powers[] = {10, 100, 1000, 10000};

    for (unsigned side = 0; side < 2; side++)
        for (unsigned i = 0; i < G_N_ELEMENTS(powers); i++) {
            struct fs_flow flow = {.flags = FS_FLOW_OPEN};
            uint64_t stuck = 0;

            flow.repeats[side] = (uint16_t)(powers[i] - 2);
            g_assert_true(fs_history_repeat(&flow, side, &stuck));
            g_assert_false(fs_history_repeat(&flow, side, &stuck));
            g_assert_cmpuint(flow.repeats[side], ==, powers[i] - 1);
            g_assert_cmpuint(flow.flags, ==, FS_FLOW_OPEN);
        }
}

/* A record of a flow that goes on does not write the letters that wait a second time. */
static void test_repeats_in_records(void)
{
    struct fs_flow flow = {.flags = FS_FLOW_OPEN, .repeats = {12, 0}};
    struct fs_flow_cold cold = {0};
    struct fs_history history;
    struct flowscope_flow_record record = {.protocol = FS_PROTOCOL_TCP};
    const struct fs_tcp_segment data = {.flags = FS_TCP_ACK, .window = 1};

    fs_history_begin(&history, false);
    flow.flags |= FS_FLOW_OWES_LETTER;
    for (unsigned i = 0; i < 2; i++) {
        fs_history_record(&history, &flow, &record);
        g_assert_cmpstr(record.history, ==, "TT");
    }
    fs_history_take(&history, &flow, &cold, 1, &data, 5);
    fs_history_record(&history, &flow, &record);
    g_assert_cmpstr(record.history, ==, "TTd");
    g_assert_cmpuint(flow.flags, ==, FS_FLOW_OPEN);
    flow.flags |= 2 * FS_FLOW_OWES_LETTER;
    flow.repeats[1] = 1;
    fs_history_take_damaged(&history, &flow, 0);
    fs_history_record(&history, &flow, &record);
    g_assert_cmpstr(record.history, ==, "TTdtC");
}

/* 32 letters, then + for all that would follow. */
static void test_long(void)
{
    GString *script = g_string_new("S sa A D1");
    struct flowscope_flow_record record;

    for (unsigned i = 0; i < 28; i++)
        g_string_append_printf(script, " R@%u", i + 1);
    record = script_run(script->str, FLOWSCOPE_TCP_FACTS_HISTORY);
    g_assert_cmpstr(record.history, ==, "ShADRRRRRRRRRRRRRRRRRRRRRRRRRRRR");
    g_string_append(script, " d5");
    record = script_run(script->str, FLOWSCOPE_TCP_FACTS_HISTORY);
    g_assert_cmpstr(record.history, ==, "ShADRRRRRRRRRRRRRRRRRRRRRRRRRRRR+");
    g_string_append(script, " f D5@-5");
    record = script_run(script->str, FLOWSCOPE_TCP_FACTS_HISTORY);
    g_assert_cmpstr(record.history, ==, "ShADRRRRRRRRRRRRRRRRRRRRRRRRRRRR+");
    g_string_free(script, TRUE);
}

static void test_off(void)
{
    const struct flowscope_flow_record record = script_run("S sa A", FLOWSCOPE_TCP_FACTS_OFF);

    g_assert_cmpstr(record.history, ==, "");
    g_assert_cmpint(record.conn_state, ==, FLOWSCOPE_CONN_none);
    g_assert_cmpstr(flowscope_conn_state_name(FLOWSCOPE_CONN_none), ==, "");
    g_assert_cmpstr(flowscope_conn_state_name(FLOWSCOPE_CONN_COUNT), ==, "");
}

int main(int count, char **arguments)
{
    g_test_init(&count, &arguments, NULL);
    g_test_add_func("/history/table", test_table);
    g_test_add_func("/history/scaled", test_scaled);
    g_test_add_func("/history/repeats", test_repeats);
    g_test_add_func("/history/repeats_written", test_repeats_written);
    g_test_add_func("/history/repeats_in_records", test_repeats_in_records);
    g_test_add_func("/history/long", test_long);
    g_test_add_func("/history/off", test_off);
    return g_test_run();
}
