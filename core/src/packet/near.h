/* SPDX-License-Identifier: BSD-2-Clause */
/* What one look tells of a frame that is not plain (plain.h), and of which no shape is known
 * (shape.h). It is no promise: who goes on checks what it reads. */
#ifndef FS_PACKET_NEAR_H
#define FS_PACKET_NEAR_H

#include "packet/ethernet.h"
#include "packet/link.h"
#include "packet/shape.h"
#include "packet/tunnel.h"

enum fs_near {
    FS_NEAR_SHAPE, /* it may have one: a link of another kind, a tag */
    FS_NEAR_OTHER, /* the same, right behind Ethernet: IP that may carry others */
    FS_NEAR_ALL,   /* it has to be read anew: most likely a fragment, or no IP at all */
    FS_NEAR_IPV4,
    FS_NEAR_IPV6,
};

enum { FS_NEAR_IP_AT = 14 }; /* where that is */

FS_STEP enum fs_near fs_near_look(const struct flowscope_packet *packet,
                                  const struct fs_packet_options *options)
{
    enum { TYPE_AT = 12, LEAST = 24, HOP_BY_HOP = 0, FRAGMENT = 44 };
    enum { PLACE_AT = FS_NEAR_IP_AT + 6, PROTOCOL_AT = FS_NEAR_IP_AT + 9, NEXT_AT = PLACE_AT };
    const struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);

    if (!packet->is_packet || options->long_way_alone)
        return FS_NEAR_ALL;
    if (packet->link_type != FS_LINK_ETHERNET)
        return FS_NEAR_SHAPE;
    if (!fs_cursor_has(&bytes, LEAST))
        return FS_NEAR_SHAPE;
    switch (fs_cursor_u16(&bytes, TYPE_AT)) {
    case FS_TYPE_IPV4: {
        const uint8_t protocol = fs_cursor_u8(&bytes, PROTOCOL_AT);

        if (fs_cursor_u8(&bytes, FS_NEAR_IP_AT) != FS_PLAIN_FIRST)
            return FS_NEAR_IPV4;
        if ((fs_cursor_u16(&bytes, PLACE_AT) & 0x3fff) != 0)
            return FS_NEAR_ALL;
        return fs_tunnel_protocols[protocol] || protocol == FS_PROTOCOL_AH ? FS_NEAR_OTHER
                                                                           : FS_NEAR_IPV4;
    }
    case FS_TYPE_IPV6: {
        const uint8_t next = fs_cursor_u8(&bytes, NEXT_AT);

        if (next == FRAGMENT || next == HOP_BY_HOP)
            return FS_NEAR_ALL;
        return fs_tunnel_protocols[next] && next != FS_PROTOCOL_UDP ? FS_NEAR_OTHER : FS_NEAR_IPV6;
    }
    case FS_TYPE_ARP:
        return FS_NEAR_ALL;
    default:
        return FS_NEAR_SHAPE;
    }
}

#endif
