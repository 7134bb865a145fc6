/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends: by timer, by eviction, by a new connection; and the order in which flows wait for them. */
#include "engine/datagrams.h"
#include "engine/probes.h"

static inline __attribute__((always_inline)) void fill(const flowscope_engine *engine,
                                                       uint32_t index,
                                                       enum flowscope_end_reason reason,
                                                       struct flowscope_flow_record *record)
{
    fs_flow_record(&engine->table, index, reason, record);
    fs_notes_record(&engine->notes, index, &engine->table.flows[index], record);
    record->has_dup_packets = engine->look_for_copies;
    record->dup_packets = fs_engine_copies(engine, index);
    record->evicted = engine->evicting;
    record->flow_state = engine->extra_stride ? fs_engine_state(engine, index) : NULL;
}

void fs_engine_record(const flowscope_engine *engine, uint32_t index,
                      enum flowscope_end_reason reason, struct flowscope_flow_record *record)
{
    fill(engine, index, reason, record);
}

void fs_engine_tell(flowscope_engine *engine,
                    void (*event)(void *user, const struct flowscope_flow_record *record),
                    uint32_t index, enum flowscope_end_reason reason)
{
    if (!event)
        return;
    fill(engine, index, reason, &engine->told);
    engine->in_callback = true;
    event(engine->sink.user, &engine->told);
    engine->in_callback = false;
}

void fs_engine_tell_end(flowscope_engine *engine, uint32_t index, enum flowscope_end_reason reason)
{
    const struct fs_flow *flow = &engine->table.flows[index];

    fs_probe_flow_ended(flow->id, reason, flow->packets[0] + flow->packets[1]);
    fs_engine_tell(engine, engine->sink.flow_ended, index, reason);
    if (engine->extra_stride)
        fs_engine_forget_extra(engine, index);
}

void fs_engine_end_flow(flowscope_engine *engine, uint32_t index, enum flowscope_end_reason cause)
{
    enum flowscope_end_reason reason = fs_flow_end_reason(&engine->table.flows[index], cause);

    fs_engine_tell_end(engine, index, reason);
    fs_flow_table_remove(&engine->table, index);
}

static void evict(flowscope_engine *engine, uint32_t index)
{
    fs_probe_flow_evicted(engine->table.flows[index].id, engine->table.open,
                          engine->config.max_flows);
    engine->evicting = true;
    engine->counters.flows_evicted++;
    fs_engine_raise(engine, FLOWSCOPE_ANOMALY_flow_table_eviction, index, 0);
    fs_engine_end_flow(engine, index, FLOWSCOPE_END_evicted);
    engine->evicting = false;
}

void fs_engine_make_room(flowscope_engine *engine, const uint32_t *spared, unsigned count)
{
    const int64_t now_ns = engine->clock.now_ns;

    while (engine->table.open >= engine->config.max_flows) {
        uint32_t victim = fs_flow_table_victim(&engine->table, spared, count);

        if (victim == FS_FLOW_NONE)
            return;
        fs_engine_prefetch_leaving(engine, victim, 1);
        if (fs_flow_is_over(&engine->table.flows[victim], &engine->timeouts, now_ns, now_ns))
            fs_engine_end_flow(engine, victim, FLOWSCOPE_END_idle);
        else
            evict(engine, victim);
    }
}

/* How long after its last move the timer of a flow fires: late enough for every packet that came
 * within the interval and did not move it. */
static inline int64_t timer_after_ns(const struct flowscope_engine *engine, unsigned list)
{
    return fs_time_after(engine->timeouts.ns[fs_flow_list_timeout(list)],
                         FS_TOUCH_SLOTS * FS_TIME_SLOT_NS);
}

/* Where many flows end at once, the memory of so many after each is on its way. */
#define LEAVING_AHEAD 4u

/* False: the timer of the flow has yet to fire. `fired` before it of the same list. Elapsed time is
 * compared, since the time at which it fires may lie beyond the end of time. */
static bool fire(flowscope_engine *engine, uint32_t index, unsigned fired)
{
    const struct fs_flow *flow = &engine->table.flows[index];
    int64_t after_ns = timer_after_ns(engine, flow->list);

    if (fs_time_since(engine->clock.now_ns, fs_flow_touched_ns(flow)) < after_ns) {
        fs_engine_set_timer(engine, fs_time_after(fs_flow_touched_ns(flow), after_ns));
        return false;
    }
    fs_engine_prefetch_leaving(engine, index, fired < LEAVING_AHEAD ? fired + 1 : LEAVING_AHEAD);
    fs_engine_end_flow(engine, index, FLOWSCOPE_END_idle);
    return true;
}

/* One bit for each timeout that flows wait for. */
static uint64_t waiting_lists(const struct fs_flow_table *table)
{
    uint64_t lists = 0;

    for (unsigned worth = 0; worth < FS_WORTHS; worth++)
        lists |= table->waiting[worth];
    return lists;
}

void fs_engine_fire_timers(flowscope_engine *engine)
{
    const struct fs_flow_table *table = &engine->table;

    if (engine->clock.now_ns < engine->next_timer_ns)
        return;
    engine->next_timer_ns = INT64_MAX;
    /* By timeout, then by worth; lists only empty meanwhile. */
    for (uint64_t left = waiting_lists(table); left; left &= left - 1)
        for (unsigned worth = 0; worth < FS_WORTHS; worth++) {
            const struct fs_flow_list *list = &table->lists[fs_flow_list_of(
                (unsigned)__builtin_ctzll(left), (enum fs_worth)worth)];
            unsigned fired = 0;

            while (list->head != FS_FLOW_NONE && fire(engine, list->head, fired))
                fired++;
        }
    fs_engine_expire_datagrams(engine);
}

static inline unsigned list_of(flowscope_engine *engine, uint32_t index)
{
    const struct fs_flow *flow = &engine->table.flows[index];
    const unsigned timeout =
        engine->own_timeouts ? fs_engine_timeout(engine, index) : fs_flow_timeout(flow);

    return fs_flow_list_of(timeout, fs_flow_worth(flow));
}

static inline void wait_in(flowscope_engine *engine, uint32_t index, unsigned list)
{
    fs_engine_set_timer(engine, fs_time_after(fs_flow_touched_ns(&engine->table.flows[index]),
                                              timer_after_ns(engine, list)));
}

void fs_engine_touch_new(flowscope_engine *engine, uint32_t index)
{
    const unsigned list = list_of(engine, index);

    fs_flow_table_enlist(&engine->table, index, list);
    wait_in(engine, index, list);
}

void fs_engine_touch(flowscope_engine *engine, uint32_t index, bool changed, bool is_due)
{
    const struct fs_flow *flow = &engine->table.flows[index];
    const unsigned list =
        changed ? list_of(engine, index)
                : fs_flow_list_of(fs_flow_list_timeout(flow->list), fs_flow_worth(flow));

    if (list == flow->list && !is_due)
        return;
    fs_flow_table_move(&engine->table, index, list);
    wait_in(engine, index, list);
}

void fs_engine_believe_ahead(flowscope_engine *engine)
{
    fs_engine_date_datagrams_ahead(engine);
    for (unsigned i = 0; i < engine->ahead_count; i++) {
        uint32_t index = engine->ahead[i].index;
        struct fs_flow *flow = &engine->table.flows[index];

        if (!(flow->flags & FS_FLOW_OPEN) || flow->id != engine->ahead[i].id)
            continue;
        flow->seen_clock_ns = engine->clock.ahead_ns;
        fs_flow_table_move(&engine->table, index, flow->list);
    }
}

void fs_engine_start_clock(flowscope_engine *engine, int64_t now_ns)
{
    struct fs_flow_table *table = &engine->table;

    if (engine->clock.started)
        return;
    fs_engine_date_datagrams(engine, now_ns);
    for (uint32_t index = 0; index < table->ever_used; index++) {
        struct fs_flow *flow = &table->flows[index];

        if (flow->flags & FS_FLOW_OPEN)
            fs_flow_begin(flow, now_ns, now_ns);
    }
    engine->next_timer_ns = INT64_MIN;
}
