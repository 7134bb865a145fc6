/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/held.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64u

static struct fs_held_row *row_at(const struct fs_held *held, size_t place)
{
    return &held->rows[(held->first + place) % held->room];
}

void fs_held_free(struct fs_held *held)
{
    free(held->rows);
    held->rows = NULL;
    held->room = held->first = held->count = 0;
}

static bool grow(struct fs_held *held, size_t least)
{
    struct fs_held_row *rows;
    size_t room = held->room ? held->room : ROOM_FIRST;

    while (room < least)
        room *= 2;
    rows = malloc(room * sizeof *rows);
    if (!rows)
        return false;
    for (size_t i = 0; held->room && i < held->count; i++)
        rows[i] = *row_at(held, i);
    free(held->rows);
    held->rows = rows;
    held->room = room;
    held->first = 0;
    return true;
}

bool fs_held_add(struct fs_held *held, const struct flowscope_packet *packets, size_t count)
{
    if (held->count + count > held->room && !grow(held, held->count + count))
        return false;
    for (size_t i = 0; i < count; i++)
        *row_at(held, held->count++) = (struct fs_held_row){
            .frame = packets[i].frame,
            .time_ns = packets[i].time_ns,
            .time_quality = packets[i].time_quality,
        };
    return true;
}

void fs_held_know(struct fs_held *held, const struct flowscope_result *results, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct fs_held_row *row = row_at(held, held->count - count + i);

        if (!row->settled)
            row->result = results[i];
    }
}

void fs_held_settle(struct fs_held *held, uint64_t frame, const struct flowscope_result *result)
{
    size_t low = 0, high = held->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (row_at(held, middle)->frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == held->count || row_at(held, low)->frame != frame)
        return;
    row_at(held, low)->result = *result;
    row_at(held, low)->settled = true;
}

const struct fs_held_row *fs_held_next(struct fs_held *held)
{
    struct fs_held_row *row;

    if (held->count == 0)
        return NULL;
    row = row_at(held, 0);
    if (row->result.pending) {
        if (held->count <= held->window)
            return NULL;
        if (row->result.verdict == FLOWSCOPE_VERDICT_fragment_pending)
            row->result.verdict = FLOWSCOPE_VERDICT_fragment_lost;
    }
    held->first = (held->first + 1) % held->room;
    held->count--;
    return row;
}
