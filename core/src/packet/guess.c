/* SPDX-License-Identifier: BSD-2-Clause */
/* Does it look like IP, or like Ethernet? */
#include "packet/guess.h"

#include "packet/ethernet.h"

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
        return fs_type_leads(fs_cursor_u16(&rest->bytes, offset + 2));
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
