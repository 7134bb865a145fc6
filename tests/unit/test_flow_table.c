/* SPDX-License-Identifier: BSD-2-Clause */
#include "flow/table.h"

#include <glib.h>

#define CAPACITY 64u
#define OWN      FS_TIMEOUT_COUNT /* the first of flows' own timeouts */

struct world {
    struct fs_flow_table table;
    void *memory;
    size_t size;
};

static struct world world_new(uint64_t hash_mask)
{
    struct world world = {.size = 0};
    struct fs_flow_table_layout plan;
    struct fs_layout layout = {0};

    fs_flow_table_plan(&plan, &layout, CAPACITY);
    world.size = layout.size;
    world.memory = fs_memory_reserve(layout.size);
    fs_flow_table_init(&world.table, &plan, world.memory, CAPACITY, 7);
    world.table.hash_mask = hash_mask;
    return world;
}

static void world_free(struct world *world)
{
    fs_memory_release(world->memory, world->size);
}

static struct fs_key key_of(uint16_t number)
{
    return (struct fs_key){.port = {number, 80}, .protocol = 6, .kind = 4};
}

static uint32_t open_flow(struct fs_flow_table *table, uint16_t number, unsigned list)
{
    struct fs_key key = key_of(number);
    uint32_t index = fs_flow_table_open(table, fs_flow_table_hash(table, &key), &key);

    table->flows[index].id = number;
    fs_flow_table_enlist(table, index, list);
    return index;
}

static uint32_t find(const struct fs_flow_table *table, uint16_t number)
{
    struct fs_key key = key_of(number);

    return fs_flow_table_find(table, fs_flow_table_hash(table, &key), &key);
}

static void test_open_find_remove(gconstpointer mask)
{
    struct world world = world_new(*(const uint64_t *)mask);
    struct fs_flow_table *table = &world.table;

    for (uint16_t round = 0; round < 3; round++) {
        for (uint16_t i = 1; i <= CAPACITY; i++)
            open_flow(table, i,
                      fs_flow_list_of(i % FS_TIMEOUTS_MAX, (enum fs_worth)(i % FS_WORTHS)));
        g_assert_cmpuint(table->open, ==, CAPACITY);
        for (uint16_t i = 1; i <= CAPACITY; i++)
            g_assert_cmpuint(table->flows[find(table, i)].id, ==, i);
        for (uint16_t i = CAPACITY; i >= 1; i--) {
            fs_flow_table_remove(table, find(table, i));
            g_assert_cmpuint(find(table, i), ==, FS_FLOW_NONE);
        }
        g_assert_cmpuint(table->open, ==, 0);
    }
    world_free(&world);
}

/* Who looked a flow up before it went may still hold its slot, and takes packets there as long as
 * they are usual (engine/step.h): none is of a flow that is not open. */
static void test_usual_ends_with_the_flow(void)
{
    struct world world = world_new(UINT64_MAX);
    struct fs_flow_table *table = &world.table;
    const uint32_t removed = open_flow(table, 1, 0), drained = open_flow(table, 2, 0);

    table->flows[removed].usual = FS_USUAL_BARE | FS_USUAL_DATA;
    table->flows[drained].usual = FS_USUAL_BARE | FS_USUAL_DATA;
    fs_flow_table_remove(table, removed);
    g_assert_cmpuint(table->flows[removed].usual, ==, 0);
    g_assert_cmpuint(table->flows[drained].usual, ==, FS_USUAL_BARE | FS_USUAL_DATA);
    fs_flow_table_drain(table);
    g_assert_cmpuint(table->flows[drained].usual, ==, 0);
    world_free(&world);
}

/* Those that are worth least first; in each the least recently used, whatever its timeout. */
static void test_victims(void)
{
    struct world world = world_new(UINT64_MAX);
    struct fs_flow_table *table = &world.table;
    const struct {
        unsigned timeout;
        enum fs_worth worth;
    } opened[] = {{FS_TIMEOUT_udp, FS_WORTH_TWO_WAY},      {FS_TIMEOUT_tcp, FS_WORTH_TWO_WAY},
                  {FS_TIMEOUT_tcp, FS_WORTH_ONE_WAY},      {OWN, FS_WORTH_ONE_WAY},
                  {FS_TIMEOUT_udp, FS_WORTH_ONE_WAY},      {OWN, FS_WORTH_CLOSED},
                  {FS_TIMEOUT_tcp_closed, FS_WORTH_CLOSED}};
    const uint16_t expected[] = {6, 7, 4, 5, 3, 2, 1};

    table->timeouts = OWN + 1;
    for (uint16_t i = 0; i < G_N_ELEMENTS(opened); i++)
        open_flow(table, i + 1u, fs_flow_list_of(opened[i].timeout, opened[i].worth));
    fs_flow_table_move(table, find(table, 3), fs_flow_list_of(FS_TIMEOUT_tcp, FS_WORTH_ONE_WAY));
    fs_flow_table_move(table, find(table, 1), fs_flow_list_of(FS_TIMEOUT_udp, FS_WORTH_TWO_WAY));
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
        uint32_t victim = fs_flow_table_victim(table, NULL, 0);

        g_assert_cmpuint(table->flows[victim].id, ==, expected[i]);
        fs_flow_table_remove(table, victim);
    }
    world_free(&world);
}

/* The flows of the packet at hand are passed over, in whatever order they stand. */
static void test_spared(void)
{
    struct world world = world_new(UINT64_MAX);
    struct fs_flow_table *table = &world.table;
    uint32_t spared[4];

    for (uint16_t i = 1; i <= 4; i++)
        open_flow(table, i, fs_flow_list_of(FS_TIMEOUT_udp, FS_WORTH_ONE_WAY));
    spared[0] = find(table, 3);
    spared[1] = find(table, 2);
    spared[2] = find(table, 1);
    spared[3] = find(table, 4);
    g_assert_cmpuint(fs_flow_table_victim(table, spared, 2), ==, find(table, 1));
    g_assert_cmpuint(fs_flow_table_victim(table, spared, 3), ==, find(table, 4));
    g_assert_cmpuint(fs_flow_table_victim(table, spared, 4), ==, FS_FLOW_NONE);
    world_free(&world);
}

/* Keys that do not fit into two words: IPv6, and those of tunnels. Some have the same short key,
 * and one is an IPv4 key outside tunnels. */
static void test_long_keys(gconstpointer mask)
{
    struct world world = world_new(*(const uint64_t *)mask);
    struct fs_flow_table *table = &world.table;
    enum { KEYS = 7 };
    struct fs_key keys[KEYS], found;
    uint32_t index[KEYS];

    for (unsigned i = 0; i < KEYS; i++)
        keys[i] = (struct fs_key){.port = {1, 2}, .protocol = 6, .kind = i < 3 ? 4 : 6};
    keys[1].path = 0x101;
    keys[2].path = 0x102;
    keys[3].addr[0][15] = keys[3].addr[1][15] = 9;
    keys[4].addr[0][15] = keys[4].addr[1][7] = 9;
    keys[5].path = 0x101; /* with which the addresses cancel out */
    keys[5].addr[0][0] = 1;
    keys[5].addr[1][1] = 1;
    keys[6].path = 0x102;
    keys[6].addr[0][0] = 2;
    keys[6].addr[1][1] = 1;
    g_assert_cmpuint(fs_key_stand_in(&keys[1]).rest, ==, fs_key_stand_in(&keys[2]).rest);
    g_assert_cmpuint(fs_key_stand_in(&keys[0]).rest, !=, fs_key_stand_in(&keys[1]).rest);
    for (unsigned i = 0; i + 1 < KEYS; i++)
        g_assert_cmpuint(fs_key_stand_in(&keys[i]).addresses, ==,
                         fs_key_stand_in(&keys[i + 1]).addresses);
    for (unsigned i = 0; i < KEYS; i++) {
        const uint64_t hash = fs_flow_table_hash(table, &keys[i]);

        g_assert_cmpuint(fs_flow_table_find(table, hash, &keys[i]), ==, FS_FLOW_NONE);
        index[i] = fs_flow_table_open(table, hash, &keys[i]);
        fs_flow_table_enlist(table, index[i], 0);
    }
    for (unsigned i = 0; i < KEYS; i++) {
        const uint64_t hash = fs_flow_table_hash(table, &keys[i]);

        g_assert_cmpuint(fs_flow_table_find(table, hash, &keys[i]), ==, index[i]);
        fs_flow_table_key(table, index[i], &found);
        g_assert_true(memcmp(&found, &keys[i], sizeof(found)) == 0);
    }
    for (unsigned i = 0; i < KEYS; i++)
        fs_flow_table_remove(table, index[i]);
    g_assert_cmpuint(table->open, ==, 0);
    world_free(&world);
}

/* Slots are used again in another order, and the ids still come out sorted. */
static void test_drain(void)
{
    struct world world = world_new(UINT64_MAX);
    struct fs_flow_table *table = &world.table;
    const struct fs_flow_ref *refs;
    uint16_t number = 0;

    for (unsigned i = 0; i < CAPACITY; i++)
        open_flow(table, ++number, 0);
    for (unsigned i = 0; i < 500; i++) {
        uint16_t gone = (uint16_t)g_test_rand_int_range(1, number + 1);
        uint32_t index = find(table, gone);

        if (index != FS_FLOW_NONE) {
            fs_flow_table_remove(table, index);
            if (g_test_rand_bit())
                open_flow(table, ++number, 1);
        }
    }
    refs = fs_flow_table_drain(table);
    for (uint32_t i = 0; i < table->open; i++) {
        g_assert_cmpuint(table->flows[refs[i].index].id, ==, refs[i].id);
        g_assert_true(i == 0 || refs[i - 1].id < refs[i].id);
    }
    fs_flow_table_clear(table);
    g_assert_cmpuint(table->open, ==, 0);
    open_flow(table, 1, 0);
    g_assert_cmpuint(find(table, 1), !=, FS_FLOW_NONE);
    g_assert_cmpuint(find(table, 2), ==, FS_FLOW_NONE);
    world_free(&world);
}

int main(int argc, char **argv)
{
    static const uint64_t whole = UINT64_MAX, nothing = 0, narrow = 0x3;

    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/flow/table/hash", &whole, test_open_find_remove);
    g_test_add_data_func("/flow/table/constant-hash", &nothing, test_open_find_remove);
    g_test_add_data_func("/flow/table/narrow-hash", &narrow, test_open_find_remove);
    g_test_add_data_func("/flow/table/long-keys", &whole, test_long_keys);
    g_test_add_data_func("/flow/table/long-keys-constant-hash", &nothing, test_long_keys);
    g_test_add_func("/flow/table/usual-ends-with-the-flow", test_usual_ends_with_the_flow);
    g_test_add_func("/flow/table/victims", test_victims);
    g_test_add_func("/flow/table/spared", test_spared);
    g_test_add_func("/flow/table/drain", test_drain);
    return g_test_run();
}
