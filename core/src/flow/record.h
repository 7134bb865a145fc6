/* SPDX-License-Identifier: BSD-2-Clause */
/* What is told of a flow. */
#ifndef FS_FLOW_RECORD_H
#define FS_FLOW_RECORD_H

#include "flow/table.h"

/* The public record; `reason` is FLOWSCOPE_END_open or why it ended. *record is all zero, or was
 * filled here before, and by the same parts of an engine (notes.h): only what was used then is
 * cleared. */
void fs_flow_record(const struct fs_flow_table *table, uint32_t index,
                    enum flowscope_end_reason reason, struct flowscope_flow_record *record);

#endif
