/* SPDX-License-Identifier: BSD-2-Clause */
/* Where nothing says what follows, the bytes have to: a pseudowire, a session without a type. */
#include "packet/walk.h"

unsigned fs_ip_guess(const struct fs_rest *rest)
{
    const struct fs_cursor *bytes = &rest->bytes;

    if (!fs_cursor_has(bytes, 20))
        return 0;
    switch (fs_cursor_u8(bytes, 0) >> 4) {
    case 4: {
        const uint32_t header_length = (fs_cursor_u8(bytes, 0) & 0x0fu) * 4u;
        const uint32_t total_length = fs_cursor_u16(bytes, 2);

        return header_length >= 20 && total_length >= header_length && total_length <= rest->wire
                   ? 4
                   : 0;
    }
    case 6:
        return rest->wire >= 40 && fs_cursor_u16(bytes, 4) <= rest->wire - 40 ? 6 : 0;
    default:
        return 0;
    }
}

bool fs_ethernet_guess(const struct fs_rest *rest)
{
    struct fs_rest inner = *rest;
    uint16_t type;

    if (!fs_cursor_has(&inner.bytes, 14))
        return false;
    type = fs_cursor_u16(&inner.bytes, 12);
    fs_rest_skip(&inner, 14);
    while (type == 0x8100 || type == 0x88a8) {
        if (!fs_cursor_has(&inner.bytes, 4))
            return false;
        type = fs_cursor_u16(&inner.bytes, 2);
        fs_rest_skip(&inner, 4);
    }
    return (type == 0x0800 && fs_ip_guess(&inner) == 4) ||
           (type == 0x86dd && fs_ip_guess(&inner) == 6);
}
