/* SPDX-License-Identifier: BSD-2-Clause */
/* XXH3 in registers of several widths, apart from what hash128.h inlines: each is a file of its
 * own, compiled for the processors that have them. */
#ifndef FS_BASE_WIDE_HASH_H
#define FS_BASE_WIDE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define FS_HASH128_SECRET 192u /* bytes */

struct fs_hash128 {
    uint64_t low, high;
};

/* Pays from some hundred bytes on. All of them give the same. */
typedef struct fs_hash128 fs_wide_hash(const void *data, size_t length, const uint8_t *secret);

fs_wide_hash fs_wide_hash_any, fs_wide_hash_avx2, fs_wide_hash_avx512;

enum { FS_WIDE_HASHES = 3 };

/* Those that this processor can run, the widest last. Returns how many. */
unsigned fs_wide_hashes(fs_wide_hash *hashes[FS_WIDE_HASHES]);

/* What 128-bit hashes are made under. */
struct fs_hash128_key {
    fs_wide_hash *wide; /* the widest */
    uint64_t factor;    /* odd, for what is mixed into a hash */
    uint8_t secret[FS_HASH128_SECRET];
};

void fs_hash128_key_init(struct fs_hash128_key *key, uint64_t seed);

#endif
