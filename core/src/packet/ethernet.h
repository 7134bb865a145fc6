/* SPDX-License-Identifier: BSD-2-Clause */
/* Ethernet and what an Ethernet type announces. */
#ifndef FS_PACKET_ETHERNET_H
#define FS_PACKET_ETHERNET_H

#include "packet/walk.h"

enum {
    FS_TYPE_IPV4 = 0x0800,
    FS_TYPE_IPV6 = 0x86dd,
    FS_TYPE_VLAN = 0x8100,     /* IEEE 802.1Q, customer tag */
    FS_TYPE_QINQ = 0x88a8,     /* IEEE 802.1Q, service tag */
    FS_TYPE_QINQ_OLD = 0x9100, /* service tag before the standard had one */
    FS_TYPE_MPLS = 0x8847,     /* RFC 5332 */
    FS_TYPE_MPLS_UPSTREAM = 0x8848,
    FS_TYPE_PPPOE = 0x8864,    /* RFC 2516, session stage */
    FS_TYPE_I_TAG = 0x88e7,    /* IEEE 802.1Q, backbone service instance (802.1ah) */
    FS_TYPE_ETHERNET = 0x6558, /* a frame in a tunnel, RFC 1701 */
    FS_TYPE_FIRST = 0x0600,    /* IEEE 802.3, 3.2.6: from here on the field is a type, */
    FS_LENGTH_MAX = 1500,      /* up to here a length */
};

/* Steps (walk.h): at a MAC header; behind a type or length field; at a header of IEEE 802.2. */
enum flowscope_verdict fs_ethernet_read(struct fs_walk *walk, unsigned *version);
enum flowscope_verdict fs_ethernet_type(struct fs_walk *walk, uint16_t type, unsigned *version);
enum flowscope_verdict fs_ethernet_llc(struct fs_walk *walk, unsigned *version);

#endif
