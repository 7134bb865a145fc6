/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/tag_table.h"

#include <glib.h>

/* The keys of the test are numbers; item i has key keys[i]. */
struct world {
    struct fs_tag_table table;
    struct fs_tag_bucket *buckets;
    uint32_t keys[4096];
};

static void world_init(struct world *world, uint64_t items)
{
    uint32_t count = fs_tag_table_buckets(items);

    world->buckets = g_new0(struct fs_tag_bucket, count);
    fs_tag_table_init(&world->table, world->buckets, count);
}

static bool has_key(const void *context, const void *key, uint32_t index)
{
    const struct world *world = context;

    return world->keys[index] == *(const uint32_t *)key;
}

static uint32_t find(const struct world *world, uint64_t hash, uint32_t key)
{
    return fs_tag_table_find(&world->table, hash, has_key, world, &key);
}

static void test_sizes(void)
{
    g_assert_cmpuint(fs_tag_table_buckets(1), ==, 1);
    g_assert_cmpuint(fs_tag_table_buckets(4), ==, 1);
    g_assert_cmpuint(fs_tag_table_buckets(5), ==, 2);
    g_assert_cmpuint(fs_tag_table_buckets(1000000), ==, 262144);
}

/* One hash for all: every item beyond eight overflows, and erasing in any order loses nobody. */
static void test_constant_hash(void)
{
    struct world world;
    const uint64_t hash = UINT64_C(0x123400000000beef);

    world_init(&world, 200);
    for (uint32_t i = 0; i < 200; i++) {
        world.keys[i] = i * 7;
        fs_tag_table_insert(&world.table, hash, i);
    }
    for (uint32_t i = 0; i < 200; i++)
        g_assert_cmpuint(find(&world, hash, i * 7), ==, i);
    for (uint32_t i = 0; i < 200; i += 2)
        fs_tag_table_erase(&world.table, hash, i);
    for (uint32_t i = 0; i < 200; i++)
        g_assert_cmpuint(find(&world, hash, i * 7), ==, i % 2 ? i : FS_TAG_ABSENT);
    for (uint32_t i = 1; i < 200; i += 2)
        fs_tag_table_erase(&world.table, hash, i);
    for (uint32_t i = 0; i <= world.table.mask; i++)
        g_assert_cmpuint(world.buckets[i].passed_on, ==, 0);
    g_free(world.buckets);
}

/* A tag of zero means empty, so a hash whose tag would be zero gets another. */
static void test_zero_tag(void)
{
    struct world world;

    world_init(&world, 8);
    world.keys[3] = 42;
    fs_tag_table_insert(&world.table, 0, 3);
    g_assert_cmpuint(find(&world, 0, 42), ==, 3);
    fs_tag_table_erase(&world.table, 0, 3);
    g_assert_cmpuint(find(&world, 0, 42), ==, FS_TAG_ABSENT);
    g_free(world.buckets);
}

/* Against an array that says which items are in, with hashes that collide in buckets and tags. */
static void test_random_against_array(void)
{
    struct world world;
    bool in[4096] = {false};
    uint64_t hashes[4096];

    world_init(&world, 2048);
    for (uint32_t i = 0; i < 4096; i++) {
        world.keys[i] = i;
        hashes[i] =
            (uint64_t)g_test_rand_int_range(0, 4) << 48 | (uint32_t)g_test_rand_int_range(0, 64);
    }
    for (unsigned step = 0, count = 0; step < 20000; step++) {
        uint32_t i = (uint32_t)g_test_rand_int_range(0, 4096);

        if (in[i])
            fs_tag_table_erase(&world.table, hashes[i], i);
        else if (count < 2048)
            fs_tag_table_insert(&world.table, hashes[i], i);
        else
            continue;
        in[i] = !in[i];
        count += in[i] ? 1 : -1u;
        i = (uint32_t)g_test_rand_int_range(0, 4096);
        g_assert_cmpuint(find(&world, hashes[i], i), ==, in[i] ? i : FS_TAG_ABSENT);
    }
    g_free(world.buckets);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/tag-table/sizes", test_sizes);
    g_test_add_func("/base/tag-table/constant-hash", test_constant_hash);
    g_test_add_func("/base/tag-table/zero-tag", test_zero_tag);
    g_test_add_func("/base/tag-table/random", test_random_against_array);
    return g_test_run();
}
