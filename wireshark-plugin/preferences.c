/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counts are numbers, choices a list to choose from, durations texts in the same words as on the
 * command line. Wireshark analyses the capture again when one changes. */
#include "preferences.h"

#include "digest.h"

#include "export/option.h"

#include <epan/prefs.h>
#include <wsutil/report_message.h>

#include <string.h>

/* What the user set, where Wireshark writes it. */
struct setting {
    const struct fs_option *option;
    enum { TEXT, COUNT, CHOICE } kind;
    const char *text;
    guint count;
    gint choice;
    enum_val_t *choices;
    char *refused; /* what was warned of last: Wireshark applies preferences many times */
};

static struct flowscope_config config;
static struct setting *settings;

/* In the words of the option. Free it with g_free(). */
static char *text_of(const struct setting *setting)
{
    switch (setting->kind) {
    case COUNT:
        return g_strdup_printf("%u", setting->count);
    case CHOICE:
        return g_strdup(setting->choices[setting->choice].name);
    default:
        return g_strdup(setting->text);
    }
}

static void apply_setting(struct setting *setting)
{
    char error[256];
    char *text = text_of(setting);

    if (fs_option_set(&config, setting->option->name, text, error, sizeof error)) {
        g_clear_pointer(&setting->refused, g_free);
    } else if (g_strcmp0(setting->refused, text)) {
        g_free(setting->refused);
        setting->refused = g_strdup(text);
        report_warning("flowscope.%s; %s is used", error, setting->option->default_text);
    }
    g_free(text);
}

static void apply(void)
{
    flowscope_config_init(&config);
    config.digests = fs_digests();
    for (size_t i = 0; i < fs_option_count; i++)
        apply_setting(&settings[i]);
}

static void make_choices(struct setting *setting)
{
    char **words = g_strsplit(setting->option->words, "|", 0);
    guint count = g_strv_length(words);

    setting->choices = g_new0(enum_val_t, count + 1);
    for (guint i = 0; i < count; i++) {
        setting->choices[i] = (enum_val_t){words[i], words[i], (gint)i};
        if (!strcmp(words[i], setting->option->default_text))
            setting->choice = (gint)i;
    }
    g_free(words); /* the list of them; the words stay */
}

static void register_setting(module_t *module, struct setting *setting)
{
    const struct fs_option *option = setting->option;
    uint64_t count;

    if (option->words) {
        setting->kind = CHOICE;
        make_choices(setting);
        prefs_register_enum_preference(module, option->name, option->title, option->help,
                                       &setting->choice, setting->choices, FALSE);
    } else if (!option->is_duration && option->maximum <= G_MAXUINT &&
               fs_option_parse_count(option->default_text, &count)) {
        setting->kind = COUNT;
        setting->count = (guint)count;
        prefs_register_uint_preference(module, option->name, option->title, option->help, 10,
                                       &setting->count);
    } else {
        setting->kind = TEXT;
        setting->text = option->default_text;
        prefs_register_string_preference(module, option->name, option->title, option->help,
                                         &setting->text);
    }
}

void fs_preferences_register(int protocol)
{
    module_t *module = prefs_register_protocol(protocol, apply);

    settings = g_new0(struct setting, fs_option_count);
    for (size_t i = 0; i < fs_option_count; i++) {
        settings[i].option = &fs_options[i];
        register_setting(module, &settings[i]);
    }
    apply();
}

const struct flowscope_config *fs_preferences_config(void)
{
    return &config;
}
