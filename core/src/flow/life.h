/* SPDX-License-Identifier: BSD-2-Clause */
/* When flows end, and why. */
#ifndef FS_FLOW_LIFE_H
#define FS_FLOW_LIFE_H

#include "base/time.h"
#include "flow/flow.h"

/* Nanoseconds, by enum fs_timeout, then those of flows' own in the order in which they came up. */
struct fs_timeouts {
    int64_t ns[FS_TIMEOUTS_MAX];
    unsigned count;
};

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

/* The expiry clock when the flow last moved to the end of its list. */
static inline int64_t fs_flow_touched_ns(const struct fs_flow *flow)
{
    return (int64_t)((uint64_t)flow->seen_clock_ns - flow->touched_before_ns);
}

static inline void fs_flow_set_touched(struct fs_flow *flow)
{
    flow->touched_before_ns = 0;
}

/* The clock at a packet of the flow, which never runs back. Four seconds since the last move count
 * as any longer time: after one a flow moves again. */
static inline void fs_flow_see_clock(struct fs_flow *flow, int64_t clock_ns)
{
    uint64_t since = (uint64_t)clock_ns - (uint64_t)fs_flow_touched_ns(flow);

    flow->touched_before_ns = since < UINT32_MAX ? (uint32_t)since : UINT32_MAX;
    flow->seen_clock_ns = clock_ns;
}

/* A packet of the flow was seen. `time_ns` is its own time, or the clock if it has none. Before
 * this the flow's first packet calls fs_flow_begin(). */
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
        fs_flow_see_clock(flow, clock_ns);
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
