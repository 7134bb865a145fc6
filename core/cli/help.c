/* SPDX-License-Identifier: BSD-2-Clause */
/* The help, from the tables that drive the command. */
#include "cli/options.h"
#include "export/option.h"

#include <stdio.h>
#include <string.h>

static void put_commands(FILE *out)
{
#define FS_COMMAND(name, built, synopsis, help)                                                    \
    fprintf(out, "  flowscope %-8s [OPTION]... %-10s  %s\n", #name, synopsis, help);
#include "cli/command.def"
#undef FS_COMMAND
}

enum { WIDTH = 80, INDENT = 6 };

/* Lines of at most 80 characters, broken at blanks. */
static void put_wrapped(FILE *out, const char *text)
{
    size_t column = 0;

    while (*text) {
        size_t length = strcspn(text, " ");

        if (column && column + 1 + length > WIDTH) {
            fputc('\n', out);
            column = 0;
        }
        column += (size_t)fprintf(out, "%*s%.*s", column ? 1 : INDENT, "", (int)length, text);
        text += length;
        text += *text == ' ';
    }
    fputc('\n', out);
}

/* The words of a choice, as its option takes them. */
static void put_words(FILE *out, const char *words)
{
    fprintf(out, "%*s", INDENT, "");
    for (; *words; words++) {
        if (*words == '|')
            fputs(" | ", out);
        else
            fputc(*words, out);
    }
    fputc('\n', out);
}

static void put_engine_options(FILE *out)
{
    for (size_t i = 0; i < fs_option_count; i++) {
        char name[80];

        snprintf(name, sizeof name, "%s=%s", fs_options[i].name, fs_options[i].default_text);
        for (char *c = name; *c != '='; c++) {
            if (*c == '_')
                *c = '-';
        }
        fprintf(out, "  --%s\n", name);
        put_wrapped(out, fs_options[i].help);
        if (fs_options[i].words)
            put_words(out, fs_options[i].words);
    }
}

void fs_cli_help(FILE *out)
{
    fprintf(out, "flowscope finds the flows in captures: pcap and pcapng, plain or gzip'd, - for\n"
                 "standard input. Several FILEs are one capture.\n\n");
    put_commands(out);
    fprintf(out,
            "\nOptions:\n"
            "  -f, --format=FORMAT    table, csv or ndjson (stats: table, ndjson, prometheus)\n"
            "      --bpf=EXPR         only packets that this filter of libpcap selects\n"
            "      --facts            flows -f csv, ndjson: columns of TCP facts; it is\n"
            "                         --tcp-facts=all\n"
            "  -i, --interface=IFACE  capture live, until Ctrl-C\n"
            "  -c, --count=N          with -i: stop after N packets\n"
            "  -a, --autostop=duration:S\n"
            "                         with -i: stop after S seconds\n"
            "  -h, --help             this text\n"
            "  -V, --version          the version\n\n"
            "Options of the engine, with their defaults; times take ns, us, ms, s, m, h, d:\n");
    put_engine_options(out);
    fprintf(out, "\nExit status: 0 done; 1 some input could not be read whole or output not\n"
                 "written; 2 wrong usage; 130 interrupted while reading files.\n");
}
