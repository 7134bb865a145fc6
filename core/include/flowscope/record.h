/* SPDX-License-Identifier: BSD-2-Clause */
/* What the engine knows of one flow: the row of `flowscope flows`. */
#ifndef FLOWSCOPE_RECORD_H
#define FLOWSCOPE_RECORD_H

#include <flowscope/key.h>
#include <flowscope/layer.h>
#include <flowscope/packet.h>

FLOWSCOPE_BEGIN_DECLS

enum flowscope_end_reason {
#define FLOWSCOPE_END_REASON(name, text) FLOWSCOPE_END_##name,
#include <flowscope/end_reason.def>
#undef FLOWSCOPE_END_REASON
    FLOWSCOPE_END_REASON_COUNT
};

/* Zeek's summary of a connection. */
enum flowscope_conn_state {
    FLOWSCOPE_CONN_none, /* not kept */
#define FLOWSCOPE_CONN_STATE(name, text) FLOWSCOPE_CONN_##name,
#include <flowscope/conn_state.def>
#undef FLOWSCOPE_CONN_STATE
    FLOWSCOPE_CONN_COUNT
};

#define FLOWSCOPE_HISTORY_MAX 33 /* 32 letters, and + where more came */

/* What the segments of one direction of a TCP connection tell, by the rules of Wireshark's
 * tcp.analysis. Round trips are of data: from the segment that was sent last to the acknowledgment
 * of just that, where it was sent once (Karn). */
struct flowscope_tcp_facts {
    uint64_t fast_retransmissions;     /* asked for by duplicate ACKs */
    uint64_t timeout_retransmissions;  /* all that are neither fast nor spurious */
    uint64_t spurious_retransmissions; /* of what was acknowledged */
    uint64_t duplicate_acks;
    uint64_t lost_segments; /* gaps: segments before these were not seen */
    uint64_t zero_windows;
    uint64_t keep_alives;
    uint64_t window_probes; /* a byte into a window of zero */
    uint64_t window_fulls;  /* data up to the edge of the peer's window */
    uint64_t syns, fins, resets;
    uint64_t in_flight_peak_bytes;
    uint64_t rtt_samples;
    uint64_t rtt_min_ns, rtt_max_ns, rtt_sum_ns;
    uint64_t intervals;       /* between two of its segments; a step back in time is none */
    uint64_t interval_sum_ns; /* their mean is this by intervals */
    uint64_t interval_variance_us2;
    uint64_t idle_periods; /* intervals of a second or more */
    uint64_t idle_ns;      /* that they took, in whole ms each; the rest it was active */
    uint16_t mss;          /* what its SYN offers (RFC 9293, 3.7.1); 0 for none */
    uint8_t has_mss;
    uint8_t has_window_scale;
    uint8_t window_scale; /* bits by which its windows are shifted (RFC 7323, 2); 0: as they are */
    uint8_t reserved[3];
};

/* [0] is forward, from the initiator; [1] is reverse. */
struct flowscope_flow_record {
    uint32_t size;             /* sizeof(struct flowscope_flow_record) */
    uint8_t ip_version;        /* 4 or 6; 0 under MAC_PAIR and OWN */
    uint8_t protocol;          /* IANA number; of FIVE_TUPLE alone, as are the ports */
    uint8_t has_ports;         /* source_port and destination_port mean something */
    uint8_t has_time;          /* false: no packet of the flow had a time */
    uint8_t tcp_state;         /* enum flowscope_tcp_state; none unless TCP */
    uint8_t end_reason;        /* enum flowscope_end_reason */
    uint16_t source_port;      /* ICMP: type of the first message */
    uint16_t destination_port; /* ICMP: counterpart type, or code, as Community ID maps them;
                                * FLOW_LABEL: the label is source_port << 16 | destination_port */
    uint8_t layer_count;
    uint8_t has_dup_packets; /* false: copies were not looked for */
    uint8_t key;             /* enum flowscope_key_kind: what source and destination are */
    uint8_t evicted;         /* true: it ended as the table was full, whatever end_reason says */
    uint8_t reserved[6];
    uint8_t source[16];      /* the initiator; IPv4 in the first four bytes, a MAC address in six */
    uint8_t destination[16]; /* OWN: the second half of the key, source is the first */
    uint64_t flow_id;
    uint64_t parent_id; /* the flow around it (a tunnel), 0 for none */
    uint64_t
        related_id; /* the flow that its errors (ICMP) speak of: of the first one that was known */
    uint64_t first_frame;
    uint64_t last_frame;
    int64_t first_time_ns; /* the smallest of the packets' own times */
    int64_t last_time_ns;  /* the largest */
    uint64_t packets[2];
    uint64_t bytes[2];         /* IP lengths, or the wire's where the header has none or more */
    uint64_t payload_bytes[2]; /* after the transport header, repeats included */
    uint64_t dup_packets;      /* copies of its packets, which nothing else here counts */
    uint8_t conn_state;        /* enum flowscope_conn_state */
    char history[FLOWSCOPE_HISTORY_MAX + 1]; /* Zeek's letters, as a string; "" for none */
    uint8_t has_facts;                       /* retransmissions, out_of_order and tcp are known */
    uint8_t has_rtt;
    uint8_t reserved_too[3];
    uint64_t retransmissions[2]; /* of every kind, without keep-alives and window probes */
    uint64_t out_of_order[2];
    int64_t rtt_ns; /* of the handshake: first SYN to the ACK that completes it */
    struct flowscope_layer layers[FLOWSCOPE_LAYERS_MAX]; /* outermost first */
    void *flow_state; /* the caller's memory of this flow, see flow_state_bytes; NULL for none */
    struct flowscope_tcp_facts tcp[2];
};

/* five_tuple, ip_pair, mac_pair, flow_label, own; "" for a value out of range. Static strings. */
FLOWSCOPE_API const char *flowscope_key_name(unsigned kind);

/* fin, rst, idle ...; "" for open and for values out of range. A static string. */
FLOWSCOPE_API const char *flowscope_end_reason_name(unsigned reason);

/* S0, SF, RSTO ...; "" for none and for values out of range. A static string. */
FLOWSCOPE_API const char *flowscope_conn_state_name(unsigned state);

FLOWSCOPE_END_DECLS

#endif
