/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of packets and flows, in which order; anomalies; the caller's memory of flows. */
#include "support/drive.h"

#define S FS_NS_PER_S

static struct drive drive;

static void watch(void)
{
    drive_init(&drive);
    drive_watch(&drive);
}

static void test_life_of_a_connection(void)
{
    watch();
    drive_start(&drive);
    drive_handshake(&drive, 1, 0);
    drive_expect(&drive, "start 1, fwd 1:1, syn_sent to syn_received, rev 1:2, syn_received to "
                         "established, established 1, fwd 1:3, ");
    drive_tcp(&drive, 1, false, 101, 501, FS_TCP_FIN | FS_TCP_ACK, 1);
    drive_tcp(&drive, 1, true, 501, 102, FS_TCP_FIN | FS_TCP_ACK, 1);
    drive_expect(&drive, "established to fin_wait, fwd 1:4, fin_wait to closing, rev 1:5, ");
    drive_tcp(&drive, 1, false, 102, 502, FS_TCP_ACK, 1);
    drive_expect(&drive, "closing to closed, fwd 1:6, closed 1, ");
    drive_tcp(&drive, 1, false, 102, 502, FS_TCP_ACK, 1);
    drive_expect(&drive, "fwd 1:7, ");
    drive_tcp(&drive, 1, false, 9000, 0, FS_TCP_SYN, 2);
    drive_expect(&drive, "end 1 fin, start 2, fwd 2:1, ");
    drive_stop(&drive);
}

/* What the first packet brings is no change, but being established or reset is told. */
static void test_first_packets(void)
{
    watch();
    drive_start(&drive);
    drive_tcp(&drive, 1, true, 101, 501, FS_TCP_ACK, 0);
    drive_expect(&drive, "start 1, established 1, fwd 1:1, ");
    drive_tcp(&drive, 2, false, 101, 0, FS_TCP_RST, 0);
    drive_expect(&drive, "start 2, fwd 2:1, closed 2, ");
    drive_udp(&drive, 3, 53, false, 0);
    drive_udp(&drive, 3, 53, true, 0);
    drive_expect(&drive, "start 3, fwd 3:1, rev 3:2, ");
    drive_stop(&drive);
}

/* Each callback alone: the others are NULL and are not called. */
static void test_one_callback(void)
{
    const char *const expected[] = {"syn_sent to syn_received, syn_received to established, ",
                                    "established 1, ", "fwd 1:1, rev 1:2, fwd 1:3, fwd 1:4, ",
                                    "established to reset, ", "closed 1, "};

    for (unsigned i = 0; i < 5; i++) {
        struct flowscope_sink all;

        watch();
        all = drive.sink;
        drive.sink = (struct flowscope_sink){.size = sizeof(all), .user = &drive};
        if (i == 0 || i == 3)
            drive.sink.flow_state_changed = all.flow_state_changed;
        if (i == 1)
            drive.sink.flow_established = all.flow_established;
        if (i == 2)
            drive.sink.flow_packet = all.flow_packet;
        if (i == 4)
            drive.sink.flow_closed = all.flow_closed;
        drive_start(&drive);
        drive_handshake(&drive, 1, 0);
        if (i == 3)
            drive_expect(&drive, expected[0]);
        if (i >= 2)
            drive_tcp(&drive, 1, false, 101, 501, FS_TCP_RST, 1);
        drive_expect(&drive, expected[i]);
        drive_stop(&drive);
    }
}

/* From the start of the flow on, with its packets. */
static void test_tick(void)
{
    watch();
    drive.sink.flow_packet = NULL;
    drive.config.tick_interval_ns = 10 * S;
    drive_start(&drive);
    for (int i = 0; i <= 50; i += 3)
        drive_udp(&drive, 1, 53, false, i * S);
    drive_expect(&drive, "start 1, tick 1, tick 1, tick 1, tick 1, ");
    flowscope_engine_advance(drive.engine, 90 * S);
    drive_expect(&drive, "");
    drive_stop(&drive);
}

static void test_eviction(void)
{
    watch();
    drive.sink.flow_packet = NULL;
    drive.config.max_flows = 2;
    drive_start(&drive);
    drive_udp(&drive, 1, 53, false, 0);
    drive_tcp(&drive, 2, false, 101, 0, FS_TCP_RST, 0);
    drive_udp(&drive, 3, 53, false, 0);
    drive_expect(&drive, "start 1, start 2, closed 2, warning flow_table_eviction flow 2, end 2 "
                         "rst, start 3, ");
    g_assert_true(drive.last_ended.evicted);
    drive_udp(&drive, 4, 53, false, 0);
    drive_expect(&drive, "warning flow_table_eviction flow 1, end 1 evicted, start 4, ");
    g_assert_true(drive.last_ended.evicted);
    g_assert_cmpuint(drive.last_count, ==, 2);
    g_assert_cmpuint(drive_counters(&drive).flows_evicted, ==, 2);
    g_assert_cmpuint(drive_counters(&drive).anomalies[FLOWSCOPE_ANOMALY_flow_table_eviction], ==,
                     2);
    flowscope_engine_flush(drive.engine);
    g_assert_false(drive.last_ended.evicted);
    drive_stop(&drive);
}

static void test_anomalies(void)
{
    watch();
    drive.sink.flow_packet = NULL;
    drive.sink.flow_started = NULL;
    drive_start(&drive);
    drive_udp(&drive, 1, 53, false, 5 * S);
    drive_udp(&drive, 1, 53, false, 4 * S);
    drive_expect(&drive, "info time_step_back frame 2, ");
    drive_udp(&drive, 1, 53, false, 9000 * S);
    drive_expect(&drive, "warning time_jump frame 3, end 1 idle, ");
    drive_udp(&drive, 2, 53, false, 5 * S);
    drive.build.data[drive.build.l4 + 4] = 0; /* a UDP length below its header's */
    drive.build.data[drive.build.l4 + 5] = 3;
    drive_frame(&drive, 5 * S);
    drive_expect(&drive, "error bad_l4 frame 5 flow 3, ");
    g_assert_cmpuint(drive.last_count, ==, 1);
    drive_stop(&drive);
}

/* A SYN that comes twice, and a FIN after one behind it. Without a callback they are counted. */
static void test_segments(void)
{
    for (unsigned told = 0; told < 2; told++) {
        drive_init(&drive);
        if (told)
            drive_watch(&drive);
        drive.sink = (struct flowscope_sink){
            .size = sizeof(drive.sink), .user = &drive, .anomaly = drive.sink.anomaly};
        drive_start(&drive);
        drive_tcp(&drive, 7, false, 100, 0, FS_TCP_SYN, 0);
        drive_tcp(&drive, 7, false, 100, 0, FS_TCP_SYN, 1 * S);
        drive_tcp(&drive, 7, false, 105, 0, FS_TCP_FIN | FS_TCP_ACK, 2 * S);
        drive_tcp(&drive, 7, false, 101, 0, FS_TCP_FIN | FS_TCP_ACK, 2 * S + 1000);
        drive_expect(&drive,
                     told ? "info retransmit frame 2 flow 1, info ooo_segment frame 4 flow 1, "
                          : "");
        g_assert_cmpuint(drive_counters(&drive).anomalies[FLOWSCOPE_ANOMALY_retransmit], ==, 1);
        g_assert_cmpuint(drive_counters(&drive).anomalies[FLOWSCOPE_ANOMALY_ooo_segment], ==, 1);
        drive_stop(&drive);
    }
}

static int64_t by_port(void *user, const struct flowscope_flow_record *record)
{
    (void)user;
    return record->source_port * S;
}

static void test_timeouts_full(void)
{
    watch();
    drive.sink.flow_packet = NULL;
    drive.sink.flow_started = NULL;
    drive.sink.idle_timeout = by_port;
    drive_start(&drive);
    for (uint16_t port = 1; port <= FS_TIMEOUTS_OWN; port++)
        drive_udp(&drive, port, 53, false, 0);
    drive_expect(&drive, "");
    drive_udp(&drive, 900, 53, false, 0);
    drive_expect(&drive, "warning timeouts_full flow 49, ");
    drive_stop(&drive);
}

static void test_words(void)
{
    g_assert_cmpstr(flowscope_anomaly_name(FLOWSCOPE_ANOMALY_bad_l4), ==, "bad_l4");
    g_assert_cmpstr(flowscope_anomaly_name(FLOWSCOPE_ANOMALY_COUNT), ==, "");
    g_assert_cmpint(flowscope_anomaly_severity(FLOWSCOPE_ANOMALY_COUNT), ==,
                    FLOWSCOPE_SEVERITY_info);
    g_assert_cmpstr(flowscope_severity_name(FLOWSCOPE_SEVERITY_critical), ==, "critical");
    g_assert_cmpstr(flowscope_severity_name(FLOWSCOPE_SEVERITY_COUNT), ==, "");
}

/* The caller's memory: a counter of packets, and something that it owns. */
struct state {
    uint64_t packets;
    char *owned;
};

static unsigned owned;

static void state_started(void *user, const struct flowscope_flow_record *record)
{
    struct state *state = record->flow_state;

    (void)user;
    g_assert_cmpuint(state->packets, ==, 0);
    g_assert_null(state->owned);
    state->owned = g_strdup("owned");
    owned++;
}

static void state_packet(void *user, const struct flowscope_packet_event *event)
{
    struct state *state = event->flow_state;

    (void)user;
    g_assert_cmpuint(++state->packets, ==, event->packet_number);
}

static void state_ended(void *user, const struct flowscope_flow_record *record)
{
    const struct state *state = record->flow_state;

    (void)user;
    g_assert_cmpstr(state->owned, ==, "owned");
    g_assert_cmpuint(state->packets, ==, record->packets[0] + record->packets[1]);
}

static void state_drop(void *user, void *flow_state)
{
    struct state *state = flow_state;

    g_assert_true(user == &drive);
    g_assert_cmpint(flowscope_engine_flush(drive.engine), ==, FLOWSCOPE_BUSY);
    g_free(state->owned);
    owned--;
}

static void test_state(void)
{
    size_t without;

    drive_init(&drive);
    without = flowscope_config_footprint(&drive.config);
    drive.config.flow_state_bytes = sizeof(struct state) + 1;
    drive.config.tick_interval_ns = 1;
    g_assert_cmpuint(flowscope_config_footprint(&drive.config), >=, without + 100 * 48);
    drive.config.max_flows = 4;
    drive.sink.flow_started = state_started;
    drive.sink.flow_packet = state_packet;
    drive.sink.flow_ended = state_ended;
    drive.sink.flow_state_drop = state_drop;
    drive_start(&drive);
    for (uint16_t port = 1; port <= 20; port++) { /* evicted, then ended by reuse of slots */
        drive_udp(&drive, port, 53, false, 0);
        drive_udp(&drive, port, 53, true, 0);
    }
    g_assert_cmpuint(owned, ==, 4);
    flowscope_engine_advance(drive.engine, 100 * S);
    g_assert_cmpuint(owned, ==, 0);
    drive_udp(&drive, 1, 53, false, 100 * S);
    flowscope_engine_flush(drive.engine);
    g_assert_cmpuint(owned, ==, 0);
    drive_udp(&drive, 1, 53, false, 100 * S);
    flowscope_engine_reset(drive.engine);
    g_assert_cmpuint(owned, ==, 0);
    drive_udp(&drive, 1, 53, false, 100 * S);
    g_assert_cmpuint(owned, ==, 1);
    flowscope_engine_destroy(drive.engine);
    g_assert_cmpuint(owned, ==, 0);
    drive.engine = NULL;
    drive_stop(&drive);
}

static void test_limits(void)
{
    const char *bad;

    drive_init(&drive);
    drive.config.flow_state_bytes = FS_FLOW_STATE_MAX + 1;
    g_assert_cmpint(flowscope_config_check(&drive.config, &bad), ==, FLOWSCOPE_BAD_CONFIG);
    g_assert_cmpstr(bad, ==, "flow_state_bytes");
    drive.config.flow_state_bytes = FS_FLOW_STATE_MAX;
    drive.config.tick_interval_ns = -1;
    g_assert_cmpint(flowscope_config_check(&drive.config, &bad), ==, FLOWSCOPE_BAD_CONFIG);
    g_assert_cmpstr(bad, ==, "tick_interval_ns");
    drive_stop(&drive);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/events/life-of-a-connection", test_life_of_a_connection);
    g_test_add_func("/engine/events/first-packets", test_first_packets);
    g_test_add_func("/engine/events/one-callback", test_one_callback);
    g_test_add_func("/engine/events/tick", test_tick);
    g_test_add_func("/engine/events/eviction", test_eviction);
    g_test_add_func("/engine/events/anomalies", test_anomalies);
    g_test_add_func("/engine/events/segments", test_segments);
    g_test_add_func("/engine/events/timeouts-full", test_timeouts_full);
    g_test_add_func("/engine/events/words", test_words);
    g_test_add_func("/engine/events/state", test_state);
    g_test_add_func("/engine/events/limits", test_limits);
    return g_test_run();
}
