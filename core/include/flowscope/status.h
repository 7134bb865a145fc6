/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FLOWSCOPE_STATUS_H
#define FLOWSCOPE_STATUS_H

#include <flowscope/api.h>

FLOWSCOPE_BEGIN_DECLS

enum flowscope_status {
#define FLOWSCOPE_STATUS(name, value, text) FLOWSCOPE_##name = (value),
#include <flowscope/status.def>
#undef FLOWSCOPE_STATUS
};

/* The English text of a status; a static string, "unknown status" for any other value. */
FLOWSCOPE_API const char *flowscope_status_text(enum flowscope_status status);

FLOWSCOPE_END_DECLS

#endif
