/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows, the count of frames, sets and their delays; what random frames do is in property/. */
#include "packet/duplicate.h"

#include "base/time.h"

#include <glib.h>

#define US INT64_C(1000)

struct world {
    struct fs_duplicates duplicates;
    void *memory;
    size_t bytes;
    uint64_t frame;
    uint32_t interface;
    uint8_t direction;
};

static void setup(struct world *world, const struct flowscope_config *config)
{
    const struct fs_duplicate_options options = fs_duplicate_options_of(config);
    struct fs_duplicates_layout parts;
    struct fs_layout layout = {0};

    fs_duplicates_plan(&parts, &layout, &options);
    world->bytes = layout.size;
    world->memory = fs_memory_reserve(layout.size);
    world->frame = 0;
    world->interface = 0;
    world->direction = FLOWSCOPE_INTERFACE_UNKNOWN;
    fs_duplicates_init(&world->duplicates, &parts, world->memory, &options, 9);
}

static void setup_default(struct world *world)
{
    struct flowscope_config config;

    flowscope_config_init(&config);
    setup(world, &config);
}

/* A frame of four bytes at a time; returns the first frame of its set, 0 if it is no copy. */
static uint64_t take(struct world *world, int64_t time_ns, uint32_t number)
{
    struct flowscope_packet packet = {.size = sizeof(packet),
                                      .data = (const uint8_t *)&number,
                                      .captured_bytes = sizeof(number),
                                      .frame = ++world->frame,
                                      .time_ns = time_ns,
                                      .time_quality = FLOWSCOPE_TIME_GOOD,
                                      .interface = world->interface,
                                      .direction = world->direction,
                                      .is_packet = true};
    struct fs_fingerprint fingerprint;
    struct fs_duplicate_flow flow;

    fs_fingerprint_take(&world->duplicates.fingerprint, &packet, FS_NO_IP, FS_NO_IP, &fingerprint);
    fs_duplicates_prefetch(&world->duplicates, &fingerprint);
    if (fs_duplicates_take(&world->duplicates, &packet, &fingerprint) == FLOWSCOPE_DUP_none)
        return 0;
    return fs_duplicates_first(&world->duplicates, &flow);
}

static void test_window(void)
{
    struct flowscope_duplicates counts;
    struct world world;
    uint64_t cut;

    setup_default(&world);
    g_assert_cmpuint(take(&world, 0, 1), ==, 0);
    g_assert_cmpuint(take(&world, 999 * US, 1), ==, 1);
    g_assert_cmpuint(take(&world, 1998 * US, 1), ==, 1); /* renewed */
    g_assert_cmpuint(take(&world, 2998 * US, 1), ==, 0); /* 1 ms is outside */
    g_assert_cmpuint(take(&world, 2500 * US, 1), ==, 4); /* earlier, and near */
    g_assert_cmpuint(take(&world, INT64_MIN, 1), ==, 0);
    g_assert_cmpuint(take(&world, INT64_MAX, 1), ==, 0);
    fs_duplicates_counts(&world.duplicates, &counts, &cut);
    g_assert_cmpuint(counts.seen, ==, 7);
    g_assert_cmpuint(counts.copies, ==, 3);
    fs_memory_release(world.memory, world.bytes);
}

static void test_loopback(void)
{
    struct world world;
    struct flowscope_config config;

    flowscope_config_init(&config);
    config.dup_profile = FLOWSCOPE_DUP_PROFILE_LOOPBACK;
    config.dup_frames = 7;
    setup(&world, &config);
    g_assert_cmpuint(take(&world, 0, 1), ==, 0);
    g_assert_cmpuint(take(&world, 1000 * US, 1), ==, 1); /* with 1 ms */
    g_assert_cmpuint(take(&world, 2000 * US + 1, 1), ==, 0);
    for (uint32_t i = 0; i < 255; i++)
        g_assert_cmpuint(take(&world, 2000 * US, 1000 + i), ==, 0);
    g_assert_cmpuint(take(&world, 2000 * US, 1), ==, 3); /* 256 back */
    for (uint32_t i = 0; i < 256; i++)
        take(&world, 2000 * US, 2000 + i);
    g_assert_cmpuint(take(&world, 2000 * US, 1), ==, 0);
    g_assert_cmpuint(world.duplicates.filled, ==, 256);
    /* All that are gone, but the first: its window was over. */
    g_assert_cmpuint(world.duplicates.forgotten, ==, world.frame - 256 - 1);
    fs_memory_release(world.memory, world.bytes);
}

/* As many frames as ordinals have numbers: what is that old is not taken for new. */
static void test_ordinals_wrap(void)
{
    struct world world;

    setup_default(&world);
    world.duplicates.ordinal = UINT32_MAX - 2;
    for (uint32_t i = 0; i < 10; i++)
        g_assert_cmpuint(take(&world, i, i), ==, 0);
    for (uint32_t i = 0; i < 10; i++)
        g_assert_cmpuint(take(&world, i, i), ==, i + 1);
    fs_memory_release(world.memory, world.bytes);
}

static uint64_t cross(struct world *world, uint32_t interface, uint8_t direction)
{
    world->interface = interface;
    world->direction = direction;
    return take(world, 0, 1);
}

/* A second frame of a direction begins a set, however many others came between, as far as is looked
 * back. */
static void test_directions(void)
{
    enum { LOOKED_BACK = 64 };
    const uint8_t in = FLOWSCOPE_INTERFACE_INBOUND, out = FLOWSCOPE_INTERFACE_OUTBOUND;
    struct world world;
    uint64_t begun;

    setup_default(&world);
    g_assert_cmpuint(cross(&world, 0, in), ==, 0);
    g_assert_cmpuint(cross(&world, 1, out), ==, 1);
    g_assert_cmpuint(cross(&world, 1, in), ==, 1);
    g_assert_cmpuint(cross(&world, 0, out), ==, 1);
    for (uint32_t i = 2; i < LOOKED_BACK - 2; i++)
        g_assert_cmpuint(cross(&world, i, i % 2 ? in : FLOWSCOPE_INTERFACE_UNKNOWN), ==, 1);
    g_assert_cmpuint(cross(&world, 7, in), ==, 0);
    begun = world.frame;
    g_assert_cmpuint(cross(&world, 0, in), ==, begun);
    g_assert_cmpuint(cross(&world, 0, in), ==, 0);
    begun = world.frame;
    for (uint32_t i = 0; i < LOOKED_BACK; i++)
        g_assert_cmpuint(cross(&world, 9, FLOWSCOPE_INTERFACE_UNKNOWN), ==, begun);
    g_assert_cmpuint(cross(&world, 0, in), ==, begun);
    fs_memory_release(world.memory, world.bytes);
}

static void test_delays(void)
{
    struct world world;
    struct flowscope_duplicates counts;
    const struct flowscope_delays *delays = &counts.kinds[FLOWSCOPE_DUP_exact];
    uint64_t cut;

    setup_default(&world);
    take(&world, 0, 1);
    world.interface = 3;
    take(&world, 10 * US, 1);
    take(&world, 30 * US, 1); /* both times since the first */
    take(&world, -5 * US, 1); /* before it: no delay */
    fs_duplicates_counts(&world.duplicates, &counts, &cut);
    g_assert_cmpuint(delays->packets, ==, 3);
    g_assert_cmpuint(delays->delays, ==, 2);
    g_assert_cmpuint(delays->min_ns, ==, 10000);
    g_assert_cmpuint(delays->max_ns, ==, 30000);
    g_assert_cmpuint(delays->sum_ns, ==, 40000);
    g_assert_cmpuint(counts.pair_count, ==, 1);
    g_assert_cmpuint(counts.pairs[0].from.interface, ==, 0);
    g_assert_cmpuint(counts.pairs[0].to.interface, ==, 3);
    for (uint32_t i = 0; i < 40; i++) {
        world.interface = 0;
        take(&world, 0, 100 + i);
        world.interface = 100 + i;
        take(&world, 0, 100 + i);
    }
    fs_duplicates_counts(&world.duplicates, &counts, &cut);
    g_assert_cmpuint(counts.pair_count, ==, FLOWSCOPE_DUP_PAIRS_MAX);
    g_assert_cmpuint(counts.copies, ==, 43);
    g_assert_cmpuint(cut, ==, 40 - (FLOWSCOPE_DUP_PAIRS_MAX - 1));
    fs_memory_release(world.memory, world.bytes);
}

/* Far more places than have numbers: the others' copies are found, and counted together. */
static void test_places(void)
{
    enum { PLACES = 2 * FS_PLACES };
    struct world world;
    struct flowscope_duplicates counts;
    uint64_t cut;

    setup_default(&world);
    for (uint32_t i = 0; i < PLACES; i++) {
        world.interface = i;
        g_assert_cmpuint(take(&world, 0, i), ==, 0);
    }
    for (uint32_t i = 0; i < PLACES; i++) {
        world.interface = i;
        g_assert_cmpuint(take(&world, 0, i), ==, i + 1);
    }
    fs_duplicates_counts(&world.duplicates, &counts, &cut);
    g_assert_cmpuint(counts.copies, ==, PLACES);
    g_assert_cmpuint(counts.pair_count, ==, FLOWSCOPE_DUP_PAIRS_MAX);
    g_assert_cmpuint(cut, ==, PLACES - FLOWSCOPE_DUP_PAIRS_MAX);
    for (uint32_t i = 0; i < FLOWSCOPE_DUP_PAIRS_MAX; i++)
        g_assert_cmpuint(counts.pairs[i].to.interface, ==, i);
    fs_memory_release(world.memory, world.bytes);
}

static void test_off(void)
{
    struct flowscope_config config;
    struct fs_duplicates_layout parts;
    struct fs_layout layout = {0};

    flowscope_config_init(&config);
    config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE;
    const struct fs_duplicate_options options = fs_duplicate_options_of(&config);
    g_assert_cmpuint(options.frames, ==, 0);
    fs_duplicates_plan(&parts, &layout, &options);
    g_assert_cmpuint(layout.size, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/duplicate/window", test_window);
    g_test_add_func("/packet/duplicate/loopback", test_loopback);
    g_test_add_func("/packet/duplicate/ordinals-wrap", test_ordinals_wrap);
    g_test_add_func("/packet/duplicate/directions", test_directions);
    g_test_add_func("/packet/duplicate/delays", test_delays);
    g_test_add_func("/packet/duplicate/places", test_places);
    g_test_add_func("/packet/duplicate/off", test_off);
    return g_test_run();
}
