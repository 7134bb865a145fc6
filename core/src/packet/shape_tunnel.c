/* SPDX-License-Identifier: BSD-2-Clause */
/* Tunnels over IPv4, as gre.h, l2tp.h and udp_tunnel.h read them. */
#include "packet/gre.h"
#include "packet/l2tp.h"
#include "packet/shape_reader.h"
#include "packet/udp_tunnel.h"

static bool skip_ethernet(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { HEADER = 14 };

    *type = fs_shape_see_two(reader, HEADER - 2);
    reader->at += HEADER;
    return true;
}

static bool skip_vxlan(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { HEADER = 8, VNI_AT = 4, GROUP = 0x88, VNI = 0x08, NEXT = 0x0c };
    const uint8_t flags = fs_shape_see_byte(reader, 0, UINT8_MAX);
    uint8_t next = FS_VXLAN_ETHERNET;

    if (flags != GROUP && fs_shape_see_two(reader, 1) != 0)
        return false;
    if (flags == NEXT)
        next = fs_shape_see_byte(reader, 3, UINT8_MAX);
    else if (flags != GROUP && (flags != VNI || fs_shape_see_byte(reader, 3, UINT8_MAX) != 0))
        return false;
    if (fs_shape_see_byte(reader, HEADER - 1, UINT8_MAX) != 0)
        return false;
    fs_shape_take_path(reader, FLOWSCOPE_LAYER_vxlan, VNI_AT);
    reader->at += HEADER;
    *type = next == FS_VXLAN_IPV4 ? FS_TYPE_IPV4 : FS_TYPE_IPV6;
    return next == FS_VXLAN_IPV4 || next == FS_VXLAN_IPV6 ||
           (next == FS_VXLAN_ETHERNET && skip_ethernet(reader, type));
}

static bool skip_geneve(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { HEADER = 8, VNI_AT = 4, CRITICAL = 0x0040, LENGTH_SHIFT = 8, LENGTH = 0x3f };
    const uint32_t first = fs_shape_see(reader, 0, 2, UINT16_MAX & ~CRITICAL);

    *type = fs_shape_see_two(reader, 2);
    if ((first & ~(uint32_t)(LENGTH << LENGTH_SHIFT)) != 0 || *type < FS_TYPE_FIRST ||
        fs_shape_see_byte(reader, HEADER - 1, UINT8_MAX) != 0)
        return false;
    fs_shape_take_path(reader, FLOWSCOPE_LAYER_geneve, VNI_AT);
    reader->at += HEADER + (first >> LENGTH_SHIFT) * 4;
    return *type != FS_TYPE_ETHERNET || skip_ethernet(reader, type);
}

static bool skip_gtpu(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { HEADER = 8, LENGTH_AT = 2, OPTIONAL = 4, GPDU = 0xff, FLAG_E = 0x04, FLAGS = 0x07 };
    const uint8_t flags = fs_shape_see_byte(reader, 0, UINT8_MAX);
    uint8_t next = 0;

    if ((flags & 0xf8) != 0x30 || fs_shape_see_byte(reader, 1, UINT8_MAX) != GPDU)
        return false;
    fs_shape_take_length(reader, LENGTH_AT, reader->at + HEADER);
    reader->at += HEADER;
    if ((flags & FLAGS) != 0) {
        if ((flags & FLAG_E) != 0)
            next = fs_shape_see_byte(reader, OPTIONAL - 1, UINT8_MAX);
        reader->at += OPTIONAL;
    }
    while (next != 0 && !reader->fails) {
        const uint32_t length = fs_shape_see_byte(reader, 0, UINT8_MAX) * 4u;
        if (length == 0)
            return false;
        next = fs_shape_see_byte(reader, length - 1, UINT8_MAX);
        reader->at += length;
    }
    return fs_shape_ask_version(reader, type);
}

/* Of what an L2TPv3 session may carry: the first guess, and IPv4 in it. */
static bool skip_l2tp_session(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { SESSION = 4 };

    if (!fs_shape_see_any(reader, 0, SESSION, UINT32_MAX))
        return false;
    reader->at += SESSION;
    return skip_ethernet(reader, type) && *type == FS_TYPE_IPV4;
}

/* Data messages: of version 3, or of version 2 with PPP in them. */
static bool skip_l2tp(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200, PRIORITY = 0x0100 };
    enum { IDS = 4, NUMBERS = 4, FIRST = 4 };
    const uint32_t flags = fs_shape_see(reader, 0, 2, UINT16_MAX & ~PRIORITY);
    uint32_t length = 2 + IDS;

    if ((flags & 0x000f) == 3) {
        if (!fs_l2tp_is_v3(fs_shape_see_four(reader, 0)))
            return false;
        reader->at += FIRST;
        return skip_l2tp_session(reader, type);
    }
    if ((flags & ~(uint32_t)(LENGTH | SEQUENCE | OFFSET)) != 2)
        return false;
    if (flags & LENGTH) {
        fs_shape_take_length(reader, 2, reader->at);
        length += 2;
    }
    if (flags & SEQUENCE)
        length += NUMBERS;
    if (flags & OFFSET)
        length += 2u + fs_shape_see_two(reader, length);
    reader->at += length;
    return fs_shape_skip_ppp_frame(reader, type);
}

static bool skip_teredo(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { ORIGIN = 0, ORIGIN_LENGTH = 8 };
    if (fs_shape_see_byte(reader, 0, 0xf0) == 0) { /* else IP begins */
        if (fs_shape_see_two(reader, 0) != ORIGIN)
            return false;
        reader->at += ORIGIN_LENGTH;
    }
    return fs_shape_ask_version(reader, type) && *type == FS_TYPE_IPV6;
}

/* Of two ports that lead somewhere the destination's counts. */
static enum fs_udp_tunnel see_ports(struct fs_shape_reader *reader)
{
    const enum fs_udp_tunnel kind = fs_udp_tunnel_of(reader->options, fs_shape_see_two(reader, 2));

    return kind != FS_UDP_TUNNEL_NONE
               ? kind
               : fs_udp_tunnel_of(reader->options, fs_shape_see_two(reader, 0));
}

static bool skip_udp(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { HEADER = 8, LENGTH_AT = 4 };
    const enum fs_udp_tunnel kind = see_ports(reader);

    fs_shape_take_length(reader, LENGTH_AT, reader->at);
    reader->at += HEADER;
    switch (kind) {
    case FS_UDP_TUNNEL_VXLAN:
        return skip_vxlan(reader, type);
    case FS_UDP_TUNNEL_GENEVE:
        return skip_geneve(reader, type);
    case FS_UDP_TUNNEL_GTPU:
        return skip_gtpu(reader, type);
    case FS_UDP_TUNNEL_L2TP:
        return skip_l2tp(reader, type);
    case FS_UDP_TUNNEL_TEREDO:
        return skip_teredo(reader, type);
    case FS_UDP_TUNNEL_NONE:
        break;
    }
    return false;
}

static bool skip_erspan(struct fs_shape_reader *reader, const struct fs_gre *gre, uint16_t *type)
{
    enum { II = 8, III = 12, SUBHEADER = 8, FRAME = 0x7c00, FRAME_IP = 0x0800, HAS_SUBHEADER = 1 };
    const bool is_iii = gre->type == FS_GRE_TYPE_ERSPAN_III;
    uint32_t length = 0, last = 0;

    if (is_iii || (gre->flags & FS_GRE_SEQUENCE) != 0) {
        length = is_iii ? III : II;
        if (fs_shape_see_byte(reader, 0, 0xf0) != (is_iii ? 0x20 : 0x10))
            return false;
    }
    if (is_iii)
        last = fs_shape_see(reader, III - 2, 2, FRAME | HAS_SUBHEADER);
    if (last & HAS_SUBHEADER)
        length += SUBHEADER;
    reader->at += length;
    if ((last & FRAME) == 0)
        return skip_ethernet(reader, type);
    return (last & FRAME) == FRAME_IP && fs_shape_ask_version(reader, type);
}

/* Version 1, whose key begins with the length of the payload. */
static bool skip_pptp(struct fs_shape_reader *reader, const struct fs_gre *gre, uint16_t *type)
{
    enum { FIXED = 4, OPTION = 4 };
    uint32_t length = FIXED + OPTION;

    if (gre->type != FS_GRE_TYPE_PPP || (gre->flags & FS_GRE_VERSION) != 1 ||
        (gre->flags & FS_GRE_KEY) == 0 || (gre->flags & FS_GRE_CHECKSUM) != 0)
        return false;
    if (gre->flags & FS_GRE_SEQUENCE)
        length += OPTION;
    if (gre->flags & FS_GRE_ACKNOWLEDGMENT)
        length += OPTION;
    fs_shape_take_length(reader, FIXED, reader->at + length);
    reader->at += length;
    return fs_shape_skip_ppp_frame(reader, type);
}

static bool skip_gre(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { OPTION = 4, FIXED = 4 };
    const uint16_t flags = fs_shape_see_two(reader, 0);
    const struct fs_gre gre = {.flags = flags, .type = fs_shape_see_two(reader, 2)};
    const uint32_t key_at = FIXED + (gre.flags & FS_GRE_CHECKSUM ? OPTION : 0);
    const bool has_key = (gre.flags & FS_GRE_KEY) != 0;
    uint32_t length = key_at + (has_key ? OPTION : 0);

    if ((gre.flags & (FS_GRE_ROUTING | FS_GRE_STRICT_ROUTE)) != 0)
        return false;
    if ((gre.flags & FS_GRE_VERSION) != 0)
        return skip_pptp(reader, &gre, type);
    if (gre.flags & FS_GRE_SEQUENCE)
        length += OPTION;
    *type = gre.type;
    if (gre.type == FS_GRE_TYPE_ERSPAN || gre.type == FS_GRE_TYPE_ERSPAN_III) {
        reader->at += length;
        return skip_erspan(reader, &gre, type);
    }
    if (fs_gre_is_nvgre(&gre))
        fs_shape_take_path(reader, FLOWSCOPE_LAYER_nvgre, key_at);
    reader->at += length;
    return *type != FS_TYPE_ETHERNET || skip_ethernet(reader, type);
}

bool fs_shape_skip_tunnel(struct fs_shape_reader *reader, uint8_t protocol, uint16_t *type)
{
    enum { HEADER = 20, LENGTH_AT = 2 };

    fs_shape_take_length(reader, LENGTH_AT, reader->at);
    reader->at += HEADER;
    reader->layers++;
    switch (protocol) {
    case FS_PROTOCOL_IPV4:
        *type = FS_TYPE_IPV4;
        return true;
    case FS_PROTOCOL_IPV6:
        *type = FS_TYPE_IPV6;
        return true;
    case FS_PROTOCOL_UDP:
        return skip_udp(reader, type);
    case FS_PROTOCOL_GRE:
        return skip_gre(reader, type);
    case FS_PROTOCOL_L2TP:
        return skip_l2tp_session(reader, type);
    default:
        return false;
    }
}
