/* SPDX-License-Identifier: BSD-2-Clause */
/* The packets report: one row per frame, as frames come. */
#include "export/column.h"
#include "export/report.h"

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define nothing()       ((void)text)

struct packet_row {
    const struct flowscope_packet *packet;
    const struct flowscope_result *result;
};

static void time_of(struct fs_text *text, const struct flowscope_packet *packet)
{
    if (packet->time_quality != FLOWSCOPE_TIME_NONE)
        fs_text_time(text, packet->time_ns);
}

#define FS_PACKET_COLUMN(name, kind, width, value)                                                 \
    static void print_##name(struct fs_text *text, const void *row)                                \
    {                                                                                              \
        const struct flowscope_packet *packet = ((const struct packet_row *)row)->packet;          \
        const struct flowscope_result *result = ((const struct packet_row *)row)->result;          \
        (void)packet, (void)result;                                                                \
        value;                                                                                     \
    }
#include "export/columns.def"
#undef FS_PACKET_COLUMN

/* The widths of the table are fixed: its rows go out before the next frame is known. */
static const struct fs_column columns[] = {
#define FS_PACKET_COLUMN(name, kind, width, value) {#name, FS_COLUMN_##kind, width, print_##name},
#include "export/columns.def"
#undef FS_PACKET_COLUMN
};

void fs_report_packet_header(FILE *out, enum fs_format format)
{
    struct fs_text text;

    fs_text_start(&text, out);
    fs_columns_header(&text, format, columns, COUNT_OF(columns));
    fs_text_flush(&text);
}

void fs_report_packet_row(FILE *out, enum fs_format format, const struct flowscope_packet *packet,
                          const struct flowscope_result *result)
{
    struct packet_row row = {packet, result};
    struct fs_text text;

    fs_text_start(&text, out);
    fs_columns_row(&text, format, columns, COUNT_OF(columns), &row);
    fs_text_flush(&text);
}
