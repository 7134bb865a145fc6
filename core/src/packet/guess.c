/* SPDX-License-Identifier: BSD-2-Clause */
/* Does it look like IP, or like Ethernet? */
#include "packet/guess.h"

#include "packet/ethernet.h"

bool fs_guess_can(const struct fs_rest *rest, uint32_t bytes)
{
    return fs_cursor_has(&rest->bytes, rest->wire < bytes ? rest->wire : bytes);
}

unsigned fs_guess_ip(const struct fs_rest *rest, uint32_t offset)
{
    if (!fs_cursor_has(&rest->bytes, offset + 6))
        return 0;
    const uint8_t first = fs_cursor_u8(&rest->bytes, offset);
    const uint32_t wire = rest->wire - offset;
    if (first >> 4 == 4) {
        const uint32_t header_length = (first & 0x0fu) * 4u;
        const uint32_t total_length = fs_cursor_u16(&rest->bytes, offset + 2);
        if (header_length < 20 || wire < header_length || total_length > wire)
            return 0;
        return total_length == 0 || total_length >= header_length ? 4 : 0;
    }
    if (first >> 4 == 6)
        return 40 + (uint32_t)fs_cursor_u16(&rest->bytes, offset + 4) <= wire ? 6 : 0;
    return 0;
}

static bool is_type(uint16_t type)
{
    switch (type) {
    case FS_TYPE_IPV4:
    case FS_TYPE_IPV6:
    case FS_TYPE_VLAN:
    case FS_TYPE_QINQ:
    case FS_TYPE_QINQ_OLD:
    case FS_TYPE_MPLS:
    case FS_TYPE_MPLS_UPSTREAM:
    case FS_TYPE_PPPOE:
    case FS_TYPE_I_TAG:
        return true;
    default:
        return false;
    }
}

bool fs_guess_ethernet(const struct fs_rest *rest, uint32_t offset)
{
    enum { HEADER = 14, MORE = 6 };

    if (!fs_cursor_has(&rest->bytes, offset + HEADER + MORE))
        return false;
    const uint16_t type = fs_cursor_u16(&rest->bytes, offset + 12);
    offset += HEADER;
    switch (type) {
    case FS_TYPE_IPV4:
        return fs_guess_ip(rest, offset) == 4;
    case FS_TYPE_IPV6:
        return fs_guess_ip(rest, offset) == 6;
    case FS_TYPE_VLAN:
    case FS_TYPE_QINQ:
    case FS_TYPE_QINQ_OLD:
        return is_type(fs_cursor_u16(&rest->bytes, offset + 2));
    case FS_TYPE_PPPOE:
        return fs_cursor_u16(&rest->bytes, offset) == 0x1100;
    case FS_TYPE_MPLS:
    case FS_TYPE_MPLS_UPSTREAM:
    case FS_TYPE_I_TAG:
        return true;
    default: /* LLC with SNAP */
        return type <= FS_LENGTH_MAX && type <= rest->wire - offset &&
               fs_cursor_u32(&rest->bytes, offset) >> 8 == 0xaaaa03;
    }
}
