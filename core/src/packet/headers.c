/* SPDX-License-Identifier: BSD-2-Clause */
/* One frame through link, IP and transport headers, and through tunnels, to the keys of its
 * flows. */
#include "packet/headers.h"

#include "packet/ah.h"
#include "packet/ethernet.h"
#include "packet/ip.h"
#include "packet/link.h"
#include "packet/path.h"
#include "packet/plain.h"
#include "packet/transport.h"
#include "packet/tunnel.h"

/* The IP header at walk->rest as frame->level[level]. */
static inline enum flowscope_verdict read_level(struct fs_walk *walk, unsigned version,
                                                unsigned level, struct fs_ip_payload *payload)
{
    struct fs_headers *headers = &walk->frame->level[level];

    headers->ip_at = (uint32_t)(walk->rest.bytes.at - walk->start);
    enum flowscope_verdict verdict = version == 4 ? fs_ipv4_read(&walk->rest, headers, payload)
                                                  : fs_ipv6_read(&walk->rest, headers, payload);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (headers->key.protocol == FS_PROTOCOL_AH) {
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
    headers->swapped = fs_key_sort(&headers->key, ports);
    return FLOWSCOPE_VERDICT_ok;
}

/* A UDP port is a guess: what lies inside must fit, unless the outer packet itself was cut. */
static bool fits(const struct fs_headers *outer, const struct fs_ip_payload *around,
                 const struct fs_ip_payload *inside)
{
    return outer->key.protocol != FS_PROTOCOL_UDP || around->claimed > around->length ||
           inside->claimed == inside->length;
}

/* The levels inside the first one, which carries `payload`. A tunnel whose inside cannot be read is
 * none: its layers go, and the flow around it is the innermost. */
static void read_inside(struct fs_walk *walk, const struct fs_ip_payload *first)
{
    struct fs_ip_payload payload = *first;
    struct fs_frame *frame = walk->frame;

    for (unsigned level = 1; level <= FS_LEVELS_MAX; level++) {
        const struct fs_headers *outer = &frame->level[level - 1];
        struct fs_ip_payload inside;
        unsigned version;

        if (payload.first_fragment || outer->bad_l4 || !fs_tunnel_may_be(walk->options, outer))
            return;
        walk->rest = (struct fs_rest){.bytes = payload.bytes, .wire = payload.length};
        enum flowscope_verdict verdict = fs_tunnel_read(walk, outer, &version);
        if (verdict == FLOWSCOPE_VERDICT_ok) /* past the last level no layer is left */
            verdict = level < FS_LEVELS_MAX ? read_level(walk, version, level, &inside)
                                            : FLOWSCOPE_VERDICT_tunnel_depth;
        if (verdict != FLOWSCOPE_VERDICT_ok || !fits(outer, &payload, &inside)) {
            if (verdict == FLOWSCOPE_VERDICT_tunnel_depth)
                frame->cut_by_depth = true;
            frame->layer_count = outer->layer_count;
            return;
        }
        frame->level_count = (uint8_t)(level + 1);
        payload = inside;
    }
}

/* Many of these frames, too, are Ethernet with IPv4 right behind: no other file is asked. */
static inline enum flowscope_verdict read_link(struct fs_walk *walk, uint32_t link_type,
                                               unsigned *version)
{
    enum { LINK_ETHERNET = 1, HEADER_LENGTH = 14, TYPE_AT = 12 };

    if (link_type != LINK_ETHERNET || !fs_cursor_has(&walk->rest.bytes, HEADER_LENGTH) ||
        fs_cursor_u16(&walk->rest.bytes, TYPE_AT) != FS_TYPE_IPV4)
        return fs_link_read(walk, link_type, version);
    fs_rest_skip(&walk->rest, HEADER_LENGTH);
    return fs_walk_found(4, version);
}

enum flowscope_verdict fs_headers_read_long(const struct flowscope_packet *packet,
                                            const struct fs_packet_options *options,
                                            struct fs_frame *frame)
{
    frame->ip_at = FS_NO_IP;
    if (!packet->is_packet)
        return FLOWSCOPE_VERDICT_not_a_packet;
    if (packet->captured_bytes == 0)
        return FLOWSCOPE_VERDICT_no_data;

    struct fs_walk walk = {
        .rest = {.bytes = fs_cursor_over(packet->data, packet->captured_bytes),
                 .wire = packet->wire_bytes > packet->captured_bytes ? packet->wire_bytes
                                                                     : packet->captured_bytes},
        .start = packet->data,
        .frame = frame,
        .options = options,
        .depth = options->tunnel_depth < FLOWSCOPE_LAYERS_MAX ? options->tunnel_depth
                                                              : FLOWSCOPE_LAYERS_MAX};
    unsigned version;
    frame->layer_count = 0;
    frame->cut_by_depth = false;
    enum flowscope_verdict verdict = read_link(&walk, packet->link_type, &version);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;

    struct fs_ip_payload payload;
    frame->ip_at = (uint32_t)(walk.rest.bytes.at - walk.start);
    verdict = read_level(&walk, version, 0, &payload);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    frame->level_count = 1;
    if (fs_tunnel_may_be(options, &frame->level[0]))
        read_inside(&walk, &payload);
    return FLOWSCOPE_VERDICT_ok;
}

enum flowscope_verdict fs_headers_read(const struct flowscope_packet *packet,
                                       const struct fs_packet_options *options,
                                       struct fs_frame *frame)
{
    struct fs_plain plain;

    if (!fs_plain_read(packet, options, &plain))
        return fs_headers_read_long(packet, options, frame);
    fs_plain_expand(&plain, frame);
    return FLOWSCOPE_VERDICT_ok;
}
