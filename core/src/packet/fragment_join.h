/* SPDX-License-Identifier: BSD-2-Clause */
/* Fragments put together to the datagram that they are parts of. */
#ifndef FS_PACKET_FRAGMENT_JOIN_H
#define FS_PACKET_FRAGMENT_JOIN_H

#include "packet/fragment_table.h"

/* What a fragment is to the open datagram. */
enum fs_fragment_fit {
    FS_FRAGMENT_FITS,
    FS_FRAGMENT_OVERLAPS,    /* some of its bytes came before, and it is no repeat */
    FS_FRAGMENT_REPEATS,     /* it came before, byte for byte */
    FS_FRAGMENT_CONTRADICTS, /* it leaves the datagram, or ends it where it does not end */
};

enum fs_fragment_fit fs_fragment_fit_of(const struct fs_fragment_table *table, uint32_t index,
                                        const struct fs_fragment *fragment);

/* The same fragment came before: offset, length, captured bytes. Of a datagram in any state. */
bool fs_fragment_repeats(const struct fs_fragment_table *table, uint32_t index,
                         const struct fs_fragment *fragment);

/* The open datagram, in which it fits, is whole with this fragment. */
bool fs_fragment_completes(const struct fs_fragment_table *table, uint32_t index,
                           const struct fs_fragment *fragment);

/* How many chunks the bytes of the fragment take. */
uint32_t fs_fragment_chunks(const struct fs_fragment *fragment);

/* Keeps the fragment, which fits or overlaps, in `piece` of the open datagram. There must be that
 * many chunks. True: nothing is missing any more. */
bool fs_fragment_keep(struct fs_fragment_table *table, uint32_t index, uint32_t piece,
                      const struct fs_fragment *fragment);

/* The whole of a datagram that is open and of which nothing is missing; IPv6 overlaps have been
 * dropped before. The bytes from its first on that were captured; they live until the next call. */
struct fs_cursor fs_fragment_join(struct fs_fragment_table *table, uint32_t index,
                                  enum flowscope_overlap policy);

#endif
