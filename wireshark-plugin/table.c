/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flows of which a packet passed the filter, with the figures of the whole flow: one by one, or
 * summed up by groups; and the copies of frames that passed it.
 *
 * The host calls us for packets alone and then shows the rows. When it comes to frames again the
 * flows can be read at once; on a first pass a listener of ours, which is drawn before the host's
 * table as it is the younger one, makes the rows what they are at the end.
 *
 * All windows of one kind share one table, and the rows that a window shows must live as long as it
 * does. So a new filter gets new rows, and the old ones are kept until no other window can show
 * them. */
#include "table.h"

#include "annotations.h"
#include "chunks.h"
#include "copies.h"
#include "feed.h"
#include "tap.h"

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include <string.h>

/* Text sorts by its bytes: figures of 64 bits stand to the right of as many blanks as it takes. */
#define FIGURE "%21s"

struct table {
    stat_tap_table_ui ui;
    const struct fs_table_kind *kind;
    struct fs_chunks seen;    /* by flow of the session: did a packet of it pass the filter? */
    struct fs_chunks row_of;  /* by flow, by group or by sum of copies, from 1 */
    struct fs_chunks sums;    /* by group: of this session */
    struct fs_chunks earlier; /* by group: of the sessions before, whose flows count too (-M) */
    struct fs_copy_sums copies;
    GPtrArray *old_rows;
};

static struct table *tables;
static uint64_t earlier_flows;
static bool fills_at_the_end;

static stat_tap_table *shown(const struct table *table)
{
    const GArray *all = table->ui.tables;

    return all && all->len ? g_array_index(all, stat_tap_table *, 0) : NULL;
}

static void clear_cell(stat_tap_table_item_type *cell)
{
    if (cell->type == TABLE_ITEM_STRING)
        g_free((char *)cell->value.string_value);
    cell->type = TABLE_ITEM_NONE;
}

static void free_cell(stat_tap_table *rows, guint row, guint column, stat_tap_table_item_type *cell)
{
    (void)rows, (void)row, (void)column;
    clear_cell(cell);
}

static void free_old_rows(struct table *table)
{
    for (guint i = 0; i < table->old_rows->len; i++) {
        stat_tap_table_item_type *cells = g_ptr_array_index(table->old_rows, i);

        for (unsigned column = 0; column < table->ui.nfields; column++)
            clear_cell(&cells[column]);
        g_free(cells);
    }
    g_ptr_array_set_size(table->old_rows, 0);
}

static void set_cell(const struct table *table, unsigned column, stat_tap_table_item_type *cell,
                     const char *text)
{
    const stat_tap_table_item *item = &table->ui.fields[column];

    clear_cell(cell);
    cell->type = item->type;
    if (item->type == TABLE_ITEM_UINT)
        cell->value.uint_value = (guint)g_ascii_strtoull(text, NULL, 10);
    else if (item->align == TAP_ALIGN_RIGHT)
        cell->value.string_value = g_strdup_printf(FIGURE, text);
    else
        cell->value.string_value = g_strdup(text);
}

static void fill(const struct table *table, guint number, struct fs_table_row *row)
{
    stat_tap_table_item_type *cells = shown(table)->elements[number - 1];
    struct fs_text text;

    row->kind = table->kind;
    for (unsigned i = 0; i < table->ui.nfields; i++) {
        fs_text_start(&text, NULL);
        fs_table_print(&text, row, i);
        fs_text_char(&text, '\0');
        set_cell(table, i, &cells[i], text.data);
    }
}

/* The row of a flow or of a group. */
static guint row_of(struct table *table, uint32_t key)
{
    static const stat_tap_table_item_type nothing;
    guint *number = fs_chunks_make(&table->row_of, key);
    stat_tap_table *rows = shown(table);

    if (!*number) {
        /* The host makes a row of empty cells, and copies as many as it is given. */
        stat_tap_init_table_row(rows, rows->num_elements, 1, &nothing);
        *number = rows->num_elements;
    }
    return *number;
}

static void fill_flow(struct table *table, uint32_t flow_id)
{
    uint32_t parent = fs_flows_parent(flow_id);
    struct fs_table_row row = {.flow = fs_flows_get(flow_id),
                               .flow_id = flow_id,
                               .shown_id = earlier_flows + flow_id,
                               .shown_parent = parent ? earlier_flows + parent : 0};

    fill(table, row_of(table, flow_id), &row);
}

static void fill_group(struct table *table, unsigned group)
{
    struct fs_table_row row = {.group = group};
    const struct fs_table_sum *sum = fs_chunks_make(&table->sums, group);
    const struct fs_table_sum *earlier = fs_chunks_make(&table->earlier, group);

    row.sum.flows = sum->flows + earlier->flows;
    row.sum.packets = sum->packets + earlier->packets;
    row.sum.bytes = sum->bytes + earlier->bytes;
    if (row.sum.flows)
        fill(table, row_of(table, group), &row);
}

static void fill_copies(struct table *table, unsigned at)
{
    struct fs_table_row row = {.copies = &table->copies.sums[at]};

    if (row.copies->delays.packets)
        fill(table, row_of(table, at), &row);
}

static unsigned add_to_group(struct table *table, const struct fs_flow *flow)
{
    unsigned group = table->kind->group_of(flow);
    struct fs_table_sum *sum = fs_chunks_make(&table->sums, group);

    sum->flows++;
    sum->packets += fs_flow_packets(flow);
    sum->bytes += fs_flow_bytes(flow);
    return group;
}

static void add(struct table *table, uint32_t flow_id)
{
    if (table->kind->group_of)
        fill_group(table, add_to_group(table, fs_flows_get(flow_id)));
    else
        fill_flow(table, flow_id);
}

static struct table *table_of(const void *data)
{
    const stat_data_t *listener = data;

    for (size_t i = 0; i < fs_table_kind_count; i++) {
        if (listener->stat_tap_data == &tables[i].ui)
            return &tables[i];
    }
    return NULL;
}

static bool note_flow(struct table *table, uint32_t flow_id, bool known)
{
    bool *seen = fs_chunks_make(&table->seen, flow_id);

    if (*seen || !fs_flows_get(flow_id))
        return false;
    *seen = true;
    if (known) {
        fs_feed_read_flows();
        add(table, flow_id);
    }
    return true;
}

/* Of one frame: it may be in no flow, as ARP is. */
static bool note_copy(struct table *table, const frame_data *frame, bool again)
{
    const struct fs_annotation *annotation = fs_annotations_get(frame->num);
    struct flowscope_copy copy;
    unsigned at;

    if (!annotation || !annotation->dup_kind || !fs_copies_get(frame->num, &copy))
        return false;
    at = fs_copy_sums_add(&table->copies, table->kind->copies, annotation->dup_kind, &copy,
                          frame->pkt_len);
    if (again)
        fill_copies(table, at);
    return true;
}

/* A packet belongs to the flows around its own too. */
static tap_packet_status note_packet(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                     const void *queued, tap_flags_t flags)
{
    const struct fs_tap_packet *packet = queued;
    uint32_t flow_id = (uint32_t)packet->flow_id;
    struct table *table = table_of(data);
    bool is_new;

    (void)edt, (void)flags;
    if (!table || !shown(table))
        return TAP_PACKET_DONT_REDRAW;
    if (table->kind->copies)
        return note_copy(table, pinfo->fd, packet->again) ? TAP_PACKET_REDRAW
                                                          : TAP_PACKET_DONT_REDRAW;
    if (!flow_id)
        return TAP_PACKET_DONT_REDRAW;
    is_new = note_flow(table, flow_id, packet->again);
    for (unsigned i = 0; i < packet->around_count; i++)
        is_new |= note_flow(table, packet->around[i], packet->again);
    return is_new ? TAP_PACKET_REDRAW : TAP_PACKET_DONT_REDRAW;
}

/* The rows of this session as its flows stand now. */
static void fill_table(struct table *table)
{
    uint32_t last = fs_flows_last_id();

    if (table->kind->copies) {
        for (unsigned at = 0; at < FS_COPY_SUMS; at++)
            fill_copies(table, at);
        return;
    }
    fs_chunks_clear(&table->sums);
    for (uint32_t flow_id = 1; flow_id <= last; flow_id++) {
        const bool *seen = fs_chunks_find(&table->seen, flow_id);

        if (!seen || !*seen)
            continue;
        if (table->kind->group_of)
            add_to_group(table, fs_flows_get(flow_id));
        else
            fill_flow(table, flow_id);
    }
    for (unsigned group = 0; table->kind->group_of && group <= FS_TABLE_GROUP_LAST; group++)
        fill_group(table, group);
}

static void fill_tables(void *unused)
{
    (void)unused;
    fs_feed_read_flows();
    for (size_t i = 0; i < fs_table_kind_count; i++) {
        if (shown(&tables[i]))
            fill_table(&tables[i]);
    }
}

static bool is_any_open(void)
{
    for (size_t i = 0; i < fs_table_kind_count; i++) {
        if (shown(&tables[i]))
            return true;
    }
    return false;
}

void fs_table_session_begin(void)
{
    GString *fault;

    if (fills_at_the_end || !is_any_open())
        return;
    fault = register_tap_listener(FS_TAP_SILENT, &fills_at_the_end, NULL, TL_REQUIRES_NOTHING, NULL,
                                  NULL, fill_tables, NULL);
    if (fault)
        g_string_free(fault, TRUE);
    else
        fills_at_the_end = true;
}

static void end_session(struct table *table)
{
    for (unsigned group = 0; table->kind->group_of && group <= FS_TABLE_GROUP_LAST; group++) {
        const struct fs_table_sum *sum = fs_chunks_find(&table->sums, group);
        struct fs_table_sum *earlier;

        if (!sum || !sum->flows)
            continue;
        earlier = fs_chunks_make(&table->earlier, group);
        earlier->flows += sum->flows;
        earlier->packets += sum->packets;
        earlier->bytes += sum->bytes;
    }
    fs_chunks_clear(&table->sums);
    fs_chunks_clear(&table->seen);
    fs_copy_sums_end_session(&table->copies);
    if (!table->kind->group_of && !table->kind->copies)
        fs_chunks_clear(&table->row_of);
}

void fs_table_session_end(void)
{
    fill_tables(NULL);
    for (size_t i = 0; i < fs_table_kind_count; i++)
        end_session(&tables[i]);
    earlier_flows += fs_flows_last_id();
}

static void forget(struct table *table)
{
    fs_chunks_clear(&table->seen);
    fs_chunks_clear(&table->row_of);
    fs_chunks_clear(&table->sums);
    fs_chunks_clear(&table->earlier);
    memset(&table->copies, 0, sizeof table->copies);
    earlier_flows = 0;
}

static void reset(stat_tap_table *rows)
{
    for (size_t i = 0; i < fs_table_kind_count; i++) {
        struct table *table = &tables[i];

        if (!rows || shown(table) != rows)
            continue;
        if (table->ui.refcount <= 1)
            free_old_rows(table);
        for (guint row = 0; row < rows->num_elements; row++)
            g_ptr_array_add(table->old_rows, rows->elements[row]);
        rows->num_elements = 0;
        forget(table);
    }
}

static void open_table(stat_tap_table_ui *ui)
{
    struct table *table = table_of(&(stat_data_t){.stat_tap_data = ui});

    if (!table || shown(table))
        return;
    forget(table);
    stat_tap_add_table(ui, stat_tap_init_table(table->kind->heading, (int)ui->nfields, 0, NULL));
}

/* The host takes whatever begins like one of our words. */
static void check_argument(const char *argument, const char **filter, char **error)
{
    (void)filter;
    for (size_t i = 0; i < fs_table_kind_count; i++) {
        const char *cli = fs_table_kinds[i].cli;

        if (g_str_has_prefix(argument, cli) && argument[strlen(cli)] != '\0' &&
            argument[strlen(cli)] != ',')
            *error = g_strdup_printf("flowscope: -z %s: wants %s", argument, cli);
    }
}

static stat_tap_table_item *make_items(const struct fs_table_kind *kind)
{
    unsigned columns = fs_table_columns(kind);
    stat_tap_table_item *items = g_new0(stat_tap_table_item, columns);

    for (unsigned i = 0; i < columns; i++) {
        enum fs_table_cell_kind cell;

        items[i].column_name = fs_table_head(kind, i, &cell);
        items[i].type = cell == FS_CELL_NUMBER ? TABLE_ITEM_UINT : TABLE_ITEM_STRING;
        items[i].field_format = cell == FS_CELL_NUMBER ? "%u" : "%s";
        items[i].align = cell == FS_CELL_WORD ? TAP_ALIGN_LEFT : TAP_ALIGN_RIGHT;
    }
    return items;
}

void fs_table_register(void)
{
    static tap_param parameters[] = {{PARAM_FILTER, "filter", "Filter", NULL, TRUE}};

    tables = g_new0(struct table, fs_table_kind_count);
    for (size_t i = 0; i < fs_table_kind_count; i++) {
        const struct fs_table_kind *kind = &fs_table_kinds[i];

        tables[i] = (struct table){
            .kind = kind,
            .seen.item_size = sizeof(bool),
            .row_of.item_size = sizeof(guint),
            .sums.item_size = sizeof(struct fs_table_sum),
            .earlier.item_size = sizeof(struct fs_table_sum),
            .old_rows = g_ptr_array_new(),
            .ui = {.group = REGISTER_PACKET_STAT_GROUP_UNSORTED,
                   .title = kind->title,
                   .tap_name = FS_TAP_NAME,
                   .cli_string = kind->cli,
                   .stat_tap_init_cb = open_table,
                   .packet_func = note_packet,
                   .stat_tap_reset_table_cb = reset,
                   .stat_tap_free_table_item_cb = free_cell,
                   .stat_filter_check_cb = check_argument,
                   .nfields = fs_table_columns(kind),
                   .fields = make_items(kind),
                   .nparams = G_N_ELEMENTS(parameters),
                   .params = parameters},
        };
        register_stat_tap_table_ui(&tables[i].ui);
    }
}
