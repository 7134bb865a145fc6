/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the native tables show, from column.def. */
#include "table.h"

#include "export/address.h"

#include <glib.h>

static void nothing(void)
{
}

static void end(struct fs_text *text, const struct fs_flow *flow, bool is_source)
{
    struct flowscope_flow_record record;

    fs_flows_ends(flow, &record);
    fs_text_record_end(text, &record, is_source);
}

static void tunnel(struct fs_text *text, const struct fs_flow *flow)
{
    struct flowscope_layer layers[FLOWSCOPE_LAYERS_MAX];

    fs_flows_layers(flow, layers);
    fs_text_layers(text, layers, flow->layer_count);
}

/* A key without protocol counts under its own name, beyond the protocols. */
enum { KEYS = UINT8_MAX + 1 };

static unsigned protocol_of(const struct fs_flow *flow)
{
    return flow->key == FLOWSCOPE_KEY_FIVE_TUPLE ? flow->protocol : KEYS + flow->key;
}

static void print_protocol(struct fs_text *text, unsigned protocol)
{
    if (protocol < KEYS)
        fs_text_protocol(text, (uint8_t)protocol);
    else
        fs_text_string(text, flowscope_key_name(protocol - KEYS));
}

static void delay(struct fs_text *text, const struct fs_table_row *row, uint64_t delay_ns)
{
    if (row->copies->delays.delays)
        fs_text_duration(text, delay_ns);
}

static unsigned state_of(const struct fs_flow *flow)
{
    return flow->tcp_state;
}

static void print_state(struct fs_text *text, unsigned state)
{
    fs_text_string(text, state ? flowscope_tcp_state_name(state) : "(not TCP)");
}

static unsigned end_of(const struct fs_flow *flow)
{
    return flow->end_reason;
}

static void print_end(struct fs_text *text, unsigned reason)
{
    fs_text_string(text, flowscope_end_reason_name(reason));
}

const struct fs_table_kind fs_table_kinds[] = {
    {"Flowscope flows", "flowscope,table", "Flows", NULL, NULL, FS_COPIES_NONE},
    {"Flowscope protocols", "flowscope,protocols", "Protocol", protocol_of, print_protocol,
     FS_COPIES_NONE},
    {"Flowscope TCP states", "flowscope,states", "State", state_of, print_state, FS_COPIES_NONE},
    {"Flowscope ends of flows", "flowscope,ends", "End", end_of, print_end, FS_COPIES_NONE},
    {"Flowscope copies by kind", "flowscope,duplicates", "Kind", NULL, NULL, FS_COPIES_BY_KIND},
    {"Flowscope copies by interfaces", "flowscope,duplicate_pairs", "Interfaces", NULL, NULL,
     FS_COPIES_BY_PAIR},
};
const size_t fs_table_kind_count = G_N_ELEMENTS(fs_table_kinds);

struct column {
    enum fs_table_cell_kind cell;
    const char *head;
};

static const struct column flow_columns[] = {
#define FS_FLOW_CELL(cell, head, print) {FS_CELL_##cell, head},
#include "column.def"
#undef FS_FLOW_CELL
};

static const struct column group_columns[] = {
#define FS_GROUP_CELL(cell, head, print) {FS_CELL_##cell, head},
#include "column.def"
#undef FS_GROUP_CELL
};

static const struct column copy_columns[] = {
#define FS_COPY_CELL(cell, head, print) {FS_CELL_##cell, head},
#include "column.def"
#undef FS_COPY_CELL
};

unsigned fs_table_columns(const struct fs_table_kind *kind)
{
    return kind->print_group ? G_N_ELEMENTS(group_columns)
           : kind->copies    ? G_N_ELEMENTS(copy_columns)
                             : G_N_ELEMENTS(flow_columns);
}

const char *fs_table_head(const struct fs_table_kind *kind, unsigned column,
                          enum fs_table_cell_kind *cell)
{
    const struct column *columns = kind->print_group ? group_columns
                                   : kind->copies    ? copy_columns
                                                     : flow_columns;

    *cell = columns[column].cell;
    return columns[column].head ? columns[column].head : kind->heading;
}

static void print_of_flow(struct fs_text *text, const struct fs_table_row *row, unsigned column)
{
    unsigned at = 0;

#define FS_FLOW_CELL(cell, head, print)                                                            \
    if (at++ == column)                                                                            \
        (print);
#include "column.def"
#undef FS_FLOW_CELL
}

static void print_of_group(struct fs_text *text, const struct fs_table_row *row, unsigned column)
{
    unsigned at = 0;

#define FS_GROUP_CELL(cell, head, print)                                                           \
    if (at++ == column)                                                                            \
        (print);
#include "column.def"
#undef FS_GROUP_CELL
}

static void print_of_copies(struct fs_text *text, const struct fs_table_row *row, unsigned column)
{
    unsigned at = 0;

#define FS_COPY_CELL(cell, head, print)                                                            \
    if (at++ == column)                                                                            \
        (print);
#include "column.def"
#undef FS_COPY_CELL
}

void fs_table_print(struct fs_text *text, const struct fs_table_row *row, unsigned column)
{
    if (row->kind->print_group)
        print_of_group(text, row, column);
    else if (row->kind->copies)
        print_of_copies(text, row, column);
    else
        print_of_flow(text, row, column);
}
