/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/wide_hash.h"

#include <string.h>

#ifdef FLOWSCOPE_XXH_DISPATCH
#include <xxh_x86dispatch.h>
#else /* another processor, or a library without: its one way */
#include <xxhash.h>
#endif

void fs_hash128_secret(uint8_t *secret, uint64_t seed)
{
    for (uint64_t at = 0; at < FS_HASH128_SECRET; at += sizeof(seed)) {
        const uint64_t word = XXH3_64bits_withSeed(&at, sizeof(at), seed);

        memcpy(secret + at, &word, sizeof(word));
    }
}

struct fs_hash128 fs_hash128_long(const void *data, size_t length, const uint8_t *secret)
{
    const XXH128_hash_t hash = XXH3_128bits_withSecret(data, length, secret, FS_HASH128_SECRET);

    return (struct fs_hash128){hash.low64, hash.high64};
}
