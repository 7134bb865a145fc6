/* SPDX-License-Identifier: BSD-2-Clause */
/* Frames of the random traffic cut into fragments, which come in any order, again, or never. */
#ifndef FS_TESTS_SHRED_H
#define FS_TESTS_SHRED_H

#include "support/traffic.h"

#define SHRED_WAITING 16

struct shred {
    unsigned count;
    struct shred_frame {
        uint8_t bytes[TRAFFIC_FRAME_MAX];
        uint32_t length;
    } frames[SHRED_WAITING];
};

/* Cuts a sound frame of Ethernet and IP, tagged or not, of `length` bytes. False: it cannot be cut,
 * or there is no place for the parts. */
bool shred_frame(struct shred *shred, struct random_state *random, const uint8_t *bytes,
                 uint32_t length);

/* The next part, if one comes: its length, else 0. */
uint32_t shred_next(struct shred *shred, struct random_state *random, uint8_t *bytes);

#endif
