/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels that a UDP port announces. */
#include "packet/walk.h"

#define TYPE_BRIDGED 0x6558

static enum flowscope_verdict read_ethernet_or_type(struct fs_walk *walk, uint16_t type,
                                                    unsigned *version)
{
    if (type == TYPE_BRIDGED)
        return fs_ethernet_read(walk, version);
    return fs_ethertype_read(walk, type, version);
}

/* RFC 7348, 5; with the P flag VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe, 3.1), whatever the port. */
enum flowscope_verdict fs_vxlan_read(struct fs_walk *walk, unsigned *version)
{
    enum {
        HEADER_LENGTH = 8,
        FLAG_ID = 0x08,
        FLAG_PROTOCOL = 0x04,
        GPE_VERSION = 0x30,
        NEXT_IPV4 = 1,
        NEXT_IPV6 = 2,
        NEXT_ETHERNET = 3,
        NEXT_MPLS = 5,
    };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    enum flowscope_verdict verdict;
    uint8_t flags, next;

    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_link;
    flags = fs_cursor_u8(bytes, 0);
    next = flags & FLAG_PROTOCOL ? fs_cursor_u8(bytes, 3) : NEXT_ETHERNET;
    if (!(flags & FLAG_ID) || (flags & GPE_VERSION) || fs_cursor_u8(bytes, 7) != 0)
        return FLOWSCOPE_VERDICT_not_ip;
    verdict = fs_walk_layer(walk, FLOWSCOPE_LAYER_vxlan, fs_cursor_u32(bytes, 4) >> 8);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    fs_rest_skip(&walk->rest, HEADER_LENGTH);
    switch (next) {
    case NEXT_IPV4:
        return fs_walk_found(4, version);
    case NEXT_IPV6:
        return fs_walk_found(6, version);
    case NEXT_ETHERNET:
        return fs_ethernet_read(walk, version);
    case NEXT_MPLS:
        return fs_mpls_read(walk, version);
    default:
        return FLOWSCOPE_VERDICT_not_ip;
    }
}

/* RFC 8926, 3.4 */
enum flowscope_verdict fs_geneve_read(struct fs_walk *walk, unsigned *version)
{
    enum { HEADER_LENGTH = 8, VERSION = 0xc0, OPTION_WORDS = 0x3f };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    enum flowscope_verdict verdict;
    uint16_t type;
    uint8_t first;

    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_link;
    first = fs_cursor_u8(bytes, 0);
    type = fs_cursor_u16(bytes, 2);
    if ((first & VERSION) || fs_cursor_u8(bytes, 7) != 0)
        return FLOWSCOPE_VERDICT_not_ip;
    verdict = fs_walk_layer(walk, FLOWSCOPE_LAYER_geneve, fs_cursor_u32(bytes, 4) >> 8);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (!fs_walk_skip(walk, HEADER_LENGTH + (first & OPTION_WORDS) * 4u))
        return FLOWSCOPE_VERDICT_truncated_link;
    return read_ethernet_or_type(walk, type, version);
}

/* 3GPP TS 29.281, 5.1 and 5.2: version 1, GTP and not GTP', G-PDU, extension headers. */
enum flowscope_verdict fs_gtpu_read(struct fs_walk *walk, unsigned *version)
{
    enum {
        HEADER_LENGTH = 8,
        VERSION_AND_TYPE = 0xf0,
        VERSION_1_GTP = 0x30,
        FLAG_EXTENSION = 0x04,
        FLAGS_OPTIONAL = 0x07,
        G_PDU = 255,
    };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    enum flowscope_verdict verdict;
    uint8_t flags, next;

    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_link;
    flags = fs_cursor_u8(bytes, 0);
    if ((flags & VERSION_AND_TYPE) != VERSION_1_GTP || fs_cursor_u8(bytes, 1) != G_PDU ||
        fs_cursor_u16(bytes, 2) > walk->rest.wire - HEADER_LENGTH)
        return FLOWSCOPE_VERDICT_not_ip;
    verdict = fs_walk_layer(walk, FLOWSCOPE_LAYER_gtpu, fs_cursor_u32(bytes, 4));
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    fs_rest_limit(&walk->rest, HEADER_LENGTH + (uint32_t)fs_cursor_u16(bytes, 2));
    fs_rest_skip(&walk->rest, HEADER_LENGTH);
    if (flags & FLAGS_OPTIONAL) {
        if (!fs_cursor_has(bytes, 4))
            return FLOWSCOPE_VERDICT_truncated_link;
        next = flags & FLAG_EXTENSION ? fs_cursor_u8(bytes, 3) : 0;
        fs_rest_skip(&walk->rest, 4);
        while (next) {
            uint32_t length;

            if (!fs_cursor_has(bytes, 1))
                return FLOWSCOPE_VERDICT_truncated_link;
            length = fs_cursor_u8(bytes, 0) * 4u;
            if (length == 0)
                return FLOWSCOPE_VERDICT_not_ip;
            if (!fs_cursor_has(bytes, length))
                return FLOWSCOPE_VERDICT_truncated_link;
            next = fs_cursor_u8(bytes, length - 1);
            fs_rest_skip(&walk->rest, length);
        }
    }
    *version = fs_ip_guess(&walk->rest);
    return *version ? FLOWSCOPE_VERDICT_ok : FLOWSCOPE_VERDICT_not_ip;
}

/* RFC 4380, 5.1.1: authentication and origin may stand before the IPv6 header. */
enum flowscope_verdict fs_teredo_read(struct fs_walk *walk, unsigned *version)
{
    enum {
        AUTHENTICATION = 0x0001,
        ORIGIN = 0x0000,
        AUTHENTICATION_LENGTH = 13,
        ORIGIN_LENGTH = 8
    };
    const struct fs_cursor *bytes = &walk->rest.bytes;
    enum flowscope_verdict verdict;

    if (!fs_cursor_has(bytes, 4))
        return FLOWSCOPE_VERDICT_truncated_link;
    if (fs_cursor_u16(bytes, 0) == AUTHENTICATION &&
        !fs_walk_skip(walk, AUTHENTICATION_LENGTH + (uint32_t)fs_cursor_u8(bytes, 2) +
                                fs_cursor_u8(bytes, 3)))
        return FLOWSCOPE_VERDICT_truncated_link;
    if (fs_cursor_has(bytes, 2) && fs_cursor_u16(bytes, 0) == ORIGIN &&
        !fs_walk_skip(walk, ORIGIN_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_link;
    if (fs_ip_guess(&walk->rest) != 6)
        return FLOWSCOPE_VERDICT_not_ip;
    verdict = fs_walk_layer(walk, FLOWSCOPE_LAYER_teredo, 0);
    *version = 6;
    return verdict;
}
