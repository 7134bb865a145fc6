/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of the output formats. */
#ifndef FS_EXPORT_FORMAT_H
#define FS_EXPORT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

enum fs_format {
    FS_FORMAT_TABLE,
    FS_FORMAT_CSV,
    FS_FORMAT_NDJSON,
    FS_FORMAT_ZEEK,
    FS_FORMAT_EVE,
    FS_FORMAT_PROMETHEUS
};

enum fs_report { FS_REPORT_STATS, FS_REPORT_FLOWS, FS_REPORT_SESSIONS, FS_REPORT_PACKETS };

/* True, and *format set, if the `length` bytes at `word` are exactly the name of a format that the
 * contract gives this report, built or not. */
bool fs_format_parse(enum fs_report report, const char *word, size_t length,
                     enum fs_format *format);

/* False: a format of the contract that is still to come. */
bool fs_format_is_built(enum fs_report report, enum fs_format format);

/* The word; a static string. */
const char *fs_format_name(enum fs_format format);

#endif
