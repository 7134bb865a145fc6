/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines and aligned rows of the statistics. */
#include "export/stats_line.h"

#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define COLUMNS_MAX     8

static void print_section(struct fs_text *text, const void *row)
{
    fs_text_string(text, ((const struct fs_stats_line *)row)->section);
}

static void print_name(struct fs_text *text, const void *row)
{
    const struct fs_stats_line *line = row;

    if (line->name)
        fs_text_string(text, line->name);
    else
        fs_text_unsigned(text, line->number);
    if (line->part) {
        fs_text_char(text, '.');
        fs_text_string(text, line->part);
    }
}

static void print_value(struct fs_text *text, const void *row)
{
    const struct fs_stats_line *line = row;

    switch (line->kind) {
    case FS_STATS_COUNT:
        fs_text_unsigned(text, line->value);
        break;
    case FS_STATS_TIME:
        fs_text_time(text, (int64_t)line->value);
        break;
    case FS_STATS_DURATION:
        fs_text_duration(text, line->value);
        break;
    case FS_STATS_NONE:
        break;
    }
}

static const struct fs_column line_columns[] = {
    {"section", FS_COLUMN_WORD, 0, print_section},
    {"name", FS_COLUMN_WORD, 0, print_name},
    {"value", FS_COLUMN_NUMBER, 0, print_value},
};

void fs_stats_heading(struct fs_text *text, enum fs_format format, const char *section)
{
    if (format != FS_FORMAT_TABLE)
        return;
    if (strcmp(section, "totals") != 0)
        fs_text_char(text, '\n');
    fs_text_char(text, '[');
    fs_text_string(text, section);
    fs_text_string(text, "]\n");
}

void fs_stats_line(struct fs_text *text, enum fs_format format, const struct fs_stats_line *line)
{
    if (format == FS_FORMAT_TABLE)
        fs_columns_row(text, format, line_columns + 1, 2, line);
    else if (line->kind != FS_STATS_NONE)
        fs_columns_row(text, format, line_columns, COUNT_OF(line_columns), line);
}

void fs_stats_rows(struct fs_text *text, const struct fs_column *columns, size_t column_count,
                   const void *rows, size_t count, size_t size)
{
    struct fs_column fitted[COLUMNS_MAX];
    const char *at = rows;

    memcpy(fitted, columns, column_count * sizeof *columns);
    fs_columns_fit_names(fitted, column_count);
    for (size_t i = 0; i < count; i++)
        fs_columns_fit(fitted, column_count, at + i * size);
    fs_columns_header(text, FS_FORMAT_TABLE, fitted, column_count);
    for (size_t i = 0; i < count; i++)
        fs_columns_row(text, FS_FORMAT_TABLE, fitted, column_count, at + i * size);
}
