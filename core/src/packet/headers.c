/* SPDX-License-Identifier: BSD-2-Clause */
/* One frame through link, IP and transport header to its key. */
#include "packet/headers.h"

#include "packet/ip.h"
#include "packet/link.h"
#include "packet/transport.h"

enum flowscope_verdict fs_headers_read(const struct flowscope_packet *packet, unsigned tunnel_depth,
                                       struct fs_headers *headers)
{
    if (!packet->is_packet)
        return FLOWSCOPE_VERDICT_not_a_packet;
    if (packet->captured_bytes == 0)
        return FLOWSCOPE_VERDICT_no_data;

    struct fs_rest rest = {.bytes = fs_cursor_over(packet->data, packet->captured_bytes),
                           .wire = packet->wire_bytes > packet->captured_bytes
                                       ? packet->wire_bytes
                                       : packet->captured_bytes};
    const unsigned depth =
        tunnel_depth < FLOWSCOPE_LAYERS_MAX ? tunnel_depth : FLOWSCOPE_LAYERS_MAX;
    unsigned version;
    headers->layer_count = 0;
    enum flowscope_verdict verdict =
        fs_link_read(packet->link_type, depth, &rest, headers, &version);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;

    struct fs_ip_payload payload;
    verdict = version == 4 ? fs_ipv4_read(&rest, headers, &payload)
                           : fs_ipv6_read(&rest, headers, &payload);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;

    uint32_t ports;
    verdict = fs_transport_read(&payload, headers, &ports);
    if (verdict != FLOWSCOPE_VERDICT_ok)
        return verdict;
    headers->swapped = fs_key_sort(&headers->key, ports);
    return FLOWSCOPE_VERDICT_ok;
}
