/* SPDX-License-Identifier: BSD-2-Clause */
/* What the engine keeps of a flow. Hot: two adjacent cache lines, all that a packet touches which
 * is one more of many. Cold: one more line, in an array of its own at the same index. What few
 * flows have, such as IPv6 addresses and layers, lies in further arrays (table.h). */
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
    FS_FLOW_OWES_LETTER = 64,  /* of side 0; twice that: of side 1. See fs_history_repeat() */
    FS_FLOW_OWES_LETTERS = 3 * FS_FLOW_OWES_LETTER,
};

/* bits of fs_flow.usual for side 0; four times those: for side 1 */
enum {
    FS_USUAL_BARE = 1, /* a packet without payload is but one more of many */
    FS_USUAL_DATA = 2, /* one with payload is */
};

/* side_flags of struct fs_flow_cold */
enum {
    FS_SIDE_BASE = 1, /* base is known */
    FS_SIDE_SYN = 2,  /* its SYN was seen, or a SYN-ACK that answers it */
    FS_SIDE_SYN_ACKED = 4,
    FS_SIDE_FIN = 8,
    FS_SIDE_FIN_ACKED = 16,
    FS_SIDE_RST = 32,       /* it sent a RST */
    FS_SIDE_MIDSTREAM = 64, /* it sent a segment that presumes a handshake that was not seen */
    FS_SIDE_ACK = 128,      /* its acknowledgment is known */
    /* Nothing but that is left to learn from a segment that only acknowledges, while
     * established. */
    FS_SIDE_SETTLED = FS_SIDE_BASE | FS_SIDE_ACK,
};

/* One direction of a connection; sequence numbers only through seq32.h. */
struct fs_tcp_side {
    uint32_t base;    /* its initial sequence number; mid-stream: the one before its first byte */
    uint32_t fin_end; /* the sequence number after its FIN */
};

/* [0] is forward, from the initiator. */
struct fs_flow {
    struct fs_short_key key; /* see fs_key_stand_in() */
    uint64_t packets[2];
    uint64_t bytes[2];
    uint64_t payload_bytes[2];

    int64_t seen_ns;       /* the largest time of its packets; see fs_flow_see() */
    int64_t seen_clock_ns; /* the expiry clock at its last packet */
    uint64_t id;
    uint64_t first_frame;
    uint64_t last_frame;
    uint32_t ack[2];     /* the highest acknowledgment that each side sent */
    uint32_t sent[2];    /* the sequence number after all that each side sent; see history.h */
    uint16_t repeats[2]; /* segments with data seen before; stay at UINT16_MAX; the same */
    uint8_t list;        /* which list of the table holds it: its timeout and its worth */
    uint8_t flags;
    uint8_t tcp_state : 4; /* enum flowscope_tcp_state */
    uint8_t layer_count : 4;
    uint8_t usual : 4;      /* see FS_USUAL_BARE; none of a flow that is not open */
    uint8_t touched_at : 4; /* the last bits of fs_time_slot() when it moved in its list */
} __attribute__((aligned(64)));

_Static_assert(FLOWSCOPE_TCP_STATE_COUNT <= 16 && FLOWSCOPE_LAYERS_MAX < 16, "four bits for each");

_Static_assert(sizeof(struct fs_flow) == 128, "two cache lines");

struct fs_flow_cold {
    int64_t first_time_ns;
    int64_t last_time_ns; /* only with FS_FLOW_LAST_IS_COLD */
    uint64_t parent_id;
    union {
        struct fs_tcp_side side[2];
        uint64_t related_id; /* of ICMP: the flow that its first error quoted that was known */
    };
    uint32_t touch_low; /* ordinal of its last move to the end of a list, over all lists: 48 bits */
    uint16_t touch_high;
    uint8_t side_flags[2];
    uint32_t prev; /* neighbours in its list, by index; next also links free slots */
    uint32_t next;
    uint32_t path;          /* of its key */
    uint32_t syn_repeat_us; /* with TCP facts: how long after its first SYN the last one came */
};

_Static_assert(sizeof(struct fs_flow_cold) == 64, "a cache line");

static inline uint64_t fs_flow_touch_of(const struct fs_flow_cold *cold)
{
    return (uint64_t)cold->touch_high << 32 | cold->touch_low;
}

static inline uint8_t fs_flow_protocol(const struct fs_flow *flow)
{
    return fs_short_key_protocol(&flow->key);
}

/* Of the key's first or second endpoint. */
static inline uint16_t fs_flow_port(const struct fs_flow *flow, unsigned endpoint)
{
    return (uint16_t)(flow->key.rest >> (endpoint ? 16 : 0));
}

#endif
