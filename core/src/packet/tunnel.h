/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels: what carries packets inside packets. */
#ifndef FS_PACKET_TUNNEL_H
#define FS_PACKET_TUNNEL_H

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
    const uint16_t known[8] = {options->vxlan_port,  options->vxlan_gpe_port, options->geneve_port,
                               options->gtpu_port,   options->l2tp_port,      options->teredo_port,
                               options->teredo_port, options->teredo_port};
    unsigned found = 0;
    for (unsigned i = 0; i < 8; i++) /* eight at once, without a branch */
        found |= (known[i] == port[0]) | (known[i] == port[1]);
    return found != 0;
}

/* A step (walk.h) at what the IP header of `outer` carries. */
enum flowscope_verdict fs_tunnel_read(struct fs_walk *walk, const struct fs_headers *outer,
                                      unsigned *version);

#endif
