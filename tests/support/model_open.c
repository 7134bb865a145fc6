/* SPDX-License-Identifier: BSD-2-Clause */
/* How a flow begins, and which one has to go for it. */
#include "support/model_time.h"

#include <stdlib.h>
#include <string.h>

/* Closed flows go first, then those seen in one direction only and handshakes that are not done,
 * then all others. */
unsigned model_value_of(const struct model_flow *flow)
{
    if (model_is_over(flow))
        return 0;
    if (flow->record.tcp_state == FLOWSCOPE_TCP_syn_sent ||
        flow->record.tcp_state == FLOWSCOPE_TCP_syn_received)
        return 1;
    return flow->record.packets[0] > 0 && flow->record.packets[1] > 0 ? 2 : 1;
}

/* Ends one flow; false when only those of the packet at hand are left. */
static bool make_room(struct model *model)
{
    struct model_flow *least = NULL;
    for (size_t i = 0; i < model->count; i++) {
        struct model_flow *flow = &model->flows[i];
        if (!model_lives(flow) || flow->at_hand)
            continue;
        if (!least || model_value_of(flow) < model_value_of(least) ||
            (model_value_of(flow) == model_value_of(least) && flow->use < least->use))
            least = flow;
    }
    if (!least)
        return false;
    if (model_has_passed(model, least, model->clock)) {
        model_end_flow(model, least, FLOWSCOPE_END_idle);
        return true;
    }
    least->record.evicted = true;
    model_raise(model, least, FLOWSCOPE_ANOMALY_flow_table_eviction);
    model_end_flow(model, least, FLOWSCOPE_END_evicted);
    model->counters.flows_evicted++;
    return true;
}

/* A SYN with RST is a RST. */
static bool is_syn(const struct fs_headers *headers, unsigned ack)
{
    return headers->has_tcp &&
           (headers->tcp.flags & (FS_TCP_SYN | FS_TCP_ACK | FS_TCP_RST)) == (FS_TCP_SYN | ack);
}

/* A record has room for 128 bits: of each layer five for the kind, and those of its identifier. */
static unsigned layers_that_fit(const struct flowscope_layer *layers, unsigned count)
{
    static const unsigned id_bits[] = {
        0,
#define FLOWSCOPE_LAYER(name, word, bits, text) bits,
#include <flowscope/layer.def>
#undef FLOWSCOPE_LAYER
    };
    unsigned bits = 0;
    for (unsigned i = 0; i < count; i++) {
        bits += 5 + id_bits[layers[i].kind];
        if (bits > 128)
            return i;
    }
    return count;
}

struct model_flow *model_open_flow(struct model *model, const struct flowscope_packet *packet,
                                   const struct fs_frame *frame, unsigned level, uint64_t parent_id,
                                   int64_t own_time)
{
    const struct fs_headers *headers = &frame->level[level];
    const struct fs_key *key = &headers->key;
    const bool answers = is_syn(headers, FS_TCP_ACK) && !(key->kind & FS_KEY_ONE_WAY);
    unsigned initiator = headers->swapped ? 1 : 0;
    struct flowscope_flow_record record = {.size = sizeof record};
    struct model_flow *flow;

    while (model->counters.open_flows >= model->config.max_flows && make_room(model))
        ;
    if (answers)
        initiator = !initiator;
    if (model->count == model->room) {
        model->room = model->room ? 2 * model->room : 64;
        model->flows = realloc(model->flows, model->room * sizeof *model->flows);
        if (!model->flows)
            abort();
    }
    flow = &model->flows[model->count++];
    memset(flow, 0, sizeof *flow);

    record.key = model->config.key_function ? FLOWSCOPE_KEY_OWN : (uint8_t)model->config.key;
    if (record.key != FLOWSCOPE_KEY_MAC_PAIR && record.key != FLOWSCOPE_KEY_OWN)
        record.ip_version = key->kind & 0xfu;
    record.protocol = key->protocol;
    record.has_ports = headers->has_ports;
    record.tcp_state = key->protocol == 6 ? FLOWSCOPE_TCP_new : FLOWSCOPE_TCP_none;
    if (headers->has_ports) {
        record.source_port = key->port[initiator];
        record.destination_port = key->port[!initiator];
    }
    if (record.key == FLOWSCOPE_KEY_FLOW_LABEL) { /* the label, in two halves */
        record.source_port = key->port[0];
        record.destination_port = key->port[1];
    }
    const unsigned source = record.key == FLOWSCOPE_KEY_OWN ? 0 : initiator;
    memcpy(record.source, key->addr[source], sizeof record.source);
    memcpy(record.destination, key->addr[!source], sizeof record.destination);
    record.parent_id = parent_id;
    record.layer_count = (uint8_t)layers_that_fit(frame->layers, headers->layer_count);
    model->counters.layers_cut += record.layer_count < headers->layer_count;
    memcpy(record.layers, frame->layers, record.layer_count * sizeof record.layers[0]);
    record.flow_id = model->count;
    record.first_frame = packet->frame;

    flow->record = record;
    flow->key = *key;
    flow->initiator = initiator;
    flow->answered = answers;
    flow->seen = own_time;
    model->counters.flows++;
    model->counters.open_flows++;
    return flow;
}

/* A SYN that cannot belong to the connection that its addresses and ports name. */
bool model_is_another(const struct model_flow *flow, const struct fs_headers *headers)
{
    unsigned way = (headers->swapped ? 1u : 0u) != flow->initiator;
    const struct model_side *side = flow->side;
    if (!is_syn(headers, 0))
        return false;
    if (model_is_over(flow) || side[0].fin_known || side[1].fin_known)
        return true;
    return side[way].base_known && side[way].base != headers->tcp.seq;
}
