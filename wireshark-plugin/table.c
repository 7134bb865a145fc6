/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A row for each flow of which a packet passed the filter, with the figures of the whole flow.
 *
 * The host calls us for packets alone and then shows the rows. When it comes to frames again the
 * flows can be read at once; on a first pass a listener of ours, which is drawn before the host's
 * table as it is the younger one, fills in the rows at the end.
 *
 * All windows share one table, and the rows that a window shows must live as long as it does. So a
 * new filter gets new rows, and the old ones are kept until no other window can show them. */
#include "table.h"

#include "chunks.h"
#include "feed.h"
#include "flows.h"
#include "tap.h"

#include "export/address.h"

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include <string.h>

#define TITLE "Flowscope flows"
#define CLI   "flowscope,table"

/* Text sorts by its bytes: figures of 64 bits stand to the right of as many blanks as it takes. */
#define FIGURE "%21s"

enum column { ID, PROTOCOL, SOURCE, DESTINATION, PACKETS, BYTES, DURATION, END, COLUMNS };

static stat_tap_table_item items[COLUMNS] = {
    [ID] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Flow", "%u"},
    [PROTOCOL] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Protocol", "%s"},
    [SOURCE] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Source", "%s"},
    [DESTINATION] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "Destination", "%s"},
    [PACKETS] = {TABLE_ITEM_UINT, TAP_ALIGN_RIGHT, "Packets", "%u"},
    [BYTES] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Bytes", "%s"},
    [DURATION] = {TABLE_ITEM_STRING, TAP_ALIGN_RIGHT, "Duration", "%s"},
    [END] = {TABLE_ITEM_STRING, TAP_ALIGN_LEFT, "End", "%s"},
};

static stat_tap_table_ui ui;
static struct fs_chunks row_of = {.item_size = sizeof(guint)}; /* by flow of the session, from 1 */
static uint32_t earlier_flows; /* of the sessions before, whose rows are in the table too (-M) */
static GPtrArray *old_rows;
static bool fills_at_the_end;

static void free_row(void *row)
{
    stat_tap_table_item_type *cells = row;

    for (int i = 0; i < COLUMNS; i++) {
        if (cells[i].type == TABLE_ITEM_STRING)
            g_free((char *)cells[i].value.string_value);
    }
    g_free(cells);
}

static void free_cell(stat_tap_table *table, guint row, guint column,
                      stat_tap_table_item_type *cell)
{
    (void)table, (void)row, (void)column;
    if (cell->type == TABLE_ITEM_STRING)
        g_free((char *)cell->value.string_value);
    cell->type = TABLE_ITEM_NONE;
}

static stat_tap_table *the_table(void)
{
    return ui.tables && ui.tables->len ? g_array_index(ui.tables, stat_tap_table *, 0) : NULL;
}

static void set_text(stat_tap_table_item_type *cell, const struct fs_text *text, const char *format)
{
    if (cell->type == TABLE_ITEM_STRING)
        g_free((char *)cell->value.string_value);
    cell->type = TABLE_ITEM_STRING;
    cell->value.string_value = g_strdup_printf(format, text->data);
}

static void set_number(stat_tap_table_item_type *cell, uint32_t value)
{
    cell->type = TABLE_ITEM_UINT;
    cell->value.uint_value = value;
}

static void begin(struct fs_text *text)
{
    memset(text->data, 0, FS_TEXT_VALUE_MAX); /* so that what is written ends in a zero */
    fs_text_start(text, NULL);
}

static void fill(stat_tap_table_item_type *cells, uint32_t flow_id)
{
    const struct fs_flow *flow = fs_flows_get(flow_id);
    struct fs_text text;

    set_number(&cells[ID], earlier_flows + flow_id);
    set_number(&cells[PACKETS], (uint32_t)fs_flow_packets(flow));
    begin(&text);
    fs_text_protocol(&text, flow->protocol);
    set_text(&cells[PROTOCOL], &text, "%s");
    begin(&text);
    fs_text_endpoint(&text, flow->ip_version, flow->source, flow->has_ports, flow->source_port);
    set_text(&cells[SOURCE], &text, "%s");
    begin(&text);
    fs_text_endpoint(&text, flow->ip_version, flow->destination, flow->has_ports,
                     flow->destination_port);
    set_text(&cells[DESTINATION], &text, "%s");
    begin(&text);
    fs_text_unsigned(&text, fs_flow_bytes(flow));
    set_text(&cells[BYTES], &text, FIGURE);
    begin(&text);
    if (flow->has_time)
        fs_text_duration(&text, flow->duration_ns);
    set_text(&cells[DURATION], &text, FIGURE);
    begin(&text);
    fs_text_string(&text, flowscope_end_reason_name(flow->end_reason));
    set_text(&cells[END], &text, "%s");
}

static tap_packet_status note_packet(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                     const void *queued, tap_flags_t flags)
{
    static const stat_tap_table_item_type nothing[COLUMNS];
    uint32_t flow_id = (uint32_t)((const struct fs_tap_packet *)queued)->flow_id;
    stat_tap_table *table = the_table();
    guint *row;

    (void)data, (void)edt, (void)flags;
    if (!flow_id || !fs_flows_get(flow_id) || !table)
        return TAP_PACKET_DONT_REDRAW;
    row = fs_chunks_make(&row_of, flow_id);
    if (*row)
        return TAP_PACKET_DONT_REDRAW;
    stat_tap_init_table_row(table, table->num_elements, COLUMNS, nothing);
    *row = table->num_elements;
    if (pinfo->fd->visited)
        fs_feed_read_flows();
    fill(table->elements[*row - 1], flow_id);
    return TAP_PACKET_REDRAW;
}

/* The rows of this session as its flows stand now. */
static void fill_rows(void *unused)
{
    stat_tap_table *table = the_table();
    uint32_t last = fs_flows_last_id();

    (void)unused;
    if (!table)
        return;
    fs_feed_read_flows();
    for (uint32_t flow_id = 1; flow_id <= last; flow_id++) {
        const guint *row = fs_chunks_find(&row_of, flow_id);

        if (row && *row)
            fill(table->elements[*row - 1], flow_id);
    }
}

void fs_table_session_begin(void)
{
    GString *fault;

    if (fills_at_the_end || !the_table())
        return;
    fault = register_tap_listener(FS_TAP_SILENT, &fills_at_the_end, NULL, TL_REQUIRES_NOTHING, NULL,
                                  NULL, fill_rows, NULL);
    if (fault)
        g_string_free(fault, TRUE);
    else
        fills_at_the_end = true;
}

void fs_table_session_end(void)
{
    fill_rows(NULL);
    earlier_flows += fs_flows_last_id();
    fs_chunks_clear(&row_of);
}

static void reset(stat_tap_table *table)
{
    if (ui.refcount <= 1)
        g_ptr_array_set_size(old_rows, 0);
    for (guint i = 0; i < table->num_elements; i++)
        g_ptr_array_add(old_rows, table->elements[i]);
    table->num_elements = 0;
    fs_chunks_clear(&row_of);
    earlier_flows = 0;
}

static void open_table(stat_tap_table_ui *mine)
{
    stat_tap_table *table = the_table();

    if (table)
        return;
    fs_chunks_clear(&row_of);
    earlier_flows = 0;
    table = stat_tap_init_table("Flows", COLUMNS, 0, NULL);
    stat_tap_add_table(mine, table);
}

/* The host takes whatever begins like our word. */
static void check_argument(const char *argument, const char **filter, char **error)
{
    (void)filter;
    if (g_str_has_prefix(argument, CLI) && argument[strlen(CLI)] != '\0' &&
        argument[strlen(CLI)] != ',')
        *error = g_strdup_printf("flowscope: -z %s: wants " CLI, argument);
}

void fs_table_register(void)
{
    static tap_param parameters[] = {{PARAM_FILTER, "filter", "Filter", NULL, TRUE}};

    old_rows = g_ptr_array_new_with_free_func(free_row);
    ui = (stat_tap_table_ui){
        .group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
        .title = TITLE,
        .tap_name = FS_TAP_NAME,
        .cli_string = CLI,
        .stat_tap_init_cb = open_table,
        .packet_func = note_packet,
        .stat_tap_reset_table_cb = reset,
        .stat_tap_free_table_item_cb = free_cell,
        .stat_filter_check_cb = check_argument,
        .nfields = COLUMNS,
        .fields = items,
        .nparams = G_N_ELEMENTS(parameters),
        .params = parameters,
    };
    register_stat_tap_table_ui(&ui);
}
