/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of Wireshark's own kind, in its menu Statistics and as `-z`: flows, what they sum up to by
 * protocol, TCP state and end, and copies of frames by kind and by pair of interfaces. */
#ifndef FS_PLUGIN_TABLE_H
#define FS_PLUGIN_TABLE_H

#include "flows.h"
#include "table_copies.h"

#include "export/text.h"

/* After the tap; not from the tap hook, which sharkd does not call. */
void fs_table_register(void);

/* Around the flows of a session: before its first frame, and while its flows are still there. */
void fs_table_session_begin(void);
void fs_table_session_end(void);

/* The largest group: protocols, and after them the keys that have none. */
#define FS_TABLE_GROUP_LAST (UINT8_MAX + 1 + FLOWSCOPE_KEY_OWN)

/* A table with a row for each flow, or, if there is print_group, for each group of flows, or of
 * copies. */
struct fs_table_kind {
    const char *title; /* of menu and window */
    const char *cli;   /* after -z */
    const char *heading;
    unsigned (*group_of)(const struct fs_flow *flow); /* at most FS_TABLE_GROUP_LAST */
    void (*print_group)(struct fs_text *text, unsigned group);
    enum fs_copy_rows copies;
};

struct fs_table_sum {
    uint64_t flows;
    uint64_t packets;
    uint64_t bytes;
};

/* What is shown in a row. */
struct fs_table_row {
    const struct fs_table_kind *kind;
    const struct fs_flow *flow;
    uint32_t flow_id;
    uint64_t shown_id; /* counted on from the sessions before */
    uint64_t shown_parent;
    unsigned group;
    struct fs_table_sum sum;
    const struct fs_copy_sum *copies;
};

/* table_cells.c: how many columns there are, their heads, and their texts. */
enum fs_table_cell_kind { FS_CELL_WORD, FS_CELL_NUMBER, FS_CELL_FIGURE };

extern const struct fs_table_kind fs_table_kinds[];
extern const size_t fs_table_kind_count;

unsigned fs_table_columns(const struct fs_table_kind *kind);
const char *fs_table_head(const struct fs_table_kind *kind, unsigned column,
                          enum fs_table_cell_kind *cell);
void fs_table_print(struct fs_text *text, const struct fs_table_row *row, unsigned column);

#endif
