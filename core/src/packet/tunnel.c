/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels by IP protocol. */
#include "packet/tunnel.h"

#include "packet/gre.h"
#include "packet/l2tp.h"
#include "packet/mpls.h"
#include "packet/udp_tunnel.h"

enum {
    PROTOCOL_IPV4 = 4, /* RFC 2003 */
    PROTOCOL_UDP = 17,
    PROTOCOL_IPV6 = 41, /* RFC 4213, 2473 */
    PROTOCOL_GRE = 47,
    PROTOCOL_L2TP = 115, /* RFC 3931, 4.1.1 */
    PROTOCOL_MPLS = 137, /* RFC 4023 */
};

const bool fs_tunnel_protocols[UINT8_MAX + 1] = {
    [PROTOCOL_IPV4] = true, [PROTOCOL_UDP] = true,  [PROTOCOL_IPV6] = true,
    [PROTOCOL_GRE] = true,  [PROTOCOL_L2TP] = true, [PROTOCOL_MPLS] = true,
};

static enum flowscope_verdict add_ip(struct fs_walk *walk, unsigned outer, unsigned inner,
                                     unsigned *version)
{
    *version = inner;
    if (outer == inner)
        return fs_walk_add(walk, FLOWSCOPE_LAYER_ipip, 0);
    return fs_walk_add(walk, inner == 6 ? FLOWSCOPE_LAYER_6in4 : FLOWSCOPE_LAYER_4in6, 0);
}

enum flowscope_verdict fs_tunnel_read(struct fs_walk *walk, const struct fs_headers *outer,
                                      unsigned *version)
{
    switch (outer->key.protocol) {
    case PROTOCOL_IPV4:
        return add_ip(walk, outer->key.kind, 4, version);
    case PROTOCOL_IPV6:
        return add_ip(walk, outer->key.kind, 6, version);
    case PROTOCOL_UDP:
        return fs_udp_tunnel_read(walk, version);
    case PROTOCOL_GRE:
        return fs_gre_read(walk, version);
    case PROTOCOL_L2TP:
        return fs_l2tp_over_ip(walk, version);
    case PROTOCOL_MPLS:
        return fs_mpls_read(walk, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
}
