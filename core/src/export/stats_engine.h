/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_EXPORT_STATS_ENGINE_H
#define FS_EXPORT_STATS_ENGINE_H

#include "export/format.h"
#include "export/text.h"

#include <flowscope/engine.h>

/* The sections `anomalies` and `high_water`, of the whole run. */
void fs_stats_engine(struct fs_text *text, enum fs_format format,
                     const struct flowscope_counters *counters);

#endif
