/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of IP protocols, from protocol.def. */
#include "packet/protocol.h"

#include <stddef.h>

static const char *const names[UINT8_MAX + 1] = {
#define FS_PROTOCOL(number, name) [number] = name,
#include "packet/protocol.def"
#undef FS_PROTOCOL
};

const char *fs_protocol_name(uint8_t protocol)
{
    return names[protocol];
}
