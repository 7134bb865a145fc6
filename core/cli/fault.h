/* SPDX-License-Identifier: BSD-2-Clause */
/* Exit statuses, and the one line that each fault gets on standard error. */
#ifndef FS_CLI_FAULT_H
#define FS_CLI_FAULT_H

enum fs_cli_status {
    FS_CLI_DONE = 0,
    FS_CLI_FAULT = 1,         /* some input was not read whole, or output not written */
    FS_CLI_USAGE = 2,         /* wrong option, command, format, or no FILE */
    FS_CLI_INTERRUPTED = 130, /* while reading files */
};

/* "flowscope: ..." and a newline; control characters in between become question marks. */
void fs_cli_fault(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
