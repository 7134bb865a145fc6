/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of a TCP connection beside its state, read off the list of all its segments. */
#ifndef FS_TESTS_MODEL_NOTES_H
#define FS_TESTS_MODEL_NOTES_H

#include "packet/tcp_options.h"

struct model_segment {
    unsigned way; /* 0 from the initiator */
    bool has_time;
    int64_t time; /* its own, or the clock */
    uint32_t seq, ack, window, length;
    bool syn, fin, rst, has_ack;
    bool damaged;                  /* nothing else of it is known but `way` */
    struct fs_tcp_options options; /* of a SYN */
};

/* Zeek's letters into `history`, which has room for 34, and its conn_state. `answered`: the flow
 * began with a SYN-ACK; `base`: the initial sequence number of each side, negative if not known. */
void model_history(const struct model_segment *segments, size_t count, bool answered,
                   const int64_t base[2], char *history, uint8_t *conn_state);

/* Of one direction, the intervals between its segments, into `facts`. */
void model_pace(const struct model_segment *segments, size_t count, unsigned way,
                struct flowscope_tcp_facts *facts);

/* What is told of both directions; `completed`: the segment with which both SYNs are acknowledged,
 * `count` for none. */
void model_facts(const struct model_segment *segments, size_t count, size_t completed,
                 struct flowscope_flow_record *record);

#endif
