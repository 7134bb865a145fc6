/* SPDX-License-Identifier: BSD-2-Clause */
/* PPP, PPPoE and Cisco's HDLC. */
#include "packet/walk.h"

/* RFC 1661, 2: the numbers of the protocol field. */
enum { PPP_IPV4 = 0x0021, PPP_IPV6 = 0x0057, PPP_MPLS = 0x0281 };

enum flowscope_verdict fs_ppp_read(struct fs_walk *walk, unsigned *version)
{
    const struct fs_cursor *bytes = &walk->rest.bytes;
    uint32_t length = 1;
    uint16_t protocol;

    /* RFC 1662, 3.1: address and control, which may be left out. */
    if (fs_cursor_has(bytes, 2) && fs_cursor_u16(bytes, 0) == 0xff03)
        fs_rest_skip(&walk->rest, 2);
    if (!fs_cursor_has(bytes, 1))
        return FLOWSCOPE_VERDICT_truncated_link;
    protocol = fs_cursor_u8(bytes, 0);
    if (!(protocol & 1)) { /* RFC 1661, 6.5: the upper byte may be left out where it is 0 */
        if (!fs_cursor_has(bytes, 2))
            return FLOWSCOPE_VERDICT_truncated_link;
        protocol = fs_cursor_u16(bytes, 0);
        length = 2;
    }
    fs_rest_skip(&walk->rest, length);
    switch (protocol) {
    case PPP_IPV4:
        return fs_walk_found(4, version);
    case PPP_IPV6:
        return fs_walk_found(6, version);
    case PPP_MPLS:
        return fs_mpls_read(walk, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
}

enum flowscope_verdict fs_pppoe_read(struct fs_walk *walk, unsigned *version)
{
    enum { HEADER_LENGTH = 6, VERSION_TYPE_CODE = 0x1100 };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    enum flowscope_verdict verdict;
    uint16_t length;

    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_link;
    if (fs_cursor_u16(bytes, 0) != VERSION_TYPE_CODE) /* RFC 2516, 4 and 6 */
        return FLOWSCOPE_VERDICT_not_ip;
    length = fs_cursor_u16(bytes, 4);
    verdict = fs_walk_layer(walk, FLOWSCOPE_LAYER_pppoe, fs_cursor_u16(bytes, 2));
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    fs_rest_skip(&walk->rest, HEADER_LENGTH);
    fs_rest_limit(&walk->rest, length);
    return fs_ppp_read(walk, version);
}

enum flowscope_verdict fs_hdlc_read(struct fs_walk *walk, unsigned *version)
{
    enum { UNICAST = 0x0f, MULTICAST = 0x8f, HEADER_LENGTH = 4 };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    uint8_t address;
    uint16_t type;

    if (!fs_cursor_has(bytes, 1))
        return FLOWSCOPE_VERDICT_truncated_link;
    address = fs_cursor_u8(bytes, 0);
    if (address != UNICAST && address != MULTICAST)
        return fs_ppp_read(walk, version);
    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_link;
    type = fs_cursor_u16(bytes, 2);
    fs_rest_skip(&walk->rest, HEADER_LENGTH);
    return fs_ethertype_read(walk, type, version);
}
