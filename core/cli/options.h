/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line. */
#ifndef FS_CLI_OPTIONS_H
#define FS_CLI_OPTIONS_H

#include "export/format.h"

#include <flowscope/config.h>

#include <stdio.h>

struct fs_cli_options {
    bool dedup; /* instead of a report: two files, in and out */
    enum fs_report report;
    enum fs_format format;
    bool facts;            /* --facts was said */
    const char *bpf;       /* NULL: every packet */
    const char *interface; /* NULL: read files */
    uint64_t count;        /* 0: no limit */
    uint64_t duration_ns;  /* 0: no limit */
    char **files;
    int file_count;
    struct flowscope_config config;
};

enum fs_cli_wish {
    FS_CLI_RUN,
    FS_CLI_HELP,
    FS_CLI_VERSION,
    FS_CLI_WRONG, /* said so on standard error */
};

enum fs_cli_wish fs_cli_options_read(struct fs_cli_options *options, int argc, char **argv);

/* `flowscope --help`. */
void fs_cli_help(FILE *out);

#endif
