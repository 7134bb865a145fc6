/* SPDX-License-Identifier: BSD-2-Clause */
/* The active timeout: a flow that has been open for so long ends at its next packet, which opens
 * one that goes on where it stopped. So no record tells of more than so much time. */
#include "engine/engine.h"

#include <string.h>

bool fs_engine_end_active(flowscope_engine *engine, uint32_t index, int64_t time_ns, bool has_time)
{
    const struct fs_flow *flow = &engine->table.flows[index];

    /* A connection that has closed will not last. */
    if (!has_time || !(flow->flags & FS_FLOW_HAS_TIME) || fs_flow_worth(flow) == FS_WORTH_CLOSED ||
        fs_time_since(time_ns, engine->table.cold[index].first_time_ns) <
            engine->config.active_timeout_ns)
        return false;
    engine->heir = *flow;
    engine->heir_cold = engine->table.cold[index];
    fs_engine_end_flow(engine, index, FLOWSCOPE_END_active);
    engine->has_heir = true;
    return true;
}

void fs_engine_inherit(flowscope_engine *engine, uint32_t index)
{
    enum { INHERITED = FS_FLOW_SECOND_INITIATES };
    struct fs_flow *flow = &engine->table.flows[index];
    struct fs_flow_cold *cold = &engine->table.cold[index];

    flow->flags = (uint8_t)((flow->flags & ~INHERITED) | (engine->heir.flags & INHERITED));
    flow->tcp_state = engine->heir.tcp_state;
    memcpy(flow->ack, engine->heir.ack, sizeof(flow->ack));
    if (fs_flow_protocol(flow) == FS_PROTOCOL_TCP) {
        memcpy(cold->side, engine->heir_cold.side, sizeof(cold->side));
        memcpy(cold->side_flags, engine->heir_cold.side_flags, sizeof(cold->side_flags));
    }
    engine->has_heir = false;
}
