/* SPDX-License-Identifier: BSD-2-Clause */
/* Link headers: every link type, VLAN tags, LLC, Linux cooked, BSD loopback. */
#include "support/packet_read.h"

static struct build b;
static struct fs_frame frame;
static struct fs_headers headers; /* the outermost level */

static enum flowscope_verdict read_depth(uint32_t link_type, unsigned depth)
{
    struct fs_packet_options options = read_defaults;

    options.tunnel_depth = depth;
    const enum flowscope_verdict verdict =
        read_frame(&b, link_type, b.length, b.length, &options, &frame);
    headers = frame.level[0];
    return verdict;
}

static enum flowscope_verdict read_link(uint32_t link_type)
{
    return read_depth(link_type, FLOWSCOPE_LAYERS_MAX);
}

static void add_udp4(void)
{
    build_ipv4(&b, "192.0.2.1", "198.51.100.2");
    build_udp(&b, 5000, 53);
    build_fill(&b, 30);
    build_end(&b);
}

static void add_udp6(void)
{
    build_ipv6(&b, "2001:db8::1", "2001:db8::2");
    build_udp(&b, 5000, 53);
    build_fill(&b, 30);
    build_end(&b);
}

static void assert_udp(uint32_t link_type, unsigned version)
{
    assert_verdict(read_link(link_type), ok);
    g_assert_cmpuint(headers.key.kind, ==, version);
    g_assert_cmpuint(headers.key.protocol, ==, 17);
    g_assert_cmpuint(headers.key.port[0], ==, 5000);
    g_assert_cmpuint(headers.key.port[1], ==, 53);
    g_assert_cmpuint(headers.bytes, ==, version == 4 ? 58 : 78);
    g_assert_cmpuint(headers.payload_bytes, ==, 30);
    check_cuts(&b, link_type);
}

static void begin_link(uint32_t link_type)
{
    build_begin(&b);
    switch (link_type) {
    case BUILD_LINK_ETHERNET:
        build_eth(&b);
        break;
    case BUILD_LINK_NULL:
        build_null(&b, false);
        break;
    case BUILD_LINK_LOOP:
        build_null(&b, true);
        break;
    case BUILD_LINK_SLL:
        build_sll(&b);
        break;
    case BUILD_LINK_SLL2:
        build_sll2(&b);
        break;
    default:
        break;
    }
}

static void test_every_type(void)
{
    static const uint32_t both[] = {0, 1, 12, 14, 101, 108, 113, 276};

    for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
        begin_link(both[i]);
        add_udp4();
        assert_udp(both[i], 4);
        g_assert_cmpuint(headers.layer_count, ==, 0);
        begin_link(both[i]);
        add_udp6();
        assert_udp(both[i], 6);
    }
    begin_link(BUILD_LINK_IPV4);
    add_udp4();
    assert_udp(BUILD_LINK_IPV4, 4);
    assert_verdict(read_link(BUILD_LINK_IPV6), bad_ip);
    begin_link(BUILD_LINK_IPV6);
    add_udp6();
    assert_udp(BUILD_LINK_IPV6, 6);
    assert_verdict(read_link(BUILD_LINK_IPV4), bad_ip);
}

static void test_unknown_type(void)
{
    static const uint32_t unknown[] = {2, 10, 106, 119, 147, 195, 204, 227, 275, 277, UINT32_MAX};

    begin_link(BUILD_LINK_ETHERNET);
    add_udp4();
    for (size_t i = 0; i < G_N_ELEMENTS(unknown); i++)
        assert_verdict(read_link(unknown[i]), unknown_link_type);
}

static void assert_vlan(unsigned index, uint32_t id)
{
    g_assert_cmpuint(headers.layer_count, >, index);
    g_assert_cmpuint(frame.layers[index].kind, ==, FLOWSCOPE_LAYER_vlan);
    g_assert_cmpuint(frame.layers[index].id, ==, id);
}

static void test_vlan(void)
{
    static const uint16_t tpids[] = {0x8100, 0x88a8, 0x9100};
    static const uint32_t links[] = {BUILD_LINK_ETHERNET, BUILD_LINK_SLL, BUILD_LINK_SLL2};

    for (size_t l = 0; l < G_N_ELEMENTS(links); l++)
        for (size_t i = 0; i < G_N_ELEMENTS(tpids); i++) {
            begin_link(links[l]);
            build_vlan(&b, tpids[i], 0xe000 | 10); /* priority bits are no part of the id */
            add_udp4();
            assert_udp(links[l], 4);
            g_assert_cmpuint(headers.layer_count, ==, 1);
            assert_vlan(0, 10);
        }
    begin_link(BUILD_LINK_ETHERNET);
    build_vlan(&b, 0x88a8, 4095);
    build_vlan(&b, 0x8100, 0);
    add_udp6();
    assert_udp(BUILD_LINK_ETHERNET, 6);
    g_assert_cmpuint(headers.layer_count, ==, 2);
    assert_vlan(0, 4095);
    assert_vlan(1, 0);
}

static void test_depth(void)
{
    for (unsigned tags = 0; tags <= 10; tags++) {
        begin_link(BUILD_LINK_ETHERNET);
        for (unsigned i = 0; i < tags; i++)
            build_vlan(&b, 0x8100, (uint16_t)(100 + i));
        add_udp4();
        check_cuts(&b, BUILD_LINK_ETHERNET);
        for (unsigned depth = 0; depth <= 12; depth++) {
            const enum flowscope_verdict verdict = read_depth(BUILD_LINK_ETHERNET, depth);
            if (tags > depth || tags > FLOWSCOPE_LAYERS_MAX) {
                assert_verdict(verdict, tunnel_depth);
                continue;
            }
            assert_verdict(verdict, ok);
            g_assert_cmpuint(headers.layer_count, ==, tags);
            for (unsigned i = 0; i < tags; i++)
                assert_vlan(i, 100 + i);
        }
    }
}

static void test_not_ip(void)
{
    static const uint16_t types[] = {0x05dd, 0x05ff, 0x0600, 0x0806, 0x8035,
                                     0x8863, 0x8864, 0x88cc, 0x9200, 0xffff};

    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        begin_link(BUILD_LINK_ETHERNET);
        build_type(&b, types[i]);
        build_fill(&b, 60);
        assert_verdict(read_link(BUILD_LINK_ETHERNET), not_ip);
        check_cuts(&b, BUILD_LINK_ETHERNET);
        begin_link(BUILD_LINK_ETHERNET);
        build_vlan(&b, 0x8100, 5);
        build_type(&b, types[i]);
        build_fill(&b, 60);
        assert_verdict(read_link(BUILD_LINK_ETHERNET), not_ip);
    }
}

static void test_snap(void)
{
    begin_link(BUILD_LINK_ETHERNET);
    build_snap(&b);
    add_udp4();
    assert_udp(BUILD_LINK_ETHERNET, 4);
    b.data[19] = 0xf8; /* 802.1H */
    assert_udp(BUILD_LINK_ETHERNET, 4);
    b.data[19] = 0x0c; /* Cisco's own numbers */
    assert_verdict(read_link(BUILD_LINK_ETHERNET), not_ip);
    check_cuts(&b, BUILD_LINK_ETHERNET);

    begin_link(BUILD_LINK_ETHERNET);
    build_vlan(&b, 0x8100, 7);
    build_snap(&b);
    build_vlan(&b, 0x8100, 8);
    add_udp6();
    assert_udp(BUILD_LINK_ETHERNET, 6);
    assert_vlan(0, 7);
    assert_vlan(1, 8);

    begin_link(BUILD_LINK_ETHERNET);
    build_snap(&b);
    build_type(&b, 100); /* a length inside SNAP is none */
    build_fill(&b, 60);
    build_end(&b);
    assert_verdict(read_link(BUILD_LINK_ETHERNET), not_ip);
}

static void test_llc(void)
{
    begin_link(BUILD_LINK_ETHERNET);
    build_llc(&b, 0x06, 0x06);
    add_udp4();
    assert_udp(BUILD_LINK_ETHERNET, 4);
    b.data[16] = 0xf3; /* TEST is no information */
    assert_verdict(read_link(BUILD_LINK_ETHERNET), not_ip);

    begin_link(BUILD_LINK_ETHERNET);
    build_llc(&b, 0x42, 0x42); /* spanning tree */
    build_fill(&b, 43);
    build_end(&b);
    assert_verdict(read_link(BUILD_LINK_ETHERNET), not_ip);
    check_cuts(&b, BUILD_LINK_ETHERNET);
}

/* What lies behind an 802.3 length is padding, also where the IP header has no length. */
static void test_llc_padding(void)
{
    begin_link(BUILD_LINK_ETHERNET);
    build_snap(&b);
    add_udp4();
    build_fill(&b, 20);
    assert_udp(BUILD_LINK_ETHERNET, 4);
    b.data[b.ip + 2] = 0;
    b.data[b.ip + 3] = 0;
    assert_udp(BUILD_LINK_ETHERNET, 4);

    begin_link(BUILD_LINK_ETHERNET);
    build_type(&b, 2);
    build_fill(&b, 46);
    assert_verdict(read_link(BUILD_LINK_ETHERNET), truncated_link);
}

/* Linux cooked: protocols below 0x0600 are Linux's own, and some devices have none at all. */
static void check_cooked(uint32_t link_type, uint32_t protocol_at, uint32_t device_at)
{
    static const uint16_t devices[] = {770, 801, 802, 803, 824};
    static const uint16_t with_type[] = {0, 512, 772, 778, 65534};
    static const uint16_t linux_own[] = {0x0000, 0x0001, 0x0003, 0x000c, 0x0064, 0x05ff, 0x0806};

    begin_link(link_type);
    build_type(&b, 0x0004);
    build_data(&b, "\xaa\xaa\x03\x00\x00\x00\x08\x00", 8);
    add_udp4();
    assert_udp(link_type, 4);

    begin_link(link_type);
    add_udp4();
    for (size_t i = 0; i < G_N_ELEMENTS(with_type); i++) {
        b.data[device_at] = (uint8_t)(with_type[i] >> 8);
        b.data[device_at + 1] = (uint8_t)with_type[i];
        assert_udp(link_type, 4);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(devices); i++) {
        b.data[device_at] = (uint8_t)(devices[i] >> 8);
        b.data[device_at + 1] = (uint8_t)devices[i];
        assert_verdict(read_link(link_type), not_ip);
        check_cuts(&b, link_type);
    }
    b.data[device_at] = 0;
    b.data[device_at + 1] = 1;
    for (size_t i = 0; i < G_N_ELEMENTS(linux_own); i++) {
        b.data[protocol_at] = (uint8_t)(linux_own[i] >> 8);
        b.data[protocol_at + 1] = (uint8_t)linux_own[i];
        assert_verdict(read_link(link_type), not_ip);
    }
}

static void test_cooked(void)
{
    check_cooked(BUILD_LINK_SLL, 14, 2);
    check_cooked(BUILD_LINK_SLL2, 0, 8);
}

static void test_loopback(void)
{
    static const uint8_t six[] = {10, 24, 28, 30};
    static const uint8_t others[] = {0, 1, 6, 7, 23, 29, 255};

    for (size_t i = 0; i < G_N_ELEMENTS(six); i++) {
        begin_link(BUILD_LINK_NULL);
        add_udp6();
        b.data[0] = six[i];
        assert_udp(BUILD_LINK_NULL, 6);
        assert_verdict(read_link(BUILD_LINK_LOOP), not_ip);
        begin_link(BUILD_LINK_LOOP);
        add_udp6();
        b.data[3] = six[i];
        assert_udp(BUILD_LINK_NULL, 6);
        assert_udp(BUILD_LINK_LOOP, 6);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        begin_link(BUILD_LINK_NULL);
        add_udp4();
        b.data[0] = others[i];
        assert_verdict(read_link(BUILD_LINK_NULL), not_ip);
        check_cuts(&b, BUILD_LINK_NULL);
    }
}

static void test_raw_nibble(void)
{
    static const uint32_t links[] = {12, 14, 101};

    for (size_t l = 0; l < G_N_ELEMENTS(links); l++)
        for (unsigned nibble = 0; nibble < 16; nibble++) {
            build_begin(&b);
            if (nibble == 6)
                add_udp6();
            else
                add_udp4();
            b.data[0] = (uint8_t)(nibble << 4 | 5);
            const enum flowscope_verdict verdict = read_link(links[l]);
            if (nibble == 4 || nibble == 6)
                assert_verdict(verdict, ok);
            else
                assert_verdict(verdict, not_ip);
            check_cuts(&b, links[l]);
        }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/link/every-type", test_every_type);
    g_test_add_func("/packet/link/unknown-type", test_unknown_type);
    g_test_add_func("/packet/link/vlan", test_vlan);
    g_test_add_func("/packet/link/depth", test_depth);
    g_test_add_func("/packet/link/not-ip", test_not_ip);
    g_test_add_func("/packet/link/snap", test_snap);
    g_test_add_func("/packet/link/llc", test_llc);
    g_test_add_func("/packet/link/llc-padding", test_llc_padding);
    g_test_add_func("/packet/link/cooked", test_cooked);
    g_test_add_func("/packet/link/loopback", test_loopback);
    g_test_add_func("/packet/link/raw-nibble", test_raw_nibble);
    return g_test_run();
}
