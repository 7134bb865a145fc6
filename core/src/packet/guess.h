/* SPDX-License-Identifier: BSD-2-Clause */
/* Where nothing says what follows (MPLS, L2TPv3), the bytes are asked whether they look like it. */
#ifndef FS_PACKET_GUESS_H
#define FS_PACKET_GUESS_H

#include "packet/rest.h"

/* How much must be captured before a guess, so that a shorter capture of a frame is never taken for
 * something else than the whole: fs_guess_ethernet() at offsets up to 12, with a tag. */
#define FS_GUESS_BYTES 36

/* All of `rest`, or so much of it, was captured. */
bool fs_guess_can(const struct fs_rest *rest, uint32_t bytes);

/* An IP header begins at `offset` whose lengths fit what the wire carried: 4 or 6, else 0. */
unsigned fs_guess_ip(const struct fs_rest *rest, uint32_t offset);

/* An Ethernet header begins at `offset`, of a type that leads to IP and goes on as the type
 * says. */
bool fs_guess_ethernet(const struct fs_rest *rest, uint32_t offset);

#endif
