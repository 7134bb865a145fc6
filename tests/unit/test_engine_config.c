/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/time.h"

#include <flowscope/flowscope.h>

#include <glib.h>
#include <string.h>

#define MIB (UINT64_C(1) << 20)

static void test_defaults(void)
{
    struct flowscope_config config;

    flowscope_config_init(&config);
    g_assert_cmpint(config.tcp_idle_timeout_ns, ==, 300 * FS_NS_PER_S);
    g_assert_cmpuint(config.max_flows, ==, 1000000);
    g_assert_cmpint(flowscope_config_check(&config, NULL), ==, FLOWSCOPE_OK);
    /* 256 bytes a flow and as many for history and facts, besides what fragments and copies take:
     * bench/memory_per_flow measures it. */
    g_assert_cmpuint(flowscope_config_footprint(&config), <,
                     512 * config.max_flows + 3 * config.fragment_bytes);
    g_assert_cmpuint(flowscope_config_footprint(&config), <=, 512 * MIB);
    config.tcp_facts = FLOWSCOPE_TCP_FACTS_OFF;
    g_assert_cmpuint(flowscope_config_footprint(&config), <,
                     256 * config.max_flows + 3 * config.fragment_bytes);
}

/* From one flow to 100 million: the cost of a flow is the same but for the table, whose size is a
 * power of two, of 16 to 32 bytes a flow. */
static void test_extents(void)
{
    struct flowscope_config config;
    flowscope_engine *engine;
    uint64_t one, most = 0;

    flowscope_config_init(&config);
    config.max_flows = 1;
    one = flowscope_config_footprint(&config);
    g_assert_cmpuint(one, <, 32 * MIB);
    g_assert_cmpint(flowscope_engine_create(&engine, &config, NULL), ==, FLOWSCOPE_OK);
    flowscope_engine_destroy(engine);
    for (config.max_flows = 10; config.max_flows <= 100000000; config.max_flows *= 10) {
        const uint64_t all = flowscope_config_footprint(&config);

        g_assert_cmpuint(all, >, most);
        g_assert_cmpuint(all - one, <=, (512 + 16) * config.max_flows);
        most = all;
    }
    g_assert_cmpuint(most, >, 492 * UINT64_C(100000000));
}

/* Each option of config.def just below and just above its range. */
static void test_ranges(void)
{
    struct flowscope_config config;
    const char *bad;

#define REFUSED(field, value)                                                                      \
    flowscope_config_init(&config);                                                                \
    config.field = (value);                                                                        \
    g_assert_cmpint(flowscope_config_check(&config, &bad), ==, FLOWSCOPE_BAD_CONFIG);              \
    g_assert_true(strncmp(bad, #field, strlen(bad)) == 0);                                         \
    g_assert_cmpuint(strlen(bad), ==, strcspn(#field, "["));                                       \
    g_assert_cmpuint(flowscope_config_footprint(&config), ==, 0);
#define FLOWSCOPE_DURATION(name, default_s, min_ns, max_s, title, help)                            \
    REFUSED(name##_ns, (min_ns)-1)                                                                 \
    REFUSED(name##_ns, (max_s)*FS_NS_PER_S + 1)
#define FLOWSCOPE_WINDOW(name, default_us, title, help)                                            \
    REFUSED(name##_ns, -1)                                                                         \
    REFUSED(name##_ns, FLOWSCOPE_WINDOW_MAX_NS + 1)
#define FLOWSCOPE_COUNT(name, default_count, min, max, title, help)                                \
    REFUSED(name, (uint64_t)(min)-1)                                                               \
    REFUSED(name, (max) + 1)
#define FLOWSCOPE_CHOICE(name, default_count, default_word, last, words, title, help)              \
    REFUSED(name, (last) + 1)
#define FLOWSCOPE_PORTS(name, title, help)                                                         \
    REFUSED(name[0].timeout_ns, -1)                                                                \
    REFUSED(name[0].protocol, 1)                                                                   \
    REFUSED(name[1].timeout_ns, 1)
#define FLOWSCOPE_TUNNELS(name, title, help)                                                       \
    REFUSED(name, FLOWSCOPE_LAYERS_ALL + 1)                                                        \
    REFUSED(name, FLOWSCOPE_LAYERS_ALL + 2)
#include <flowscope/config.def>
#undef FLOWSCOPE_PORTS
#undef FLOWSCOPE_DURATION
#undef FLOWSCOPE_WINDOW
#undef FLOWSCOPE_COUNT
#undef FLOWSCOPE_CHOICE
#undef FLOWSCOPE_TUNNELS
#undef REFUSED
}

static void test_sizes(void)
{
    struct {
        struct flowscope_config config;
        uint64_t later;
    } larger = {.later = 0};
    struct flowscope_config smaller;
    flowscope_engine *engine;

    flowscope_config_init(&larger.config);
    larger.config.size = sizeof(larger);
    g_assert_cmpint(flowscope_config_check(&larger.config, NULL), ==, FLOWSCOPE_OK);
    larger.later = 1;
    g_assert_cmpint(flowscope_config_check(&larger.config, NULL), ==, FLOWSCOPE_BAD_SIZE);

    flowscope_config_init(&smaller);
    smaller.max_flows = 0;
    smaller.size = offsetof(struct flowscope_config, max_flows);
    g_assert_cmpint(flowscope_config_check(&smaller, NULL), ==, FLOWSCOPE_OK);
    g_assert_cmpint(flowscope_engine_create(&engine, &smaller, NULL), ==, FLOWSCOPE_OK);
    flowscope_engine_destroy(engine);
    smaller.size = 4;
    g_assert_cmpint(flowscope_config_check(&smaller, NULL), ==, FLOWSCOPE_BAD_SIZE);
    g_assert_cmpint(flowscope_config_check(NULL, NULL), ==, FLOWSCOPE_BAD_ARGUMENT);
}

static void test_names(void)
{
    g_assert_cmpstr(flowscope_version(), ==, FLOWSCOPE_VERSION);
    g_assert_cmpstr(flowscope_status_text(FLOWSCOPE_OK), ==, "done");
    g_assert_cmpstr(flowscope_status_text((enum flowscope_status) - 99), ==, "unknown status");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/config/defaults", test_defaults);
    g_test_add_func("/engine/config/extents", test_extents);
    g_test_add_func("/engine/config/ranges", test_ranges);
    g_test_add_func("/engine/config/sizes", test_sizes);
    g_test_add_func("/engine/names", test_names);
    return g_test_run();
}
