/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums and tops over flow records. */
#include "export/summary.h"

#include <string.h>

void fs_summary_init(struct fs_summary *summary)
{
    memset(summary, 0, sizeof *summary);
}

typedef uint64_t (*measure)(const struct flowscope_flow_record *record);

static bool ranks_before(const struct flowscope_flow_record *a,
                         const struct flowscope_flow_record *b, measure value)
{
    uint64_t value_a = value(a);
    uint64_t value_b = value(b);

    return value_a != value_b ? value_a > value_b : a->flow_id < b->flow_id;
}

static void enter(struct fs_summary_top *top, const struct flowscope_flow_record *record,
                  measure value)
{
    size_t at;

    if (top->count < FS_SUMMARY_TOP)
        at = top->count++;
    else if (ranks_before(record, &top->flows[FS_SUMMARY_TOP - 1], value))
        at = FS_SUMMARY_TOP - 1;
    else
        return;
    while (at && ranks_before(record, &top->flows[at - 1], value)) {
        top->flows[at] = top->flows[at - 1];
        at--;
    }
    top->flows[at] = *record;
}

static void widen_time(struct fs_summary *summary, const struct flowscope_flow_record *record)
{
    if (!record->has_time)
        return;
    if (!summary->has_time || record->first_time_ns < summary->first_time_ns)
        summary->first_time_ns = record->first_time_ns;
    if (!summary->has_time || record->last_time_ns > summary->last_time_ns)
        summary->last_time_ns = record->last_time_ns;
    summary->has_time = true;
}

void fs_summary_add(struct fs_summary *summary, const struct flowscope_flow_record *record)
{
    struct fs_summary_protocol *protocol = &summary->protocols[record->protocol];
    uint64_t packets = fs_summary_packets(record);
    uint64_t bytes = fs_summary_bytes(record);

    summary->flows++;
    summary->key = record->key;
    summary->packets += packets;
    summary->bytes += bytes;
    summary->dup_packets += record->dup_packets;
    if (!protocol->flows || record->flow_id < protocol->first_id)
        protocol->first_id = record->flow_id;
    protocol->flows++;
    protocol->packets += packets;
    protocol->bytes += bytes;
    if (record->tcp_state < FLOWSCOPE_TCP_STATE_COUNT)
        summary->states[record->tcp_state]++;
    if (record->end_reason < FLOWSCOPE_END_REASON_COUNT)
        summary->end_reasons[record->end_reason]++;
    widen_time(summary, record);
    enter(&summary->top_bytes, record, fs_summary_bytes);
    enter(&summary->top_packets, record, fs_summary_packets);
}
