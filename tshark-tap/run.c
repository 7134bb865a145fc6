/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The flows and counters of all sessions of a run. One run to a process, as with the sessions of
 * libwireshark. */
#include "run.h"

#include <errno.h>
#include <string.h>

static struct {
    unsigned holders[FS_RUN_PARTS];
    struct flowscope_config config;
    const flowscope_engine *engine; /* of this session; NULL between sessions */
    fs_ledger *ledger;
    struct fs_summary ended;           /* of the flows that ended, as with earlier sessions */
    uint64_t earlier_ids;              /* the last flow_id of the sessions before */
    struct flowscope_counters earlier; /* their sum */
    const char *failure;
    const struct flowscope_config *preferred;
} run;

static void fail(const char *why)
{
    if (!run.failure)
        run.failure = why;
}

/* The record as it reads in the run goes to whoever holds it; sums go to *summary. */
static void take(void *summary, const struct flowscope_flow_record *record)
{
    struct flowscope_flow_record mine = *record;

    mine.flow_id += run.earlier_ids;
    if (mine.parent_id)
        mine.parent_id += run.earlier_ids;
    if (mine.related_id)
        mine.related_id += run.earlier_ids;
    if (run.holders[FS_RUN_SUMMARY])
        fs_summary_add(summary, &mine);
    if (run.holders[FS_RUN_RECORDS] && !fs_ledger_put(run.ledger, &mine))
        fail(strerror(errno));
}

static void add_pair(struct flowscope_counters *sum, const struct flowscope_dup_pair *more)
{
    struct flowscope_duplicates *copies = &sum->copies;
    uint32_t i = 0;

    while (i < copies->pair_count &&
           (memcmp(&copies->pairs[i].from, &more->from, sizeof more->from) != 0 ||
            memcmp(&copies->pairs[i].to, &more->to, sizeof more->to) != 0))
        i++;
    if (i == FLOWSCOPE_DUP_PAIRS_MAX) {
        sum->dup_pairs_cut += more->delays.packets;
        return;
    }
    if (i == copies->pair_count) {
        copies->pairs[i] = *more;
        copies->pair_count++;
    } else {
        flowscope_delays_add(&copies->pairs[i].delays, &more->delays);
    }
}

static void add_copies(struct flowscope_counters *sum, const struct flowscope_duplicates *more)
{
    sum->copies.seen += more->seen;
    sum->copies.copies += more->copies;
    sum->copies.buffered = more->buffered;
    for (unsigned kind = 0; kind < FLOWSCOPE_DUP_KIND_COUNT; kind++)
        flowscope_delays_add(&sum->copies.kinds[kind], &more->kinds[kind]);
    for (uint32_t i = 0; i < more->pair_count; i++)
        add_pair(sum, &more->pairs[i]);
}

static void add_counters(struct flowscope_counters *sum, const struct flowscope_counters *more)
{
#define FLOWSCOPE_COUNTER(group, name, text) sum->name += more->name;
#include <flowscope/counters.def>
#undef FLOWSCOPE_COUNTER
    sum->open_flows += more->open_flows;
    for (unsigned i = 0; i < FLOWSCOPE_ANOMALY_COUNT; i++)
        sum->anomalies[i] += more->anomalies[i];
    for (unsigned i = 0; i < FLOWSCOPE_BOUND_COUNT; i++) {
        if (more->bounds[i].most > sum->bounds[i].most)
            sum->bounds[i].most = more->bounds[i].most;
        sum->bounds[i].limit = more->bounds[i].limit;
    }
    add_copies(sum, &more->copies);
    flowscope_rates_add(&sum->rates, &more->rates);
    flowscope_counters_add_unknown(sum, more);
    if (!more->has_time)
        return;
    if (!sum->has_time || more->first_time_ns < sum->first_time_ns)
        sum->first_time_ns = more->first_time_ns;
    if (!sum->has_time || more->last_time_ns > sum->last_time_ns)
        sum->last_time_ns = more->last_time_ns;
    sum->has_time = true;
}

static void read_counters(struct flowscope_counters *sum)
{
    struct flowscope_counters now = {.size = sizeof now};

    if (run.engine && flowscope_engine_counters(run.engine, &now) == FLOWSCOPE_OK)
        add_counters(sum, &now);
}

/* Listeners may come before the configuration, and after it. */
static void keep_facts(void)
{
    if (run.ledger)
        fs_ledger_keep_facts(run.ledger, run.config.tcp_facts >= FLOWSCOPE_TCP_FACTS_ALL);
}

void fs_run_session_begin(const flowscope_engine *engine, const struct flowscope_config *config)
{
    run.engine = engine;
    run.config = *config;
    keep_facts();
}

void fs_run_session_end(void)
{
    if (run.engine && fs_run_is_held()) {
        struct flowscope_counters now = {0};

        flowscope_engine_visit_flows(run.engine, take, &run.ended);
        read_counters(&now);
        add_counters(&run.earlier, &now);
        run.earlier_ids += now.flows;
    }
    run.engine = NULL;
}

void fs_run_session_failed(const char *why)
{
    fail(why);
}

void fs_run_flow_ended(void *unused, const struct flowscope_flow_record *record)
{
    (void)unused;
    take(&run.ended, record);
}

bool fs_run_hold(enum fs_run_part part)
{
    if (part == FS_RUN_RECORDS && !run.ledger && !(run.ledger = fs_ledger_new(0)))
        return false;
    keep_facts();
    if (part == FS_RUN_SUMMARY && !run.holders[part])
        fs_summary_init(&run.ended);
    run.holders[part]++;
    return true;
}

void fs_run_release(enum fs_run_part part)
{
    if (--run.holders[part] || part != FS_RUN_RECORDS)
        return;
    fs_ledger_free(run.ledger);
    run.ledger = NULL;
}

bool fs_run_is_held(void)
{
    return run.holders[FS_RUN_SUMMARY] || run.holders[FS_RUN_RECORDS];
}

uint64_t fs_run_flow_id(uint64_t flow_id)
{
    return run.earlier_ids + flow_id;
}

void fs_run_configured_by(const struct flowscope_config *config)
{
    run.preferred = config;
}

/* No packet, no session: the bounds are those of the engine that would have taken one. */
static void read_unused_engine(struct fs_run_view *view)
{
    flowscope_engine *unused;
    enum flowscope_status status = flowscope_engine_create(&unused, run.preferred, NULL);

    view->config = *run.preferred;
    if (status != FLOWSCOPE_OK) {
        fail(flowscope_status_text(status));
        return;
    }
    flowscope_engine_counters(unused, &view->counters);
    flowscope_engine_destroy(unused);
}

bool fs_run_read(struct fs_run_view *view, const char **why)
{
    view->config = run.config;
    view->counters = run.earlier;
    view->counters.size = sizeof view->counters;
    read_counters(&view->counters);
    if (!run.config.size && run.preferred)
        read_unused_engine(view);
    view->summary = run.ended;
    if (run.engine)
        flowscope_engine_visit_flows(run.engine, take, &view->summary);
    view->ledger = run.ledger;
    *why = run.failure;
    return !run.failure;
}

uint64_t fs_run_frames(void)
{
    struct flowscope_counters counters = run.earlier;

    read_counters(&counters);
    return counters.frames;
}
