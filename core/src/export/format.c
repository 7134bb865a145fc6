/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of the output formats, and which report has which. */
#include "export/format.h"

#include <string.h>

#define BIT(format) (1u << (format))

static const char *const names[] = {
    [FS_FORMAT_TABLE] = "table", [FS_FORMAT_CSV] = "csv", [FS_FORMAT_NDJSON] = "ndjson",
    [FS_FORMAT_ZEEK] = "zeek",   [FS_FORMAT_EVE] = "eve", [FS_FORMAT_PROMETHEUS] = "prometheus",
};

static const struct {
    unsigned has;   /* bits of the formats that the contract gives the report */
    unsigned built; /* of those, the ones that are there */
} reports[] = {
    [FS_REPORT_STATS] = {BIT(FS_FORMAT_TABLE) | BIT(FS_FORMAT_NDJSON) | BIT(FS_FORMAT_PROMETHEUS),
                         BIT(FS_FORMAT_TABLE) | BIT(FS_FORMAT_NDJSON) | BIT(FS_FORMAT_PROMETHEUS)},
    [FS_REPORT_FLOWS] = {BIT(FS_FORMAT_TABLE) | BIT(FS_FORMAT_CSV) | BIT(FS_FORMAT_NDJSON) |
                             BIT(FS_FORMAT_ZEEK) | BIT(FS_FORMAT_EVE),
                         BIT(FS_FORMAT_TABLE) | BIT(FS_FORMAT_CSV) | BIT(FS_FORMAT_NDJSON)},
    [FS_REPORT_SESSIONS] = {BIT(FS_FORMAT_TABLE) | BIT(FS_FORMAT_CSV) | BIT(FS_FORMAT_NDJSON) |
                                BIT(FS_FORMAT_ZEEK) | BIT(FS_FORMAT_EVE),
                            0},
    [FS_REPORT_PACKETS] = {BIT(FS_FORMAT_TABLE) | BIT(FS_FORMAT_CSV) | BIT(FS_FORMAT_NDJSON),
                           BIT(FS_FORMAT_TABLE) | BIT(FS_FORMAT_CSV) | BIT(FS_FORMAT_NDJSON)},
};

bool fs_format_parse(enum fs_report report, const char *word, size_t length, enum fs_format *format)
{
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i]) == length && !memcmp(names[i], word, length) &&
            (reports[report].has & BIT(i))) {
            *format = (enum fs_format)i;
            return true;
        }
    }
    return false;
}

bool fs_format_is_built(enum fs_report report, enum fs_format format)
{
    return reports[report].built & BIT(format);
}

const char *fs_format_name(enum fs_format format)
{
    return names[format];
}
