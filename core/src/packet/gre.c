/* SPDX-License-Identifier: BSD-2-Clause */
/* GRE (RFC 2784, 2890), NVGRE (RFC 7637), ERSPAN (draft-foschiano-erspan), PPTP (RFC 2637). */
#include "packet/gre.h"

#include "packet/ethernet.h"
#include "packet/ppp.h"

enum {
    CHECKSUM = 0x8000,
    ROUTING = 0x4000, /* RFC 1701; nothing reads it any more */
    KEY = 0x2000,
    SEQUENCE = 0x1000,
    STRICT_ROUTE = 0x0800,
    ACKNOWLEDGMENT = 0x0080, /* version 1 */
    VERSION = 0x0007,
    TYPE_PPP = 0x880b,
    TYPE_ERSPAN = 0x88be,
    TYPE_ERSPAN_III = 0x22eb,
};

struct gre {
    uint16_t flags, type;
    uint32_t length, key;
};

/* draft-foschiano-erspan, 4.1 to 4.3: without a sequence number there is no header (type I), and no
 * session. */
static enum flowscope_verdict read_erspan(struct fs_walk *walk, const struct gre *gre,
                                          unsigned *version)
{
    enum { II = 8, III = 12, SUBHEADER = 8, FRAME_ETHERNET = 0, FRAME_IP = 2 };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    const bool is_iii = gre->type == TYPE_ERSPAN_III;
    uint32_t length = 0, session = 0;
    unsigned frame = FRAME_ETHERNET;

    if (is_iii || (gre->flags & SEQUENCE) != 0) {
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
    if (frame == FRAME_ETHERNET)
        return fs_ethernet_read(walk, version);
    if (frame != FRAME_IP)
        return FLOWSCOPE_VERDICT_not_ip;
    if (!fs_cursor_has(bytes, 1))
        return FLOWSCOPE_VERDICT_truncated_ip;
    return fs_walk_found(fs_cursor_u8(bytes, 0) >> 4 == 6 ? 6 : 4, version);
}

/* RFC 2637, 4.1: the key is the length of the payload and the number of the call. */
static enum flowscope_verdict read_pptp(struct fs_walk *walk, const struct gre *gre,
                                        unsigned *version)
{
    if (gre->type != TYPE_PPP || (gre->flags & KEY) == 0 || (gre->flags & CHECKSUM) != 0)
        return FLOWSCOPE_VERDICT_not_ip;
    if (gre->key >> 16 > walk->rest.wire)
        return FLOWSCOPE_VERDICT_not_ip;
    fs_rest_limit(&walk->rest, gre->key >> 16);
    const enum flowscope_verdict added =
        fs_walk_add(walk, FLOWSCOPE_LAYER_gre_key, gre->key & 0xffff);
    if (added != FLOWSCOPE_VERDICT_ok)
        return added;
    return fs_ppp_read(walk, version);
}

/* RFC 7637, 3.2: an Ethernet frame, the key, and neither checksum nor sequence number. Keyed
 * Ethernet over GRE (RFC 2890) looks the same when it leaves those out, and is taken for NVGRE, as
 * dissectors do: the upper 24 bits of its key then are the virtual subnet. */
static bool is_nvgre(const struct gre *gre)
{
    return gre->type == FS_TYPE_ETHERNET && gre->flags == KEY;
}

static enum flowscope_verdict read_standard(struct fs_walk *walk, const struct gre *gre,
                                            unsigned *version)
{
    enum flowscope_verdict verdict;

    if (gre->type == TYPE_ERSPAN || gre->type == TYPE_ERSPAN_III)
        return read_erspan(walk, gre, version);
    if (is_nvgre(gre))
        verdict = fs_walk_add(walk, FLOWSCOPE_LAYER_nvgre, gre->key >> 8);
    else if ((gre->flags & KEY) != 0)
        verdict = fs_walk_add(walk, FLOWSCOPE_LAYER_gre_key, gre->key);
    else
        verdict = fs_walk_add(walk, FLOWSCOPE_LAYER_gre, 0);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (gre->type == FS_TYPE_ETHERNET)
        return fs_ethernet_read(walk, version);
    if (gre->type == TYPE_PPP)
        return fs_ppp_read(walk, version);
    if (gre->type < FS_TYPE_FIRST)
        return FLOWSCOPE_VERDICT_not_ip;
    return fs_ethernet_type(walk, gre->type, version);
}

enum flowscope_verdict fs_gre_read(struct fs_walk *walk, unsigned *version)
{
    const struct fs_cursor *bytes = &walk->rest.bytes;
    struct gre gre = {.length = 4};

    if (!fs_cursor_has(bytes, gre.length))
        return FLOWSCOPE_VERDICT_truncated_link;
    gre.flags = fs_cursor_u16(bytes, 0);
    gre.type = fs_cursor_u16(bytes, 2);
    if ((gre.flags & (ROUTING | STRICT_ROUTE)) != 0 || (gre.flags & VERSION) > 1)
        return FLOWSCOPE_VERDICT_not_ip;
    if ((gre.flags & CHECKSUM) != 0)
        gre.length += 4;
    const uint32_t key_at = gre.length;
    if ((gre.flags & KEY) != 0)
        gre.length += 4;
    if ((gre.flags & SEQUENCE) != 0)
        gre.length += 4;
    if ((gre.flags & VERSION) == 1 && (gre.flags & ACKNOWLEDGMENT) != 0)
        gre.length += 4;
    if (!fs_cursor_has(bytes, gre.length))
        return FLOWSCOPE_VERDICT_truncated_link;
    if ((gre.flags & KEY) != 0)
        gre.key = fs_cursor_u32(bytes, key_at);
    fs_rest_skip(&walk->rest, gre.length);
    return (gre.flags & VERSION) == 1 ? read_pptp(walk, &gre, version)
                                      : read_standard(walk, &gre, version);
}
