/* SPDX-License-Identifier: BSD-2-Clause */
/* The reports that the command and tshark both print, byte for byte the same. */
#ifndef FS_EXPORT_REPORT_H
#define FS_EXPORT_REPORT_H

#include "export/format.h"
#include "export/ledger.h"
#include "export/selection.h"

#include <stdio.h>

/* Prints the flows of the ledger in order of id; `selection` NULL means all; `config` is the run's:
 * with its tcp_facts at `all`, csv and ndjson have the columns of facts too. Writes with stdio and
 * leaves errors in ferror(out); false when the ledger itself cannot be read. */
bool fs_report_flows(FILE *out, enum fs_format format, fs_ledger *ledger,
                     const fs_selection *selection, const struct flowscope_config *config);

/* One row and the header line of the same report, for a live run that prints flows as they end
 * (csv and ndjson; ndjson has no header). */
void fs_report_flow_header(FILE *out, enum fs_format format, const struct flowscope_config *config);
void fs_report_flow_row(FILE *out, enum fs_format format,
                        const struct flowscope_flow_record *record,
                        const struct flowscope_config *config);

/* Prints the statistics. With a selection: totals, protocols, states, end_reasons and tops of the
 * selected flows alone, no_flow zero, limits of the whole run. */
bool fs_report_stats(FILE *out, enum fs_format format, fs_ledger *ledger,
                     const fs_selection *selection, const struct flowscope_counters *counters);

/* One row per frame, in order. */
void fs_report_packet_header(FILE *out, enum fs_format format);
void fs_report_packet_row(FILE *out, enum fs_format format, const struct flowscope_packet *packet,
                          const struct flowscope_result *result);

#endif
