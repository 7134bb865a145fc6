/* SPDX-License-Identifier: BSD-2-Clause */
/* Columns as tables: a row of any report is printed by walking them. */
#ifndef FS_EXPORT_COLUMN_H
#define FS_EXPORT_COLUMN_H

#include "export/format.h"
#include "export/text.h"

enum fs_column_kind {
    FS_COLUMN_NUMBER, /* bare in ndjson, right-aligned in tables */
    FS_COLUMN_WORD,   /* a string that never needs quoting in csv */
    FS_COLUMN_TEXT,   /* a string of any bytes */
};

struct fs_column {
    const char *name;
    enum fs_column_kind kind;
    unsigned width;                                       /* least width in tables */
    void (*print)(struct fs_text *text, const void *row); /* prints nothing for empty */
};

/* csv: the names. table: the names, aligned to the widths. ndjson: nothing. */
void fs_columns_header(struct fs_text *text, enum fs_format format, const struct fs_column *columns,
                       size_t count);

/* One line. In tables an empty value is a dash, so that every line has as many words. */
void fs_columns_row(struct fs_text *text, enum fs_format format, const struct fs_column *columns,
                    size_t count, const void *row);

/* Widens the columns to their names and to what this row prints. */
void fs_columns_fit_names(struct fs_column *columns, size_t count);
void fs_columns_fit(struct fs_column *columns, size_t count, const void *row);

#endif
