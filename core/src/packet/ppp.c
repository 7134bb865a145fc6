/* SPDX-License-Identifier: BSD-2-Clause */
/* PPP (RFC 1661), in HDLC-like framing (RFC 1662), over Ethernet (RFC 2516), and Cisco's HDLC. */
#include "packet/ppp.h"

#include "packet/ethernet.h"
#include "packet/mpls.h"

static enum flowscope_verdict read_protocol(struct fs_walk *walk, unsigned *version)
{
    unsigned protocol;
    const enum flowscope_verdict verdict = fs_ppp_skip_protocol(walk, &protocol);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    switch (protocol) {
    case FS_PPP_IPV4:
        return fs_walk_found(4, version);
    case FS_PPP_IPV6:
        return fs_walk_found(6, version);
    case FS_PPP_MPLS:
    case FS_PPP_MPLS_UPSTREAM:
        return fs_mpls_read(walk, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
}

enum flowscope_verdict fs_ppp_read(struct fs_walk *walk, unsigned *version)
{
    const enum flowscope_verdict verdict = fs_ppp_skip_address(walk);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    return read_protocol(walk, version);
}

enum flowscope_verdict fs_ppp_over_ethernet(struct fs_walk *walk, unsigned *version)
{
    const enum flowscope_verdict verdict = fs_ppp_skip_session(walk);

    return verdict == FLOWSCOPE_VERDICT_ok ? read_protocol(walk, version) : verdict;
}

enum flowscope_verdict fs_ppp_cisco_hdlc(struct fs_walk *walk, unsigned *version)
{
    uint16_t type;
    const enum flowscope_verdict verdict = fs_ppp_skip_cisco(walk, &type);

    return verdict == FLOWSCOPE_VERDICT_ok ? fs_ethernet_type(walk, type, version) : verdict;
}

enum flowscope_verdict fs_ppp_serial(struct fs_walk *walk, unsigned *version)
{
    if (fs_ppp_is_cisco(fs_cursor_u8(&walk->rest.bytes, 0)))
        return fs_ppp_cisco_hdlc(walk, version);
    return fs_ppp_read(walk, version);
}
