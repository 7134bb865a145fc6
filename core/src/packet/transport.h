/* SPDX-License-Identifier: BSD-2-Clause */
/* Transport headers: ports, lengths, the facts of TCP. */
#ifndef FS_PACKET_TRANSPORT_H
#define FS_PACKET_TRANSPORT_H

#include "packet/ip.h"

/* Reads the header of headers->key.protocol at the start of `payload`. FLOWSCOPE_VERDICT_ok:
 * payload_bytes, has_ports, has_tcp, tcp and bad_l4 are set, and *ports for fs_key_sort(), 0 where
 * the protocol has none. */
enum flowscope_verdict fs_transport_read(const struct fs_ip_payload *payload,
                                         struct fs_headers *headers, uint32_t *ports);

/* The payload after a transport header of `header_length`; none where the header fills it. */
static inline uint32_t fs_transport_rest(const struct fs_ip_payload *payload,
                                         uint32_t header_length)
{
    return payload->length > header_length ? payload->length - header_length : 0;
}

/* Whether the IP packet is too short for a transport header of `length`. A first fragment may end
 * inside it. */
static inline bool fs_transport_too_short(const struct fs_ip_payload *payload, uint32_t length)
{
    return payload->claimed < length && !payload->fragment;
}

#endif
