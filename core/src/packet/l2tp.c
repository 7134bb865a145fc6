/* SPDX-License-Identifier: BSD-2-Clause */
/* Data messages of L2TP: version 2 (RFC 2661) carries PPP, version 3 (RFC 3931) what its control
 * connection has agreed, which nothing in the packet tells. */
#include "packet/walk.h"

/* After the session identifier of version 3: a cookie of 0, 4 or 8 bytes and a sublayer header of
 * 0 or 4, then Ethernet or PPP. The first distance at which IP is found inside is taken. */
static enum flowscope_verdict read_session_v3(struct fs_walk *walk, unsigned *version)
{
    enum { LONGEST = 12 };
    const uint32_t session = fs_cursor_u32(&walk->rest.bytes, 0);
    const struct fs_rest after = {
        .bytes = fs_cursor_over(walk->rest.bytes.at + 4, walk->rest.bytes.left - 4),
        .wire = walk->rest.wire - 4};
    enum flowscope_verdict verdict;

    if (session == 0) /* a control message */
        return FLOWSCOPE_VERDICT_not_ip;
    for (uint32_t distance = 0; distance <= LONGEST; distance += 4) {
        walk->rest = after;
        if (!fs_walk_skip(walk, distance))
            break;
        if (!fs_ethernet_guess(&walk->rest))
            continue;
        verdict = fs_walk_layer(walk, FLOWSCOPE_LAYER_l2tp, session);
        return verdict == FLOWSCOPE_VERDICT_ok ? fs_ethernet_read(walk, version) : verdict;
    }
    return FLOWSCOPE_VERDICT_not_ip;
}

enum flowscope_verdict fs_l2tp_ip_read(struct fs_walk *walk, unsigned *version)
{
    if (!fs_cursor_has(&walk->rest.bytes, 4))
        return FLOWSCOPE_VERDICT_truncated_link;
    return read_session_v3(walk, version);
}

/* RFC 2661, 3.1 */
static enum flowscope_verdict read_v2(struct fs_walk *walk, uint16_t flags, unsigned *version)
{
    enum { HAS_LENGTH = 0x4000, HAS_SEQUENCE = 0x0800, HAS_OFFSET = 0x0200 };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    const uint32_t session_at = flags & HAS_LENGTH ? 6 : 4;
    uint32_t length = session_at + 2;
    enum flowscope_verdict verdict;

    if (flags & HAS_SEQUENCE)
        length += 4;
    if (flags & HAS_OFFSET)
        length += 2;
    if (!fs_cursor_has(bytes, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    if ((flags & HAS_LENGTH) && fs_cursor_u16(bytes, 2) > walk->rest.wire)
        return FLOWSCOPE_VERDICT_not_ip;
    if (flags & HAS_OFFSET)
        length += fs_cursor_u16(bytes, length - 2);
    verdict = fs_walk_layer(walk, FLOWSCOPE_LAYER_l2tp, fs_cursor_u16(bytes, session_at));
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (!fs_walk_skip(walk, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    return fs_ppp_read(walk, version);
}

enum flowscope_verdict fs_l2tp_udp_read(struct fs_walk *walk, unsigned *version)
{
    enum { IS_CONTROL = 0x8000, VERSION_MASK = 0x000f, V3_PREFIX = 4 };
    uint16_t flags;

    if (!fs_cursor_has(&walk->rest.bytes, 8))
        return FLOWSCOPE_VERDICT_truncated_link;
    flags = fs_cursor_u16(&walk->rest.bytes, 0);
    if (flags & IS_CONTROL)
        return FLOWSCOPE_VERDICT_not_ip;
    switch (flags & VERSION_MASK) {
    case 2:
        return read_v2(walk, flags, version);
    case 3:
        fs_rest_skip(&walk->rest, V3_PREFIX);
        return read_session_v3(walk, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
}
