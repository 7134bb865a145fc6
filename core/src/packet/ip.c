/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 and IPv6 headers. */
#include "packet/ip.h"

/* `claimed` is the length in the header, `missing` whether it stands for none. */
static void set_lengths(const struct fs_rest *rest, uint32_t claimed, bool missing,
                        uint32_t header_length, struct fs_headers *headers,
                        struct fs_ip_payload *payload)
{
    if (missing)
        claimed = rest->wire;
    const uint32_t length = claimed < rest->wire ? claimed : rest->wire;
    headers->bytes = length;
    payload->length = length - header_length;
    payload->claimed = claimed - header_length;
    payload->has_length = !missing;
    struct fs_cursor bytes =
        fs_cursor_over(rest->bytes.at, rest->bytes.left < length ? rest->bytes.left : length);
    fs_cursor_skip(&bytes, header_length);
    payload->bytes = bytes;
}

/* RFC 791, 3.2 and RFC 8200, 4.5: parts of a datagram have bytes, are multiples of 8 but for the
 * last one, and stay within the length that a header can give. `around` counts within that length
 * too. */
static bool is_sound(const struct fs_ip_payload *payload, uint32_t around)
{
    enum { DATAGRAM_MAX = 65535 };

    return payload->claimed != 0 && (!payload->more_fragments || payload->claimed % 8 == 0) &&
           payload->fragment_offset + payload->claimed + around <= DATAGRAM_MAX;
}

enum flowscope_verdict fs_ipv4_read(const struct fs_rest *rest, struct fs_headers *headers,
                                    struct fs_ip_payload *payload)
{
    const struct fs_cursor *bytes = &rest->bytes;
    if (!fs_cursor_has(bytes, 20))
        return FLOWSCOPE_VERDICT_truncated_ip;
    const uint8_t first = fs_cursor_u8(bytes, 0);
    const uint32_t header_length = (first & 0x0fu) * 4u;
    const uint16_t total_length = fs_cursor_u16(bytes, 2);
    if (first >> 4 != 4 || header_length < 20)
        return FLOWSCOPE_VERDICT_bad_ip;
    if (total_length < header_length && total_length != 0)
        return FLOWSCOPE_VERDICT_bad_ip;
    if (!fs_cursor_has(bytes, header_length))
        return FLOWSCOPE_VERDICT_truncated_ip;

    const uint16_t fragment = fs_cursor_u16(bytes, 6);
    set_lengths(rest, total_length, total_length == 0, header_length, headers, payload);
    payload->fragment = (fragment & 0x3fff) != 0;
    if (payload->fragment) {
        payload->more_fragments = (fragment & 0x2000) != 0;
        payload->fragment_offset = (fragment & 0x1fffu) * 8;
        payload->datagram_id = fs_cursor_u16(bytes, 4);
        if (!is_sound(payload, header_length))
            return FLOWSCOPE_VERDICT_bad_ip;
    }

    headers->key = (struct fs_key){.protocol = fs_cursor_u8(bytes, 9), .kind = 4};
    fs_cursor_copy(bytes, 12, headers->key.addr[0], 4);
    fs_cursor_copy(bytes, 16, headers->key.addr[1], 4);
    return FLOWSCOPE_VERDICT_ok;
}

enum {
    EXTENSION_HOP_BY_HOP = 0,
    EXTENSION_ROUTING = 43,
    EXTENSION_FRAGMENT = 44,
    EXTENSION_DESTINATION = 60,
};

static bool is_extension(uint8_t next_header)
{
    switch (next_header) {
    case EXTENSION_HOP_BY_HOP:
    case EXTENSION_ROUTING:
    case EXTENSION_FRAGMENT:
    case EXTENSION_DESTINATION:
        return true;
    default:
        return false;
    }
}

/* At a fragment header, which is inside what was captured. A datagram is cut once, so that inside
 * of a fragment there is no other. */
static bool read_fragment(struct fs_ip_payload *payload)
{
    const uint16_t fragment = fs_cursor_u16(&payload->bytes, 2);

    if ((fragment & 0xfff9) == 0) /* atomic */
        return true;
    if (payload->fragment)
        return false;
    payload->fragment = true;
    payload->more_fragments = (fragment & 1) != 0;
    payload->fragment_offset = fragment & 0xfff8u;
    payload->datagram_id = fs_cursor_u32(&payload->bytes, 4);
    return true;
}

/* A chain that leaves the packet is bad even in a first fragment (RFC 7112). */
enum flowscope_verdict fs_ipv6_skip_extensions(struct fs_ip_payload *payload, uint8_t *protocol)
{
    const bool inside = payload->fragment;

    while (is_extension(*protocol)) {
        uint32_t length = 8;
        if (payload->claimed < length)
            return FLOWSCOPE_VERDICT_bad_ip;
        if (!fs_cursor_has(&payload->bytes, length))
            return FLOWSCOPE_VERDICT_truncated_ip;
        if (*protocol == EXTENSION_FRAGMENT) {
            if (!read_fragment(payload))
                return FLOWSCOPE_VERDICT_bad_ip;
        } else {
            length += fs_cursor_u8(&payload->bytes, 1) * 8u;
            if (payload->claimed < length)
                return FLOWSCOPE_VERDICT_bad_ip;
            if (!fs_cursor_has(&payload->bytes, length))
                return FLOWSCOPE_VERDICT_truncated_ip;
        }
        *protocol = fs_cursor_u8(&payload->bytes, 0);
        fs_ip_payload_skip(payload, length);
        if (payload->fragment && !inside)
            return is_sound(payload, 0) ? FLOWSCOPE_VERDICT_ok : FLOWSCOPE_VERDICT_bad_ip;
    }
    return FLOWSCOPE_VERDICT_ok;
}

enum flowscope_verdict fs_ipv6_read(const struct fs_rest *rest, struct fs_headers *headers,
                                    struct fs_ip_payload *payload)
{
    enum { HEADER_LENGTH = 40 };
    const struct fs_cursor *bytes = &rest->bytes;
    if (!fs_cursor_has(bytes, HEADER_LENGTH))
        return FLOWSCOPE_VERDICT_truncated_ip;
    if (fs_cursor_u8(bytes, 0) >> 4 != 6)
        return FLOWSCOPE_VERDICT_bad_ip;
    const uint16_t payload_length = fs_cursor_u16(bytes, 4);
    set_lengths(rest, HEADER_LENGTH + (uint32_t)payload_length, payload_length == 0, HEADER_LENGTH,
                headers, payload);
    payload->fragment = false;

    headers->key = (struct fs_key){.protocol = fs_cursor_u8(bytes, 6), .kind = 6};
    fs_cursor_copy(bytes, 8, headers->key.addr[0], 16);
    fs_cursor_copy(bytes, 24, headers->key.addr[1], 16);
    return fs_ipv6_skip_extensions(payload, &headers->key.protocol);
}
