/* SPDX-License-Identifier: BSD-2-Clause */
/* What one look tells of a frame that is not plain (plain.h): where its IP header is, behind the
 * headers that most such frames have, and how to go on from there. It is no promise: who goes on
 * checks what it reads. */
#ifndef FS_PACKET_NEAR_H
#define FS_PACKET_NEAR_H

#include "packet/link.h"
#include "packet/mpls.h"
#include "packet/ppp.h"
#include "packet/tunnel.h"
#include "packet/wifi.h"

enum fs_near {
    FS_NEAR_NONE,
    FS_NEAR_PART,    /* most likely a fragment: fs_headers_read_part() */
    FS_NEAR_PLAIN,   /* IPv4 whose first byte is FS_NEAR_FIRST, behind headers that enter no key */
    FS_NEAR_SESSION, /* the same in PPPoE, FS_NEAR_PPPOE bytes before it */
    FS_NEAR_AHEAD,   /* fs_near_ahead() may tell */
    FS_NEAR_AH,      /* IPv4 of which the same is true, right behind Ethernet, with AH in it */
    FS_NEAR_CARRIER, /* IPv4 of which the same is true, and of a protocol that may carry others */
    FS_NEAR_IPV4,
    FS_NEAR_IPV6,
    FS_NEAR_OTHER, /* IPv6 that carries others */
};

enum {
    FS_NEAR_IP_AT = 14, /* behind an Ethernet header */
    FS_NEAR_LEAST = 28, /* captured from the IP header on where it is plain */
    FS_NEAR_FIRST = 0x45,
};

/* A data frame with what most have: no fourth address, no control field behind those of QoS. */
FS_STEP uint32_t fs_near_wifi(const struct fs_cursor *bytes)
{
    enum { FRAGMENT_AT = 22, QOS_AT = 24, SNAP = 8, MOST = QOS_AT + 2 + SNAP };
    const uint64_t ipv4 = UINT64_C(0xaaaa030000000000) | FS_TYPE_IPV4;
    const uint16_t both = FS_WIFI_TO_DS | FS_WIFI_FROM_DS;

    if (!fs_cursor_has(bytes, MOST))
        return FS_NO_IP;
    const uint16_t control = fs_wifi_little16(bytes, 0);
    const uint32_t qos = control & FS_WIFI_SUBTYPE_QOS ? 2 : 0;
    if ((control & (FS_WIFI_TYPE_MASK | FS_WIFI_SUBTYPE_NO_DATA | FS_WIFI_PROTECTED |
                    FS_WIFI_ORDER)) != FS_WIFI_TYPE_DATA ||
        (control & both) == both || (fs_cursor_u8(bytes, FRAGMENT_AT) & 0x0f) != 0 ||
        (qos && (fs_cursor_u8(bytes, QOS_AT) & FS_WIFI_QOS_AMSDU) != 0) ||
        fs_cursor_u64(bytes, QOS_AT + qos) != ipv4)
        return FS_NO_IP;
    return QOS_AT + qos + SNAP;
}

/* A link header that always means the same in front of IPv4: its length; FS_NO_IP: it is another.
 */
FS_STEP uint32_t fs_near_link(const struct fs_cursor *bytes, uint32_t link_type)
{
    enum { SLL = 16, SLL2 = 20, SERIAL = 4, NULL_IPV4 = 2, PPP_IPV4 = 0xff030021 };

    if (!fs_cursor_has(bytes, FS_NEAR_LEAST))
        return FS_NO_IP;
    switch (link_type) {
    case FS_LINK_RAW_12:
    case FS_LINK_RAW_14:
    case FS_LINK_RAW:
    case FS_LINK_IPV4:
        return 0;
    case FS_LINK_NULL:
        if (fs_cursor_u32(bytes, 0) == (uint32_t)NULL_IPV4 << 24)
            return SERIAL;
        return fs_cursor_u32(bytes, 0) == NULL_IPV4 ? SERIAL : FS_NO_IP;
    case FS_LINK_LOOP:
        return fs_cursor_u32(bytes, 0) == NULL_IPV4 ? SERIAL : FS_NO_IP;
    case FS_LINK_PPP:
    case FS_LINK_PPP_HDLC:
        return fs_cursor_u32(bytes, 0) == PPP_IPV4 ? SERIAL : FS_NO_IP;
    case FS_LINK_CISCO_HDLC:
        return fs_cursor_u16(bytes, 2) == FS_TYPE_IPV4 ? SERIAL : FS_NO_IP;
    case FS_LINK_SLL:
        return fs_cursor_u16(bytes, fs_cooked_sll.protocol_at) == FS_TYPE_IPV4 &&
                       fs_link_has_protocol(fs_cursor_u16(bytes, fs_cooked_sll.device_at))
                   ? SLL
                   : FS_NO_IP;
    case FS_LINK_SLL2:
        return fs_cursor_u16(bytes, fs_cooked_sll2.protocol_at) == FS_TYPE_IPV4 &&
                       fs_link_has_protocol(fs_cursor_u16(bytes, fs_cooked_sll2.device_at))
                   ? SLL2
                   : FS_NO_IP;
    default:
        return FS_NO_IP;
    }
}

/* What tells no flows apart is passed over; where the policy says that it does, and where more is
 * stacked than usual, it is for others. */
FS_STEP bool fs_near_may_pass(const struct fs_packet_options *options, unsigned layers)
{
    return layers <= options->tunnel_depth && options->identity != FLOWSCOPE_IDENTITY_STRICT;
}

FS_STEP bool fs_near_begins(const struct fs_cursor *bytes, uint32_t type_at)
{
    return fs_cursor_u16(bytes, type_at) == FS_TYPE_IPV4 &&
           fs_cursor_u8(bytes, type_at + 2) == FS_NEAR_FIRST;
}

/* Behind an Ethernet header with a tag in it, or two: up to plain IPv4. */
FS_STEP bool fs_near_tags(const struct fs_cursor *bytes, const struct fs_packet_options *options,
                          uint32_t *ip_at)
{
    enum { TAG = 4, ONE = FS_NEAR_IP_AT + TAG, TWO = ONE + TAG };

    *ip_at = ONE;
    if (fs_near_begins(bytes, ONE - 2))
        return fs_near_may_pass(options, 1);
    *ip_at = TWO;
    return fs_type_is_tag(fs_cursor_u16(bytes, ONE - 2)) && fs_near_begins(bytes, TWO - 2) &&
           fs_near_may_pass(options, 2);
}

/* The same behind one label, which is no reserved one. */
FS_STEP bool fs_near_label(const struct fs_cursor *bytes, const struct fs_packet_options *options,
                           uint32_t *ip_at)
{
    enum { LABEL = 4, IP_AT = FS_NEAR_IP_AT + LABEL, BOTTOM = 0x100, FIRST_LABEL = 16 };
    const uint32_t entry = fs_cursor_u32(bytes, FS_NEAR_IP_AT);
    *ip_at = IP_AT;
    return entry >= (uint32_t)FIRST_LABEL << 12 && (entry & BOTTOM) != 0 &&
           fs_cursor_u8(bytes, IP_AT) == FS_NEAR_FIRST && fs_near_may_pass(options, 1);
}

/* Behind a backbone service tag, which is no layer. */
FS_STEP bool fs_near_i_tag(const struct fs_cursor *bytes, uint32_t *ip_at)
{
    enum { I_TAG = 18 };

    *ip_at = FS_NEAR_IP_AT + I_TAG;
    return fs_cursor_has(bytes, FS_NEAR_IP_AT + I_TAG + FS_NEAR_LEAST) &&
           fs_near_begins(bytes, FS_NEAR_IP_AT + I_TAG - 2);
}

enum { FS_NEAR_PPPOE = 8 }; /* with the protocol of PPP */

/* Plain IPv4 in the session whose header begins at `at`. */
FS_STEP bool fs_near_pppoe(const struct fs_cursor *bytes, uint32_t at,
                           const struct fs_packet_options *options, uint32_t *ip_at)
{
    *ip_at = at + FS_NEAR_PPPOE;
    return fs_cursor_has(bytes, at + FS_NEAR_PPPOE + FS_NEAR_LEAST) &&
           fs_cursor_u16(bytes, at) == 0x1100 && fs_cursor_u16(bytes, at + 6) == FS_PPP_IPV4 &&
           fs_cursor_u8(bytes, at + FS_NEAR_PPPOE) == FS_NEAR_FIRST && fs_near_may_pass(options, 1);
}

/* In front of 802.11, by link type: up to plain IPv4, with *trailer bytes behind the frame. */
FS_STEP bool fs_near_ahead(const struct fs_cursor *bytes, uint32_t link_type, uint32_t *ip_at,
                           uint32_t *trailer)
{
    struct fs_cursor rest = *bytes;
    uint32_t length;

    *trailer = 0;
    if (fs_wifi_measure_ahead(bytes, 0, &length) != FLOWSCOPE_VERDICT_ok)
        return false;
    if (link_type == FS_LINK_PPI) {
        if (fs_wifi_little32(bytes, 4) != FS_LINK_WIFI)
            return false;
    } else {
        const struct fs_cursor header = fs_cursor_over(bytes->at, length);
        const uint8_t flags = fs_wifi_radiotap_flags(&header);
        if (flags & FS_WIFI_FLAG_PADDED)
            return false;
        if (flags & FS_WIFI_FLAG_FCS)
            *trailer = FS_WIFI_FCS;
    }
    fs_cursor_skip(&rest, length);
    const uint32_t header = fs_near_wifi(&rest);
    *ip_at = length + header;
    return header != FS_NO_IP && fs_cursor_has(&rest, header + FS_NEAR_LEAST + FS_WIFI_FCS) &&
           fs_cursor_u8(&rest, header) == FS_NEAR_FIRST;
}

/* `ip_at`: where a link header ends; FS_NO_IP: it is another. */
FS_STEP enum fs_near fs_near_plain_at(const struct fs_cursor *bytes, uint32_t ip_at)
{
    return ip_at != FS_NO_IP && fs_cursor_has(bytes, ip_at + FS_NEAR_LEAST) &&
                   fs_cursor_u8(bytes, ip_at) == FS_NEAR_FIRST
               ? FS_NEAR_PLAIN
               : FS_NEAR_NONE;
}

/* *ip_at is where the IP header begins, if it is there. */
FS_STEP enum fs_near fs_near_look(const struct flowscope_packet *packet,
                                  const struct fs_packet_options *options, uint32_t *ip_at)
{
    enum { TYPE_AT = 12, LEAST = 50, HOP_BY_HOP = 0, FRAGMENT = 44 };
    enum { PLACE_AT = FS_NEAR_IP_AT + 6, PROTOCOL_AT = FS_NEAR_IP_AT + 9, NEXT_AT = PLACE_AT };
    const struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);

    *ip_at = FS_NEAR_IP_AT;
    if (!packet->is_packet || options->long_way_alone)
        return FS_NEAR_NONE;
    if (packet->link_type != FS_LINK_ETHERNET) {
        *ip_at = fs_near_link(&bytes, packet->link_type);
        return fs_near_plain_at(&bytes, *ip_at);
    }
    if (!fs_cursor_has(&bytes, LEAST))
        return fs_headers_look(packet, options) == FS_LOOK_PART ? FS_NEAR_PART : FS_NEAR_NONE;
    const uint16_t type = fs_cursor_u16(&bytes, TYPE_AT);
    if (type == FS_TYPE_IPV4) {
        if (fs_cursor_u8(&bytes, FS_NEAR_IP_AT) != FS_NEAR_FIRST)
            return FS_NEAR_IPV4;
        if ((fs_cursor_u16(&bytes, PLACE_AT) & 0x3fff) != 0)
            return FS_NEAR_PART;
        if (fs_tunnel_protocols[fs_cursor_u8(&bytes, PROTOCOL_AT)])
            return FS_NEAR_CARRIER;
        return fs_cursor_u8(&bytes, PROTOCOL_AT) == FS_PROTOCOL_AH ? FS_NEAR_AH : FS_NEAR_IPV4;
    }
    if (fs_type_is_tag(type))
        return fs_near_tags(&bytes, options, ip_at) ? FS_NEAR_PLAIN : FS_NEAR_NONE;
    if (type == FS_TYPE_MPLS)
        return fs_near_label(&bytes, options, ip_at) ? FS_NEAR_PLAIN : FS_NEAR_NONE;
    if (type == FS_TYPE_IPV6) {
        const uint8_t next = fs_cursor_u8(&bytes, NEXT_AT);
        if (next == FRAGMENT || next == HOP_BY_HOP)
            return FS_NEAR_PART;
        return fs_tunnel_protocols[next] && next != FS_PROTOCOL_UDP ? FS_NEAR_OTHER : FS_NEAR_IPV6;
    }
    return FS_NEAR_NONE;
}

/* The same for what is seldom, after that look said FS_NEAR_NONE: apart, as it wants registers. */
FS_STEP enum fs_near fs_near_look_again(const struct flowscope_packet *packet,
                                        const struct fs_packet_options *options, uint32_t *ip_at)
{
    enum { TYPE_AT = 12, LEAST = 14 };
    const struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);

    if (!packet->is_packet || options->long_way_alone || !fs_cursor_has(&bytes, LEAST))
        return FS_NEAR_NONE;
    switch (packet->link_type) {
    case FS_LINK_ETHERNET:
        if (fs_cursor_u16(&bytes, TYPE_AT) == FS_TYPE_PPPOE)
            return fs_near_pppoe(&bytes, FS_NEAR_IP_AT, options, ip_at) ? FS_NEAR_SESSION
                                                                        : FS_NEAR_NONE;
        return fs_cursor_u16(&bytes, TYPE_AT) == FS_TYPE_I_TAG && fs_near_i_tag(&bytes, ip_at)
                   ? FS_NEAR_PLAIN
                   : FS_NEAR_NONE;
    case FS_LINK_PPPOE:
        return fs_near_pppoe(&bytes, 0, options, ip_at) ? FS_NEAR_SESSION : FS_NEAR_NONE;
    case FS_LINK_RADIOTAP:
    case FS_LINK_PPI:
        return FS_NEAR_AHEAD;
    case FS_LINK_WIFI:
        *ip_at = fs_near_wifi(&bytes);
        return fs_near_plain_at(&bytes, *ip_at);
    default:
        return FS_NEAR_NONE;
    }
}

#endif
