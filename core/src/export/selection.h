/* SPDX-License-Identifier: BSD-2-Clause */
/* A set of flow ids, dense: the flows that a filter selected. */
#ifndef FS_EXPORT_SELECTION_H
#define FS_EXPORT_SELECTION_H

#include <stdbool.h>
#include <stdint.h>

typedef struct fs_selection fs_selection;

fs_selection *fs_selection_new(void);
void fs_selection_free(fs_selection *selection);
void fs_selection_clear(fs_selection *selection);
bool fs_selection_add(fs_selection *selection, uint64_t flow_id); /* false: no memory */
bool fs_selection_has(const fs_selection *selection, uint64_t flow_id);

#endif
