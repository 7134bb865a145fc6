/* SPDX-License-Identifier: BSD-2-Clause */
/* The function FS_WIDE_HASH, in the registers that the including file is compiled for. Inlined into
 * it, XXH3 knows the secret's length, and asks no table which way to go. */
#include "base/wide_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

struct fs_hash128 FS_WIDE_HASH(const void *data, size_t length, const uint8_t *secret) {
    const XXH128_hash_t hash = XXH3_128bits_withSecret(data, length, secret, FS_HASH128_SECRET);

    return (struct fs_hash128){hash.low64, hash.high64};
}
