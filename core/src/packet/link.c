/* SPDX-License-Identifier: BSD-2-Clause */
/* Link headers: one for each link type; Linux cooked, BSD loopback and raw IP are read here. */
#include "packet/link.h"

#include "packet/ethernet.h"
#include "packet/ppp.h"
#include "packet/wifi.h"

/* LINKTYPE_ numbers of the tcpdump.org registry. 12 and 14 are the DLT_RAW of systems that wrote
 * it as it is. */
enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_PPP = 9,
    LINK_RAW_12 = 12,
    LINK_RAW_14 = 14,
    LINK_PPP_HDLC = 50,
    LINK_PPPOE = 51,
    LINK_RAW = 101,
    LINK_CISCO_HDLC = 104,
    LINK_WIFI = 105,
    LINK_LOOP = 108,
    LINK_SLL = 113,
    LINK_RADIOTAP = 127,
    LINK_PPI = 192,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_SLL2 = 276,
};

/* Linux cooked headers, both versions: what `protocol` means depends on the device's ARPHRD_
 * number, and it is no Ethernet type below 0x0600. */
static enum flowscope_verdict read_cooked(uint32_t header_length, size_t protocol_at,
                                          size_t device_at, struct fs_walk *walk, unsigned *version)
{
    enum {
        DEVICE_FRAME_RELAY = 770, /* protocol ignored */
        DEVICE_WIFI = 801,        /* protocol ignored: IEEE 802.11 */
        DEVICE_WIFI_PRISM = 802,
        DEVICE_WIFI_RADIOTAP = 803,
        DEVICE_NETLINK = 824, /* a netlink family */
        PROTOCOL_LLC = 0x0004,
        PROTOCOL_LINUX_LAST = 0x05ff,
    };
    if (!fs_cursor_has(&walk->rest.bytes, header_length))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t protocol = fs_cursor_u16(&walk->rest.bytes, protocol_at);
    const uint16_t device = fs_cursor_u16(&walk->rest.bytes, device_at);
    fs_rest_skip(&walk->rest, header_length);
    switch (device) {
    case DEVICE_FRAME_RELAY:
    case DEVICE_WIFI:
    case DEVICE_WIFI_PRISM:
    case DEVICE_WIFI_RADIOTAP:
    case DEVICE_NETLINK:
        return FLOWSCOPE_VERDICT_not_ip;
    default:
        break;
    }
    if (protocol == PROTOCOL_LLC)
        return fs_ethernet_llc(walk, version);
    if (protocol <= PROTOCOL_LINUX_LAST)
        return FLOWSCOPE_VERDICT_not_ip;
    return fs_ethernet_type(walk, protocol, version);
}

/* BSD loopback: an address family, as the writer's system numbers them; in either byte
 * order where the writer used its own. */
static enum flowscope_verdict read_loopback(bool either_order, struct fs_rest *rest,
                                            unsigned *version)
{
    if (!fs_cursor_has(&rest->bytes, 4))
        return FLOWSCOPE_VERDICT_truncated_link;
    uint32_t family = fs_cursor_u32(&rest->bytes, 0);
    if (either_order && family > UINT16_MAX)
        family = (uint32_t)fs_cursor_u8(&rest->bytes, 3) << 24 |
                 (uint32_t)fs_cursor_u8(&rest->bytes, 2) << 16 |
                 (uint32_t)fs_cursor_u8(&rest->bytes, 1) << 8 | fs_cursor_u8(&rest->bytes, 0);
    fs_rest_skip(rest, 4);
    switch (family) {
    case 2:
        return fs_walk_found(4, version);
    case 10: /* Linux */
    case 24: /* NetBSD, OpenBSD, Npcap */
    case 28: /* FreeBSD */
    case 30: /* macOS */
        return fs_walk_found(6, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
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
    case LINK_ETHERNET:
        return fs_ethernet_read(walk, version);
    case LINK_NULL:
        return read_loopback(true, &walk->rest, version);
    case LINK_LOOP:
        return read_loopback(false, &walk->rest, version);
    case LINK_PPP:
    case LINK_PPP_HDLC:
        return fs_ppp_serial(walk, version);
    case LINK_PPPOE:
        return fs_ppp_over_ethernet(walk, version);
    case LINK_CISCO_HDLC:
        return fs_ppp_cisco_hdlc(walk, version);
    case LINK_WIFI:
        return fs_wifi_read(walk, version);
    case LINK_RADIOTAP:
        return fs_wifi_radiotap(walk, version);
    case LINK_RAW_12:
    case LINK_RAW_14:
    case LINK_RAW:
        return read_raw(&walk->rest, version);
    case LINK_IPV4:
        return fs_walk_found(4, version);
    case LINK_IPV6:
        return fs_walk_found(6, version);
    case LINK_SLL:
        return read_cooked(16, 14, 2, walk, version);
    case LINK_SLL2:
        return read_cooked(20, 0, 8, walk, version);
    default:
        return FLOWSCOPE_VERDICT_unknown_link_type;
    }
}

enum flowscope_verdict fs_link_read(struct fs_walk *walk, uint32_t link_type, unsigned *version)
{
    if (link_type == LINK_PPI) {
        const enum flowscope_verdict verdict = fs_wifi_skip_ppi(walk, &link_type);
        if (verdict != FLOWSCOPE_VERDICT_ok)
            return verdict;
        if (link_type == LINK_PPI)
            return FLOWSCOPE_VERDICT_not_ip;
    }
    return read_link(walk, link_type, version);
}
