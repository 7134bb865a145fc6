/* SPDX-License-Identifier: BSD-2-Clause */
/* What the statistics say of rates: the most of one second, and a series over the capture. */
#include "export/stats_rates.h"

#include "export/stats_line.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

struct peak_row {
    const char *name;
    const struct flowscope_peak *peak;
};

static void print_peak_name(struct fs_text *text, const void *row)
{
    fs_text_string(text, ((const struct peak_row *)row)->name);
}

static void print_peak_most(struct fs_text *text, const void *row)
{
    fs_text_unsigned(text, ((const struct peak_row *)row)->peak->most);
}

static void print_peak_time(struct fs_text *text, const void *row)
{
    const struct flowscope_peak *peak = ((const struct peak_row *)row)->peak;

    if (peak->most)
        fs_text_time(text, peak->time_ns);
}

static void put_peaks(struct fs_text *text, enum fs_format format,
                      const struct flowscope_rates *rates)
{
    static const struct fs_column columns[] = {
        {"of", FS_COLUMN_WORD, 0, print_peak_name},
        {"per_second", FS_COLUMN_NUMBER, 0, print_peak_most},
        {"ts", FS_COLUMN_NUMBER, 0, print_peak_time},
    };
    struct peak_row rows[FLOWSCOPE_RATE_COUNT];

    fs_stats_heading(text, format, "peaks");
    for (unsigned kind = 0; kind < FLOWSCOPE_RATE_COUNT; kind++) {
        const struct flowscope_peak *peak = &rates->peak[kind];
        const struct fs_stats_line lines[] = {
            {.section = "peaks", .name = flowscope_rate_name(kind), .value = peak->most},
            {.section = "peaks",
             .name = flowscope_rate_name(kind),
             .part = "ts",
             .kind = peak->most ? FS_STATS_TIME : FS_STATS_NONE,
             .value = (uint64_t)peak->time_ns}};

        rows[kind] = (struct peak_row){lines[0].name, peak};
        for (size_t i = 0; i < COUNT_OF(lines) && format == FS_FORMAT_NDJSON; i++)
            fs_stats_line(text, format, &lines[i]);
    }
    if (format == FS_FORMAT_TABLE)
        fs_stats_rows(text, columns, COUNT_OF(columns), rows, COUNT_OF(rows), sizeof *rows);
}

struct interval_row {
    int64_t time_ns;
    const uint64_t *counts;
};

static void print_time(struct fs_text *text, const void *row)
{
    fs_text_time(text, ((const struct interval_row *)row)->time_ns);
}

#define FLOWSCOPE_RATE(name, help)                                                                 \
    static void print_##name(struct fs_text *text, const void *row)                                \
    {                                                                                              \
        fs_text_unsigned(text, ((const struct interval_row *)row)->counts[FLOWSCOPE_RATE_##name]); \
    }
#include <flowscope/rate.def>
#undef FLOWSCOPE_RATE

static const struct fs_column interval_columns[] = {
    {"ts", FS_COLUMN_NUMBER, 0, print_time},
#define FLOWSCOPE_RATE(name, help) {#name, FS_COLUMN_NUMBER, 0, print_##name},
#include <flowscope/rate.def>
#undef FLOWSCOPE_RATE
};

/* ndjson: the time is the name, as ids are in other sections. */
static void put_interval_lines(struct fs_text *text, const struct interval_row *row)
{
    struct fs_text name;

    fs_text_start(&name, NULL);
    print_time(&name, row);
    fs_text_char(&name, '\0');
    for (unsigned kind = 0; kind < FLOWSCOPE_RATE_COUNT; kind++) {
        const struct fs_stats_line line = {.section = "series",
                                           .name = name.data,
                                           .part = flowscope_rate_name(kind),
                                           .value = row->counts[kind]};

        fs_stats_line(text, FS_FORMAT_NDJSON, &line);
    }
}

static void put_series(struct fs_text *text, enum fs_format format,
                       const struct flowscope_rates *rates)
{
    const struct fs_stats_line interval = {.section = "series",
                                           .name = "interval",
                                           .kind = FS_STATS_DURATION,
                                           .value = (uint64_t)rates->interval_ns};
    struct interval_row rows[FLOWSCOPE_RATE_INTERVALS];

    fs_stats_heading(text, format, "series");
    fs_stats_line(text, format, &interval);
    for (uint32_t i = 0; i < rates->count; i++) {
        rows[i] = (struct interval_row){flowscope_rates_time_ns(rates, i), rates->interval[i]};
        if (format == FS_FORMAT_NDJSON)
            put_interval_lines(text, &rows[i]);
    }
    if (format == FS_FORMAT_TABLE)
        fs_stats_rows(text, interval_columns, COUNT_OF(interval_columns), rows, rates->count,
                      sizeof *rows);
}

void fs_stats_rates(struct fs_text *text, enum fs_format format,
                    const struct flowscope_rates *rates)
{
    if (!rates->interval_ns)
        return;
    put_peaks(text, format, rates);
    put_series(text, format, rates);
}
