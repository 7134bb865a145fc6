/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the taps print: the flows and counters of everything that tshark has read. Wireshark cuts a
 * run into sessions (-M, each file of a ring buffer) and starts the engine anew for each, while the
 * taps live on. So a run strings its sessions together: the ids of a session's flows follow those
 * of the session before, counters are sums. Frame numbers stay those of their session.
 *
 * Nothing is kept unless a tap holds it. */
#ifndef FS_TAP_RUN_H
#define FS_TAP_RUN_H

#include "export/ledger.h"
#include "export/summary.h"

/* The plugin's side. */
/* What a run without a packet would have been configured as; *config is read when the taps
 * print. */
void fs_run_configured_by(const struct flowscope_config *config);
void fs_run_session_begin(const flowscope_engine *engine, const struct flowscope_config *config);
void fs_run_session_end(void); /* while the engine still lives; without one it does nothing */
void fs_run_session_failed(const char *why); /* no engine could be made; a static string */
void fs_run_flow_ended(void *unused, const struct flowscope_flow_record *record);

/* The taps' side: what is kept from the first packet on. */
enum fs_run_part {
    FS_RUN_SUMMARY, /* sums, in a fixed amount of memory */
    FS_RUN_RECORDS, /* every flow */
    FS_RUN_PARTS
};

bool fs_run_hold(enum fs_run_part part); /* false: no memory */
void fs_run_release(enum fs_run_part part);
bool fs_run_is_held(void);

/* The id in the run of a flow of this session. */
uint64_t fs_run_flow_id(uint64_t flow_id);

/* All flows until now, open ones as if the capture ended now, and the counters likewise. False: it
 * cannot be told, *why says so (a static string). */
struct fs_run_view {
    struct flowscope_counters counters;
    struct flowscope_config config; /* of the last session */
    fs_ledger *ledger;              /* if the records are held */
    struct fs_summary summary;      /* if the summary is */
};

bool fs_run_read(struct fs_run_view *view, const char **why);

/* How many frames have been fed. */
uint64_t fs_run_frames(void);

#endif
