/* SPDX-License-Identifier: BSD-2-Clause */
/* The second packet of a flow is read and taken at once, whatever a look tells of its frame. */
#include "support/way.h"

#include <glib.h>

static void put_four(struct build *b)
{
    build_ipv4(b, "192.0.2.1", "192.0.2.2");
}

static void put_options(struct build *b)
{
    put_four(b);
    build_ipv4_options(b, 2);
}

static void put_ah(struct build *b)
{
    put_four(b);
    build_ah(b, 3);
}

static void put_six_ah(struct build *b)
{
    build_ipv6(b, "2001:db8::1", "2001:db8::2");
    build_ah(b, 4);
}

static void put_gre(struct build *b)
{
    build_ipv4(b, "203.0.113.1", "203.0.113.2");
    build_gre(b, 0x2000, 7);
    put_four(b);
}

static void put_fragment(struct build *b)
{
    put_four(b);
    build_ipv4_fragment(b, 0, true);
}

static void put_extension(struct build *b)
{
    build_ipv6(b, "2001:db8::1", "2001:db8::2");
    build_ipv6_extension(b, 60, 1);
}

/* The second packet of a flow is one more of many: it takes the short way, behind any of these but
 * the last. */
static void test_taken(void)
{
    static void (*const inner[])(struct build * b) = {
        put_four, put_options, put_ah, put_six_ah, put_gre, put_extension, put_fragment,
    };
    enum { LINKS = 6, SHORT_ONES = 5 };
    struct flowscope_result result;
    struct build b;

    for (unsigned i = 0; i < LINKS * G_N_ELEMENTS(inner); i++) {
        const unsigned link = i % LINKS, kind = i / LINKS;
        enum way way[2];

        if (link == 1 && inner[kind] == put_four)
            continue; /* of which the reader of plain frames takes care */
        flowscope_engine *engine = way_engine();
        build_begin(&b);
        if (link == 0)
            build_sll(&b);
        else
            build_eth(&b);
        if (link == 2 || link == 3)
            build_vlan(&b, 0x8100, 5);
        if (link == 3)
            build_vlan(&b, 0x88a8, 6);
        if (link == 4)
            build_pppoe(&b, 9);
        if (link == 5)
            build_mpls(&b, 99, true);
        inner[kind](&b);
        build_udp(&b, 1000, 2000);
        build_fill(&b, 16);
        build_end(&b);
        for (unsigned number = 0; number < 2; number++)
            way[number] = way_feed(engine, &b, link ? BUILD_LINK_ETHERNET : BUILD_LINK_SLL,
                                   number + 1, &result);
        g_assert_cmpint(way[0], ==, kind < SHORT_ONES ? STAGED : LONG);
        g_assert_cmpint(way[1], ==, kind < SHORT_ONES ? SHORT : LONG);
        if (inner[kind] != put_fragment) {
            g_assert_cmpuint(result.packet_number, ==, 2);
            g_assert_cmpuint(result.prev_frame, ==, 1);
        }
        flowscope_engine_destroy(engine);
    }
}

static void put_wifi(struct build *b)
{
    build_wifi(b, 0x0188);
}

static void put_radiotap(struct build *b)
{
    build_radiotap(b, 0x10);
    put_wifi(b);
}

static void put_ppi(struct build *b)
{
    build_ppi(b, BUILD_LINK_WIFI);
    put_wifi(b);
}

static void put_ppp(struct build *b)
{
    build_ppp(b, true);
}

static void put_null(struct build *b)
{
    build_null(b, false);
}

static void put_service(struct build *b)
{
    build_eth(b);
    build_i_tag(b, 7);
}

static void put_session(struct build *b)
{
    build_pppoe(b, 9);
}

/* Each link type. */
static void test_links(void)
{
    const struct {
        uint32_t type;
        void (*put)(struct build *b);
    } links[] = {
        {BUILD_LINK_RAW, NULL},
        {BUILD_LINK_IPV4, NULL},
        {BUILD_LINK_SLL, build_sll},
        {BUILD_LINK_SLL2, build_sll2},
        {BUILD_LINK_CISCO_HDLC, build_cisco_hdlc},
        {BUILD_LINK_WIFI, put_wifi},
        {BUILD_LINK_RADIOTAP, put_radiotap},
        {BUILD_LINK_PPI, put_ppi},
        {BUILD_LINK_PPP, put_ppp},
        {BUILD_LINK_NULL, put_null},
        {BUILD_LINK_ETHERNET, put_service},
        {BUILD_LINK_PPPOE, put_session},
    };
    struct flowscope_result result;
    struct build b;

    for (unsigned i = 0; i < G_N_ELEMENTS(links); i++) {
        flowscope_engine *engine = way_engine();

        build_begin(&b);
        if (links[i].put)
            links[i].put(&b);
        put_four(&b);
        build_tcp(&b, 1000, 80, 1, 1, FS_TCP_ACK);
        build_fill(&b, 16);
        build_end(&b);
        if (links[i].type == BUILD_LINK_RADIOTAP)
            b.length += 4; /* the check sequence */
        for (uint64_t frame = 1; frame < 4; frame++) {
            const enum way way = way_feed(engine, &b, links[i].type, frame, &result);
            g_assert_cmpint(way, ==, frame == 1 ? STAGED : SHORT);
            g_assert_cmpuint(result.packet_number, ==, frame);
            g_assert_cmpuint(result.prev_frame, ==, frame - 1);
        }
        flowscope_engine_destroy(engine);
    }
}

/* What a plain shape has refused is asked for another: tagged tunnels among tagged packets. */
static void test_two_shapes(void)
{
    flowscope_engine *engine = way_engine();
    struct flowscope_result result;
    unsigned carriers = 0;
    struct build b;

    for (unsigned number = 1; number <= 80; number++) {
        build_begin(&b);
        build_eth(&b);
        build_vlan(&b, 0x8100, 5);
        if (number % 2)
            put_four(&b);
        else
            put_gre(&b);
        build_udp(&b, 1000, 2000);
        build_fill(&b, 16);
        build_end(&b);
        const enum way way = way_feed(engine, &b, BUILD_LINK_ETHERNET, number, &result);
        g_assert_cmpint(way, ==, number <= 2 ? STAGED : SHORT);
        g_assert_cmpuint(result.packet_number, ==, number); /* one flow, in and out of it */
    }
    g_assert_cmpint(engine->shapes.shape[0].kind, ==, FS_SHAPE_PLAIN);
    for (unsigned i = 1; i < FS_SHAPES; i++)
        carriers += engine->shapes.shape[i].kind == FS_SHAPE_CARRIER;
    g_assert_cmpuint(carriers, ==, 1);
    flowscope_engine_destroy(engine);
}

/* What is of a plain shape and no plain packet takes no place of other shapes. */
static void test_one_plain_shape(void)
{
    flowscope_engine *engine = way_engine();
    struct flowscope_result result;
    unsigned plain = 0;
    struct build b;

    for (unsigned number = 1; number <= 200; number++) {
        build_begin(&b);
        build_eth(&b);
        build_vlan(&b, 0x8100, 5);
        put_four(&b);
        if (number < 3)
            build_udp(&b, 1000, 2000);
        else
            build_icmp(&b, 8, 0, 1, 1);
        build_fill(&b, 16);
        build_end(&b);
        way_feed(engine, &b, BUILD_LINK_ETHERNET, number, &result);
    }
    for (unsigned i = 0; i < FS_SHAPES; i++)
        plain += engine->shapes.shape[i].words != 0;
    g_assert_cmpuint(plain, ==, 1);
    flowscope_engine_destroy(engine);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/near/taken", test_taken);
    g_test_add_func("/engine/near/links", test_links);
    g_test_add_func("/engine/near/two-shapes", test_two_shapes);
    g_test_add_func("/engine/near/one-plain-shape", test_one_plain_shape);
    return g_test_run();
}
