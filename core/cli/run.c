/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames in, report out. */
#include "cli/run.h"

#include "cli/output.h"
#include "cli/progress.h"
#include "cli/stop.h"
#include "export/report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* Records of ended flows in memory; those past it wait in a temporary file. */
#define LEDGER_RECORDS 1000000

static void keep(void *user, const struct flowscope_flow_record *record)
{
    struct fs_run *run = user;

    if (!run->ledger_error && !fs_ledger_put(run->ledger, record))
        run->ledger_error = errno;
}

static void sum(void *user, const struct flowscope_flow_record *record)
{
    struct fs_run *run = user;

    fs_summary_add(&run->summary, record);
}

static void print(void *user, const struct flowscope_flow_record *record)
{
    struct fs_run *run = user;

    fs_report_flow_row(fs_output(), run->options->format, record, &run->options->config);
}

static void settle(void *user, uint64_t frame, const struct flowscope_result *result)
{
    struct fs_run *run = user;

    fs_held_settle(&run->held, frame, result);
}

static struct flowscope_sink sink_for(struct fs_run *run)
{
    struct flowscope_sink sink = {.size = sizeof sink, .user = run};

    if (run->options->report == FS_REPORT_STATS)
        sink.flow_ended = sum;
    else if (run->options->report == FS_REPORT_FLOWS)
        sink.flow_ended = run->print_ended ? print : keep;
    else if (run->options->report == FS_REPORT_PACKETS)
        sink.frame_settled = settle;
    return sink;
}

/* Rows of packets and the table of flows have nothing of the facts, which are most of what is kept
 * of a connection: nobody would see them. */
static enum flowscope_tcp_facts_level level_for(const struct fs_cli_options *options)
{
    const bool is_seen = options->report == FS_REPORT_STATS ||
                         (options->report == FS_REPORT_FLOWS && options->format != FS_FORMAT_TABLE);
    const enum flowscope_tcp_facts_level asked =
        (enum flowscope_tcp_facts_level)options->config.tcp_facts;

    return is_seen || asked < FLOWSCOPE_TCP_FACTS_HISTORY ? asked : FLOWSCOPE_TCP_FACTS_HISTORY;
}

static bool start_engine(struct fs_run *run)
{
    struct flowscope_config config = run->options->config;
    struct flowscope_sink sink = sink_for(run);
    enum flowscope_status status;

    config.tcp_facts = level_for(run->options);
    if (getrandom(&config.hash_seed, sizeof config.hash_seed, 0) != sizeof config.hash_seed) {
        fs_cli_fault("no random numbers: %s", strerror(errno));
        return false;
    }
    status = flowscope_engine_create(&run->engine, &config, &sink);
    if (status == FLOWSCOPE_OK)
        return true;
    fs_cli_fault("%s (%zu bytes for --max-flows %llu)", flowscope_status_text(status),
                 flowscope_config_footprint(&config), (unsigned long long)config.max_flows);
    return false;
}

static void stop(struct fs_run *run)
{
    flowscope_engine_destroy(run->engine);
    fs_bpf_destroy(run->bpf);
    fs_ledger_free(run->ledger);
    fs_held_free(&run->held);
}

bool fs_run_start(struct fs_run *run, const struct fs_cli_options *options, int *status)
{
    bool live = options->interface != NULL;
    bool rows_at_once = options->report == FS_REPORT_PACKETS;
    char error[512];

    memset(run, 0, sizeof *run);
    run->options = options;
    run->print_ended =
        live && options->report == FS_REPORT_FLOWS && options->format != FS_FORMAT_TABLE;
    run->held.window = options->config.fragment_window;
    fs_summary_init(&run->summary);
    if (options->bpf) {
        run->bpf = fs_bpf_create(options->bpf, error, sizeof error);
        if (!run->bpf) {
            fs_cli_fault("--bpf: %s", error);
            *status = FS_CLI_USAGE;
            return false;
        }
    }
    *status = FS_CLI_FAULT;
    run->ledger = fs_ledger_new(LEDGER_RECORDS);
    if (run->ledger)
        fs_ledger_keep_facts(run->ledger, options->config.tcp_facts >= FLOWSCOPE_TCP_FACTS_ALL);
    else
        fs_cli_fault("%s", strerror(ENOMEM));
    if (!run->ledger || !start_engine(run)) {
        stop(run);
        return false;
    }
    fs_stop_arm(live);
    fs_progress_start(rows_at_once || run->print_ended);
    return true;
}

static bool is_good(struct fs_run *run)
{
    return fs_output_is_good() && !run->ledger_error && !run->held_error;
}

bool fs_run_begin(struct fs_run *run)
{
    if (run->begun)
        return true;
    run->begun = true;
    if (run->options->report == FS_REPORT_PACKETS)
        fs_report_packet_header(fs_output(), run->options->format);
    else if (run->print_ended)
        fs_report_flow_header(fs_output(), run->options->format, &run->options->config);
    return is_good(run);
}

size_t fs_run_select(struct fs_run *run, struct flowscope_packet *packets, size_t count)
{
    size_t kept = 0;

    if (!run->bpf)
        return count;
    for (size_t i = 0; i < count; i++) {
        if (fs_bpf_matches(run->bpf, &packets[i]))
            packets[kept++] = packets[i];
    }
    return kept;
}

static void print_packets(struct fs_run *run)
{
    const struct fs_held_row *row;

    while ((row = fs_held_next(&run->held)) != NULL) {
        const struct flowscope_packet packet = {
            .frame = row->frame, .time_ns = row->time_ns, .time_quality = row->time_quality};

        fs_report_packet_row(fs_output(), run->options->format, &packet, &row->result);
    }
}

bool fs_run_feed(struct fs_run *run, const struct flowscope_packet *packets, size_t count)
{
    bool rows = run->options->report == FS_REPORT_PACKETS;

    run->held_error = rows && !fs_held_add(&run->held, packets, count);
    if (run->held_error)
        return false;
    flowscope_engine_feed(run->engine, packets, count, rows ? run->results : NULL);
    if (rows) {
        fs_held_know(&run->held, run->results, count);
        print_packets(run);
    }
    return is_good(run);
}

bool fs_run_idle(struct fs_run *run, int64_t now_ns)
{
    flowscope_engine_advance(run->engine, now_ns);
    print_packets(run);
    return fs_run_flush(run);
}

bool fs_run_flush(struct fs_run *run)
{
    fs_output_flush();
    return is_good(run);
}

static void report(struct fs_run *run)
{
    struct flowscope_counters counters = {.size = sizeof counters};
    const struct fs_cli_options *options = run->options;

    /* Before the flush, which ends what the capture did not. */
    flowscope_engine_counters(run->engine, &counters);
    flowscope_engine_flush(run->engine);
    print_packets(run);
    if (run->ledger_error)
        return;
    if (options->report == FS_REPORT_STATS) {
        fs_summary_print(fs_output(), options->format, &run->summary, false, &counters);
    } else if (options->report == FS_REPORT_FLOWS && !run->print_ended) {
        if (!fs_report_flows(fs_output(), options->format, run->ledger, NULL, &options->config))
            run->ledger_error = errno;
    }
}

int fs_run_finish(struct fs_run *run)
{
    int status = run->interrupted ? FS_CLI_INTERRUPTED : FS_CLI_DONE;

    fs_stop_disarm();
    fs_progress_erase();
    if (run->begun && is_good(run))
        report(run);
    if (run->ledger_error)
        fs_cli_fault("no room for flow records (memory, or a file in $TMPDIR or /tmp): %s",
                     strerror(run->ledger_error));
    if (run->held_error)
        fs_cli_fault("no memory for rows that wait for a flow");
    if (run->input_fault && !run->interrupted)
        status = FS_CLI_FAULT;
    if (!fs_output_finish() || run->ledger_error || run->held_error)
        status = FS_CLI_FAULT;
    stop(run);
    return status;
}
