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

static inline __attribute__((always_inline)) uint64_t fs_hash(const void *data, size_t length,
                                                              uint64_t seed)
{
    return XXH3_64bits_withSeed(data, length, seed);
}

/* The hash of what `hash` is the hash of and one word more, by a multiplication whose factor nobody
 * knows who does not know the seed. */
static inline uint64_t fs_hash_with(uint64_t hash, uint32_t more, uint64_t seed)
{
    const uint64_t factor = (seed ^ UINT64_C(0x9e3779b97f4a7c15)) | 1;
    __extension__ const unsigned __int128 product = (unsigned __int128)(hash ^ more) * factor;

    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

#endif
