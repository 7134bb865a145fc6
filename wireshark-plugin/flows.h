/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is shown of each flow of a session on its packets: 88 bytes a flow, by flow_id. What only
 * some flows have is kept apart, so that the others do not pay for it. */
#ifndef FS_PLUGIN_FLOWS_H
#define FS_PLUGIN_FLOWS_H

#include <flowscope/record.h>

struct fs_flow {
    uint8_t source[16]; /* as in the record */
    uint8_t destination[16];

    /* Of its first packet, or of what fs_feed_read_flows() has read. [0] is forward. */
    uint64_t bytes[2];
    uint64_t duration_ns;
    uint32_t packets[2];
    uint32_t last_frame;

    uint32_t first_frame;
    uint32_t first_layer; /* among the layers of all flows */
    uint16_t source_port;
    uint16_t destination_port;
    uint8_t end_reason;
    uint8_t tcp_state;
    uint8_t ip_version;
    uint8_t protocol;
    uint8_t layer_count;
    uint8_t conn_state;
    bool has_ports : 1;
    bool has_time : 1;
    uint8_t key : 3;        /* enum flowscope_key_kind */
    bool counts_copies : 1; /* fs_flows_copies() */
};

_Static_assert(sizeof(struct fs_flow) == 88, "what a flow costs");

void fs_flows_clear(void);

/* Keeps the flow over what was known of it. */
void fs_flows_put(void *unused, const struct flowscope_flow_record *record);

/* A fragment that waited turned out to be the flow's first packet, before the one that opened
 * it. */
void fs_flows_begins_at(uint32_t flow_id, uint32_t frame);

/* The largest id; 0 while there is no flow. */
uint32_t fs_flows_last_id(void);

/* Valid until the session ends; NULL if there is no such flow. */
const struct fs_flow *fs_flows_get(uint32_t flow_id);

/* What the record had of the ends and the protocol, for those who print records. */
void fs_flows_ends(const struct fs_flow *flow, struct flowscope_flow_record *record);

/* The flow around it, that of its first packet; 0 for none. */
uint32_t fs_flows_parent(uint32_t flow_id);

/* The handshake's round trip; negative for none. */
int64_t fs_flows_rtt_ns(uint32_t flow_id);

/* Zeek's letters; "" for none. */
const char *fs_flows_history(uint32_t flow_id);

/* Copies of its packets, which nothing else here counts. */
uint64_t fs_flows_copies(uint32_t flow_id);

/* Where the flow's Community ID is kept once someone has asked for it: FLOWSCOPE_COMMUNITY_ID_SIZE
 * bytes, "" until then. */
char *fs_flows_community_id(uint32_t flow_id);

/* The layers before its own IP header, outermost first; *to has room for FLOWSCOPE_LAYERS_MAX. */
void fs_flows_layers(const struct fs_flow *flow, struct flowscope_layer *to);

static inline uint64_t fs_flow_packets(const struct fs_flow *flow)
{
    return (uint64_t)flow->packets[0] + flow->packets[1];
}

static inline uint64_t fs_flow_bytes(const struct fs_flow *flow)
{
    return flow->bytes[0] + flow->bytes[1];
}

#endif
