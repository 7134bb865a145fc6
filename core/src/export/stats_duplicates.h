/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FS_EXPORT_STATS_DUPLICATES_H
#define FS_EXPORT_STATS_DUPLICATES_H

#include "export/format.h"
#include "export/text.h"

#include <flowscope/duplicates.h>

/* A pair as it is spelled: `eth0->eth1`. */
#define FS_STATS_PAIR_SIZE 196
void fs_stats_pair_name(char name[FS_STATS_PAIR_SIZE], const struct flowscope_dup_pair *pair);

/* 0 without any. */
uint64_t fs_stats_mean_delay(const struct flowscope_delays *delays);

/* The sections `duplicates` and `duplicate_pairs`; nothing where there are no copies. */
void fs_stats_duplicates(struct fs_text *text, enum fs_format format,
                         const struct flowscope_duplicates *duplicates);

#endif
