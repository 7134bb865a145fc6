/* SPDX-License-Identifier: BSD-2-Clause */
/* The faces' records of flows, by flow_id. Ids are dense, so the ledger is an array in chunks: a
 * record is put in its place in whatever order flows end, and read in order. Past a limit, set by
 * the face, the records move to an unnamed temporary file. */
#ifndef FS_EXPORT_LEDGER_H
#define FS_EXPORT_LEDGER_H

#include <flowscope/engine.h>

typedef struct fs_ledger fs_ledger;

/* Keeps up to `memory_records` in memory (0: all of them), the rest in a temporary file in $TMPDIR
 * or /tmp. NULL when there is no memory. */
fs_ledger *fs_ledger_new(uint64_t memory_records);
void fs_ledger_free(fs_ledger *ledger);

/* Whether the records that are put from now on keep their `tcp` (off at first): few reports want
 * it, and it is half of a record. */
void fs_ledger_keep_facts(fs_ledger *ledger, bool keep);

/* Forgets all records. */
void fs_ledger_clear(fs_ledger *ledger);

/* Keeps a copy of *record in the place of its flow_id, over what was there. False when memory or
 * the temporary file has no room; errno says why. */
bool fs_ledger_put(fs_ledger *ledger, const struct flowscope_flow_record *record);

/* The largest flow_id that was put; 0 for none. */
uint64_t fs_ledger_last_id(const fs_ledger *ledger);

/* Copies the record of `flow_id`. False when it was never put (errno is ENOENT), or cannot be read
 * or has no memory (errno says why). */
bool fs_ledger_get(fs_ledger *ledger, uint64_t flow_id, struct flowscope_flow_record *record);

/* The same for those who read one record after the other: *record is all zeroes or as this function
 * left it, so that little has to be cleared. */
bool fs_ledger_get_next(fs_ledger *ledger, uint64_t flow_id, struct flowscope_flow_record *record);

#endif
