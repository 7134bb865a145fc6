/* SPDX-License-Identifier: BSD-2-Clause */
/* The contract's words. They are written down again here: a renamed one breaks scripts. */
#include <flowscope/packet.h>

#include <glib.h>

static void test_verdicts(void)
{
    static const char *const words[] = {
        "ok",      "duplicate",         "fragment_pending", "fragment_lost", "not_a_packet",
        "no_data", "unknown_link_type", "truncated_link",   "not_ip",        "truncated_ip",
        "bad_ip",  "truncated_ports",   "tunnel_depth",     "no_key"};

    g_assert_cmpuint(FLOWSCOPE_VERDICT_COUNT, ==, G_N_ELEMENTS(words));
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        g_assert_cmpstr(flowscope_verdict_name(i), ==, words[i]);
    g_assert_cmpstr(flowscope_verdict_name(FLOWSCOPE_VERDICT_COUNT), ==, "");
    g_assert_cmpstr(flowscope_verdict_name(UINT_MAX), ==, "");
}

static void test_tcp_states(void)
{
    static const char *const words[] = {
        "",         "new",     "syn_sent", "syn_received", "established",
        "fin_wait", "closing", "closed",   "reset"};

    g_assert_cmpuint(FLOWSCOPE_TCP_STATE_COUNT, ==, G_N_ELEMENTS(words));
    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++)
        g_assert_cmpstr(flowscope_tcp_state_name(i), ==, words[i]);
    g_assert_cmpstr(flowscope_tcp_state_name(FLOWSCOPE_TCP_STATE_COUNT), ==, "");
    g_assert_cmpstr(flowscope_tcp_state_name(UINT_MAX), ==, "");
}

static void test_directions(void)
{
    g_assert_cmpstr(flowscope_direction_name(FLOWSCOPE_DIRECTION_NONE), ==, "");
    g_assert_cmpstr(flowscope_direction_name(FLOWSCOPE_DIRECTION_FORWARD), ==, "fwd");
    g_assert_cmpstr(flowscope_direction_name(FLOWSCOPE_DIRECTION_REVERSE), ==, "rev");
    g_assert_cmpstr(flowscope_direction_name(3), ==, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/annotation/verdicts", test_verdicts);
    g_test_add_func("/packet/annotation/tcp-states", test_tcp_states);
    g_test_add_func("/packet/annotation/directions", test_directions);
    return g_test_run();
}
