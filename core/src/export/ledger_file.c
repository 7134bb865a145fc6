/* SPDX-License-Identifier: BSD-2-Clause */
/* The temporary file of the ledger. */
#define _GNU_SOURCE /* O_TMPFILE, mkostemp */
#include "export/ledger_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int fs_ledger_file_open(void)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    int file;
    int length;

    if (!folder || !*folder)
        folder = "/tmp";
    file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
    if (file >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return file;
    /* A file system without unnamed files: a named one, for a moment. */
    length = snprintf(path, sizeof path, "%s/flowscope-XXXXXX", folder);
    if (length < 0 || (size_t)length >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0)
        unlink(path);
    return file;
}

bool fs_ledger_file_write(int file, uint64_t offset, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length) {
        ssize_t wrote = pwrite(file, at, length, (off_t)offset);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            if (wrote == 0)
                errno = ENOSPC;
            return false;
        }
        at += wrote;
        offset += (uint64_t)wrote;
        length -= (size_t)wrote;
    }
    return true;
}

bool fs_ledger_file_read(int file, uint64_t offset, void *bytes, size_t length)
{
    char *at = bytes;

    while (length) {
        ssize_t got = pread(file, at, length, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            if (got == 0)
                errno = EIO;
            return false;
        }
        at += got;
        offset += (uint64_t)got;
        length -= (size_t)got;
    }
    return true;
}
