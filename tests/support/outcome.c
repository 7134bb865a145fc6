/* SPDX-License-Identifier: BSD-2-Clause */
#include "support/outcome.h"

#include "support/compare.h"

#include <glib.h>
#include <string.h>

static void make_room(struct outcome *outcome, uint64_t flow_id)
{
    while (flow_id > outcome->room) {
        size_t room = outcome->room ? 2 * outcome->room : 64;
        outcome->records = g_renew(struct flowscope_flow_record, outcome->records, room);
        outcome->traces = g_renew(uint64_t, outcome->traces, room);
        memset(outcome->records + outcome->room, 0,
               (room - outcome->room) * sizeof *outcome->records);
        memset(outcome->traces + outcome->room, 0,
               (room - outcome->room) * sizeof *outcome->traces);
        outcome->room = room;
    }
}

void outcome_put(struct outcome *outcome, const struct flowscope_flow_record *record)
{
    g_assert_cmpuint(record->flow_id, >=, 1);
    make_room(outcome, record->flow_id);
    if (record->flow_id > outcome->count)
        outcome->count = record->flow_id;
    g_assert_cmpuint(outcome->records[record->flow_id - 1].flow_id, ==, 0);
    outcome->records[record->flow_id - 1] = *record;
}

static void trace_event(struct outcome *outcome, uint64_t flow_id, enum model_event event,
                        uint64_t detail)
{
    make_room(outcome, flow_id);
    outcome->traces[flow_id - 1] = model_trace(outcome->traces[flow_id - 1], event, detail);
}

static void on_changed(void *user, const struct flowscope_flow_record *record, unsigned before)
{
    trace_event(user, record->flow_id, MODEL_CHANGED, before);
}

static void on_established(void *user, const struct flowscope_flow_record *record)
{
    trace_event(user, record->flow_id, MODEL_ESTABLISHED, 0);
}

static void on_packet(void *user, const struct flowscope_packet_event *event)
{
    uint64_t *packets = event->flow_state;
    g_assert_cmpuint(++*packets, <=, event->packet_number); /* fragments may count late */
    trace_event(user, event->flow_id, MODEL_PACKET, event->packet_number);
}

static void on_tick(void *user, const struct flowscope_flow_record *record)
{
    trace_event(user, record->flow_id, MODEL_TICK, 0);
}

static void on_closed(void *user, const struct flowscope_flow_record *record)
{
    trace_event(user, record->flow_id, MODEL_CLOSED, 0);
}

static void on_anomaly(void *user, const struct flowscope_anomaly *anomaly)
{
    if (anomaly->flow)
        trace_event(user, anomaly->flow->flow_id, MODEL_ANOMALY, anomaly->kind);
}

static void on_started(void *user, const struct flowscope_flow_record *record)
{
    struct outcome *outcome = user;
    g_assert_cmpuint(record->flow_id, ==, outcome->last_started + 1);
    g_assert_cmpuint(record->packets[0] + record->packets[1], ==, 1);
    g_assert_cmpuint(record->first_frame, ==, record->last_frame);
    outcome->last_started = record->flow_id;
    trace_event(outcome, record->flow_id, MODEL_STARTED, 0);
}

/* Exactly one for a frame that was pending. */
void outcome_on_settled(void *user, uint64_t frame, const struct flowscope_result *result)
{
    struct outcome *outcome = user;
    if (outcome->deaf)
        return;
    g_assert_true(outcome->results[frame - 1].pending);
    g_assert_false(result->pending);
    outcome->results[frame - 1] = *result;
}

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    struct outcome *outcome = user;
    if (outcome->flushing) {
        g_assert_cmpuint(record->flow_id, >, outcome->last_flushed);
        outcome->last_flushed = record->flow_id;
    }
    outcome->ended++;
    outcome_put(outcome, record);
    if (!outcome->flushing)
        trace_event(outcome, record->flow_id, MODEL_ENDED, record->end_reason);
}

void outcome_on_visited(void *user, const struct flowscope_flow_record *record)
{
    struct outcome *outcome = user;
    outcome->visited++;
    outcome_put(outcome, record);
}

struct flowscope_sink outcome_sink(struct outcome *outcome, bool watches)
{
    struct flowscope_sink sink = {
        .size = sizeof sink,
        .user = outcome,
        .flow_started = on_started,
        .flow_ended = on_ended,
        .frame_settled = outcome_on_settled,
    };

    if (watches) {
        sink.flow_state_changed = on_changed;
        sink.flow_established = on_established;
        sink.flow_packet = on_packet;
        sink.flow_tick = on_tick;
        sink.flow_closed = on_closed;
        sink.anomaly = on_anomaly;
    }
    return sink;
}

void outcome_begin(struct outcome *outcome, size_t frames)
{
    memset(outcome, 0, sizeof *outcome);
    outcome->results = g_new0(struct flowscope_result, frames);
}

void outcome_clear(struct outcome *outcome)
{
    g_free(outcome->results);
    g_free(outcome->records);
    g_free(outcome->traces);
}

void outcome_check_books(const struct flowscope_counters *counters)
{
    uint64_t no_flow = 0;
#define COUNT_totals(name)
#define COUNT_limits(name)
#define COUNT_no_flow(name)                  no_flow += counters->name;
#define FLOWSCOPE_COUNTER(group, name, text) COUNT_##group(name)
#include <flowscope/counters.def>
#undef FLOWSCOPE_COUNTER
    g_assert_cmpuint(no_flow, ==, counters->no_flow);
    g_assert_cmpuint(counters->frames, ==,
                     counters->packets_in_flows + counters->duplicates + counters->no_flow);
}

/* The sums of the records are the totals, and what the flows of tunnels count of others. */
void outcome_check_sums(const struct outcome *outcome)
{
    uint64_t packets = 0, bytes = 0;
    for (size_t i = 0; i < outcome->count; i++) {
        packets += outcome->records[i].packets[0] + outcome->records[i].packets[1];
        bytes += outcome->records[i].bytes[0] + outcome->records[i].bytes[1];
    }
    g_assert_cmpuint(packets, ==, outcome->counters.packets_in_flows + outcome->counters.nested);
    g_assert_cmpuint(bytes, >=, outcome->counters.bytes);
    if (outcome->counters.nested == 0)
        g_assert_cmpuint(bytes, ==, outcome->counters.bytes);
}

void outcome_compare(const struct outcome *a, const struct outcome *b, size_t frames)
{
    for (size_t i = 0; i < frames; i++)
        compare_result(i + 1, &a->results[i], &b->results[i]);
    compare_counters(&a->counters, &b->counters);
    g_assert_cmpuint(a->count, ==, b->count);
    for (size_t i = 0; i < b->count; i++)
        compare_record(&a->records[i], &b->records[i]);
    compare("forced ends", 1, "done", (int64_t)a->closed[1], (int64_t)b->closed[1]);
    compare("forced ends", 1, "too late", (int64_t)a->closed[0], (int64_t)b->closed[0]);
}

void outcome_compare_traces(const struct outcome *a, const struct outcome *b)
{
    for (size_t i = 0; i < b->count; i++)
        compare("events of flow", i + 1, "sum", (int64_t)a->traces[i], (int64_t)b->traces[i]);
}

/* What reads as lost if the capture ends now. */
void outcome_lose_pending(struct outcome *outcome, size_t frames)
{
    for (size_t i = 0; i < frames; i++) {
        struct flowscope_result *result = &outcome->results[i];
        if (result->pending && result->verdict == FLOWSCOPE_VERDICT_fragment_pending)
            result->verdict = FLOWSCOPE_VERDICT_fragment_lost;
        result->pending = 0;
    }
}
