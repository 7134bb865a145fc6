/* SPDX-License-Identifier: BSD-2-Clause */
/* An unnamed temporary file of blocks: gone when it is closed, however the program ends. */
#ifndef FS_EXPORT_LEDGER_FILE_H
#define FS_EXPORT_LEDGER_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Opens one in $TMPDIR or /tmp; -1 and errno. */
int fs_ledger_file_open(void);

/* Whole or not at all; false and errno. What was never written reads as an error. */
bool fs_ledger_file_write(int file, uint64_t offset, const void *bytes, size_t length);
bool fs_ledger_file_read(int file, uint64_t offset, void *bytes, size_t length);

#endif
