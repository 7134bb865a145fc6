/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Flows by flow_id. Smaller than the records of the reports, as every session keeps them. */
#include "flows.h"

#include "chunks.h"

#include <string.h>

static struct fs_chunks flows = {.item_size = sizeof(struct fs_flow)};
static struct fs_chunks parents = {.item_size = sizeof(uint32_t)};
static uint32_t last_id;

void fs_flows_clear(void)
{
    fs_chunks_clear(&flows);
    fs_chunks_clear(&parents);
    last_id = 0;
}

void fs_flows_put(void *unused, const struct flowscope_flow_record *record)
{
    struct fs_flow *flow = fs_chunks_make(&flows, (uint32_t)record->flow_id);

    (void)unused;
    *flow = (struct fs_flow){
        .source_port = record->source_port,
        .destination_port = record->destination_port,
        .first_frame = (uint32_t)record->first_frame,
        .packets = (uint32_t)(record->packets[0] + record->packets[1]),
        .end_reason = record->end_reason,
        .ip_version = record->ip_version,
        .protocol = record->protocol,
        .has_ports = record->has_ports != 0,
        .has_time = record->has_time != 0,
        .bytes = record->bytes[0] + record->bytes[1],
        /* Times may span more than int64_t; as unsigned they subtract right. */
        .duration_ns = (uint64_t)record->last_time_ns - (uint64_t)record->first_time_ns,
    };
    /* Outer flows open first; only a packet that carries its own flow could say otherwise. */
    if (record->parent_id && record->parent_id < record->flow_id)
        *(uint32_t *)fs_chunks_make(&parents, (uint32_t)record->flow_id) =
            (uint32_t)record->parent_id;
    last_id = record->flow_id > last_id ? (uint32_t)record->flow_id : last_id;
    memcpy(flow->source, record->source, sizeof flow->source);
    memcpy(flow->destination, record->destination, sizeof flow->destination);
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

    return flow && flow->ip_version ? flow : NULL;
}
