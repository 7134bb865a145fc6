/* SPDX-License-Identifier: BSD-2-Clause */
/* The capture is an interface. */
#include "capture/live.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "cli/stop.h"

#include <time.h>

#define NS_PER_S INT64_C(1000000000)

/* Packets come a little after their time: the engine's clock must not run ahead of them. */
#define DELAY_NS NS_PER_S
#define TICK_NS  (NS_PER_S / 10)

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

struct live {
    struct fs_run run;
    uint64_t frames; /* selected */
    int64_t start_ns;
    int64_t next_tick_ns;
};

/* Ten times a second, packets or not: flows that are idle end, rows go out. */
static bool tick(struct live *live, int64_t now_ns)
{
    const char *interface = live->run.options->interface;

    if (now_ns < live->next_tick_ns)
        return true;
    live->next_tick_ns = now_ns + TICK_NS;
    fs_progress_show(interface, 0, 0, live->frames);
    return fs_run_idle(&live->run, clock_ns(CLOCK_REALTIME) - DELAY_NS);
}

static bool is_over(const struct live *live, int64_t now_ns)
{
    const struct fs_cli_options *options = live->run.options;

    return fs_stop_asked() || (options->count && live->frames >= options->count) ||
           (options->duration_ns && (uint64_t)(now_ns - live->start_ns) >= options->duration_ns);
}

static void capture(struct live *live, fs_live *interface)
{
    int64_t now_ns = clock_ns(CLOCK_MONOTONIC);

    live->start_ns = now_ns;
    while (!is_over(live, now_ns) && tick(live, now_ns)) {
        struct flowscope_packet packet;
        enum fs_read result = fs_live_next(interface, &packet);

        if (result == FS_READ_ERROR) {
            live->run.input_fault = true;
            fs_cli_fault("%s", fs_live_error(interface));
        }
        if (result == FS_READ_ERROR || result == FS_READ_END)
            break;
        if (result == FS_READ_PACKET && fs_run_select(&live->run, &packet, 1)) {
            live->frames++;
            if (!fs_run_feed(&live->run, &packet, 1))
                break;
        }
        now_ns = clock_ns(CLOCK_MONOTONIC);
    }
}

int fs_run_live(const struct fs_cli_options *options)
{
    struct fs_live_options wish = {
        .interface = options->interface, .promiscuous = true, .first_frame = 1};
    struct live live = {.frames = 0};
    char error[1024];
    fs_live *interface;
    int status;

    if (!fs_run_start(&live.run, options, &status))
        return status;
    interface = fs_live_open(&wish, error, sizeof error);
    if (!interface) {
        live.run.input_fault = true;
        fs_cli_fault("%s", error);
        return fs_run_finish(&live.run);
    }
    flowscope_engine_name_interface(live.run.engine, 0, 0, options->interface);
    if (fs_run_begin(&live.run))
        capture(&live, interface);
    flowscope_engine_count_drops(live.run.engine, fs_live_dropped(interface));
    if (fs_live_dropped(interface))
        fs_cli_fault("%s: %llu packets came too fast and were dropped", options->interface,
                     (unsigned long long)fs_live_dropped(interface));
    fs_live_close(interface);
    return fs_run_finish(&live.run);
}
