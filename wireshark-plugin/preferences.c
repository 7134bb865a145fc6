/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preferences are texts, durations in the same words as on the command line; Wireshark analyses
 * the capture again when one changes. */
#include "preferences.h"

#include "export/option.h"

#include <epan/prefs.h>
#include <wsutil/report_message.h>

#include <string.h>

static struct flowscope_config config;
static const char **texts; /* Wireshark's copies of what the user set, by the order of fs_options */
static char **refused;     /* what was warned of last: Wireshark applies preferences many times */

static void apply(void)
{
    flowscope_config_init(&config);
    for (size_t i = 0; i < fs_option_count; i++) {
        char error[256];

        if (fs_option_set(&config, fs_options[i].name, texts[i], error, sizeof error)) {
            g_clear_pointer(&refused[i], g_free);
        } else if (g_strcmp0(refused[i], texts[i])) {
            g_free(refused[i]);
            refused[i] = g_strdup(texts[i]);
            report_warning("flowscope.%s; %s is used", error, fs_options[i].default_text);
        }
    }
}

void fs_preferences_register(int protocol)
{
    module_t *module = prefs_register_protocol(protocol, apply);

    texts = g_new0(const char *, fs_option_count);
    refused = g_new0(char *, fs_option_count);
    for (size_t i = 0; i < fs_option_count; i++) {
        texts[i] = fs_options[i].default_text;
        prefs_register_string_preference(module, fs_options[i].name, fs_options[i].title,
                                         fs_options[i].help, &texts[i]);
    }
    apply();
}

const struct flowscope_config *fs_preferences_config(void)
{
    return &config;
}
