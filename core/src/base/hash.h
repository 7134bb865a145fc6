/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash of table keys: seeded XXH3, since whoever writes the packets must not be able to aim
 * them at one bucket (collisions of CRC32C survive every seed). */
#ifndef FS_BASE_HASH_H
#define FS_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* XXH3's small-input paths are branch-light when the length is known: they are inlined. */
#define XXH_INLINE_ALL
#include <xxhash.h>

static inline uint64_t fs_hash(const void *data, size_t length, uint64_t seed)
{
    return XXH3_64bits_withSeed(data, length, seed);
}

#endif
