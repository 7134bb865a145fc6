/* SPDX-License-Identifier: BSD-2-Clause */
/* What the statistics say of the engine itself: anomalies, and how full what has a bound was. */
#include "export/stats_engine.h"

#include "export/stats_line.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

struct row {
    const char *name, *severity;
    uint64_t value, limit;
};

static void print_name(struct fs_text *text, const void *row)
{
    fs_text_string(text, ((const struct row *)row)->name);
}

static void print_severity(struct fs_text *text, const void *row)
{
    fs_text_string(text, ((const struct row *)row)->severity);
}

static void print_value(struct fs_text *text, const void *row)
{
    fs_text_unsigned(text, ((const struct row *)row)->value);
}

static void print_limit(struct fs_text *text, const void *row)
{
    fs_text_unsigned(text, ((const struct row *)row)->limit);
}

static void put_anomalies(struct fs_text *text, enum fs_format format,
                          const struct flowscope_counters *counters)
{
    static const struct fs_column columns[] = {
        {"anomaly", FS_COLUMN_WORD, 0, print_name},
        {"severity", FS_COLUMN_WORD, 0, print_severity},
        {"count", FS_COLUMN_NUMBER, 0, print_value},
    };
    struct row rows[FLOWSCOPE_ANOMALY_COUNT];

    fs_stats_heading(text, format, "anomalies");
    for (unsigned i = 0; i < FLOWSCOPE_ANOMALY_COUNT; i++) {
        const struct fs_stats_line line = {.section = "anomalies",
                                           .name = flowscope_anomaly_name(i),
                                           .value = counters->anomalies[i]};

        rows[i] = (struct row){.name = line.name,
                               .severity = flowscope_severity_name(flowscope_anomaly_severity(i)),
                               .value = line.value};
        if (format == FS_FORMAT_NDJSON)
            fs_stats_line(text, format, &line);
    }
    if (format == FS_FORMAT_TABLE)
        fs_stats_rows(text, columns, COUNT_OF(columns), rows, COUNT_OF(rows), sizeof *rows);
}

static void put_bounds(struct fs_text *text, enum fs_format format,
                       const struct flowscope_counters *counters)
{
    static const struct fs_column columns[] = {
        {"of", FS_COLUMN_WORD, 0, print_name},
        {"most", FS_COLUMN_NUMBER, 0, print_value},
        {"limit", FS_COLUMN_NUMBER, 0, print_limit},
    };
    struct row rows[FLOWSCOPE_BOUND_COUNT];

    fs_stats_heading(text, format, "high_water");
    for (unsigned i = 0; i < FLOWSCOPE_BOUND_COUNT; i++) {
        const struct flowscope_bound *bound = &counters->bounds[i];
        const struct fs_stats_line lines[] = {
            {.section = "high_water", .name = flowscope_bound_name(i), .value = bound->most},
            {.section = "high_water",
             .name = flowscope_bound_name(i),
             .part = "limit",
             .value = bound->limit}};

        rows[i] = (struct row){.name = lines[0].name, .value = bound->most, .limit = bound->limit};
        for (size_t j = 0; j < COUNT_OF(lines) && format == FS_FORMAT_NDJSON; j++)
            fs_stats_line(text, format, &lines[j]);
    }
    if (format == FS_FORMAT_TABLE)
        fs_stats_rows(text, columns, COUNT_OF(columns), rows, COUNT_OF(rows), sizeof *rows);
}

void fs_stats_engine(struct fs_text *text, enum fs_format format,
                     const struct flowscope_counters *counters)
{
    put_anomalies(text, format, counters);
    put_bounds(text, format, counters);
}
