/* SPDX-License-Identifier: BSD-2-Clause */
/* Plain packets that open a flow or turn its state: the short way says, tells and counts what the
 * long way does, at every level of facts, in every way to feed them, with flows that time out, come
 * again, and are pushed out. */
#include "engine/turn.h"
#include "support/build.h"
#include "support/compare.h"
#include "support/traffic.h"

#include <glib.h>
#include <string.h>

enum { PACKETS = 500, HOSTS = 3, PORTS = 4 };

struct traffic_of {
    struct build frames[PACKETS];
    struct flowscope_packet packets[PACKETS];
};

struct told {
    struct flowscope_flow_record started[PACKETS], ended[PACKETS];
    unsigned starts, ends, anomalies;
};

static uint8_t flags_of(struct random_state *random)
{
    static const uint8_t flags[] = {
        FS_TCP_SYN, FS_TCP_SYN,
        FS_TCP_SYN, FS_TCP_SYN | FS_TCP_ACK,
        FS_TCP_ACK, FS_TCP_ACK | FS_TCP_PSH,
        FS_TCP_ACK, FS_TCP_FIN | FS_TCP_ACK,
        FS_TCP_RST, FS_TCP_RST | FS_TCP_ACK,
        FS_TCP_ACK, FS_TCP_SYN | FS_TCP_FIN,
        0,          FS_TCP_SYN | FS_TCP_RST,
    };

    return flags[random_below(random, sizeof(flags))];
}

static void make(struct traffic_of *of, uint64_t seed)
{
    struct random_state random = {seed};
    int64_t time_ns = 1000;

    for (unsigned i = 0; i < PACKETS; i++) {
        struct build *b = &of->frames[i];
        const bool back = random_chance(&random, 400);
        const uint16_t port = (uint16_t)(4000 + random_below(&random, PORTS));
        char host[16];

        g_snprintf(host, sizeof host, "192.0.2.%u", random_below(&random, HOSTS));
        build_begin(b);
        build_eth(b);
        build_ipv4(b, back ? "198.51.100.1" : host, back ? host : "198.51.100.1");
        if (random_chance(&random, 150))
            build_udp(b, back ? 80 : port, back ? port : 80);
        else
            build_tcp(b, back ? 80 : port, back ? port : 80, 100 + random_below(&random, 4),
                      100 + random_below(&random, 4), flags_of(&random));
        if (random_chance(&random, 300))
            build_fill(b, 1 + random_below(&random, 3));
        build_end(b);
        if (b->data[b->ip + 9] == FS_PROTOCOL_TCP && random_chance(&random, 30))
            b->data[b->l4 + 14] = b->data[b->l4 + 15] = 0; /* no window */
        of->packets[i] = build_packet(b, BUILD_LINK_ETHERNET);
        of->packets[i].frame = i + 1;
        time_ns += random_below(&random, random_chance(&random, 30) ? 2000000000 : 1000000);
        of->packets[i].time_ns = time_ns;
        of->packets[i].time_quality = FLOWSCOPE_TIME_GOOD;
    }
}

static void on_started(void *user, const struct flowscope_flow_record *record)
{
    struct told *told = user;

    told->started[told->starts++] = *record;
}

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    struct told *told = user;

    told->ended[told->ends++] = *record;
}

static void on_anomaly(void *user, const struct flowscope_anomaly *anomaly)
{
    struct told *told = user;

    told->anomalies = told->anomalies * 31 + (unsigned)anomaly->kind +
                      (anomaly->flow ? (unsigned)anomaly->flow->flow_id : 0);
}

/* How the packets go in: whole batches with their stages, or flow by flow as they take turns. */
struct way {
    bool long_way;
    unsigned batch;
    uint32_t few_flows;
    bool turns;
};

static void run(const struct flowscope_config *config, const struct traffic_of *of, bool hears,
                const struct way *way, struct flowscope_result *results, struct told *told,
                struct flowscope_counters *counters)
{
    const struct flowscope_sink sink = {.size = sizeof(sink),
                                        .user = told,
                                        .flow_started = on_started,
                                        .flow_ended = on_ended,
                                        .anomaly = hears ? on_anomaly : NULL};
    flowscope_engine *engine;

    told->starts = told->ends = told->anomalies = 0;
    memset(results, 0, PACKETS * sizeof(*results));
    g_assert_cmpint(flowscope_engine_create(&engine, config, &sink), ==, FLOWSCOPE_OK);
    engine->long_way = way->long_way;
    fs_engine_set_few_flows(engine, way->few_flows);
    engine->turns_until = way->turns ? UINT64_MAX : 0;
    for (unsigned i = 0; i < PACKETS; i += way->batch)
        flowscope_engine_feed(engine, &of->packets[i], MIN(way->batch, PACKETS - i), &results[i]);
    flowscope_engine_flush(engine);
    memset(counters, 0, sizeof(*counters));
    counters->size = sizeof(*counters);
    flowscope_engine_counters(engine, counters);
    flowscope_engine_destroy(engine);
}

static void compare_ways(const struct flowscope_config *config, const struct traffic_of *of,
                         bool hears)
{
    static const struct way longest_way = {.long_way = true, .batch = 1};
    static const struct way ways[] = {{.batch = 1, .few_flows = UINT32_MAX},
                                      {.batch = 1, .few_flows = UINT32_MAX, .turns = true},
                                      {.batch = 29, .few_flows = UINT32_MAX},
                                      {.batch = 29, .few_flows = UINT32_MAX, .turns = true},
                                      {.batch = 29, .few_flows = 0},
                                      {.batch = PACKETS, .few_flows = 3}};
    static struct flowscope_result longest[PACKETS], results[PACKETS];
    static struct told expected, told;
    struct flowscope_counters expected_counters, counters;

    run(config, of, hears, &longest_way, longest, &expected, &expected_counters);
    for (size_t w = 0; w < G_N_ELEMENTS(ways); w++) {
        run(config, of, hears, &ways[w], results, &told, &counters);
        for (unsigned i = 0; i < PACKETS; i++)
            compare_result(i + 1, &results[i], &longest[i]);
        g_assert_cmpuint(told.starts, ==, expected.starts);
        g_assert_cmpuint(told.ends, ==, expected.ends);
        g_assert_cmpuint(told.anomalies, ==, expected.anomalies);
        for (unsigned i = 0; i < told.starts; i++)
            compare_record(&told.started[i], &expected.started[i]);
        for (unsigned i = 0; i < told.ends; i++)
            compare_record(&told.ended[i], &expected.ended[i]);
        compare_counters(&counters, &expected_counters);
    }
}

static void test_same(void)
{
    static struct traffic_of of;
    struct flowscope_config config;

    for (uint64_t seed = 1; seed <= 60; seed++) {
        make(&of, seed);
        flowscope_config_init(&config);
        config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE;
        config.tcp_facts = seed % 3;
        config.max_flows = seed % 2 ? 1000 : 4;
        config.tcp_half_open_timeout_ns = config.udp_idle_timeout_ns = 1000000000;
        config.tcp_closed_timeout_ns = 500000000;
        compare_ways(&config, &of, seed % 4 < 2);
    }
}

static struct flowscope_packet segment(struct build *b, uint64_t frame, uint16_t port,
                                       uint8_t flags)
{
    struct flowscope_packet packet;

    build_begin(b);
    build_eth(b);
    build_ipv4(b, "192.0.2.1", "192.0.2.2");
    build_tcp(b, port, 80, 1, 1, flags);
    build_end(b);
    packet = build_packet(b, BUILD_LINK_ETHERNET);
    packet.frame = frame;
    packet.time_ns = (int64_t)frame;
    packet.time_quality = FLOWSCOPE_TIME_GOOD;
    return packet;
}

static bool turn(flowscope_engine *engine, const struct flowscope_packet *packet,
                 struct flowscope_result *result)
{
    struct fs_plain plain;

    g_assert_true(fs_plain_read(packet, &engine->packet_options, &plain));
    return fs_engine_turn(engine, &plain, fs_flow_table_hash_short(&engine->table, &plain.key),
                          packet, result);
}

/* That it is taken at all: a flow opens, with the table full too, and closes; and that what ends
 * its flow first is refused untouched. */
static void test_taken(void)
{
    static struct build b;
    struct flowscope_config config;
    struct flowscope_result result;
    flowscope_engine *engine;

    flowscope_config_init(&config);
    config.max_flows = 2;
    config.duplicates = FLOWSCOPE_DUPLICATES_IGNORE;
    g_assert_cmpint(flowscope_engine_create(&engine, &config, NULL), ==, FLOWSCOPE_OK);
    for (uint16_t i = 1; i <= 3; i++) {
        const struct flowscope_packet packet = segment(&b, i, i, FS_TCP_SYN);
        if (i == 1) /* starts the clock */
            g_assert_cmpint(flowscope_engine_feed(engine, &packet, 1, &result), ==, FLOWSCOPE_OK);
        else
            g_assert_true(turn(engine, &packet, &result));
        g_assert_cmpuint(result.flow_id, ==, i);
        g_assert_cmpuint(result.packet_number, ==, 1);
        g_assert_cmpuint(result.tcp_state, ==, FLOWSCOPE_TCP_syn_sent);
    }
    g_assert_cmpuint(engine->table.open, ==, 2);
    g_assert_cmpuint(engine->counters.flows_evicted, ==, 1);
    struct flowscope_packet packet = segment(&b, 4, 3, FS_TCP_RST);
    g_assert_true(turn(engine, &packet, &result));
    g_assert_cmpuint(result.flow_id, ==, 3);
    g_assert_cmpuint(result.tcp_state, ==, FLOWSCOPE_TCP_reset);
    packet = segment(&b, 5, 3, FS_TCP_SYN);
    g_assert_false(turn(engine, &packet, &result));
    g_assert_cmpuint(engine->table.open, ==, 2);
    g_assert_cmpuint(engine->counters.packets_in_flows, ==, 4);
    engine->long_way = true;
    packet = segment(&b, 6, 4, FS_TCP_SYN);
    g_assert_false(turn(engine, &packet, &result));
    flowscope_engine_destroy(engine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/turn/same", test_same);
    g_test_add_func("/engine/turn/taken", test_taken);
    return g_test_run();
}
