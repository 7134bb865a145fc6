/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet and what an Ethernet type announces. */
#ifndef FS_PACKET_ETHERNET_H
#define FS_PACKET_ETHERNET_H

#include "packet/walk.h"

enum {
    FS_TYPE_IPV4 = 0x0800,
    FS_TYPE_ARP = 0x0806,
    FS_TYPE_IPV6 = 0x86dd,
    FS_TYPE_VLAN = 0x8100,     /* IEEE 802.1Q, customer tag */
    FS_TYPE_QINQ = 0x88a8,     /* IEEE 802.1Q, service tag */
    FS_TYPE_QINQ_OLD = 0x9100, /* service tag before the standard had one */
    FS_TYPE_MPLS = 0x8847,     /* RFC 5332 */
    FS_TYPE_MPLS_UPSTREAM = 0x8848,
    FS_TYPE_PPPOE = 0x8864,    /* RFC 2516, session stage */
    FS_TYPE_I_TAG = 0x88e7,    /* IEEE 802.1Q, backbone service instance (802.1ah) */
    FS_TYPE_ETHERNET = 0x6558, /* a frame in a tunnel, RFC 1701 */
    FS_TYPE_FIRST = 0x0600,    /* IEEE 802.3, 3.2.6: from here on the field is a type, */
    FS_LENGTH_MAX = 1500,      /* up to here a length */
};

/* To IP, maybe behind others. */
static inline bool fs_type_leads(uint16_t type)
{
    switch (type) {
    case FS_TYPE_IPV4:
    case FS_TYPE_IPV6:
    case FS_TYPE_VLAN:
    case FS_TYPE_QINQ:
    case FS_TYPE_QINQ_OLD:
    case FS_TYPE_MPLS:
    case FS_TYPE_MPLS_UPSTREAM:
    case FS_TYPE_PPPOE:
    case FS_TYPE_I_TAG:
        return true;
    default:
        return false;
    }
}

/* Steps (walk.h): at a MAC header; behind a type or length field; at a header of IEEE 802.2. */
enum flowscope_verdict fs_ethernet_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_ethernet_type(struct fs_walk *walk, uint16_t type, unsigned *version);
enum flowscope_verdict fs_ethernet_llc(struct fs_walk *walk, unsigned *version);

/* IEEE 802.1Q, 9.7: four bytes of service instance, then the customer's addresses and a type. One
 * backbone is never carried by another. */
FS_STEP enum flowscope_verdict fs_ethernet_skip_i_tag(struct fs_walk *walk, uint16_t *type)
{
    enum { TAG = 4, ADDRESSES = 12 };

    if (!fs_cursor_has(&walk->rest.bytes, TAG + ADDRESSES + 2))
        return FLOWSCOPE_VERDICT_truncated_link;
    *type = fs_cursor_u16(&walk->rest.bytes, TAG + ADDRESSES);
    fs_rest_skip(&walk->rest, TAG + ADDRESSES + 2);
    return *type == FS_TYPE_I_TAG ? FLOWSCOPE_VERDICT_not_ip : FLOWSCOPE_VERDICT_ok;
}

FS_STEP enum flowscope_verdict fs_ethernet_skip_tag(struct fs_walk *walk, uint16_t *type)
{
    if (!fs_cursor_has(&walk->rest.bytes, 4))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint32_t id = fs_cursor_u16(&walk->rest.bytes, 0) & 0x0fffu;
    *type = fs_cursor_u16(&walk->rest.bytes, 2);
    fs_rest_skip(&walk->rest, 4);
    return fs_walk_add(walk, FLOWSCOPE_LAYER_vlan, id);
}

/* *type comes to be one that is no tag's. */
FS_STEP enum flowscope_verdict fs_ethernet_skip_tags(struct fs_walk *walk, uint16_t *type)
{
    enum flowscope_verdict verdict;

    do {
        switch (*type) {
        case FS_TYPE_VLAN:
        case FS_TYPE_QINQ:
        case FS_TYPE_QINQ_OLD:
            verdict = fs_ethernet_skip_tag(walk, type);
            break;
        case FS_TYPE_I_TAG:
            verdict = fs_ethernet_skip_i_tag(walk, type);
            break;
        default:
            return FLOWSCOPE_VERDICT_ok;
        }
    } while (verdict == FLOWSCOPE_VERDICT_ok);
    return verdict;
}

/* IEEE 802.2, for IP alone, and SNAP in it, where an Ethernet type follows again: under
 * organisation 000000 (RFC 1042) and 0000f8 (IEEE 802.1H). */
FS_STEP enum flowscope_verdict fs_ethernet_skip_llc(struct fs_walk *walk, uint16_t *type)
{
    const struct fs_cursor *bytes = &walk->rest.bytes;

    if (!fs_cursor_has(bytes, 3))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t saps = fs_cursor_u16(bytes, 0);
    if (fs_cursor_u8(bytes, 2) != 0x03) /* unnumbered information */
        return FLOWSCOPE_VERDICT_not_ip;
    if (saps == 0x0606) {
        fs_rest_skip(&walk->rest, 3);
        *type = FS_TYPE_IPV4;
        return FLOWSCOPE_VERDICT_ok;
    }
    if (saps != 0xaaaa)
        return FLOWSCOPE_VERDICT_not_ip;
    if (!fs_cursor_has(bytes, 8))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint32_t organisation = fs_cursor_u32(bytes, 2) & 0xffffffu;
    *type = fs_cursor_u16(bytes, 6);
    if ((organisation != 0x000000 && organisation != 0x0000f8) || *type <= FS_LENGTH_MAX)
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_skip(&walk->rest, 8);
    return FLOWSCOPE_VERDICT_ok;
}

#endif
