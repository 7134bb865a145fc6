/* SPDX-License-Identifier: BSD-2-Clause */
/* GRE and what is built on it. */
#ifndef FS_PACKET_GRE_H
#define FS_PACKET_GRE_H

#include "packet/ethernet.h"

/* A step (walk.h) at a GRE header. */
enum flowscope_verdict fs_gre_read(struct fs_walk *walk, unsigned *version);

enum {
    FS_GRE_CHECKSUM = 0x8000,
    FS_GRE_ROUTING = 0x4000, /* RFC 1701; nothing reads it any more */
    FS_GRE_KEY = 0x2000,
    FS_GRE_SEQUENCE = 0x1000,
    FS_GRE_STRICT_ROUTE = 0x0800,
    FS_GRE_ACKNOWLEDGMENT = 0x0080, /* version 1 */
    FS_GRE_VERSION = 0x0007,
    FS_GRE_TYPE_PPP = 0x880b,
    FS_GRE_TYPE_WCCP = 0x883e,
    FS_GRE_TYPE_ERSPAN = 0x88be,
    FS_GRE_TYPE_ERSPAN_III = 0x22eb,
};

struct fs_gre {
    uint16_t flags, type;
    uint32_t length, key;
};

FS_STEP enum flowscope_verdict fs_gre_skip(struct fs_walk *walk, struct fs_gre *out)
{
    const struct fs_cursor *bytes = &walk->rest.bytes;
    struct fs_gre gre = {.length = 4};

    if (!fs_cursor_has(bytes, gre.length))
        return FLOWSCOPE_VERDICT_truncated_link;
    gre.flags = fs_cursor_u16(bytes, 0);
    gre.type = fs_cursor_u16(bytes, 2);
    if ((gre.flags & (FS_GRE_ROUTING | FS_GRE_STRICT_ROUTE)) != 0 ||
        (gre.flags & FS_GRE_VERSION) > 1)
        return FLOWSCOPE_VERDICT_not_ip;
    if ((gre.flags & FS_GRE_CHECKSUM) != 0)
        gre.length += 4;
    const uint32_t key_at = gre.length;
    if ((gre.flags & FS_GRE_KEY) != 0)
        gre.length += 4;
    if ((gre.flags & FS_GRE_SEQUENCE) != 0)
        gre.length += 4;
    if ((gre.flags & FS_GRE_VERSION) == 1 && (gre.flags & FS_GRE_ACKNOWLEDGMENT) != 0)
        gre.length += 4;
    if (!fs_cursor_has(bytes, gre.length))
        return FLOWSCOPE_VERDICT_truncated_link;
    if ((gre.flags & FS_GRE_KEY) != 0)
        gre.key = fs_cursor_u32(bytes, key_at);
    fs_rest_skip(&walk->rest, gre.length);
    *out = gre;
    return FLOWSCOPE_VERDICT_ok;
}

/* RFC 7637, 3.2: an Ethernet frame, the key, and neither checksum nor sequence number. Keyed
 * Ethernet over GRE (RFC 2890) looks the same when it leaves those out, and is taken for NVGRE, as
 * dissectors do: the upper 24 bits of its key then are the virtual subnet. */
static inline bool fs_gre_is_nvgre(const struct fs_gre *gre)
{
    return gre->type == FS_TYPE_ETHERNET && gre->flags == FS_GRE_KEY;
}

/* The layer of any but ERSPAN and version 1. */
FS_STEP enum flowscope_verdict fs_gre_add(struct fs_walk *walk, const struct fs_gre *gre)
{
    if (fs_gre_is_nvgre(gre))
        return fs_walk_add(walk, FLOWSCOPE_LAYER_nvgre, gre->key >> 8);
    if ((gre->flags & FS_GRE_KEY) != 0)
        return fs_walk_add(walk, FLOWSCOPE_LAYER_gre_key, gre->key);
    return fs_walk_add(walk, FLOWSCOPE_LAYER_gre, 0);
}

/* RFC 2637, 4.1: the key is the length of the payload and the number of the call. Up to PPP. */
FS_STEP enum flowscope_verdict fs_gre_skip_pptp(struct fs_walk *walk, const struct fs_gre *gre)
{
    if (gre->type != FS_GRE_TYPE_PPP || (gre->flags & FS_GRE_KEY) == 0 ||
        (gre->flags & FS_GRE_CHECKSUM) != 0)
        return FLOWSCOPE_VERDICT_not_ip;
    if (gre->key >> 16 > walk->rest.wire)
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_limit(&walk->rest, gre->key >> 16);
    return fs_walk_add(walk, FLOWSCOPE_LAYER_gre_key, gre->key & 0xffff);
}

/* draft-foschiano-erspan, 4.1 to 4.3: without a sequence number there is no header (type I), and no
 * session. Ethernet follows, or IP. */
FS_STEP enum flowscope_verdict fs_gre_skip_erspan(struct fs_walk *walk, const struct fs_gre *gre,
                                                  bool *is_ethernet, unsigned *version)
{
    enum { II = 8, III = 12, SUBHEADER = 8, FRAME_ETHERNET = 0, FRAME_IP = 2 };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    const bool is_iii = gre->type == FS_GRE_TYPE_ERSPAN_III;
    uint32_t length = 0, session = 0;
    unsigned frame = FRAME_ETHERNET;

    if (is_iii || (gre->flags & FS_GRE_SEQUENCE) != 0) {
        length = is_iii ? III : II;
        if (!fs_cursor_has(bytes, length))
            return FLOWSCOPE_VERDICT_truncated_link;
        if (fs_cursor_u8(bytes, 0) >> 4 != (is_iii ? 2 : 1))
            return FLOWSCOPE_VERDICT_not_ip;
        session = fs_cursor_u16(bytes, 2) & 0x03ffu;
    }
    if (is_iii) {
        const uint16_t last = fs_cursor_u16(bytes, 10);
        frame = last >> 10 & 0x1f;
        if ((last & 1) != 0)
            length += SUBHEADER;
        if (!fs_cursor_has(bytes, length))
            return FLOWSCOPE_VERDICT_truncated_link;
    }
    fs_rest_skip(&walk->rest, length);
    const enum flowscope_verdict added = fs_walk_add(walk, FLOWSCOPE_LAYER_erspan, session);
    if (added != FLOWSCOPE_VERDICT_ok)
        return added;
    *is_ethernet = frame == FRAME_ETHERNET;
    if (*is_ethernet)
        return FLOWSCOPE_VERDICT_ok;
    if (frame != FRAME_IP)
        return FLOWSCOPE_VERDICT_not_ip;
    if (!fs_cursor_has(bytes, 1))
        return FLOWSCOPE_VERDICT_truncated_ip;
    return fs_walk_found(fs_cursor_u8(bytes, 0) >> 4 == 6 ? 6 : 4, version);
}

#endif
