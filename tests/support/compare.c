/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/compare.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void compare(const char *where, size_t number, const char *field, int64_t engine, int64_t model)
{
    if (engine == model)
        return;
    fprintf(stderr, "%s %zu: %s is %" PRId64 ", the model says %" PRId64 "\n", where, number, field,
            engine, model);
    abort();
}

#define COMPARE(where, number, a, b, field)                                                        \
    compare(where, number, #field, (int64_t)(a)->field, (int64_t)(b)->field)

void compare_result(size_t frame, const struct flowscope_result *a,
                    const struct flowscope_result *b)
{
    COMPARE("frame", frame, a, b, verdict);
    COMPARE("frame", frame, a, b, flow_id);
    COMPARE("frame", frame, a, b, parent_id);
    COMPARE("frame", frame, a, b, related_id);
    COMPARE("frame", frame, a, b, packet_number);
    COMPARE("frame", frame, a, b, first_frame);
    COMPARE("frame", frame, a, b, prev_frame);
    COMPARE("frame", frame, a, b, direction);
    COMPARE("frame", frame, a, b, tcp_state);
    COMPARE("frame", frame, a, b, pending);
    g_assert_true(memcmp(a, b, sizeof *a) == 0);
}

void compare_record(const struct flowscope_flow_record *a, const struct flowscope_flow_record *b)
{
    size_t id = (size_t)b->flow_id;
    COMPARE("flow", id, a, b, size);
    COMPARE("flow", id, a, b, flow_id);
    COMPARE("flow", id, a, b, key);
    COMPARE("flow", id, a, b, ip_version);
    COMPARE("flow", id, a, b, protocol);
    COMPARE("flow", id, a, b, has_ports);
    COMPARE("flow", id, a, b, has_time);
    COMPARE("flow", id, a, b, tcp_state);
    COMPARE("flow", id, a, b, end_reason);
    COMPARE("flow", id, a, b, evicted);
    COMPARE("flow", id, a, b, source_port);
    COMPARE("flow", id, a, b, destination_port);
    COMPARE("flow", id, a, b, layer_count);
    COMPARE("flow", id, a, b, conn_state);
    COMPARE("flow", id, a, b, has_facts);
    COMPARE("flow", id, a, b, has_rtt);
    COMPARE("flow", id, a, b, rtt_ns);
    if (strcmp(a->history, b->history) != 0)
        g_error("flow %zu: history is %s, the model says %s", id, a->history, b->history);
    COMPARE("flow", id, a, b, parent_id);
    COMPARE("flow", id, a, b, related_id);
    COMPARE("flow", id, a, b, first_frame);
    COMPARE("flow", id, a, b, last_frame);
    COMPARE("flow", id, a, b, first_time_ns);
    COMPARE("flow", id, a, b, last_time_ns);
    for (int way = 0; way < 2; way++) {
        COMPARE("flow", id, a, b, packets[way]);
        COMPARE("flow", id, a, b, bytes[way]);
        COMPARE("flow", id, a, b, payload_bytes[way]);
        COMPARE("flow", id, a, b, retransmissions[way]);
        COMPARE("flow", id, a, b, out_of_order[way]);
        COMPARE("flow", id, a, b, tcp[way].fast_retransmissions);
        COMPARE("flow", id, a, b, tcp[way].timeout_retransmissions);
        COMPARE("flow", id, a, b, tcp[way].spurious_retransmissions);
        COMPARE("flow", id, a, b, tcp[way].duplicate_acks);
        COMPARE("flow", id, a, b, tcp[way].lost_segments);
        COMPARE("flow", id, a, b, tcp[way].zero_windows);
        COMPARE("flow", id, a, b, tcp[way].keep_alives);
        COMPARE("flow", id, a, b, tcp[way].window_probes);
        COMPARE("flow", id, a, b, tcp[way].syns);
        COMPARE("flow", id, a, b, tcp[way].fins);
        COMPARE("flow", id, a, b, tcp[way].resets);
        COMPARE("flow", id, a, b, tcp[way].in_flight_peak_bytes);
        COMPARE("flow", id, a, b, tcp[way].rtt_samples);
        COMPARE("flow", id, a, b, tcp[way].rtt_min_ns);
        COMPARE("flow", id, a, b, tcp[way].rtt_max_ns);
        COMPARE("flow", id, a, b, tcp[way].rtt_sum_ns);
        COMPARE("flow", id, a, b, tcp[way].window_fulls);
        COMPARE("flow", id, a, b, tcp[way].has_mss);
        COMPARE("flow", id, a, b, tcp[way].mss);
        COMPARE("flow", id, a, b, tcp[way].has_window_scale);
        COMPARE("flow", id, a, b, tcp[way].window_scale);
        COMPARE("flow", id, a, b, tcp[way].intervals);
        COMPARE("flow", id, a, b, tcp[way].interval_sum_ns);
        COMPARE("flow", id, a, b, tcp[way].interval_variance_us2);
        COMPARE("flow", id, a, b, tcp[way].idle_periods);
        COMPARE("flow", id, a, b, tcp[way].idle_ns);
    }
    g_assert_true(memcmp(a->source, b->source, 16) == 0);
    g_assert_true(memcmp(a->destination, b->destination, 16) == 0);
    g_assert_true(memcmp(a->layers, b->layers, sizeof a->layers) == 0);
}

void compare_counters(const struct flowscope_counters *a, const struct flowscope_counters *b)
{
#define FLOWSCOPE_COUNTER(group, name, text) COMPARE("counters of run", 1, a, b, name);
#include <flowscope/counters.def>
#undef FLOWSCOPE_COUNTER
    for (unsigned kind = 0; kind < FLOWSCOPE_ANOMALY_COUNT; kind++)
        COMPARE("counters of run", kind, a, b, anomalies[kind]);
    COMPARE("counters of run", 1, a, b, open_flows);
    COMPARE("counters of run", 1, a, b, has_time);
    COMPARE("counters of run", 1, a, b, first_time_ns);
    COMPARE("counters of run", 1, a, b, last_time_ns);
}
