/* SPDX-License-Identifier: BSD-2-Clause */
/* Items in use and free ones, beside an array of flags. */
#include "base/slab.h"

#include <glib.h>
#include <stdbool.h>

enum { ITEMS = 7, STEPS = 2000 };

static void test_empty(void)
{
    struct fs_slab slab;

    fs_slab_init(&slab, NULL, 0);
    g_assert_cmpuint(fs_slab_left(&slab), ==, 0);
    g_assert_cmpuint(fs_slab_take(&slab), ==, FS_SLAB_NONE);
}

/* None is given twice, all can be had, and what was never used comes in order. */
static void test_all(void)
{
    uint32_t link[ITEMS];
    struct fs_slab slab;

    fs_slab_init(&slab, link, ITEMS);
    for (uint32_t i = 0; i < ITEMS; i++) {
        g_assert_cmpuint(fs_slab_left(&slab), ==, ITEMS - i);
        g_assert_cmpuint(fs_slab_take(&slab), ==, i);
        g_assert_cmpuint(link[i], ==, FS_SLAB_NONE);
    }
    g_assert_cmpuint(fs_slab_take(&slab), ==, FS_SLAB_NONE);
    fs_slab_give(&slab, 3);
    fs_slab_give(&slab, 5);
    g_assert_cmpuint(fs_slab_take(&slab), ==, 5); /* the one that is warm */
    g_assert_cmpuint(fs_slab_take(&slab), ==, 3);
    g_assert_cmpuint(fs_slab_take(&slab), ==, FS_SLAB_NONE);
}

static void test_random(void)
{
    bool in_use[ITEMS] = {false};
    uint32_t link[ITEMS], used = 0;
    GRand *random = g_rand_new_with_seed(1);
    struct fs_slab slab;

    fs_slab_init(&slab, link, ITEMS);
    for (unsigned i = 0; i < STEPS; i++) {
        const uint32_t at = (uint32_t)g_rand_int_range(random, 0, ITEMS);

        if (in_use[at]) {
            fs_slab_give(&slab, at);
            in_use[at] = false;
            used--;
        } else {
            const uint32_t item = fs_slab_take(&slab);

            g_assert_cmpuint(item, <, ITEMS);
            g_assert_false(in_use[item]);
            in_use[item] = true;
            used++;
        }
        g_assert_cmpuint(slab.used, ==, used);
        g_assert_cmpuint(fs_slab_left(&slab), ==, ITEMS - used);
    }
    g_rand_free(random);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/slab/empty", test_empty);
    g_test_add_func("/base/slab/all", test_all);
    g_test_add_func("/base/slab/random", test_random);
    return g_test_run();
}
