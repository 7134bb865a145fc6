/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow records made by hand. */
#include "support/records.h"

#include <arpa/inet.h>
#include <glib.h>

struct flowscope_flow_record record_tcp(uint64_t id)
{
    struct flowscope_flow_record record = {
        .size = sizeof record,
        .ip_version = 4,
        .protocol = 6,
        .has_ports = 1,
        .has_time = 1,
        .tcp_state = FLOWSCOPE_TCP_established,
        .end_reason = FLOWSCOPE_END_end_of_capture,
        .source_port = 40000,
        .destination_port = 443,
        .source = {192, 0, 2, 1},
        .destination = {198, 51, 100, 20},
        .flow_id = id,
        .first_frame = 3,
        .last_frame = 9,
        .first_time_ns = 1700000000 * RECORDS_SECOND + 5,
        .last_time_ns = 1700000002 * RECORDS_SECOND + 4,
        .packets = {4, 3},
        .bytes = {400, 3000},
        .payload_bytes = {200, 2840},
    };
    return record;
}

struct flowscope_flow_record record_odd(uint64_t id)
{
    struct flowscope_flow_record record = {
        .size = sizeof record,
        .ip_version = 6,
        .protocol = 253,
        .end_reason = FLOWSCOPE_END_idle,
        .source_port = 7,
        .flow_id = id,
        .parent_id = 1,
        .first_frame = 4,
        .last_frame = 4,
        .packets = {1, 0},
        .bytes = {1280, 0},
        .payload_bytes = {1240, 0},
        .layer_count = 2,
        .layers = {{FLOWSCOPE_LAYER_vlan, 10}, {FLOWSCOPE_LAYER_vlan, 4094}},
    };

    inet_pton(AF_INET6, "2001:db8::1", record.source);
    inet_pton(AF_INET6, "ff02::fb", record.destination);
    return record;
}

struct flowscope_flow_record record_udp(uint64_t id)
{
    struct flowscope_flow_record record = record_tcp(id);

    record.protocol = 17;
    record.tcp_state = FLOWSCOPE_TCP_none;
    record.end_reason = FLOWSCOPE_END_idle;
    record.ip_version = 6;
    record.destination_port = 53;
    record.first_time_ns = 1699999999 * RECORDS_SECOND;
    record.last_time_ns = 1699999999 * RECORDS_SECOND;
    inet_pton(AF_INET6, "2001:db8::1", record.source);
    inet_pton(AF_INET6, "2001:db8::53", record.destination);
    return record;
}

static void put(fs_ledger *ledger, struct flowscope_flow_record record)
{
    g_assert_true(fs_ledger_put(ledger, &record));
}

fs_ledger *records_ledger(void)
{
    fs_ledger *ledger = fs_ledger_new(0);

    put(ledger, record_odd(2));
    put(ledger, record_tcp(1));
    put(ledger, record_udp(3));
    return ledger;
}
