/* SPDX-License-Identifier: BSD-2-Clause */
/* IPv4 and IPv6 headers: addresses, lengths, and where the transport header begins. */
#ifndef FS_PACKET_IP_H
#define FS_PACKET_IP_H

#include "packet/headers.h"
#include "packet/rest.h"

/* What an IP header carries. */
struct fs_ip_payload {
    struct fs_cursor bytes; /* captured, and inside `length` */
    uint32_t length;        /* by the contract's rule for lengths */
    uint32_t claimed;       /* by the header alone, where it gives a length; at least `length` */
    bool has_length;        /* it gives one: false for segmentation offload and jumbograms */
    bool fragment;          /* `bytes` are a part of what the datagram carries: */
    bool more_fragments;
    uint32_t fragment_offset;
    uint32_t datagram_id;
};

/* Read the header at `rest`. FLOWSCOPE_VERDICT_ok: in `headers` bytes and the key are set, the
 * addresses in the packet's order, all but the ports; *payload is filled. */
enum flowscope_verdict fs_ipv4_read(const struct fs_rest *rest, struct fs_headers *headers,
                                    struct fs_ip_payload *payload);
enum flowscope_verdict fs_ipv6_read(const struct fs_rest *rest, struct fs_headers *headers,
                                    struct fs_ip_payload *payload);

/* Takes the extension headers off `payload`; *protocol is the next header and becomes that of the
 * transport. Stops behind a fragment header (an atomic one, RFC 6946, is none), since only a first
 * fragment has the rest of the chain. */
enum flowscope_verdict fs_ipv6_skip_extensions(struct fs_ip_payload *payload, uint8_t *protocol);

/* `length` is inside what was captured. */
static inline void fs_ip_payload_skip(struct fs_ip_payload *payload, uint32_t length)
{
    fs_cursor_skip(&payload->bytes, length);
    payload->length -= length;
    payload->claimed -= length;
}

#endif
