/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet: types, VLAN tags, LLC with SNAP, backbone service tags. */
#include "packet/ethernet.h"

#include "packet/mpls.h"
#include "packet/ppp.h"

enum flowscope_verdict fs_ethernet_type(struct fs_walk *walk, uint16_t type, unsigned *version)
{
    const enum flowscope_verdict verdict = fs_ethernet_skip_tags(walk, &type);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    switch (type) {
    case FS_TYPE_IPV4:
        return fs_walk_found(4, version);
    case FS_TYPE_IPV6:
        return fs_walk_found(6, version);
    case FS_TYPE_MPLS:
    case FS_TYPE_MPLS_UPSTREAM:
        return fs_mpls_read(walk, version);
    case FS_TYPE_PPPOE:
        return fs_ppp_over_ethernet(walk, version);
    default:
        if (type > FS_LENGTH_MAX)
            return FLOWSCOPE_VERDICT_not_ip;
        fs_rest_limit(&walk->rest, type);
        return fs_ethernet_llc(walk, version);
    }
}

enum flowscope_verdict fs_ethernet_llc(struct fs_walk *walk, unsigned *version)
{
    uint16_t type;
    const enum flowscope_verdict verdict = fs_ethernet_skip_llc(walk, &type);

    return verdict == FLOWSCOPE_VERDICT_ok ? fs_ethernet_type(walk, type, version) : verdict;
}

enum flowscope_verdict fs_ethernet_read(struct fs_walk *walk, unsigned *version)
{
    if (!fs_cursor_has(&walk->rest.bytes, 14))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t type = fs_cursor_u16(&walk->rest.bytes, 12);
    if (walk->notes)
        fs_walk_note_mac(walk, 0, 6, 14);
    fs_rest_skip(&walk->rest, 14);
    return fs_ethernet_type(walk, type, version);
}
