/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Wireshark evaluates a display filter while it reads frames for the first time, when nobody knows
 * their flows as wholes, and not again: `flowscope.flow.packets > 100` would show nothing until the
 * user types it anew. So when the pass has ended we apply the filter once more.
 *
 * Nobody tells us when a reload or redissection ends, and while it runs its last frame is dissected
 * from inside of a loop that must not be started again. A timer of the main loop looks whether
 * Wireshark is still at it: one for each pass, gone with it. Applying a filter is no such pass, so
 * nothing goes round in circles; and it is the filter in force by then, whoever has set it. */
#include "refilter.h"

#include "feed.h"
#include "tap.h"

#include <epan/packet.h> /* first: the next one uses its types */

#include <cfile.h>
#include <epan/plugin_if.h>

#include <string.h>

#define LOOK_EVERY_MS 50

static guint timer;

enum progress { NO_FILE, READING, DONE };

/* The last frame that the user does not have ignored: those are dissected for nobody. */
static uint32_t last_frame(const capture_file *file)
{
    uint32_t frame = file->count;

    while (frame) {
        const frame_data *data = frame_data_sequence_find(file->provider.frames, frame);

        if (data && !data->ignored)
            break;
        frame--;
    }
    return frame;
}

/* Wireshark takes a filter that is in force already for done. For the time of the call there is
 * none, so that its text stays as the user wrote it, in the history too. */
static void apply_again(capture_file *file)
{
    char *text = file->dfilter;

    file->dfilter = NULL;
    plugin_if_apply_filter(text, TRUE);
    if (file->dfilter)
        g_free(text);
    else
        file->dfilter = text;
}

/* A macro may hide anything. */
static bool asks_for_flows(const char *filter)
{
    return strstr(filter, "flowscope") || strstr(filter, "${");
}

static void *look(capture_file *file, void *progress)
{
    enum progress *is = progress;

    if (file->read_lock || file->redissecting) {
        *is = READING;
    } else if (file->state == FILE_READ_DONE && file->provider.frames) {
        *is = DONE;
        if (fs_feed_end_of_pass(last_frame(file)) && file->dfilter && asks_for_flows(file->dfilter))
            apply_again(file);
    }
    return NULL;
}

static gboolean look_again(gpointer unused)
{
    enum progress progress = NO_FILE;

    (void)unused;
    plugin_if_get_capture_file(look, &progress);
    if (progress == READING)
        return G_SOURCE_CONTINUE;
    timer = 0;
    return G_SOURCE_REMOVE;
}

void fs_refilter_soon(void)
{
    if (!timer && fs_tap_in_gui())
        timer = g_timeout_add(LOOK_EVERY_MS, look_again, NULL);
}
