/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The listeners behind `-z flowscope,stats` and `-z flowscope,flows`. Without a filter a listener
 * looks at no packet: all it prints is kept by the run. With one it notes the flows of the packets
 * that match, and prints those flows. */
#include "tap.h"

#include "export/report.h"
#include "request.h"
#include "run.h"
#include "shim.h"

#include <epan/packet.h>
#include <epan/stat_tap_ui.h>
#include <epan/tap.h>

#include <errno.h>
#include <gmodule.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define STATUS_USAGE  1 /* tshark's own for a wrong -z */
#define STATUS_OUTPUT 2

struct listener {
    struct fs_request request;
    fs_selection *selection; /* NULL without a filter */
    char *wants_future; /* the argument, if the filter has fields that a first pass does not know */
    bool printed;
    bool released;
};

static bool second_pass; /* packets have been seen for the second time */

static void free_listener(struct listener *listener)
{
    fs_selection_free(listener->selection);
    g_free(listener->wants_future);
    g_free(listener);
}

/* With -2 the taps see packets on the second pass, when flows have ended already. */
static enum fs_run_part part_of(const struct fs_request *request, bool filtered)
{
    return request->report == FS_REPORT_STATS && !filtered ? FS_RUN_SUMMARY : FS_RUN_RECORDS;
}

/* tshark looks at no listener's errors and ends with its own status. Ours must be seen, and yet
 * tshark must clean up first (it removes the temporary file of a live capture). */
static void exit_with_output_status(void)
{
    fflush(NULL);
    _exit(STATUS_OUTPUT);
}

static void fail_output(const char *what, const char *why)
{
    static bool failed;

    if (failed)
        return;
    failed = true;
    if (why)
        fprintf(stderr, "flowscope: %s: %s\n", what, why);
    atexit(exit_with_output_status);
}

/* By their names: what fields a filter has is not ours to ask for. A text that only looks like one
 * costs no more than a line. */
static bool has_future_fields(const char *filter)
{
    static const char *const names[] = {"flowscope.flow.", "flowscope.next_frame",
                                        "flowscope.expert.unanswered", "flowscope.expert.evicted"};

    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strstr(filter, names[i]))
            return true;
    }
    return false;
}

static void warn_of_one_pass(const struct listener *listener)
{
    if (listener->wants_future && !second_pass)
        fprintf(stderr,
                "flowscope: -z %s: the filter asks for what is known after the last frame; "
                "that takes -2\n",
                listener->wants_future);
}

static bool print_stats(const struct listener *listener, const struct fs_run_view *view)
{
    if (listener->selection)
        return fs_report_stats(stdout, listener->request.format, view->ledger, listener->selection,
                               &view->counters);
    fs_summary_print(stdout, listener->request.format, &view->summary, false, &view->counters);
    return true;
}

static void print_report(struct listener *listener)
{
    struct fs_run_view *view = g_new0(struct fs_run_view, 1);
    const char *why;
    bool read = fs_run_read(view, &why);

    listener->printed = true;
    warn_of_one_pass(listener);
    if (read) {
        errno = 0;
        if (listener->request.report == FS_REPORT_STATS)
            read = print_stats(listener, view);
        else
            read = fs_report_flows(stdout, listener->request.format, view->ledger,
                                   listener->selection, &view->config);
        why = strerror(errno);
    }
    if (!read)
        fail_output("flows", why);
    else if (fflush(stdout) || ferror(stdout))
        fail_output("standard output", errno == EPIPE ? NULL : strerror(errno ? errno : EIO));
    g_free(view);
}

static void draw(void *data)
{
    struct listener *listener = data;

    if (!listener->released)
        print_report(listener);
}

/* tshark resets the listeners once, at its end. It has drawn them before, unless reading was
 * interrupted: what was read until then is still worth printing. */
static void reset(void *data)
{
    struct listener *listener = data;

    if (listener->released)
        return;
    if (!listener->printed && fs_run_frames())
        print_report(listener);
    listener->released = true;
    fs_run_release(part_of(&listener->request, listener->selection != NULL));
    fs_selection_free(listener->selection);
    listener->selection = NULL;
}

static void select_flow(struct listener *listener, uint64_t flow_id)
{
    if (!fs_selection_add(listener->selection, fs_run_flow_id(flow_id)))
        g_error("flowscope: no memory for the flows of a filter");
}

/* A packet belongs to the flows around its own too. Statistics go by the innermost flows, as their
 * books do: each frame once. */
static tap_packet_status note_flow(void *data, packet_info *pinfo, epan_dissect_t *edt,
                                   const void *queued, tap_flags_t flags)
{
    struct listener *listener = data;
    const struct fs_tap_packet *packet = queued;

    (void)pinfo, (void)edt, (void)flags;
    if (listener->released || !packet->flow_id)
        return TAP_PACKET_DONT_REDRAW;
    select_flow(listener, packet->flow_id);
    for (unsigned i = 0; listener->request.report == FS_REPORT_FLOWS && i < packet->around_count;
         i++)
        select_flow(listener, packet->around[i]);
    return TAP_PACKET_DONT_REDRAW;
}

/* Wireshark itself calls the same hook for its own -z; it would never print, and must not end. */
bool fs_tap_in_gui(void)
{
    static enum { UNKNOWN, NO, YES } answer;
    void *symbol;

    if (answer == UNKNOWN) {
        GModule *program = g_module_open(NULL, G_MODULE_BIND_LAZY);

        answer = program && g_module_symbol(program, "qVersion", &symbol) ? YES : NO;
        if (program)
            g_module_close(program);
    }
    return answer == YES;
}

/* One line, and the program's end where that is the host's way. */
static FS_TAP_INIT_RESULT refuse(const char *line)
{
    fprintf(stderr, "%s\n", line);
    if (!fs_tap_in_gui())
        exit(STATUS_USAGE);
    FS_TAP_INIT_RETURN(false);
}

/* Disabled by the user, no packet is analysed, and a report of none would mislead. */
static bool is_switched_off(void)
{
    return !proto_is_protocol_enabled(
        find_protocol_by_id(proto_get_id_by_filter_name(FS_TAP_NAME)));
}

static FS_TAP_INIT_RESULT start(const char *argument, void *unused)
{
    struct listener *listener;
    struct fs_request request;
    GString *fault;
    char error[1024];

    (void)unused;
    if (!fs_request_parse(argument, &request, error, sizeof error))
        return refuse(error);
    if (fs_tap_in_gui()) {
        snprintf(error, sizeof error, "flowscope: -z %s: prints in tshark alone", argument);
        return refuse(error);
    }
    if (is_switched_off()) {
        snprintf(error, sizeof error, "flowscope: -z %s: the protocol Flowscope is disabled",
                 argument);
        return refuse(error);
    }
    listener = g_new0(struct listener, 1);
    listener->request = request;
    if (request.filter) {
        listener->selection = fs_selection_new();
        if (has_future_fields(request.filter))
            listener->wants_future = g_strdup(argument);
    }
    if (!fs_run_hold(part_of(&request, request.filter)) ||
        (request.filter && !listener->selection)) {
        free_listener(listener);
        return refuse("flowscope: not enough memory");
    }
    fault = register_tap_listener(request.filter ? FS_TAP_NAME : FS_TAP_SILENT, listener,
                                  request.filter, TL_REQUIRES_NOTHING, reset,
                                  request.filter ? note_flow : NULL, draw, NULL);
    if (fault) {
        snprintf(error, sizeof error, "flowscope: -z %s: %s", argument, fault->str);
        free_listener(listener);
        return refuse(error);
    }
    listener->request.filter = NULL; /* it lived in `argument` */
    FS_TAP_INIT_RETURN(true);
}

void fs_tap_see_pass(bool again)
{
    second_pass |= again;
}

void fs_tap_register(void)
{
    /* The host takes the longest string that begins the argument: the last one catches whatever is
     * none of ours, or it would print its list of all taps. */
    static stat_tap_ui words[] = {
        {.title = "Flowscope statistics", .cli_string = "flowscope,stats"},
        {.title = "Flowscope flows", .cli_string = "flowscope,flows"},
        {.title = "Flowscope", .cli_string = "flowscope"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        words[i].group = REGISTER_PACKET_STAT_GROUP_UNSORTED;
        words[i].tap_init_cb = start;
        register_stat_tap_ui(&words[i], NULL);
    }
}
