/* SPDX-License-Identifier: BSD-2-Clause */
/* The usual ways to an IP header (behind.h): from the first byte of a frame, and from an Ethernet
 * header or its type, which tunnels have inside too. False: it is another way. */
#ifndef FS_PACKET_BEHIND_LINK_H
#define FS_PACKET_BEHIND_LINK_H

#include "packet/guess.h"
#include "packet/link.h"
#include "packet/mpls.h"
#include "packet/ppp.h"
#include "packet/wifi.h"

FS_STEP bool fs_behind_labels(struct fs_walk *walk, unsigned *version)
{
    uint32_t label;

    if (fs_mpls_skip_labels(walk, &label) != FLOWSCOPE_VERDICT_ok || fs_mpls_is_channel(label))
        return false;
    *version = fs_guess_packet(&walk->rest);
    if (*version != 0)
        return true;
    const struct fs_rest rest = {
        .bytes = fs_cursor_over(walk->rest.bytes.at, walk->rest.bytes.left),
        .wire = walk->rest.wire,
    };
    const uint32_t length = fs_mpls_measure_pseudowire(&rest, version);
    if (length != 0)
        fs_rest_skip(&walk->rest, length);
    return length != 0;
}

FS_STEP bool fs_behind_ppp(struct fs_walk *walk, unsigned *version)
{
    unsigned protocol;

    if (fs_ppp_skip_protocol(walk, &protocol) != FLOWSCOPE_VERDICT_ok)
        return false;
    *version = protocol == FS_PPP_IPV4 ? 4 : 6;
    return protocol == FS_PPP_IPV4 || protocol == FS_PPP_IPV6;
}

/* Behind an Ethernet type: of fs_ethernet_type(), what has a short way. */
FS_STEP bool fs_behind_type(struct fs_walk *walk, uint16_t type, unsigned *version)
{
    if (type != FS_TYPE_IPV4 && fs_ethernet_skip_tags(walk, &type) != FLOWSCOPE_VERDICT_ok)
        return false;
    switch (type) {
    case FS_TYPE_IPV4:
        *version = 4;
        return true;
    case FS_TYPE_IPV6:
        *version = 6;
        return true;
    case FS_TYPE_MPLS:
    case FS_TYPE_MPLS_UPSTREAM:
        return fs_behind_labels(walk, version);
    case FS_TYPE_PPPOE:
        return fs_ppp_skip_session(walk) == FLOWSCOPE_VERDICT_ok && fs_behind_ppp(walk, version);
    default:
        return false;
    }
}

/* *type is that behind the addresses. */
FS_STEP bool fs_behind_ethernet(struct fs_walk *walk, uint16_t *type)
{
    enum { HEADER = 14, TYPE_AT = 12 };

    if (!fs_cursor_has(&walk->rest.bytes, HEADER))
        return false;
    *type = fs_cursor_u16(&walk->rest.bytes, TYPE_AT);
    fs_rest_skip(&walk->rest, HEADER);
    return true;
}

FS_STEP bool fs_behind_version(unsigned version, uint16_t *type)
{
    *type = version == 4 ? FS_TYPE_IPV4 : FS_TYPE_IPV6;
    return true;
}

/* A PPP frame, with or without its address. */
FS_STEP bool fs_behind_ppp_frame(struct fs_walk *walk, uint16_t *type)
{
    unsigned version;

    return fs_ppp_skip_address(walk) == FLOWSCOPE_VERDICT_ok && fs_behind_ppp(walk, &version) &&
           fs_behind_version(version, type);
}

FS_STEP bool fs_behind_serial(struct fs_walk *walk, uint16_t *type)
{
    if (fs_ppp_is_cisco(fs_cursor_u8(&walk->rest.bytes, 0)))
        return fs_ppp_skip_cisco(walk, type) == FLOWSCOPE_VERDICT_ok;
    return fs_behind_ppp_frame(walk, type);
}

/* The link header up to an Ethernet type, or what would be one. */
FS_STEP bool fs_behind_link(struct fs_walk *walk, uint32_t link_type, uint16_t *type)
{
    unsigned version;
    bool aligned;

    if (link_type == FS_LINK_ETHERNET)
        return fs_behind_ethernet(walk, type);
    switch (link_type) {
    case FS_LINK_NULL:
    case FS_LINK_LOOP:
        return fs_link_skip_loopback(walk, link_type == FS_LINK_NULL, &version) ==
                   FLOWSCOPE_VERDICT_ok &&
               fs_behind_version(version, type);
    case FS_LINK_PPP:
    case FS_LINK_PPP_HDLC:
        return fs_behind_serial(walk, type);
    case FS_LINK_PPPOE:
        *type = FS_TYPE_PPPOE;
        return true;
    case FS_LINK_CISCO_HDLC:
        return fs_ppp_skip_cisco(walk, type) == FLOWSCOPE_VERDICT_ok;
    case FS_LINK_WIFI:
        return fs_wifi_skip(walk, false, type) == FLOWSCOPE_VERDICT_ok;
    case FS_LINK_RADIOTAP:
        return fs_wifi_skip_radiotap(walk, &aligned) == FLOWSCOPE_VERDICT_ok &&
               fs_wifi_skip(walk, aligned, type) == FLOWSCOPE_VERDICT_ok;
    case FS_LINK_PPI:
        return fs_wifi_skip_ppi(walk, &link_type) == FLOWSCOPE_VERDICT_ok &&
               link_type == FS_LINK_WIFI && fs_wifi_skip(walk, false, type) == FLOWSCOPE_VERDICT_ok;
    case FS_LINK_RAW_12:
    case FS_LINK_RAW_14:
    case FS_LINK_RAW:
        return fs_walk_find_ip(walk, &version) == FLOWSCOPE_VERDICT_ok &&
               fs_behind_version(version, type);
    case FS_LINK_IPV4:
        return fs_behind_version(4, type);
    case FS_LINK_IPV6:
        return fs_behind_version(6, type);
    case FS_LINK_SLL:
        return fs_link_skip_cooked(&fs_cooked_sll, walk, type) == FLOWSCOPE_VERDICT_ok &&
               *type > FS_COOKED_LINUX_LAST;
    case FS_LINK_SLL2:
        return fs_link_skip_cooked(&fs_cooked_sll2, walk, type) == FLOWSCOPE_VERDICT_ok &&
               *type > FS_COOKED_LINUX_LAST;
    default:
        return false;
    }
}

#endif
