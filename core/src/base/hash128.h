/* SPDX-License-Identifier: BSD-2-Clause */
/* 128-bit hashes of frames: XXH3 under a secret of our own, since whoever writes the packets must
 * not be able to make two that look like one. Short inputs are inlined. */
#ifndef FS_BASE_HASH128_H
#define FS_BASE_HASH128_H

#include "base/hash.h"
#include "base/wide_hash.h"

#include <stdbool.h>

#define FS_HASH128_SHORT 240u /* bytes; XXH3 has no use for vectors up to here */

static inline struct fs_hash128 fs_hash128(const struct fs_hash128_key *key, const void *data,
                                           size_t length)
{
    XXH128_hash_t hash;

    if (length > FS_HASH128_SHORT)
        return key->wide(data, length, key->secret);
    hash = XXH3_128bits_withSecret(data, length, key->secret, FS_HASH128_SECRET);
    return (struct fs_hash128){hash.low64, hash.high64};
}

static inline bool fs_hash128_equal(struct fs_hash128 one, struct fs_hash128 other)
{
    return ((one.low ^ other.low) | (one.high ^ other.high)) == 0;
}

#endif
