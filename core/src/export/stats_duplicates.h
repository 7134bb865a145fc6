/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_EXPORT_STATS_DUPLICATES_H
#define FS_EXPORT_STATS_DUPLICATES_H

#include "export/format.h"
#include "export/text.h"

#include <flowscope/duplicates.h>

/* The sections `duplicates` and `duplicate_pairs`; nothing where there are no copies. */
void fs_stats_duplicates(struct fs_text *text, enum fs_format format,
                         const struct flowscope_duplicates *duplicates);

#endif
