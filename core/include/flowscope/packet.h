/* SPDX-License-Identifier: BSD-2-Clause */
/* One frame going into the engine, and what the engine says of it. */
#ifndef FLOWSCOPE_PACKET_H
#define FLOWSCOPE_PACKET_H

#include <flowscope/api.h>

FLOWSCOPE_BEGIN_DECLS

enum flowscope_verdict {
#define FLOWSCOPE_VERDICT(name, text) FLOWSCOPE_VERDICT_##name,
#include <flowscope/verdict.def>
#undef FLOWSCOPE_VERDICT
    FLOWSCOPE_VERDICT_COUNT
};

enum flowscope_tcp_state {
#define FLOWSCOPE_TCP_STATE(name, timeout, text) FLOWSCOPE_TCP_##name,
#include <flowscope/tcp_state.def>
#undef FLOWSCOPE_TCP_STATE
    FLOWSCOPE_TCP_STATE_COUNT
};

/* What a copy is of the frame that it copies. */
enum flowscope_dup_kind {
    FLOWSCOPE_DUP_none,
#define FLOWSCOPE_DUP_KIND(name, text) FLOWSCOPE_DUP_##name,
#include <flowscope/dup_kind.def>
#undef FLOWSCOPE_DUP_KIND
    FLOWSCOPE_DUP_KIND_COUNT
};

/* The direction of a packet inside its flow: forward is from the initiator. */
enum flowscope_direction {
    FLOWSCOPE_DIRECTION_NONE,
    FLOWSCOPE_DIRECTION_FORWARD,
    FLOWSCOPE_DIRECTION_REVERSE,
};

/* Which way a frame crossed the interface that captured it, where the capture says so. */
enum flowscope_interface_direction {
    FLOWSCOPE_INTERFACE_UNKNOWN,
    FLOWSCOPE_INTERFACE_INBOUND,
    FLOWSCOPE_INTERFACE_OUTBOUND,
};

enum flowscope_time_quality {
    FLOWSCOPE_TIME_NONE, /* the record has no time; time_ns is ignored */
    FLOWSCOPE_TIME_GOOD,
    FLOWSCOPE_TIME_BAD, /* carried or saturated by flowscope_time_ns() */
};

/* A link type that no capture has: for frames whose type has no LINKTYPE_ number. */
#define FLOWSCOPE_LINK_TYPE_NONE UINT32_MAX

/* A frame. The caller owns it and the bytes; the engine keeps neither after feed() returns. */
struct flowscope_packet {
    uint32_t size;       /* sizeof(struct flowscope_packet), the same for all of one call */
    uint32_t link_type;  /* LINKTYPE_ number of the tcpdump.org registry */
    uint64_t frame;      /* the record's number in the capture, from 1, rising */
    const uint8_t *data; /* captured bytes; may be NULL when captured_bytes is 0 */
    int64_t time_ns;     /* nanoseconds since 1970, from flowscope_time_ns() */
    uint32_t captured_bytes;
    uint32_t wire_bytes;  /* length on the wire; below captured_bytes it counts as equal */
    uint32_t section;     /* pcapng section from 0; 0 elsewhere */
    uint32_t interface;   /* interface inside the section, from 0 */
    uint8_t time_quality; /* enum flowscope_time_quality */
    uint8_t direction;    /* enum flowscope_interface_direction */
    uint8_t is_packet;    /* false for a numbered record that is no packet */
    uint8_t reserved[5];  /* zero */
};

/* What the engine says of one frame: the annotation. 0 means none in every number. */
struct flowscope_result {
    uint64_t flow_id;       /* innermost flow; ids are dense and start at 1 */
    uint64_t parent_id;     /* the flow that carries it (a tunnel), else 0 */
    uint64_t related_id;    /* the flow that an ICMP error quotes, else 0 */
    uint64_t packet_number; /* position in the flow, both directions, from 1 */
    uint64_t first_frame;   /* the flow's first frame */
    uint64_t prev_frame;    /* the flow's previous frame, either direction */
    uint64_t dup_of;        /* a copy: the first frame of its set; of its flow it has flow_id,
                             * parent_id and direction alone */
    uint8_t verdict;        /* enum flowscope_verdict */
    uint8_t direction;      /* enum flowscope_direction */
    uint8_t tcp_state;      /* enum flowscope_tcp_state, after this packet */
    uint8_t dup_kind;       /* enum flowscope_dup_kind */
    uint8_t pending;        /* the sink's frame_settled will say what became of it */
    uint8_t reserved[3];
};

/* Nanoseconds since 1970 from what a capture says. Sub-seconds out of [0, 10^9) are carried into
 * the seconds, what does not fit int64 is saturated; either sets *quality to
 * FLOWSCOPE_TIME_BAD, else it is FLOWSCOPE_TIME_GOOD. Without a time (present false) it returns 0
 * and FLOWSCOPE_TIME_NONE. Every face makes its times here, so that they agree. */
FLOWSCOPE_API int64_t flowscope_time_ns(int64_t seconds, int64_t nanoseconds, bool present,
                                        uint8_t *quality);

/* The words of reports, from the .def files; static strings, "" for a value out of range. */
FLOWSCOPE_API const char *flowscope_verdict_name(unsigned verdict);
FLOWSCOPE_API const char *flowscope_tcp_state_name(unsigned state);     /* "" for none */
FLOWSCOPE_API const char *flowscope_direction_name(unsigned direction); /* fwd, rev, "" */
FLOWSCOPE_API const char *flowscope_dup_kind_name(unsigned kind);       /* "" for none */

FLOWSCOPE_END_DECLS

#endif
