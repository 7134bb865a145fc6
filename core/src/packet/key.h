/* SPDX-License-Identifier: BSD-2-Clause */
/* The key of a flow: everything that is equal on all its packets, whichever their direction. */
#ifndef FS_PACKET_KEY_H
#define FS_PACKET_KEY_H

#include <stdbool.h>
#include <stdint.h>

/* IP protocols that this code treats in its own way; protocol.def has all their names. */
enum {
    FS_PROTOCOL_ICMP = 1,
    FS_PROTOCOL_IPV4 = 4, /* RFC 2003 */
    FS_PROTOCOL_TCP = 6,
    FS_PROTOCOL_UDP = 17,
    FS_PROTOCOL_IPV6 = 41, /* RFC 4213, 2473 */
    FS_PROTOCOL_GRE = 47,
    FS_PROTOCOL_AH = 51,
    FS_PROTOCOL_ICMP6 = 58,
    FS_PROTOCOL_L2TP = 115, /* RFC 3931, 4.1.1 */
    FS_PROTOCOL_SCTP = 132,
    FS_PROTOCOL_MPLS = 137, /* RFC 4023 */
};

#define FS_KEY_ONE_WAY 0x80u /* in kind: the reverse direction is another flow (some ICMP types) */

/* The endpoints are sorted: (addr[0], port[0]) <= (addr[1], port[1]) by address bytes, then port;
 * a one-way key keeps the packet's own order. IPv4 stands in the first four bytes, the rest zero.
 * No padding: the key is hashed and compared as its 44 bytes. */
struct fs_key {
    uint8_t addr[2][16];
    uint16_t port[2]; /* host order; ICMP: type and counterpart, or type and code */
    uint32_t path;    /* hash of what the tunnel policy puts in; 0 outside tunnels */
    uint16_t extra;   /* ICMP echo identifier */
    uint8_t protocol; /* IANA number */
    uint8_t kind;     /* 4 or 6, with FS_KEY_ONE_WAY */
};

_Static_assert(sizeof(struct fs_key) == 44, "the key is hashed as it lies in memory");

/* Sets the ports and brings the endpoints into the key's order. `ports` is what a TCP header begins
 * with, the source's in the upper half; the addresses are in the packet's order. True: the
 * endpoints were swapped, which a one-way key never is. */
bool fs_key_sort(struct fs_key *key, uint32_t ports);

#endif
