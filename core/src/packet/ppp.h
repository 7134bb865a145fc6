/* SPDX-License-Identifier: BSD-2-Clause */
/* PPP and what it is framed in. */
#ifndef FS_PACKET_PPP_H
#define FS_PACKET_PPP_H

#include "packet/ethernet.h"

/* Steps (walk.h): at a PPP header, with or without address and control; at a PPPoE session header;
 * at a header of Cisco's HDLC; at either of the serial ones, which the first byte tells apart. */
enum flowscope_verdict fs_ppp_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_ppp_over_ethernet(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_ppp_cisco_hdlc(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_ppp_serial(struct fs_walk *walk, unsigned *version);

enum {
    FS_PPP_IPV4 = 0x0021, /* RFC 1332 */
    FS_PPP_IPV6 = 0x0057, /* RFC 5072 */
    FS_PPP_MPLS = 0x0281, /* RFC 3032, 4 */
    FS_PPP_MPLS_UPSTREAM = 0x0283,
};

/* RFC 1661, 2: two bytes, or one if it is odd (6.5). */
FS_STEP enum flowscope_verdict fs_ppp_skip_protocol(struct fs_walk *walk, unsigned *protocol)
{
    uint32_t length = 1;

    if (!fs_cursor_has(&walk->rest.bytes, 1))
        return FLOWSCOPE_VERDICT_truncated_link;
    *protocol = fs_cursor_u8(&walk->rest.bytes, 0);
    if ((*protocol & 1) == 0) {
        length = 2;
        if (!fs_cursor_has(&walk->rest.bytes, length))
            return FLOWSCOPE_VERDICT_truncated_link;
        *protocol = fs_cursor_u16(&walk->rest.bytes, 0);
    }
    fs_rest_skip(&walk->rest, length);
    return FLOWSCOPE_VERDICT_ok;
}

/* RFC 1662, 3.1: address and control, which may be left out. */
FS_STEP enum flowscope_verdict fs_ppp_skip_address(struct fs_walk *walk)
{
    enum { ADDRESS_CONTROL = 0xff03 };

    if (fs_cursor_has(&walk->rest.bytes, 1) && fs_cursor_u8(&walk->rest.bytes, 0) == 0xff) {
        if (!fs_cursor_has(&walk->rest.bytes, 2))
            return FLOWSCOPE_VERDICT_truncated_link;
        if (fs_cursor_u16(&walk->rest.bytes, 0) == ADDRESS_CONTROL)
            fs_rest_skip(&walk->rest, 2);
    }
    return FLOWSCOPE_VERDICT_ok;
}

/* RFC 2516, 4 and 6: version and type 1, code 0, session, length, then PPP from its protocol on. */
FS_STEP enum flowscope_verdict fs_ppp_skip_session(struct fs_walk *walk)
{
    enum { HEADER_LENGTH = 6 };
    const struct fs_cursor *bytes = &walk->rest.bytes;

    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t session = fs_cursor_u16(bytes, 2);
    const uint16_t length = fs_cursor_u16(bytes, 4);
    if (fs_cursor_u16(bytes, 0) != 0x1100)
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_skip(&walk->rest, HEADER_LENGTH);
    fs_rest_limit(&walk->rest, length);
    return fs_walk_add(walk, FLOWSCOPE_LAYER_pppoe, session);
}

/* RFC 1547, 4.3.1: address, control, Ethernet type. */
FS_STEP enum flowscope_verdict fs_ppp_skip_cisco(struct fs_walk *walk, uint16_t *type)
{
    if (!fs_cursor_has(&walk->rest.bytes, 4))
        return FLOWSCOPE_VERDICT_truncated_link;
    *type = fs_cursor_u16(&walk->rest.bytes, 2);
    fs_rest_skip(&walk->rest, 4);
    return *type < FS_TYPE_FIRST ? FLOWSCOPE_VERDICT_not_ip : FLOWSCOPE_VERDICT_ok;
}

/* What a serial line's first byte says. */
static inline bool fs_ppp_is_cisco(uint8_t address)
{
    enum { CISCO_UNICAST = 0x0f, CISCO_MULTICAST = 0x8f };

    return address == CISCO_UNICAST || address == CISCO_MULTICAST;
}

#endif
