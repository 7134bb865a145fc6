/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash that is linked and the one that is inlined are one. */
#include "base/hash128.h"

#include <glib.h>

static uint8_t bytes[2000];

static void test_linked_is_inlined(void)
{
    uint8_t secret[FS_HASH128_SECRET];

    fs_hash128_secret(secret, 7);
    for (size_t length = 0; length <= sizeof bytes; length += 1 + length / 7) {
        struct fs_hash128 linked = fs_hash128_long(bytes, length, secret);
        XXH128_hash_t inlined = XXH3_128bits_withSecret(bytes, length, secret, sizeof secret);
        struct fs_hash128 chosen = fs_hash128(bytes, length, secret);

        g_assert_cmpuint(linked.low, ==, inlined.low64);
        g_assert_cmpuint(linked.high, ==, inlined.high64);
        g_assert_true(fs_hash128_equal(linked, chosen));
    }
}

/* Another seed, another hash; the same one, the same. One bit more in a long input changes it. */
static void test_seeds(void)
{
    uint8_t one[FS_HASH128_SECRET], same[FS_HASH128_SECRET], other[FS_HASH128_SECRET];
    struct fs_hash128 before;

    fs_hash128_secret(one, 1);
    fs_hash128_secret(same, 1);
    fs_hash128_secret(other, 2);
    for (size_t length = 0; length < sizeof bytes; length += 97) {
        before = fs_hash128(bytes, length, one);
        g_assert_true(fs_hash128_equal(before, fs_hash128(bytes, length, same)));
        g_assert_false(fs_hash128_equal(before, fs_hash128(bytes, length, other)));
    }
    before = fs_hash128(bytes, sizeof bytes, one);
    for (size_t at = 0; at < sizeof bytes; at += 13) {
        bytes[at] ^= 4;
        g_assert_false(fs_hash128_equal(before, fs_hash128(bytes, sizeof bytes, one)));
        bytes[at] ^= 4;
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 >> 3);
    g_test_add_func("/base/wide-hash/linked-is-inlined", test_linked_is_inlined);
    g_test_add_func("/base/wide-hash/seeds", test_seeds);
    return g_test_run();
}
