/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a -z argument asks for. */
#ifndef FS_TAP_REQUEST_H
#define FS_TAP_REQUEST_H

#include "export/format.h"

struct fs_request {
    enum fs_report report;
    enum fs_format format;
    const char *filter; /* a display filter, part of the argument; NULL for none */
};

/* Reads `flowscope,REPORT[,FORMAT][,FILTER]`. The word after REPORT is FORMAT if it is exactly one
 * of the report's formats, else FILTER begins there; FILTER may hold commas. False: `error` has one
 * line without a newline. */
bool fs_request_parse(const char *argument, struct fs_request *request, char *error,
                      size_t error_size);

#endif
