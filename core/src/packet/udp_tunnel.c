/* SPDX-License-Identifier: BSD-2-Clause */
/* VXLAN, VXLAN-GPE, Geneve, GTP-U, Teredo; L2TP is next door. */
#include "packet/udp_tunnel.h"

#include "packet/ethernet.h"
#include "packet/l2tp.h"
#include "packet/mpls.h"

static enum flowscope_verdict read_vxlan(struct fs_walk *walk, unsigned *version)
{
    unsigned next;
    const enum flowscope_verdict verdict = fs_udp_tunnel_skip_vxlan(walk, &next);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    switch (next) {
    case FS_VXLAN_IPV4:
        return fs_walk_found(4, version);
    case FS_VXLAN_IPV6:
        return fs_walk_found(6, version);
    case FS_VXLAN_ETHERNET:
        return fs_ethernet_read(walk, version);
    case FS_VXLAN_MPLS:
        return fs_mpls_read(walk, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
}

static enum flowscope_verdict read_geneve(struct fs_walk *walk, unsigned *version)
{
    uint16_t type;
    const enum flowscope_verdict verdict = fs_udp_tunnel_skip_geneve(walk, &type);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    return type == FS_TYPE_ETHERNET ? fs_ethernet_read(walk, version)
                                    : fs_ethernet_type(walk, type, version);
}

enum flowscope_verdict fs_udp_tunnel_read(struct fs_walk *walk, unsigned *version)
{
    enum fs_udp_tunnel kind;
    const enum flowscope_verdict verdict = fs_udp_tunnel_skip_udp(walk, &kind);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    switch (kind) {
    case FS_UDP_TUNNEL_VXLAN:
        return read_vxlan(walk, version);
    case FS_UDP_TUNNEL_GTPU:
        return fs_udp_tunnel_skip_gtpu(walk, version);
    case FS_UDP_TUNNEL_GENEVE:
        return read_geneve(walk, version);
    case FS_UDP_TUNNEL_L2TP:
        return fs_l2tp_over_udp(walk, version);
    case FS_UDP_TUNNEL_TEREDO:
        return fs_udp_tunnel_skip_teredo(walk, version);
    case FS_UDP_TUNNEL_NONE:
        break;
    }
    return FLOWSCOPE_VERDICT_not_ip;
}
