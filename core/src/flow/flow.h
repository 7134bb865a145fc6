/* SPDX-License-Identifier: BSD-2-Clause */
/* What the engine keeps of a flow. Hot: three adjacent cache lines, prefetched together. Cold: at
 * the same index in an array of its own. */
#ifndef FS_FLOW_FLOW_H
#define FS_FLOW_FLOW_H

#include "flow/layers.h"
#include "packet/headers.h"

#define FS_FLOW_NONE UINT32_MAX

enum fs_timeout {
    FS_TIMEOUT_tcp_half_open,
    FS_TIMEOUT_tcp,
    FS_TIMEOUT_tcp_closed,
    FS_TIMEOUT_udp,
    FS_TIMEOUT_other,
    FS_TIMEOUT_COUNT
};

/* Beside those, flows have timeouts of their own, by port or by the caller's word: one number for
 * each different duration, from FS_TIMEOUT_COUNT on. */
#define FS_TIMEOUTS_OWN 48u
#define FS_TIMEOUTS_MAX (FS_TIMEOUT_COUNT + FS_TIMEOUTS_OWN)

/* What a flow is worth when the table is full; the least goes first. */
enum fs_worth {
    FS_WORTH_CLOSED,  /* closed or reset */
    FS_WORTH_ONE_WAY, /* seen in one direction only, or no more than a handshake that is not done */
    FS_WORTH_TWO_WAY,
    FS_WORTHS
};

/* flags of struct fs_flow */
enum {
    FS_FLOW_OPEN = 1,             /* the slot is in use */
    FS_FLOW_SECOND_INITIATES = 2, /* the initiator is the key's second endpoint */
    FS_FLOW_HAS_PORTS = 4,
    FS_FLOW_HAS_TIME = 8,      /* a packet with a time of its own was seen */
    FS_FLOW_LAST_IS_COLD = 16, /* seen_ns is not the last packet time; the cold record has it */
    FS_FLOW_HAS_COPIES = 32,   /* of its packets; the engine counts them */
};

/* flags of struct fs_tcp_side */
enum {
    FS_SIDE_BASE = 1, /* base is known */
    FS_SIDE_SYN = 2,  /* its SYN was seen, or a SYN-ACK that answers it */
    FS_SIDE_SYN_ACKED = 4,
    FS_SIDE_FIN = 8,
    FS_SIDE_FIN_ACKED = 16,
    FS_SIDE_RST = 32,       /* it sent a RST */
    FS_SIDE_MIDSTREAM = 64, /* it sent a segment that presumes a handshake that was not seen */
    FS_SIDE_ACK = 128,      /* ack is known */
};

/* One direction of a connection; sequence numbers only through seq32.h. */
struct fs_tcp_side {
    uint32_t base;    /* its initial sequence number; mid-stream: the one before its first byte */
    uint32_t fin_end; /* the sequence number after its FIN */
    uint32_t ack;     /* the highest acknowledgment that it sent */
    uint32_t flags;
};

/* [0] is forward, from the initiator. */
struct fs_flow {
    struct fs_key key;
    uint8_t tcp_state; /* enum flowscope_tcp_state */
    uint8_t list;      /* which list of the table holds it: its timeout and its worth */
    uint8_t flags;
    uint8_t layer_count;
    int64_t seen_ns;       /* the largest time of its packets; see fs_flow_see() */
    int64_t seen_clock_ns; /* the expiry clock at its last packet */

    uint64_t packets[2];
    uint64_t bytes[2];
    uint64_t id;
    uint64_t last_frame;
    int64_t touched_ns; /* the expiry clock when it last moved to the end of its list */
    uint32_t prev;      /* neighbours in the list, by index; next also links free slots */
    uint32_t next;

    struct fs_tcp_side side[2];
    uint64_t payload_bytes[2];
    uint64_t touch; /* ordinal of that move, over all lists */
    uint64_t first_frame;
} __attribute__((aligned(64)));

_Static_assert(sizeof(struct fs_flow) == 192, "three cache lines");

static inline bool fs_flow_has_short_key(const struct fs_flow *flow, const struct fs_short_key *key)
{
    const struct fs_short_key own = fs_key_shorten(&flow->key);

    return fs_key_is_short(&flow->key) && own.addresses == key->addresses && own.rest == key->rest;
}

struct fs_flow_cold {
    int64_t first_time_ns;
    int64_t last_time_ns; /* only with FS_FLOW_LAST_IS_COLD */
    uint64_t parent_id;
    struct fs_layers layers; /* outermost first; layer_count says how many */
};

#endif
