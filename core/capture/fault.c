/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a capture cannot be read further: a place and one short reason. */
#include "capture/fault.h"

#include <stdarg.h>
#include <stdio.h>

bool fs_fault_at(struct fs_fault *fault, uint64_t offset, const char *format, ...)
{
    va_list arguments;

    fault->offset = offset;
    fault->has_offset = true;
    va_start(arguments, format);
    vsnprintf(fault->reason, sizeof(fault->reason), format, arguments);
    va_end(arguments);
    return false;
}
