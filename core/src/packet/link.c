/* SPDX-License-Identifier: BSD-2-Clause */
/* Link headers: Ethernet with VLAN tags and LLC, Linux cooked, BSD loopback, raw IP. */
#include "packet/link.h"

/* LINKTYPE_ numbers of the tcpdump.org registry. 12 and 14 are the DLT_RAW of systems that wrote
 * it as it is. */
enum {
    LINK_NULL = 0,
    LINK_ETHERNET = 1,
    LINK_RAW_12 = 12,
    LINK_RAW_14 = 14,
    LINK_RAW = 101,
    LINK_LOOP = 108,
    LINK_SLL = 113,
    LINK_IPV4 = 228,
    LINK_IPV6 = 229,
    LINK_SLL2 = 276,
};

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86dd,
    TYPE_VLAN = 0x8100,     /* IEEE 802.1Q, customer tag */
    TYPE_QINQ = 0x88a8,     /* IEEE 802.1Q, service tag */
    TYPE_QINQ_OLD = 0x9100, /* service tag before the standard had one */
    LENGTH_MAX = 1500,      /* IEEE 802.3, 3.2.6: up to here the field is a length */
};

static enum flowscope_verdict read_llc(unsigned depth, struct fs_rest *rest,
                                       struct fs_headers *headers, unsigned *version);

static enum flowscope_verdict found(unsigned ip_version, unsigned *version)
{
    *version = ip_version;
    return FLOWSCOPE_VERDICT_ok;
}

/* What follows an Ethernet type or length field of value `type`. */
static enum flowscope_verdict read_type(uint16_t type, unsigned depth, struct fs_rest *rest,
                                        struct fs_headers *headers, unsigned *version)
{
    while (type != TYPE_IPV4) {
        if (type == TYPE_IPV6)
            return found(6, version);
        if (type <= LENGTH_MAX) {
            fs_rest_limit(rest, type);
            return read_llc(depth, rest, headers, version);
        }
        if (type != TYPE_VLAN && type != TYPE_QINQ && type != TYPE_QINQ_OLD)
            return FLOWSCOPE_VERDICT_not_ip;
        if (headers->layer_count >= depth)
            return FLOWSCOPE_VERDICT_tunnel_depth;
        if (!fs_cursor_has(&rest->bytes, 4))
            return FLOWSCOPE_VERDICT_truncated_link;
        headers->layers[headers->layer_count++] = (struct flowscope_layer){
            .kind = FLOWSCOPE_LAYER_VLAN, .id = fs_cursor_u16(&rest->bytes, 0) & 0x0fffu};
        type = fs_cursor_u16(&rest->bytes, 2);
        fs_rest_skip(rest, 4);
    }
    return found(4, version);
}

/* IEEE 802.2, and SNAP in it, where an Ethernet type follows again: under organisation 000000
 * (RFC 1042) and 0000f8 (IEEE 802.1H). */
static enum flowscope_verdict read_llc(unsigned depth, struct fs_rest *rest,
                                       struct fs_headers *headers, unsigned *version)
{
    if (!fs_cursor_has(&rest->bytes, 3))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t saps = fs_cursor_u16(&rest->bytes, 0);
    if (fs_cursor_u8(&rest->bytes, 2) != 0x03) /* unnumbered information */
        return FLOWSCOPE_VERDICT_not_ip;
    if (saps == 0x0606) {
        fs_rest_skip(rest, 3);
        return found(4, version);
    }
    if (saps != 0xaaaa)
        return FLOWSCOPE_VERDICT_not_ip;
    if (!fs_cursor_has(&rest->bytes, 8))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint32_t organisation = fs_cursor_u32(&rest->bytes, 2) & 0xffffffu;
    const uint16_t type = fs_cursor_u16(&rest->bytes, 6);
    if ((organisation != 0x000000 && organisation != 0x0000f8) || type <= LENGTH_MAX)
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_skip(rest, 8);
    return read_type(type, depth, rest, headers, version);
}

static enum flowscope_verdict read_ethernet(unsigned depth, struct fs_rest *rest,
                                            struct fs_headers *headers, unsigned *version)
{
    if (!fs_cursor_has(&rest->bytes, 14))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t type = fs_cursor_u16(&rest->bytes, 12);
    fs_rest_skip(rest, 14);
    return read_type(type, depth, rest, headers, version);
}

/* Linux cooked headers, both versions: what `protocol` means depends on the device's ARPHRD_
 * number, and it is no Ethernet type below 0x0600. */
static enum flowscope_verdict read_cooked(uint32_t header_length, size_t protocol_at,
                                          size_t device_at, unsigned depth, struct fs_rest *rest,
                                          struct fs_headers *headers, unsigned *version)
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
    if (!fs_cursor_has(&rest->bytes, header_length))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t protocol = fs_cursor_u16(&rest->bytes, protocol_at);
    const uint16_t device = fs_cursor_u16(&rest->bytes, device_at);
    fs_rest_skip(rest, header_length);
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
        return read_llc(depth, rest, headers, version);
    if (protocol <= PROTOCOL_LINUX_LAST)
        return FLOWSCOPE_VERDICT_not_ip;
    return read_type(protocol, depth, rest, headers, version);
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
        return found(4, version);
    case 10: /* Linux */
    case 24: /* NetBSD, OpenBSD, Npcap */
    case 28: /* FreeBSD */
    case 30: /* macOS */
        return found(6, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
}

static enum flowscope_verdict read_raw(const struct fs_rest *rest, unsigned *version)
{
    const unsigned nibble = fs_cursor_u8(&rest->bytes, 0) >> 4;
    if (nibble != 4 && nibble != 6)
        return FLOWSCOPE_VERDICT_not_ip;
    return found(nibble, version);
}

enum flowscope_verdict fs_link_read(uint32_t link_type, unsigned depth, struct fs_rest *rest,
                                    struct fs_headers *headers, unsigned *version)
{
    switch (link_type) {
    case LINK_ETHERNET:
        return read_ethernet(depth, rest, headers, version);
    case LINK_NULL:
        return read_loopback(true, rest, version);
    case LINK_LOOP:
        return read_loopback(false, rest, version);
    case LINK_RAW_12:
    case LINK_RAW_14:
    case LINK_RAW:
        return read_raw(rest, version);
    case LINK_IPV4:
        return found(4, version);
    case LINK_IPV6:
        return found(6, version);
    case LINK_SLL:
        return read_cooked(16, 14, 2, depth, rest, headers, version);
    case LINK_SLL2:
        return read_cooked(20, 0, 8, depth, rest, headers, version);
    default:
        return FLOWSCOPE_VERDICT_unknown_link_type;
    }
}
