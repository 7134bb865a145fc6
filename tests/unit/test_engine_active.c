/* SPDX-License-Identifier: BSD-2-Clause */
/* The active timeout. */
#include "support/drive.h"

#define S FS_NS_PER_S

static struct drive drive;

static void start(void)
{
    drive_init(&drive);
    drive.config.active_timeout_ns = 10 * S;
    drive_start(&drive);
}

/* Direction and state go on though the packet that opens the heir comes from the other side. */
static void test_inherits(void)
{
    struct flowscope_result result;

    start();
    drive_handshake(&drive, 1, 0);
    drive_tcp(&drive, 1, false, 101, 501, FS_TCP_FIN | FS_TCP_ACK, 1 * S);
    g_assert_cmpuint(drive_tcp(&drive, 1, true, 501, 101, FS_TCP_ACK, 10 * S - 1).flow_id, ==, 1);
    result = drive_tcp(&drive, 1, true, 501, 102, FS_TCP_ACK, 10 * S);
    g_assert_cmpuint(result.flow_id, ==, 2);
    g_assert_cmpuint(result.packet_number, ==, 1);
    g_assert_cmpuint(result.prev_frame, ==, 0);
    g_assert_cmpint(result.direction, ==, FLOWSCOPE_DIRECTION_REVERSE);
    g_assert_cmpint(result.tcp_state, ==, FLOWSCOPE_TCP_fin_wait);
    drive_expect(&drive, "start 1, end 1 active, start 2, ");
    g_assert_cmpuint(drive.last_ended.packets[0] + drive.last_ended.packets[1], ==, 5);
    /* What the first flow knew of sequence numbers closes the second. */
    drive_tcp(&drive, 1, true, 501, 102, FS_TCP_FIN | FS_TCP_ACK, 11 * S);
    result = drive_tcp(&drive, 1, false, 102, 502, FS_TCP_ACK, 12 * S);
    g_assert_cmpint(result.tcp_state, ==, FLOWSCOPE_TCP_closed);
    g_assert_cmpuint(result.flow_id, ==, 2);
    drive_tcp(&drive, 1, false, 102, 502, FS_TCP_ACK, 30 * S); /* closed flows are not cut */
    flowscope_engine_flush(drive.engine);
    drive_expect(&drive, "end 2 fin, ");
    g_assert_cmpuint(drive.last_ended.source_port, ==, 1);
    drive_stop(&drive);
}

/* A new connection inherits nothing, nor does what comes after an idle timeout. */
static void test_no_heir(void)
{
    start();
    drive_handshake(&drive, 1, 0);
    drive_tcp(&drive, 1, true, 900, 0, FS_TCP_SYN, 20 * S);
    drive_expect(&drive, "start 1, end 1 reused, start 2, ");
    drive_udp(&drive, 7, 53, false, 20 * S);
    g_assert_cmpint(drive_udp(&drive, 7, 53, true, 90 * S).direction, ==,
                    FLOWSCOPE_DIRECTION_FORWARD);
    drive_expect(&drive, "start 3, end 2 idle, end 3 idle, start 4, ");
    drive_stop(&drive);
}

/* Records last less than the timeout, whatever the traffic. */
static void test_chain(void)
{
    start();
    for (int i = 0; i < 100; i++)
        drive_udp(&drive, 7, 53, i & 1, i * S);
    g_assert_cmpuint(drive_counters(&drive).flows, ==, 10);
    g_assert_cmpint(drive.last_ended.last_time_ns - drive.last_ended.first_time_ns, ==, 9 * S);
    g_assert_cmpuint(drive.last_ended.destination_port, ==, 53);
    drive_stop(&drive);
}

/* The initiator is known, and only the other side is heard: what Zeek calls SHR, of UDP too. */
static void test_responder_alone(void)
{
    start();
    drive_udp(&drive, 7, 53, false, 0);
    drive_udp(&drive, 7, 53, true, 1 * S);
    drive_udp(&drive, 7, 53, true, 11 * S);
    g_assert_cmpint(drive.last_ended.conn_state, ==, FLOWSCOPE_CONN_SF);
    g_assert_cmpstr(drive.last_ended.history, ==, "Dd");
    flowscope_engine_flush(drive.engine);
    g_assert_cmpuint(drive.last_ended.flow_id, ==, 2);
    g_assert_cmpuint(drive.last_ended.source_port, ==, 7);
    g_assert_cmpint(drive.last_ended.conn_state, ==, FLOWSCOPE_CONN_SHR);
    g_assert_cmpstr(drive.last_ended.history, ==, "d");
    drive_stop(&drive);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/active/inherits", test_inherits);
    g_test_add_func("/engine/active/no-heir", test_no_heir);
    g_test_add_func("/engine/active/chain", test_chain);
    g_test_add_func("/engine/active/responder-alone", test_responder_alone);
    return g_test_run();
}
