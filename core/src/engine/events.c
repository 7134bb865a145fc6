/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of packets and flows as it happens, anomalies, and the callers' memory of flows. */
#include "engine/engine.h"
#include "engine/probes.h"

#include <string.h>

#define STATE_ALIGN 16u

uint32_t fs_extras_stride(const struct flowscope_config *config)
{
    uint32_t state = (uint32_t)(config->flow_state_bytes + STATE_ALIGN - 1) & ~(STATE_ALIGN - 1);

    return state + (config->tick_interval_ns ? STATE_ALIGN : 0);
}

bool fs_engine_watches(const flowscope_engine *engine)
{
    const struct flowscope_sink *sink = &engine->sink;

    return sink->flow_state_changed || sink->flow_established || sink->flow_packet ||
           sink->flow_closed || (sink->flow_tick && engine->config.tick_interval_ns);
}

static char *extra(const flowscope_engine *engine, uint32_t index)
{
    return engine->extras + (size_t)index * engine->extra_stride;
}

void *fs_engine_state(const flowscope_engine *engine, uint32_t index)
{
    return engine->config.flow_state_bytes ? extra(engine, index) : NULL;
}

/* Behind the caller's memory: when the flow ticked last. */
static int64_t *last_tick(const flowscope_engine *engine, uint32_t index)
{
    return (int64_t *)(void *)(extra(engine, index) + engine->extra_stride - STATE_ALIGN);
}

void fs_engine_forget_extra(flowscope_engine *engine, uint32_t index)
{
    void *state = fs_engine_state(engine, index);

    if (state && engine->sink.flow_state_drop) {
        engine->in_callback = true;
        engine->sink.flow_state_drop(engine->sink.user, state);
        engine->in_callback = false;
    }
    memset(extra(engine, index), 0, engine->extra_stride);
}

void fs_engine_forget_extras(flowscope_engine *engine)
{
    const struct fs_flow_table *table = &engine->table;

    for (uint32_t index = 0; index < table->ever_used && engine->extra_stride; index++)
        if (table->flows[index].flags & FS_FLOW_OPEN)
            fs_engine_forget_extra(engine, index);
}

static void tell_change(flowscope_engine *engine, uint32_t index, unsigned before)
{
    if (!engine->sink.flow_state_changed)
        return;
    fs_engine_record(engine, index, FLOWSCOPE_END_open, &engine->told);
    engine->in_callback = true;
    engine->sink.flow_state_changed(engine->sink.user, &engine->told, before);
    engine->in_callback = false;
}

static void tell_packet(flowscope_engine *engine, uint32_t index,
                        const struct flowscope_packet *packet, const struct fs_headers *headers,
                        unsigned side)
{
    const struct fs_flow *flow = &engine->table.flows[index];
    struct flowscope_packet_event event = {
        .size = sizeof(event),
        .packet = packet,
        .flow_id = flow->id,
        .packet_number = flow->packets[0] + flow->packets[1],
        .bytes = headers->bytes,
        .payload_bytes = headers->payload_bytes,
        .direction = side ? FLOWSCOPE_DIRECTION_REVERSE : FLOWSCOPE_DIRECTION_FORWARD,
        .tcp_state = flow->tcp_state,
        .flow_state = fs_engine_state(engine, index),
    };

    engine->in_callback = true;
    engine->sink.flow_packet(engine->sink.user, &event);
    engine->in_callback = false;
}

static void tick(flowscope_engine *engine, uint32_t index, bool is_new)
{
    int64_t now_ns = engine->clock.now_ns, *last = last_tick(engine, index);

    if (is_new) {
        *last = now_ns;
    } else if (fs_time_since(now_ns, *last) >= engine->config.tick_interval_ns) {
        *last = now_ns;
        fs_engine_tell(engine, engine->sink.flow_tick, index, FLOWSCOPE_END_open);
    }
}

void fs_engine_tell_packet(flowscope_engine *engine, uint32_t index,
                           const struct flowscope_packet *packet, const struct fs_headers *headers,
                           unsigned side, uint8_t state_before, bool is_new)
{
    const struct flowscope_sink *sink = &engine->sink;
    const struct fs_flow *flow = &engine->table.flows[index];
    bool changed = is_new || flow->tcp_state != state_before;

    if (is_new)
        fs_engine_tell(engine, sink->flow_started, index, FLOWSCOPE_END_open);
    else if (changed)
        tell_change(engine, index, state_before);
    if (!engine->watches)
        return;
    if (changed && flow->tcp_state == FLOWSCOPE_TCP_established)
        fs_engine_tell(engine, sink->flow_established, index, FLOWSCOPE_END_open);
    if (sink->flow_packet)
        tell_packet(engine, index, packet, headers, side);
    if (engine->config.tick_interval_ns)
        tick(engine, index, is_new);
    if (changed && fs_flow_worth(flow) == FS_WORTH_CLOSED)
        fs_engine_tell(engine, sink->flow_closed, index, FLOWSCOPE_END_open);
}

void fs_engine_raise(flowscope_engine *engine, enum flowscope_anomaly_kind kind, uint32_t index,
                     uint64_t frame)
{
    const uint64_t count = ++engine->counters.anomalies[kind];
    struct flowscope_anomaly anomaly;

    fs_probe_anomaly(kind, frame, count);
    if (!engine->sink.anomaly)
        return;
    anomaly = (struct flowscope_anomaly){
        .size = sizeof(anomaly),
        .kind = kind,
        .severity = flowscope_anomaly_severity(kind),
        .count = count,
        .frame = frame,
        .time_ns = engine->clock.now_ns,
    };
    if (index != FS_FLOW_NONE) {
        fs_engine_record(engine, index, FLOWSCOPE_END_open, &engine->told);
        anomaly.flow = &engine->told;
    }
    engine->in_callback = true;
    engine->sink.anomaly(engine->sink.user, &anomaly);
    engine->in_callback = false;
}

static const struct {
    const char *name;
    enum flowscope_severity severity;
} kinds[] = {
#define FLOWSCOPE_ANOMALY(name, severity, text) {#name, FLOWSCOPE_SEVERITY_##severity},
#include <flowscope/anomaly.def>
#undef FLOWSCOPE_ANOMALY
};

const char *flowscope_anomaly_name(unsigned kind)
{
    return kind < FLOWSCOPE_ANOMALY_COUNT ? kinds[kind].name : "";
}

enum flowscope_severity flowscope_anomaly_severity(unsigned kind)
{
    return kind < FLOWSCOPE_ANOMALY_COUNT ? kinds[kind].severity : FLOWSCOPE_SEVERITY_info;
}

const char *flowscope_severity_name(unsigned severity)
{
    static const char *const names[] = {"info", "warning", "error", "critical"};

    return severity < FLOWSCOPE_SEVERITY_COUNT ? names[severity] : "";
}
