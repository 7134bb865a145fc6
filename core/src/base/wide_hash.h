/* SPDX-License-Identifier: BSD-2-Clause */
/* What of the 128-bit hash is linked from libxxhash, apart from what hash128.h inlines: a file can
 * have the library's functions or the inlined ones, not both. */
#ifndef FS_BASE_WIDE_HASH_H
#define FS_BASE_WIDE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define FS_HASH128_SECRET 192u /* bytes */

struct fs_hash128 {
    uint64_t low, high;
};

/* Fills `secret` (FS_HASH128_SECRET bytes) from a seed. */
void fs_hash128_secret(uint8_t *secret, uint64_t seed);

/* XXH3 in the widest registers that the processor has: pays from some hundred bytes on. */
struct fs_hash128 fs_hash128_long(const void *data, size_t length, const uint8_t *secret);

#endif
