/* SPDX-License-Identifier: BSD-2-Clause */
/* L2TP data messages. */
#ifndef FS_PACKET_L2TP_H
#define FS_PACKET_L2TP_H

#include "packet/guess.h"
#include "packet/walk.h"

/* Steps (walk.h): at a header of either version, inside UDP; at a session header, inside IP. */
enum flowscope_verdict fs_l2tp_over_udp(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_l2tp_over_ip(struct fs_walk *walk, unsigned *version);

static inline bool fs_l2tp_is_control(uint16_t flags)
{
    return (flags & 0x8000) != 0;
}

static inline bool fs_l2tp_is_v2(uint16_t flags)
{
    return (flags & 0x000f) == 2;
}

/* RFC 2661, 3.1 */
FS_STEP enum flowscope_verdict fs_l2tp_skip_v2(struct fs_walk *walk)
{
    enum { LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200, RESERVED = 0x34f0 };
    const struct fs_cursor *bytes = &walk->rest.bytes;

    if (!fs_cursor_has(bytes, 2))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t flags = fs_cursor_u16(bytes, 0);
    const uint32_t ids_at = (flags & LENGTH) != 0 ? 4 : 2;
    uint32_t header_length = ids_at + 4 + ((flags & SEQUENCE) != 0 ? 4 : 0);

    if ((flags & RESERVED) != 0)
        return FLOWSCOPE_VERDICT_not_ip;
    if (!fs_cursor_has(bytes, header_length + 2))
        return FLOWSCOPE_VERDICT_truncated_link;
    if ((flags & OFFSET) != 0)
        header_length += 2u + fs_cursor_u16(bytes, header_length);
    const uint16_t session = fs_cursor_u16(bytes, ids_at + 2);
    if ((flags & LENGTH) != 0) {
        const uint16_t length = fs_cursor_u16(bytes, 2);
        if (length < header_length || length > walk->rest.wire)
            return FLOWSCOPE_VERDICT_not_ip;
        fs_rest_limit(&walk->rest, length);
    }
    if (!fs_cursor_has(bytes, header_length))
        return FLOWSCOPE_VERDICT_truncated_link;
    fs_rest_skip(&walk->rest, header_length);
    return fs_walk_add(walk, FLOWSCOPE_LAYER_l2tp, session);
}

/* RFC 3931, 4.1.2.1: in UDP, nothing but the version in the four bytes before that. */
static inline bool fs_l2tp_is_v3(uint32_t first)
{
    return first == 0x00030000;
}

/* RFC 3931, 4.1.1: the number of the session; what follows must be guessed. */
FS_STEP enum flowscope_verdict fs_l2tp_skip_session(struct fs_walk *walk)
{
    if (!fs_cursor_has(&walk->rest.bytes, 4))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint32_t session = fs_cursor_u32(&walk->rest.bytes, 0);
    if (session == 0) /* a control message */
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_skip(&walk->rest, 4);
    if (!fs_guess_can(&walk->rest, FS_GUESS_BYTES))
        return FLOWSCOPE_VERDICT_truncated_link;
    return fs_walk_add(walk, FLOWSCOPE_LAYER_l2tp, session);
}

#endif
