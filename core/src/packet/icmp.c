/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP and ICMPv6 as flows, by the pairs of icmp.def. */
#include "packet/icmp.h"

#include "packet/transport.h"

struct pair {
    uint8_t counterpart;
    bool paired;
    bool identifier;
};

static const struct pair pairs[FS_ICMP_VERSIONS][UINT8_MAX + 1] = {
#define FS_ICMP_PAIR(version, type, counterpart, identifier)                                       \
    [version][type] = {counterpart, true, identifier},                                             \
    [version][counterpart] = {type, true, identifier},
#include "packet/icmp.def"
#undef FS_ICMP_PAIR
};

bool fs_icmp_is_paired(enum fs_icmp_version version, unsigned type)
{
    return type <= UINT8_MAX && pairs[version][type].paired;
}

enum flowscope_verdict fs_icmp_read(enum fs_icmp_version version,
                                    const struct fs_ip_payload *payload, struct fs_headers *headers,
                                    uint32_t *ports)
{
    enum { HEADER_LENGTH = 8, IDENTIFIER_AT = 4 };
    const struct fs_cursor *bytes = &payload->bytes;
    if (!fs_cursor_has(bytes, 2))
        return FLOWSCOPE_VERDICT_truncated_ports;
    const uint8_t type = fs_cursor_u8(bytes, 0);
    const struct pair *pair = &pairs[version][type];
    if (pair->identifier) {
        if (!fs_cursor_has(bytes, IDENTIFIER_AT + 2))
            return FLOWSCOPE_VERDICT_truncated_ports;
        headers->key.extra = fs_cursor_u16(bytes, IDENTIFIER_AT);
    }
    *ports = (uint32_t)type << 16;
    if (pair->paired) {
        *ports |= pair->counterpart;
    } else {
        *ports |= fs_cursor_u8(bytes, 1);
        headers->key.kind |= FS_KEY_ONE_WAY;
    }
    headers->has_ports = true;
    headers->payload_bytes = fs_transport_rest(payload, HEADER_LENGTH);
    headers->bad_l4 = fs_transport_too_short(payload, HEADER_LENGTH);
    return FLOWSCOPE_VERDICT_ok;
}
