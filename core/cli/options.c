/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line: a few options of the command, and all of config.def. */
#include "cli/options.h"

#include "cli/digest.h"
#include "cli/fault.h"
#include "export/option.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])
#define LETTERS         ":f:i:c:a:hV"
#define SEE_HELP        "; see flowscope --help"
#define NAME_MAX_LENGTH 48

enum {
    ENGINE_OPTIONS = 0
#define FLOWSCOPE_DURATION(name, default_s, min_ns, max_s, title, help)               +1
#define FLOWSCOPE_WINDOW(name, default_us, title, help)                               +1
#define FLOWSCOPE_COUNT(name, default_count, min, max, title, help)                   +1
#define FLOWSCOPE_CHOICE(name, default_count, default_word, last, words, title, help) +1
#define FLOWSCOPE_PORTS(name, title, help)                                            +1
#define FLOWSCOPE_TUNNELS(name, title, help)                                          +1
#include <flowscope/config.def>
#undef FLOWSCOPE_PORTS
#undef FLOWSCOPE_DURATION
#undef FLOWSCOPE_WINDOW
#undef FLOWSCOPE_COUNT
#undef FLOWSCOPE_CHOICE
#undef FLOWSCOPE_TUNNELS
};

/* What getopt answers for a long option without a letter. */
enum { LONG_BPF = 256, LONG_FACTS, LONG_ENGINE };

static const struct option own_options[] = {
    {"format", required_argument, NULL, 'f'},    {"bpf", required_argument, NULL, LONG_BPF},
    {"interface", required_argument, NULL, 'i'}, {"count", required_argument, NULL, 'c'},
    {"autostop", required_argument, NULL, 'a'},  {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},         {"facts", no_argument, NULL, LONG_FACTS},
};

static const struct {
    const char *name;
    bool built;
} commands[] = {
#define FS_COMMAND(name, built, synopsis, help) {#name, built},
#include "cli/command.def"
#undef FS_COMMAND
};

static const char *const report_names[] = {
    [FS_REPORT_STATS] = "stats",
    [FS_REPORT_FLOWS] = "flows",
    [FS_REPORT_PACKETS] = "packets",
};

/* getopt's table: ours, then the engine's with dashes for underscores. */
struct table {
    struct option options[COUNT_OF(own_options) + ENGINE_OPTIONS + 1];
    char names[ENGINE_OPTIONS][NAME_MAX_LENGTH];
};

/* By itself it is on. */
static bool is_switch(const struct fs_option *option)
{
    return option->words && !strcmp(option->words, "off|on");
}

static void fill_table(struct table *table)
{
    struct option *at = table->options + COUNT_OF(own_options);

    memcpy(table->options, own_options, sizeof own_options);
    for (size_t i = 0; i < fs_option_count; i++) {
        char *name = table->names[i];

        snprintf(name, NAME_MAX_LENGTH, "%s", fs_options[i].name);
        for (char *c = name; *c; c++) {
            if (*c == '_')
                *c = '-';
        }
        *at++ =
            (struct option){name, is_switch(&fs_options[i]) ? optional_argument : required_argument,
                            NULL, LONG_ENGINE};
    }
    *at = (struct option){0};
}

static bool set_command(struct fs_cli_options *options, const char *word)
{
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        if (strcmp(word, commands[i].name) != 0)
            continue;
        if (!commands[i].built) {
            fs_cli_fault("%s: not built yet", word);
            return false;
        }
        options->dedup = !strcmp(word, "dedup");
        for (size_t report = 0; report < COUNT_OF(report_names); report++) {
            if (report_names[report] && !strcmp(word, report_names[report]))
                options->report = (enum fs_report)report;
        }
        return true;
    }
    fs_cli_fault("no command '%s'" SEE_HELP, word);
    return false;
}

static bool set_format(struct fs_cli_options *options, const char *word)
{
    const char *command = report_names[options->report];

    if (options->dedup) {
        fs_cli_fault("dedup has no formats, it writes pcapng" SEE_HELP);
        return false;
    }
    if (!fs_format_parse(options->report, word, strlen(word), &options->format)) {
        fs_cli_fault("%s has no format '%s'" SEE_HELP, command, word);
        return false;
    }
    if (!fs_format_is_built(options->report, options->format)) {
        fs_cli_fault("%s -f %s: not built yet", command, word);
        return false;
    }
    return true;
}

static bool set_count(struct fs_cli_options *options, const char *text)
{
    if (fs_option_parse_count(text, &options->count) && options->count)
        return true;
    fs_cli_fault("-c: '%s' is not a number of packets", text);
    return false;
}

static bool set_autostop(struct fs_cli_options *options, const char *text)
{
    static const char key[] = "duration:";

    if (!strncmp(text, key, sizeof key - 1) &&
        fs_option_parse_duration(text + sizeof key - 1, &options->duration_ns) &&
        options->duration_ns)
        return true;
    fs_cli_fault("-a: '%s' is not duration:SECONDS", text);
    return false;
}

static bool set_engine_option(struct fs_cli_options *options, const char *name, const char *text)
{
    const struct fs_option *option = fs_option_find(name);
    char error[512];

    if (fs_option_set(&options->config, name, text, error, sizeof error))
        return true;
    fs_cli_fault("--%s%s", name, option ? error + strlen(option->name) : error);
    return false;
}

/* getopt's own words name the program by its path, and another way for each kind of option. */
static bool say_wrong(char **argv, int answer)
{
    const char *word = argv[optind - 1];

    if (answer == ':')
        fs_cli_fault("option '%s' needs a value", word);
    else if (optopt && optopt < LONG_BPF && !strchr(LETTERS, optopt))
        fs_cli_fault("no option '-%c'" SEE_HELP, optopt);
    else if (optopt)
        fs_cli_fault("option '%s' takes no value", word);
    else
        fs_cli_fault("no option '%s'" SEE_HELP, word);
    return false;
}

/* Things that can only be wrong together. */
static bool check(const struct fs_cli_options *options)
{
    const char *field;

    if (options->dedup && (options->interface || options->bpf))
        fs_cli_fault("dedup takes neither -i nor --bpf: it reads a file, all of it");
    else if (options->dedup && options->file_count != 2)
        fs_cli_fault("dedup needs two files, IN and OUT" SEE_HELP);
    else if (options->facts &&
             (options->report != FS_REPORT_FLOWS || options->format == FS_FORMAT_TABLE))
        fs_cli_fault("--facts needs flows -f csv or flows -f ndjson");
    else if (options->interface && options->file_count)
        fs_cli_fault("-i %s and FILE exclude each other", options->interface);
    else if (!options->interface && !options->file_count)
        fs_cli_fault("no FILE" SEE_HELP);
    else if (!options->interface && options->count)
        fs_cli_fault("-c needs -i");
    else if (!options->interface && options->duration_ns)
        fs_cli_fault("-a needs -i");
    else if (flowscope_config_check(&options->config, &field) != FLOWSCOPE_OK)
        fs_cli_fault("%s is out of its range", field);
    else
        return true;
    return false;
}

static enum fs_cli_wish before_command(const char *word)
{
    if (!strcmp(word, "--help") || !strcmp(word, "-h"))
        return FS_CLI_HELP;
    if (!strcmp(word, "--version") || !strcmp(word, "-V"))
        return FS_CLI_VERSION;
    fs_cli_fault("the command comes before its options" SEE_HELP);
    return FS_CLI_WRONG;
}

enum fs_cli_wish fs_cli_options_read(struct fs_cli_options *options, int argc, char **argv)
{
    struct table table;
    bool right = true;
    int answer;
    int index = 0;

    memset(options, 0, sizeof *options);
    flowscope_config_init(&options->config);
    options->config.digests = fs_cli_digests();
    options->format = FS_FORMAT_TABLE;
    if (argc < 2) {
        fs_cli_fault("no command" SEE_HELP);
        return FS_CLI_WRONG;
    }
    if (argv[1][0] == '-')
        return before_command(argv[1]);
    if (!set_command(options, argv[1]))
        return FS_CLI_WRONG;
    fill_table(&table);
    argc--;
    argv++;
    while (right && (answer = getopt_long(argc, argv, LETTERS, table.options, &index)) >= 0) {
        const char *const text = optarg ? optarg : "";

        switch (answer) {
        case 'f':
            right = set_format(options, text);
            break;
        case 'i':
            options->interface = optarg;
            break;
        case 'c':
            right = set_count(options, text);
            break;
        case 'a':
            right = set_autostop(options, text);
            break;
        case LONG_BPF:
            options->bpf = optarg;
            break;
        case LONG_FACTS:
            options->facts = true;
            options->config.tcp_facts = FLOWSCOPE_TCP_FACTS_ALL;
            break;
        case LONG_ENGINE:
            right = set_engine_option(options, table.options[index].name, optarg ? optarg : "on");
            break;
        case 'h':
            return FS_CLI_HELP;
        case 'V':
            return FS_CLI_VERSION;
        default:
            right = say_wrong(argv, answer);
        }
    }
    options->files = argv + optind;
    options->file_count = argc - optind;
    return right && check(options) ? FS_CLI_RUN : FS_CLI_WRONG;
}
