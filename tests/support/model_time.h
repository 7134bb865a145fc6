/* SPDX-License-Identifier: BSD-2-Clause */
/* Time in the model: a clock that packets move, and how long flows live by it. */
#ifndef FS_TESTS_MODEL_TIME_H
#define FS_TESTS_MODEL_TIME_H

#include "support/model.h"

/* The time of a packet: it is counted, moves the clock, and ends what is over by then. */
void model_note_time(struct model *model, const struct flowscope_packet *packet);

/* The order of use knows time in quarters of a second, but a little more: 2^28 ns. */
#define QUARTER ((int64_t)1 << 28)

/* When the quarter began that the time is in. */
int64_t model_quarter(int64_t time);

/* The timeout of a flow that is new or whose state has changed. */
void model_choose_timeout(struct model *model, struct model_flow *flow);

/* By the packets' own times, or by the clock since the flow's last packet. */
bool model_has_passed(const struct model *model, const struct model_flow *flow, int64_t own_time);

#endif
