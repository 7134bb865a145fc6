/* SPDX-License-Identifier: BSD-2-Clause */
/* Datagrams by key, their pieces, and who goes first. */
#include "packet/fragment_table.h"

#include <glib.h>

static const struct fs_fragment_limits limits = {.datagrams = 4, .pieces = 3, .chunks = 4};

static struct fs_fragment_table table;
static void *memory;
static size_t reserved;

static void setup(uint64_t hash_mask)
{
    struct fs_fragment_layout plan;
    struct fs_layout layout = {0};

    fs_fragment_table_plan(&plan, &layout, &limits);
    reserved = layout.size;
    memory = fs_memory_reserve(reserved);
    fs_fragment_table_init(&table, &plan, memory, &limits, 7);
    table.hash_mask = hash_mask;
}

static void teardown(void)
{
    fs_memory_release(memory, reserved);
}

static struct fs_fragment fragment_of(uint32_t id)
{
    return (struct fs_fragment){
        .key = {.addr = {{192, 0, 2, 1}, {192, 0, 2, 2}}, .kind = 4, .protocol = 17}, .id = id};
}

static uint32_t find_part(const struct fs_fragment *fragment)
{
    return fs_fragment_table_find(&table, fs_fragment_table_hash(&table, fragment), fragment);
}

static uint32_t open_one(uint32_t id)
{
    const struct fs_fragment fragment = fragment_of(id);

    return fs_fragment_table_open(&table, fs_fragment_table_hash(&table, &fragment), &fragment, id);
}

static uint32_t find(uint32_t id)
{
    const struct fs_fragment fragment = fragment_of(id);

    return find_part(&fragment);
}

/* Each part of the key tells datagrams apart; in IPv6 the protocol is none. */
static void test_keys(void)
{
    for (unsigned run = 0; run < 4; run++) {
        const bool is_ipv6 = run % 2;
        struct fs_fragment first = {
            .key = {.addr = {{1}, {2}}, .kind = is_ipv6 ? 6 : 4, .protocol = 17}, .id = 1};

        setup(run < 2 ? UINT64_MAX : 0); /* with every hash, and with one for all */
        const uint32_t index =
            fs_fragment_table_open(&table, fs_fragment_table_hash(&table, &first), &first, 0);
        for (unsigned change = 0; change < 6; change++) {
            struct fs_fragment changed = first;

            changed.key.addr[0][is_ipv6 ? 15 : 3] ^= change == 0;
            changed.key.addr[1][is_ipv6 ? 8 : 0] ^= change == 1;
            changed.key.path += change == 2;
            changed.id += change == 3;
            changed.key.kind = (uint8_t)(change == 4 ? 10 - first.key.kind : first.key.kind);
            changed.key.protocol = change == 5 ? 6 : 17;
            g_assert_cmpuint(find_part(&changed), ==,
                             is_ipv6 && change == 5 ? index : FS_DATAGRAM_NONE);
        }
        first.key.port[0] = 7; /* ports are none of it */
        g_assert_cmpuint(find_part(&first), ==, index);
        teardown();
    }
}

/* Found until it goes, with every hash and with one for all; the slot is used again. */
static void test_find(void)
{
    for (unsigned same = 0; same < 2; same++) {
        uint32_t index[4];

        setup(same ? 0 : UINT64_MAX);
        for (uint32_t id = 0; id < 4; id++)
            index[id] = open_one(id);
        g_assert_cmpuint(open_one(4), ==, FS_DATAGRAM_NONE);
        for (uint32_t id = 0; id < 4; id++)
            g_assert_cmpuint(find(id), ==, index[id]);
        fs_fragment_table_remove(&table, index[1]);
        g_assert_cmpuint(find(1), ==, FS_DATAGRAM_NONE);
        g_assert_cmpuint(find(2), ==, index[2]);
        g_assert_cmpuint(open_one(4), ==, index[1]);
        g_assert_cmpint(table.datagrams[index[1]].since_ns, ==, 4);
        g_assert_cmpuint(table.datagrams[index[1]].first, ==, FS_PIECE_NONE);
        teardown();
    }
}

static void test_pieces(void)
{
    setup(UINT64_MAX);
    const uint32_t one = open_one(1), two = open_one(2);
    const uint32_t piece[] = {fs_fragment_table_add(&table, one),
                              fs_fragment_table_add(&table, two),
                              fs_fragment_table_add(&table, one)};

    g_assert_cmpuint(fs_fragment_table_add(&table, one), ==, FS_PIECE_NONE);
    g_assert_cmpuint(table.datagrams[one].pieces, ==, 2);
    g_assert_cmpuint(table.datagrams[one].first, ==, piece[0]);
    g_assert_cmpuint(table.piece_slots.link[piece[0]], ==, piece[2]);
    g_assert_cmpuint(table.piece_slots.link[piece[2]], ==, FS_PIECE_NONE);
    table.pieces[piece[0]].chunk = fs_slab_take(&table.chunk_slots);
    fs_fragment_table_close(&table, one, FS_DATAGRAM_WHOLE);
    g_assert_cmpuint(table.chunk_slots.used, ==, 0);
    g_assert_cmpuint(table.pieces[piece[0]].chunk, ==, FS_SLAB_NONE);
    g_assert_cmpuint(table.piece_slots.used, ==, 3); /* for repeats */
    fs_fragment_table_remove(&table, one);
    g_assert_cmpuint(table.piece_slots.used, ==, 1);
    g_assert_cmpuint(fs_fragment_table_add(&table, two), !=, FS_PIECE_NONE);
    teardown();
}

/* Those without bytes in the order of their ends, then those with; none that is at hand. */
static void test_victims(void)
{
    uint32_t index[4];

    setup(UINT64_MAX);
    g_assert_cmpuint(fs_fragment_table_victim(&table, NULL, 0), ==, FS_DATAGRAM_NONE);
    for (uint32_t id = 0; id < 4; id++)
        index[id] = open_one(id);
    fs_fragment_table_close(&table, index[3], FS_DATAGRAM_DROPPED);
    fs_fragment_table_close(&table, index[1], FS_DATAGRAM_WHOLE);
    const uint32_t order[] = {index[3], index[1], index[0], index[2]};
    for (unsigned spared = 0; spared < 4; spared++)
        g_assert_cmpuint(fs_fragment_table_victim(&table, order, spared), ==, order[spared]);
    g_assert_cmpuint(fs_fragment_table_victim(&table, order, 4), ==, FS_DATAGRAM_NONE);
    fs_fragment_table_remove(&table, index[3]);
    fs_fragment_table_remove(&table, index[0]);
    g_assert_cmpuint(fs_fragment_table_victim(&table, NULL, 0), ==, index[1]);
    g_assert_cmpuint(table.ages.head, ==, index[1]);
    g_assert_cmpuint(table.ages.tail, ==, index[2]);
    g_assert_cmpuint(table.datagrams[index[1]].newer, ==, index[2]);
    teardown();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/fragment_table/keys", test_keys);
    g_test_add_func("/packet/fragment_table/find", test_find);
    g_test_add_func("/packet/fragment_table/pieces", test_pieces);
    g_test_add_func("/packet/fragment_table/victims", test_victims);
    return g_test_run();
}
