/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies by pair and kind, and their sums. */
#include "packet/pairs.h"

#include <glib.h>

static void test_read(void)
{
    static struct fs_pairs pairs;
    struct flowscope_duplicates counts = {0};
    struct fs_places places;
    struct fs_places_layout parts;
    struct fs_layout layout = {0};
    uint64_t cut;
    void *memory;

    fs_pairs_init(&pairs);
    fs_places_plan(&parts, &layout);
    memory = fs_memory_reserve(layout.size);
    fs_places_init(&places, &parts, memory);
    for (uint32_t i = 0; i <= FLOWSCOPE_DUP_PAIRS_MAX; i++)
        fs_places_number(&places, &(struct fs_place){.interface = i});
    fs_places_name(&places, 0, 1, "tap1");
    fs_delays_add(&fs_pairs_of(&pairs, 0, 1)->kinds[FLOWSCOPE_DUP_exact], 10);
    fs_delays_add(&fs_pairs_of(&pairs, 0, 1)->kinds[FLOWSCOPE_DUP_vlan], 4);
    fs_delays_add(&fs_pairs_of(&pairs, 1, 0)->kinds[FLOWSCOPE_DUP_vlan], -1);
    fs_delays_add(&fs_pairs_of(&pairs, FS_PLACE_OTHER, 0)->kinds[FLOWSCOPE_DUP_vlan], INT64_MAX);
    for (uint16_t i = 2; i <= FLOWSCOPE_DUP_PAIRS_MAX; i++)
        fs_delays_add(&fs_pairs_of(&pairs, i, i)->kinds[FLOWSCOPE_DUP_routed], i);
    fs_pairs_read(&pairs, &places, &counts, &cut);
    g_assert_cmpuint(counts.copies, ==, 4 + FLOWSCOPE_DUP_PAIRS_MAX - 1);
    g_assert_cmpuint(cut, ==, 2); /* of another place, and of the last pair */
    g_assert_cmpuint(counts.pair_count, ==, FLOWSCOPE_DUP_PAIRS_MAX);
    g_assert_cmpstr(counts.pairs[0].to.name, ==, "tap1");
    g_assert_cmpstr(counts.pairs[1].from.name, ==, "tap1");
    g_assert_cmpstr(counts.pairs[1].to.name, ==, "");
    g_assert_cmpuint(counts.pairs[2].to.interface, ==, 2);
    g_assert_cmpuint(counts.pairs[0].delays.packets, ==, 2);
    g_assert_cmpuint(counts.pairs[0].delays.min_ns, ==, 4);
    g_assert_cmpuint(counts.pairs[0].delays.max_ns, ==, 10);
    g_assert_cmpuint(counts.pairs[1].delays.packets, ==, 1);
    g_assert_cmpuint(counts.pairs[1].delays.delays, ==, 0);
    g_assert_cmpuint(counts.kinds[FLOWSCOPE_DUP_vlan].packets, ==, 3);
    g_assert_cmpuint(counts.kinds[FLOWSCOPE_DUP_vlan].delays, ==, 2);
    g_assert_cmpuint(counts.kinds[FLOWSCOPE_DUP_vlan].max_ns, ==, INT64_MAX);
    g_assert_cmpuint(counts.kinds[FLOWSCOPE_DUP_routed].packets, ==, FLOWSCOPE_DUP_PAIRS_MAX - 1);
    fs_memory_release(memory, layout.size);
}

static void test_sum_sticks(void)
{
    struct flowscope_delays sum = {0}, more = {0};

    for (unsigned i = 0; i < 2; i++)
        fs_delays_add(&more, INT64_MAX);
    flowscope_delays_add(&sum, &more);
    flowscope_delays_add(&sum, &more);
    g_assert_cmpuint(sum.sum_ns, ==, UINT64_MAX);
    g_assert_cmpuint(sum.delays, ==, 4);
    flowscope_delays_add(&sum, &(struct flowscope_delays){.packets = 3});
    g_assert_cmpuint(sum.packets, ==, 7);
    g_assert_cmpuint(sum.min_ns, ==, INT64_MAX);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/pairs/read", test_read);
    g_test_add_func("/packet/pairs/sum-sticks", test_sum_sticks);
    return g_test_run();
}
