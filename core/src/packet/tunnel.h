/* SPDX-License-Identifier: BSD-2-Clause */
/* From a flow to what it carries. */
#ifndef FS_PACKET_TUNNEL_H
#define FS_PACKET_TUNNEL_H

#include "packet/ip.h"
#include "packet/walk.h"

/* Whether the level `headers`, whose payload is `payload` and whose ports are `ports` as on the
 * wire, carries IP: then `walk` stands before that header, its layers are recorded, and *version is
 * set. Else nothing of it is recorded but a cut by depth. */
bool fs_tunnel_enter(struct fs_walk *walk, const struct fs_headers *headers,
                     const struct fs_ip_payload *payload, uint32_t ports, unsigned *version);

/* An authentication header (RFC 4302) before a transport header belongs to the same IP header: it
 * is taken off, and *protocol becomes what follows. In tunnel mode it stays what it is. */
void fs_ah_skip(struct fs_walk *walk, struct fs_ip_payload *payload, uint8_t *protocol);

#endif
