/* SPDX-License-Identifier: BSD-2-Clause */
/* Link headers: from the first byte of a frame to its IP header. */
#ifndef FS_PACKET_LINK_H
#define FS_PACKET_LINK_H

#include "packet/headers.h"
#include "packet/rest.h"

/* Takes the link header of `link_type` (LINKTYPE_ number) off `rest`. VLAN tags belong to it and
 * become layers of `headers`, at most `depth`. FLOWSCOPE_VERDICT_ok: `rest` begins where the IP
 * header does that the link announces, and *version is 4 or 6. `rest` has at least one byte. */
enum flowscope_verdict fs_link_read(uint32_t link_type, unsigned depth, struct fs_rest *rest,
                                    struct fs_headers *headers, unsigned *version);

#endif
