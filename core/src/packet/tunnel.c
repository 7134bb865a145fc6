/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels by IP protocol. */
#include "packet/tunnel.h"

#include "packet/gre.h"
#include "packet/l2tp.h"
#include "packet/mpls.h"
#include "packet/udp_tunnel.h"

const bool fs_tunnel_protocols[UINT8_MAX + 1] = {
    [FS_PROTOCOL_IPV4] = true, [FS_PROTOCOL_UDP] = true,  [FS_PROTOCOL_IPV6] = true,
    [FS_PROTOCOL_GRE] = true,  [FS_PROTOCOL_L2TP] = true, [FS_PROTOCOL_MPLS] = true,
};

enum flowscope_verdict fs_tunnel_read(struct fs_walk *walk, const struct fs_headers *outer,
                                      unsigned *version)
{
    switch (outer->key.protocol) {
    case FS_PROTOCOL_IPV4:
        return fs_tunnel_add_ip(walk, outer->key.kind, 4, version);
    case FS_PROTOCOL_IPV6:
        return fs_tunnel_add_ip(walk, outer->key.kind, 6, version);
    case FS_PROTOCOL_UDP:
        return fs_udp_tunnel_read(walk, version);
    case FS_PROTOCOL_GRE:
        return fs_gre_read(walk, version);
    case FS_PROTOCOL_L2TP:
        return fs_l2tp_over_ip(walk, version);
    case FS_PROTOCOL_MPLS:
        return fs_mpls_read(walk, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
}
