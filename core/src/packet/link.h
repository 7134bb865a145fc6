/* SPDX-License-Identifier: BSD-2-Clause */
/* Link headers: from the first byte of a frame to its IP header. */
#ifndef FS_PACKET_LINK_H
#define FS_PACKET_LINK_H

#include "packet/walk.h"

/* LINKTYPE_ numbers of the tcpdump.org registry. 12 and 14 are the DLT_RAW of systems that wrote
 * it as it is. */
enum {
    FS_LINK_NULL = 0,
    FS_LINK_ETHERNET = 1,
    FS_LINK_PPP = 9,
    FS_LINK_RAW_12 = 12,
    FS_LINK_RAW_14 = 14,
    FS_LINK_PPP_HDLC = 50,
    FS_LINK_PPPOE = 51,
    FS_LINK_RAW = 101,
    FS_LINK_CISCO_HDLC = 104,
    FS_LINK_WIFI = 105,
    FS_LINK_LOOP = 108,
    FS_LINK_SLL = 113,
    FS_LINK_RADIOTAP = 127,
    FS_LINK_PPI = 192,
    FS_LINK_IPV4 = 228,
    FS_LINK_IPV6 = 229,
    FS_LINK_SLL2 = 276,
};

/* A step (walk.h) at the header of `link_type` (LINKTYPE_ number). Tags, labels and sessions belong
 * to it and become layers. walk->rest has at least one byte. */
enum flowscope_verdict fs_link_read(struct fs_walk *walk, uint32_t link_type, unsigned *version);

/* Linux cooked headers, both versions. */
struct fs_cooked {
    uint32_t length, protocol_at, device_at;
};

static const struct fs_cooked fs_cooked_sll = {.length = 16, .protocol_at = 14, .device_at = 2};
static const struct fs_cooked fs_cooked_sll2 = {.length = 20, .protocol_at = 0, .device_at = 8};

enum { FS_COOKED_LLC = 0x0004, FS_COOKED_LINUX_LAST = 0x05ff };

/* Of a device's ARPHRD_ number: what its packets are called is a protocol. */
FS_STEP bool fs_link_has_protocol(uint16_t device)
{
    enum {
        FRAME_RELAY = 770, /* protocol ignored */
        WIFI = 801,        /* protocol ignored: IEEE 802.11 */
        WIFI_PRISM = 802,
        WIFI_RADIOTAP = 803,
        NETLINK = 824, /* a netlink family */
    };

    if (device < FRAME_RELAY)
        return true;
    switch (device) {
    case FRAME_RELAY:
    case WIFI:
    case WIFI_PRISM:
    case WIFI_RADIOTAP:
    case NETLINK:
        return false;
    default:
        return true;
    }
}

/* The protocol is no Ethernet type below 0x0600. */
FS_STEP enum flowscope_verdict fs_link_skip_cooked(const struct fs_cooked *cooked,
                                                   struct fs_walk *walk, uint16_t *protocol)
{
    if (!fs_cursor_has(&walk->rest.bytes, cooked->length))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t device = fs_cursor_u16(&walk->rest.bytes, cooked->device_at);
    *protocol = fs_cursor_u16(&walk->rest.bytes, cooked->protocol_at);
    fs_rest_skip(&walk->rest, cooked->length);
    return fs_link_has_protocol(device) ? FLOWSCOPE_VERDICT_ok : FLOWSCOPE_VERDICT_not_ip;
}

/* BSD loopback: an address family, as the writer's system numbers them; in either byte
 * order where the writer used its own. */
FS_STEP enum flowscope_verdict fs_link_skip_loopback(struct fs_walk *walk, bool either_order,
                                                     unsigned *version)
{
    struct fs_rest *rest = &walk->rest;

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

#endif
