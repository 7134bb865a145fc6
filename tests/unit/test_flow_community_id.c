/* SPDX-License-Identifier: BSD-2-Clause */
/* Community IDs: the tuples of the specification's baseline with seeds 0 and 1, and through the
 * engine from packets, whichever way the first one goes. */
#include "support/build.h"

#include <flowscope/flowscope.h>

#include <arpa/inet.h>
#include <glib.h>
#include <string.h>

static bool sha1(void *user, const void *data, size_t length, uint8_t digest[20])
{
    GChecksum *checksum = g_checksum_new(G_CHECKSUM_SHA1);
    gsize digest_length = 20;

    g_assert_null(user);
    g_checksum_update(checksum, data, (gssize)length);
    g_checksum_get_digest(checksum, digest, &digest_length);
    g_checksum_free(checksum);
    return true;
}

static const struct flowscope_digests digests = {.size = sizeof(digests), .sha1 = sha1};

#define NO_PORTS UINT32_MAX

static const struct vector {
    uint8_t protocol;
    const char *source, *destination;
    uint32_t source_port, destination_port;
    const char *ids[2]; /* by seed */
} vectors[] = {
    {6,
     "128.232.110.120",
     "66.35.250.204",
     34855,
     80,
     {"1:LQU9qZlK+B5F3KDmev6m5PMibrg=", "1:3V71V58M3Ksw/yuFALMcW0LAHvc="}},
    {6,
     "10.0.0.1",
     "10.0.0.2",
     10,
     11569,
     {"1:SXBGMX1lBOwhhoDrZynfROxnhnM=", "1:HmBRGR+fUyXF4t8WEtal7Y0gEAo="}},
    {6,
     "2001:470:e5bf:dead:4957:2174:e82c:4887",
     "2607:f8b0:400c:c03::1a",
     63943,
     25,
     {"1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=", NULL}},
    {17,
     "192.168.1.52",
     "8.8.8.8",
     54585,
     53,
     {"1:d/FP5EW3wiY1vCndhwleRRKHowQ=", "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="}},
    {132, "192.168.170.8", "192.168.170.56", 7, 80, {"1:jQgCxbku+pNGw8WPbEc/TS/uTpQ=", NULL}},
    {132, "192.168.170.8", "192.168.170.56", 7, 7, {"1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=", NULL}},
    {6, "192.168.1.42", "192.168.1.42", 41, 42, {"1:eRcf7I/xocOxnYo5pbJBV5NhVm0=", NULL}},
    {1,
     "192.168.0.89",
     "192.168.0.1",
     8,
     0,
     {"1:X0snYXpgwiv9TZtqg64sgzUn6Dk=", "1:03g6IloqVBdcZlPyX8r0hgoE7kA="}},
    {58,
     "fe80::200:86ff:fe05:80da",
     "fe80::260:97ff:fe07:69ea",
     135,
     136,
     {"1:dGHyGvjMfljg6Bppwm3bg0LO8TY=", "1:kHa1FhMYIT6Ym2Vm2AOtoOARDzY="}},
    {58, "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 133, {"1:pkvHqCL88/tg1k4cPigmZXUtL00=", NULL}},
    {46, "10.1.24.4", "10.1.12.1", NO_PORTS, NO_PORTS, {"1:/nQI4Rh/TtY3mf0R2gJFBkVlgS4=", NULL}},
    {46, "1.2.3.4", "5.6.7.8", NO_PORTS, NO_PORTS, {"1:ikv3kmf89luf73WPz1jOs49S768=", NULL}},
};

/* ICMP without counterpart: each direction has an id of its own. */
static const struct vector one_way[] = {
    {1,
     "192.168.0.89",
     "192.168.0.1",
     20,
     0,
     {"1:3o2RFccXzUgjl7zDpqmY7yJi8rI=", "1:lCXHHxavE1Vq3oX9NH5ladQg02o="}},
    {1,
     "192.168.0.89",
     "192.168.0.1",
     20,
     1,
     {"1:tz/fHIDUHs19NkixVVoOZywde+I=", "1:Ie3wmFyxiEyikbsbcO03d2nh+PM="}},
    {58,
     "3ffe:507:0:1:200:86ff:fe05:80da",
     "3ffe:507:0:1:260:97ff:fe07:69ea",
     3,
     0,
     {"1:/OGBt9BN1ofenrmSPWYicpij2Vc=", "1:Ij4ZxnC87/MXzhOjvH2vHu7LRmE="}},
    {58,
     "3ffe:507:0:1:260:97ff:fe07:69ea",
     "3ffe:507:0:1:200:86ff:fe05:80da",
     3,
     0,
     {"1:NdobDX8PQNJbAyfkWxhtL2Pqp5w=", NULL}},
};

static struct flowscope_flow_record record_of(const struct vector *vector, bool turned)
{
    const bool is_ipv6 = strchr(vector->source, ':') != NULL;
    const char *source = turned ? vector->destination : vector->source;
    const char *destination = turned ? vector->source : vector->destination;
    struct flowscope_flow_record record = {.size = sizeof(record),
                                           .ip_version = is_ipv6 ? 6 : 4,
                                           .protocol = vector->protocol,
                                           .has_ports = vector->source_port != NO_PORTS};

    g_assert_cmpint(inet_pton(is_ipv6 ? AF_INET6 : AF_INET, source, record.source), ==, 1);
    g_assert_cmpint(inet_pton(is_ipv6 ? AF_INET6 : AF_INET, destination, record.destination), ==,
                    1);
    if (record.has_ports) {
        record.source_port = (uint16_t)(turned ? vector->destination_port : vector->source_port);
        record.destination_port =
            (uint16_t)(turned ? vector->source_port : vector->destination_port);
    }
    return record;
}

static void check(const struct vector *vector, bool turned)
{
    const struct flowscope_flow_record record = record_of(vector, turned);
    char id[FLOWSCOPE_COMMUNITY_ID_SIZE];

    for (uint16_t seed = 0; seed < 2 && vector->ids[seed]; seed++) {
        g_assert_true(flowscope_community_id(&digests, seed, &record, id));
        g_assert_cmpstr(id, ==, vector->ids[seed]);
    }
}

static void test_baseline(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(vectors); i++) {
        check(&vectors[i], false);
        check(&vectors[i], true);
    }
}

static void test_one_way(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(one_way); i++)
        check(&one_way[i], false);
}

static bool fails(void *user, const void *data, size_t length, uint8_t digest[20])
{
    (void)user, (void)data, (void)length, (void)digest;
    return false;
}

static void test_without(void)
{
    struct flowscope_flow_record record = record_of(&vectors[0], false);
    struct flowscope_digests table = {.size = sizeof(table)};
    char id[FLOWSCOPE_COMMUNITY_ID_SIZE] = "x";

    g_assert_false(flowscope_community_id(NULL, 0, &record, id));
    g_assert_cmpstr(id, ==, "");
    g_assert_false(flowscope_community_id(&table, 0, &record, id));
    table.sha1 = fails;
    g_assert_false(flowscope_community_id(&table, 0, &record, id));
    table = digests;
    table.size = offsetof(struct flowscope_digests, sha1);
    g_assert_false(flowscope_community_id(&table, 0, &record, id));
    for (unsigned key = 1; key <= FLOWSCOPE_KEY_OWN; key++) {
        record.key = (uint8_t)key;
        g_assert_false(flowscope_community_id(&digests, 0, &record, id));
    }
}

static void keep(void *user, const struct flowscope_flow_record *record)
{
    *(struct flowscope_flow_record *)user = *record;
}

/* An answer first: the record's initiator is who sent it, the id is the connection's. */
static void test_from_packets(void)
{
    struct flowscope_flow_record record;
    const struct flowscope_sink sink = {.size = sizeof(sink), .user = &record, .flow_ended = keep};
    static struct build b;
    char id[FLOWSCOPE_COMMUNITY_ID_SIZE];

    for (unsigned way = 0; way < 2; way++) {
        flowscope_engine *engine;

        build_begin(&b);
        build_eth(&b);
        build_ipv4(&b, way ? "192.168.0.1" : "192.168.0.89", way ? "192.168.0.89" : "192.168.0.1");
        build_icmp(&b, way ? 0 : 8, 0, 7, 1);
        build_end(&b);
        const struct flowscope_packet packet = build_packet(&b, BUILD_LINK_ETHERNET);
        g_assert_cmpint(flowscope_engine_create(&engine, NULL, &sink), ==, FLOWSCOPE_OK);
        g_assert_cmpint(flowscope_engine_feed(engine, &packet, 1, NULL), ==, FLOWSCOPE_OK);
        flowscope_engine_flush(engine);
        flowscope_engine_destroy(engine);
        g_assert_true(flowscope_community_id(&digests, 0, &record, id));
        g_assert_cmpstr(id, ==, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/flow/community_id/baseline", test_baseline);
    g_test_add_func("/flow/community_id/one_way", test_one_way);
    g_test_add_func("/flow/community_id/without", test_without);
    g_test_add_func("/flow/community_id/from_packets", test_from_packets);
    return g_test_run();
}
