/* SPDX-License-Identifier: BSD-2-Clause */
/* Which timeout a flow has: the caller's word, else that of its port, else its protocol's. Asked
 * when the flow opens and when its state changes; the list that it waits in keeps the answer. */
#include "engine/engine.h"

void fs_timeouts_init(struct fs_timeouts *timeouts, const struct flowscope_config *config)
{
    *timeouts = (struct fs_timeouts){.count = FS_TIMEOUT_COUNT};
    fs_timeouts_set(timeouts, FS_TIMEOUT_tcp_half_open, config->tcp_half_open_timeout_ns);
    fs_timeouts_set(timeouts, FS_TIMEOUT_tcp, config->tcp_idle_timeout_ns);
    fs_timeouts_set(timeouts, FS_TIMEOUT_tcp_closed, config->tcp_closed_timeout_ns);
    fs_timeouts_set(timeouts, FS_TIMEOUT_udp, config->udp_idle_timeout_ns);
    fs_timeouts_set(timeouts, FS_TIMEOUT_other, config->other_idle_timeout_ns);
}

/* The number of a flow's own timeout; `otherwise` when there is no room for another one. */
static unsigned own_timeout(flowscope_engine *engine, uint32_t index, int64_t ns,
                            unsigned otherwise)
{
    struct fs_timeouts *timeouts = &engine->timeouts;
    unsigned timeout = FS_TIMEOUT_COUNT;

    while (timeout < timeouts->count && timeouts->ns[timeout] != ns)
        timeout++;
    if (timeout == FS_TIMEOUTS_MAX) {
        engine->counters.timeouts_full++;
        fs_engine_raise(engine, FLOWSCOPE_ANOMALY_timeouts_full, index, 0);
        return otherwise;
    }
    fs_timeouts_set(timeouts, timeout, ns);
    if (timeout == timeouts->count)
        engine->table.timeouts = ++timeouts->count;
    return timeout;
}

/* 0: the port has none. */
static int64_t timeout_of_port(const struct flowscope_config *config, uint8_t protocol,
                               uint16_t port)
{
    const struct flowscope_port_timeout *entry = config->port_timeout;

    for (unsigned i = 0; i < FLOWSCOPE_PORT_TIMEOUTS && entry[i].timeout_ns; i++)
        if (entry[i].port == port && (entry[i].protocol == 0 || entry[i].protocol == protocol))
            return entry[i].timeout_ns;
    return 0;
}

static int64_t timeout_of_ports(const struct flowscope_config *config, const struct fs_flow *flow)
{
    unsigned responder = flow->flags & FS_FLOW_SECOND_INITIATES ? 0 : 1;
    uint8_t protocol = fs_flow_protocol(flow);
    int64_t ns;

    if (protocol != FS_PROTOCOL_TCP && protocol != FS_PROTOCOL_UDP && protocol != FS_PROTOCOL_SCTP)
        return 0; /* of ICMP they are types */
    ns = timeout_of_port(config, protocol, fs_flow_port(flow, responder));
    return ns ? ns : timeout_of_port(config, protocol, fs_flow_port(flow, !responder));
}

static int64_t ask(flowscope_engine *engine, uint32_t index)
{
    int64_t ns;

    fs_engine_record(engine, index, FLOWSCOPE_END_open, &engine->told);
    engine->in_callback = true;
    ns = engine->sink.idle_timeout(engine->sink.user, &engine->told);
    engine->in_callback = false;
    return ns;
}

unsigned fs_engine_timeout(flowscope_engine *engine, uint32_t index)
{
    const struct fs_flow *flow = &engine->table.flows[index];
    enum fs_timeout usual = fs_flow_timeout(flow);
    int64_t ns = 0;

    if (engine->sink.idle_timeout)
        ns = ask(engine, index);
    /* Half-open and closed connections leave early, whatever their port. */
    if (ns <= 0 && usual != FS_TIMEOUT_tcp_half_open && usual != FS_TIMEOUT_tcp_closed)
        ns = timeout_of_ports(&engine->config, flow);
    return ns > 0 ? own_timeout(engine, index, ns, usual) : usual;
}
