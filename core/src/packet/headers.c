/* SPDX-License-Identifier: BSD-2-Clause */
/* One frame, header by header: link, then for each level IP, transport and key, as deep as tunnels
 * lead. */
#include "packet/headers.h"

#include "packet/ip.h"
#include "packet/link.h"
#include "packet/path.h"
#include "packet/transport.h"
#include "packet/tunnel.h"

#define PROTOCOL_AH 51u

static enum flowscope_verdict read_level(struct fs_walk *walk, unsigned version,
                                         struct fs_headers *headers, struct fs_ip_payload *payload,
                                         uint32_t *ports)
{
    const struct fs_frame *frame = walk->frame;
    enum flowscope_verdict verdict = version == 4 ? fs_ipv4_read(&walk->rest, headers, payload)
                                                  : fs_ipv6_read(&walk->rest, headers, payload);

    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    if (headers->key.protocol == PROTOCOL_AH)
        fs_ah_skip(walk, payload, &headers->key.protocol);
    verdict = fs_transport_read(payload, headers, ports);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    headers->layer_count = frame->layer_count;
    if (frame->layer_count)
        headers->key.path = fs_path_of(frame, walk->options->identity);
    headers->swapped = fs_key_sort(&headers->key, *ports);
    return FLOWSCOPE_VERDICT_ok;
}

enum flowscope_verdict fs_headers_read(const struct flowscope_packet *packet,
                                       const struct fs_packet_options *options,
                                       struct fs_frame *frame)
{
    struct fs_walk walk = {
        .options = options,
        .frame = frame,
        .rest = {.bytes = fs_cursor_over(packet->data, packet->captured_bytes),
                 .wire = packet->wire_bytes > packet->captured_bytes ? packet->wire_bytes
                                                                     : packet->captured_bytes},
    };
    struct fs_ip_payload payload;
    enum flowscope_verdict verdict;
    uint8_t layers_before = 0;
    unsigned version;
    uint32_t ports;

    if (!packet->is_packet)
        return FLOWSCOPE_VERDICT_not_a_packet;
    if (packet->captured_bytes == 0)
        return FLOWSCOPE_VERDICT_no_data;
    frame->level_count = 0;
    frame->layer_count = 0;
    frame->cut_by_depth = false;
    verdict = fs_link_read(&walk, packet->link_type, &version);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    do {
        struct fs_headers *headers = &frame->level[frame->level_count];

        verdict = read_level(&walk, version, headers, &payload, &ports);
        if (verdict != FLOWSCOPE_VERDICT_ok)
            break;
        frame->level_count++;
        layers_before = frame->layer_count;
    } while (
        fs_tunnel_enter(&walk, &frame->level[frame->level_count - 1], &payload, ports, &version));
    if (frame->level_count == 0)
        return verdict;
    frame->layer_count = layers_before;
    return FLOWSCOPE_VERDICT_ok;
}
