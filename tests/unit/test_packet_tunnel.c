/* SPDX-License-Identifier: BSD-2-Clause */
/* Every tunnel, built and read: its layer, what it carries, what a wrong header is taken for. */
#include "support/packet_read.h"

#include <stdlib.h>
#include <string.h>

#define LINK BUILD_LINK_ETHERNET

enum { OVER_UDP, OVER_IP };
enum inside { ETHERNET, BARE };

/* A tunnel over IPv4: port or protocol, header bytes, and the layer that it is. */
struct tunnel {
    const char *name;
    int over;
    uint16_t number;
    uint8_t header[32];
    uint32_t length;
    enum inside inside;
    unsigned inner_version;
    enum flowscope_layer_kind kind;
    uint32_t id;
};

static const struct tunnel tunnels[] = {
    {"vxlan",
     OVER_UDP,
     4789,
     {0x08, 0, 0, 0, 0, 0, 42, 0},
     8,
     ETHERNET,
     4,
     FLOWSCOPE_LAYER_vxlan,
     42},
    {"vxlan with policy",
     OVER_UDP,
     4789,
     {0x88, 0x48, 1, 2, 0xff, 0xff, 0xff, 0},
     8,
     ETHERNET,
     6,
     FLOWSCOPE_LAYER_vxlan,
     0xffffff},
    {"vxlan-gpe ip",
     OVER_UDP,
     4790,
     {0x0c, 0, 0, 1, 0, 0, 7, 0},
     8,
     BARE,
     4,
     FLOWSCOPE_LAYER_vxlan,
     7},
    {"vxlan-gpe ip6",
     OVER_UDP,
     4790,
     {0x0c, 0, 0, 2, 0, 0, 7, 0},
     8,
     BARE,
     6,
     FLOWSCOPE_LAYER_vxlan,
     7},
    {"vxlan-gpe ethernet",
     OVER_UDP,
     4790,
     {0x0c, 0, 0, 3, 0, 0, 7, 0},
     8,
     ETHERNET,
     4,
     FLOWSCOPE_LAYER_vxlan,
     7},
    {"geneve",
     OVER_UDP,
     6081,
     {0, 0, 0x65, 0x58, 0, 1, 0, 0},
     8,
     ETHERNET,
     4,
     FLOWSCOPE_LAYER_geneve,
     256},
    {"geneve with an option",
     OVER_UDP,
     6081,
     {0x02, 0x40, 0x08, 0x00, 0, 0, 9, 0, 1, 2, 3, 1, 9, 9, 9, 9},
     16,
     BARE,
     4,
     FLOWSCOPE_LAYER_geneve,
     9},
    {"gtp-u",
     OVER_UDP,
     2152,
     {0x30, 255, 0, 48, 0x7e, 0x0c, 0x01, 0x28},
     8,
     BARE,
     4,
     FLOWSCOPE_LAYER_gtpu,
     0x7e0c0128},
    {"gtp-u with a sequence number",
     OVER_UDP,
     2152,
     {0x32, 255, 0, 52, 0, 0, 0, 1, 0, 5, 0, 0},
     12,
     BARE,
     4,
     FLOWSCOPE_LAYER_gtpu,
     1},
    {"gtp-u with extensions",
     OVER_UDP,
     2152,
     {0x34, 255, 0, 64, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0x10, 0x09, 0x85, 2, 0, 0, 0, 0, 0, 0, 0},
     24,
     BARE,
     4,
     FLOWSCOPE_LAYER_gtpu,
     1},
    {"l2tp 2",
     OVER_UDP,
     1701,
     {0x00, 0x02, 0, 1, 0, 9, 0xff, 0x03, 0x00, 0x21},
     10,
     BARE,
     4,
     FLOWSCOPE_LAYER_l2tp,
     9},
    {"l2tp 2 with all fields",
     OVER_UDP,
     1701,
     {0x4a, 0x02, 0, 66, 0, 1, 0, 9, 0, 1, 0, 2, 0, 2, 0xee, 0xee, 0x57},
     17,
     BARE,
     6,
     FLOWSCOPE_LAYER_l2tp,
     9},
    {"l2tp 3 on udp",
     OVER_UDP,
     1701,
     {0x00, 0x03, 0, 0, 0, 0, 1, 9},
     8,
     ETHERNET,
     4,
     FLOWSCOPE_LAYER_l2tp,
     265},
    {"l2tp 3 with cookie and sublayer",
     OVER_IP,
     115,
     {0x80, 0, 0, 1, 0xde, 0xad, 0xbe, 0xef, 0xde, 0xad, 0xbe, 0xef, 0x40, 0, 0, 7},
     16,
     ETHERNET,
     4,
     FLOWSCOPE_LAYER_l2tp,
     0x80000001},
    {"teredo", OVER_UDP, 3544, {0}, 0, BARE, 6, FLOWSCOPE_LAYER_teredo, 0},
    {"teredo with both indications",
     OVER_UDP,
     3544,
     {0, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0x9f, 0xe3, 0x3f, 0xff, 0xfd, 0xfe},
     21,
     BARE,
     6,
     FLOWSCOPE_LAYER_teredo,
     0},
    {"ipip", OVER_IP, 4, {0}, 0, BARE, 4, FLOWSCOPE_LAYER_ipip, 0},
    {"6in4", OVER_IP, 41, {0}, 0, BARE, 6, FLOWSCOPE_LAYER_6in4, 0},
    {"gre", OVER_IP, 47, {0, 0, 0x08, 0}, 4, BARE, 4, FLOWSCOPE_LAYER_gre, 0},
    {"gre with all fields",
     OVER_IP,
     47,
     {0xb0, 0, 0x86, 0xdd, 1, 2, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1},
     16,
     BARE,
     6,
     FLOWSCOPE_LAYER_gre_key,
     7},
    {"gre with ethernet", OVER_IP, 47, {0, 0, 0x65, 0x58}, 4, ETHERNET, 4, FLOWSCOPE_LAYER_gre, 0},
    {"nvgre",
     OVER_IP,
     47,
     {0x20, 0, 0x65, 0x58, 0, 0, 5, 0xaa},
     8,
     ETHERNET,
     4,
     FLOWSCOPE_LAYER_nvgre,
     5},
    {"pptp",
     OVER_IP,
     47,
     {0x30, 0x81, 0x88, 0x0b, 0, 50, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0x00, 0x21},
     18,
     BARE,
     4,
     FLOWSCOPE_LAYER_gre_key,
     3},
    {"erspan 1", OVER_IP, 47, {0, 0, 0x88, 0xbe}, 4, ETHERNET, 4, FLOWSCOPE_LAYER_erspan, 0},
    {"erspan 2",
     OVER_IP,
     47,
     {0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0x64, 0xfc, 3, 0, 0, 0, 0},
     16,
     ETHERNET,
     4,
     FLOWSCOPE_LAYER_erspan,
     3},
    {"erspan 3",
     OVER_IP,
     47,
     {0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0},
     20,
     ETHERNET,
     4,
     FLOWSCOPE_LAYER_erspan,
     7},
    {"erspan 3 with a platform",
     OVER_IP,
     47,
     {0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 1},
     28,
     ETHERNET,
     4,
     FLOWSCOPE_LAYER_erspan,
     7},
    {"mpls in ip", OVER_IP, 137, {0, 1, 0xd1, 0xff}, 4, BARE, 4, FLOWSCOPE_LAYER_mpls, 29},
    {"ah tunnel",
     OVER_IP,
     51,
     {4, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1},
     24,
     BARE,
     4,
     FLOWSCOPE_LAYER_ah,
     0},
};

static struct build b;

static void add_inner(enum inside inside, unsigned version)
{
    if (inside == ETHERNET)
        build_eth(&b);
    if (version == 4)
        build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    else
        build_ipv6(&b, "2001:db8::1", "2001:db8::2");
    build_udp(&b, 5000, 53);
    build_fill(&b, 20);
}

static void begin(const struct tunnel *tunnel)
{
    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "203.0.113.1", "203.0.113.2");
    if (tunnel->over == OVER_UDP)
        build_udp(&b, 50000, tunnel->number);
    else
        build_protocol(&b, (uint8_t)tunnel->number);
}

static void make(const struct tunnel *tunnel)
{
    begin(tunnel);
    build_data(&b, tunnel->header, tunnel->length);
    add_inner(tunnel->inside, tunnel->inner_version);
    build_end(&b);
}

static void test_carries(gconstpointer data)
{
    const struct tunnel *tunnel = data;
    const struct fs_headers *outer = &read_frame.level[0];
    struct fs_headers inner;

    make(tunnel);
    check_cuts(&b, LINK);
    assert_verdict(read_whole(&b, LINK, &inner), ok);
    g_assert_cmpuint(read_frame.level_count, ==, 2);
    g_assert_cmpuint(read_frame.layer_count, ==, 1);
    g_assert_cmpuint(read_frame.layers[0].kind, ==, tunnel->kind);
    g_assert_cmpuint(read_frame.layers[0].id, ==, tunnel->id);
    g_assert_cmpuint(outer->key.protocol, ==, tunnel->over == OVER_UDP ? 17 : tunnel->number);
    g_assert_cmpuint(outer->bytes, ==, b.length - 14);
    g_assert_cmpuint(inner.key.kind, ==, tunnel->inner_version);
    g_assert_cmpuint(inner.key.protocol, ==, 17);
    g_assert_cmpuint(inner.key.port[0], ==, 5000);
    g_assert_cmpuint(inner.payload_bytes, ==, 20);
    g_assert_false(inner.swapped);
    g_assert_cmpuint(inner.bytes, ==, tunnel->inner_version == 4 ? 48 : 68);
}

/* Deeper than allowed, in a first fragment, or in a datagram that contradicts itself, the frame is
 * its outer flow. */
static void test_stays_outside(gconstpointer data)
{
    const struct tunnel *tunnel = data;
    struct fs_headers inner;

    make(tunnel);
    assert_verdict(read_cut(&b, LINK, b.length, b.length, 0, &inner), ok);
    g_assert_cmpuint(read_frame.level_count, ==, 1);
    g_assert_cmpuint(read_frame.layer_count, ==, 0);
    g_assert_true(read_frame.cut_by_depth);
    b.data[14 + 6] = 0x20; /* more fragments follow */
    assert_verdict(read_whole(&b, LINK, &inner), ok);
    g_assert_cmpuint(read_frame.level_count, ==, 1);
    g_assert_false(read_frame.cut_by_depth);
}

/* No IP inside: the header of the tunnel alone, then zeroes. */
static void test_carries_nothing(gconstpointer data)
{
    const struct tunnel *tunnel = data;
    struct fs_headers inner;

    begin(tunnel);
    build_data(&b, tunnel->header, tunnel->length);
    build_data(&b, (uint8_t[64]){0}, 64);
    build_end(&b);
    check_cuts(&b, LINK);
    assert_verdict(read_whole(&b, LINK, &inner), ok);
    g_assert_cmpuint(read_frame.level_count, ==, 1);
    g_assert_cmpuint(read_frame.layer_count, ==, 0);
}

/* Headers that say themselves that they are something else. */
static void test_refused(void)
{
    static const struct tunnel wrong[] = {
        {"no vni", OVER_UDP, 4789, {0, 0, 0, 0, 0, 0, 42, 0}, 8, ETHERNET, 4, 0, 0},
        {"gpe version", OVER_UDP, 4790, {0x1c, 0, 0, 1, 0, 0, 7, 0}, 8, BARE, 4, 0, 0},
        {"geneve version", OVER_UDP, 6081, {0x40, 0, 0x65, 0x58, 0, 1, 0, 0}, 8, ETHERNET, 4, 0, 0},
        {"gtp 2", OVER_UDP, 2152, {0x48, 255, 0, 48, 0, 0, 0, 1}, 8, BARE, 4, 0, 0},
        {"gtp echo", OVER_UDP, 2152, {0x30, 1, 0, 48, 0, 0, 0, 1}, 8, BARE, 4, 0, 0},
        {"gtp too long", OVER_UDP, 2152, {0x30, 255, 9, 0, 0, 0, 0, 1}, 8, BARE, 4, 0, 0},
        {"l2tp control", OVER_UDP, 1701, {0x80, 2, 0, 1, 0, 9, 0x00, 0x21}, 8, BARE, 4, 0, 0},
        {"gre routing", OVER_IP, 47, {0x40, 0, 0x08, 0, 0, 0, 0, 0}, 8, BARE, 4, 0, 0},
        {"gre version", OVER_IP, 47, {0, 2, 0x08, 0}, 4, BARE, 4, 0, 0},
        {"gre of arp", OVER_IP, 47, {0, 0, 0x08, 6}, 4, BARE, 4, 0, 0},
        {"other port", OVER_UDP, 4788, {0x08, 0, 0, 0, 0, 0, 42, 0}, 8, ETHERNET, 4, 0, 0},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        struct fs_headers inner;

        make(&wrong[i]);
        assert_verdict(read_whole(&b, LINK, &inner), ok);
        if (read_frame.level_count != 1)
            g_error("%s: %u levels", wrong[i].name, read_frame.level_count);
    }
}

static void test_4in6(void)
{
    struct fs_headers inner;

    build_begin(&b);
    build_eth(&b);
    build_ipv6(&b, "2001:db8::1", "2001:db8::2");
    build_protocol(&b, 4);
    add_inner(BARE, 4);
    build_end(&b);
    assert_verdict(read_whole(&b, LINK, &inner), ok);
    g_assert_cmpuint(read_frame.layers[0].kind, ==, FLOWSCOPE_LAYER_4in6);
    g_assert_cmpuint(inner.key.kind, ==, 4);
}

/* In transport mode the authentication header belongs to the flow's own IP header. */
static void test_ah_transport(void)
{
    struct fs_headers headers;

    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_protocol(&b, 51);
    build_data(&b, (uint8_t[16]){17, 2, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1}, 16);
    build_udp(&b, 5000, 53);
    build_fill(&b, 20);
    build_end(&b);
    assert_verdict(read_whole(&b, LINK, &headers), ok);
    g_assert_cmpuint(read_frame.level_count, ==, 1);
    g_assert_cmpuint(headers.key.protocol, ==, 17);
    g_assert_cmpuint(headers.key.port[0], ==, 5000);
    g_assert_cmpuint(headers.payload_bytes, ==, 20);
    g_assert_cmpuint(read_frame.layers[0].kind, ==, FLOWSCOPE_LAYER_ah);
}

/* Tunnels in tunnels, as deep as layers may be. */
static void test_nested(void)
{
    struct fs_headers inner;

    for (unsigned depth = 1; depth <= 10; depth++) {
        build_begin(&b);
        build_eth(&b);
        for (unsigned i = 0; i < depth && i < 8; i++) {
            build_ipv4(&b, "203.0.113.1", "203.0.113.2");
            build_protocol(&b, 47);
            build_data(&b, (uint8_t[4]){0, 0, 0x08, 0}, 4);
        }
        add_inner(BARE, 4);
        build_end(&b);
        check_cuts(&b, LINK);
        assert_verdict(read_cut(&b, LINK, b.length, b.length, depth / 2, &inner), ok);
        g_assert_cmpuint(read_frame.level_count, ==, depth / 2 + 1);
        g_assert_cmpint(read_frame.cut_by_depth, ==, depth / 2 < (depth < 8 ? depth : 8));
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(tunnels); i++) {
        static const struct {
            const char *path;
            GTestDataFunc test;
        } tests[] = {{"/packet/tunnel/carries/", test_carries},
                     {"/packet/tunnel/outside/", test_stays_outside},
                     {"/packet/tunnel/nothing/", test_carries_nothing}};

        for (size_t t = 0; t < G_N_ELEMENTS(tests); t++) {
            char *path = g_strconcat(tests[t].path, tunnels[i].name, NULL);

            g_test_add_data_func(path, &tunnels[i], tests[t].test);
            g_free(path);
        }
    }
    g_test_add_func("/packet/tunnel/refused", test_refused);
    g_test_add_func("/packet/tunnel/4in6", test_4in6);
    g_test_add_func("/packet/tunnel/ah-transport", test_ah_transport);
    g_test_add_func("/packet/tunnel/nested", test_nested);
    return g_test_run();
}
