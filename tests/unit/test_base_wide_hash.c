/* SPDX-License-Identifier: BSD-2-Clause */
/* The hash of any width and the one that is inlined are one. */
#include "base/hash128.h"

#include <glib.h>

static uint8_t bytes[2000];

static void test_widths(void)
{
    fs_wide_hash *wide[FS_WIDE_HASHES];
    const unsigned widths = fs_wide_hashes(wide);
    struct fs_hash128_key key;

    fs_hash128_key_init(&key, 7);
    g_assert_true(key.wide == wide[widths - 1]);
    for (size_t length = 0; length <= sizeof bytes; length += 1 + length / 7) {
        const XXH128_hash_t inlined =
            XXH3_128bits_withSecret(bytes, length, key.secret, sizeof key.secret);
        const struct fs_hash128 chosen = fs_hash128(&key, bytes, length);

        g_assert_cmpuint(chosen.low, ==, inlined.low64);
        g_assert_cmpuint(chosen.high, ==, inlined.high64);
        for (unsigned i = 0; i < widths; i++)
            g_assert_true(fs_hash128_equal(wide[i](bytes, length, key.secret), chosen));
    }
}

/* Another seed, another hash; the same one, the same. One bit more in a long input changes it. */
static void test_seeds(void)
{
    struct fs_hash128_key one, same, other;
    struct fs_hash128 before;

    fs_hash128_key_init(&one, 1);
    fs_hash128_key_init(&same, 1);
    fs_hash128_key_init(&other, 2);
    for (size_t length = 0; length < sizeof bytes; length += 97) {
        before = fs_hash128(&one, bytes, length);
        g_assert_true(fs_hash128_equal(before, fs_hash128(&same, bytes, length)));
        g_assert_false(fs_hash128_equal(before, fs_hash128(&other, bytes, length)));
    }
    before = fs_hash128(&one, bytes, sizeof bytes);
    for (size_t at = 0; at < sizeof bytes; at += 13) {
        bytes[at] ^= 4;
        g_assert_false(fs_hash128_equal(before, fs_hash128(&one, bytes, sizeof bytes)));
        bytes[at] ^= 4;
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 >> 3);
    g_test_add_func("/base/wide-hash/widths", test_widths);
    g_test_add_func("/base/wide-hash/seeds", test_seeds);
    return g_test_run();
}
