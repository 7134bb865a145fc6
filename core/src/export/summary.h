/* SPDX-License-Identifier: BSD-2-Clause */
/* What `stats` says of the flows, summed up one record at a time in a fixed amount of memory. A
 * face that wants nothing but statistics needs no ledger. */
#ifndef FS_EXPORT_SUMMARY_H
#define FS_EXPORT_SUMMARY_H

#include "export/format.h"

#include <flowscope/engine.h>

#include <stdio.h>

#define FS_SUMMARY_TOP 10

struct fs_summary_protocol {
    uint64_t flows;
    uint64_t packets;
    uint64_t bytes;
    uint64_t first_id;
};

/* The flows with the most of something, best first, ties by flow_id. */
struct fs_summary_top {
    size_t count;
    struct flowscope_flow_record flows[FS_SUMMARY_TOP];
};

struct fs_summary {
    uint64_t flows;
    uint64_t packets;
    uint64_t bytes;
    uint64_t dup_packets;
    uint8_t key; /* enum flowscope_key_kind, the same for all flows of a run */
    bool has_time;
    int64_t first_time_ns;
    int64_t last_time_ns;
    struct fs_summary_protocol protocols[256];
    uint64_t states[FLOWSCOPE_TCP_STATE_COUNT];
    uint64_t end_reasons[FLOWSCOPE_END_REASON_COUNT];
    struct fs_summary_top top_bytes;
    struct fs_summary_top top_packets;
};

void fs_summary_init(struct fs_summary *summary);

/* Each flow once, in any order. */
void fs_summary_add(struct fs_summary *summary, const struct flowscope_flow_record *record);

static inline uint64_t fs_summary_bytes(const struct flowscope_flow_record *record)
{
    return record->bytes[0] + record->bytes[1];
}

static inline uint64_t fs_summary_packets(const struct flowscope_flow_record *record)
{
    return record->packets[0] + record->packets[1];
}

/* Prints the statistics, table or ndjson, or the counters for Prometheus. `selected` says that the
 * summary has selected flows alone: then totals come from it, and only the limits from the
 * counters. */
void fs_summary_print(FILE *out, enum fs_format format, const struct fs_summary *summary,
                      bool selected, const struct flowscope_counters *counters);

#endif
