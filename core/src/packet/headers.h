/* SPDX-License-Identifier: BSD-2-Clause */
/* From the bytes of a frame to the key and the facts of its flow. */
#ifndef FS_PACKET_HEADERS_H
#define FS_PACKET_HEADERS_H

#include "packet/key.h"

#include <flowscope/packet.h>
#include <flowscope/record.h>

/* RFC 9293, 3.1 */
#define FS_TCP_FIN 0x01u
#define FS_TCP_SYN 0x02u
#define FS_TCP_RST 0x04u
#define FS_TCP_PSH 0x08u
#define FS_TCP_ACK 0x10u

struct fs_tcp_segment {
    uint32_t seq;
    uint32_t ack;
    uint16_t window;
    uint8_t flags;
};

/* What the engine needs of one frame. */
struct fs_headers {
    struct fs_key key;
    uint32_t bytes;         /* IP length, by the contract's rule */
    uint32_t payload_bytes; /* after the transport header, by the same length */
    bool swapped;           /* the packet's source is the key's second endpoint */
    bool has_ports;         /* the key's ports mean something: TCP, UDP, SCTP, ICMP */
    bool has_tcp;           /* tcp is filled: a whole and sound TCP header */
    bool bad_l4;            /* a transport header that contradicts itself */
    uint8_t layer_count;
    struct fs_tcp_segment tcp;
    struct flowscope_layer layers[FLOWSCOPE_LAYERS_MAX];
};

/* Reads the headers of `packet`. FLOWSCOPE_VERDICT_ok: *headers is filled; any other verdict says
 * why the frame has no flow, and of *headers nothing may be read. Reads no byte beyond
 * captured_bytes. `tunnel_depth` is the option of that name. */
enum flowscope_verdict fs_headers_read(const struct flowscope_packet *packet, unsigned tunnel_depth,
                                       struct fs_headers *headers);

#endif
