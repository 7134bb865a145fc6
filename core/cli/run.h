/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of the command: frames go in, whatever they come from, and the report comes out. */
#ifndef FS_CLI_RUN_H
#define FS_CLI_RUN_H

#include "capture/bpf.h"
#include "cli/fault.h"
#include "cli/held.h"
#include "cli/options.h"
#include "export/ledger.h"
#include "export/summary.h"

#define FS_RUN_BATCH 32 /* frames that go through the engine together */

struct fs_run {
    const struct fs_cli_options *options;
    flowscope_engine *engine;
    fs_bpf *bpf;               /* NULL: every packet */
    fs_ledger *ledger;         /* flows, printed at the end */
    struct fs_summary summary; /* stats */
    struct fs_held held;       /* packets */
    bool print_ended;          /* flows, live: a row as each flow ends */
    bool begun;                /* something was opened: there is a report */
    bool input_fault;
    bool interrupted; /* before the files were read */
    int ledger_error;
    bool held_error; /* no memory */
    struct flowscope_result results[FS_RUN_BATCH];
};

/* False: said so on standard error, and *status is what to end with. */
bool fs_run_start(struct fs_run *run, const struct fs_cli_options *options, int *status);

/* The first input is open: the header goes out where rows follow at once. */
bool fs_run_begin(struct fs_run *run);

/* Drops the packets that --bpf does not select; returns how many are left. */
size_t fs_run_select(struct fs_run *run, struct flowscope_packet *packets, size_t count);

/* Takes up to FS_RUN_BATCH frames. False: going on makes no sense. */
bool fs_run_feed(struct fs_run *run, const struct flowscope_packet *packets, size_t count);

/* Live: time has come to now_ns, and rows that are there go out. The same answer. */
bool fs_run_idle(struct fs_run *run, int64_t now_ns);

/* Rows that are there go out. The same answer. */
bool fs_run_flush(struct fs_run *run);

/* Prints what is printed at the end, frees everything; the exit status. */
int fs_run_finish(struct fs_run *run);

int fs_run_files(const struct fs_cli_options *options);
int fs_run_dedup(const struct fs_cli_options *options);
int fs_run_live(const struct fs_cli_options *options);

#endif
