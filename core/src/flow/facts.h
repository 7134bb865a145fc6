/* SPDX-License-Identifier: BSD-2-Clause */
/* What the segments of a connection say of the path and of its ends: retransmissions by the rules
 * of Wireshark's tcp.analysis, round trips. Where they lie: notes.h. */
#ifndef FS_FLOW_FACTS_H
#define FS_FLOW_FACTS_H

#include "base/seq32.h"
#include "flow/flow.h"
#include "packet/tcp_options.h"

/* flags of struct fs_facts_side */
enum {
    FS_FACTS_SEEN = 1,  /* it sent a segment: window and last_ns are known */
    FS_FACTS_NEXT = 2,  /* next is known */
    FS_FACTS_ACKED = 4, /* last_ack is known */
    FS_FACTS_TIMED = 8, /* what ends at `next` was sent once, and had a time: its ACK is a sample */
    FS_FACTS_KEEP_ALIVE = 16, /* its last segment was one */
    FS_FACTS_UNSCALED = 32,   /* its last window is that of a SYN, which nothing scales */
    FS_FACTS_NO_SCALE = 64,   /* its SYN did not offer to scale windows */
    FS_FACTS_OPTIONS = 128,   /* the options of its SYN were read to their end */
};

/* Bits of counts that have fewer than 16, or more. */
enum {
    FS_FACTS_COUNT_BITS = 22,
    FS_FACTS_RESET_BITS = 10,
    FS_FACTS_PROBE_BITS = 8,
    FS_FACTS_RUN_BITS = 2,
    FS_FACTS_RTT_SUM_BITS = 48,
};

/* Of one direction. Counts stay at their most. */
struct fs_facts_side {
    int64_t last_ns;           /* when its last segment came */
    uint64_t interval_sum_ns;  /* see pace.h */
    uint64_t interval_squares; /* in (2^squares_shift ns)^2 */
    uint64_t rtt_sum_ns : FS_FACTS_RTT_SUM_BITS;
    uint64_t spurious : 16;
    uint32_t next;        /* after the highest byte */
    uint32_t next_ago_ns; /* how long before last_ns the segment came that reached it */
    uint32_t last_ack;
    uint32_t rtt_count, rtt_min_ns, rtt_max_ns;
    uint32_t interval_count;
    uint32_t idle_ms;
    uint32_t in_flight_peak : 31;
    uint32_t no_time : 1; /* its last segment had none of its own */
    uint16_t lost, zero_windows, keep_alives, window_fulls;
    uint16_t idle_periods;
    uint16_t window;
    uint8_t flags;
    uint8_t squares_shift : 6;
    uint8_t run : FS_FACTS_RUN_BITS; /* duplicate acknowledgments in a row */
    uint64_t duplicate_acks : FS_FACTS_COUNT_BITS;
    uint64_t out_of_order : FS_FACTS_COUNT_BITS;
    uint64_t window_scale : 4; /* of its windows, plus 1; 0: not known */
    uint64_t fast : FS_FACTS_COUNT_BITS;
    uint64_t timed_out : FS_FACTS_COUNT_BITS;
    uint64_t resets : FS_FACTS_RESET_BITS;
    uint64_t probes : FS_FACTS_PROBE_BITS;
    uint64_t handshake : 2; /* of side 0: enum fs_handshake of the flow */
};

/* Of next_ago_ns: longer, or the side's time stepped back behind it. */
#define FS_FACTS_LONG_AGO UINT32_MAX

enum fs_handshake {
    FS_HANDSHAKE_NONE,
    FS_HANDSHAKE_BEGUN,
    FS_HANDSHAKE_DONE,
    FS_HANDSHAKE_UNKNOWN, /* it has no time, or was not seen */
};

struct fs_facts {
    struct fs_facts_side side[2];
    int64_t handshake_ns; /* the first SYN's time, then the time that the handshake took */
    uint16_t mss[2];      /* 0: none was offered */
    uint8_t syns[2], fins[2];
};

_Static_assert(sizeof(struct fs_facts_side) == 96, "no byte is lost between them");
_Static_assert(sizeof(struct fs_facts) == 208, "with the history four cache lines");

/* What is new with a segment. */
enum {
    FS_FACTS_STUCK = 0xff,     /* so many counts stayed at their most */
    FS_FACTS_REPEATED = 0x100, /* it is a retransmission */
    FS_FACTS_LATE = 0x200,     /* it is out of order */
};

/* Nothing is, for nearly every segment: it is what was expected, and with it data or another
 * acknowledgment. */
bool fs_facts_is_next(const struct fs_facts *facts, unsigned side,
                      const struct fs_tcp_segment *segment, uint32_t payload_bytes);

/* Takes a segment that fs_tcp_take() has taken; `cold` is its flow's. Returns what is new. */
unsigned fs_facts_take(struct fs_facts *facts, struct fs_flow_cold *cold, unsigned side,
                       const struct fs_tcp_segment *segment, uint32_t payload_bytes,
                       int64_t time_ns, bool has_time);

/* Takes the options of its SYN; `is_answer`: of a SYN-ACK. */
void fs_facts_take_options(struct fs_facts *facts, unsigned side, bool is_answer,
                           const struct fs_tcp_options *options);

void fs_facts_record(const struct fs_facts *facts, struct flowscope_flow_record *record);

#endif
