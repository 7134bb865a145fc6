/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/record.h"

#include <stddef.h>
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

static enum flowscope_key_kind key_kind(const struct fs_key *key)
{
    if ((key->kind & FS_KEY_KIND) == FS_KEY_OWN)
        return FLOWSCOPE_KEY_OWN;
    if ((key->kind & FS_KEY_KIND) == FS_KEY_MAC)
        return FLOWSCOPE_KEY_MAC_PAIR;
    if ((key->kind & FS_KEY_PAIR) == 0)
        return FLOWSCOPE_KEY_FIVE_TUPLE;
    return key->kind & FS_KEY_LABEL ? FLOWSCOPE_KEY_FLOW_LABEL : FLOWSCOPE_KEY_IP_PAIR;
}

const char *flowscope_key_name(unsigned kind)
{
    static const char *const names[] = {"five_tuple", "ip_pair", "mac_pair", "flow_label", "own"};

    return kind < sizeof(names) / sizeof(names[0]) ? names[kind] : "";
}

/* Who initiated, and who answers. */
static void name_ends(const struct fs_flow *flow, const struct fs_key *key,
                      struct flowscope_flow_record *record)
{
    unsigned source = flow->flags & FS_FLOW_SECOND_INITIATES ? 1 : 0;
    unsigned source_port = source;

    record->key = (uint8_t)key_kind(key);
    if (record->key == FLOWSCOPE_KEY_OWN)
        source = 0;
    if (record->key == FLOWSCOPE_KEY_FLOW_LABEL)
        source_port = 0;
    if (record->key != FLOWSCOPE_KEY_OWN && record->key != FLOWSCOPE_KEY_MAC_PAIR)
        record->ip_version = key->kind & FS_KEY_KIND;
    record->source_port = key->port[source_port];
    record->destination_port = key->port[!source_port];
    memcpy(record->source, key->addr[source], sizeof(record->source));
    memcpy(record->destination, key->addr[!source], sizeof(record->destination));
}

static void clear(struct flowscope_flow_record *record)
{
    enum { HEAD = offsetof(struct flowscope_flow_record, layers) };

    memset(record->layers, 0, record->layer_count * sizeof(record->layers[0]));
    if (record->has_facts)
        memset(record->tcp, 0, sizeof(record->tcp));
    memset(record, 0, HEAD);
}

void fs_flow_record(const struct fs_flow_table *table, uint32_t index,
                    enum flowscope_end_reason reason, struct flowscope_flow_record *record)
{
    const struct fs_flow *flow = &table->flows[index];
    const struct fs_flow_cold *cold = &table->cold[index];
    bool has_time = flow->flags & FS_FLOW_HAS_TIME;
    struct fs_key key;

    clear(record);

    fs_flow_table_key(table, index, &key);
    const bool is_icmp = key.protocol == FS_PROTOCOL_ICMP || key.protocol == FS_PROTOCOL_ICMP6;
    record->size = sizeof(*record);
    record->protocol = key.protocol;
    record->has_ports = (flow->flags & FS_FLOW_HAS_PORTS) != 0;
    record->has_time = has_time;
    record->tcp_state = flow->tcp_state;
    record->end_reason = (uint8_t)reason;
    record->layer_count = flow->layer_count;
    record->flow_id = flow->id;
    record->parent_id = cold->parent_id;
    record->related_id = is_icmp ? cold->related_id : 0;
    record->first_frame = flow->first_frame;
    record->last_frame = flow->last_frame;
    memcpy(record->packets, flow->packets, sizeof(record->packets));
    memcpy(record->bytes, flow->bytes, sizeof(record->bytes));
    memcpy(record->payload_bytes, flow->payload_bytes, sizeof(record->payload_bytes));
    name_ends(flow, &key, record);
    if (has_time) {
        bool is_cold = flow->flags & FS_FLOW_LAST_IS_COLD;

        record->first_time_ns = cold->first_time_ns;
        record->last_time_ns = is_cold ? cold->last_time_ns : flow->seen_ns;
    }
    if (flow->layer_count)
        fs_layers_unpack(&table->layers[index], record->layers, flow->layer_count);
}
