/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_EXPORT_STATS_RATES_H
#define FS_EXPORT_STATS_RATES_H

#include "export/format.h"
#include "export/text.h"

#include <flowscope/rates.h>

/* The sections `peaks` and `series`; nothing where no frame had a time. */
void fs_stats_rates(struct fs_text *text, enum fs_format format,
                    const struct flowscope_rates *rates);

#endif
