/* SPDX-License-Identifier: BSD-2-Clause */
/* Recent flows: each direction of its own, forgotten together; and when flows take turns. */
#include "engine/step.h"
#include "support/build.h"
#include "support/traffic.h"

#include <glib.h>
#include <string.h>

static const struct fs_short_key none;

static struct fs_recent_flow *put(struct fs_recent *recent, struct fs_short_key key, uint32_t index)
{
    struct fs_recent_flow *at = fs_recent_at(recent, &key);

    *at = (struct fs_recent_flow){.key = key, .place = fs_recent_place(index, false)};
    return at;
}

static void test_forget(void)
{
    static struct fs_recent recent;
    struct random_state random = {5};

    for (unsigned i = 0; i < 20000; i++) {
        const struct fs_short_key key = {.addresses = random_u64(&random),
                                         .rest = random_u64(&random)},
                                  turned = fs_short_key_turned(key);
        struct fs_recent_flow *own = put(&recent, key, 1), *other = put(&recent, turned, 1);
        const struct fs_short_key next = {.addresses = key.addresses + 1, .rest = key.rest};
        const bool is_kept = own != other;

        g_assert_true(own >= recent.flows && own < recent.flows + G_N_ELEMENTS(recent.flows));
        fs_recent_forget(&recent, &next); /* whose it is not */
        g_assert_true(!is_kept || fs_short_key_is_equal(&own->key, &key));
        g_assert_true(fs_short_key_is_equal(&other->key, &turned));
        fs_recent_forget(&recent, &key);
        g_assert_true(fs_short_key_is_equal(&own->key, &none));
        g_assert_true(fs_short_key_is_equal(&other->key, &none));
    }
}

/* Neighbours in address or port do not meet more often than by chance: of 1024 that are thrown into
 * twice as many places, some 220 do. */
static void test_spread(void)
{
    enum { FLOWS = 1024, MOST = 330 };
    static const struct {
        uint64_t addresses, rest;
    } steps[] = {{1, 0},       {UINT64_C(1) << 32, 0}, {256, 0}, {0, 1},
                 {0, 1 << 16}, {UINT64_C(1) << 40, 0}, {1, 1},   {0, 2}};
    static struct fs_recent recent;

    for (unsigned s = 0; s < G_N_ELEMENTS(steps); s++) {
        unsigned met = 0;

        memset(&recent, 0, sizeof(recent));
        for (uint64_t i = 0; i < FLOWS; i++) {
            const struct fs_short_key key = {
                .addresses = UINT64_C(0x0a0000010a000002) + i * steps[s].addresses,
                .rest = UINT64_C(0x0406000000501000) + i * steps[s].rest};

            met += fs_recent_at(&recent, &key)->key.rest != 0;
            put(&recent, key, 0);
        }
        g_assert_cmpuint(met, <, MOST);
    }
}

enum { FLOWS = 6 * (1 << FS_RECENT_BITS) };

static void feed(flowscope_engine *engine, unsigned flow)
{
    static struct build b;
    struct flowscope_packet packet;
    struct flowscope_result result;
    char host[16];

    g_snprintf(host, sizeof host, "10.0.%u.%u", flow / 250, 1 + flow % 250);
    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, host, "192.0.2.1");
    build_udp(&b, 4000, 4001);
    build_end(&b);
    packet = build_packet(&b, BUILD_LINK_ETHERNET);
    packet.frame = 1;
    packet.time_ns = 1;
    packet.time_quality = FLOWSCOPE_TIME_GOOD;
    g_assert_cmpint(flowscope_engine_feed(engine, &packet, 1, &result), ==, FLOWSCOPE_OK);
    g_assert_cmpuint(result.flow_id, ==, flow + 1);
}

static bool takes_turns(const flowscope_engine *engine)
{
    return engine->counters.frames < engine->turns_until;
}

/* More flows in turn than there are places, then few, then one: judged by what is found. */
static void test_turns(void)
{
    struct flowscope_config config;
    flowscope_engine *engine;

    flowscope_config_init(&config);
    config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE;
    g_assert_cmpint(flowscope_engine_create(&engine, &config, NULL), ==, FLOWSCOPE_OK);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = 0; i < FLOWS; i++)
            feed(engine, i);
    g_assert_true(takes_turns(engine));
    for (unsigned i = 0; i < 2000; i++)
        feed(engine, i % 10);
    g_assert_false(takes_turns(engine));
    for (unsigned i = 0; i < 2000; i++)
        feed(engine, i);
    g_assert_true(takes_turns(engine));
    for (unsigned i = 0; i < 2000; i++)
        feed(engine, 5);
    g_assert_false(takes_turns(engine));
    flowscope_engine_destroy(engine);
}

int main(int count, char **arguments)
{
    g_test_init(&count, &arguments, NULL);
    g_test_add_func("/recent/forget", test_forget);
    g_test_add_func("/recent/spread", test_spread);
    g_test_add_func("/recent/turns", test_turns);
    return g_test_run();
}
