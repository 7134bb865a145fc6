/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of IP protocols. */
#ifndef FS_PACKET_PROTOCOL_H
#define FS_PACKET_PROTOCOL_H

#include <stdint.h>

/* IANA's keyword in lower case (`icmp6` for 58); NULL for a number that has none. A static
 * string. */
const char *fs_protocol_name(uint8_t protocol);

#endif
