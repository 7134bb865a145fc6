/* SPDX-License-Identifier: BSD-2-Clause */
/* How far reading has come, on one line of standard error, for people only. */
#ifndef FS_CLI_PROGRESS_H
#define FS_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Shows progress if standard error is a terminal, and not if `scrolling` rows go to one as well. */
void fs_progress_start(bool scrolling);

/* Cheap; `size` 0 where it is not known. */
void fs_progress_show(const char *name, uint64_t position, uint64_t size, uint64_t frames);

/* Takes the line away, before anything else is printed. */
void fs_progress_erase(void);

#endif
