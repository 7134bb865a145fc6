/* SPDX-License-Identifier: BSD-2-Clause */
/* The reports, from records and counters made by hand, to the byte. */
#include "export/report.h"
#include "export/summary.h"

#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

#define FLOW_HEADER                                                                                \
    "flow_id,parent_id,tunnel,proto,src,sport,dst,dport,first_ts,last_ts,duration,packets_fwd,"    \
    "packets_rev,bytes_fwd,bytes_rev,payload_fwd,payload_rev,state,conn_state,history,end_reason," \
    "service,community_id,dup_packets,retrans_fwd,retrans_rev,ooo_fwd,ooo_rev,gap_bytes_fwd,"      \
    "gap_bytes_rev,rtt_us,first_frame,last_frame,related_id\n"

#define SECOND INT64_C(1000000000)

static struct flowscope_flow_record tcp_record(uint64_t id)
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
        .first_time_ns = 1700000000 * SECOND + 5,
        .last_time_ns = 1700000002 * SECOND + 4,
        .packets = {4, 3},
        .bytes = {400, 3000},
        .payload_bytes = {200, 2840},
    };
    return record;
}

/* IPv6 between two VLAN tags, a protocol without a name, no ports, no time. */
static struct flowscope_flow_record odd_record(uint64_t id)
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
        .layers = {{FLOWSCOPE_LAYER_VLAN, 10}, {FLOWSCOPE_LAYER_VLAN, 4094}},
    };

    inet_pton(AF_INET6, "2001:db8::1", record.source);
    inet_pton(AF_INET6, "ff02::fb", record.destination);
    return record;
}

static struct flowscope_flow_record udp_record(uint64_t id)
{
    struct flowscope_flow_record record = tcp_record(id);

    record.protocol = 17;
    record.tcp_state = FLOWSCOPE_TCP_none;
    record.end_reason = FLOWSCOPE_END_idle;
    record.ip_version = 6;
    record.destination_port = 53;
    record.first_time_ns = 1699999999 * SECOND;
    record.last_time_ns = 1699999999 * SECOND;
    inet_pton(AF_INET6, "2001:db8::1", record.source);
    inet_pton(AF_INET6, "2001:db8::53", record.destination);
    return record;
}

static void put(fs_ledger *ledger, struct flowscope_flow_record record)
{
    g_assert_true(fs_ledger_put(ledger, &record));
}

static fs_ledger *three_flows(void)
{
    fs_ledger *ledger = fs_ledger_new(0);

    put(ledger, odd_record(2));
    put(ledger, tcp_record(1));
    put(ledger, udp_record(3));
    return ledger;
}

static char *written;
static size_t length;

static FILE *start(void)
{
    free(written);
    written = NULL;
    return open_memstream(&written, &length);
}

static void check_flows(enum fs_format format, const fs_selection *selection, const char *want)
{
    fs_ledger *ledger = three_flows();
    FILE *out = start();

    g_assert_true(fs_report_flows(out, format, ledger, selection));
    fclose(out);
    g_assert_cmpstr(written, ==, want);
    fs_ledger_free(ledger);
}

#define TCP_CSV                                                                                    \
    "1,,,tcp,192.0.2.1,40000,198.51.100.20,443,1700000000.000000005,1700000002.000000004,"         \
    "1.999999999,4,3,400,3000,200,2840,established,,,end_of_capture,,,,,,,,,,,3,9,\n"

static void test_flows_csv(void)
{
    check_flows(FS_FORMAT_CSV, NULL,
                FLOW_HEADER TCP_CSV
                "2,1,vlan:10/vlan:4094,253,2001:db8::1,,ff02::fb,,,,,1,0,1280,0,1240,0,,,,idle,,,,"
                ",,,,,,,4,4,\n"
                "3,,,udp,2001:db8::1,40000,2001:db8::53,53,1699999999.000000000,"
                "1699999999.000000000,0.000000000,4,3,400,3000,200,2840,,,,idle,,,,,,,,,,,3,9,\n");
}

#define TCP_NDJSON                                                                                 \
    "{\"flow_id\":1,\"proto\":\"tcp\",\"src\":\"192.0.2.1\",\"sport\":40000,"                      \
    "\"dst\":\"198.51.100.20\",\"dport\":443,\"first_ts\":1700000000.000000005,"                   \
    "\"last_ts\":1700000002.000000004,\"duration\":1.999999999,\"packets_fwd\":4,"                 \
    "\"packets_rev\":3,\"bytes_fwd\":400,\"bytes_rev\":3000,\"payload_fwd\":200,"                  \
    "\"payload_rev\":2840,\"state\":\"established\",\"end_reason\":\"end_of_capture\","            \
    "\"first_frame\":3,\"last_frame\":9}\n"

static void test_flows_ndjson(void)
{
    check_flows(FS_FORMAT_NDJSON, NULL,
                TCP_NDJSON
                "{\"flow_id\":2,\"parent_id\":1,\"tunnel\":\"vlan:10/vlan:4094\",\"proto\":\"253\","
                "\"src\":\"2001:db8::1\",\"dst\":\"ff02::fb\",\"packets_fwd\":1,\"packets_rev\":0,"
                "\"bytes_fwd\":1280,\"bytes_rev\":0,\"payload_fwd\":1240,\"payload_rev\":0,"
                "\"end_reason\":\"idle\",\"first_frame\":4,\"last_frame\":4}\n"
                "{\"flow_id\":3,\"proto\":\"udp\",\"src\":\"2001:db8::1\",\"sport\":40000,"
                "\"dst\":\"2001:db8::53\",\"dport\":53,\"first_ts\":1699999999.000000000,"
                "\"last_ts\":1699999999.000000000,\"duration\":0.000000000,\"packets_fwd\":4,"
                "\"packets_rev\":3,\"bytes_fwd\":400,\"bytes_rev\":3000,\"payload_fwd\":200,"
                "\"payload_rev\":2840,\"end_reason\":\"idle\",\"first_frame\":3,"
                "\"last_frame\":9}\n");
}

#define TABLE_HEADER                                                                               \
    "id proto source              destination             start    duration pkts> pkts< bytes> "   \
    "bytes< state       history end\n"
#define TABLE_TCP                                                                                  \
    " 1 tcp   192.0.2.1:40000     198.51.100.20:443 1.000000005 1.999999999     4     3    400 "   \
    "  3000 established -       end_of_capture\n"
#define TABLE_ODD                                                                                  \
    " 2 253   2001:db8::1         ff02::fb                    -           -     1     0   1280 "   \
    "     0 -           -       idle\n"
#define TABLE_UDP                                                                                  \
    " 3 udp   [2001:db8::1]:40000 [2001:db8::53]:53 0.000000000 0.000000000     4     3    400 "   \
    "  3000 -           -       idle\n"

static void test_flows_table(void)
{
    fs_ledger *empty = fs_ledger_new(0);
    FILE *out;

    check_flows(FS_FORMAT_TABLE, NULL, TABLE_HEADER TABLE_TCP TABLE_ODD TABLE_UDP);
    out = start();
    g_assert_true(fs_report_flows(out, FS_FORMAT_TABLE, empty, NULL));
    fclose(out);
    g_assert_cmpstr(written, ==,
                    "id proto source destination start duration pkts> pkts< bytes> bytes< state "
                    "history end\n");
    fs_ledger_free(empty);
}

/* `start` counts from the first flow of all, selected or not. */
static void test_flows_selected(void)
{
    fs_selection *selection = fs_selection_new();

    check_flows(FS_FORMAT_CSV, selection, FLOW_HEADER);
    check_flows(FS_FORMAT_NDJSON, selection, "");
    fs_selection_add(selection, 1);
    check_flows(FS_FORMAT_CSV, selection, FLOW_HEADER TCP_CSV);
    check_flows(FS_FORMAT_NDJSON, selection, TCP_NDJSON);
    check_flows(FS_FORMAT_TABLE, selection,
                "id proto source          destination             start    duration pkts> pkts< "
                "bytes> bytes< state       history end\n"
                " 1 tcp   192.0.2.1:40000 198.51.100.20:443 1.000000005 1.999999999     4     3 "
                "   400   3000 established -       end_of_capture\n");
    fs_selection_free(selection);
}

static void test_flow_rows(void)
{
    struct flowscope_flow_record record = tcp_record(1);
    FILE *out = start();

    fs_report_flow_header(out, FS_FORMAT_CSV);
    fs_report_flow_row(out, FS_FORMAT_CSV, &record);
    fs_report_flow_header(out, FS_FORMAT_NDJSON);
    fs_report_flow_row(out, FS_FORMAT_NDJSON, &record);
    fclose(out);
    g_assert_cmpstr(written, ==, FLOW_HEADER TCP_CSV TCP_NDJSON);
}

static void put_packets(FILE *out, enum fs_format format)
{
    static const struct flowscope_packet packets[] = {
        {.frame = 1, .time_ns = 1700000000 * SECOND + 1, .time_quality = FLOWSCOPE_TIME_GOOD},
        {.frame = 2, .time_ns = 5, .time_quality = FLOWSCOPE_TIME_NONE},
        {.frame = 12345678901, .time_ns = -1, .time_quality = FLOWSCOPE_TIME_BAD},
    };
    static const struct flowscope_result results[] = {
        {.flow_id = 1,
         .packet_number = 1,
         .first_frame = 1,
         .direction = FLOWSCOPE_DIRECTION_FORWARD,
         .tcp_state = FLOWSCOPE_TCP_syn_sent},
        {.verdict = FLOWSCOPE_VERDICT_not_ip},
        {.flow_id = 7,
         .parent_id = 1,
         .related_id = 3,
         .packet_number = 20,
         .first_frame = 1,
         .prev_frame = 9,
         .direction = FLOWSCOPE_DIRECTION_REVERSE},
    };

    fs_report_packet_header(out, format);
    for (size_t i = 0; i < G_N_ELEMENTS(packets); i++)
        fs_report_packet_row(out, format, &packets[i], &results[i]);
}

static void test_packets(void)
{
    FILE *out = start();

    put_packets(out, FS_FORMAT_CSV);
    fclose(out);
    g_assert_cmpstr(written, ==,
                    "frame,ts,flow_id,parent_id,dir,pkt,prev_frame,tcp_state,dup_of,dup_kind,reasm,"
                    "verdict,related_id\n"
                    "1,1700000000.000000001,1,,fwd,1,,syn_sent,,,,ok,\n"
                    "2,,,,,,,,,,,not_ip,\n"
                    "12345678901,-0.000000001,7,1,rev,20,9,,,,,ok,3\n");
    out = start();
    put_packets(out, FS_FORMAT_NDJSON);
    fclose(out);
    g_assert_cmpstr(written, ==,
                    "{\"frame\":1,\"ts\":1700000000.000000001,\"flow_id\":1,\"dir\":\"fwd\","
                    "\"pkt\":1,\"tcp_state\":\"syn_sent\",\"verdict\":\"ok\"}\n"
                    "{\"frame\":2,\"verdict\":\"not_ip\"}\n"
                    "{\"frame\":12345678901,\"ts\":-0.000000001,\"flow_id\":7,\"parent_id\":1,"
                    "\"dir\":\"rev\",\"pkt\":20,\"prev_frame\":9,\"verdict\":\"ok\","
                    "\"related_id\":3}\n");
    out = start();
    put_packets(out, FS_FORMAT_TABLE);
    fclose(out);
    g_assert_cmpstr(
        written, ==,
        "   frame                   ts  flow_id parent_id dir      pkt prev_frame tcp_state    "
        "dup_of dup_kind reasm verdict           related_id\n"
        "       1 1700000000.000000001        1         - fwd        1          - syn_sent     "
        "     - -        -     ok                         -\n"
        "       2                    -        -         - -          -          - -            "
        "     - -        -     not_ip                     -\n"
        "12345678901         -0.000000001        7         1 rev       20          9 -            "
        "     - -        -     ok                         3\n");
}

static struct flowscope_counters some_counters(void)
{
    struct flowscope_counters counters = {
        .size = sizeof counters,
        .frames = 20,
        .packets_in_flows = 15,
        .no_flow = 5,
        .flows = 3,
        .bytes = 8080,
        .not_ip = 4,
        .bad_ip = 1,
        .time_steps_back = 2,
        .first_time_ns = 1699999999 * SECOND,
        .last_time_ns = 1700000002 * SECOND + 4,
        .has_time = true,
    };
    return counters;
}

static void print_stats(enum fs_format format, const fs_selection *selection,
                        const struct flowscope_counters *counters)
{
    fs_ledger *ledger = three_flows();
    FILE *out = start();

    g_assert_true(fs_report_stats(out, format, ledger, selection, counters));
    fclose(out);
    fs_ledger_free(ledger);
}

#define LIMITS                                                                                     \
    "[limits]\n"                                                                                   \
    "flows_evicted 0\nbad_l4 0\nno_time 0\nbad_time 0\ntime_steps_back 2\ntime_jumps 0\n\n"

#define STATES_OF_ONE                                                                              \
    "[states]\n"                                                                                   \
    "state        flows\n"                                                                         \
    "new              0\n"                                                                         \
    "syn_sent         0\n"                                                                         \
    "syn_received     0\n"                                                                         \
    "established      1\n"                                                                         \
    "fin_wait         0\n"                                                                         \
    "closing          0\n"                                                                         \
    "closed           0\n"                                                                         \
    "reset            0\n\n"

static void test_stats_table(void)
{
    struct flowscope_counters counters = some_counters();

    print_stats(FS_FORMAT_TABLE, NULL, &counters);
    g_assert_cmpstr(
        written, ==,
        "[totals]\n"
        "frames 20\npackets_in_flows 15\nduplicates 0\nno_flow 5\nnested 0\nflows 3\nbytes 8080\n"
        "first_ts 1699999999.000000000\nlast_ts 1700000002.000000004\nduration 3.000000004\n\n"
        "[no_flow]\n"
        "fragment_pending 0\nfragment_lost 0\nnot_a_packet 0\nno_data 0\nunknown_link_type 0\n"
        "truncated_link 0\nnot_ip 4\ntruncated_ip 0\nbad_ip 1\ntruncated_ports 0\n"
        "tunnel_depth 0\n\n"
        "[protocols]\n"
        "proto flows packets bytes\n"
        "tcp       1       7  3400\n"
        "253       1       1  1280\n"
        "udp       1       7  3400\n\n" STATES_OF_ONE "[end_reasons]\n"
        "end_reason     flows\n"
        "fin                0\n"
        "rst                0\n"
        "idle               2\n"
        "active             0\n"
        "evicted            0\n"
        "reused             0\n"
        "forced             0\n"
        "end_of_capture     1\n\n" LIMITS "[top_bytes]\n"
        "flow_id proto source              destination       packets bytes\n"
        "      1 tcp   192.0.2.1:40000     198.51.100.20:443       7  3400\n"
        "      3 udp   [2001:db8::1]:40000 [2001:db8::53]:53       7  3400\n"
        "      2 253   2001:db8::1         ff02::fb                1  1280\n\n"
        "[top_packets]\n"
        "flow_id proto source              destination       packets bytes\n"
        "      1 tcp   192.0.2.1:40000     198.51.100.20:443       7  3400\n"
        "      3 udp   [2001:db8::1]:40000 [2001:db8::53]:53       7  3400\n"
        "      2 253   2001:db8::1         ff02::fb                1  1280\n");
}

static void test_stats_ndjson(void)
{
    struct flowscope_counters counters = some_counters();

    print_stats(FS_FORMAT_NDJSON, NULL, &counters);
    g_assert_true(
        g_str_has_prefix(written, "{\"section\":\"totals\",\"name\":\"frames\",\"value\":20}\n"));
    g_assert_nonnull(strstr(written, "{\"section\":\"totals\",\"name\":\"duration\","
                                     "\"value\":3.000000004}\n"
                                     "{\"section\":\"no_flow\",\"name\":\"fragment_pending\","
                                     "\"value\":0}\n"));
    g_assert_nonnull(strstr(written, "{\"section\":\"protocols\",\"name\":\"tcp\",\"value\":1}\n"
                                     "{\"section\":\"protocols\",\"name\":\"tcp.packets\","
                                     "\"value\":7}\n"
                                     "{\"section\":\"protocols\",\"name\":\"tcp.bytes\","
                                     "\"value\":3400}\n"
                                     "{\"section\":\"protocols\",\"name\":\"253\",\"value\":1}\n"));
    g_assert_nonnull(strstr(written, "{\"section\":\"states\",\"name\":\"established\","
                                     "\"value\":1}\n"));
    g_assert_nonnull(strstr(written, "{\"section\":\"end_reasons\",\"name\":\"idle\","
                                     "\"value\":2}\n"));
    g_assert_true(g_str_has_suffix(written,
                                   "{\"section\":\"top_packets\",\"name\":\"1\",\"value\":7}\n"
                                   "{\"section\":\"top_packets\",\"name\":\"3\",\"value\":7}\n"
                                   "{\"section\":\"top_packets\",\"name\":\"2\",\"value\":1}\n"));
}

static void test_stats_without_time(void)
{
    struct flowscope_counters counters = some_counters();

    counters.has_time = false;
    print_stats(FS_FORMAT_TABLE, NULL, &counters);
    g_assert_nonnull(strstr(written, "\nfirst_ts -\nlast_ts -\nduration -\n"));
    print_stats(FS_FORMAT_NDJSON, NULL, &counters);
    g_assert_null(strstr(written, "_ts"));
    g_assert_null(strstr(written, "duration"));
}

static void test_stats_selected(void)
{
    struct flowscope_counters counters = some_counters();
    fs_selection *selection = fs_selection_new();

    fs_selection_add(selection, 1);
    print_stats(FS_FORMAT_TABLE, selection, &counters);
    g_assert_true(g_str_has_prefix(
        written, "[totals]\n"
                 "frames 7\npackets_in_flows 7\nduplicates 0\nno_flow 0\nnested 0\nflows 1\n"
                 "bytes 3400\nfirst_ts 1700000000.000000005\nlast_ts 1700000002.000000004\n"
                 "duration 1.999999999\n\n"
                 "[no_flow]\nfragment_pending 0\n"));
    g_assert_nonnull(strstr(written, "\nnot_ip 0\n"));
    g_assert_nonnull(strstr(written, LIMITS));
    g_assert_nonnull(strstr(written, "[protocols]\nproto flows packets bytes\n"
                                     "tcp       1       7  3400\n\n"));
    fs_selection_free(selection);
}

/* The tops against sorting all, with many ties. */
static void test_tops(void)
{
    static struct fs_summary summary;
    uint64_t bytes[500];

    fs_summary_init(&summary);
    for (unsigned i = 0; i < G_N_ELEMENTS(bytes); i++) {
        unsigned id = i * 7 % G_N_ELEMENTS(bytes) + 1;
        struct flowscope_flow_record record = tcp_record(id);

        record.bytes[0] = bytes[id - 1] = (uint64_t)g_test_rand_int_range(0, 40);
        record.bytes[1] = 0;
        fs_summary_add(&summary, &record);
    }
    g_assert_cmpuint(summary.top_bytes.count, ==, 10);
    for (unsigned i = 0; i < 10; i++) {
        const struct flowscope_flow_record *top = &summary.top_bytes.flows[i];
        unsigned better = 0;

        for (unsigned id = 1; id <= G_N_ELEMENTS(bytes); id++)
            better += bytes[id - 1] > top->bytes[0] ||
                      (bytes[id - 1] == top->bytes[0] && id < top->flow_id);
        g_assert_cmpuint(better, ==, i);
        g_assert_cmpuint(summary.top_packets.flows[i].flow_id, ==, i + 1);
    }
}

/* Ten rows: what does not fit is one sum. */
static void test_many_protocols(void)
{
    static struct fs_summary summary;
    struct flowscope_counters counters = some_counters();
    FILE *out;

    fs_summary_init(&summary);
    for (unsigned i = 0; i < 12; i++) {
        struct flowscope_flow_record record = odd_record(i + 1);

        record.protocol = (uint8_t)(200 + i);
        fs_summary_add(&summary, &record);
    }
    out = start();
    fs_summary_print(out, FS_FORMAT_TABLE, &summary, false, &counters);
    fclose(out);
    g_assert_nonnull(strstr(written, "[protocols]\nproto flows packets bytes\n"
                                     "200       1       1  1280\n"));
    g_assert_nonnull(strstr(written, "208       1       1  1280\n"
                                     "other     3       3  3840\n\n[states]\n"));
    out = start();
    fs_summary_print(out, FS_FORMAT_NDJSON, &summary, false, &counters);
    fclose(out);
    g_assert_nonnull(strstr(written, "\"name\":\"211.bytes\",\"value\":1280}"));
}

/* Writing stops at the first error, which stays for the caller. */
static void test_full_disk(void)
{
    fs_ledger *ledger = three_flows();
    FILE *out = fopen("/dev/full", "w");

    setvbuf(out, NULL, _IONBF, 0);
    g_assert_true(fs_report_flows(out, FS_FORMAT_CSV, ledger, NULL));
    g_assert_true(ferror(out));
    fclose(out);
    fs_ledger_free(ledger);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flows/csv", test_flows_csv);
    g_test_add_func("/flows/ndjson", test_flows_ndjson);
    g_test_add_func("/flows/table", test_flows_table);
    g_test_add_func("/flows/selected", test_flows_selected);
    g_test_add_func("/flows/rows", test_flow_rows);
    g_test_add_func("/packets", test_packets);
    g_test_add_func("/stats/table", test_stats_table);
    g_test_add_func("/stats/ndjson", test_stats_ndjson);
    g_test_add_func("/stats/without-time", test_stats_without_time);
    g_test_add_func("/stats/selected", test_stats_selected);
    g_test_add_func("/stats/tops", test_tops);
    g_test_add_func("/stats/many-protocols", test_many_protocols);
    g_test_add_func("/full-disk", test_full_disk);
    return g_test_run();
}
