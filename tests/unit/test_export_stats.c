/* SPDX-License-Identifier: BSD-2-Clause */
/* The statistics, from records and counters made by hand, to the byte. */
#include "export/report.h"
#include "export/summary.h"
#include "support/records.h"

#include <glib.h>
#include <string.h>

static char *written;
static size_t length;

static FILE *start(void)
{
    free(written);
    written = NULL;
    return open_memstream(&written, &length);
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
        .anomalies = {[FLOWSCOPE_ANOMALY_bad_l4] = 3, [FLOWSCOPE_ANOMALY_time_step_back] = 2},
        .bounds = {[FLOWSCOPE_BOUND_flows] = {11, 12}},
        .first_time_ns = 1699999999 * RECORDS_SECOND,
        .last_time_ns = 1700000002 * RECORDS_SECOND + 4,
        .has_time = true,
    };
    return counters;
}

static void print_stats(enum fs_format format, const fs_selection *selection,
                        const struct flowscope_counters *counters)
{
    fs_ledger *ledger = records_ledger();
    FILE *out = start();

    g_assert_true(fs_report_stats(out, format, ledger, selection, counters));
    fclose(out);
    fs_ledger_free(ledger);
}

#define LIMITS                                                                                     \
    "[limits]\n"                                                                                   \
    "capture_drops 0\nflows_evicted 0\ntimeouts_full 0\ntunnels_cut 0\nlayers_cut 0\n"             \
    "datagrams 0\ndatagrams_complete 0\n"                                                          \
    "datagrams_incomplete 0\ndatagrams_damaged 0\ndatagrams_shredded 0\ndatagrams_unkept 0\n"      \
    "datagrams_evicted 0\ndatagrams_overlapping 0\nfragments_outwaited 0\nbad_l4 0\nbad_checksum " \
    "0\ncounts_stuck 0\nno_time "                                                                  \
    "0\nbad_time "                                                                                 \
    "0\ntime_steps_back 2\ntime_jumps 0\ndup_forgotten 0\ndup_pairs_cut 0\n\n"

#define ENGINE                                                                                     \
    "\n[anomalies]\n"                                                                              \
    "anomaly             severity count\n"                                                         \
    "flow_table_eviction warning      0\n"                                                         \
    "timeouts_full       warning      0\n"                                                         \
    "bad_l4              error        3\n"                                                         \
    "time_step_back      info         2\n"                                                         \
    "time_jump           warning      0\n"                                                         \
    "retransmit          info         0\n"                                                         \
    "ooo_segment         info         0\n\n"                                                       \
    "[high_water]\n"                                                                               \
    "of              most limit\n"                                                                 \
    "flows             11    12\n"                                                                 \
    "flow_buckets       0     0\n"                                                                 \
    "timeouts           0     0\n"                                                                 \
    "datagrams          0     0\n"                                                                 \
    "fragments          0     0\n"                                                                 \
    "fragment_chunks    0     0\n"                                                                 \
    "dup_frames         0     0\n"

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
        "tunnel_depth 0\nno_key 0\n\n"
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
        "      2 253   2001:db8::1         ff02::fb                1  1280\n" ENGINE);
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
    g_assert_nonnull(strstr(written, "{\"section\":\"top_packets\",\"name\":\"1\",\"value\":7}\n"
                                     "{\"section\":\"top_packets\",\"name\":\"3\",\"value\":7}\n"
                                     "{\"section\":\"top_packets\",\"name\":\"2\",\"value\":1}\n"
                                     "{\"section\":\"anomalies\",\"name\":\"flow_table_eviction\","
                                     "\"value\":0}\n"));
    g_assert_nonnull(strstr(written,
                            "{\"section\":\"high_water\",\"name\":\"flows\",\"value\":11}\n"
                            "{\"section\":\"high_water\",\"name\":\"flows.limit\","
                            "\"value\":12}\n"));
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
        struct flowscope_flow_record record = record_tcp(id);

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
        struct flowscope_flow_record record = record_odd(i + 1);

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

/* A section that is there when there were such packets. */
static void test_unknown_types(void)
{
    struct flowscope_counters counters = {.unknown_types = {{189, 7}, {147, 1}},
                                          .unknown_types_other = 3};
    struct fs_summary summary;
    char *text = NULL;
    size_t size;

    fs_summary_init(&summary);
    for (unsigned selected = 0; selected < 2; selected++) {
        for (unsigned ndjson = 0; ndjson < 2; ndjson++) {
            FILE *out = open_memstream(&text, &size);
            const char *want =
                ndjson ? "{\"section\":\"unknown_link_types\",\"name\":\"189\",\"value\":7}\n"
                       : "[unknown_link_types]\n189 7\n147 1\nother 3\n";

            fs_summary_print(out, ndjson ? FS_FORMAT_NDJSON : FS_FORMAT_TABLE, &summary, selected,
                             &counters);
            fclose(out);
            g_assert_cmpint(strstr(text, want) != NULL, ==, !selected);
            free(text);
        }
    }
}

/* The counters as the library writes them; open flows are those that the end ended. */
static void test_prometheus(void)
{
    struct flowscope_counters counters = some_counters();
    char *text;

    counters.open_flows = 99;
    print_stats(FS_FORMAT_PROMETHEUS, NULL, &counters);
    text = g_strdup(written);
    g_assert_nonnull(strstr(text, "\nflowscope_frames_total 20\n"));
    g_assert_nonnull(strstr(text, "\nflowscope_no_flow_frames_total{verdict=\"not_ip\"} 4\n"));
    g_assert_null(strstr(text, "flowscope_open_flows 99"));
    print_stats(FS_FORMAT_TABLE, NULL, &counters);
    g_assert_null(strstr(written, "# HELP"));
    g_free(text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stats/table", test_stats_table);
    g_test_add_func("/stats/ndjson", test_stats_ndjson);
    g_test_add_func("/stats/without-time", test_stats_without_time);
    g_test_add_func("/stats/selected", test_stats_selected);
    g_test_add_func("/stats/tops", test_tops);
    g_test_add_func("/stats/many-protocols", test_many_protocols);
    g_test_add_func("/stats/unknown-types", test_unknown_types);
    g_test_add_func("/stats/prometheus", test_prometheus);
    return g_test_run();
}
