/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults on standard error. */
#include "cli/fault.h"

#include "cli/progress.h"

#include <stdarg.h>
#include <stdio.h>

void fs_cli_fault(const char *format, ...)
{
    char line[8192];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    for (char *c = line; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            *c = '?';
    }
    fs_progress_erase();
    fprintf(stderr, "flowscope: %s\n", line);
}
