/* SPDX-License-Identifier: BSD-2-Clause */
/* Internet checksums (RFC 1071), where asked for. One is only called wrong when all that it covers
 * was captured and nothing suggests that it was never made: a length of 0 (segmentation offload), a
 * field that has the sum of the pseudo-header alone (checksum offload), or none. */
#ifndef FS_PACKET_CHECKSUM_H
#define FS_PACKET_CHECKSUM_H

#include "packet/ip.h"

/* The IPv4 header of `length` bytes that `ip` begins with is wrong. */
bool fs_checksum_ipv4_is_wrong(const struct fs_cursor *ip, uint32_t length);

/* The checksum of the TCP, UDP, ICMP or ICMPv6 packet `payload` is wrong; the addresses in `key`
 * are in the packet's order. Not of a part of a datagram. */
bool fs_checksum_transport_is_wrong(const struct fs_ip_payload *payload, const struct fs_key *key);

/* One of the extension headers, which end `length` bytes after the begin of `ip`, is a routing
 * header, or has a home address: the destination or source of the pseudo-header may be another (RFC
 * 8200, 8.1; RFC 6275, 6.3). */
bool fs_checksum_ipv6_is_routed(const struct fs_cursor *ip, uint32_t length);

#endif
