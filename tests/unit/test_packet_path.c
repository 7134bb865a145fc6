/* SPDX-License-Identifier: BSD-2-Clause */
/* Identity policies: two tenants that use the same addresses and ports. */
#include "support/packet_read.h"

#include <string.h>

static struct build b;

enum { LINK = BUILD_LINK_ETHERNET };

enum { POLICIES = 3 };

/* The key of the innermost flow under each policy. */
struct keys {
    struct fs_key of[POLICIES];
};

static struct keys end_and_read(void)
{
    struct keys keys;

    build_ipv4(&b, "198.51.100.1", "198.51.100.2");
    build_udp(&b, 5000, 53);
    build_fill(&b, 30);
    build_end(&b);
    for (unsigned i = 0; i < POLICIES; i++) {
        struct fs_packet_options options = read_defaults;
        struct fs_frame frame;

        options.identity = (enum flowscope_identity)i;
        assert_verdict(read_frame(&b, LINK, b.length, b.length, &options, &frame), ok);
        keys.of[i] = frame.level[frame.level_count - 1].key;
        g_assert_cmpuint(keys.of[i].port[1], ==, 53);
    }
    return keys;
}

static void begin(void)
{
    build_begin(&b);
    build_eth(&b);
}

static void begin_udp(uint16_t port)
{
    begin();
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_udp(&b, 40000, port);
}

static struct keys with_vxlan(uint32_t id)
{
    begin_udp(4789);
    build_vxlan(&b, id);
    build_eth(&b);
    return end_and_read();
}

static struct keys with_geneve(uint32_t id)
{
    begin_udp(6081);
    build_geneve(&b, id, 1);
    build_eth(&b);
    return end_and_read();
}

static struct keys with_gtpu(uint32_t id)
{
    begin_udp(2152);
    build_gtpu(&b, id, 0);
    return end_and_read();
}

static struct keys with_l2tp(uint32_t id)
{
    begin_udp(1701);
    build_l2tpv2(&b, (uint16_t)id, 0);
    return end_and_read();
}

static struct keys with_gre(uint32_t id)
{
    begin();
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_gre(&b, 0x2000, id);
    return end_and_read();
}

static struct keys with_nvgre(uint32_t id)
{
    begin();
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_gre(&b, 0x2000, id << 8);
    build_eth(&b);
    return end_and_read();
}

static struct keys with_erspan(uint32_t id)
{
    begin();
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_gre(&b, 0x1000, 0);
    build_erspan(&b, 2, (uint16_t)id);
    build_eth(&b);
    return end_and_read();
}

static struct keys with_pppoe(uint32_t id)
{
    begin();
    build_pppoe(&b, (uint16_t)id);
    return end_and_read();
}

static struct keys with_vlan(uint32_t id)
{
    begin();
    build_vlan(&b, 0x8100, (uint16_t)id);
    return end_and_read();
}

static struct keys with_mpls(uint32_t id)
{
    begin();
    build_mpls(&b, id, true);
    return end_and_read();
}

static bool equal(const struct keys *one, const struct keys *two, enum flowscope_identity policy)
{
    return memcmp(&one->of[policy], &two->of[policy], sizeof(one->of[policy])) == 0;
}

static void test_two_tenants(void)
{
    static const struct {
        struct keys (*with)(uint32_t id);
        bool by_default, alone;
        unsigned kind;
    } layers[] = {
        {with_vxlan, true, false, FLOWSCOPE_LAYER_vxlan},
        {with_geneve, true, false, FLOWSCOPE_LAYER_geneve},
        {with_nvgre, true, false, FLOWSCOPE_LAYER_nvgre},
        {with_pppoe, true, true, FLOWSCOPE_LAYER_pppoe},
        {with_gtpu, false, false, FLOWSCOPE_LAYER_gtpu},
        {with_l2tp, false, false, FLOWSCOPE_LAYER_l2tp},
        {with_gre, false, false, FLOWSCOPE_LAYER_gre_key},
        {with_erspan, false, false, FLOWSCOPE_LAYER_erspan},
        {with_vlan, false, true, FLOWSCOPE_LAYER_vlan},
        {with_mpls, false, true, FLOWSCOPE_LAYER_mpls},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(layers); i++) {
        const struct keys one = layers[i].with(5), again = layers[i].with(5),
                          two = layers[i].with(6);
        const uint32_t exact = layers[i].kind << 24 | 5;
        for (unsigned policy = 0; policy < POLICIES; policy++)
            g_assert_true(equal(&one, &again, (enum flowscope_identity)policy));
        g_assert_false(equal(&one, &two, FLOWSCOPE_IDENTITY_STRICT));
        g_assert_true(equal(&one, &two, FLOWSCOPE_IDENTITY_INNER_ONLY));
        g_assert_cmpint(equal(&one, &two, FLOWSCOPE_IDENTITY_IGNORE_VLAN), ==,
                        !layers[i].by_default);
        g_assert_cmpuint(one.of[FLOWSCOPE_IDENTITY_IGNORE_VLAN].path, ==,
                         layers[i].by_default ? exact : 0);
        g_assert_cmpuint(one.of[FLOWSCOPE_IDENTITY_INNER_ONLY].path, ==, 0);
        if (layers[i].alone)
            g_assert_cmpuint(one.of[FLOWSCOPE_IDENTITY_STRICT].path, ==, exact);
        else
            g_assert_cmpuint(one.of[FLOWSCOPE_IDENTITY_STRICT].path >> 31, ==, 1);
    }
}

static struct keys with_outer(const char *source, uint16_t port, uint16_t vlan)
{
    begin();
    build_vlan(&b, 0x8100, vlan);
    build_ipv4(&b, source, "192.0.2.9");
    build_udp(&b, port, 4789);
    build_vxlan(&b, 5);
    build_eth(&b);
    return end_and_read();
}

/* The outer endpoints and what lies around them count under `strict` alone. */
static void test_outer(void)
{
    const struct keys one = with_outer("192.0.2.1", 40000, 1);
    const struct keys others[] = {with_outer("192.0.2.2", 40000, 1),
                                  with_outer("192.0.2.1", 40001, 1),
                                  with_outer("192.0.2.1", 40000, 2)};

    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        g_assert_false(equal(&one, &others[i], FLOWSCOPE_IDENTITY_STRICT));
        g_assert_true(equal(&one, &others[i], FLOWSCOPE_IDENTITY_IGNORE_VLAN));
        g_assert_true(equal(&one, &others[i], FLOWSCOPE_IDENTITY_INNER_ONLY));
    }
}

static struct keys with_two(uint32_t outer, uint32_t inner)
{
    begin();
    build_pppoe(&b, (uint16_t)outer);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_udp(&b, 40000, 4789);
    build_vxlan(&b, inner);
    build_eth(&b);
    return end_and_read();
}

/* A tenant inside a tenant has both. */
static void test_several(void)
{
    const struct keys one = with_two(1, 2), other_outer = with_two(2, 2),
                      other_inner = with_two(1, 1), crossed = with_two(2, 1);

    g_assert_false(equal(&one, &other_outer, FLOWSCOPE_IDENTITY_IGNORE_VLAN));
    g_assert_false(equal(&one, &other_inner, FLOWSCOPE_IDENTITY_IGNORE_VLAN));
    g_assert_false(equal(&one, &crossed, FLOWSCOPE_IDENTITY_IGNORE_VLAN));
    g_assert_true(equal(&one, &crossed, FLOWSCOPE_IDENTITY_INNER_ONLY));
    g_assert_cmpuint(one.of[FLOWSCOPE_IDENTITY_IGNORE_VLAN].path >> 31, ==, 1);
}

/* Without layers nothing enters. */
static void test_outside(void)
{
    begin();
    const struct keys plain = end_and_read();

    for (unsigned policy = 0; policy < POLICIES; policy++)
        g_assert_cmpuint(plain.of[policy].path, ==, 0);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/path/two-tenants", test_two_tenants);
    g_test_add_func("/packet/path/outer", test_outer);
    g_test_add_func("/packet/path/several", test_several);
    g_test_add_func("/packet/path/outside", test_outside);
    return g_test_run();
}
