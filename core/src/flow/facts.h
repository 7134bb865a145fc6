/* SPDX-License-Identifier: BSD-2-Clause */
/* What the segments of a connection say of the path and of its ends: retransmissions by the rules of
 * Wireshark's tcp.analysis, round trips. In an array of its own, at the flow's index. */
#ifndef FS_FLOW_FACTS_H
#define FS_FLOW_FACTS_H

#include "base/seq32.h"
#include "flow/flow.h"

/* flags of struct fs_facts_side */
enum {
    FS_FACTS_SEEN = 1,  /* it sent a segment: window and last_ns are known */
    FS_FACTS_NEXT = 2,  /* next is known */
    FS_FACTS_ACKED = 4, /* last_ack is known */
    FS_FACTS_TIMED = 8, /* what ends at `next` was sent once, at next_ns: its ACK is a sample */
    FS_FACTS_KEEP_ALIVE = 16 /* its last segment was one */
};

/* Of one direction. Counts of 16 bits stay at their most. */
struct fs_facts_side {
    int64_t next_ns; /* when the segment came that reached `next` */
    int64_t last_ns; /* when its last segment came */
    uint64_t rtt_sum_ns;
    uint32_t next; /* after the highest byte */
    uint32_t last_ack;
    uint32_t in_flight_peak;
    uint32_t fast, timed_out, spurious, out_of_order;
    uint32_t duplicate_acks;
    uint32_t rtt_count, rtt_min_ns, rtt_max_ns;
    uint16_t lost, zero_windows, keep_alives, probes, resets, syns, fins;
    uint16_t window;
    uint8_t run; /* duplicate acknowledgments in a row */
    uint8_t flags;
};

enum fs_handshake {
    FS_HANDSHAKE_NONE,
    FS_HANDSHAKE_BEGUN,
    FS_HANDSHAKE_DONE,
    FS_HANDSHAKE_UNKNOWN, /* it has no time, or was not seen */
};

struct fs_facts {
    struct fs_facts_side side[2];
    int64_t handshake_ns; /* the first SYN's time, then the time that the handshake took */
    uint8_t handshake;    /* enum fs_handshake */
};

_Static_assert(sizeof(struct fs_facts) <= 192, "with the history within 256 bytes a flow");

/* Takes a segment that fs_tcp_take() has taken; `cold` is its flow's. */
void fs_facts_take(struct fs_facts *facts, const struct fs_flow_cold *cold, unsigned side,
                   const struct fs_tcp_segment *segment, uint32_t payload_bytes, int64_t time_ns,
                   bool has_time);

void fs_facts_record(const struct fs_facts *facts, struct flowscope_flow_record *record);

#endif
