/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flows and counters of all sessions of a run. One run to a process, as with the sessions of
 * libwireshark. */
#include "run.h"

#include <errno.h>
#include <string.h>

static struct {
    unsigned holders;
    const flowscope_engine *engine; /* of this session; NULL between sessions */
    fs_ledger *ledger;
    uint64_t earlier_ids;              /* the last flow_id of the sessions before */
    struct flowscope_counters earlier; /* their sum */
    const char *failure;
} run;

static void fail(const char *why)
{
    if (!run.failure)
        run.failure = why;
}

static void put(void *unused, const struct flowscope_flow_record *record)
{
    struct flowscope_flow_record mine = *record;

    (void)unused;
    mine.flow_id += run.earlier_ids;
    if (mine.parent_id)
        mine.parent_id += run.earlier_ids;
    if (!fs_ledger_put(run.ledger, &mine))
        fail(strerror(errno));
}

static void add_counters(struct flowscope_counters *sum, const struct flowscope_counters *more)
{
#define FLOWSCOPE_COUNTER(group, name, text) sum->name += more->name;
#include <flowscope/counters.def>
#undef FLOWSCOPE_COUNTER
    sum->open_flows += more->open_flows;
    if (!more->has_time)
        return;
    if (!sum->has_time || more->first_time_ns < sum->first_time_ns)
        sum->first_time_ns = more->first_time_ns;
    if (!sum->has_time || more->last_time_ns > sum->last_time_ns)
        sum->last_time_ns = more->last_time_ns;
    sum->has_time = true;
}

/* Puts the open flows into the ledger and the whole session's counters on top of *sum. */
static void read_session(struct flowscope_counters *sum)
{
    struct flowscope_counters now = {.size = sizeof now};

    if (!run.engine)
        return;
    flowscope_engine_visit_flows(run.engine, put, NULL);
    flowscope_engine_counters(run.engine, &now);
    add_counters(sum, &now);
}

void fs_run_session_begin(const flowscope_engine *engine)
{
    run.engine = engine;
}

void fs_run_session_end(void)
{
    if (run.holders && run.engine) {
        read_session(&run.earlier);
        run.earlier_ids = fs_ledger_last_id(run.ledger);
    }
    run.engine = NULL;
}

void fs_run_session_failed(const char *why)
{
    fail(why);
}

void fs_run_flow_ended(void *unused, const struct flowscope_flow_record *record)
{
    if (run.holders)
        put(unused, record);
}

bool fs_run_hold(void)
{
    if (!run.holders && !(run.ledger = fs_ledger_new(0)))
        return false;
    run.holders++;
    return true;
}

void fs_run_release(void)
{
    if (--run.holders)
        return;
    fs_ledger_free(run.ledger);
    run.ledger = NULL;
}

bool fs_run_is_held(void)
{
    return run.holders != 0;
}

uint64_t fs_run_flow_id(uint64_t flow_id)
{
    return run.earlier_ids + flow_id;
}

fs_ledger *fs_run_read(struct flowscope_counters *counters, const char **why)
{
    *counters = run.earlier;
    counters->size = sizeof *counters;
    read_session(counters);
    *why = run.failure;
    return run.failure ? NULL : run.ledger;
}
