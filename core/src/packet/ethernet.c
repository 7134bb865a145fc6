/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet: types, VLAN tags, LLC with SNAP, backbone service tags. */
#include "packet/ethernet.h"

#include "packet/mpls.h"
#include "packet/ppp.h"

/* IEEE 802.1Q, 9.7: four bytes of service instance, then the customer's addresses and a type. One
 * backbone is never carried by another. */
static enum flowscope_verdict skip_i_tag(struct fs_walk *walk, uint16_t *type)
{
    enum { TAG = 4, ADDRESSES = 12 };

    if (!fs_cursor_has(&walk->rest.bytes, TAG + ADDRESSES + 2))
        return FLOWSCOPE_VERDICT_truncated_link;
    *type = fs_cursor_u16(&walk->rest.bytes, TAG + ADDRESSES);
    fs_rest_skip(&walk->rest, TAG + ADDRESSES + 2);
    return *type == FS_TYPE_I_TAG ? FLOWSCOPE_VERDICT_not_ip : FLOWSCOPE_VERDICT_ok;
}

static enum flowscope_verdict skip_tag(struct fs_walk *walk, uint16_t *type)
{
    if (!fs_cursor_has(&walk->rest.bytes, 4))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint32_t id = fs_cursor_u16(&walk->rest.bytes, 0) & 0x0fffu;
    *type = fs_cursor_u16(&walk->rest.bytes, 2);
    fs_rest_skip(&walk->rest, 4);
    return fs_walk_add(walk, FLOWSCOPE_LAYER_vlan, id);
}

enum flowscope_verdict fs_ethernet_type(struct fs_walk *walk, uint16_t type, unsigned *version)
{
    enum flowscope_verdict verdict;

    for (;;) {
        switch (type) {
        case FS_TYPE_IPV4:
            return fs_walk_found(4, version);
        case FS_TYPE_IPV6:
            return fs_walk_found(6, version);
        case FS_TYPE_VLAN:
        case FS_TYPE_QINQ:
        case FS_TYPE_QINQ_OLD:
            verdict = skip_tag(walk, &type);
            break;
        case FS_TYPE_I_TAG:
            verdict = skip_i_tag(walk, &type);
            break;
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
        if (verdict != FLOWSCOPE_VERDICT_ok)
            return verdict;
    }
}

/* IEEE 802.2, and SNAP in it, where an Ethernet type follows again: under organisation 000000
 * (RFC 1042) and 0000f8 (IEEE 802.1H). */
enum flowscope_verdict fs_ethernet_llc(struct fs_walk *walk, unsigned *version)
{
    const struct fs_cursor *bytes = &walk->rest.bytes;

    if (!fs_cursor_has(bytes, 3))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t saps = fs_cursor_u16(bytes, 0);
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
    const uint32_t organisation = fs_cursor_u32(bytes, 2) & 0xffffffu;
    const uint16_t type = fs_cursor_u16(bytes, 6);
    if ((organisation != 0x000000 && organisation != 0x0000f8) || type <= FS_LENGTH_MAX)
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_skip(&walk->rest, 8);
    return fs_ethernet_type(walk, type, version);
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
