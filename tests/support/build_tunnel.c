/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames made header by header: labels, sessions, tunnels, PPP, IEEE 802.11. */
#include "support/build_inside.h"

#include <string.h>

void build_i_tag(struct build *b, uint32_t service)
{
    build_name_next(b, 0x88e7, BUILD_UNNAMED, BUILD_UNNAMED);
    build_put32(build_grow(b, 4), service);
    build_eth_between(b, 3, 4);
}

void build_mpls(struct build *b, uint32_t label, bool bottom)
{
    build_name_next(b, 0x8847, 137, BUILD_UNNAMED);
    build_put32(build_grow(b, 4), label << 12 | (bottom ? 0x100u : 0) | 64);
}

void build_control_word(struct build *b)
{
    build_put32(build_grow(b, 4), 7); /* a sequence number */
}

void build_pppoe(struct build *b, uint16_t session)
{
    build_name_next(b, 0x8864, BUILD_UNNAMED, BUILD_UNNAMED);
    uint8_t *at = build_grow(b, 6);
    at[0] = 0x11;
    build_put16(at + 2, session);
    build_note(b, BUILD_KIND_LENGTH);
    build_ppp(b, false);
}

void build_ppp(struct build *b, bool framed)
{
    build_name_next(b, 0x880b, BUILD_UNNAMED, BUILD_UNNAMED);
    if (framed)
        build_put16(build_grow(b, 2), 0xff03);
    build_set_next(b, BUILD_NEXT_PPP, b->length);
    build_grow(b, 2);
}

void build_ppp_short(struct build *b, uint8_t protocol)
{
    *build_grow(b, 1) = protocol;
}

void build_cisco_hdlc(struct build *b)
{
    *build_grow(b, 4) = 0x0f;
    build_set_next(b, BUILD_NEXT_TYPE, b->length - 2);
}

void build_wifi(struct build *b, uint16_t control)
{
    const bool four_addresses = (control & 0x0300) == 0x0300;
    const bool qos = (control & 0x0080) != 0;
    uint8_t *at = build_grow(b, 24u + (four_addresses ? 6u : 0) + (qos ? 2u : 0) +
                                    (qos && (control & 0x8000) ? 4u : 0));
    at[0] = (uint8_t)control;
    at[1] = (uint8_t)(control >> 8);
    at = build_grow(b, 8);
    build_put32(at, 0xaaaa0300);
    build_set_next(b, BUILD_NEXT_TYPE, b->length - 2);
}

/* With two words of presence, and a time before the flags. */
void build_radiotap(struct build *b, uint8_t flags)
{
    uint8_t *at = build_grow(b, 26);

    at[2] = 26;
    at[4] = 0x03;
    at[7] = 0x80;
    at[24] = flags;
}

void build_ppi(struct build *b, uint32_t link_type)
{
    uint8_t *at = build_grow(b, 12);

    at[2] = 12;
    at[4] = (uint8_t)link_type;
    at[5] = (uint8_t)(link_type >> 8);
    at[8] = 9; /* a field without data */
}

void build_ah(struct build *b, unsigned icv_words)
{
    build_name_next(b, BUILD_UNNAMED, 51, BUILD_UNNAMED);
    const uint32_t start = b->length;
    uint8_t *at = build_grow(b, 12 + icv_words * 4);
    at[0] = 59;
    at[1] = (uint8_t)(1 + icv_words);
    build_put32(at + 4, 0x5a1);
    build_set_next(b, BUILD_NEXT_PROTOCOL, start);
}

void build_gre(struct build *b, uint16_t flags, uint32_t key)
{
    build_name_next(b, BUILD_UNNAMED, 47, BUILD_UNNAMED);
    const uint32_t start = b->length;
    build_put16(build_grow(b, 4), flags);
    if ((flags & 0x8000) != 0)
        build_grow(b, 4);
    if ((flags & 0x2000) != 0)
        build_put32(build_grow(b, 4), key);
    if ((flags & 0x1000) != 0)
        build_grow(b, 4);
    build_set_next(b, BUILD_NEXT_TYPE, start + 2);
}

void build_pptp(struct build *b, uint16_t call)
{
    build_name_next(b, BUILD_UNNAMED, 47, BUILD_UNNAMED);
    build_note(b, BUILD_KIND_PPTP);
    uint8_t *at = build_grow(b, 8);
    build_put16(at, 0x2001);
    build_put16(at + 2, 0x880b);
    build_put16(at + 6, call);
    build_ppp(b, true);
}

void build_erspan(struct build *b, unsigned type, uint16_t session)
{
    build_name_next(b, type == 3 ? 0x22eb : 0x88be, BUILD_UNNAMED, BUILD_UNNAMED);
    if (type == 1)
        return;
    uint8_t *at = build_grow(b, type == 3 ? 12 : 8);
    at[0] = (uint8_t)((type - 1) << 4);
    build_put16(at + 2, session);
}

void build_l2tpv3(struct build *b, uint32_t session, unsigned cookie)
{
    build_name_next(b, BUILD_UNNAMED, 115, BUILD_UNNAMED);
    build_put32(build_grow(b, 4), session);
    memset(build_grow(b, cookie), 0xc0, cookie);
}

void build_vxlan(struct build *b, uint32_t vni)
{
    uint8_t *at = build_grow(b, 8);

    at[0] = 0x08;
    build_put32(at + 4, vni << 8);
}

void build_vxlan_gpe(struct build *b, uint32_t vni)
{
    uint8_t *at = build_grow(b, 8);

    at[0] = 0x0c;
    build_put32(at + 4, vni << 8);
    build_set_next(b, BUILD_NEXT_GPE, b->length - 5);
}

void build_geneve(struct build *b, uint32_t vni, unsigned option_words)
{
    const uint32_t start = b->length;
    uint8_t *at = build_grow(b, 8 + option_words * 4);

    at[0] = (uint8_t)option_words;
    build_put32(at + 4, vni << 8);
    build_set_next(b, BUILD_NEXT_TYPE, start + 2);
}

void build_gtpu(struct build *b, uint32_t teid, uint8_t flags)
{
    build_note(b, BUILD_KIND_GTPU);
    uint8_t *at = build_grow(b, (flags & 7) != 0 ? 12 : 8);
    at[0] = 0x30 | flags;
    at[1] = 0xff;
    build_put32(at + 4, teid);
}

void build_gtpu_extension(struct build *b, uint8_t type, unsigned words)
{
    b->data[b->length - 1] = type;
    *build_grow(b, words * 4) = (uint8_t)words;
}

void build_l2tpv2(struct build *b, uint16_t session, uint16_t flags)
{
    if ((flags & 0x4000) != 0)
        build_note(b, BUILD_KIND_L2TP);
    build_put16(build_grow(b, 2), flags | 2u);
    if ((flags & 0x4000) != 0)
        build_grow(b, 2);
    build_put16(build_grow(b, 2), 77); /* tunnel */
    build_put16(build_grow(b, 2), session);
    if ((flags & 0x0800) != 0)
        build_grow(b, 4);
    if ((flags & 0x0200) != 0)
        build_put16(build_grow(b, 5), 3);
    build_ppp(b, true);
}

void build_l2tpv3_udp(struct build *b)
{
    build_put32(build_grow(b, 4), 0x00030000);
}

void build_teredo_authentication(struct build *b, uint8_t client, uint8_t value)
{
    uint8_t *at = build_grow(b, 13u + client + value);

    at[1] = 1;
    at[2] = client;
    at[3] = value;
}

void build_teredo_origin(struct build *b)
{
    build_put32(build_grow(b, 8) + 4, 0x3ffffdfe);
}

bool build_link(struct build *b, uint32_t link_type, bool other, uint16_t control)
{
    switch (link_type) {
    case BUILD_LINK_ETHERNET:
        build_eth(b);
        return true;
    case BUILD_LINK_NULL:
    case BUILD_LINK_LOOP:
        build_null(b, link_type == BUILD_LINK_LOOP || other);
        return false;
    case BUILD_LINK_PPP:
    case BUILD_LINK_PPP_HDLC:
        build_ppp(b, other);
        return false;
    case BUILD_LINK_PPPOE:
        build_pppoe(b, 9);
        return false;
    case BUILD_LINK_CISCO_HDLC:
        build_cisco_hdlc(b);
        return true;
    case BUILD_LINK_SLL:
        build_sll(b);
        return true;
    case BUILD_LINK_SLL2:
        build_sll2(b);
        return true;
    case BUILD_LINK_RADIOTAP:
        build_radiotap(b, other ? 0x10 : 0);
        build_wifi(b, control);
        return true;
    case BUILD_LINK_PPI:
        build_ppi(b, BUILD_LINK_WIFI);
        build_wifi(b, control);
        return true;
    case BUILD_LINK_WIFI:
        build_wifi(b, control);
        return true;
    default:
        return false;
    }
}
