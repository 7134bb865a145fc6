/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules of flows, written down as simply as they can be said. Nothing here is fast. */
#include "support/model_fragments.h"
#include "support/model_time.h"

#include "packet/extract.h"

#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000LL
#define HOUR   (3600 * SECOND)

/* Times span all of int64, their differences do not fit. */
typedef __int128 wide;

void model_init(struct model *model, const struct flowscope_config *config)
{
    memset(model, 0, sizeof *model);
    model->config = *config;
    model->counters.size = sizeof model->counters;
    model->fragments = model_fragments_new();
}

void model_clear(struct model *model)
{
    for (size_t i = 0; i < model->count; i++)
        free(model->flows[i].segments);
    free(model->flows);
    model_fragments_free(model->fragments);
    memset(model, 0, sizeof *model);
}

uint64_t model_trace(uint64_t trace, enum model_event event, uint64_t detail)
{
    return (trace * 1000003 + event) * 1000003 + detail;
}

bool model_lives(const struct model_flow *flow)
{
    return flow->record.end_reason == FLOWSCOPE_END_open;
}

bool model_is_over(const struct model_flow *flow)
{
    return flow->record.tcp_state == FLOWSCOPE_TCP_closed ||
           flow->record.tcp_state == FLOWSCOPE_TCP_reset;
}

/* A flow that closed keeps fin or rst, whatever ends it later. */
void model_end_flow(struct model *model, struct model_flow *flow, unsigned reason)
{
    if (flow->record.tcp_state == FLOWSCOPE_TCP_closed)
        reason = FLOWSCOPE_END_fin;
    if (flow->record.tcp_state == FLOWSCOPE_TCP_reset)
        reason = FLOWSCOPE_END_rst;
    flow->record.end_reason = (uint8_t)reason;
    flow->trace = model_trace(flow->trace, MODEL_ENDED, reason);
    model->counters.open_flows--;
}

enum flowscope_status model_close(struct model *model, uint64_t flow_id)
{
    if (flow_id == 0 || flow_id > model->count || !model_lives(&model->flows[flow_id - 1]))
        return FLOWSCOPE_NOT_FOUND;
    model_end_flow(model, &model->flows[flow_id - 1], FLOWSCOPE_END_forced);
    return FLOWSCOPE_OK;
}

void model_raise(struct model *model, struct model_flow *flow, enum flowscope_anomaly_kind kind)
{
    model->counters.anomalies[kind]++;
    if (flow)
        flow->trace = model_trace(flow->trace, MODEL_ANOMALY, kind);
}

struct model_flow *model_find(struct model *model, const struct fs_key *key)
{
    for (size_t i = 0; i < model->count; i++)
        if (model_lives(&model->flows[i]) && memcmp(&model->flows[i].key, key, sizeof *key) == 0)
            return &model->flows[i];
    return NULL;
}

void model_count_late(struct model *model, struct model_flow *flow, unsigned way, uint64_t frame,
                      int64_t own_time, bool has_time, uint32_t bytes, uint32_t payload)
{
    struct flowscope_flow_record *record = &flow->record;
    record->packets[way]++;
    record->bytes[way] += bytes;
    record->payload_bytes[way] += payload;
    if (frame < record->first_frame)
        record->first_frame = frame;
    if (has_time) {
        if (!record->has_time || own_time < record->first_time_ns)
            record->first_time_ns = own_time;
        if (!record->has_time || own_time > record->last_time_ns)
            record->last_time_ns = own_time;
        record->has_time = true;
    }
    if (own_time > flow->seen || (wide)flow->seen - own_time > HOUR)
        flow->seen = own_time;
    flow->seen_clock = model->clock;
}

/* To the end of the order of use: when new, when its worth or its timeout changes, else in the
 * fifth quarter of a second after the last time. */
static void touch(struct model *model, struct model_flow *flow, bool changed)
{
    const int64_t *usual = flow->usual;
    int64_t own = flow->own;
    bool is_new = flow->use == 0;
    if (changed)
        model_choose_timeout(model, flow);
    if (!is_new && model_value_of(flow) == flow->value && own == flow->own &&
        (own != 0 || usual == flow->usual) &&
        (wide)model_quarter(model->clock) - flow->touched < 5 * QUARTER)
        return;
    flow->touched = model_quarter(model->clock);
    flow->use = ++model->uses;
    flow->value = model_value_of(flow);
}

/* Past the active timeout, by the packets' own times, a connection is cut unless it has closed. */
static bool lasts_too_long(const struct model *model, const struct model_flow *flow,
                           const struct flowscope_packet *packet)
{
    int64_t active = model->config.active_timeout_ns;
    return active > 0 && !model_is_over(flow) && flow->record.has_time &&
           packet->time_quality != FLOWSCOPE_TIME_NONE &&
           (wide)packet->time_ns - flow->record.first_time_ns >= active;
}

/* The direction, and what is known of the connection. */
static void inherit(struct model_flow *flow, const struct model_flow *heir_of)
{
    unsigned turned = flow->initiator != heir_of->initiator;
    struct flowscope_flow_record *record = &flow->record;
    flow->initiator = heir_of->initiator;
    flow->answered = false;
    if (turned && record->key != FLOWSCOPE_KEY_OWN) {
        struct flowscope_flow_record was = *record;
        memcpy(record->source, was.destination, sizeof record->source);
        memcpy(record->destination, was.source, sizeof record->destination);
        record->source_port = was.destination_port;
        record->destination_port = was.source_port;
    }
    record->tcp_state = heir_of->record.tcp_state;
    memcpy(flow->side, heir_of->side, sizeof flow->side);
}

static void count_verdict(struct flowscope_counters *counters, unsigned verdict)
{
    counters->no_flow++;
    switch (verdict) {
#define COUNT_totals(name)
#define COUNT_limits(name)
#define COUNT_no_flow(name)                                                                        \
    case FLOWSCOPE_VERDICT_##name:                                                                 \
        counters->name++;                                                                          \
        break;
#define FLOWSCOPE_COUNTER(group, name, text) COUNT_##group(name)
#include <flowscope/counters.def>
#undef FLOWSCOPE_COUNTER
    default:
        abort();
    }
}

/* What a packet gives to tell of its flow. */
static void tell(struct model *model, struct model_flow *flow, unsigned before, bool is_new)
{
    const struct flowscope_flow_record *record = &flow->record;
    bool changed = is_new || record->tcp_state != before;
    uint64_t trace = flow->trace;
    if (is_new)
        trace = model_trace(trace, MODEL_STARTED, 0);
    if (!is_new && changed)
        trace = model_trace(trace, MODEL_CHANGED, before);
    if (changed && record->tcp_state == FLOWSCOPE_TCP_established)
        trace = model_trace(trace, MODEL_ESTABLISHED, 0);
    trace = model_trace(trace, MODEL_PACKET, record->packets[0] + record->packets[1]);
    if (is_new)
        flow->ticked = model->clock;
    if (model->config.tick_interval_ns > 0 &&
        (wide)model->clock - flow->ticked >= model->config.tick_interval_ns) {
        flow->ticked = model->clock;
        trace = model_trace(trace, MODEL_TICK, 0);
    }
    if (changed && model_is_over(flow))
        trace = model_trace(trace, MODEL_CLOSED, 0);
    flow->trace = trace;
}

/* The last segment came again, or out of order, if there are more such with it than without. */
static void tell_segment(struct model *model, struct model_flow *flow)
{
    struct flowscope_flow_record record = flow->record;
    uint64_t repeats, late;
    if (model->config.tcp_facts < FLOWSCOPE_TCP_FACTS_ON)
        return;
    model_note(model, flow, &record);
    repeats = record.retransmissions[0] + record.retransmissions[1];
    late = record.out_of_order[0] + record.out_of_order[1];
    if (repeats > flow->repeats)
        model_raise(model, flow, FLOWSCOPE_ANOMALY_retransmit);
    if (late > flow->late)
        model_raise(model, flow, FLOWSCOPE_ANOMALY_ooo_segment);
    flow->repeats = repeats;
    flow->late = late;
}

/* One level of the packet, in the flow `parent_id`; returns the flow_id. */
static uint64_t feed_level(struct model *model, const struct flowscope_packet *packet,
                           const struct fs_frame *frame, unsigned level, uint64_t parent_id,
                           int64_t own_time, struct flowscope_result *result)
{
    const struct fs_headers *headers = &frame->level[level];
    struct model_flow *flow = model_find(model, &headers->key), old;
    bool cut = false, changed;
    unsigned way, state;

    if (flow && model_has_passed(model, flow, own_time)) {
        model_end_flow(model, flow, FLOWSCOPE_END_idle);
        flow = NULL;
    }
    if (flow && model_is_another(flow, headers)) {
        model_end_flow(model, flow, FLOWSCOPE_END_reused);
        flow = NULL;
    }
    if (flow && lasts_too_long(model, flow, packet)) {
        old = *flow;
        model_end_flow(model, flow, FLOWSCOPE_END_active);
        flow = NULL;
        cut = true;
    }
    changed = !flow;
    if (!flow)
        flow = model_open_flow(model, packet, frame, level, parent_id, own_time);
    if (cut)
        inherit(flow, &old);
    way = (headers->swapped ? 1u : 0u) != flow->initiator;
    memset(result, 0, sizeof *result);
    result->flow_id = flow->record.flow_id;
    result->parent_id = parent_id;
    result->first_frame = flow->record.first_frame;
    if (flow->record.last_frame != packet->frame)
        flow->frame_before = flow->record.last_frame;
    result->prev_frame = flow->frame_before;
    model_count_late(model, flow, way, packet->frame, own_time,
                     packet->time_quality != FLOWSCOPE_TIME_NONE, headers->bytes,
                     headers->payload_bytes);
    flow->record.last_frame = packet->frame;
    state = flow->record.tcp_state;
    if (headers->has_tcp && !model_is_over(flow) &&
        !(headers->tcp.flags & (FS_TCP_SYN | FS_TCP_RST)) &&
        !(flow->side[0].syn_known && flow->side[1].syn_known))
        flow->side[way].midstream = true;
    if (headers->has_tcp) {
        flow->record.tcp_state = (uint8_t)model_next_state(flow, way, headers);
        model_keep_segment(flow, way, packet, headers, packet->time_quality != FLOWSCOPE_TIME_NONE,
                           own_time);
        if (!flow->is_completed && flow->side[0].syn_acked && flow->side[1].syn_acked &&
            !flow->side[0].midstream && !flow->side[1].midstream) {
            flow->is_completed = true;
            flow->completed = flow->segment_count - 1;
        }
    }
    touch(model, flow, changed || flow->record.tcp_state != state);
    if (packet->time_quality != FLOWSCOPE_TIME_NONE && model->has_candidate)
        model->candidate_flows[level] = flow->record.flow_id;
    flow->at_hand = true;
    result->packet_number = flow->record.packets[0] + flow->record.packets[1];
    result->direction = way ? FLOWSCOPE_DIRECTION_REVERSE : FLOWSCOPE_DIRECTION_FORWARD;
    result->tcp_state = flow->record.tcp_state;
    tell(model, flow, state, changed);
    if (headers->has_tcp)
        tell_segment(model, flow);
    if (headers->bad_l4) {
        model->counters.bad_l4++;
        model_raise(model, flow, FLOWSCOPE_ANOMALY_bad_l4);
    }
    if (headers->bad_checksum) {
        model->counters.bad_checksum++;
        if (headers->key.protocol == 6)
            model_keep_segment(flow, way, packet, headers, false, own_time);
    }
    return result->flow_id;
}

/* Before anything that the packet does. */
static uint64_t find_quoted(struct model *model, const struct fs_frame *frame, int64_t own_time)
{
    struct fs_key key = frame->quote;
    const struct model_flow *flow = model_find(model, &key);

    key.path = frame->other_path;
    if (!flow)
        flow = model_find(model, &key);
    return flow && !model_has_passed(model, flow, own_time) ? flow->record.flow_id : 0;
}

void model_follow(struct model *model, const struct flowscope_packet *packet,
                  const struct fs_frame *frame, int64_t own_time, struct flowscope_result *result)
{
    struct flowscope_counters *counters = &model->counters;
    uint64_t flow_id = 0, related_id = 0, ids[FS_LEVELS_MAX];

    if (frame->has_quote)
        related_id = find_quoted(model, frame, own_time);
    for (unsigned level = 0; level < frame->level_count; level++)
        flow_id = ids[level] = feed_level(model, packet, frame, level, flow_id, own_time, result);
    result->parent_id = 0;
    for (unsigned level = 0; level < frame->level_count; level++)
        if (ids[level] != flow_id) /* the last of these is the next around it */
            result->parent_id = ids[level];
    result->related_id = related_id;
    if (model->flows[flow_id - 1].record.related_id == 0)
        model->flows[flow_id - 1].record.related_id = related_id;
    for (size_t i = 0; i < model->count; i++)
        model->flows[i].at_hand = false;
    counters->packets_in_flows++;
    counters->nested += frame->level_count - 1u;
    counters->bytes += frame->level[frame->level_count - 1].bytes;
    counters->tunnels_cut += frame->cut_by_depth;
}

void model_feed(struct model *model, const struct flowscope_packet *packet,
                struct flowscope_result *result)
{
    const struct fs_packet_options options = fs_packet_options_of(&model->config);
    struct fs_frame frame;
    int64_t own_time;

    memset(result, 0, sizeof *result);
    model->counters.frames++;
    model_note_time(model, packet);
    own_time = packet->time_quality == FLOWSCOPE_TIME_NONE ? model->clock : packet->time_ns;
    result->verdict = (uint8_t)(options.has_own_way ? fs_extract_read
                                                    : fs_headers_read)(packet, &options, &frame);
    if (result->verdict == FLOWSCOPE_VERDICT_ok)
        model_follow(model, packet, &frame, own_time, result);
    else if (result->verdict == FLOWSCOPE_VERDICT_fragment_pending)
        model_take_fragment(model, packet, &frame, own_time, result);
    else
        count_verdict(&model->counters, result->verdict);
}

struct flowscope_flow_record model_record(const struct model *model, size_t index)
{
    const struct model_flow *flow = &model->flows[index];
    struct flowscope_flow_record record = flow->record;
    model_note(model, flow, &record);
    if (!model_lives(flow))
        return record;
    if (record.tcp_state == FLOWSCOPE_TCP_closed)
        record.end_reason = FLOWSCOPE_END_fin;
    else if (record.tcp_state == FLOWSCOPE_TCP_reset)
        record.end_reason = FLOWSCOPE_END_rst;
    else if (model_has_passed(model, flow, model->clock))
        record.end_reason = FLOWSCOPE_END_idle;
    else
        record.end_reason = FLOWSCOPE_END_end_of_capture;
    return record;
}

struct flowscope_counters model_counters(const struct model *model)
{
    struct flowscope_counters counters = model->counters;
    counters.fragment_lost += counters.fragment_pending;
    counters.fragment_pending = 0;
    counters.datagrams_incomplete += model_fragments_open(model);
    return counters;
}
