/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a ledger in order of flow_id. */
#ifndef FS_EXPORT_WALK_H
#define FS_EXPORT_WALK_H

#include "export/ledger.h"
#include "export/selection.h"

/* Calls `visit` for each record, with a selection for each selected one. False when a record
 * cannot be read; errno says why. */
bool fs_walk_flows(fs_ledger *ledger, const fs_selection *selection,
                   void (*visit)(void *user, const struct flowscope_flow_record *record),
                   void *user);

#endif
