/* SPDX-License-Identifier: BSD-2-Clause */
#define FS_WIDE_HASH fs_wide_hash_any
#include "base/wide_hash_body.h"

#include <string.h>

unsigned fs_wide_hashes(fs_wide_hash *hashes[FS_WIDE_HASHES])
{
    unsigned count = 0;

    hashes[count++] = fs_wide_hash_any;
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2"))
        hashes[count++] = fs_wide_hash_avx2;
    if (__builtin_cpu_supports("avx512f"))
        hashes[count++] = fs_wide_hash_avx512;
#endif
    return count;
}

void fs_hash128_key_init(struct fs_hash128_key *key, uint64_t seed)
{
    fs_wide_hash *hashes[FS_WIDE_HASHES];

    key->wide = hashes[fs_wide_hashes(hashes) - 1];
    key->factor = XXH3_64bits_withSeed("", 0, seed) | 1;
    for (uint64_t at = 0; at < FS_HASH128_SECRET; at += sizeof(seed)) {
        const uint64_t word = XXH3_64bits_withSeed(&at, sizeof(at), seed);

        memcpy(key->secret + at, &word, sizeof(word));
    }
}
