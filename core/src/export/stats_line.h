/* SPDX-License-Identifier: BSD-2-Clause */
/* What the sections of the statistics are made of: `name value` lines and aligned rows. */
#ifndef FS_EXPORT_STATS_LINE_H
#define FS_EXPORT_STATS_LINE_H

#include "export/column.h"

/* One `name value` of the table, one object of ndjson. */
struct fs_stats_line {
    const char *section;
    const char *name; /* NULL: number is the name */
    const char *part; /* what follows the name and a point, or NULL */
    uint64_t number;
    enum fs_stats_kind { FS_STATS_COUNT, FS_STATS_TIME, FS_STATS_DURATION, FS_STATS_NONE } kind;
    uint64_t value; /* a time is int64_t in the same bits */
};

/* `[section]` in the table, with an empty line before all but the first. */
void fs_stats_heading(struct fs_text *text, enum fs_format format, const char *section);

/* Without a value a dash stands in the table, and ndjson has no such line. */
void fs_stats_line(struct fs_text *text, enum fs_format format, const struct fs_stats_line *line);

/* A table of `count` rows of `size` bytes each, with a line of names, aligned. */
void fs_stats_rows(struct fs_text *text, const struct fs_column *columns, size_t column_count,
                   const void *rows, size_t count, size_t size);

#endif
