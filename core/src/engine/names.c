/* SPDX-License-Identifier: BSD-2-Clause */
#include <flowscope/flowscope.h>

const char *flowscope_version(void)
{
    return FLOWSCOPE_VERSION;
}

const char *flowscope_status_text(enum flowscope_status status)
{
    switch (status) {
#define FLOWSCOPE_STATUS(name, value, text)                                                        \
    case FLOWSCOPE_##name:                                                                         \
        return text;
#include <flowscope/status.def>
#undef FLOWSCOPE_STATUS
    }
    return "unknown status";
}
