/* SPDX-License-Identifier: BSD-2-Clause */
/* One frame through link, IP and transport headers, and through tunnels, to the keys of its
 * flows. */
#include "packet/headers.h"

#include "packet/ah.h"
#include "packet/behind.h"
#include "packet/checksum.h"
#include "packet/ethernet.h"
#include "packet/ip.h"
#include "packet/link.h"
#include "packet/path.h"
#include "packet/plain.h"
#include "packet/quote.h"
#include "packet/transport.h"
#include "packet/tunnel.h"

/* A one-way ICMP message may be an error: the packet that it quotes went the same way, or, where
 * each direction of a tunnel has a path of its own, the way back. */
static void read_quote(struct fs_walk *walk, unsigned level, const struct fs_ip_payload *payload,
                       uint8_t type)
{
    struct fs_frame *frame = walk->frame;
    const enum flowscope_identity identity = walk->options->identity;

    frame->has_quote = fs_quote_read(walk, payload, &frame->level[level], type, &frame->quote);
    if (!frame->has_quote)
        return;
    frame->quote.path = frame->other_path = frame->level[level].key.path;
    if (identity == FLOWSCOPE_IDENTITY_STRICT && level > 0) {
        struct fs_headers *outer = &frame->level[level - 1];

        outer->swapped = !outer->swapped;
        frame->other_path = fs_path_of(frame, level, identity);
        outer->swapped = !outer->swapped;
    }
}

/* What the IP header of frame->level[level] carries, from its first byte on. */
static enum flowscope_verdict read_transport(struct fs_walk *walk, unsigned level,
                                             struct fs_ip_payload *payload)
{
    struct fs_headers *headers = &walk->frame->level[level];
    enum flowscope_verdict verdict;

    if (headers->key.protocol == FS_PROTOCOL_AH && fs_walk_may_open(walk, FLOWSCOPE_LAYER_ah)) {
        verdict = fs_ah_skip(walk, payload, &headers->key);
        if (verdict != FLOWSCOPE_VERDICT_ok)
            return verdict;
    }

    uint32_t ports;
    headers->transport_at = (uint32_t)(payload->bytes.at - walk->start);
    verdict = fs_transport_read(payload, headers, &ports);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    headers->layer_count = walk->frame->layer_count;
    if (headers->layer_count != 0)
        headers->key.path = fs_path_of(walk->frame, level, walk->options->identity);
    if (headers->key.kind & FS_KEY_ONE_WAY)
        read_quote(walk, level, payload, (uint8_t)(ports >> 16));
    if (walk->options->one_way)
        headers->key.kind |= FS_KEY_ONE_WAY;
    headers->swapped = fs_key_sort(&headers->key, ports);
    return FLOWSCOPE_VERDICT_ok;
}

/* What a first fragment carries, or a whole datagram, in which there is no fragment again. */
static enum flowscope_verdict read_carried(struct fs_walk *walk, unsigned level,
                                           struct fs_ip_payload *payload)
{
    struct fs_headers *headers = &walk->frame->level[level];
    const bool is_part = payload->fragment;
    enum flowscope_verdict verdict = FLOWSCOPE_VERDICT_ok;

    if (headers->key.kind == 6)
        verdict = fs_ipv6_skip_extensions(payload, &headers->key.protocol);
    if (verdict == FLOWSCOPE_VERDICT_ok && payload->fragment && !is_part)
        verdict = FLOWSCOPE_VERDICT_bad_ip;
    return verdict == FLOWSCOPE_VERDICT_ok ? read_transport(walk, level, payload) : verdict;
}

/* The level is a part of a datagram. Where the first part alone tells the flow, the level is read;
 * where not, though it was captured whole, the datagram will tell. */
static enum flowscope_verdict read_fragment(struct fs_walk *walk, unsigned level,
                                            struct fs_ip_payload *payload)
{
    struct fs_frame *frame = walk->frame;
    struct fs_headers *headers = &frame->level[level];
    struct fs_fragment *fragment = &frame->fragment;
    enum flowscope_verdict verdict = FLOWSCOPE_VERDICT_ok;

    *fragment = (struct fs_fragment){.key = headers->key,
                                     .id = payload->datagram_id,
                                     .offset = payload->fragment_offset,
                                     .length = payload->claimed,
                                     .counted = payload->length,
                                     .bytes = payload->bytes,
                                     .more = payload->more_fragments,
                                     .level = (uint8_t)level,
                                     .layer_count = frame->layer_count};
    headers->layer_count = frame->layer_count;
    if (frame->layer_count != 0)
        fragment->key.path = fs_path_of(frame, level, walk->options->identity);
    if (fragment->offset == 0) {
        verdict = read_carried(walk, level, payload);
        fragment->has_level = verdict == FLOWSCOPE_VERDICT_ok;
        if (!fragment->has_level)
            frame->layer_count = fragment->layer_count;
        if (verdict == FLOWSCOPE_VERDICT_bad_ip ||
            (!fragment->has_level && fragment->bytes.left < fragment->length))
            return verdict;
    }
    frame->level_count = (uint8_t)(level + fragment->has_level);
    return FLOWSCOPE_VERDICT_fragment_pending;
}

/* What was damaged on the way belongs to its flow, as far as can be told, and says nothing of its
 * connection. */
static void verify(const struct fs_walk *walk, struct fs_headers *headers,
                   const struct fs_ip_payload *payload)
{
    const struct fs_cursor *ip = &walk->rest.bytes;
    const uint32_t length = headers->transport_at - headers->ip_at;
    const bool is_ipv4 = (headers->key.kind & FS_KEY_KIND) == 4;
    bool is_wrong = false, is_routed;

    if (is_ipv4) {
        const uint32_t header_length = (fs_cursor_u8(ip, 0) & 0x0fu) * 4u;
        is_wrong = fs_checksum_ipv4_is_wrong(ip, header_length);
        is_routed = header_length > 20; /* a source route may be among the options */
    } else {
        is_routed = fs_checksum_ipv6_is_routed(ip, length);
    }
    if (!is_routed)
        is_wrong |= fs_checksum_transport_is_wrong(payload, &headers->key);
    headers->bad_checksum = is_wrong;
    headers->has_tcp = headers->has_tcp && !is_wrong;
}

/* The IP header at walk->rest as frame->level[level]. */
static enum flowscope_verdict read_level(struct fs_walk *walk, unsigned version, unsigned level,
                                         struct fs_ip_payload *payload)
{
    struct fs_headers *headers = &walk->frame->level[level];

    headers->ip_at = (uint32_t)(walk->rest.bytes.at - walk->start);
    const enum flowscope_verdict verdict = version == 4
                                               ? fs_ipv4_read(&walk->rest, headers, payload)
                                               : fs_ipv6_read(&walk->rest, headers, payload);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    headers->bad_checksum = false;
    if (walk->notes)
        walk->notes->flow_label[level] =
            version == 6 ? fs_cursor_u32(&walk->rest.bytes, 0) & 0xfffff : 0;
    if (payload->fragment)
        return read_fragment(walk, level, payload);
    const enum flowscope_verdict transport = read_transport(walk, level, payload);
    if (walk->options->checksum && transport == FLOWSCOPE_VERDICT_ok)
        verify(walk, headers, payload);
    return transport;
}

/* A UDP port is a guess: what lies inside must fit, unless the outer packet itself was cut. */
static bool fits(const struct fs_headers *outer, const struct fs_ip_payload *around,
                 const struct fs_ip_payload *inside)
{
    return outer->key.protocol != FS_PROTOCOL_UDP || around->claimed > around->length ||
           inside->claimed == inside->length;
}

/* The levels inside level `level` - 1, which may be a tunnel and carries `around`. One whose inside
 * cannot be read is none: its layers go, and the flow around it is the innermost.
 * FLOWSCOPE_VERDICT_ok, or fragment_pending. */
static enum flowscope_verdict read_inside(struct fs_walk *walk, unsigned level,
                                          const struct fs_ip_payload *around)
{
    struct fs_ip_payload payload = *around;
    struct fs_frame *frame = walk->frame;

    for (;; level++) {
        const struct fs_headers *outer = &frame->level[level - 1];
        struct fs_ip_payload inside = {.length = 0};
        unsigned version;

        if (outer->bad_l4)
            break;
        walk->rest = (struct fs_rest){.bytes = payload.bytes, .wire = payload.length};
        walk->opens = true;
        enum flowscope_verdict verdict = fs_tunnel_read(walk, outer, &version);
        if (verdict == FLOWSCOPE_VERDICT_ok) /* past the last level no layer is left */
            verdict = level < FS_LEVELS_MAX ? read_level(walk, version, level, &inside)
                                            : FLOWSCOPE_VERDICT_tunnel_depth;
        const bool is_fragment = verdict == FLOWSCOPE_VERDICT_fragment_pending;
        if ((verdict != FLOWSCOPE_VERDICT_ok && !is_fragment) || !fits(outer, &payload, &inside)) {
            if (verdict == FLOWSCOPE_VERDICT_tunnel_depth)
                frame->cut_by_depth = true;
            frame->layer_count = outer->layer_count;
            frame->level_count = (uint8_t)level;
            break;
        }
        if (is_fragment)
            return verdict;
        frame->level_count = (uint8_t)(level + 1);
        if (!fs_tunnel_may_be(walk->options, &frame->level[level]))
            break;
        payload = inside;
    }
    return FLOWSCOPE_VERDICT_ok;
}

enum flowscope_verdict fs_walk_frame(struct fs_walk *walk, struct fs_walk_notes *notes,
                                     const struct flowscope_packet *packet,
                                     const struct fs_packet_options *options,
                                     struct fs_frame *frame)
{
    frame->ip_at = FS_NO_IP;
    if (!packet->is_packet)
        return FLOWSCOPE_VERDICT_not_a_packet;
    if (packet->captured_bytes == 0)
        return FLOWSCOPE_VERDICT_no_data;

    fs_walk_begin(walk, packet, options, frame);
    walk->notes = notes;
    unsigned version;
    enum flowscope_verdict verdict = fs_link_read(walk, packet->link_type, &version);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    walk->ip_version = version;

    struct fs_ip_payload payload;
    frame->ip_at = (uint32_t)(walk->rest.bytes.at - walk->start);
    verdict = read_level(walk, version, 0, &payload);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    frame->level_count = 1;
    if (fs_tunnel_may_be(options, &frame->level[0]))
        return read_inside(walk, 1, &payload);
    return FLOWSCOPE_VERDICT_ok;
}

enum flowscope_verdict fs_headers_read_long(const struct flowscope_packet *packet,
                                            const struct fs_packet_options *options,
                                            struct fs_frame *frame)
{
    struct fs_walk walk;

    return fs_walk_frame(&walk, NULL, packet, options, frame);
}

enum { PART_AT = 14, PART_IPV4 = 20, PART_IPV6 = 40, PART_MOST = 65535 };

/* The IPv4 header behind Ethernet; `header` bytes long. False: the long way has more to say. */
static bool read_part_ipv4(const struct fs_cursor *bytes, struct fs_fragment *fragment,
                           uint32_t *header)
{
    const uint32_t place = fs_cursor_u16(bytes, PART_AT + 6);
    const uint32_t total = fs_cursor_u16(bytes, PART_AT + 2);

    *header = PART_IPV4;
    fragment->id = fs_cursor_u16(bytes, PART_AT + 4);
    fragment->offset = (place & 0x1fff) * 8;
    fragment->more = (place & 0x2000) != 0;
    fragment->length = total - PART_IPV4;
    fragment->key = (struct fs_key){.protocol = fs_cursor_u8(bytes, PART_AT + 9), .kind = 4};
    fs_cursor_copy(bytes, PART_AT + 12, fragment->key.addr[0], 4);
    fs_cursor_copy(bytes, PART_AT + 16, fragment->key.addr[1], 4);
    return total > PART_IPV4 && fragment->offset + total <= PART_MOST;
}

/* The IPv6 header, a fragment header, and perhaps hop-by-hop options between them. */
static bool read_part_ipv6(const struct fs_cursor *bytes, struct fs_fragment *fragment,
                           uint32_t *header)
{
    enum { NEXT_AT = PART_AT + 6, OPTIONS_AT = PART_AT + PART_IPV6, FRAGMENT = 8 };
    const uint32_t carried = fs_cursor_u16(bytes, PART_AT + 4);
    const uint32_t options =
        fs_cursor_u8(bytes, NEXT_AT) == 0 ? 8 + fs_cursor_u8(bytes, OPTIONS_AT + 1) * 8u : 0;
    const uint32_t at = OPTIONS_AT + options;

    if (fs_cursor_u8(bytes, PART_AT) >> 4 != 6 || carried <= options + FRAGMENT ||
        !fs_cursor_has(bytes, at + FRAGMENT))
        return false;
    const uint32_t place = fs_cursor_u16(bytes, at + 2);
    *header = PART_IPV6 + options + FRAGMENT;
    fragment->id = fs_cursor_u32(bytes, at + 4);
    fragment->offset = place & 0xfff8;
    fragment->more = (place & 1) != 0;
    fragment->length = carried - options - FRAGMENT;
    fragment->key = (struct fs_key){.protocol = fs_cursor_u8(bytes, at), .kind = 6};
    fs_cursor_copy(bytes, PART_AT + 8, fragment->key.addr, sizeof(fragment->key.addr));
    return (place & 0xfff9) != 0 && fragment->offset + fragment->length <= PART_MOST;
}

bool fs_headers_read_part(const struct flowscope_packet *packet,
                          const struct fs_packet_options *options, struct fs_frame *frame)
{
    struct fs_cursor bytes = fs_cursor_over(packet->data, packet->captured_bytes);
    const uint32_t wire =
        packet->wire_bytes > packet->captured_bytes ? packet->wire_bytes : packet->captured_bytes;
    struct fs_fragment *fragment = &frame->fragment;
    struct fs_headers *headers = &frame->level[0];
    uint32_t header;

    if (!(fs_cursor_u16(&bytes, PART_AT - 2) == FS_TYPE_IPV4
              ? read_part_ipv4(&bytes, fragment, &header)
              : read_part_ipv6(&bytes, fragment, &header)) ||
        (fragment->more && fragment->length % 8 != 0))
        return false;
    headers->bytes = header + fragment->length;
    if (headers->bytes > wire - PART_AT)
        headers->bytes = wire - PART_AT;
    fragment->counted = headers->bytes - header;
    fs_cursor_skip(&bytes, PART_AT + header);
    if (bytes.left > fragment->counted)
        bytes.left = fragment->counted;
    fragment->bytes = bytes;
    frame->ip_at = headers->ip_at = PART_AT;
    frame->layer_count = headers->layer_count = fragment->layer_count = 0;
    frame->cut_by_depth = frame->has_quote = false;
    fragment->level = 0;
    fragment->has_level = fragment->offset == 0;
    frame->level_count = fragment->has_level;
    if (!fragment->has_level)
        return true;

    struct fs_walk walk = {
        .start = packet->data, .frame = frame, .options = options, .depth = fs_walk_depth(options)};
    struct fs_ip_payload payload = {.bytes = bytes,
                                    .length = fragment->counted,
                                    .claimed = fragment->length,
                                    .has_length = true,
                                    .fragment = true};
    headers->key = fragment->key;
    headers->bad_checksum = false;
    return read_carried(&walk, 0, &payload) == FLOWSCOPE_VERDICT_ok;
}

__attribute__((noinline, hot)) static enum flowscope_verdict
read_behind(const struct flowscope_packet *packet, const struct fs_packet_options *options,
            struct fs_frame *frame)
{
    struct fs_behind first, second;
    const unsigned levels = fs_behind_read(packet, options, frame, &first, &second);

    if (levels == 0)
        return fs_headers_read_long(packet, options, frame);
    fs_behind_expand(&first, &frame->level[0]);
    if (levels > 1)
        fs_behind_expand(&second, &frame->level[1]);
    return FLOWSCOPE_VERDICT_ok;
}

enum flowscope_verdict fs_headers_read(const struct flowscope_packet *packet,
                                       const struct fs_packet_options *options,
                                       struct fs_frame *frame)
{
    struct fs_plain plain;

    if (!fs_plain_read(packet, options, &plain))
        return read_behind(packet, options, frame);
    fs_plain_expand(&plain, frame);
    return FLOWSCOPE_VERDICT_ok;
}

static enum flowscope_verdict read_datagram(struct fs_walk *walk, unsigned level,
                                            struct fs_ip_payload *payload)
{
    const enum flowscope_verdict verdict = read_carried(walk, level, payload);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    walk->frame->level_count = (uint8_t)(level + 1);
    if (!fs_tunnel_may_be(walk->options, &walk->frame->level[level]))
        return FLOWSCOPE_VERDICT_ok;
    return read_inside(walk, level + 1, payload);
}

enum flowscope_verdict fs_headers_read_datagram(struct fs_frame *frame,
                                                const struct fs_packet_options *options,
                                                uint8_t protocol, struct fs_cursor bytes,
                                                uint32_t length, struct fs_walk_notes *notes)
{
    const unsigned level = frame->fragment.level;
    const unsigned macs = notes ? notes->macs : 0;
    struct fs_walk walk = {.start = bytes.at,
                           .frame = frame,
                           .options = options,
                           .notes = notes,
                           .depth = fs_walk_depth(options)};
    struct fs_ip_payload payload = {
        .bytes = bytes, .length = length, .claimed = length, .has_length = true};

    frame->level_count = (uint8_t)level;
    frame->layer_count = frame->fragment.layer_count;
    frame->level[level].key = frame->fragment.key;
    frame->level[level].key.protocol = protocol;
    const enum flowscope_verdict verdict = read_datagram(&walk, level, &payload);
    for (unsigned i = level; i < FS_LEVELS_MAX; i++)
        frame->level[i].ip_at = frame->level[i].transport_at = FS_NOT_IN_FRAME;
    for (unsigned i = macs; notes && i < notes->macs; i++)
        notes->mac[i].end_at = FS_NOT_IN_FRAME;
    return verdict;
}
