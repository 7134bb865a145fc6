/* SPDX-License-Identifier: BSD-2-Clause */
/* Link headers, and what Ethernet types announce. */
#include "packet/link.h"
#include "packet/mpls.h"
#include "packet/ppp.h"
#include "packet/shape_reader.h"
#include "packet/wifi.h"

/* Of two bytes that stand the other way round. */
static uint16_t see_little(struct fs_shape_reader *reader, uint32_t offset, uint16_t mask)
{
    return __builtin_bswap16((uint16_t)fs_shape_see(reader, offset, 2, __builtin_bswap16(mask)));
}

/* What fs_wifi_skip() reads. */
static bool skip_wifi(struct fs_shape_reader *reader, bool aligned, uint16_t *type)
{
    enum { FRAGMENT_AT = 22, ADDRESS = 6, QOS = 2, HT = 4, SNAP = 8 };
    const uint16_t both = FS_WIFI_TO_DS | FS_WIFI_FROM_DS;
    const uint16_t control =
        see_little(reader, 0,
                   both | FS_WIFI_TYPE_MASK | FS_WIFI_SUBTYPE_NO_DATA | FS_WIFI_SUBTYPE_QOS |
                       FS_WIFI_PROTECTED | FS_WIFI_ORDER);
    uint32_t length = 24;

    if ((control & (FS_WIFI_TYPE_MASK | FS_WIFI_SUBTYPE_NO_DATA | FS_WIFI_PROTECTED)) !=
            FS_WIFI_TYPE_DATA ||
        fs_shape_see_byte(reader, FRAGMENT_AT, 0x0f) != 0)
        return false;
    if ((control & both) == both)
        length += ADDRESS;
    if (control & FS_WIFI_SUBTYPE_QOS) {
        if (fs_shape_see_byte(reader, length, FS_WIFI_QOS_AMSDU) != 0)
            return false;
        length += control & FS_WIFI_ORDER ? QOS + HT : QOS;
    }
    if (aligned)
        length = (length + 3) & ~3u;
    reader->at += length;
    if (fs_shape_see_four(reader, 0) != 0xaaaa0300 || fs_shape_see_two(reader, 4) != 0)
        return false;
    *type = fs_shape_see_two(reader, 6);
    reader->at += SNAP;
    return true;
}

/* What fs_wifi_skip_radiotap() reads in a header of `length` bytes. True: the MAC header is padded.
 */
static bool see_radiotap(struct fs_shape_reader *reader, uint32_t length)
{
    const struct fs_cursor header = fs_cursor_over(reader->bytes.at, length);
    const uint32_t fields_at = fs_wifi_radiotap_fields_at(&header),
                   flags_at = fs_wifi_radiotap_flags_at(&header);
    uint8_t flags = 0;

    for (uint32_t at = 4; at < fields_at; at += 4)
        fs_shape_see_four(reader, at);
    if (flags_at != 0)
        flags = fs_shape_see_byte(reader, flags_at, FS_WIFI_FLAG_FCS | FS_WIFI_FLAG_PADDED);
    reader->shape->trailer = flags & FS_WIFI_FLAG_FCS ? FS_WIFI_FCS : 0;
    return (flags & FS_WIFI_FLAG_PADDED) != 0;
}

static bool skip_ahead(struct fs_shape_reader *reader, uint32_t link_type, uint16_t *type)
{
    uint32_t length;
    bool aligned = false;

    if (fs_shape_see_byte(reader, 0, UINT8_MAX) != 0 ||
        fs_wifi_measure_ahead(&reader->bytes, 0, &length) != FLOWSCOPE_VERDICT_ok)
        return false;
    fs_shape_see_two(reader, 2);
    if (link_type == FS_LINK_RADIOTAP)
        aligned = see_radiotap(reader, length);
    else if (fs_shape_see_four(reader, 4) != (uint32_t)FS_LINK_WIFI << 24)
        return false;
    reader->at = length;
    return skip_wifi(reader, aligned, type);
}

static bool skip_cooked(struct fs_shape_reader *reader, const struct fs_cooked *cooked,
                        uint16_t *type)
{
    if (!fs_link_has_protocol(fs_shape_see_two(reader, cooked->device_at)))
        return false;
    *type = fs_shape_see_two(reader, cooked->protocol_at);
    reader->at = cooked->length;
    return true;
}

/* A header of four bytes that always means the same in front of IPv4. */
static bool skip_serial(struct fs_shape_reader *reader, uint32_t link_type, uint16_t *type)
{
    enum { SERIAL = 4, FAMILY = 2, PPP = 0xff030021 };
    const uint32_t word = fs_shape_see_four(reader, 0);

    *type = FS_TYPE_IPV4;
    reader->at = SERIAL;
    switch (link_type) {
    case FS_LINK_NULL:
        return word == FAMILY || word == (uint32_t)FAMILY << 24;
    case FS_LINK_LOOP:
        return word == FAMILY;
    default:
        return word == PPP;
    }
}

/* Up to an Ethernet type, or what would be one. */
bool fs_shape_skip_link(struct fs_shape_reader *reader, uint32_t link_type, uint16_t *type)
{
    enum { ETHERNET = 14, HDLC = 4 };

    switch (link_type) {
    case FS_LINK_ETHERNET:
        *type = fs_shape_see_two(reader, ETHERNET - 2);
        reader->at = ETHERNET;
        return true;
    case FS_LINK_RAW_12:
    case FS_LINK_RAW_14:
    case FS_LINK_RAW:
    case FS_LINK_IPV4:
        *type = FS_TYPE_IPV4;
        return true;
    case FS_LINK_NULL:
    case FS_LINK_LOOP:
    case FS_LINK_PPP:
    case FS_LINK_PPP_HDLC:
        return skip_serial(reader, link_type, type);
    case FS_LINK_CISCO_HDLC:
        *type = fs_shape_see_two(reader, HDLC - 2);
        reader->at = HDLC;
        return true;
    case FS_LINK_PPPOE:
        *type = FS_TYPE_PPPOE;
        return true;
    case FS_LINK_SLL:
        return skip_cooked(reader, &fs_cooked_sll, type);
    case FS_LINK_SLL2:
        return skip_cooked(reader, &fs_cooked_sll2, type);
    case FS_LINK_WIFI:
        return skip_wifi(reader, false, type);
    case FS_LINK_RADIOTAP:
    case FS_LINK_PPI:
        return skip_ahead(reader, link_type, type);
    default:
        return false;
    }
}

/* Ethernet behind labels, by itself or after a control word, whose first four bits are 0. That
 * there is none is asked first: where the bytes could mean it too, a frame is not of this shape. */
static bool skip_pseudowire(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { CONTROL_WORD = 4, HEADER = 14, TYPE_AT = 12, NIBBLE = 0xf0 };
    const uint8_t first = fs_shape_see_byte(reader, 0, NIBBLE);

    if (first == 0x40 || first == 0x60 || !fs_cursor_has(&reader->bytes, reader->at + HEADER))
        return false;
    if (fs_cursor_u16(&reader->bytes, reader->at + TYPE_AT) != FS_TYPE_IPV4) {
        if (first != 0 || reader->shape->other_at != 0)
            return false;
        reader->shape->other_at = (uint16_t)(reader->at + TYPE_AT);
        reader->at += CONTROL_WORD;
    }
    *type = fs_shape_see_two(reader, TYPE_AT);
    reader->at += HEADER;
    return *type == FS_TYPE_IPV4;
}

/* Any labels, of which the last is no reserved one; the bytes behind them must be asked. */
static bool skip_labels(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { LABEL = 4, BOTTOM = 0x100, UNRESERVED = 0xffff0000 };
    bool is_last;

    do {
        is_last = fs_shape_see(reader, 0, LABEL, BOTTOM) != 0;
        if (is_last && !fs_shape_see_any(reader, 0, LABEL, UNRESERVED))
            return false;
        reader->at += LABEL;
        reader->layers++;
    } while (!is_last && !reader->fails);
    *type = FS_TYPE_IPV4;
    return fs_cursor_has(&reader->bytes, reader->at + 1) &&
           (fs_cursor_u8(&reader->bytes, reader->at) == FS_PLAIN_FIRST ||
            skip_pseudowire(reader, type));
}

/* From its protocol on. */
static bool skip_ppp(struct fs_shape_reader *reader, uint16_t *type)
{
    uint32_t protocol = fs_shape_see_byte(reader, 0, UINT8_MAX), length = 1;

    if ((protocol & 1) == 0) {
        protocol = fs_shape_see_two(reader, 0);
        length = 2;
    }
    reader->at += length;
    *type = protocol == FS_PPP_IPV4 ? FS_TYPE_IPV4 : FS_TYPE_IPV6;
    return protocol == FS_PPP_IPV4 || protocol == FS_PPP_IPV6;
}

bool fs_shape_skip_ppp_frame(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { ADDRESS_CONTROL = 0xff03 };

    if (fs_shape_see_byte(reader, 0, UINT8_MAX) == ADDRESS_CONTROL >> 8) {
        if (fs_shape_see_two(reader, 0) != ADDRESS_CONTROL)
            return false;
        reader->at += 2;
    }
    return skip_ppp(reader, type);
}

static bool skip_session(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { HEADER = 6, LENGTH_AT = 4, CODE_AT = 1 };

    if (fs_shape_see_two(reader, 0) != 0x1100)
        return false;
    fs_shape_take_path(reader, FLOWSCOPE_LAYER_pppoe, CODE_AT); /* with that, which is 0 */
    fs_shape_take_length(reader, LENGTH_AT, reader->at + HEADER);
    reader->at += HEADER;
    reader->layers++;
    return skip_ppp(reader, type);
}

bool fs_shape_skip_types(struct fs_shape_reader *reader, uint16_t *type)
{
    enum { TAG = 4, I_TAG = 18 };

    while (!reader->fails) {
        switch (*type) {
        case FS_TYPE_IPV4:
        case FS_TYPE_IPV6:
            return true;
        case FS_TYPE_VLAN:
        case FS_TYPE_QINQ:
        case FS_TYPE_QINQ_OLD:
            *type = fs_shape_see_two(reader, TAG - 2);
            reader->at += TAG;
            reader->layers++;
            break;
        case FS_TYPE_I_TAG:
            *type = fs_shape_see_two(reader, I_TAG - 2);
            reader->at += I_TAG;
            if (*type == FS_TYPE_I_TAG)
                return false;
            break;
        case FS_TYPE_MPLS:
        case FS_TYPE_MPLS_UPSTREAM:
            return skip_labels(reader, type);
        case FS_TYPE_PPPOE:
            return skip_session(reader, type);
        default:
            return false;
        }
    }
    return false;
}
