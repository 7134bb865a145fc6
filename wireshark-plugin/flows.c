/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows by flow_id. Smaller than the records of the reports, as every session keeps them. */
#include "flows.h"

#include "chunks.h"

#include <flowscope/digest.h>

#include <glib.h>
#include <string.h>

static struct fs_chunks flows = {.item_size = sizeof(struct fs_flow)};
static struct fs_chunks parents = {.item_size = sizeof(uint32_t)};
static struct fs_chunks layers = {.item_size = sizeof(struct flowscope_layer)};
static struct fs_chunks round_trips = {.item_size = sizeof(uint64_t)}; /* and 1; 0 for none */
static struct fs_chunks copies = {.item_size = sizeof(uint64_t)};
static struct fs_chunks histories = {.item_size = FLOWSCOPE_HISTORY_MAX + 1};
static struct fs_chunks community_ids = {.item_size = FLOWSCOPE_COMMUNITY_ID_SIZE};
static uint32_t layer_count;
static uint32_t last_id;

void fs_flows_clear(void)
{
    fs_chunks_clear(&flows);
    fs_chunks_clear(&parents);
    fs_chunks_clear(&layers);
    fs_chunks_clear(&copies);
    fs_chunks_clear(&histories);
    fs_chunks_clear(&round_trips);
    fs_chunks_clear(&community_ids);
    layer_count = 0;
    last_id = 0;
}

/* What a flow has from its first packet on. */
static void begin(struct fs_flow *flow, const struct flowscope_flow_record *record)
{
    memcpy(flow->source, record->source, sizeof flow->source);
    memcpy(flow->destination, record->destination, sizeof flow->destination);
    flow->source_port = record->source_port;
    flow->destination_port = record->destination_port;
    flow->first_frame = (uint32_t)record->first_frame;
    flow->key = record->key & 7u;
    flow->ip_version = record->ip_version;
    flow->protocol = record->protocol;
    flow->has_ports = record->has_ports != 0;
    /* Outer flows open first; only a packet that carries its own flow could say otherwise. */
    if (record->parent_id && record->parent_id < record->flow_id)
        *(uint32_t *)fs_chunks_make(&parents, (uint32_t)record->flow_id) =
            (uint32_t)record->parent_id;
    flow->first_layer = layer_count;
    flow->layer_count = record->layer_count;
    for (unsigned i = 0; i < record->layer_count; i++)
        *(struct flowscope_layer *)fs_chunks_make(&layers, layer_count++) = record->layers[i];
    if (record->flow_id > last_id)
        last_id = (uint32_t)record->flow_id;
}

void fs_flows_put(void *unused, const struct flowscope_flow_record *record)
{
    struct fs_flow *flow = fs_chunks_make(&flows, (uint32_t)record->flow_id);

    (void)unused;
    if (!flow->first_frame)
        begin(flow, record);
    flow->first_frame = (uint32_t)record->first_frame; /* of a fragment that waited, perhaps */
    for (int side = 0; side < 2; side++) {
        flow->packets[side] = (uint32_t)record->packets[side];
        flow->bytes[side] = record->bytes[side];
    }
    flow->last_frame = (uint32_t)record->last_frame;
    flow->tcp_state = record->tcp_state;
    flow->end_reason = record->end_reason;
    flow->conn_state = record->conn_state;
    if (record->has_rtt)
        *(uint64_t *)fs_chunks_make(&round_trips, (uint32_t)record->flow_id) =
            (uint64_t)record->rtt_ns + 1;
    flow->counts_copies = record->has_dup_packets != 0;
    if (record->dup_packets)
        *(uint64_t *)fs_chunks_make(&copies, (uint32_t)record->flow_id) = record->dup_packets;
    if (record->history[0])
        g_strlcpy(fs_chunks_make(&histories, (uint32_t)record->flow_id), record->history,
                  sizeof record->history);
    flow->has_time = record->has_time != 0;
    /* Times may span more than int64_t; as unsigned they subtract right. */
    flow->duration_ns = (uint64_t)record->last_time_ns - (uint64_t)record->first_time_ns;
}

void fs_flows_begins_at(uint32_t flow_id, uint32_t frame)
{
    struct fs_flow *flow = fs_chunks_find(&flows, flow_id);

    if (flow && flow->first_frame > frame)
        flow->first_frame = frame;
}

uint32_t fs_flows_parent(uint32_t flow_id)
{
    const uint32_t *parent = fs_chunks_find(&parents, flow_id);

    return parent ? *parent : 0;
}

uint32_t fs_flows_last_id(void)
{
    return last_id;
}

const struct fs_flow *fs_flows_get(uint32_t flow_id)
{
    const struct fs_flow *flow = fs_chunks_find(&flows, flow_id);

    return flow && flow->first_frame ? flow : NULL;
}

void fs_flows_ends(const struct fs_flow *flow, struct flowscope_flow_record *record)
{
    *record = (struct flowscope_flow_record){
        .size = sizeof *record,
        .key = flow->key,
        .ip_version = flow->ip_version,
        .protocol = flow->protocol,
        .has_ports = flow->has_ports,
        .source_port = flow->source_port,
        .destination_port = flow->destination_port,
    };
    memcpy(record->source, flow->source, sizeof record->source);
    memcpy(record->destination, flow->destination, sizeof record->destination);
}

int64_t fs_flows_rtt_ns(uint32_t flow_id)
{
    const uint64_t *rtt = fs_chunks_find(&round_trips, flow_id);

    return rtt ? (int64_t)(*rtt - 1) : -1;
}

uint64_t fs_flows_copies(uint32_t flow_id)
{
    const uint64_t *count = fs_chunks_find(&copies, flow_id);

    return count ? *count : 0;
}

const char *fs_flows_history(uint32_t flow_id)
{
    const char *history = fs_chunks_find(&histories, flow_id);

    return history ? history : "";
}

char *fs_flows_community_id(uint32_t flow_id)
{
    return fs_chunks_make(&community_ids, flow_id);
}

void fs_flows_layers(const struct fs_flow *flow, struct flowscope_layer *to)
{
    for (uint32_t i = 0; i < flow->layer_count; i++)
        to[i] = *(const struct flowscope_layer *)fs_chunks_find(&layers, flow->first_layer + i);
}
