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
    record->ip_version = 0;
    if (record->key != FLOWSCOPE_KEY_OWN && record->key != FLOWSCOPE_KEY_MAC_PAIR)
        record->ip_version = key->kind & FS_KEY_KIND;
    record->source_port = key->port[source_port];
    record->destination_port = key->port[!source_port];
    memcpy(record->source, key->addr[source], sizeof(record->source));
    memcpy(record->destination, key->addr[!source], sizeof(record->destination));
}

static void put_ipv4(uint32_t address, uint8_t to[16])
{
    memset(to, 0, 16);
    to[0] = (uint8_t)(address >> 24);
    to[1] = (uint8_t)(address >> 16);
    to[2] = (uint8_t)(address >> 8);
    to[3] = (uint8_t)address;
}

/* The same for the five-tuple of IPv4, of which the short key has all that a record tells. */
static void name_ipv4_ends(const struct fs_flow *flow, struct flowscope_flow_record *record)
{
    const bool turned = flow->flags & FS_FLOW_SECOND_INITIATES;
    const uint64_t addresses = flow->key.addresses;

    record->key = FLOWSCOPE_KEY_FIVE_TUPLE;
    record->ip_version = 4;
    record->source_port = fs_flow_port(flow, turned);
    record->destination_port = fs_flow_port(flow, !turned);
    put_ipv4((uint32_t)(turned ? addresses : addresses >> 32), record->source);
    put_ipv4((uint32_t)(turned ? addresses >> 32 : addresses), record->destination);
}

static bool is_ipv4_tuple(const struct fs_short_key *key)
{
    return (fs_short_key_kind(key) & ~(FS_KEY_ONE_WAY | FS_KEY_INSIDE)) == 4;
}

/* What only some flows have, and what was told of another one here. */
static void clear(struct flowscope_flow_record *record)
{
    enum {
        FROM = offsetof(struct flowscope_flow_record, has_facts),
        TO = offsetof(struct flowscope_flow_record, layers),
    };

    if (record->layer_count)
        memset(record->layers, 0, record->layer_count * sizeof(record->layers[0]));
    if (record->has_facts) {
        memset(record->tcp, 0, sizeof(record->tcp));
        memset((char *)record + FROM, 0, TO - FROM);
    }
}

void fs_flow_record(const struct fs_flow_table *table, uint32_t index,
                    enum flowscope_end_reason reason, struct flowscope_flow_record *record)
{
    const struct fs_flow *flow = &table->flows[index];
    const struct fs_flow_cold *cold = &table->cold[index];
    const uint8_t protocol = fs_flow_protocol(flow), flags = flow->flags;

    clear(record);
    record->size = sizeof(*record);
    record->protocol = protocol;
    record->has_ports = (flags & FS_FLOW_HAS_PORTS) != 0;
    record->has_time = (flags & FS_FLOW_HAS_TIME) != 0;
    record->tcp_state = flow->tcp_state;
    record->end_reason = (uint8_t)reason;
    record->layer_count = flow->layer_count;
    record->flow_id = flow->id;
    record->parent_id = cold->parent_id;
    record->related_id =
        protocol == FS_PROTOCOL_ICMP || protocol == FS_PROTOCOL_ICMP6 ? cold->related_id : 0;
    record->first_frame = flow->first_frame;
    record->last_frame = flow->last_frame;
    memcpy(record->packets, flow->packets, sizeof(record->packets));
    memcpy(record->bytes, flow->bytes, sizeof(record->bytes));
    memcpy(record->payload_bytes, flow->payload_bytes, sizeof(record->payload_bytes));
    record->first_time_ns = record->last_time_ns = 0;
    if (flags & FS_FLOW_HAS_TIME) {
        record->first_time_ns = cold->first_time_ns;
        record->last_time_ns = flags & FS_FLOW_LAST_IS_COLD ? cold->last_time_ns : flow->seen_ns;
    }
    if (is_ipv4_tuple(&flow->key)) {
        name_ipv4_ends(flow, record);
    } else {
        struct fs_key key;

        fs_flow_table_key(table, index, &key);
        name_ends(flow, &key, record);
    }
    if (flow->layer_count)
        fs_layers_unpack(&table->layers[index], record->layers, flow->layer_count);
}
