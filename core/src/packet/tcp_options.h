/* SPDX-License-Identifier: BSD-2-Clause */
/* The options of a TCP header, for whoever asks: most packets are followed without them. */
#ifndef FS_PACKET_TCP_OPTIONS_H
#define FS_PACKET_TCP_OPTIONS_H

#include "base/cursor.h"
#include "packet/headers.h"

/* flags of struct fs_tcp_options */
enum {
    FS_TCP_HAS_MSS = 1,
    FS_TCP_HAS_WINDOW_SHIFT = 2,
    FS_TCP_SACK_PERMITTED = 4,
    FS_TCP_HAS_TIMESTAMPS = 8,
    FS_TCP_OPTIONS_CUT = 16, /* not all of them were captured */
    FS_TCP_OPTIONS_BAD = 32, /* one leaves the header, or has a length of its own kind's past */
};

#define FS_TCP_SACK_MAX  4u  /* what 40 bytes have room for; RFC 2018, 3 */
#define FS_TCP_SHIFT_MAX 14u /* RFC 7323, 2.3 */

struct fs_tcp_sack {
    uint32_t left;  /* the first sequence number of the block */
    uint32_t right; /* the one after its last */
};

struct fs_tcp_options {
    uint8_t flags;
    uint8_t window_shift; /* at most FS_TCP_SHIFT_MAX */
    uint8_t sack_count;
    uint16_t mss;
    uint32_t timestamp; /* TSval */
    uint32_t echo;      /* TSecr */
    struct fs_tcp_sack sack[FS_TCP_SACK_MAX];
};

/* Reads the options of the TCP header that `tcp` begins with. What only a SYN may carry (RFC 9293,
 * 3.7.1; RFC 7323, 2.2; RFC 2018, 2) is passed over elsewhere. Of an option that occurs twice the
 * last one counts, as Linux has it. *options is always filled, whatever the bytes say; of what
 * follows a bad or cut option nothing is. */
void fs_tcp_options_read(const struct fs_cursor *tcp, struct fs_tcp_options *options);

/* The same for the TCP header at `transport_at` of the packet, which is whole. Cut, where only the
 * whole datagram has it (FS_NOT_IN_FRAME). */
void fs_tcp_options_of(const struct flowscope_packet *packet, uint32_t transport_at,
                       struct fs_tcp_options *options);

#endif
