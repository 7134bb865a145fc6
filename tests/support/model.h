/* SPDX-License-Identifier: BSD-2-Clause */
/* A slow, obvious engine: the rules of flows as one plain list, searched from end to end. It shares
 * the packet layer with the real engine and nothing else, so that the two can be compared. */
#ifndef FS_TESTS_MODEL_H
#define FS_TESTS_MODEL_H

#include "support/model_notes.h"

#include <flowscope/engine.h>

/* What one side of a TCP connection has said so far, or what its peer has told of it. */
struct model_side {
    bool base_known, syn_known, fin_known, ack_known;
    bool midstream;            /* it sent what presumes a handshake that was not seen */
    bool syn_acked, fin_acked; /* by the peer, once */
    uint32_t base;    /* sequence number of its SYN; mid-stream the one before its first segment */
    uint32_t fin_end; /* sequence number after its FIN */
    uint32_t ack;     /* the highest acknowledgment that it sent */
};

struct model_flow {
    struct flowscope_flow_record record; /* end_reason open while the flow lives */
    struct fs_key key;
    uint64_t frame_before; /* the one before record.last_frame */
    unsigned initiator;    /* which end of the key */
    int64_t seen;          /* its packets' own times */
    int64_t seen_clock;    /* the clock at its last packet */
    int64_t touched;       /* model_quarter() when it last moved to the end of the order of use */
    uint64_t use;          /* place in the order of use */
    const int64_t *usual;  /* the timeout of flows like it when it was new or its state changed */
    int64_t own;           /* its own instead, 0 for none */
    unsigned value;        /* what it was worth when it was touched */
    int64_t ticked;        /* the clock at its start or last tick */
    uint64_t trace;        /* model_trace() of its events, in order */
    bool at_hand;          /* the packet that is being fed belongs to it */
    struct model_side side[2];
    bool answered; /* it began with a SYN-ACK */
    struct model_segment *segments;
    size_t segment_count, segment_room;
    uint64_t repeats, late; /* among them */
    size_t completed;       /* segments before the one with which the handshake was done */
    bool is_completed;
};

struct model {
    struct flowscope_config config;
    int64_t (*idle_timeout)(void *user, const struct flowscope_flow_record *record); /* or NULL */
    int64_t own[48]; /* different timeouts of flows' own */
    unsigned own_count;
    struct flowscope_counters counters; /* the fields of counters.def, times; open_flows */
    struct model_flow *flows;           /* flow_id is index + 1; ended ones stay */
    size_t count, room;
    bool has_clock, has_candidate;
    int64_t clock, candidate;
    uint64_t candidate_flows[FS_LEVELS_MAX]; /* of the packet so far ahead; 0 for none */
    uint64_t uses;
    struct model_fragments *fragments; /* model_fragments.h */

    /* What became of a frame that was pending, as in the engine's sink; may be NULL. */
    void (*settled)(void *user, uint64_t frame, const struct flowscope_result *result);
    void *user;
};

/* The events of a flow in one number, by which they can be compared. */
enum model_event {
    MODEL_STARTED = 1,
    MODEL_CHANGED, /* the state before */
    MODEL_ESTABLISHED,
    MODEL_PACKET, /* its number */
    MODEL_TICK,
    MODEL_CLOSED,
    MODEL_ANOMALY, /* its kind */
    MODEL_ENDED,   /* the reason */
};
uint64_t model_trace(uint64_t trace, enum model_event event, uint64_t detail);

/* Ends the flow as flowscope_engine_close_flow() does. */
enum flowscope_status model_close(struct model *model, uint64_t flow_id);

/* One more segment of a flow's, and what all of them say: model_notes.c. */
void model_keep_segment(struct model_flow *flow, unsigned way,
                        const struct flowscope_packet *packet, const struct fs_headers *headers,
                        bool has_time, int64_t time);
void model_note(const struct model *model, const struct model_flow *flow,
                struct flowscope_flow_record *record);

/* The state after a segment of direction `way`. */
unsigned model_next_state(struct model_flow *flow, unsigned way, const struct fs_headers *headers);

void model_init(struct model *model, const struct flowscope_config *config);
void model_clear(struct model *model);

/* One frame; *result is what the engine must say. */
void model_feed(struct model *model, const struct flowscope_packet *packet,
                struct flowscope_result *result);

/* For the model's other files. */
bool model_lives(const struct model_flow *flow);
bool model_is_over(const struct model_flow *flow);
void model_end_flow(struct model *model, struct model_flow *flow, unsigned reason);
void model_raise(struct model *model, struct model_flow *flow, enum flowscope_anomaly_kind kind);

/* model_open.c: what a flow is worth in a full table; a new one for a level of a packet; a SYN that
 * cannot belong to the connection that its addresses and ports name. */
unsigned model_value_of(const struct model_flow *flow);
struct model_flow *model_open_flow(struct model *model, const struct flowscope_packet *packet,
                                   const struct fs_frame *frame, unsigned level, uint64_t parent_id,
                                   int64_t own_time);
bool model_is_another(const struct model_flow *flow, const struct fs_headers *headers);

/* For model_fragments.c: the open flow of a key, or NULL; a frame through its levels; one more
 * packet of a flow that came earlier. */
struct model_flow *model_find(struct model *model, const struct fs_key *key);
void model_follow(struct model *model, const struct flowscope_packet *packet,
                  const struct fs_frame *frame, int64_t own_time, struct flowscope_result *result);
void model_count_late(struct model *model, struct model_flow *flow, unsigned way, uint64_t frame,
                      int64_t own_time, bool has_time, uint32_t bytes, uint32_t payload);

/* Time has come to `now` without a packet. */
void model_advance(struct model *model, int64_t now);

/* The record of flow `index` as it reads if the capture ends now. */
struct flowscope_flow_record model_record(const struct model *model, size_t index);

/* The counters as they read if the capture ends now. */
struct flowscope_counters model_counters(const struct model *model);

#endif
