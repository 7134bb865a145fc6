/* SPDX-License-Identifier: BSD-2-Clause */
/* What the model keeps of a flow's segments, and what its record says of them. */
#include "support/model.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

void model_keep_segment(struct model_flow *flow, unsigned way,
                        const struct flowscope_packet *packet, const struct fs_headers *headers,
                        bool has_time, int64_t time)
{
    const struct fs_tcp_segment *tcp = &headers->tcp;
    if (flow->segment_count == flow->segment_room) {
        flow->segment_room = flow->segment_room ? 2 * flow->segment_room : 16;
        flow->segments = realloc(flow->segments, flow->segment_room * sizeof *flow->segments);
        if (!flow->segments)
            abort();
    }
    flow->segments[flow->segment_count++] = (struct model_segment){
        .damaged = headers->bad_checksum,
        .way = way,
        .has_time = has_time,
        .time = time,
        .seq = tcp->seq,
        .ack = tcp->ack,
        .window = tcp->window,
        .length = headers->payload_bytes,
        .syn = tcp->flags & FS_TCP_SYN,
        .fin = tcp->flags & FS_TCP_FIN,
        .rst = tcp->flags & FS_TCP_RST,
        .has_ack = tcp->flags & FS_TCP_ACK,
    };
    if (tcp->flags & FS_TCP_SYN && !headers->bad_checksum)
        fs_tcp_options_of(packet, headers->transport_at,
                          &flow->segments[flow->segment_count - 1].options);
}

void model_note(const struct model *model, const struct model_flow *flow,
                struct flowscope_flow_record *record)
{
    const struct model_side *side = flow->side;
    const int64_t base[2] = {side[0].base_known ? (int64_t)side[0].base : -1,
                             side[1].base_known ? (int64_t)side[1].base : -1};
    bool sent = record->packets[0] > 0, received = record->packets[1] > 0;
    if (model->config.tcp_facts == FLOWSCOPE_TCP_FACTS_OFF)
        return;
    if (record->protocol == 17) {
        record->conn_state = !sent      ? FLOWSCOPE_CONN_SHR
                             : received ? FLOWSCOPE_CONN_SF
                                        : FLOWSCOPE_CONN_S0;
        g_snprintf(record->history, sizeof record->history, "%s%s", sent ? "D" : "",
                   received ? "d" : "");
    } else if (record->protocol != 6) {
        record->conn_state = FLOWSCOPE_CONN_OTH;
    } else {
        model_history(flow->segments, flow->segment_count, flow->answered, base, record->history,
                      &record->conn_state);
        if (model->config.tcp_facts >= FLOWSCOPE_TCP_FACTS_ON)
            model_facts(flow->segments, flow->segment_count,
                        flow->is_completed ? flow->completed : flow->segment_count, record);
    }
}
