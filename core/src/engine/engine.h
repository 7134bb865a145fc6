/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of an engine, for the files of this folder and for tests. */
#ifndef FS_ENGINE_ENGINE_H
#define FS_ENGINE_ENGINE_H

#include "engine/clock.h"
#include "engine/rates.h"
#include "engine/staged.h"
#include "flow/life.h"
#include "flow/notes.h"
#include "flow/record.h"
#include "packet/duplicate.h"
#include "packet/fragment_table.h"
#include "packet/shape.h"

#include <flowscope/engine.h>

/* Packets whose cache lines are on their way at the same time: more than a core can have in flight,
 * few enough for their headers to stay in the first-level cache. */
#define FS_BATCH 32u

/* Fewer open flows than this lie in a near cache: then nothing needs to be asked for early. */
#define FS_FEW_FLOWS 2048u

/* Of a packet of the batch, where copies are looked for. */
struct fs_staged_print {
    bool wanted; /* copies of it are looked for */
    struct fs_fingerprint fingerprint;
};

/* The parts of an engine's reservation behind itself. */
struct fs_engine_plan {
    struct fs_flow_table_layout table;
    struct fs_notes_layout notes;
    struct fs_duplicates_layout duplicates;
    struct fs_fragment_layout fragments;
    size_t copies;
    size_t extras;
};

struct flowscope_engine {
    struct flowscope_config config;
    struct flowscope_sink sink;
    struct flowscope_counters counters;
    struct fs_timeouts timeouts;
    struct fs_packet_options packet_options;
    struct fs_shapes shapes;
    struct fs_clock clock;
    struct fs_flow_table table;
    struct fs_fragment_table fragments;
    struct fs_engine_plan plan;
    struct fs_notes notes;
    bool look_for_copies;
    struct fs_duplicates duplicates;
    uint32_t *copies; /* of each flow with FS_FLOW_HAS_COPIES, by its index; sticks at its most */
    uint64_t next_id;
    struct flowscope_flow_record told; /* what callbacks are shown */
    int64_t next_timer_ns;             /* no timer fires before the clock gets here */
    int64_t calm_before_ns; /* from the clock to here nothing moves but it; fs_engine_calm_down() */
    struct fs_flow_ref ahead[FS_LEVELS_MAX]; /* flows of the packet at clock.ahead_ns */
    unsigned ahead_count;
    char *extras; /* by the flows' indices */
    uint32_t extra_stride;
    bool watches;  /* the sink wants more of packets than starts and ends of flows */
    bool long_way; /* something looks at every packet: the short way is closed */
    uint32_t most_flows, most_buckets; /* before the last flush */
    bool evicting;     /* the record at hand is of a flow that goes as the table is full */
    bool own_timeouts; /* some flows may have one */
    bool has_heir;
    struct fs_flow heir; /* what the next flow to be opened takes over; see active.c */
    struct fs_flow_cold heir_cold;
    size_t reserved_bytes;
    uint32_t few_flows;
    uint64_t turns_until; /* the frame up to which flows take turns */
    uint64_t judged_at;   /* the frame at which that was judged */
    bool in_callback;
    struct fs_rates rates;
    struct fs_staged staged[FS_BATCH];
    struct fs_staged_frame staged_frame[FS_BATCH];
    struct fs_staged_print staged_print[FS_BATCH];
};

/* A struct of the caller's, of `size` bytes: it has the least, and what is more than the library
 * knows is zero. */
bool fs_size_is_known(const void *from, size_t size, size_t least, size_t known);

/* Copies what the caller's struct has over the defaults; checks sizes, not values. */
enum flowscope_status fs_config_adopt(struct flowscope_config *to,
                                      const struct flowscope_config *from);

/* Narrows the hash of an engine without flows: a test's way to make every key collide. */
void fs_engine_mask_hash(flowscope_engine *engine, uint64_t mask);

/* In the place of FS_FEW_FLOWS: a test's way to have the stages always or never. */
void fs_engine_set_few_flows(flowscope_engine *engine, uint32_t flows);

/* Copies of the packets of an open flow. */
static inline uint64_t fs_engine_copies(const flowscope_engine *engine, uint32_t index)
{
    return engine->table.flows[index].flags & FS_FLOW_HAS_COPIES ? engine->copies[index] : 0;
}

/* `leaving` leaves the table by the head of its list, and others will after it. */
static inline void fs_engine_prefetch_leaving(flowscope_engine *engine, uint32_t leaving,
                                              unsigned ahead)
{
    const uint32_t after = fs_flow_table_prefetch_leaving(&engine->table, leaving, ahead);

    if (after != FS_FLOW_NONE && engine->sink.flow_ended) /* else nobody reads them */
        fs_notes_prefetch(&engine->notes, after);
}

/* The record of an open flow, as it reads when it ends by `reason`; *record as fs_flow_record() has
 * it. */
void fs_engine_record(const flowscope_engine *engine, uint32_t index,
                      enum flowscope_end_reason reason, struct flowscope_flow_record *record);

/* Why an open flow ends if the capture ends now. */
enum flowscope_end_reason fs_engine_reason_at_end(const flowscope_engine *engine,
                                                  const struct fs_flow *flow);

/* The clock, the timers or the rates have changed: until when a packet's time only moves the
 * clock. */
void fs_engine_calm_down(flowscope_engine *engine);

/* A timer is to fire then. */
static inline void fs_engine_set_timer(flowscope_engine *engine, int64_t fires_ns)
{
    if (fires_ns < engine->next_timer_ns)
        engine->next_timer_ns = fires_ns;
    if (fires_ns < engine->calm_before_ns)
        engine->calm_before_ns = fires_ns;
}

/* Of what there are rates, as it stands now. */
void fs_engine_count(const flowscope_engine *engine, uint64_t counted[FLOWSCOPE_RATE_COUNT]);

/* Time comes to `time_ns`, in which what is counted next has its place. */
void fs_engine_place(flowscope_engine *engine, int64_t time_ns);

/* Calls `event`, if there is one, with the record of an open flow. */
void fs_engine_tell(flowscope_engine *engine,
                    void (*event)(void *user, const struct flowscope_flow_record *record),
                    uint32_t index, enum flowscope_end_reason reason);

/* The last that is told of a flow, which leaves the table after it. */
void fs_engine_tell_end(flowscope_engine *engine, uint32_t index, enum flowscope_end_reason reason);

/* Before the clock's first time: flows that are open already were seen now. */
void fs_engine_start_clock(flowscope_engine *engine, int64_t now_ns);

/* What a packet of the flow gives to tell; called if the flow is new or the engine watches. */
void fs_engine_tell_packet(flowscope_engine *engine, uint32_t index,
                           const struct flowscope_packet *packet, const struct fs_headers *headers,
                           unsigned side, uint8_t state_before, bool is_new);

/* True if the sink wants more of packets than starts and ends of flows. */
bool fs_engine_watches(const flowscope_engine *engine);

/* Counts and tells an anomaly of the flow, or of none (FS_FLOW_NONE). */
void fs_engine_raise(flowscope_engine *engine, enum flowscope_anomaly_kind kind, uint32_t index,
                     uint64_t frame);

/* The caller's memory of a flow; NULL: it wants none. */
#define FS_FLOW_STATE_MAX 65536u
void *fs_engine_state(const flowscope_engine *engine, uint32_t index);

/* Bytes beside each flow for that and for ticks, which may be none; where there are some, they are
 * zeroed again when the flow ends. */
uint32_t fs_extras_stride(const struct flowscope_config *config);
void fs_engine_forget_extra(flowscope_engine *engine, uint32_t index);
void fs_engine_forget_extras(flowscope_engine *engine); /* of all open flows */

/* How full everything was at most; to be kept before the flow table is cleared. */
void fs_engine_bounds(const flowscope_engine *engine, struct flowscope_counters *counters);
void fs_engine_keep_bounds(flowscope_engine *engine);

/* The table is full: flows end until one more has room, which is marked, counted and told; none of
 * the `count` in `spared`, beyond which there may be no other. */
void fs_engine_make_room(flowscope_engine *engine, const uint32_t *spared, unsigned count);

/* Ends a flow by `cause`, with its event. */
void fs_engine_end_flow(flowscope_engine *engine, uint32_t index, enum flowscope_end_reason cause);

/* Ends the flows whose timers have fired. A timer fires up to FS_TOUCH_SLOTS after its timeout, as
 * flows move in their lists no more often than that; what packets find does not depend on it. */
void fs_engine_fire_timers(flowscope_engine *engine);

/* The clock follows a jump after all: the flows of the packet that was ahead were seen then. Before
 * the timers fire, which have the time of that packet behind them now. */
void fs_engine_believe_ahead(flowscope_engine *engine);

/* Puts a new flow at the end of the list that fits it. */
void fs_engine_touch_new(flowscope_engine *engine, uint32_t index);

/* The same for one that changes lists, or was due to move before this packet was seen. `changed`:
 * its state is another. */
void fs_engine_touch(flowscope_engine *engine, uint32_t index, bool changed, bool is_due);

void fs_timeouts_init(struct fs_timeouts *timeouts, const struct flowscope_config *config);

/* The number of the flow's timeout (in engine->timeouts), by what it is now; where own_timeouts. */
unsigned fs_engine_timeout(flowscope_engine *engine, uint32_t index);

/* Where there is an active timeout: if the flow has been open for so long at a packet of `time_ns`,
 * it ends, and the next flow to be opened is its heir. */
bool fs_engine_end_active(flowscope_engine *engine, uint32_t index, int64_t time_ns, bool has_time);

/* Makes the flow, which has just been opened, the heir. */
void fs_engine_inherit(flowscope_engine *engine, uint32_t index);

#endif
