/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard output and its faults. */
#include "cli/output.h"

#include "cli/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char buffer[65536];
static bool failed; /* said so */
static bool unread; /* the reader has gone */

void fs_output_start(void)
{
    /* Opened the wrong way round, so that using one is still an error. */
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};

    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
        if (fcntl(file, F_GETFD) < 0 && open("/dev/null", modes[file]) < 0)
            _exit(FS_CLI_FAULT);
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
}

static void fail(int error)
{
    if (failed || unread)
        return;
    if (error == EPIPE) {
        unread = true;
        return;
    }
    failed = true;
    fs_cli_fault("standard output: %s", strerror(error ? error : EIO));
}

bool fs_output_is_good(void)
{
    if (ferror(stdout))
        fail(errno);
    return !failed && !unread;
}

bool fs_output_flush(void)
{
    if (fs_output_is_good() && fflush(stdout))
        fail(errno);
    return !failed && !unread;
}

bool fs_output_finish(void)
{
    if (fs_output_flush() && close(STDOUT_FILENO))
        fail(errno);
    return !failed;
}
