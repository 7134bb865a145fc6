/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of flows and packets, from records made by hand, to the byte. */
#include "export/report.h"

#include "export/address.h"
#include "support/records.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>

#define FLOW_HEADER                                                                                \
    "flow_id,parent_id,tunnel,proto,src,sport,dst,dport,first_ts,last_ts,duration,packets_fwd,"    \
    "packets_rev,bytes_fwd,bytes_rev,payload_fwd,payload_rev,state,conn_state,history,end_reason," \
    "service,community_id,dup_packets,retrans_fwd,retrans_rev,ooo_fwd,ooo_rev,gap_bytes_fwd,"      \
    "gap_bytes_rev,rtt_us,first_frame,last_frame,related_id\n"

static struct flowscope_config config; /* without digests */

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
    fs_ledger *ledger = records_ledger();
    FILE *out = start();

    g_assert_true(fs_report_flows(out, format, ledger, selection, &config));
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
    g_assert_true(fs_report_flows(out, FS_FORMAT_TABLE, empty, NULL, &config));
    fclose(out);
    g_assert_cmpstr(written, ==,
                    "id proto source destination start duration pkts> pkts< bytes> bytes< state "
                    "history end\n");
    fs_ledger_free(empty);
}

enum { CELLS = 13, ROWS = 300 };

static char *duration(const struct flowscope_flow_record *record, int64_t from, int64_t to)
{
    const uint64_t ns = (uint64_t)to - (uint64_t)from;

    return record->has_time
               ? g_strdup_printf("%" PRIu64 ".%09" PRIu64, ns / RECORDS_SECOND, ns % RECORDS_SECOND)
               : g_strdup("");
}

static char *endpoint(const struct flowscope_flow_record *record, bool is_source)
{
    struct fs_text text;

    fs_text_start(&text, NULL);
    fs_text_record_end(&text, record, is_source);
    return g_strndup(text.data, text.used);
}

static struct flowscope_flow_record random_record(GRand *random, uint64_t id)
{
    static struct flowscope_flow_record (*const kinds[])(uint64_t id) = {record_tcp, record_odd,
                                                                         record_udp};
    struct flowscope_flow_record record = kinds[g_rand_int_range(random, 0, 3)](id);
    const unsigned letters = (unsigned)g_rand_int_range(random, 0, 20);

    for (unsigned i = 0; i < 2; i++) {
        record.packets[i] = g_rand_int(random) >> g_rand_int_range(random, 0, 32);
        record.bytes[i] = (uint64_t)g_rand_int(random) << g_rand_int_range(random, 0, 32);
    }
    record.first_time_ns += (int64_t)g_rand_int(random) << g_rand_int_range(random, 0, 24);
    record.last_time_ns = record.first_time_ns + g_rand_int(random);
    for (unsigned i = 0; i < 4; i++)
        record.source[i] = (uint8_t)(g_rand_int(random) >> g_rand_int_range(random, 24, 32));
    memset(record.history, 'd', letters);
    return record;
}

static void fill_cells(char *cells[CELLS], const struct flowscope_flow_record *record,
                       int64_t start)
{
    static const char *const protocols[256] = {[6] = "tcp", [17] = "udp", [253] = "253"};

    cells[0] = g_strdup_printf("%" PRIu64, record->flow_id);
    cells[1] = g_strdup(protocols[record->protocol]);
    cells[2] = endpoint(record, true);
    cells[3] = endpoint(record, false);
    cells[4] = duration(record, start, record->first_time_ns);
    cells[5] = duration(record, record->first_time_ns, record->last_time_ns);
    for (unsigned i = 0; i < 2; i++) {
        cells[6 + i] = g_strdup_printf("%" PRIu64, record->packets[i]);
        cells[8 + i] = g_strdup_printf("%" PRIu64, record->bytes[i]);
    }
    cells[10] = g_strdup(flowscope_tcp_state_name(record->tcp_state));
    cells[11] = g_strdup(record->history);
    cells[12] = g_strdup(flowscope_end_reason_name(record->end_reason));
}

static bool is_number(unsigned cell)
{
    return cell == 0 || (cell >= 4 && cell <= 9);
}

/* Cells by printf, as wide as the longest of them. */
static char *slow_table(char *cells[][CELLS], unsigned count)
{
    GString *table = g_string_new(NULL);
    size_t width[CELLS] = {0};

    for (unsigned i = 0; i < count * CELLS; i++)
        width[i % CELLS] = MAX(width[i % CELLS], strlen(cells[i / CELLS][i % CELLS]));
    for (unsigned i = 0; i < count; i++) {
        for (unsigned cell = 0; cell < CELLS; cell++) {
            const char *value = *cells[i][cell] ? cells[i][cell] : "-";
            const int pad = cell == CELLS - 1 ? 0 : (int)width[cell];

            g_string_append_printf(table, is_number(cell) ? "%*s" : "%-*s", pad, value);
            g_string_append_c(table, cell == CELLS - 1 ? '\n' : ' ');
        }
    }
    return g_string_free(table, FALSE);
}

/* Rows of all kinds and lengths, all of them and every third, against a slow obvious table. */
static void check_widths(GRand *random, bool is_selected)
{
    static char *heads[CELLS] = {"id",       "proto",   "source", "destination", "start",
                                 "duration", "pkts>",   "pkts<",  "bytes>",      "bytes<",
                                 "state",    "history", "end"};
    static struct flowscope_flow_record records[ROWS];
    static char *cells[ROWS + 1][CELLS];
    fs_ledger *ledger = fs_ledger_new(0);
    fs_selection *selection = is_selected ? fs_selection_new() : NULL;
    const unsigned step = is_selected ? 3 : 1;
    const unsigned count = (unsigned)g_rand_int_range(random, 1, ROWS);
    int64_t begin = INT64_MAX;
    unsigned rows = 0;
    FILE *out = start();
    g_autofree char *want = NULL;

    for (unsigned i = 0; i < count; i++) {
        records[i] = random_record(random, i + 1);
        g_assert_true(fs_ledger_put(ledger, &records[i]));
        if (records[i].has_time)
            begin = MIN(begin, records[i].first_time_ns);
    }
    memcpy(cells[rows++], heads, sizeof heads);
    for (unsigned i = 0; i < count; i += step) {
        fill_cells(cells[rows++], &records[i], begin);
        if (selection)
            fs_selection_add(selection, i + 1);
    }
    want = slow_table(cells, rows);
    g_assert_true(fs_report_flows(out, FS_FORMAT_TABLE, ledger, selection, &config));
    fclose(out);
    g_assert_cmpstr(written, ==, want);
    for (unsigned i = CELLS; i < rows * CELLS; i++)
        g_free(cells[i / CELLS][i % CELLS]);
    fs_selection_free(selection);
    fs_ledger_free(ledger);
}

static void test_flows_widths(void)
{
    GRand *random = g_rand_new_with_seed(5);

    for (unsigned i = 0; i < 40; i++)
        check_widths(random, i % 2);
    g_rand_free(random);
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
    struct flowscope_flow_record record = record_tcp(1);
    FILE *out = start();

    fs_report_flow_header(out, FS_FORMAT_CSV, &config);
    fs_report_flow_row(out, FS_FORMAT_CSV, &record, &config);
    fs_report_flow_header(out, FS_FORMAT_NDJSON, &config);
    fs_report_flow_row(out, FS_FORMAT_NDJSON, &record, &config);
    fclose(out);
    g_assert_cmpstr(written, ==, FLOW_HEADER TCP_CSV TCP_NDJSON);
}

#define FACT_NAMES                                                                                 \
    ",fast_retrans_fwd,fast_retrans_rev,timeout_retrans_fwd,timeout_retrans_rev,"                  \
    "spurious_retrans_fwd,spurious_retrans_rev,dup_acks_fwd,dup_acks_rev,lost_segments_fwd,"       \
    "lost_segments_rev,zero_windows_fwd,zero_windows_rev,keep_alives_fwd,keep_alives_rev,"         \
    "window_probes_fwd,window_probes_rev,syns_fwd,syns_rev,fins_fwd,fins_rev,resets_fwd,"          \
    "resets_rev,in_flight_peak_bytes_fwd,in_flight_peak_bytes_rev,rtt_samples_fwd,"                \
    "rtt_samples_rev,rtt_min_us_fwd,rtt_min_us_rev,rtt_mean_us_fwd,rtt_mean_us_rev,"               \
    "rtt_max_us_fwd,rtt_max_us_rev,window_fulls_fwd,window_fulls_rev,window_scale_fwd,"            \
    "window_scale_rev,mss_fwd,mss_rev,throughput_bps_fwd,throughput_bps_rev,idle_periods_fwd,"     \
    "idle_periods_rev,idle_time_fwd,idle_time_rev,active_periods_fwd,active_periods_rev,"          \
    "active_time_fwd,active_time_rev,iat_mean_us_fwd,iat_mean_us_rev,iat_variance_us2_fwd,"        \
    "iat_variance_us2_rev"

static struct flowscope_flow_record record_with_facts(void)
{
    struct flowscope_flow_record record = record_tcp(1);

    record.has_facts = true;
    record.tcp[0] = (struct flowscope_tcp_facts){
        .fast_retransmissions = 1,
        .timeout_retransmissions = 2,
        .spurious_retransmissions = 3,
        .duplicate_acks = 4,
        .lost_segments = 5,
        .zero_windows = 6,
        .keep_alives = 7,
        .window_probes = 8,
        .syns = 9,
        .fins = 10,
        .resets = 11,
        .in_flight_peak_bytes = 12,
        .rtt_samples = 2,
        .rtt_min_ns = 1000,
        .rtt_max_ns = 2001,
        .rtt_sum_ns = 3001,
        .window_fulls = 13,
        .intervals = 2,
        .interval_sum_ns = 3000000001,
        .interval_variance_us2 = 14,
        .idle_periods = 1,
        .idle_ns = 2000000000,
        .mss = 1460,
        .has_mss = true,
    };
    record.tcp[1] =
        (struct flowscope_tcp_facts){.syns = 1, .has_window_scale = true, .window_scale = 7};
    record.payload_bytes[0] = 3000000001;
    return record;
}

/* Behind all others, where asked for; none where no one looked. Through a ledger and at once. */
static void test_facts(void)
{
    const struct flowscope_config wide = {.tcp_facts = FLOWSCOPE_TCP_FACTS_ALL};
    struct flowscope_flow_record record = record_with_facts(), udp = record_udp(2);
    fs_ledger *ledger = fs_ledger_new(0);
    g_autofree char *at_once = NULL;
    char **lines;
    FILE *out = start();

    fs_report_flow_header(out, FS_FORMAT_CSV, &wide);
    fs_report_flow_row(out, FS_FORMAT_CSV, &record, &wide);
    fs_report_flow_row(out, FS_FORMAT_CSV, &udp, &wide);
    fs_report_flow_row(out, FS_FORMAT_NDJSON, &record, &wide);
    fclose(out);
    lines = g_strsplit(written, "\n", -1);
    g_assert_cmpstr(strstr(lines[0], "related_id") + strlen("related_id"), ==, FACT_NAMES);
    g_assert_true(g_str_has_suffix(lines[1],
                                   ",3,9,,1,0,2,0,3,0,4,0,5,0,6,0,7,0,8,0,9,1,10,0,11,0,"
                                   "12,0,2,0,1.000,,1.500,,2.001,,13,0,,7,1460,,8000000000,,"
                                   "1,0,2.000000000,0.000000000,2,1,1.000000001,"
                                   "0.000000000,1500000.000,,14,"));
    g_assert_true(
        g_str_has_suffix(lines[2], ",3,9,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,"));
    g_assert_nonnull(strstr(lines[3],
                            "\"in_flight_peak_bytes_fwd\":12,\"in_flight_peak_bytes_rev\":0,"
                            "\"rtt_samples_fwd\":2,\"rtt_samples_rev\":0,"
                            "\"rtt_min_us_fwd\":1.000,\"rtt_mean_us_fwd\":1.500,"
                            "\"rtt_max_us_fwd\":2.001,\"window_fulls_fwd\":13,"));
    at_once = g_strdup_printf("%s\n%s\n%s\n", lines[0], lines[1], lines[2]);
    g_strfreev(lines);

    fs_ledger_keep_facts(ledger, true);
    fs_ledger_put(ledger, &record);
    fs_ledger_put(ledger, &udp);
    out = start();
    g_assert_true(fs_report_flows(out, FS_FORMAT_CSV, ledger, NULL, &wide));
    fclose(out);
    g_assert_cmpstr(written, ==, at_once);
    fs_ledger_free(ledger);
}

static void put_packets(FILE *out, enum fs_format format)
{
    static const struct flowscope_packet packets[] = {
        {.frame = 1,
         .time_ns = 1700000000 * RECORDS_SECOND + 1,
         .time_quality = FLOWSCOPE_TIME_GOOD},
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

/* Writing stops at the first error, which stays for the caller. */
static void test_full_disk(void)
{
    fs_ledger *ledger = records_ledger();
    FILE *out = fopen("/dev/full", "w");

    setvbuf(out, NULL, _IONBF, 0);
    g_assert_true(fs_report_flows(out, FS_FORMAT_CSV, ledger, NULL, &config));
    g_assert_true(ferror(out));
    fclose(out);
    fs_ledger_free(ledger);
}

int main(int argc, char **argv)
{
    flowscope_config_init(&config);
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flows/csv", test_flows_csv);
    g_test_add_func("/flows/ndjson", test_flows_ndjson);
    g_test_add_func("/flows/table", test_flows_table);
    g_test_add_func("/flows/widths", test_flows_widths);
    g_test_add_func("/flows/selected", test_flows_selected);
    g_test_add_func("/flows/rows", test_flow_rows);
    g_test_add_func("/flows/facts", test_facts);
    g_test_add_func("/packets", test_packets);
    g_test_add_func("/full-disk", test_full_disk);
    return g_test_run();
}
