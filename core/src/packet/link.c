/* SPDX-License-Identifier: BSD-2-Clause */
/* Link headers: one for each link type; Linux cooked, BSD loopback and raw IP are read here. */
#include "packet/link.h"

#include "packet/ethernet.h"
#include "packet/ppp.h"
#include "packet/wifi.h"

static enum flowscope_verdict read_cooked(const struct fs_cooked *cooked, struct fs_walk *walk,
                                          unsigned *version)
{
    uint16_t protocol;
    const enum flowscope_verdict verdict = fs_link_skip_cooked(cooked, walk, &protocol);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (protocol == FS_COOKED_LLC)
        return fs_ethernet_llc(walk, version);
    if (protocol <= FS_COOKED_LINUX_LAST)
        return FLOWSCOPE_VERDICT_not_ip;
    return fs_ethernet_type(walk, protocol, version);
}

static enum flowscope_verdict read_raw(const struct fs_rest *rest, unsigned *version)
{
    const unsigned nibble = fs_cursor_u8(&rest->bytes, 0) >> 4;
    if (nibble != 4 && nibble != 6)
        return FLOWSCOPE_VERDICT_not_ip;
    return fs_walk_found(nibble, version);
}

/* What of the link types can stand behind a PPI header, and all the others. */
static enum flowscope_verdict read_link(struct fs_walk *walk, uint32_t link_type, unsigned *version)
{
    switch (link_type) {
    case FS_LINK_ETHERNET:
        return fs_ethernet_read(walk, version);
    case FS_LINK_NULL:
        return fs_link_skip_loopback(walk, true, version);
    case FS_LINK_LOOP:
        return fs_link_skip_loopback(walk, false, version);
    case FS_LINK_PPP:
    case FS_LINK_PPP_HDLC:
        return fs_ppp_serial(walk, version);
    case FS_LINK_PPPOE:
        return fs_ppp_over_ethernet(walk, version);
    case FS_LINK_CISCO_HDLC:
        return fs_ppp_cisco_hdlc(walk, version);
    case FS_LINK_WIFI:
        return fs_wifi_read(walk, version);
    case FS_LINK_RADIOTAP:
        return fs_wifi_radiotap(walk, version);
    case FS_LINK_RAW_12:
    case FS_LINK_RAW_14:
    case FS_LINK_RAW:
        return read_raw(&walk->rest, version);
    case FS_LINK_IPV4:
        return fs_walk_found(4, version);
    case FS_LINK_IPV6:
        return fs_walk_found(6, version);
    case FS_LINK_SLL:
        return read_cooked(&fs_cooked_sll, walk, version);
    case FS_LINK_SLL2:
        return read_cooked(&fs_cooked_sll2, walk, version);
    default:
        return FLOWSCOPE_VERDICT_unknown_link_type;
    }
}

enum flowscope_verdict fs_link_read(struct fs_walk *walk, uint32_t link_type, unsigned *version)
{
    if (link_type == FS_LINK_PPI) {
        const enum flowscope_verdict verdict = fs_wifi_skip_ppi(walk, &link_type);
        if (verdict != FLOWSCOPE_VERDICT_ok)
            return verdict;
        if (link_type == FS_LINK_PPI)
            return FLOWSCOPE_VERDICT_not_ip;
    }
    return read_link(walk, link_type, version);
}
