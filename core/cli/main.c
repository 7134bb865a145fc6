/* SPDX-License-Identifier: BSD-2-Clause */
/* The flowscope command. */
#include "cli/output.h"
#include "cli/run.h"

#include <flowscope/flowscope.h>

#include <stdio.h>

static int say(enum fs_cli_wish wish)
{
    if (wish == FS_CLI_HELP)
        fs_cli_help(fs_output());
    else
        fprintf(fs_output(), "flowscope %s\n", flowscope_version());
    return fs_output_finish() ? FS_CLI_DONE : FS_CLI_FAULT;
}

int main(int argc, char **argv)
{
    struct fs_cli_options options;
    enum fs_cli_wish wish;

    if (!fs_output_start())
        return FS_CLI_FAULT;
    wish = fs_cli_options_read(&options, argc, argv);
    if (wish == FS_CLI_WRONG)
        return FS_CLI_USAGE;
    if (wish != FS_CLI_RUN)
        return say(wish);
    if (options.dedup)
        return fs_run_dedup(&options);
    return options.interface ? fs_run_live(&options) : fs_run_files(&options);
}
