/* SPDX-License-Identifier: BSD-2-Clause */
/* Standard output and its faults. */
#define _GNU_SOURCE /* fopencookie */
#include "cli/output.h"

#include "cli/fault.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static FILE *stream;
static char buffer[65536];
static bool failed; /* said so */
static bool unread; /* the reader has gone */
static const char *name = "standard output";

static void fail(int error)
{
    if (failed || unread)
        return;
    if (error == EPIPE) {
        unread = true;
        return;
    }
    failed = true;
    fs_cli_fault("%s: %s", name, strerror(error));
}

/* stdio's own writing loses bytes when a signal comes while the pipe is full. */
static ssize_t write_all(void *cookie, const char *bytes, size_t length)
{
    size_t done = 0;

    (void)cookie;
    while (done < length && !failed && !unread) {
        ssize_t wrote = write(STDOUT_FILENO, bytes + done, length - done);

        if (wrote >= 0)
            done += (size_t)wrote;
        else if (errno != EINTR)
            fail(errno);
    }
    return (ssize_t)done;
}

bool fs_output_start(void)
{
    /* Opened the wrong way round, so that using one is still an error. */
    static const int modes[] = {O_WRONLY, O_RDONLY, O_RDONLY};
    cookie_io_functions_t functions = {.write = write_all};

    for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++) {
        if (fcntl(file, F_GETFD) < 0 && open("/dev/null", modes[file]) != file)
            return false;
    }
    signal(SIGPIPE, SIG_IGN);
    stream = fopencookie(NULL, "w", functions);
    if (!stream) {
        fs_cli_fault("%s", strerror(errno));
        return false;
    }
    setvbuf(stream, buffer, _IOFBF, sizeof buffer);
    return true;
}

bool fs_output_to(const char *path)
{
    int file;

    if (!strcmp(path, "-"))
        return true;
    file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0 || dup2(file, STDOUT_FILENO) < 0) {
        fs_cli_fault("%s: %s", path, strerror(errno));
        return false;
    }
    close(file);
    name = path;
    return true;
}

FILE *fs_output(void)
{
    return stream;
}

bool fs_output_is_good(void)
{
    return !failed && !unread;
}

bool fs_output_flush(void)
{
    if (fs_output_is_good())
        fflush(stream);
    return fs_output_is_good();
}

bool fs_output_finish(void)
{
    fclose(stream);
    if (fs_output_is_good() && close(STDOUT_FILENO))
        fail(errno);
    return !failed;
}
