/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is shown of each flow of a session on its packets: 64 bytes a flow, by flow_id. */
#ifndef FS_PLUGIN_FLOWS_H
#define FS_PLUGIN_FLOWS_H

#include <flowscope/record.h>

struct fs_flow {
    uint8_t source[16]; /* as in the record */
    uint8_t destination[16];
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t first_frame;

    /* Of its first packet, or of what fs_feed_read_flows() has read. */
    uint32_t packets; /* both directions; so are the bytes */
    uint8_t end_reason;

    uint8_t ip_version;
    uint8_t protocol;
    bool has_ports : 1;
    bool has_time : 1;
    uint64_t bytes;
    uint64_t duration_ns;
};

_Static_assert(sizeof(struct fs_flow) == 64, "what a flow costs");

void fs_flows_clear(void);

/* Keeps the flow over what was known of it. */
void fs_flows_put(void *unused, const struct flowscope_flow_record *record);

/* The largest id; 0 while there is no flow. */
uint32_t fs_flows_last_id(void);

/* Valid until the session ends; NULL if there is no such flow. */
const struct fs_flow *fs_flows_get(uint32_t flow_id);

/* The flow around it, that of its first packet; 0 for none. */
uint32_t fs_flows_parent(uint32_t flow_id);

#endif
