/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet types: IP, tags, labels, sessions; and LLC where the type is a length. */
#include "packet/walk.h"

enum {
    TYPE_IPV4 = 0x0800,
    TYPE_IPV6 = 0x86dd,
    TYPE_VLAN = 0x8100,     /* IEEE 802.1Q, customer tag */
    TYPE_QINQ = 0x88a8,     /* IEEE 802.1Q, service tag */
    TYPE_QINQ_OLD = 0x9100, /* service tag before the standard had one */
    TYPE_MPLS = 0x8847,     /* RFC 3032, 5: unicast, and RFC 5332: multicast */
    TYPE_MPLS_UPSTREAM = 0x8848,
    TYPE_PPPOE = 0x8864,    /* RFC 2516, 4: session */
    TYPE_BACKBONE = 0x88e7, /* IEEE 802.1Q, 9.7: service instance tag (802.1ah) */
    LENGTH_MAX = 1500,      /* IEEE 802.3, 3.2.6: up to here the field is a length */
};

/* The rarer types. */
static enum flowscope_verdict read_other(struct fs_walk *walk, uint16_t type, unsigned *version)
{
    if (type <= LENGTH_MAX) {
        fs_rest_limit(&walk->rest, type);
        return fs_llc_read(walk, version);
    }
    switch (type) {
    case TYPE_MPLS:
    case TYPE_MPLS_UPSTREAM:
        return fs_mpls_read(walk, version);
    case TYPE_PPPOE:
        return fs_pppoe_read(walk, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
}

enum flowscope_verdict fs_ethertype_read(struct fs_walk *walk, uint16_t type, unsigned *version)
{
    enum { BACKBONE_LENGTH = 4 + 14 }; /* tag, then the customer's Ethernet header */
    bool in_backbone = false;

    while (type != TYPE_IPV4) {
        const struct fs_cursor *bytes = &walk->rest.bytes;
        enum flowscope_verdict verdict;

        if (type == TYPE_IPV6)
            return fs_walk_found(6, version);
        if (type == TYPE_BACKBONE && !in_backbone) {
            if (!fs_cursor_has(bytes, BACKBONE_LENGTH))
                return FLOWSCOPE_VERDICT_truncated_link;
            in_backbone = true;
            type = fs_cursor_u16(bytes, BACKBONE_LENGTH - 2);
            fs_rest_skip(&walk->rest, BACKBONE_LENGTH);
            continue;
        }
        if (type != TYPE_VLAN && type != TYPE_QINQ && type != TYPE_QINQ_OLD)
            return read_other(walk, type, version);
        if (!fs_cursor_has(bytes, 4))
            return FLOWSCOPE_VERDICT_truncated_link;
        verdict = fs_walk_layer(walk, FLOWSCOPE_LAYER_vlan, fs_cursor_u16(bytes, 0) & 0x0fffu);
        if (verdict != FLOWSCOPE_VERDICT_ok)
            return verdict;
        type = fs_cursor_u16(bytes, 2);
        fs_rest_skip(&walk->rest, 4);
    }
    return fs_walk_found(4, version);
}

/* IEEE 802.2, and SNAP in it, where an Ethernet type follows again: under organisation 000000
 * (RFC 1042) and 0000f8 (IEEE 802.1H). */
enum flowscope_verdict fs_llc_read(struct fs_walk *walk, unsigned *version)
{
    const struct fs_cursor *bytes = &walk->rest.bytes;
    uint32_t organisation;
    uint16_t saps, type;

    if (!fs_cursor_has(bytes, 3))
        return FLOWSCOPE_VERDICT_truncated_link;
    saps = fs_cursor_u16(bytes, 0);
    if (fs_cursor_u8(bytes, 2) != 0x03) /* unnumbered information */
        return FLOWSCOPE_VERDICT_not_ip;
    if (saps == 0x0606) {
        fs_rest_skip(&walk->rest, 3);
        return fs_walk_found(4, version);
    }
    if (saps != 0xaaaa)
        return FLOWSCOPE_VERDICT_not_ip;
    if (!fs_cursor_has(bytes, 8))
        return FLOWSCOPE_VERDICT_truncated_link;
    organisation = fs_cursor_u32(bytes, 2) & 0xffffffu;
    type = fs_cursor_u16(bytes, 6);
    if ((organisation != 0x000000 && organisation != 0x0000f8) || type <= LENGTH_MAX)
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_skip(&walk->rest, 8);
    return fs_ethertype_read(walk, type, version);
}

enum flowscope_verdict fs_ethernet_read(struct fs_walk *walk, unsigned *version)
{
    uint16_t type;

    if (!fs_cursor_has(&walk->rest.bytes, 14))
        return FLOWSCOPE_VERDICT_truncated_link;
    type = fs_cursor_u16(&walk->rest.bytes, 12);
    fs_rest_skip(&walk->rest, 14);
    return fs_ethertype_read(walk, type, version);
}
