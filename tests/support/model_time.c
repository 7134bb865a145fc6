/* SPDX-License-Identifier: BSD-2-Clause */
/* The model's clock, and the timeouts of its flows. */
#include "support/model_time.h"

#include "support/model_fragments.h"

#include <string.h>

#define SECOND 1000000000LL
#define HOUR   (3600 * SECOND)

/* Times span all of int64, their differences do not fit. */
typedef __int128 wide;

static const int64_t *usual_timeout(const struct model *model, const struct model_flow *flow)
{
    const struct flowscope_config *config = &model->config;
    if (flow->record.protocol == 17)
        return &config->udp_idle_timeout_ns;
    if (flow->record.protocol != 6)
        return &config->other_idle_timeout_ns;
    if (model_is_over(flow))
        return &config->tcp_closed_timeout_ns;
    if (flow->record.tcp_state == FLOWSCOPE_TCP_syn_sent ||
        flow->record.tcp_state == FLOWSCOPE_TCP_syn_received)
        return &config->tcp_half_open_timeout_ns;
    return &config->tcp_idle_timeout_ns;
}

static int64_t port_timeout(const struct model *model, uint8_t protocol, uint16_t port)
{
    for (int i = 0; i < FLOWSCOPE_PORT_TIMEOUTS; i++) {
        const struct flowscope_port_timeout *entry = &model->config.port_timeout[i];
        if (entry->timeout_ns > 0 && entry->port == port &&
            (entry->protocol == protocol || entry->protocol == 0))
            return entry->timeout_ns;
    }
    return 0;
}

static int64_t wish(struct model *model, const struct model_flow *flow)
{
    const struct flowscope_flow_record *record = &flow->record;
    int64_t own = model->idle_timeout ? model->idle_timeout(NULL, record) : 0;
    if (own > 0)
        return own;
    if (model_is_over(flow) || record->tcp_state == FLOWSCOPE_TCP_syn_sent ||
        record->tcp_state == FLOWSCOPE_TCP_syn_received)
        return 0;
    if (record->protocol != 6 && record->protocol != 17 && record->protocol != 132)
        return 0;
    own = port_timeout(model, record->protocol, record->destination_port);
    return own > 0 ? own : port_timeout(model, record->protocol, record->source_port);
}

/* When the flow is new and when its state changes. So many different ones fit. */
void model_choose_timeout(struct model *model, struct model_flow *flow)
{
    int64_t own = wish(model, flow);
    unsigned i = 0;
    flow->usual = usual_timeout(model, flow);
    flow->own = 0;
    if (own == 0)
        return;
    while (i < model->own_count && model->own[i] != own)
        i++;
    if (i == sizeof model->own / sizeof model->own[0]) {
        model->counters.timeouts_full++;
        model_raise(model, flow, FLOWSCOPE_ANOMALY_timeouts_full);
        return;
    }
    model->own[i] = own;
    model->own_count += i == model->own_count;
    flow->own = own;
}

static int64_t timeout_of(const struct model_flow *flow)
{
    return flow->own ? flow->own : *flow->usual;
}

/* By the packets' own times, or by the clock since the flow's last packet. */
bool model_has_passed(const struct model *model, const struct model_flow *flow, int64_t own_time)
{
    int64_t timeout = timeout_of(flow);
    return (wide)own_time - flow->seen >= timeout ||
           (wide)model->clock - flow->seen_clock >= timeout;
}

int64_t model_quarter(int64_t time)
{
    wide since = (wide)time - INT64_MIN;

    return (int64_t)(INT64_MIN + since - since % QUARTER);
}

/* Flows leave the table when their timer fires. The order of use moves in the fifth quarter of a
 * second at the earliest, and the timer allows for that. */
static void fire_timers(struct model *model)
{
    for (size_t i = 0; i < model->count; i++) {
        struct model_flow *flow = &model->flows[i];
        if (model_lives(flow) &&
            (wide)model->clock - flow->touched >= (wide)timeout_of(flow) + 5 * QUARTER)
            model_end_flow(model, flow, FLOWSCOPE_END_idle);
    }
    model_fragments_expire(model);
}

/* Nothing was ever timed: what came before stands at the beginning of time. */
static void start_clock(struct model *model, int64_t time)
{
    for (size_t i = 0; i < model->count; i++) {
        model->flows[i].seen = time;
        model->flows[i].seen_clock = time;
        model->flows[i].touched = model_quarter(time);
    }
    model_fragments_start_clock(model, time);
    model->has_clock = true;
    model->clock = time;
}

/* The packet that was ahead was right: its flows were seen then. */
static void believe_candidate(struct model *model)
{
    model_fragments_believe(model, model->candidate);
    for (unsigned level = 0; level < FS_LEVELS_MAX; level++) {
        struct model_flow *flow;
        if (model->candidate_flows[level] == 0)
            continue;
        flow = &model->flows[model->candidate_flows[level] - 1];
        if (!model_lives(flow))
            continue;
        flow->seen_clock = model->candidate;
        flow->touched = model_quarter(model->candidate);
        flow->use = ++model->uses;
    }
}

static void move_clock(struct model *model, int64_t time)
{
    struct flowscope_counters *counters = &model->counters;
    if (!model->has_clock) {
        start_clock(model, time);
        return;
    }
    if ((wide)time - model->clock > HOUR) {
        wide apart = (wide)time - model->candidate;
        if (model->has_candidate && apart <= HOUR && apart >= -HOUR) {
            model->clock = time > model->candidate ? time : model->candidate;
            model->has_candidate = false;
            believe_candidate(model);
        } else {
            model->has_candidate = true;
            model->candidate = time;
            memset(model->candidate_flows, 0, sizeof model->candidate_flows);
            counters->time_jumps++;
            model_raise(model, NULL, FLOWSCOPE_ANOMALY_time_jump);
        }
        return;
    }
    model->has_candidate = false;
    if (time >= model->clock) {
        model->clock = time;
        return;
    }
    counters->time_steps_back++;
    model_raise(model, NULL, FLOWSCOPE_ANOMALY_time_step_back);
}

void model_advance(struct model *model, int64_t now)
{
    if (!model->has_clock)
        start_clock(model, now);
    if (now > model->clock) {
        model->clock = now;
        model->has_candidate = false;
    }
    fire_timers(model);
}

void model_note_time(struct model *model, const struct flowscope_packet *packet)
{
    struct flowscope_counters *counters = &model->counters;
    if (packet->time_quality == FLOWSCOPE_TIME_NONE) {
        counters->no_time++;
        return;
    }
    if (packet->time_quality == FLOWSCOPE_TIME_BAD)
        counters->bad_time++;
    if (!counters->has_time || packet->time_ns < counters->first_time_ns)
        counters->first_time_ns = packet->time_ns;
    if (!counters->has_time || packet->time_ns > counters->last_time_ns)
        counters->last_time_ns = packet->time_ns;
    counters->has_time = true;
    move_clock(model, packet->time_ns);
    fire_timers(model);
}
