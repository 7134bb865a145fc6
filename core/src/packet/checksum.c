/* SPDX-License-Identifier: BSD-2-Clause */
#include "packet/checksum.h"

static uint64_t add(uint64_t sum, const struct fs_cursor *bytes, size_t from, size_t length)
{
    const size_t end = from + length;

    for (; from + 1 < end; from += 2)
        sum += fs_cursor_u16(bytes, from);
    return from < end ? sum + (uint64_t)fs_cursor_u8(bytes, from) * 256 : sum;
}

static uint16_t fold(uint64_t sum)
{
    while (sum >> 16 != 0)
        sum = (sum & UINT16_MAX) + (sum >> 16);
    return (uint16_t)sum;
}

bool fs_checksum_ipv4_is_wrong(const struct fs_cursor *ip, uint32_t length)
{
    enum { CHECKSUM_AT = 10 };

    if (fs_cursor_u16(ip, CHECKSUM_AT) == 0)
        return false;
    return fold(add(0, ip, 0, length)) != UINT16_MAX;
}

/* RFC 9293, 3.1; RFC 8200, 8.1. Whose end is whose does not matter. */
static uint64_t pseudo_header(const struct fs_key *key, uint32_t length)
{
    const size_t address = (key->kind & FS_KEY_KIND) == 4 ? 4 : 16;
    const struct fs_cursor one = fs_cursor_over(key->addr[0], address);
    const struct fs_cursor other = fs_cursor_over(key->addr[1], address);

    return add(add((uint64_t)key->protocol + length, &one, 0, address), &other, 0, address);
}

/* Where the field stands; 0 for protocols without. */
static uint32_t field_at(uint8_t protocol)
{
    switch (protocol) {
    case FS_PROTOCOL_TCP:
        return 16;
    case FS_PROTOCOL_UDP:
        return 6;
    case FS_PROTOCOL_ICMP:
    case FS_PROTOCOL_ICMP6:
        return 2;
    default:
        return 0;
    }
}

bool fs_checksum_transport_is_wrong(const struct fs_ip_payload *payload, const struct fs_key *key)
{
    const uint32_t at = field_at(key->protocol);
    const struct fs_cursor *bytes = &payload->bytes;
    uint32_t length = payload->length;

    if (at == 0 || payload->fragment || !payload->has_length || payload->claimed != length ||
        bytes->left < length || length < at + 2)
        return false;
    const uint16_t field = fs_cursor_u16(bytes, at);
    if (key->protocol == FS_PROTOCOL_UDP) {
        if (field == 0) /* RFC 768; RFC 6935 */
            return false;
        if (fs_cursor_u16(bytes, 4) < length)
            length = fs_cursor_u16(bytes, 4);
    }
    const uint64_t pseudo = key->protocol == FS_PROTOCOL_ICMP ? 0 : pseudo_header(key, length);
    if (key->protocol != FS_PROTOCOL_ICMP && field == fold(pseudo))
        return false;
    return fold(add(pseudo, bytes, 0, length)) != UINT16_MAX;
}

/* RFC 6275, 6.3: of the `length` bytes of options, one is the sender's home address. */
static bool has_home_address(const struct fs_cursor *ip, uint32_t at, uint32_t length)
{
    enum { PAD1 = 0, HOME_ADDRESS = 0xc9 };
    const uint32_t end = at + length;

    while (at + 2 <= end) {
        const uint8_t type = fs_cursor_u8(ip, at);

        if (type == HOME_ADDRESS)
            return true;
        at += type == PAD1 ? 1 : 2u + fs_cursor_u8(ip, at + 1);
    }
    return false;
}

bool fs_checksum_ipv6_is_routed(const struct fs_cursor *ip, uint32_t length)
{
    enum { HEADER = 40, ROUTING = 43, FRAGMENT = 44, AH = 51, DESTINATION = 60 };
    uint8_t next = fs_cursor_u8(ip, 6);
    uint32_t at = HEADER;

    while (at < length && next != ROUTING) {
        const uint32_t words = fs_cursor_u8(ip, at + 1);
        const uint8_t this = next;
        const uint32_t size = this == FRAGMENT ? 8 : this == AH ? (words + 2) * 4 : (words + 1) * 8;

        if (this == DESTINATION && has_home_address(ip, at + 2, size - 2))
            return true;
        next = fs_cursor_u8(ip, at);
        at += size;
    }
    return at < length;
}
