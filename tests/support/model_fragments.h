/* SPDX-License-Identifier: BSD-2-Clause */
/* The model's datagrams: a plain list, all that was ever seen, searched from end to end. */
#ifndef FS_TESTS_MODEL_FRAGMENTS_H
#define FS_TESTS_MODEL_FRAGMENTS_H

#include "support/model.h"

struct model_fragments *model_fragments_new(void);
void model_fragments_free(struct model_fragments *fragments);

/* A frame whose headers say fragment_pending. */
void model_take_fragment(struct model *model, const struct flowscope_packet *packet,
                         struct fs_frame *frame, int64_t own_time, struct flowscope_result *result);

/* The clock moved; began; followed a jump of a packet at `candidate`. */
void model_fragments_expire(struct model *model);
void model_fragments_start_clock(struct model *model, int64_t time);
void model_fragments_believe(struct model *model, int64_t candidate);

/* How many are neither whole nor given up. */
uint64_t model_fragments_open(const struct model *model);

/* The owner of one byte that an earlier and a later fragment carry, each from `begin` to `end`:
 * true for the later. */
bool model_takes_byte(uint64_t policy, uint32_t later_begin, uint32_t later_end,
                      uint32_t earlier_begin, uint32_t earlier_end);

#endif
