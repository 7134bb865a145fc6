/* SPDX-License-Identifier: BSD-2-Clause */
/* Timeouts of flows' own: by port, and by the caller's word. */
#include "support/drive.h"

#define S FS_NS_PER_S

static struct drive drive;

/* Exact for the packet, and by the timer when no packet comes, though the usual one is longer. */
static void test_port(void)
{
    drive_init(&drive);
    drive.config.port_timeout[0] =
        (struct flowscope_port_timeout){.timeout_ns = 5 * S, .port = 53, .protocol = 17};
    drive_start(&drive);
    drive_udp(&drive, 1000, 53, false, 0);
    drive_udp(&drive, 1000, 123, false, 0);
    drive_udp(&drive, 1000, 53, true, 5 * S - 1);
    drive_udp(&drive, 1000, 53, false, 10 * S - 1);
    drive_expect(&drive, "start 1, start 2, end 1 idle, start 3, ");
    flowscope_engine_advance(drive.engine, 17 * S);
    drive_expect(&drive, "end 3 idle, ");
    flowscope_engine_advance(drive.engine, 62 * S);
    drive_expect(&drive, "end 2 idle, ");
    drive_stop(&drive);
}

/* The responder's port, then the initiator's; the first entry that fits; longer than usual too. */
static void test_which_port(void)
{
    drive_init(&drive);
    drive.config.port_timeout[0] = (struct flowscope_port_timeout){.timeout_ns = 7 * S, .port = 9};
    drive.config.port_timeout[1] =
        (struct flowscope_port_timeout){.timeout_ns = 1000 * S, .port = 80, .protocol = 17};
    drive.config.port_timeout[2] = (struct flowscope_port_timeout){.timeout_ns = 3 * S, .port = 80};
    drive_start(&drive);
    drive_udp(&drive, 9, 80, false, 0);
    drive_udp(&drive, 9, 1, false, 0);
    flowscope_engine_advance(drive.engine, 9 * S);
    drive_expect(&drive, "start 1, start 2, end 2 idle, ");
    g_assert_cmpuint(drive_udp(&drive, 9, 80, true, 999 * S).flow_id, ==, 1);
    drive_stop(&drive);
}

/* Half-open and closed connections keep the timeouts that they have for that. */
static void test_states(void)
{
    drive_init(&drive);
    drive.config.port_timeout[0] = (struct flowscope_port_timeout){.timeout_ns = 7 * S, .port = 80};
    drive_start(&drive);
    drive_tcp(&drive, 1, false, 100, 0, FS_TCP_SYN, 0);
    drive_handshake(&drive, 2, 0);
    drive_handshake(&drive, 3, 0);
    drive_tcp(&drive, 3, false, 101, 501, FS_TCP_RST, 0);
    flowscope_engine_advance(drive.engine, 9 * S);
    drive_expect(&drive, "start 1, start 2, start 3, end 2 idle, ");
    flowscope_engine_advance(drive.engine, 62 * S);
    drive_expect(&drive, "end 1 idle, end 3 rst, ");
    drive_stop(&drive);
}

/* The type of a ping is no port. */
static void test_icmp(void)
{
    drive_init(&drive);
    drive.config.port_timeout[0] = (struct flowscope_port_timeout){.timeout_ns = 1 * S, .port = 8};
    drive_start(&drive);
    build_begin(&drive.build);
    build_eth(&drive.build);
    build_ipv4(&drive.build, "192.0.2.1", "198.51.100.2");
    build_icmp(&drive.build, 8, 0, 1, 1);
    build_end(&drive.build);
    drive_frame(&drive, 0);
    g_assert_cmpuint(drive_frame(&drive, 29 * S).flow_id, ==, 1);
    drive_stop(&drive);
}

static GString *asked;
static int64_t answer;

static int64_t on_asked(void *user, const struct flowscope_flow_record *record)
{
    g_assert_true(user == &drive);
    g_assert_cmpint(flowscope_engine_flush(drive.engine), ==, FLOWSCOPE_BUSY);
    g_string_append_printf(asked, "%u %s, ", record->source_port,
                           flowscope_tcp_state_name(record->tcp_state));
    return answer;
}

/* Asked at the opening and when the state changes, and at no other packet. */
static void test_predicate(void)
{
    asked = g_string_new(NULL);
    answer = 4 * S;
    drive_init(&drive);
    drive.sink.idle_timeout = on_asked;
    drive_start(&drive);
    drive_handshake(&drive, 1, 0);
    for (unsigned i = 0; i < 5; i++)
        drive_tcp(&drive, 1, i & 1, 101, 501, FS_TCP_ACK, i * S);
    g_assert_cmpstr(asked->str, ==, "1 syn_sent, 1 syn_received, 1 established, ");
    drive_tcp(&drive, 1, false, 101, 501, FS_TCP_ACK, 8 * S);
    drive_expect(&drive, "start 1, end 1 idle, start 2, ");
    answer = 0;
    drive_udp(&drive, 5, 53, false, 8 * S);
    g_assert_cmpuint(drive_udp(&drive, 5, 53, false, 67 * S).flow_id, ==, 3);
    drive_stop(&drive);
    g_string_free(asked, TRUE);
}

static int64_t by_port(void *user, const struct flowscope_flow_record *record)
{
    (void)user;
    return record->source_port * S;
}

/* Each different one has its list, as many as there is room for; more are counted. */
static void test_many(void)
{
    drive_init(&drive);
    drive.sink.idle_timeout = by_port;
    drive_start(&drive);
    for (uint16_t port = 101; port <= 101 + FS_TIMEOUTS_OWN; port++)
        drive_udp(&drive, port, 53, false, 0);
    g_assert_cmpuint(drive_counters(&drive).timeouts_full, ==, 1);
    g_string_truncate(drive.log, 0);
    flowscope_engine_advance(drive.engine, 62 * S); /* the usual timeout of the one too many */
    drive_expect(&drive, "end 49 idle, ");
    flowscope_engine_advance(drive.engine, 103 * S + S / 2);
    drive_expect(&drive, "end 1 idle, end 2 idle, ");
    flowscope_engine_reset(drive.engine);
    drive_udp(&drive, 900, 53, false, 0);
    g_assert_cmpuint(drive_udp(&drive, 900, 53, false, 899 * S).flow_id, ==, 1);
    drive_stop(&drive);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/timeouts/port", test_port);
    g_test_add_func("/engine/timeouts/which-port", test_which_port);
    g_test_add_func("/engine/timeouts/states", test_states);
    g_test_add_func("/engine/timeouts/icmp", test_icmp);
    g_test_add_func("/engine/timeouts/predicate", test_predicate);
    g_test_add_func("/engine/timeouts/many", test_many);
    return g_test_run();
}
