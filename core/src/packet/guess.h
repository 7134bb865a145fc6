/* SPDX-License-Identifier: BSD-2-Clause */
/* Where nothing says what follows (MPLS, L2TPv3), the bytes are asked whether they look like it. */
#ifndef FS_PACKET_GUESS_H
#define FS_PACKET_GUESS_H

#include "packet/rest.h"

/* How much must be captured before a guess, so that a shorter capture of a frame is never taken for
 * something else than the whole: fs_guess_ethernet() at offsets up to 12, with a tag. */
#define FS_GUESS_BYTES 36

/* All of `rest`, or so much of it, was captured. */
static inline __attribute__((always_inline)) bool fs_guess_can(const struct fs_rest *rest,
                                                               uint32_t bytes)
{
    return fs_cursor_has(&rest->bytes, rest->wire < bytes ? rest->wire : bytes);
}

/* An IP header begins at `offset` whose lengths fit what the wire carried: 4 or 6, else 0. */
static inline __attribute__((always_inline)) unsigned fs_guess_ip(const struct fs_rest *rest,
                                                                  uint32_t offset)
{
    if (!fs_cursor_has(&rest->bytes, offset + 6))
        return 0;
    const uint8_t first = fs_cursor_u8(&rest->bytes, offset);
    const uint32_t wire = rest->wire - offset;
    if (first >> 4 == 4) {
        const uint32_t header_length = (first & 0x0fu) * 4u;
        const uint32_t total_length = fs_cursor_u16(&rest->bytes, offset + 2);
        if (header_length < 20 || wire < header_length || total_length > wire)
            return 0;
        return total_length == 0 || total_length >= header_length ? 4 : 0;
    }
    if (first >> 4 == 6)
        return 40 + (uint32_t)fs_cursor_u16(&rest->bytes, offset + 4) <= wire ? 6 : 0;
    return 0;
}

/* An Ethernet header begins at `offset`, of a type that leads to IP and goes on as the type
 * says. */
bool fs_guess_ethernet(const struct fs_rest *rest, uint32_t offset);

/* fs_guess_ip() where Ethernet may be meant too, 0 then. The address of one station may begin like
 * IPv6, or like IPv4 with options, and the next bytes fit by chance; a type and what follows it
 * hardly ever do. That of a group begins with an odd byte, as does IPv4 without options. */
static inline __attribute__((always_inline)) unsigned fs_guess_packet(const struct fs_rest *rest)
{
    enum { ETHERNET_BYTES = 20 };
    const unsigned ip = fs_guess_ip(rest, 0);

    if (ip == 0 || (fs_cursor_u8(&rest->bytes, 0) & 1) != 0)
        return ip;
    const struct fs_rest copy = {.bytes = fs_cursor_over(rest->bytes.at, rest->bytes.left),
                                 .wire = rest->wire};
    return fs_guess_can(&copy, ETHERNET_BYTES) && !fs_guess_ethernet(&copy, 0) ? ip : 0;
}

#endif
