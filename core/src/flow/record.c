/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/record.h"

#include <string.h>

const char *flowscope_end_reason_name(unsigned reason)
{
    static const char *const names[] = {
#define FLOWSCOPE_END_REASON(name, text) #name,
#include <flowscope/end_reason.def>
#undef FLOWSCOPE_END_REASON
    };

    return reason > FLOWSCOPE_END_open && reason < FLOWSCOPE_END_REASON_COUNT ? names[reason] : "";
}

static const struct {
    const char *word;
    unsigned id_bits;
} layers[] = {
    {"", 0},
#define FLOWSCOPE_LAYER(name, word, id_bits, text) {word, id_bits},
#include <flowscope/layer.def>
#undef FLOWSCOPE_LAYER
};

const char *flowscope_layer_name(unsigned kind)
{
    return kind < FLOWSCOPE_LAYER_COUNT ? layers[kind].word : "";
}

bool flowscope_layer_has_id(unsigned kind)
{
    return kind < FLOWSCOPE_LAYER_COUNT && layers[kind].id_bits > 0;
}

void fs_flow_record(const struct fs_flow_table *table, uint32_t index,
                    enum flowscope_end_reason reason, struct flowscope_flow_record *record)
{
    const struct fs_flow *flow = &table->flows[index];
    const struct fs_flow_cold *cold = &table->cold[index];
    unsigned source = flow->flags & FS_FLOW_SECOND_INITIATES ? 1 : 0;
    bool has_time = flow->flags & FS_FLOW_HAS_TIME;
    struct fs_key key;

    fs_flow_table_key(table, index, &key);
    *record = (struct flowscope_flow_record){
        .size = sizeof(*record),
        .ip_version = key.kind & (uint8_t)~FS_KEY_ONE_WAY,
        .protocol = key.protocol,
        .has_ports = (flow->flags & FS_FLOW_HAS_PORTS) != 0,
        .has_time = has_time,
        .tcp_state = flow->tcp_state,
        .end_reason = (uint8_t)reason,
        .source_port = key.port[source],
        .destination_port = key.port[!source],
        .layer_count = flow->layer_count,
        .flow_id = flow->id,
        .parent_id = cold->parent_id,
        .first_frame = flow->first_frame,
        .last_frame = flow->last_frame,
        .packets = {flow->packets[0], flow->packets[1]},
        .bytes = {flow->bytes[0], flow->bytes[1]},
        .payload_bytes = {flow->payload_bytes[0], flow->payload_bytes[1]},
    };
    if (has_time) {
        bool is_cold = flow->flags & FS_FLOW_LAST_IS_COLD;

        record->first_time_ns = cold->first_time_ns;
        record->last_time_ns = is_cold ? cold->last_time_ns : flow->seen_ns;
    }
    memcpy(record->source, key.addr[source], sizeof(record->source));
    memcpy(record->destination, key.addr[!source], sizeof(record->destination));
    if (flow->layer_count)
        fs_layers_unpack(&table->layers[index], record->layers, flow->layer_count);
}
