/* SPDX-License-Identifier: BSD-2-Clause */
/* What tells frames and packets apart when copies are looked for. */
#ifndef FS_PACKET_FINGERPRINT_H
#define FS_PACKET_FINGERPRINT_H

#include "base/wide_hash.h"
#include "packet/headers.h"

struct fs_fingerprint_options {
    bool whole_frames; /* nothing but frames as they are: no packet is looked for in them */
    bool inside;       /* what tunnels carry too */
    struct fs_hash128_key key;
};

struct fs_fingerprint {
    struct fs_hash128 packet; /* without what routers and switches change; else of all bytes */
    struct fs_hash128 inner;  /* the same of the innermost packet */
    uint32_t frame;           /* with `packet`: all bytes and lengths */
    uint32_t length;          /* what `packet` goes over, on the wire */
    uint32_t cooked;          /* the interface that a cooked header names */
    bool is_packet;           /* `packet` is that of an IP packet */
    bool has_inner;
    bool is_rare; /* has_inner, or cooked is not 0 */
    bool inner_has_identity;
    bool has_identity; /* of its own: an identification, or no IP packet at all */
    uint8_t ttl;       /* or hop limit */
    uint8_t direction; /* enum flowscope_interface_direction; a bit each */
};

/* Reads no byte beyond captured_bytes, and each of them once where it can. `ip_at` and
 * `inner_ip_at` are where the frame's first and last IP header begin, FS_NO_IP for none. The packet
 * has bytes. */
void fs_fingerprint_take(const struct fs_fingerprint_options *options,
                         const struct flowscope_packet *packet, uint32_t ip_at,
                         uint32_t inner_ip_at, struct fs_fingerprint *fingerprint);

/* The same for a packet that fs_plain_read() took: its IP packet has so many bytes. */
void fs_fingerprint_take_plain(const struct fs_fingerprint_options *options,
                               const struct flowscope_packet *packet, uint32_t ip_bytes,
                               struct fs_fingerprint *fingerprint);

#endif
