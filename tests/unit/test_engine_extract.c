/* SPDX-License-Identifier: BSD-2-Clause */
/* Extractors as a program uses them: an own key, keys without an engine, the records of each
 * key. */
#include "support/build.h"

#include <flowscope/flowscope.h>

#include <glib.h>
#include <string.h>

static struct build b;

/* A TCP segment inside a VLAN; `back`: from the server. */
static struct flowscope_packet segment(unsigned vlan, unsigned client, bool back, uint8_t flags)
{
    char address[32];

    g_snprintf(address, sizeof(address), "192.0.2.%u", client);
    build_begin(&b);
    build_eth_between(&b, back ? 2 : 1, back ? 1 : 2);
    build_vlan(&b, 0x8100, (uint16_t)vlan);
    build_ipv4(&b, back ? "198.51.100.1" : address, back ? address : "198.51.100.1");
    build_tcp(&b, back ? 443 : 50000, back ? 50000 : 443, 1, 1, flags);
    build_end(&b);
    return build_packet(&b, BUILD_LINK_ETHERNET);
}

/* The example: a flow for each VLAN and server port, whoever the clients are. */
struct ports {
    uint16_t below; /* ports of servers */
};

static bool by_service(void *user, const struct flowscope_packet *packet,
                       const struct flowscope_level *level, struct flowscope_own_key *key)
{
    const struct ports *ports = user;
    const bool to_server = level->destination_port < ports->below;
    const uint16_t server = to_server ? level->destination_port : level->source_port;
    const uint32_t vlan = level->layer_count && level->layers[0].kind == FLOWSCOPE_LAYER_vlan
                              ? level->layers[0].id
                              : 0;

    (void)packet;
    if (!level->has_ports || server >= ports->below)
        return false;
    memcpy(key->bytes, &server, sizeof(server));
    memcpy(key->bytes + 2, &vlan, sizeof(vlan));
    key->reverse = !to_server;
    return true;
}

static void on_ended(void *user, const struct flowscope_flow_record *record)
{
    g_array_append_vals(user, record, 1);
}

static GArray *records; /* of the flows that ended */

static flowscope_engine *begin(const struct flowscope_config *config)
{
    const struct flowscope_sink sink = {
        .size = sizeof(sink), .user = records, .flow_ended = on_ended};
    flowscope_engine *engine;

    g_array_set_size(records, 0);
    g_assert_cmpint(flowscope_engine_create(&engine, config, &sink), ==, FLOWSCOPE_OK);
    return engine;
}

static struct flowscope_result feed(flowscope_engine *engine, struct flowscope_packet packet)
{
    struct flowscope_result result;

    g_assert_cmpint(flowscope_engine_feed(engine, &packet, 1, &result), ==, FLOWSCOPE_OK);
    return result;
}

static const struct flowscope_flow_record *end(flowscope_engine *engine, unsigned flows)
{
    g_assert_cmpint(flowscope_engine_flush(engine), ==, FLOWSCOPE_OK);
    flowscope_engine_destroy(engine);
    g_assert_cmpuint(records->len, ==, flows);
    return &g_array_index(records, struct flowscope_flow_record, 0);
}

static void test_own_key(void)
{
    struct flowscope_config config;
    struct ports ports = {.below = 1024};
    const struct flowscope_flow_record *flows;
    flowscope_engine *engine;
    uint16_t port;

    flowscope_config_init(&config);
    config.key_function = by_service;
    config.key_user = &ports;
    engine = begin(&config);
    for (unsigned client = 1; client <= 3; client++) {
        g_assert_cmpuint(feed(engine, segment(10, client, false, 2)).flow_id, ==, 1);
        g_assert_cmpint(feed(engine, segment(10, client, true, 18)).direction, ==,
                        FLOWSCOPE_DIRECTION_REVERSE);
    }
    g_assert_cmpuint(feed(engine, segment(11, 1, false, 2)).flow_id, ==, 2);
    ports.below = 1;
    g_assert_cmpuint(feed(engine, segment(11, 1, false, 2)).verdict, ==, FLOWSCOPE_VERDICT_no_key);
    flows = end(engine, 2);
    g_assert_cmpuint(flows[0].key, ==, FLOWSCOPE_KEY_OWN);
    g_assert_cmpuint(flows[0].ip_version, ==, 0);
    g_assert_cmpuint(flows[0].tcp_state, ==, FLOWSCOPE_TCP_none);
    g_assert_cmpuint(flows[0].packets[0], ==, 3);
    g_assert_cmpuint(flows[0].packets[1], ==, 3);
    memcpy(&port, flows[1].source, sizeof(port));
    g_assert_cmpuint(port, ==, 443);
    g_assert_cmpuint(flows[1].source[2], ==, 11);
}

/* The record's halves stay in their order when the first packet goes the second direction. */
static void test_own_key_reverse(void)
{
    struct flowscope_config config;
    struct ports ports = {.below = 1024};
    const struct flowscope_flow_record *flow;
    flowscope_engine *engine;

    flowscope_config_init(&config);
    config.key_function = by_service;
    config.key_user = &ports;
    engine = begin(&config);
    g_assert_cmpint(feed(engine, segment(10, 1, true, 16)).direction, ==,
                    FLOWSCOPE_DIRECTION_FORWARD);
    g_assert_cmpint(feed(engine, segment(10, 1, false, 16)).direction, ==,
                    FLOWSCOPE_DIRECTION_REVERSE);
    flow = end(engine, 1);
    g_assert_cmpuint(flow->source[2], ==, 10);
    g_assert_cmpuint(flow->destination[2], ==, 0);
}

static void test_without_engine(void)
{
    struct flowscope_extracted there = {.size = sizeof(there)}, back = {.size = sizeof(back)};
    struct flowscope_config config;
    struct flowscope_packet packet = segment(10, 1, false, 2);

    flowscope_config_init(&config);
    g_assert_cmpint(flowscope_extract(NULL, &packet, &there), ==, FLOWSCOPE_OK);
    packet = segment(10, 1, true, 18);
    g_assert_cmpint(flowscope_extract(&config, &packet, &back), ==, FLOWSCOPE_OK);
    g_assert_cmpuint(there.verdict, ==, FLOWSCOPE_VERDICT_ok);
    g_assert_cmpuint(there.level_count, ==, 1);
    g_assert_cmpint(memcmp(there.levels[0].key, back.levels[0].key, FLOWSCOPE_KEY_BYTES), ==, 0);
    g_assert_cmpint(there.levels[0].reverse, !=, back.levels[0].reverse);
    g_assert_cmpuint(there.levels[0].level.destination_port, ==, 443);
    g_assert_cmpuint(back.levels[0].level.source_port, ==, 443);
    g_assert_cmpuint(back.levels[0].level.tcp_flags, ==, 18);
    g_assert_cmpuint(back.levels[0].level.ip_at, ==, 18);
    g_assert_cmpuint(back.levels[0].level.transport_at, ==, 38);
    g_assert_cmpuint(back.levels[0].level.has_mac, ==, 1);
    g_assert_cmpuint(back.levels[0].level.source_mac[5], ==, 2);
    g_assert_cmpuint(back.levels[0].level.layers[0].id, ==, 10);
}

static void test_without_engine_faults(void)
{
    struct flowscope_extracted extracted = {.size = sizeof(extracted)};
    struct flowscope_config config;
    struct flowscope_packet packet = segment(10, 1, false, 2);

    flowscope_config_init(&config);
    config.key = FLOWSCOPE_KEY_OWN; /* is not chosen by number */
    g_assert_cmpint(flowscope_extract(&config, &packet, &extracted), ==, FLOWSCOPE_BAD_CONFIG);
    g_assert_cmpint(flowscope_extract(NULL, NULL, &extracted), ==, FLOWSCOPE_BAD_ARGUMENT);
    g_assert_cmpint(flowscope_extract(NULL, &packet, NULL), ==, FLOWSCOPE_BAD_ARGUMENT);
    extracted.size--;
    g_assert_cmpint(flowscope_extract(NULL, &packet, &extracted), ==, FLOWSCOPE_BAD_SIZE);
    extracted.size++;
    packet.is_packet = false;
    g_assert_cmpint(flowscope_extract(NULL, &packet, &extracted), ==, FLOWSCOPE_OK);
    g_assert_cmpuint(extracted.verdict, ==, FLOWSCOPE_VERDICT_not_a_packet);
    g_assert_cmpuint(extracted.level_count, ==, 0);
}

/* Each key, both ways: the level that is described is the one that has the key. */
static void test_levels_of_each_key(void)
{
    for (unsigned key = 0; key < FLOWSCOPE_KEY_OWN; key++) {
        struct flowscope_extracted extracted = {.size = sizeof(extracted)};
        struct flowscope_config config;
        struct flowscope_packet packet;

        flowscope_config_init(&config);
        config.key = key;
        build_begin(&b);
        build_eth_between(&b, 1, 2);
        build_ipv4(&b, "203.0.113.1", "203.0.113.2");
        build_udp(&b, 50000, 4789);
        build_vxlan(&b, 7);
        build_eth_between(&b, 3, 4);
        build_ipv6(&b, "2001:db8::1", "2001:db8::2");
        build_udp(&b, 53, 50000);
        build_end(&b);
        packet = build_packet(&b, BUILD_LINK_ETHERNET);
        g_assert_cmpint(flowscope_extract(&config, &packet, &extracted), ==, FLOWSCOPE_OK);
        g_assert_cmpuint(extracted.level_count, ==, 2);
        g_assert_cmpuint(extracted.levels[0].level.ip_version, ==, 4);
        g_assert_cmpuint(extracted.levels[0].level.source_mac[5], ==, 1);
        g_assert_cmpuint(extracted.levels[1].level.ip_version, ==, 6);
        g_assert_cmpuint(extracted.levels[1].level.source_mac[5], ==, 3);
        g_assert_cmpuint(extracted.levels[1].level.layers[0].id, ==, 7);
    }
}

/* SYN and its answer are one connection in two flows, each from its sender. */
static void test_directional(void)
{
    struct flowscope_config config;
    const struct flowscope_flow_record *flows;
    flowscope_engine *engine;

    flowscope_config_init(&config);
    config.direction = FLOWSCOPE_DIRECTIONS_APART;
    engine = begin(&config);
    feed(engine, segment(10, 1, false, 2));
    feed(engine, segment(10, 1, true, 18));
    feed(engine, segment(10, 1, false, 16));
    flows = end(engine, 2);
    g_assert_cmpuint(flows[0].source_port, ==, 50000);
    g_assert_cmpuint(flows[0].packets[0], ==, 2);
    g_assert_cmpuint(flows[1].source_port, ==, 443);
    g_assert_cmpuint(flows[1].packets[0], ==, 1);
    g_assert_cmpuint(flows[1].packets[1], ==, 0);
    g_assert_cmpuint(flows[1].key, ==, FLOWSCOPE_KEY_FIVE_TUPLE);
}

static void test_records(void)
{
    for (unsigned key = FLOWSCOPE_KEY_IP_PAIR; key < FLOWSCOPE_KEY_OWN; key++) {
        struct flowscope_config config;
        const struct flowscope_flow_record *flow;
        flowscope_engine *engine;

        flowscope_config_init(&config);
        config.key = key;
        engine = begin(&config);
        feed(engine, segment(10, 1, true, 18));
        feed(engine, segment(10, 1, false, 16));
        flow = end(engine, 1);
        g_assert_cmpuint(flow->key, ==, key);
        g_assert_cmpuint(flow->ip_version, ==, key == FLOWSCOPE_KEY_MAC_PAIR ? 0 : 4);
        g_assert_cmpuint(flow->protocol, ==, 0);
        g_assert_false(flow->has_ports);
        g_assert_cmpuint(flow->tcp_state, ==, FLOWSCOPE_TCP_none);
        g_assert_cmpuint(flow->source[key == FLOWSCOPE_KEY_MAC_PAIR ? 5 : 0], ==,
                         key == FLOWSCOPE_KEY_MAC_PAIR ? 2 : 198);
        g_assert_cmpuint(flow->packets[0], ==, 1);
        g_assert_cmpuint(flow->packets[1], ==, 1);
    }
}

static void test_label_of_a_record(void)
{
    struct flowscope_config config;
    const struct flowscope_flow_record *flow;
    flowscope_engine *engine;

    flowscope_config_init(&config);
    config.key = FLOWSCOPE_KEY_FLOW_LABEL;
    engine = begin(&config);
    build_begin(&b);
    build_eth(&b);
    build_ipv6(&b, "2001:db8::2", "2001:db8::1"); /* from the key's second end */
    build_udp(&b, 1, 2);
    build_end(&b);
    b.data[b.ip + 1] = 0x0a;
    b.data[b.ip + 2] = 0xbc;
    b.data[b.ip + 3] = 0xde;
    feed(engine, build_packet(&b, BUILD_LINK_ETHERNET));
    flow = end(engine, 1);
    g_assert_cmpuint((uint32_t)flow->source_port << 16 | flow->destination_port, ==, 0xabcde);
    g_assert_cmpuint(flow->source[15], ==, 2);
}

static void test_names(void)
{
    g_assert_cmpstr(flowscope_key_name(FLOWSCOPE_KEY_FIVE_TUPLE), ==, "five_tuple");
    g_assert_cmpstr(flowscope_key_name(FLOWSCOPE_KEY_OWN), ==, "own");
    g_assert_cmpstr(flowscope_key_name(FLOWSCOPE_KEY_OWN + 1), ==, "");
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    records = g_array_new(FALSE, FALSE, sizeof(struct flowscope_flow_record));
    g_test_add_func("/engine/extract/own_key", test_own_key);
    g_test_add_func("/engine/extract/own_key_reverse", test_own_key_reverse);
    g_test_add_func("/engine/extract/without_engine", test_without_engine);
    g_test_add_func("/engine/extract/without_engine_faults", test_without_engine_faults);
    g_test_add_func("/engine/extract/levels_of_each_key", test_levels_of_each_key);
    g_test_add_func("/engine/extract/directional", test_directional);
    g_test_add_func("/engine/extract/records", test_records);
    g_test_add_func("/engine/extract/label_of_a_record", test_label_of_a_record);
    g_test_add_func("/engine/extract/names", test_names);
    status = g_test_run();
    g_array_free(records, TRUE);
    return status;
}
