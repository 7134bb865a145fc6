/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a capture cannot be read further: a place and one short reason. */
#ifndef FS_CAPTURE_FAULT_H
#define FS_CAPTURE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

struct fs_fault {
    uint64_t offset; /* of the record that cannot be read */
    bool has_offset; /* false where the system refused the file */
    char reason[160];
};

/* Always false, so that a parser can return it. */
bool fs_fault_at(struct fs_fault *fault, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
