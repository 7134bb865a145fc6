/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a ledger in order of flow_id. */
#include "export/walk.h"

#include <errno.h>

bool fs_walk_flows(fs_ledger *ledger, const fs_selection *selection,
                   void (*visit)(void *user, const struct flowscope_flow_record *record),
                   void *user)
{
    uint64_t last = fs_ledger_last_id(ledger);
    struct flowscope_flow_record record = {0};

    for (uint64_t id = 1; id <= last; id++) {
        if (selection && !fs_selection_has(selection, id))
            continue;
        if (fs_ledger_get_next(ledger, id, &record))
            visit(user, &record);
        else if (errno != ENOENT)
            return false;
    }
    return true;
}
