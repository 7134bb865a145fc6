/* SPDX-License-Identifier: BSD-2-Clause */
/* A packet of the batch, between the stages. */
#ifndef FS_ENGINE_STAGED_H
#define FS_ENGINE_STAGED_H

#include "packet/plain.h"

/* One cache line for most packets, so that a batch leaves the first-level cache to the flows. */
struct fs_staged {
    uint64_t hash; /* of a plain packet's key; of an `ok` one that is not, see fs_staged_frame */
    uint8_t verdict;
    bool is_plain;
    bool is_behind; /* and not plain: its levels are in fs_staged_frame.behind, see packet/behind.h
                     */
    uint32_t guess; /* of a plain packet: the index that its flow had when it was brought near; any
                       slot of the table before */
    struct fs_plain plain;
};

_Static_assert(sizeof(struct fs_staged) <= 64, "a cache line");

/* Beside it, for packets that are not plain: all levels, and the hash of each; of a fragment, that
 * of its datagram's key. */
struct fs_staged_frame {
    uint64_t hash[FS_LEVELS_MAX];
    uint64_t fragment_hash;
    struct fs_frame frame;
    struct fs_behind behind[FS_BEHIND_LEVELS];
};

#endif
