/* SPDX-License-Identifier: BSD-2-Clause */
/* IEEE 802.11 data frames, and the headers that captures put ahead of them. */
#ifndef FS_PACKET_WIFI_H
#define FS_PACKET_WIFI_H

#include "packet/ethernet.h"

/* Steps (walk.h): at a MAC header; at a radiotap header. */
enum flowscope_verdict fs_wifi_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_wifi_radiotap(struct fs_walk *walk, unsigned *version);

static inline uint16_t fs_wifi_little16(const struct fs_cursor *bytes, size_t at)
{
    return (uint16_t)(fs_cursor_u8(bytes, at) | fs_cursor_u8(bytes, at + 1) << 8);
}

static inline uint32_t fs_wifi_little32(const struct fs_cursor *bytes, size_t at)
{
    return fs_wifi_little16(bytes, at) | (uint32_t)fs_wifi_little16(bytes, at + 2) << 16;
}

/* IEEE 802.11, 9.2.4.1 */
enum {
    FS_WIFI_TYPE_MASK = 0x000f, /* with the version, which is 0 */
    FS_WIFI_TYPE_DATA = 0x0008,
    FS_WIFI_SUBTYPE_NO_DATA = 0x0040,
    FS_WIFI_SUBTYPE_QOS = 0x0080,
    FS_WIFI_TO_DS = 0x0100,
    FS_WIFI_FROM_DS = 0x0200,
    FS_WIFI_PROTECTED = 0x4000,
    FS_WIFI_ORDER = 0x8000, /* with QoS: an HT control field follows */
    FS_WIFI_QOS_AMSDU = 0x0080,
};

/* The length of a MAC header. `aligned`: it is padded to a multiple of four, as some devices do. Of
 * what is encrypted, of later fragments, and of aggregates of several packets nothing can be said.
 */
FS_STEP enum flowscope_verdict fs_wifi_measure(const struct fs_walk *walk, bool aligned,
                                               uint32_t *header_length)
{
    const struct fs_cursor *bytes = &walk->rest.bytes;
    uint32_t length = 24;

    if (!fs_cursor_has(bytes, 2))
        return FLOWSCOPE_VERDICT_truncated_link;
    const uint16_t control = fs_wifi_little16(bytes, 0);
    if ((control & FS_WIFI_TYPE_MASK) != FS_WIFI_TYPE_DATA ||
        (control & (FS_WIFI_SUBTYPE_NO_DATA | FS_WIFI_PROTECTED)) != 0)
        return FLOWSCOPE_VERDICT_not_ip;
    if ((control & FS_WIFI_TO_DS) != 0 && (control & FS_WIFI_FROM_DS) != 0)
        length += 6;
    if (!fs_cursor_has(bytes, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    if ((fs_wifi_little16(bytes, 22) & 0x000f) != 0) /* fragment number */
        return FLOWSCOPE_VERDICT_not_ip;
    if ((control & FS_WIFI_SUBTYPE_QOS) != 0) {
        if (!fs_cursor_has(bytes, length + 2))
            return FLOWSCOPE_VERDICT_truncated_link;
        if ((fs_wifi_little16(bytes, length) & FS_WIFI_QOS_AMSDU) != 0)
            return FLOWSCOPE_VERDICT_not_ip;
        length += 2;
        if ((control & FS_WIFI_ORDER) != 0)
            length += 4;
    }
    if (aligned)
        length = (length + 3) & ~3u;
    if (!fs_cursor_has(bytes, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    *header_length = length;
    return FLOWSCOPE_VERDICT_ok;
}

/* Up to an Ethernet type. */
FS_STEP enum flowscope_verdict fs_wifi_skip(struct fs_walk *walk, bool aligned, uint16_t *type)
{
    uint32_t length;
    const enum flowscope_verdict verdict = fs_wifi_measure(walk, aligned, &length);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    fs_rest_skip(&walk->rest, length);
    return fs_ethernet_skip_llc(walk, type);
}

/* Where the fields of a radiotap header begin, behind the words that say which there are. */
static inline uint32_t fs_wifi_radiotap_fields_at(const struct fs_cursor *header)
{
    uint32_t at = 4;

    while (fs_cursor_has(header, at + 4) && (fs_cursor_u8(header, at + 3) & 0x80) != 0)
        at += 4;
    return at + 4;
}

/* Where the byte of field 1, "Flags", is; 0 where there is none. Field 0, a time of eight bytes
 * aligned to eight, is the only one that can stand before it. */
static inline uint32_t fs_wifi_radiotap_flags_at(const struct fs_cursor *header)
{
    enum { TSFT = 1u << 0, FLAGS = 1u << 1 };
    const uint32_t present = fs_wifi_little32(header, 4);

    if ((present & FLAGS) == 0)
        return 0;
    uint32_t at = fs_wifi_radiotap_fields_at(header);
    if ((present & TSFT) != 0)
        at = ((at + 7) & ~UINT32_C(7)) + 8;
    return fs_cursor_has(header, at + 1) ? at : 0;
}

static inline uint8_t fs_wifi_radiotap_flags(const struct fs_cursor *header)
{
    const uint32_t at = fs_wifi_radiotap_flags_at(header);

    return at != 0 ? fs_cursor_u8(header, at) : 0;
}

/* Of a radiotap or PPI header, which begin alike: version 0, a byte, length. It is captured, and
 * `more` behind it. */
FS_STEP enum flowscope_verdict fs_wifi_measure_ahead(const struct fs_cursor *bytes, uint32_t more,
                                                     uint32_t *length)
{
    enum { FIXED = 8 };

    if (!fs_cursor_has(bytes, FIXED))
        return FLOWSCOPE_VERDICT_truncated_link;
    *length = fs_wifi_little16(bytes, 2);
    if (fs_cursor_u8(bytes, 0) != 0 || *length < FIXED)
        return FLOWSCOPE_VERDICT_not_ip;
    return fs_cursor_has(bytes, *length + more) ? FLOWSCOPE_VERDICT_ok
                                                : FLOWSCOPE_VERDICT_truncated_link;
}

/* Of those flags; a frame check sequence follows the frame. */
enum { FS_WIFI_FLAG_FCS = 0x10, FS_WIFI_FLAG_PADDED = 0x20, FS_WIFI_FCS = 4 };

FS_STEP enum flowscope_verdict fs_wifi_skip_radiotap(struct fs_walk *walk, bool *aligned)
{
    const struct fs_cursor *bytes = &walk->rest.bytes;
    uint32_t length;
    const enum flowscope_verdict verdict = fs_wifi_measure_ahead(bytes, 0, &length);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    const struct fs_cursor header = fs_cursor_over(bytes->at, length);
    const uint8_t flags = fs_wifi_radiotap_flags(&header);
    fs_rest_skip(&walk->rest, length);
    if ((flags & FS_WIFI_FLAG_FCS) != 0 && walk->rest.wire >= FS_WIFI_FCS)
        fs_rest_limit(&walk->rest, walk->rest.wire - FS_WIFI_FCS);
    *aligned = (flags & FS_WIFI_FLAG_PADDED) != 0;
    return FLOWSCOPE_VERDICT_ok;
}

/* Takes a PPI header off; *link_type is that of what follows. */
FS_STEP enum flowscope_verdict fs_wifi_skip_ppi(struct fs_walk *walk, uint32_t *link_type)
{
    const struct fs_cursor *bytes = &walk->rest.bytes;
    uint32_t length;
    const enum flowscope_verdict verdict = fs_wifi_measure_ahead(bytes, 1, &length);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    *link_type = fs_wifi_little32(bytes, 4);
    fs_rest_skip(&walk->rest, length);
    return FLOWSCOPE_VERDICT_ok;
}

#endif
