/* SPDX-License-Identifier: BSD-2-Clause */
/* GRE (RFC 2784, 2890), its version 1 that carries PPP (RFC 2637), NVGRE (RFC 7637), ERSPAN. */
#include "packet/walk.h"

enum {
    FLAG_CHECKSUM = 0x8000,
    FLAG_ROUTING = 0x4000,
    FLAG_KEY = 0x2000,
    FLAG_SEQUENCE = 0x1000,
    FLAG_ACKNOWLEDGMENT = 0x0080, /* version 1 */
    VERSION_MASK = 0x0007,
    TYPE_BRIDGED = 0x6558, /* Ethernet */
    TYPE_PPP = 0x880b,
    TYPE_ERSPAN = 0x88be, /* types I and II */
    TYPE_ERSPAN_III = 0x22eb,
};

/* draft-foschiano-erspan-03, 4: type I has no header, and no sequence number before it. */
static enum flowscope_verdict read_erspan(struct fs_walk *walk, uint16_t type, bool has_sequence,
                                          unsigned *version)
{
    enum { SESSION_MASK = 0x03ff, PLATFORM_LENGTH = 8 };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    uint32_t length = type == TYPE_ERSPAN ? 8 : 12, id = 0;
    enum flowscope_verdict verdict;

    if (type == TYPE_ERSPAN && !has_sequence) {
        length = 0;
    } else {
        if (!fs_cursor_has(bytes, length))
            return FLOWSCOPE_VERDICT_truncated_link;
        if (fs_cursor_u8(bytes, 0) >> 4 != (type == TYPE_ERSPAN ? 1 : 2))
            return FLOWSCOPE_VERDICT_not_ip;
        id = fs_cursor_u16(bytes, 2) & SESSION_MASK;
        if (type == TYPE_ERSPAN_III && (fs_cursor_u8(bytes, 11) & 1))
            length += PLATFORM_LENGTH;
    }
    verdict = fs_walk_layer(walk, FLOWSCOPE_LAYER_erspan, id);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (!fs_walk_skip(walk, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    return fs_ethernet_read(walk, version);
}

/* The layer of a plain GRE header. NVGRE has a key, nothing else, and carries Ethernet
 * (RFC 7637, 3.2); of its key the last byte is no part of the subnet. */
static enum flowscope_verdict add_layer(struct fs_walk *walk, uint16_t flags, uint16_t type,
                                        uint32_t key)
{
    if (type == TYPE_BRIDGED && flags == FLAG_KEY)
        return fs_walk_layer(walk, FLOWSCOPE_LAYER_nvgre, key >> 8);
    if (flags & FLAG_KEY)
        return fs_walk_layer(walk, FLOWSCOPE_LAYER_gre_key, key);
    return fs_walk_layer(walk, FLOWSCOPE_LAYER_gre, 0);
}

/* RFC 2637, 4.1: the key is payload length and call; only packets with a sequence number carry. */
static enum flowscope_verdict read_version_1(struct fs_walk *walk, uint16_t flags, uint16_t type,
                                             unsigned *version)
{
    const uint32_t length = flags & FLAG_ACKNOWLEDGMENT ? 16 : 12;
    enum flowscope_verdict verdict;
    uint16_t payload_length;

    if (type != TYPE_PPP || !(flags & FLAG_KEY) || !(flags & FLAG_SEQUENCE))
        return FLOWSCOPE_VERDICT_not_ip;
    if (!fs_cursor_has(&walk->rest.bytes, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    payload_length = fs_cursor_u16(&walk->rest.bytes, 4);
    verdict = fs_walk_layer(walk, FLOWSCOPE_LAYER_gre_key, fs_cursor_u16(&walk->rest.bytes, 6));
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    fs_rest_skip(&walk->rest, length);
    fs_rest_limit(&walk->rest, payload_length);
    return fs_ppp_read(walk, version);
}

enum flowscope_verdict fs_gre_read(struct fs_walk *walk, unsigned *version)
{
    const struct fs_cursor *bytes = &walk->rest.bytes;
    enum flowscope_verdict verdict;
    uint32_t length = 4, key = 0;
    uint16_t flags, type;

    if (!fs_cursor_has(bytes, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    flags = fs_cursor_u16(bytes, 0);
    type = fs_cursor_u16(bytes, 2);
    if ((flags & VERSION_MASK) == 1)
        return read_version_1(walk, flags, type, version);
    if ((flags & VERSION_MASK) != 0 || (flags & FLAG_ROUTING))
        return FLOWSCOPE_VERDICT_not_ip;
    if (flags & FLAG_CHECKSUM)
        length += 4;
    if (flags & FLAG_KEY) {
        if (!fs_cursor_has(bytes, length + 4))
            return FLOWSCOPE_VERDICT_truncated_link;
        key = fs_cursor_u32(bytes, length);
        length += 4;
    }
    if (flags & FLAG_SEQUENCE)
        length += 4;
    if (!fs_walk_skip(walk, length))
        return FLOWSCOPE_VERDICT_truncated_link;
    if (type == TYPE_ERSPAN || type == TYPE_ERSPAN_III)
        return read_erspan(walk, type, flags & FLAG_SEQUENCE, version);
    verdict = add_layer(walk, flags, type, key);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (type == TYPE_BRIDGED)
        return fs_ethernet_read(walk, version);
    if (type == TYPE_PPP)
        return fs_ppp_read(walk, version);
    return fs_ethertype_read(walk, type, version);
}
