/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows of csv, ndjson and tables, driven by tables of columns. */
#include "export/column.h"

#include <string.h>

#define ROOM (2 * FS_TEXT_VALUE_MAX) /* a value with its name: written without a flush between */

static void csv_row(struct fs_text *text, const struct fs_column *columns, size_t count,
                    const void *row)
{
    for (size_t i = 0; i < count; i++) {
        size_t start;

        fs_text_room(text, ROOM);
        if (i)
            fs_text_char(text, ',');
        start = text->used;
        columns[i].print(text, row);
        if (columns[i].kind == FS_COLUMN_TEXT)
            fs_text_quote_csv(text, start);
    }
    fs_text_char(text, '\n');
}

static void ndjson_row(struct fs_text *text, const struct fs_column *columns, size_t count,
                       const void *row)
{
    char before = '{';

    for (size_t i = 0; i < count; i++) {
        size_t start;
        size_t value;

        fs_text_room(text, ROOM);
        start = text->used;
        fs_text_char(text, before);
        fs_text_char(text, '"');
        fs_text_string(text, columns[i].name);
        fs_text_bytes(text, "\":", 2);
        value = text->used;
        columns[i].print(text, row);
        if (text->used == value) {
            text->used = start;
            continue;
        }
        if (columns[i].kind != FS_COLUMN_NUMBER)
            fs_text_quote_json(text, value);
        before = ',';
    }
    if (before == '{')
        fs_text_char(text, '{');
    fs_text_bytes(text, "}\n", 2);
}

/* Aligns the value that begins at `start` of data; the last column gets no blanks behind it. */
static void align(struct fs_text *text, size_t start, const struct fs_column *column, bool last)
{
    size_t length = text->used - start;
    size_t blanks = length < column->width ? column->width - length : 0;

    if (column->kind == FS_COLUMN_NUMBER) {
        memmove(text->data + start + blanks, text->data + start, length);
        memset(text->data + start, ' ', blanks);
        text->used += blanks;
    } else if (!last) {
        fs_text_fill(text, ' ', blanks);
    }
}

static void table_row(struct fs_text *text, const struct fs_column *columns, size_t count,
                      const void *row)
{
    for (size_t i = 0; i < count; i++) {
        size_t start;

        fs_text_room(text, ROOM);
        if (i)
            fs_text_char(text, ' ');
        start = text->used;
        if (row)
            columns[i].print(text, row);
        else
            fs_text_string(text, columns[i].name);
        if (text->used == start)
            fs_text_char(text, '-');
        align(text, start, &columns[i], i + 1 == count);
    }
    fs_text_char(text, '\n');
}

void fs_columns_header(struct fs_text *text, enum fs_format format, const struct fs_column *columns,
                       size_t count)
{
    if (format == FS_FORMAT_TABLE) {
        table_row(text, columns, count, NULL);
    } else if (format == FS_FORMAT_CSV) {
        for (size_t i = 0; i < count; i++) {
            if (i)
                fs_text_char(text, ',');
            fs_text_string(text, columns[i].name);
        }
        fs_text_char(text, '\n');
    }
}

void fs_columns_row(struct fs_text *text, enum fs_format format, const struct fs_column *columns,
                    size_t count, const void *row)
{
    switch (format) {
    case FS_FORMAT_TABLE:
        table_row(text, columns, count, row);
        break;
    case FS_FORMAT_CSV:
        csv_row(text, columns, count, row);
        break;
    case FS_FORMAT_NDJSON:
        ndjson_row(text, columns, count, row);
        break;
    case FS_FORMAT_ZEEK:
    case FS_FORMAT_EVE:
    case FS_FORMAT_PROMETHEUS:
        break;
    }
}

void fs_columns_fit_names(struct fs_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(columns[i].name);

        if (length > columns[i].width)
            columns[i].width = (unsigned)length;
    }
}

void fs_columns_fit(struct fs_column *columns, size_t count, const void *row)
{
    struct fs_text scratch;

    fs_text_start(&scratch, NULL);
    for (size_t i = 0; i < count; i++) {
        scratch.used = 0;
        columns[i].print(&scratch, row);
        if (scratch.used > columns[i].width)
            columns[i].width = (unsigned)scratch.used;
    }
}
