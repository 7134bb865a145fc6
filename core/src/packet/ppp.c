/* SPDX-License-Identifier: BSD-2-Clause */
/* PPP (RFC 1661), in HDLC-like framing (RFC 1662), over Ethernet (RFC 2516), and Cisco's HDLC. */
#include "packet/ppp.h"

#include "packet/ethernet.h"
#include "packet/mpls.h"

enum {
    PROTOCOL_IPV4 = 0x0021, /* RFC 1332 */
    PROTOCOL_IPV6 = 0x0057, /* RFC 5072 */
    PROTOCOL_MPLS = 0x0281, /* RFC 3032, 4 */
    PROTOCOL_MPLS_UPSTREAM = 0x0283,
};

/* RFC 1661, 2: two bytes, or one if it is odd (6.5). */
static enum flowscope_verdict read_protocol(struct fs_walk *walk, unsigned *version)
{
    if (!fs_cursor_has(&walk->rest.bytes, 1))
        return FLOWSCOPE_VERDICT_truncated_link;
    unsigned protocol = fs_cursor_u8(&walk->rest.bytes, 0);
    uint32_t length = 1;
    if ((protocol & 1) == 0) {
        length = 2;
        if (!fs_cursor_has(&walk->rest.bytes, length))
            return FLOWSCOPE_VERDICT_truncated_link;
        protocol = fs_cursor_u16(&walk->rest.bytes, 0);
    }
    fs_rest_skip(&walk->rest, length);
    switch (protocol) {
    case PROTOCOL_IPV4:
        return fs_walk_found(4, version);
    case PROTOCOL_IPV6:
        return fs_walk_found(6, version);
    case PROTOCOL_MPLS:
    case PROTOCOL_MPLS_UPSTREAM:
        return fs_mpls_read(walk, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
}

enum flowscope_verdict fs_ppp_read(struct fs_walk *walk, unsigned *version)
{
    enum { ADDRESS_CONTROL = 0xff03 };

    if (fs_cursor_has(&walk->rest.bytes, 1) && fs_cursor_u8(&walk->rest.bytes, 0) == 0xff) {
        if (!fs_cursor_has(&walk->rest.bytes, 2))
            return FLOWSCOPE_VERDICT_truncated_link;
        if (fs_cursor_u16(&walk->rest.bytes, 0) == ADDRESS_CONTROL)
            fs_rest_skip(&walk->rest, 2);
    }
    return read_protocol(walk, version);
}

/* RFC 2516, 4 and 6: version and type 1, code 0, session, length, then PPP from its protocol on. */
enum flowscope_verdict fs_ppp_over_ethernet(struct fs_walk *walk, unsigned *version)
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
    const enum flowscope_verdict added = fs_walk_add(walk, FLOWSCOPE_LAYER_pppoe, session);
    if (added != FLOWSCOPE_VERDICT_ok)
        return added;
    return read_protocol(walk, version);
}

/* RFC 1547, 4.3.1: address, control, Ethernet type. */
enum flowscope_verdict fs_ppp_cisco_hdlc(struct fs_walk *walk, unsigned *version)
{
    if (!fs_cursor_has(&walk->rest.bytes, 4))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t type = fs_cursor_u16(&walk->rest.bytes, 2);
    fs_rest_skip(&walk->rest, 4);
    return type < FS_TYPE_FIRST ? FLOWSCOPE_VERDICT_not_ip : fs_ethernet_type(walk, type, version);
}

enum flowscope_verdict fs_ppp_serial(struct fs_walk *walk, unsigned *version)
{
    enum { CISCO_UNICAST = 0x0f, CISCO_MULTICAST = 0x8f };
    const uint8_t address = fs_cursor_u8(&walk->rest.bytes, 0);

    if (address == CISCO_UNICAST || address == CISCO_MULTICAST)
        return fs_ppp_cisco_hdlc(walk, version);
    return fs_ppp_read(walk, version);
}
