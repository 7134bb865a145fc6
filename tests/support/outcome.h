/* SPDX-License-Identifier: BSD-2-Clause */
/* All that came out of one run, of the engine or of the model, and what must hold of it. */
#ifndef FS_TESTS_OUTCOME_H
#define FS_TESTS_OUTCOME_H

#include "support/model.h"

struct outcome {
    struct flowscope_result *results;
    struct flowscope_flow_record *records; /* by flow_id - 1 */
    uint64_t *traces; /* of the flows' events, the same way; where the engine is watched */
    size_t count, room, ended, visited;
    size_t closed[2]; /* wishes to end a flow: it was gone already; it was not */
    struct flowscope_counters counters;
    uint64_t last_started, last_flushed;
    bool flushing, deaf;
};

void outcome_begin(struct outcome *outcome, size_t frames);
void outcome_clear(struct outcome *outcome);

/* What the engine tells goes into *outcome; `watches`: of each event, whose flows then have a
 * uint64_t of their own. */
struct flowscope_sink outcome_sink(struct outcome *outcome, bool watches);

/* For what tells it otherwise: a record; a flow that is visited; a frame that was pending. `user`
 * is the outcome. */
void outcome_put(struct outcome *outcome, const struct flowscope_flow_record *record);
void outcome_on_visited(void *user, const struct flowscope_flow_record *record);
void outcome_on_settled(void *user, uint64_t frame, const struct flowscope_result *result);

/* What reads as lost if the capture ends now. */
void outcome_lose_pending(struct outcome *outcome, size_t frames);

void outcome_check_books(const struct flowscope_counters *counters);

/* The sums of the records are the totals, and what the flows of tunnels count of others. */
void outcome_check_sums(const struct outcome *outcome);

void outcome_compare(const struct outcome *a, const struct outcome *b, size_t frames);
void outcome_compare_traces(const struct outcome *a, const struct outcome *b);

#endif
