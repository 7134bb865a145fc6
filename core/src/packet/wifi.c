/* SPDX-License-Identifier: BSD-2-Clause */
/* IEEE 802.11 data frames (9.3.2.1), with radiotap or PPI ahead. */
#include "packet/link.h"

static uint16_t little16(const struct fs_cursor *bytes, size_t offset)
{
    return (uint16_t)(fs_cursor_u8(bytes, offset) | fs_cursor_u8(bytes, offset + 1) << 8);
}

static uint32_t little32(const struct fs_cursor *bytes, size_t offset)
{
    return little16(bytes, offset) | (uint32_t)little16(bytes, offset + 2) << 16;
}

/* `is_padded`: the receiver filled the header up to a multiple of four bytes. */
static enum flowscope_verdict read_frame(struct fs_walk *walk, bool is_padded, unsigned *version)
{
    enum {
        TYPE_DATA = 0x08,
        TYPE_MASK = 0x0f, /* with the protocol version, which is 0 */
        SUBTYPE_NO_DATA = 0x40,
        SUBTYPE_QOS = 0x80,
        TO_AND_FROM_DS = 0x03, /* a fourth address */
        IS_PROTECTED = 0x40,
        HAS_HT_CONTROL = 0x80,
        HEADER_LENGTH = 24,
        SEQUENCE_AT = 22,
        AGGREGATE = 0x80,
        SUBFRAME_HEADER = 14,
    };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    uint32_t length = HEADER_LENGTH;
    bool is_aggregate = false;
    uint8_t control, flags;

    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_link;
    control = fs_cursor_u8(bytes, 0);
    flags = fs_cursor_u8(bytes, 1);
    if ((control & TYPE_MASK) != TYPE_DATA || (control & SUBTYPE_NO_DATA) ||
        (flags & IS_PROTECTED) || (little16(bytes, SEQUENCE_AT) & 0x0f) != 0)
        return FLOWSCOPE_VERDICT_not_ip;
    if ((flags & TO_AND_FROM_DS) == TO_AND_FROM_DS)
        length += 6;
    if (control & SUBTYPE_QOS) {
        if (!fs_cursor_has(bytes, length + 2))
            return FLOWSCOPE_VERDICT_truncated_link;
        is_aggregate = fs_cursor_u8(bytes, length) & AGGREGATE;
        length += 2;
        if (flags & HAS_HT_CONTROL)
            length += 4;
    }
    if (is_padded)
        length = (length + 3) & ~3u;
    if (is_aggregate) /* of an A-MSDU the first subframe */
        length += SUBFRAME_HEADER;
    if (!fs_walk_skip(walk, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    return fs_llc_read(walk, version);
}

enum flowscope_verdict fs_wifi_read(struct fs_walk *walk, unsigned *version)
{
    return read_frame(walk, false, version);
}

/* radiotap.org: version, pad, length, words of presence, then fields of their natural alignment:
 * of all those only the flags matter, which say that the frame's header is padded. */
enum flowscope_verdict fs_radiotap_read(struct fs_walk *walk, unsigned *version)
{
    enum { HAS_TSFT = 1, HAS_FLAGS = 2, FLAG_PADDED = 0x20 };
    const uint32_t more = 0x80000000u;
    const struct fs_cursor *bytes = &walk->rest.bytes;
    uint32_t length, present, at = 4;
    bool is_padded = false;

    if (!fs_cursor_has(bytes, 8))
        return FLOWSCOPE_VERDICT_truncated_link;
    length = little16(bytes, 2);
    if (fs_cursor_u8(bytes, 0) != 0 || length < 8)
        return FLOWSCOPE_VERDICT_not_ip;
    if (!fs_cursor_has(bytes, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    present = little32(bytes, at);
    while (at + 8 <= length && (little32(bytes, at) & more))
        at += 4;
    at += 4;
    if (present & HAS_TSFT)
        at = ((at + 7) & ~7u) + 8;
    if ((present & HAS_FLAGS) && at < length)
        is_padded = fs_cursor_u8(bytes, at) & FLAG_PADDED;
    fs_rest_skip(&walk->rest, length);
    return read_frame(walk, is_padded, version);
}

/* Per-Packet Information, CACE 2008: version, flags, length, LINKTYPE_ number. */
enum flowscope_verdict fs_ppi_read(struct fs_walk *walk, unsigned *version)
{
    enum { HEADER_LENGTH = 8, LINK_PPI = 192 };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    uint32_t length, link_type;

    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_link;
    length = little16(bytes, 2);
    link_type = little32(bytes, 4);
    if (fs_cursor_u8(bytes, 0) != 0 || length < HEADER_LENGTH || link_type == LINK_PPI)
        return FLOWSCOPE_VERDICT_not_ip;
    if (!fs_walk_skip(walk, length) || walk->rest.bytes.left == 0)
        return FLOWSCOPE_VERDICT_truncated_link;
    return fs_link_read(walk, link_type, version);
}
