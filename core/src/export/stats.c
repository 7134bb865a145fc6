/* SPDX-License-Identifier: BSD-2-Clause */
/* The statistics report. */
#include "export/address.h"
#include "export/report.h"
#include "export/stats_duplicates.h"
#include "export/stats_engine.h"
#include "export/stats_line.h"
#include "export/stats_rates.h"
#include "export/summary.h"
#include "export/walk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

/* Totals, no_flow and limits: counters.def in its order. */
enum group { GROUP_totals, GROUP_no_flow, GROUP_limits };

static const struct {
    const char *name;
    enum group group;
    size_t offset;
} counter_lines[] = {
#define FLOWSCOPE_COUNTER(group, name, text)                                                       \
    {#name, GROUP_##group, offsetof(struct flowscope_counters, name)},
#include <flowscope/counters.def>
#undef FLOWSCOPE_COUNTER
};

static void put_count(struct fs_text *text, enum fs_format format, const char *section,
                      const char *name, uint64_t value)
{
    struct fs_stats_line line = {.section = section, .name = name, .value = value};

    fs_stats_line(text, format, &line);
}

static void put_counters(struct fs_text *text, enum fs_format format, enum group group,
                         const char *section, const struct flowscope_counters *counters)
{
    fs_stats_heading(text, format, section);
    for (size_t i = 0; i < COUNT_OF(counter_lines); i++) {
        uint64_t value;

        if (counter_lines[i].group != group)
            continue;
        memcpy(&value, (const char *)counters + counter_lines[i].offset, sizeof value);
        put_count(text, format, section, counter_lines[i].name, value);
    }
}

/* Link types that are not read, if there were any. */
static void put_unknown_types(struct fs_text *text, enum fs_format format,
                              const struct flowscope_counters *counters)
{
    static const char section[] = "unknown_link_types";

    if (!counters->unknown_types[0].packets && !counters->unknown_types_other)
        return;
    fs_stats_heading(text, format, section);
    for (unsigned i = 0; i < FLOWSCOPE_UNKNOWN_TYPES_MAX; i++) {
        const struct flowscope_unknown_type *type = &counters->unknown_types[i];
        struct fs_stats_line line = {
            .section = section, .number = type->link_type, .value = type->packets};

        if (type->packets)
            fs_stats_line(text, format, &line);
    }
    if (counters->unknown_types_other)
        put_count(text, format, section, "other", counters->unknown_types_other);
}

static void put_times(struct fs_text *text, enum fs_format format,
                      const struct flowscope_counters *counters)
{
    uint64_t first = (uint64_t)counters->first_time_ns;
    uint64_t last = (uint64_t)counters->last_time_ns;
    struct fs_stats_line lines[] = {
        {.section = "totals", .name = "first_ts", .kind = FS_STATS_TIME, .value = first},
        {.section = "totals", .name = "last_ts", .kind = FS_STATS_TIME, .value = last},
        {.section = "totals", .name = "duration", .kind = FS_STATS_DURATION, .value = last - first},
    };

    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        if (!counters->has_time)
            lines[i].kind = FS_STATS_NONE;
        fs_stats_line(text, format, &lines[i]);
    }
}

struct protocol_row {
    const char *name; /* NULL: that of the number */
    uint8_t number;
    struct fs_summary_protocol sums;
};

static void print_protocol(struct fs_text *text, const void *row)
{
    const struct protocol_row *protocol = row;

    if (protocol->name)
        fs_text_string(text, protocol->name);
    else
        fs_text_protocol(text, protocol->number);
}

static void print_protocol_flows(struct fs_text *text, const void *row)
{
    fs_text_unsigned(text, ((const struct protocol_row *)row)->sums.flows);
}

static void print_protocol_packets(struct fs_text *text, const void *row)
{
    fs_text_unsigned(text, ((const struct protocol_row *)row)->sums.packets);
}

static void print_protocol_bytes(struct fs_text *text, const void *row)
{
    fs_text_unsigned(text, ((const struct protocol_row *)row)->sums.bytes);
}

static const struct fs_column protocol_columns[] = {
    {"proto", FS_COLUMN_WORD, 0, print_protocol},
    {"flows", FS_COLUMN_NUMBER, 0, print_protocol_flows},
    {"packets", FS_COLUMN_NUMBER, 0, print_protocol_packets},
    {"bytes", FS_COLUMN_NUMBER, 0, print_protocol_bytes},
};

static int compare_protocols(const void *left, const void *right)
{
    const struct fs_summary_protocol *a = &((const struct protocol_row *)left)->sums;
    const struct fs_summary_protocol *b = &((const struct protocol_row *)right)->sums;

    if (a->flows != b->flows)
        return a->flows > b->flows ? -1 : 1;
    return a->first_id < b->first_id ? -1 : 1;
}

/* Protocols that have flows, most flows first. */
static size_t gather_protocols(const struct fs_summary *summary, struct protocol_row rows[256])
{
    /* A key without protocol is the same for all flows, which then stand under its name. */
    const char *name =
        summary->key == FLOWSCOPE_KEY_FIVE_TUPLE ? NULL : flowscope_key_name(summary->key);
    size_t count = 0;

    for (unsigned i = 0; i < 256; i++) {
        if (summary->protocols[i].flows)
            rows[count++] = (struct protocol_row){name, (uint8_t)i, summary->protocols[i]};
    }
    qsort(rows, count, sizeof *rows, compare_protocols);
    return count;
}

/* More protocols than rows: the last row is the sum of the rest, so that the column still adds
 * up. */
static size_t fold_protocols(struct protocol_row *rows, size_t count)
{
    struct protocol_row *rest = &rows[FS_SUMMARY_TOP - 1];

    if (count <= FS_SUMMARY_TOP)
        return count;
    rest->name = "other";
    for (size_t i = FS_SUMMARY_TOP; i < count; i++) {
        rest->sums.flows += rows[i].sums.flows;
        rest->sums.packets += rows[i].sums.packets;
        rest->sums.bytes += rows[i].sums.bytes;
    }
    return FS_SUMMARY_TOP;
}

/* ndjson has all of them: `tcp` is the flows, `tcp.packets` and `tcp.bytes` the rest. */
static void put_protocol_lines(struct fs_text *text, const struct protocol_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct fs_text name;
        const struct {
            const char *part;
            uint64_t value;
        } parts[] = {{NULL, rows[i].sums.flows},
                     {"packets", rows[i].sums.packets},
                     {"bytes", rows[i].sums.bytes}};

        fs_text_start(&name, NULL);
        print_protocol(&name, &rows[i]);
        fs_text_char(&name, '\0');
        for (size_t j = 0; j < COUNT_OF(parts); j++) {
            struct fs_stats_line line = {.section = "protocols",
                                         .name = name.data,
                                         .part = parts[j].part,
                                         .value = parts[j].value};

            fs_stats_line(text, FS_FORMAT_NDJSON, &line);
        }
    }
}

static void put_protocols(struct fs_text *text, enum fs_format format,
                          const struct fs_summary *summary)
{
    struct protocol_row rows[256];
    size_t count = gather_protocols(summary, rows);

    fs_stats_heading(text, format, "protocols");
    if (format == FS_FORMAT_NDJSON)
        put_protocol_lines(text, rows, count);
    else
        fs_stats_rows(text, protocol_columns, COUNT_OF(protocol_columns), rows,
                      fold_protocols(rows, count), sizeof *rows);
}

struct count_row {
    const char *name;
    uint64_t flows;
};

static void print_count_name(struct fs_text *text, const void *row)
{
    fs_text_string(text, ((const struct count_row *)row)->name);
}

static void print_count_flows(struct fs_text *text, const void *row)
{
    fs_text_unsigned(text, ((const struct count_row *)row)->flows);
}

/* Flows by the words of a .def file, in its order, those that no flow has too; the first word
 * stands in no output. */
static void put_words(struct fs_text *text, enum fs_format format, const char *section,
                      const char *column, const char *(*name)(unsigned value),
                      const uint64_t *flows, unsigned count)
{
    const struct fs_column columns[] = {
        {column, FS_COLUMN_WORD, 0, print_count_name},
        {"flows", FS_COLUMN_NUMBER, 0, print_count_flows},
    };
    struct count_row rows[16];

    fs_stats_heading(text, format, section);
    for (unsigned i = 1; i < count; i++) {
        rows[i - 1] = (struct count_row){name(i), flows[i]};
        if (format == FS_FORMAT_NDJSON)
            put_count(text, format, section, name(i), flows[i]);
    }
    if (format == FS_FORMAT_TABLE)
        fs_stats_rows(text, columns, COUNT_OF(columns), rows, count - 1, sizeof *rows);
}

_Static_assert(FLOWSCOPE_TCP_STATE_COUNT <= 16 && FLOWSCOPE_END_REASON_COUNT <= 16,
               "the rows of put_words() have room");

#define FS_TOP_COLUMN(id, value)                                                                   \
    static void print_top_##id(struct fs_text *text, const void *row)                              \
    {                                                                                              \
        const struct flowscope_flow_record *flow = row;                                            \
        value;                                                                                     \
    }
FS_TOP_COLUMN(id, fs_text_unsigned(text, flow->flow_id))
FS_TOP_COLUMN(protocol, fs_text_record_protocol(text, flow))
FS_TOP_COLUMN(source, fs_text_record_end(text, flow, true))
FS_TOP_COLUMN(destination, fs_text_record_end(text, flow, false))
FS_TOP_COLUMN(packets, fs_text_unsigned(text, fs_summary_packets(flow)))
FS_TOP_COLUMN(bytes, fs_text_unsigned(text, fs_summary_bytes(flow)))
#undef FS_TOP_COLUMN

static const struct fs_column top_columns[] = {
    {"flow_id", FS_COLUMN_NUMBER, 0, print_top_id},
    {"proto", FS_COLUMN_WORD, 0, print_top_protocol},
    {"source", FS_COLUMN_WORD, 0, print_top_source},
    {"destination", FS_COLUMN_WORD, 0, print_top_destination},
    {"packets", FS_COLUMN_NUMBER, 0, print_top_packets},
    {"bytes", FS_COLUMN_NUMBER, 0, print_top_bytes},
};

static void put_top(struct fs_text *text, enum fs_format format, const char *section,
                    const struct fs_summary_top *top,
                    uint64_t (*value)(const struct flowscope_flow_record *flow))
{
    fs_stats_heading(text, format, section);
    if (format == FS_FORMAT_TABLE) {
        fs_stats_rows(text, top_columns, COUNT_OF(top_columns), top->flows, top->count,
                      sizeof *top->flows);
        return;
    }
    for (size_t i = 0; i < top->count; i++) {
        struct fs_stats_line line = {
            .section = section, .number = top->flows[i].flow_id, .value = value(&top->flows[i])};

        fs_stats_line(text, format, &line);
    }
}

/* The selected flows as if they were all there is; what bit during the run stays. */
static struct flowscope_counters counters_of(const struct fs_summary *summary,
                                             const struct flowscope_counters *run)
{
    struct flowscope_counters counters = *run;

    for (size_t i = 0; i < COUNT_OF(counter_lines); i++) {
        if (counter_lines[i].group != GROUP_limits)
            memset((char *)&counters + counter_lines[i].offset, 0, sizeof(uint64_t));
    }
    memset(counters.unknown_types, 0, sizeof counters.unknown_types);
    counters.unknown_types_other = 0;
    counters.frames = summary->packets + summary->dup_packets;
    counters.duplicates = summary->dup_packets;
    memset(&counters.copies, 0, sizeof counters.copies);
    counters.packets_in_flows = summary->packets;
    counters.flows = summary->flows;
    counters.bytes = summary->bytes;
    counters.has_time = summary->has_time;
    counters.first_time_ns = summary->first_time_ns;
    counters.last_time_ns = summary->last_time_ns;
    return counters;
}

/* The counters alone, as a program that lives on would serve them. */
static void put_prometheus(FILE *out, const struct fs_summary *summary,
                           const struct flowscope_counters *counters)
{
    struct flowscope_counters shown = *counters;
    char served[65536];
    size_t length;

    /* Of all faces the same, whether or not one has ended the flows that were open. */
    shown.open_flows = summary->end_reasons[FLOWSCOPE_END_end_of_capture];
    length = flowscope_prometheus(&shown, served, sizeof served);
    assert(length < sizeof served);
    fwrite(served, 1, length, out);
}

void fs_summary_print(FILE *out, enum fs_format format, const struct fs_summary *summary,
                      bool selected, const struct flowscope_counters *counters)
{
    struct flowscope_counters shown = selected ? counters_of(summary, counters) : *counters;
    struct fs_text text;

    if (format == FS_FORMAT_PROMETHEUS) {
        put_prometheus(out, summary, &shown);
        return;
    }
    fs_text_start(&text, out);
    put_counters(&text, format, GROUP_totals, "totals", &shown);
    put_times(&text, format, &shown);
    put_counters(&text, format, GROUP_no_flow, "no_flow", &shown);
    put_protocols(&text, format, summary);
    put_words(&text, format, "states", "state", flowscope_tcp_state_name, summary->states,
              FLOWSCOPE_TCP_STATE_COUNT);
    put_words(&text, format, "end_reasons", "end_reason", flowscope_end_reason_name,
              summary->end_reasons, FLOWSCOPE_END_REASON_COUNT);
    put_counters(&text, format, GROUP_limits, "limits", &shown);
    put_top(&text, format, "top_bytes", &summary->top_bytes, fs_summary_bytes);
    put_top(&text, format, "top_packets", &summary->top_packets, fs_summary_packets);
    put_unknown_types(&text, format, &shown);
    fs_stats_duplicates(&text, format, &shown.copies);
    fs_stats_engine(&text, format, &shown);
    if (!selected)
        fs_stats_rates(&text, format, &shown.rates);
    fs_text_flush(&text);
}

static void add(void *user, const struct flowscope_flow_record *record)
{
    fs_summary_add(user, record);
}

bool fs_report_stats(FILE *out, enum fs_format format, fs_ledger *ledger,
                     const fs_selection *selection, const struct flowscope_counters *counters)
{
    struct fs_summary summary;

    fs_summary_init(&summary);
    if (!fs_walk_flows(ledger, selection, add, &summary))
        return false;
    fs_summary_print(out, format, &summary, selection != NULL, counters);
    return true;
}
