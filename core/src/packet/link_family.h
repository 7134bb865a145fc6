/* SPDX-License-Identifier: BSD-2-Clause */
/* What a link type that is not read is counted as. Wireshark knows some numbers as one
 * encapsulation, and takes the pseudo-headers of others off so that no number is left: those are
 * FLOWSCOPE_LINK_TYPE_NONE. */
#ifndef FS_PACKET_LINK_FAMILY_H
#define FS_PACKET_LINK_FAMILY_H

#include <stdint.h>

uint32_t fs_link_family(uint32_t link_type);

#endif
