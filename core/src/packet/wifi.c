/* SPDX-License-Identifier: BSD-2-Clause */
/* IEEE 802.11, radiotap (radiotap.org), PPI (PPI Packet Header Format 1.0.7). */
#include "packet/wifi.h"

#include "packet/ethernet.h"

static uint16_t little16(const struct fs_cursor *bytes, size_t at)
{
    return (uint16_t)(fs_cursor_u8(bytes, at) | fs_cursor_u8(bytes, at + 1) << 8);
}

static uint32_t little32(const struct fs_cursor *bytes, size_t at)
{
    return little16(bytes, at) | (uint32_t)little16(bytes, at + 2) << 16;
}

/* IEEE 802.11, 9.2.4.1 */
enum {
    TYPE_MASK = 0x000f, /* with the version, which is 0 */
    TYPE_DATA = 0x0008,
    SUBTYPE_NO_DATA = 0x0040,
    SUBTYPE_QOS = 0x0080,
    TO_DS = 0x0100,
    FROM_DS = 0x0200,
    PROTECTED = 0x4000,
    ORDER = 0x8000, /* with QoS: an HT control field follows */
    QOS_AMSDU = 0x0080,
};

/* IEEE 802.11, 9.3.2.1.2: where source and destination stand depends on which way the frame
 * goes. */
static void note_addresses(struct fs_walk *walk, uint16_t control, uint32_t length)
{
    const bool to = (control & TO_DS) != 0, from = (control & FROM_DS) != 0;
    const uint32_t destination = to ? 16 : 4;
    const uint32_t source = !from ? 10 : to ? 24 : 16;

    fs_walk_note_mac(walk, destination, source, length);
}

/* `aligned`: the header is padded to a multiple of four, as some devices do. Of what is encrypted,
 * of later fragments, and of aggregates of several packets nothing can be said. */
static enum flowscope_verdict read_mac(struct fs_walk *walk, bool aligned, unsigned *version)
{
    const struct fs_cursor *bytes = &walk->rest.bytes;
    uint32_t length = 24;

    if (!fs_cursor_has(bytes, 2))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t control = little16(bytes, 0);
    if ((control & TYPE_MASK) != TYPE_DATA || (control & (SUBTYPE_NO_DATA | PROTECTED)) != 0)
        return FLOWSCOPE_VERDICT_not_ip;
    if ((control & TO_DS) != 0 && (control & FROM_DS) != 0)
        length += 6;
    if (!fs_cursor_has(bytes, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    if ((little16(bytes, 22) & 0x000f) != 0) /* fragment number */
        return FLOWSCOPE_VERDICT_not_ip;
    if ((control & SUBTYPE_QOS) != 0) {
        if (!fs_cursor_has(bytes, length + 2))
            return FLOWSCOPE_VERDICT_truncated_link;
        if ((little16(bytes, length) & QOS_AMSDU) != 0)
            return FLOWSCOPE_VERDICT_not_ip;
        length += 2;
        if ((control & ORDER) != 0)
            length += 4;
    }
    if (aligned)
        length = (length + 3) & ~3u;
    if (!fs_cursor_has(bytes, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    if (walk->notes)
        note_addresses(walk, control, length);
    fs_rest_skip(&walk->rest, length);
    return fs_ethernet_llc(walk, version);
}

enum flowscope_verdict fs_wifi_read(struct fs_walk *walk, unsigned *version)
{
    return read_mac(walk, false, version);
}

/* The byte of field 1, "Flags"; 0 where there is none. Field 0, a time of eight bytes aligned to
 * eight, is the only one that can stand before it. */
static uint8_t radiotap_flags(const struct fs_cursor *header)
{
    enum { TSFT = 1u << 0, FLAGS = 1u << 1 };
    const uint32_t present = little32(header, 4);
    size_t at = 4;

    if ((present & FLAGS) == 0)
        return 0;
    while (fs_cursor_has(header, at + 4) && (fs_cursor_u8(header, at + 3) & 0x80) != 0)
        at += 4;
    at += 4;
    if ((present & TSFT) != 0)
        at = ((at + 7) & ~(size_t)7) + 8;
    return fs_cursor_has(header, at + 1) ? fs_cursor_u8(header, at) : 0;
}

enum flowscope_verdict fs_wifi_radiotap(struct fs_walk *walk, unsigned *version)
{
    enum { FIXED = 8, FLAG_FCS = 0x10, FLAG_PADDED = 0x20, FCS_LENGTH = 4 };
    const struct fs_cursor *bytes = &walk->rest.bytes;

    if (!fs_cursor_has(bytes, FIXED))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t length = little16(bytes, 2);
    if (fs_cursor_u8(bytes, 0) != 0 || length < FIXED)
        return FLOWSCOPE_VERDICT_not_ip;
    if (!fs_cursor_has(bytes, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    const struct fs_cursor header = fs_cursor_over(bytes->at, length);
    const uint8_t flags = radiotap_flags(&header);
    fs_rest_skip(&walk->rest, length);
    if ((flags & FLAG_FCS) != 0 && walk->rest.wire >= FCS_LENGTH)
        fs_rest_limit(&walk->rest, walk->rest.wire - FCS_LENGTH);
    return read_mac(walk, (flags & FLAG_PADDED) != 0, version);
}

enum flowscope_verdict fs_wifi_skip_ppi(struct fs_walk *walk, uint32_t *link_type)
{
    enum { FIXED = 8 };
    const struct fs_cursor *bytes = &walk->rest.bytes;

    if (!fs_cursor_has(bytes, FIXED))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t length = little16(bytes, 2);
    if (fs_cursor_u8(bytes, 0) != 0 || length < FIXED)
        return FLOWSCOPE_VERDICT_not_ip;
    if (!fs_cursor_has(bytes, (size_t)length + 1))
        return FLOWSCOPE_VERDICT_truncated_link;
    *link_type = little32(bytes, 4);
    fs_rest_skip(&walk->rest, length);
    return FLOWSCOPE_VERDICT_ok;
}
