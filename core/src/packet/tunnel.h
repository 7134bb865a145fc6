/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels: what carries packets inside packets. */
#ifndef FS_PACKET_TUNNEL_H
#define FS_PACKET_TUNNEL_H

#include "packet/plain.h"
#include "packet/walk.h"

/* By IP protocol: whether it carries packets, by itself or behind a port. */
extern const bool fs_tunnel_protocols[UINT8_MAX + 1];

/* Whether the flow of `outer` may be one: asked of every packet, so it costs little. */
static inline bool fs_tunnel_may_be(const struct fs_packet_options *options,
                                    const struct fs_headers *outer)
{
    const uint16_t *port = outer->key.port;

    if (!fs_tunnel_protocols[outer->key.protocol])
        return false;
    if (outer->key.protocol != FS_PROTOCOL_UDP)
        return true;
    return fs_plain_tunnel_port(options, (uint32_t)port[0] << 16 | port[1]);
}

FS_STEP enum flowscope_verdict fs_tunnel_add_ip(struct fs_walk *walk, unsigned outer,
                                                unsigned inner, unsigned *version)
{
    *version = inner;
    if (outer == inner)
        return fs_walk_add(walk, FLOWSCOPE_LAYER_ipip, 0);
    return fs_walk_add(walk, inner == 6 ? FLOWSCOPE_LAYER_6in4 : FLOWSCOPE_LAYER_4in6, 0);
}

/* A step (walk.h) at what the IP header of `outer` carries. */
enum flowscope_verdict fs_tunnel_read(struct fs_walk *walk, const struct fs_headers *outer,
                                      unsigned *version);

#endif
