/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of a key's endpoints. */
#include "packet/key.h"

#include <glib.h>
#include <string.h>

static int compare(const struct fs_key *key, unsigned left, unsigned right)
{
    const int order = memcmp(key->addr[left], key->addr[right], 16);

    if (order != 0)
        return order;
    return (int)key->port[left] - (int)key->port[right];
}

static struct fs_key reversed(const struct fs_key *key)
{
    struct fs_key other = *key;

    memcpy(other.addr[0], key->addr[1], 16);
    memcpy(other.addr[1], key->addr[0], 16);
    other.port[0] = key->port[1];
    other.port[1] = key->port[0];
    return other;
}

/* Few values, so that every place of the first difference comes up, and equality too. */
static struct fs_key random_key(GRand *random, uint8_t kind)
{
    static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
    struct fs_key key = {.kind = kind, .protocol = 17, .extra = 3};
    const int length = kind == 4 ? 4 : 16;

    for (int i = 0; i < length; i++)
        key.addr[0][i] = key.addr[1][i] = values[g_rand_int_range(random, 0, 5)];
    if (g_rand_boolean(random))
        key.addr[g_rand_boolean(random)][g_rand_int_range(random, 0, length)] =
            values[g_rand_int_range(random, 0, 5)];
    key.port[0] = (uint16_t)g_rand_int_range(random, 0, 3);
    key.port[1] =
        g_rand_boolean(random) ? key.port[0] : (uint16_t)g_rand_int_range(random, 0, 65536);
    return key;
}

/* Of a key in the packet's order, ports and all. */
static bool sort(struct fs_key *key)
{
    const uint32_t ports = (uint32_t)key->port[0] << 16 | key->port[1];

    key->port[0] = key->port[1] = 0xa5a5;
    return fs_key_sort(key, ports);
}

static void test_sort(void)
{
    GRand *random = g_rand_new_with_seed(1);

    for (unsigned i = 0; i < 20000; i++) {
        const struct fs_key original = random_key(random, i % 2 == 0 ? 4 : 6);
        struct fs_key key = original;
        struct fs_key back = reversed(&original);
        const bool swapped = sort(&key);
        const bool back_swapped = sort(&back);
        const struct fs_key undone = swapped ? reversed(&key) : key;

        g_assert_cmpint(compare(&key, 0, 1), <=, 0);
        g_assert_true(memcmp(&key, &back, sizeof(key)) == 0);
        g_assert_true(memcmp(&undone, &original, sizeof(key)) == 0);
        if (compare(&original, 0, 1) == 0)
            g_assert_false(swapped || back_swapped);
        else
            g_assert_true(swapped != back_swapped);
    }
    g_rand_free(random);
}

static void test_one_way(void)
{
    GRand *random = g_rand_new_with_seed(2);

    for (unsigned i = 0; i < 1000; i++) {
        const struct fs_key original =
            random_key(random, (uint8_t)((i % 2 == 0 ? 4 : 6) | FS_KEY_ONE_WAY));
        struct fs_key key = original;

        g_assert_false(sort(&key));
        g_assert_true(memcmp(&key, &original, sizeof(key)) == 0);
    }
    g_rand_free(random);
}

/* Short and long, a key is the same; the long one has no other bytes but its path. */
static void test_short(void)
{
    GRand *random = g_rand_new_with_seed(3);

    for (unsigned i = 0; i < 1000; i++) {
        struct fs_key original = random_key(random, i % 5 == 0 ? 4 | FS_KEY_ONE_WAY : 4), back;
        original.path = i % 2 ? g_rand_int(random) | 1 : 0;
        original.extra = (uint16_t)g_rand_int(random);
        memset(original.addr[0] + 4, 0, 12);
        memset(original.addr[1] + 4, 0, 12);
        const struct fs_short_key short_key = fs_key_shorten(&original);

        g_assert_true(fs_key_is_short(&original));
        g_assert_cmpint(fs_short_key_is_whole(&short_key), ==, original.path == 0);
        memset(&back, 0xa5, sizeof(back));
        fs_key_lengthen(&short_key, original.path, &back);
        g_assert_true(memcmp(&back, &original, sizeof(back)) == 0);
        original = random_key(random, 6);
        g_assert_false(fs_key_is_short(&original));
    }
    g_rand_free(random);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/key/sort", test_sort);
    g_test_add_func("/packet/key/one-way", test_one_way);
    g_test_add_func("/packet/key/short", test_short);
    return g_test_run();
}
