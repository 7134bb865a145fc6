/* SPDX-License-Identifier: BSD-2-Clause */
/* When flows end, and why. */
#ifndef FS_FLOW_LIFE_H
#define FS_FLOW_LIFE_H

#include "base/time.h"
#include "flow/flow.h"

/* Flows move to the end of their list when so many slots of time have begun since they last did:
 * more than a second, so that a busy flow costs no neighbours' cache lines per packet. */
#define FS_TOUCH_SLOTS 5

/* Nanoseconds, by enum fs_timeout, then those of flows' own in the order in which they came up. */
struct fs_timeouts {
    int64_t ns[FS_TIMEOUTS_MAX];
    /* That, or less: a flow was not seen for so short a time only if fs_flow_is_due() can tell. */
    int64_t calm_ns[FS_TIMEOUTS_MAX];
    unsigned count;
};

static inline void fs_timeouts_set(struct fs_timeouts *timeouts, unsigned timeout, int64_t ns)
{
    const int64_t most_ns = FS_TOUCH_SLOTS * FS_TIME_SLOT_NS;

    timeouts->ns[timeout] = ns;
    timeouts->calm_ns[timeout] = ns < most_ns ? ns : most_ns;
}

/* A flow waits in the list of its timeout and its worth, so that the list says both. */
static inline unsigned fs_flow_list_of(unsigned timeout, enum fs_worth worth)
{
    return 4u * timeout + (unsigned)worth;
}

static inline unsigned fs_flow_list_timeout(unsigned list)
{
    return list / 4u;
}

static inline enum fs_worth fs_flow_list_worth(unsigned list)
{
    return (enum fs_worth)(list % 4u);
}

/* The timeout of flows like this one, unless it has its own. */
static inline enum fs_timeout fs_flow_timeout(const struct fs_flow *flow)
{
    static const uint8_t by_state[] = {
#define FLOWSCOPE_TCP_STATE(name, timeout, text) FS_TIMEOUT_##timeout,
#include <flowscope/tcp_state.def>
#undef FLOWSCOPE_TCP_STATE
    };

    if (fs_flow_protocol(flow) == FS_PROTOCOL_UDP)
        return FS_TIMEOUT_udp;
    return by_state[flow->tcp_state];
}

static inline enum fs_worth fs_flow_worth(const struct fs_flow *flow)
{
    enum fs_timeout timeout = fs_flow_timeout(flow);

    if (timeout == FS_TIMEOUT_tcp_closed)
        return FS_WORTH_CLOSED;
    if (timeout == FS_TIMEOUT_tcp_half_open || !flow->packets[0] || !flow->packets[1])
        return FS_WORTH_ONE_WAY;
    return FS_WORTH_TWO_WAY;
}

/* True if the timeout of the flow, which is in a list, has passed at `clock_ns` for a packet of
 * `time_ns`: by the packets' own times, or by the clock since its last packet. Exact, whether or
 * not a timer has fired. */
static inline bool fs_flow_is_over(const struct fs_flow *flow, const struct fs_timeouts *timeouts,
                                   int64_t time_ns, int64_t clock_ns)
{
    int64_t timeout_ns = timeouts->ns[fs_flow_list_timeout(flow->list)];

    return fs_time_since(time_ns, flow->seen_ns) >= timeout_ns ||
           fs_time_since(clock_ns, flow->seen_clock_ns) >= timeout_ns;
}

enum { FS_TOUCHED_AT = 15 }; /* the bits of touched_at */

/* No later than the expiry clock when the flow last moved to the end of its list, and in the same
 * slot: at its last packet that was less than FS_TOUCHED_AT slots ago, as it had moved else. */
static inline int64_t fs_flow_touched_ns(const struct fs_flow *flow)
{
    const uint64_t seen = fs_time_slot(flow->seen_clock_ns);

    return fs_time_slot_begin(seen - ((seen - flow->touched_at) & FS_TOUCHED_AT));
}

/* At its last packet. */
static inline void fs_flow_set_touched(struct fs_flow *flow)
{
    flow->touched_at = (uint8_t)(fs_time_slot(flow->seen_clock_ns) & FS_TOUCHED_AT);
}

/* Whether it is time for the flow to move, at a packet that came FS_TOUCH_SLOTS after its last one
 * at most. */
static inline __attribute__((always_inline)) bool fs_flow_is_due_soon(const struct fs_flow *flow,
                                                                      int64_t clock_ns)
{
    return ((fs_time_slot(clock_ns) - flow->touched_at) & FS_TOUCHED_AT) >= FS_TOUCH_SLOTS;
}

/* The same at any packet. */
static inline bool fs_flow_is_due(const struct fs_flow *flow, int64_t clock_ns)
{
    return fs_time_slot(clock_ns) - fs_time_slot(flow->seen_clock_ns) >= FS_TOUCH_SLOTS ||
           fs_flow_is_due_soon(flow, clock_ns);
}

/* A packet of the flow was seen. `time_ns` is its own time, or the clock if it has none. Before
 * this the flow's first packet calls fs_flow_begin(). Where it fs_flow_is_due(), it is to move;
 * where the record's times are not those of the timeouts, no packet is usual. */
static inline void fs_flow_begin(struct fs_flow *flow, int64_t time_ns, int64_t clock_ns)
{
    flow->seen_ns = time_ns;
    flow->seen_clock_ns = clock_ns;
    fs_flow_set_touched(flow);
}

void fs_flow_see_any(struct fs_flow *flow, struct fs_flow_cold *cold, int64_t time_ns,
                     bool has_time, int64_t clock_ns);

static inline void fs_flow_see(struct fs_flow *flow, struct fs_flow_cold *cold, int64_t time_ns,
                               bool has_time, int64_t clock_ns)
{
    /* Nearly every packet: it has a time, later than the last, and the cold record rests. */
    if (has_time && time_ns >= flow->seen_ns &&
        (flow->flags & (FS_FLOW_HAS_TIME | FS_FLOW_LAST_IS_COLD)) == FS_FLOW_HAS_TIME) {
        flow->seen_ns = time_ns;
        flow->seen_clock_ns = clock_ns;
        return;
    }
    fs_flow_see_any(flow, cold, time_ns, has_time, clock_ns);
}

/* The reason that is reported for a flow that ends by `cause`: a connection that closed or was
 * reset keeps that. */
static inline enum flowscope_end_reason fs_flow_end_reason(const struct fs_flow *flow,
                                                           enum flowscope_end_reason cause)
{
    if (flow->tcp_state == FLOWSCOPE_TCP_closed)
        return FLOWSCOPE_END_fin;
    if (flow->tcp_state == FLOWSCOPE_TCP_reset)
        return FLOWSCOPE_END_rst;
    return cause;
}

#endif
