/* SPDX-License-Identifier: BSD-2-Clause */
/* L2TPv2 (RFC 2661) and L2TPv3 (RFC 3931). */
#include "packet/l2tp.h"

#include "packet/ethernet.h"
#include "packet/guess.h"
#include "packet/ppp.h"

/* What follows a session number of version 3 was agreed on elsewhere: a cookie of no, four or eight
 * bytes, a sublayer of no or four, then a frame of any kind. The shortest combination that looks
 * like Ethernet, like PPP, or exactly like an IP packet is taken. */
static enum flowscope_verdict read_session(struct fs_walk *walk, unsigned *version)
{
    enum { OFFSET_MAX = 12, STEP = 4 };
    struct fs_rest *rest = &walk->rest;
    const enum flowscope_verdict verdict = fs_l2tp_skip_session(walk);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    for (uint32_t offset = 0; offset <= OFFSET_MAX; offset += STEP) {
        struct fs_rest inner = *rest;
        if (!fs_cursor_has(&inner.bytes, offset + 10))
            break;
        fs_rest_skip(&inner, offset);
        if (fs_guess_ethernet(&inner, 0)) {
            *rest = inner;
            return fs_ethernet_read(walk, version);
        }
        const uint32_t first = fs_cursor_u32(&inner.bytes, 0);
        if ((first == 0xff030021 && fs_guess_ip(&inner, 4) == 4) ||
            (first == 0xff030057 && fs_guess_ip(&inner, 4) == 6)) {
            *rest = inner;
            return fs_ppp_read(walk, version);
        }
        const unsigned ip = fs_guess_ip(&inner, 0);
        if ((ip == 4 && fs_cursor_u16(&inner.bytes, 2) == inner.wire) ||
            (ip == 6 && 40u + fs_cursor_u16(&inner.bytes, 4) == inner.wire)) {
            *rest = inner;
            return fs_walk_found(ip, version);
        }
    }
    return FLOWSCOPE_VERDICT_not_ip;
}

enum flowscope_verdict fs_l2tp_over_ip(struct fs_walk *walk, unsigned *version)
{
    return read_session(walk, version);
}

enum flowscope_verdict fs_l2tp_over_udp(struct fs_walk *walk, unsigned *version)
{
    if (!fs_cursor_has(&walk->rest.bytes, 4))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t flags = fs_cursor_u16(&walk->rest.bytes, 0);
    if (fs_l2tp_is_control(flags))
        return FLOWSCOPE_VERDICT_not_ip;
    if (fs_l2tp_is_v2(flags)) {
        const enum flowscope_verdict verdict = fs_l2tp_skip_v2(walk);
        return verdict == FLOWSCOPE_VERDICT_ok ? fs_ppp_read(walk, version) : verdict;
    }
    if (!fs_l2tp_is_v3(fs_cursor_u32(&walk->rest.bytes, 0)))
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_skip(&walk->rest, 4);
    return read_session(walk, version);
}
