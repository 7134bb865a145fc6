/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP errors, and redirects: the packet that one is about. */
#ifndef FS_PACKET_QUOTE_H
#define FS_PACKET_QUOTE_H

#include "packet/ip.h"
#include "packet/walk.h"

/* Reads the packet that the ICMP message at the start of `payload`, of `type`, quotes; headers->key
 * says which version it is of. *key is that of its flow but for the path, which is left 0. The
 * quote may end behind the ports (RFC 792: eight bytes of what IP carries). False: the message
 * quotes nothing, or the quote does not tell a flow (it was cut before, is bad, or a later
 * fragment). */
bool fs_quote_read(const struct fs_walk *walk, const struct fs_ip_payload *payload,
                   const struct fs_headers *headers, uint8_t type, struct fs_key *key);

#endif
