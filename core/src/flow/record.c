/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/life.h"

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

void fs_flow_record(const struct fs_flow *flow, const struct fs_flow_cold *cold,
                    enum flowscope_end_reason reason, struct flowscope_flow_record *record)
{
    unsigned source = flow->flags & FS_FLOW_SECOND_INITIATES ? 1 : 0;
    bool has_time = flow->flags & FS_FLOW_HAS_TIME;

    *record = (struct flowscope_flow_record){
        .size = sizeof(*record),
        .ip_version = flow->key.kind & (uint8_t)~FS_KEY_ONE_WAY,
        .protocol = flow->key.protocol,
        .has_ports = (flow->flags & FS_FLOW_HAS_PORTS) != 0,
        .has_time = has_time,
        .tcp_state = flow->tcp_state,
        .end_reason = (uint8_t)reason,
        .source_port = flow->key.port[source],
        .destination_port = flow->key.port[!source],
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
    memcpy(record->source, flow->key.addr[source], sizeof(record->source));
    memcpy(record->destination, flow->key.addr[!source], sizeof(record->destination));
    fs_layers_unpack(&cold->layers, record->layers, flow->layer_count);
}
