/* SPDX-License-Identifier: BSD-2-Clause */
/* What the statistics say of copies: by kind, and by the interfaces of the first frame and of the
 * copy, each with the delay between the two. Sections that only captures with copies have. */
#include "export/stats_duplicates.h"

#include "export/stats_line.h"

#include <stdio.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

struct row {
    char name[FS_STATS_PAIR_SIZE];
    const struct flowscope_delays *delays;
};

static void print_name(struct fs_text *text, const void *row)
{
    fs_text_string(text, ((const struct row *)row)->name);
}

static void print_packets(struct fs_text *text, const void *row)
{
    fs_text_unsigned(text, ((const struct row *)row)->delays->packets);
}

uint64_t fs_stats_mean_delay(const struct flowscope_delays *delays)
{
    return delays->delays ? delays->sum_ns / delays->delays : 0;
}

#define DELAY_COLUMN(id, value)                                                                    \
    static void print_##id(struct fs_text *text, const void *row)                                  \
    {                                                                                              \
        const struct flowscope_delays *delays = ((const struct row *)row)->delays;                 \
        if (delays->delays)                                                                        \
            fs_text_duration(text, value);                                                         \
    }
DELAY_COLUMN(min, delays->min_ns)
DELAY_COLUMN(mean, fs_stats_mean_delay(delays))
DELAY_COLUMN(max, delays->max_ns)
#undef DELAY_COLUMN

static void put_lines(struct fs_text *text, const char *section, const struct row *row)
{
    const struct flowscope_delays *delays = row->delays;
    const enum fs_stats_kind kind = delays->delays ? FS_STATS_DURATION : FS_STATS_NONE;
    const struct fs_stats_line lines[] = {
        {.section = section, .name = row->name, .value = delays->packets},
        {section, row->name, "min_delay", 0, kind, delays->min_ns},
        {section, row->name, "mean_delay", 0, kind, fs_stats_mean_delay(delays)},
        {section, row->name, "max_delay", 0, kind, delays->max_ns},
    };

    for (size_t i = 0; i < COUNT_OF(lines); i++)
        fs_stats_line(text, FS_FORMAT_NDJSON, &lines[i]);
}

static void put_section(struct fs_text *text, enum fs_format format, const char *section,
                        const char *column, const struct row *rows, size_t count)
{
    const struct fs_column columns[] = {
        {column, FS_COLUMN_WORD, 0, print_name},
        {"packets", FS_COLUMN_NUMBER, 0, print_packets},
        {"min_delay", FS_COLUMN_NUMBER, 0, print_min},
        {"mean_delay", FS_COLUMN_NUMBER, 0, print_mean},
        {"max_delay", FS_COLUMN_NUMBER, 0, print_max},
    };

    fs_stats_heading(text, format, section);
    if (format == FS_FORMAT_TABLE) {
        fs_stats_rows(text, columns, COUNT_OF(columns), rows, count, sizeof *rows);
        return;
    }
    for (size_t i = 0; i < count; i++)
        put_lines(text, section, &rows[i]);
}

/* By name, else by number: of its section, where that is not the first. */
static void put_place(char *to, size_t room, const struct flowscope_dup_place *place)
{
    char section[16] = "", index[16] = "";

    if (place->section)
        snprintf(section, sizeof section, "%lu/", (unsigned long)place->section);
    if (place->index)
        snprintf(index, sizeof index, "%%%lu", (unsigned long)place->index);
    if (place->name[0])
        snprintf(to, room, "%s%s", place->name, index);
    else
        snprintf(to, room, "%s%lu%s", section, (unsigned long)place->interface, index);
}

void fs_stats_pair_name(char name[FS_STATS_PAIR_SIZE], const struct flowscope_dup_pair *pair)
{
    char from[FS_STATS_PAIR_SIZE / 2 - 1], to[FS_STATS_PAIR_SIZE / 2 - 1];

    put_place(from, sizeof from, &pair->from);
    put_place(to, sizeof to, &pair->to);
    snprintf(name, FS_STATS_PAIR_SIZE, "%s->%s", from, to);
}

void fs_stats_duplicates(struct fs_text *text, enum fs_format format,
                         const struct flowscope_duplicates *duplicates)
{
    struct row rows[FLOWSCOPE_DUP_KIND_COUNT + FLOWSCOPE_DUP_PAIRS_MAX];
    size_t count = 0;

    if (!duplicates->copies)
        return;
    for (unsigned kind = FLOWSCOPE_DUP_none + 1; kind < FLOWSCOPE_DUP_KIND_COUNT; kind++) {
        rows[count].delays = &duplicates->kinds[kind];
        snprintf(rows[count++].name, sizeof rows->name, "%s", flowscope_dup_kind_name(kind));
    }
    put_section(text, format, "duplicates", "kind", rows, count);
    for (count = 0; count < duplicates->pair_count; count++) {
        rows[count].delays = &duplicates->pairs[count].delays;
        fs_stats_pair_name(rows[count].name, &duplicates->pairs[count]);
    }
    put_section(text, format, "duplicate_pairs", "interfaces", rows, count);
}
