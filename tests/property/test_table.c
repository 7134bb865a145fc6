/* SPDX-License-Identifier: BSD-2-Clause */
/* The flow table beside a plain array that is searched from end to end: keys of all kinds, growth,
 * slots used again, lists in the order of their use, victims; with hashes of several seeds, of two
 * bits, and with one for all. */
#include "support/traffic.h"

#include "flow/table.h"

#include <glib.h>

#define CAPACITY 700u /* grows from 64 buckets to 256 */
#define KEYS     900u
#define STEPS    6000

struct entry {
    uint64_t id; /* 0: not open */
    uint32_t index;
    unsigned list;
    uint64_t used; /* when it came into its list */
};

struct world {
    struct random_state random;
    struct fs_flow_table table;
    void *memory;
    size_t size;
    struct fs_key keys[KEYS];
    struct entry entries[KEYS];
    uint64_t last_id, uses;
    uint32_t open;
};

struct way {
    uint64_t seed, mask;
};

/* Few different values, so that keys share most of what they are made of. */
static struct fs_key random_key(struct random_state *random, unsigned number)
{
    struct fs_key key = {.port = {(uint16_t)(number & 0x3f), (uint16_t)random_below(random, 2)},
                         .extra = (uint16_t)(number >> 6),
                         .protocol = random_below(random, 2) ? 6 : 17,
                         .kind = 4};

    key.addr[0][3] = (uint8_t)random_below(random, 2);
    key.addr[1][0] = (uint8_t)random_below(random, 2);
    if (random_chance(random, 300))
        key.path = 1 + random_below(random, 3);
    if (random_chance(random, 400)) {
        key.kind = 6;
        key.addr[0][15] = (uint8_t)random_below(random, 3);
        key.addr[1][7] = (uint8_t)random_below(random, 3);
    }
    if (random_chance(random, 100))
        key.kind |= FS_KEY_ONE_WAY;
    return key;
}

static void begin(struct world *world, const struct way *way)
{
    struct fs_flow_table_layout plan;
    struct fs_layout layout = {0};

    *world = (struct world){.random = {way->seed}};
    fs_flow_table_plan(&plan, &layout, CAPACITY);
    world->size = layout.size;
    world->memory = fs_memory_reserve(layout.size);
    fs_flow_table_init(&world->table, &plan, world->memory, CAPACITY, way->seed);
    world->table.hash_mask = way->mask;
    for (unsigned i = 0; i < KEYS; i++)
        world->keys[i] = random_key(&world->random, i);
}

static uint64_t hash_of(const struct world *world, unsigned number)
{
    return fs_flow_table_hash(&world->table, &world->keys[number]);
}

/* By the table: its slot, or none, as the array has it. */
static void check_key(const struct world *world, unsigned number)
{
    const struct entry *entry = &world->entries[number];
    const struct fs_key *key = &world->keys[number];
    const uint64_t hash = hash_of(world, number);
    const uint32_t index = fs_flow_table_find(&world->table, hash, key);
    const struct fs_short_key stand_in = fs_key_stand_in(key);
    const struct fs_flow *likely =
        fs_flow_table_find_likely(&world->table, hash, &stand_in, key->path, key);
    struct fs_key kept;

    g_assert_cmpuint(index, ==, entry->id ? entry->index : FS_FLOW_NONE);
    if (likely)
        g_assert_true(entry->id && likely == &world->table.flows[index]);
    if (!entry->id)
        return;
    g_assert_cmpuint(world->table.flows[index].id, ==, entry->id);
    g_assert_cmpuint(fs_flow_table_find_id(&world->table, hash, entry->id), ==, index);
    fs_flow_table_key(&world->table, index, &kept);
    g_assert_true(memcmp(&kept, key, sizeof(kept)) == 0);
}

/* The oldest of the list that came after `used`; NULL for none. */
static const struct entry *next_used(const struct world *world, unsigned list, uint64_t used)
{
    const struct entry *next = NULL;

    for (unsigned i = 0; i < KEYS; i++) {
        const struct entry *entry = &world->entries[i];

        if (entry->id && entry->list == list && entry->used > used &&
            (!next || entry->used < next->used))
            next = entry;
    }
    return next;
}

static void check_list(const struct world *world, unsigned list)
{
    const struct fs_flow_table *table = &world->table;
    const bool waits = table->waiting[fs_flow_list_worth(list)] >> fs_flow_list_timeout(list) & 1;
    uint32_t index = table->lists[list].head, before = FS_FLOW_NONE;
    const struct entry *entry = next_used(world, list, 0);

    g_assert_true(waits == (entry != NULL));
    for (; entry; entry = next_used(world, list, entry->used)) {
        g_assert_cmpuint(index, ==, entry->index);
        g_assert_cmpuint(table->cold[index].prev, ==, before);
        before = index;
        index = table->cold[index].next;
    }
    g_assert_cmpuint(index, ==, FS_FLOW_NONE);
    g_assert_cmpuint(table->lists[list].tail, ==, before);
}

static bool is_one_of(uint32_t index, const uint32_t *some, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (some[i] == index)
            return true;
    }
    return false;
}

static void check_victim(struct world *world)
{
    uint32_t spared[8];
    const unsigned count = random_below(&world->random, 9);
    const struct entry *least = NULL;
    unsigned spares = 0;

    for (unsigned i = 0; i < KEYS && spares < count; i++) {
        if (world->entries[i].id && random_chance(&world->random, 100))
            spared[spares++] = world->entries[i].index;
    }
    for (unsigned i = 0; i < KEYS; i++) {
        const struct entry *entry = &world->entries[i];

        if (!entry->id || is_one_of(entry->index, spared, spares))
            continue;
        if (!least || fs_flow_list_worth(entry->list) < fs_flow_list_worth(least->list) ||
            (fs_flow_list_worth(entry->list) == fs_flow_list_worth(least->list) &&
             entry->used < least->used))
            least = entry;
    }
    g_assert_cmpuint(fs_flow_table_victim(&world->table, spared, spares), ==,
                     least ? least->index : FS_FLOW_NONE);
}

static unsigned random_list(struct random_state *random)
{
    static const unsigned timeouts[] = {0, 1, 4, FS_TIMEOUTS_MAX - 1};

    return fs_flow_list_of(timeouts[random_below(random, 4)],
                           (enum fs_worth)random_below(random, FS_WORTHS));
}

static void open_flow(struct world *world, unsigned number)
{
    struct entry *entry = &world->entries[number];

    for (unsigned i = 0; i < KEYS; i++) { /* two numbers may be the same key */
        if (world->entries[i].id &&
            memcmp(&world->keys[i], &world->keys[number], sizeof(world->keys[i])) == 0)
            return;
    }
    entry->index = fs_flow_table_open(&world->table, hash_of(world, number), &world->keys[number]);
    for (unsigned i = 0; i < KEYS; i++)
        g_assert_true(!world->entries[i].id || world->entries[i].index != entry->index);
    entry->id = ++world->last_id;
    world->table.flows[entry->index].id = entry->id;
    entry->list = random_list(&world->random);
    entry->used = ++world->uses;
    fs_flow_table_enlist(&world->table, entry->index, entry->list);
    world->open++;
}

static void change(struct world *world, unsigned number)
{
    struct entry *entry = &world->entries[number];

    if (!entry->id) {
        if (world->open < CAPACITY)
            open_flow(world, number);
    } else if (random_chance(&world->random, 400)) {
        entry->list = random_list(&world->random);
        entry->used = ++world->uses;
        fs_flow_table_move(&world->table, entry->index, entry->list);
    } else if (random_chance(&world->random, world->open > CAPACITY / 2 ? 500 : 50)) {
        fs_flow_table_prefetch_leaving(&world->table, entry->index,
                                       1 + random_below(&world->random, 6));
        fs_flow_table_remove(&world->table, entry->index);
        entry->id = 0;
        world->open--;
    }
}

/* Everything, once in a while. */
static void check_all(const struct world *world)
{
    g_assert_cmpuint(world->table.open, ==, world->open);
    for (unsigned i = 0; i < KEYS; i++)
        if (world->entries[i].id)
            check_key(world, i);
    for (unsigned list = 0; list < FS_FLOW_LISTS; list++)
        if (fs_flow_list_worth(list) < FS_WORTHS) /* a fourth number is not used */
            check_list(world, list);
}

static void end_all(struct world *world)
{
    const struct fs_flow_ref *refs = fs_flow_table_drain(&world->table);

    for (uint32_t i = 0; i < world->open; i++) {
        unsigned at = 0;

        g_assert_true(i == 0 || refs[i - 1].id < refs[i].id);
        while (at < KEYS && world->entries[at].id != refs[i].id)
            at++;
        g_assert_cmpuint(at, <, KEYS);
        g_assert_cmpuint(world->entries[at].index, ==, refs[i].index);
    }
    fs_flow_table_clear(&world->table);
    for (unsigned i = 0; i < KEYS; i++)
        world->entries[i].id = 0;
    world->open = 0;
}

static void test_table(gconstpointer way)
{
    struct world *world = g_new(struct world, 1);
    uint32_t most = 0;

    begin(world, way);
    for (unsigned round = 0; round < 2; round++) {
        for (unsigned step = 0; step < STEPS; step++) {
            const unsigned number = random_below(&world->random, KEYS);

            change(world, number);
            if (world->entries[number].id)
                check_key(world, number);
            if (step % 16 == 0)
                check_victim(world);
            if (step % 1000 == 999)
                check_all(world);
            most = MAX(most, world->open);
        }
        end_all(world);
        check_all(world);
    }
    g_assert_cmpuint(most, >, CAPACITY / 2);
    g_assert_cmpuint(world->table.most_buckets, >, 64);
    fs_memory_release(world->memory, world->size);
    g_free(world);
}

int main(int argc, char **argv)
{
    static const struct way ways[] = {
        {1, UINT64_MAX}, {2, UINT64_MAX}, {0xfeed, UINT64_MAX}, {3, 3}, {4, 0}};

    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(ways); i++) {
        char *name =
            g_strdup_printf("/table/seed-%" G_GINT64_MODIFIER "x-mask-%" G_GINT64_MODIFIER "x",
                            ways[i].seed, ways[i].mask);

        g_test_add_data_func(name, &ways[i], test_table);
        g_free(name);
    }
    return g_test_run();
}
