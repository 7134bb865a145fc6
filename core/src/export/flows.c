/* SPDX-License-Identifier: BSD-2-Clause */
/* The flows report: csv and ndjson rows, and the table for people. */
#include "export/address.h"
#include "export/column.h"
#include "export/report.h"
#include "export/walk.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define nothing()       ((void)text)

static void community_id(struct fs_text *text, const struct flowscope_flow_record *record,
                         const struct flowscope_config *config)
{
    char id[FLOWSCOPE_COMMUNITY_ID_SIZE];

    flowscope_community_id(config->digests, (uint16_t)config->community_id_seed, record, id);
    fs_text_string(text, id);
}

static void fact(struct fs_text *text, const struct flowscope_flow_record *record, uint64_t count)
{
    if (record->has_facts)
        fs_text_unsigned(text, count);
}

/* Of data, where there is a sample; in ns. */
static void data_rtt(struct fs_text *text, const struct flowscope_tcp_facts *facts, uint64_t ns)
{
    if (facts->rtt_samples)
        fs_text_thousandths(text, ns);
}

static uint64_t rtt_mean(const struct flowscope_tcp_facts *facts)
{
    return facts->rtt_samples ? facts->rtt_sum_ns / facts->rtt_samples : 0;
}

static void known(struct fs_text *text, bool is_known, uint64_t value)
{
    if (is_known)
        fs_text_unsigned(text, value);
}

static void interval_mean(struct fs_text *text, const struct flowscope_tcp_facts *facts)
{
    if (facts->intervals)
        fs_text_thousandths(text, facts->interval_sum_ns / facts->intervals);
}

/* Bits of payload a second, from the direction's first segment to its last. */
static void throughput(struct fs_text *text, const struct flowscope_tcp_facts *facts,
                       uint64_t payload_bytes)
{
    __extension__ typedef unsigned __int128 wide;
    wide bps;

    if (!facts->interval_sum_ns)
        return;
    bps = (wide)payload_bytes * 8 * 1000000000 / facts->interval_sum_ns;
    fs_text_unsigned(text, bps > UINT64_MAX ? UINT64_MAX : (uint64_t)bps);
}

static void rtt(struct fs_text *text, const struct flowscope_flow_record *record)
{
    if (record->has_rtt)
        fs_text_thousandths(text, (uint64_t)record->rtt_ns);
}

static void time_of(struct fs_text *text, const struct flowscope_flow_record *record, int64_t ns)
{
    if (record->has_time)
        fs_text_time(text, ns);
}

/* Times span more than int64_t where a capture has absurd ones; as unsigned they subtract right. */
static void since(struct fs_text *text, const struct flowscope_flow_record *record, int64_t from,
                  int64_t to)
{
    if (record->has_time)
        fs_text_duration(text, (uint64_t)to - (uint64_t)from);
}

static size_t since_length(const struct flowscope_flow_record *record, int64_t from, int64_t to)
{
    return record->has_time ? fs_text_duration_length((uint64_t)to - (uint64_t)from) : 0;
}

/* 0 says that there are none; nothing, that no one looked. */
static void copies(struct fs_text *text, const struct flowscope_flow_record *record)
{
    if (record->has_dup_packets)
        fs_text_unsigned(text, record->dup_packets);
}

/* More than a row takes: no value of it is longer than an address, a history or eight layers. */
#define ROW_ROOM (FS_TEXT_BLOCK / 2)

/* What becomes of a value that begins at `at`, by its kind. */
#define CSV_NUMBER ((void)at)
#define CSV_WORD   ((void)at)
#define CSV_TEXT   fs_text_quote_csv(text, at)

/* The facts of a direction, as the columns print them. */
#define WITH_FACTS(direction, value)                                                               \
    do {                                                                                           \
        const struct flowscope_tcp_facts *facts = &record->tcp[direction];                         \
        const uint64_t packets = record->packets[direction];                                       \
        const uint64_t payload_bytes = record->payload_bytes[direction];                           \
        (void)packets, (void)payload_bytes;                                                        \
        value;                                                                                     \
    } while (0)

static void csv_facts(struct fs_text *text, const struct flowscope_flow_record *record)
{
#define CSV_FACT(direction, value)                                                                 \
    fs_text_char(text, ',');                                                                       \
    if (record->has_facts)                                                                         \
    WITH_FACTS(direction, value)
#define FS_FACT_COLUMN(name, value)                                                                \
    CSV_FACT(0, value);                                                                            \
    CSV_FACT(1, value);
#include "export/columns.def"
#undef FS_FACT_COLUMN
}

static void csv_row(struct fs_text *text, const struct flowscope_flow_record *record,
                    const struct flowscope_config *config)
{
    char before = '\0';
    size_t at;

    fs_text_room(text, ROW_ROOM);
#define FS_FLOW_COLUMN(name, kind, value)                                                          \
    if (before)                                                                                    \
        fs_text_char(text, before);                                                                \
    before = ',';                                                                                  \
    at = text->used;                                                                               \
    value;                                                                                         \
    CSV_##kind;
#include "export/columns.def"
#undef FS_FLOW_COLUMN
    if (config->tcp_facts >= FLOWSCOPE_TCP_FACTS_ALL)
        csv_facts(text, record);
    fs_text_char(text, '\n');
}

#define NDJSON_NUMBER ((void)at)
#define NDJSON_WORD   fs_text_quote_json(text, at)
#define NDJSON_TEXT   fs_text_quote_json(text, at)

/* A name is there if it has a value. */
#define NDJSON(name, kind, value)                                                                  \
    start = text->used;                                                                            \
    fs_text_bytes(text, ",\"" name "\":", sizeof(",\"" name "\":") - 1);                           \
    at = text->used;                                                                               \
    value;                                                                                         \
    if (text->used == at)                                                                          \
        text->used = start;                                                                        \
    else                                                                                           \
        NDJSON_##kind

static void ndjson_facts(struct fs_text *text, const struct flowscope_flow_record *record)
{
    size_t start, at;

#define FS_FACT_COLUMN(name, value)                                                                \
    NDJSON(#name "_fwd", NUMBER, WITH_FACTS(0, value));                                            \
    NDJSON(#name "_rev", NUMBER, WITH_FACTS(1, value));
#include "export/columns.def"
#undef FS_FACT_COLUMN
}

static void ndjson_row(struct fs_text *text, const struct flowscope_flow_record *record,
                       const struct flowscope_config *config)
{
    size_t row, start, at;

    fs_text_room(text, ROW_ROOM);
    row = text->used;
#define FS_FLOW_COLUMN(name, kind, value) NDJSON(#name, kind, value);
#include "export/columns.def"
#undef FS_FLOW_COLUMN
    if (config->tcp_facts >= FLOWSCOPE_TCP_FACTS_ALL && record->has_facts)
        ndjson_facts(text, record);
    text->data[row] = '{'; /* a flow always has an id */
    fs_text_bytes(text, "}\n", 2);
}

/* The facts come last. */
static const char *const names[] = {
#define FS_FLOW_COLUMN(name, kind, value) #name,
#include "export/columns.def"
#undef FS_FLOW_COLUMN
#define FS_FACT_COLUMN(name, value) #name "_fwd", #name "_rev",
#include "export/columns.def"
#undef FS_FACT_COLUMN
};

enum {
    FACT_COLUMNS = 0
#define FS_FACT_COLUMN(name, value) +2
#include "export/columns.def"
#undef FS_FACT_COLUMN
};

enum {
#define FS_FLOW_CELL(id, name, kind, how, ...) CELL_##id,
#include "export/columns.def"
#undef FS_FLOW_CELL
};

static const struct fs_column cells[] = {
#define FS_FLOW_CELL(id, name, kind, how, ...) {name, FS_COLUMN_##kind, 0, NULL},
#include "export/columns.def"
#undef FS_FLOW_CELL
};

static void print_header(struct fs_text *text, enum fs_format format,
                         const struct flowscope_config *config)
{
    const size_t count = config->tcp_facts >= FLOWSCOPE_TCP_FACTS_ALL
                             ? COUNT_OF(names)
                             : COUNT_OF(names) - FACT_COLUMNS;

    for (size_t i = 0; format == FS_FORMAT_CSV && i < count; i++) {
        fs_text_string(text, names[i]);
        fs_text_char(text, i + 1 < count ? ',' : '\n');
    }
}

static void print_record(struct fs_text *text, enum fs_format format,
                         const struct flowscope_flow_record *record,
                         const struct flowscope_config *config)
{
    if (format == FS_FORMAT_CSV)
        csv_row(text, record, config);
    else if (format == FS_FORMAT_NDJSON)
        ndjson_row(text, record, config);
}

void fs_report_flow_header(FILE *out, enum fs_format format, const struct flowscope_config *config)
{
    struct fs_text text;

    fs_text_start(&text, out);
    print_header(&text, format, config);
    fs_text_flush(&text);
}

void fs_report_flow_row(FILE *out, enum fs_format format,
                        const struct flowscope_flow_record *record,
                        const struct flowscope_config *config)
{
    struct fs_text text;

    fs_text_start(&text, out);
    print_record(&text, format, record, config);
    fs_text_flush(&text);
}

struct table {
    struct fs_text text;
    struct fs_column cells[COUNT_OF(cells)];
    const fs_selection *selection;
    int64_t start;  /* of the first flow of all */
    int64_t latest; /* the same of the selected flow that begins last */
    bool has_start;
    bool has_latest;
};

static void widen(struct fs_column *cell, size_t length)
{
    if (length > cell->width)
        cell->width = (unsigned)length;
}

static void note_time(struct table *table, int64_t time_ns, bool is_selected)
{
    if (!table->has_start || time_ns < table->start)
        table->start = time_ns;
    table->has_start = true;
    if (!is_selected)
        return;
    if (!table->has_latest || time_ns > table->latest)
        table->latest = time_ns;
    table->has_latest = true;
}

/* How wide what is printed of the flow will be; how long after the first it starts is not known
 * yet. */
static void fit(void *user, const struct flowscope_flow_record *record)
{
    struct table *table = user;
    const bool is_selected =
        !table->selection || fs_selection_has(table->selection, record->flow_id);
    const int64_t start = record->first_time_ns;

    if (record->has_time)
        note_time(table, start, is_selected);
    if (!is_selected)
        return;
#define FS_FLOW_CELL(id, name, kind, how, ...)                                                     \
    widen(&table->cells[CELL_##id], how##_length(__VA_ARGS__));
#include "export/columns.def"
#undef FS_FLOW_CELL
}

/* Blanks in whole words: there is room for a row. */
static inline void pad(struct fs_text *text, size_t count)
{
    static const char blanks[16] = "                ";

    for (size_t i = 0; i < count; i += sizeof blanks)
        memcpy(text->data + text->used + i, blanks, sizeof blanks);
    text->used += count;
}

/* A value of the kind; what is empty is a dash, so that every line has as many words. */
#define TABLE_NUMBER(how, ...)                                                                     \
    length = how##_length(__VA_ARGS__);                                                            \
    pad(text, length < cell->width ? cell->width - length - !length : 0);                          \
    if (length)                                                                                    \
        how(text, __VA_ARGS__);                                                                    \
    else                                                                                           \
        fs_text_char(text, '-');                                                                   \
    end = text->used

#define TABLE_WORD(how, ...)                                                                       \
    at = text->used;                                                                               \
    how(text, __VA_ARGS__);                                                                        \
    if (text->used == at)                                                                          \
        fs_text_char(text, '-');                                                                   \
    end = text->used;                                                                              \
    pad(text, end - at < cell->width ? cell->width - (end - at) : 0)

static void print_cells(void *user, const struct flowscope_flow_record *record)
{
    struct table *table = user;
    struct fs_text *text = &table->text;
    const struct fs_column *cell = table->cells;
    const int64_t start = table->start;
    size_t at, length, end;

    fs_text_room(text, ROW_ROOM);
#define FS_FLOW_CELL(id, name, kind, how, ...)                                                     \
    TABLE_##kind(how, __VA_ARGS__);                                                                \
    fs_text_char(text, ' ');                                                                       \
    cell++;
#include "export/columns.def"
#undef FS_FLOW_CELL
    text->used = end; /* no blanks behind the last */
    fs_text_char(text, '\n');
}

/* Twice over the flows: where time begins and how wide the columns are, then the rows. Time begins
 * with the first flow of all, so that a flow reads the same with and without a selection. */
static bool report_table(FILE *out, fs_ledger *ledger, const fs_selection *selection)
{
    struct table table = {.selection = selection};
    bool read;

    memcpy(table.cells, cells, sizeof cells);
    fs_columns_fit_names(table.cells, COUNT_OF(cells));
    if (!fs_walk_flows(ledger, NULL, fit, &table))
        return false;
    if (table.has_latest)
        widen(&table.cells[CELL_start],
              fs_text_duration_length((uint64_t)table.latest - (uint64_t)table.start));
    fs_text_start(&table.text, out);
    fs_columns_header(&table.text, FS_FORMAT_TABLE, table.cells, COUNT_OF(cells));
    read = fs_walk_flows(ledger, selection, print_cells, &table);
    fs_text_flush(&table.text);
    return read;
}

struct rows {
    struct fs_text text;
    enum fs_format format;
    const struct flowscope_config *config;
};

static void print_row(void *user, const struct flowscope_flow_record *record)
{
    struct rows *rows = user;

    print_record(&rows->text, rows->format, record, rows->config);
}

bool fs_report_flows(FILE *out, enum fs_format format, fs_ledger *ledger,
                     const fs_selection *selection, const struct flowscope_config *config)
{
    struct rows rows;
    bool read;

    if (format == FS_FORMAT_TABLE)
        return report_table(out, ledger, selection);
    rows.format = format;
    rows.config = config;
    fs_text_start(&rows.text, out);
    print_header(&rows.text, format, config);
    read = fs_walk_flows(ledger, selection, print_row, &rows);
    fs_text_flush(&rows.text);
    return read;
}
