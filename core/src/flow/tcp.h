/* SPDX-License-Identifier: BSD-2-Clause */
/* The TCP state machine of a connection seen from outside (RFC 9293, 3.3.2): either side may be
 * missing, segments come late, twice or never. Facts of the two sides are gathered; the state
 * follows from them by tcp_rule.def. */
#ifndef FS_FLOW_TCP_H
#define FS_FLOW_TCP_H

#include "flow/flow.h"

/* True if the first packet of a flow shows that its sender is not the initiator: a SYN-ACK. */
bool fs_tcp_answers(const struct fs_tcp_segment *segment);

/* True if this segment, in direction `side` of the flow, begins another connection. */
bool fs_tcp_begins_anew(const struct fs_flow *flow, unsigned side,
                        const struct fs_tcp_segment *segment);

/* Takes a segment of the flow; returns the state after it. */
enum flowscope_tcp_state fs_tcp_take(struct fs_flow *flow, unsigned side,
                                     const struct fs_tcp_segment *segment, uint32_t payload_bytes);

#endif
