/* SPDX-License-Identifier: BSD-2-Clause */
/* What one look tells of frames that are not plain. */
#include "packet/near.h"
#include "support/packet_read.h"

static struct build b;

static enum fs_near look(uint32_t link_type, const struct fs_packet_options *options)
{
    const struct flowscope_packet packet = build_packet(&b, link_type);

    return fs_near_look(&packet, options);
}

static void end_udp(void)
{
    build_udp(&b, 5000, 53);
    build_fill(&b, 16);
    build_end(&b);
}

/* Ethernet with IP right behind it. */
static void test_ethernet(void)
{
    static const struct {
        uint8_t version, options, next;
        bool is_part;
        enum fs_near near;
    } kinds[] = {
        {4, 0, 0, false, FS_NEAR_OTHER},   {4, 2, 0, false, FS_NEAR_IPV4},
        {4, 0, 51, false, FS_NEAR_OTHER},  {4, 0, 0, true, FS_NEAR_ALL},
        {6, 0, 0, false, FS_NEAR_IPV6},    {6, 0, 47, false, FS_NEAR_OTHER},
        {6, 0, 115, false, FS_NEAR_OTHER}, {6, 0, 0, true, FS_NEAR_ALL},
        {4, 0, 255, false, FS_NEAR_IPV4},  {4, 0, 41, false, FS_NEAR_OTHER},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        build_begin(&b);
        build_eth(&b);
        if (kinds[i].version == 4) {
            build_ipv4(&b, "192.0.2.1", "192.0.2.2");
            build_ipv4_options(&b, kinds[i].options);
            if (kinds[i].is_part)
                build_ipv4_fragment(&b, 0, true);
        } else {
            build_ipv6(&b, "2001:db8::1", "2001:db8::2");
            if (kinds[i].is_part)
                build_ipv6_fragment(&b, 0, true);
        }
        if (kinds[i].next) {
            build_protocol(&b, kinds[i].next);
            build_fill(&b, 24);
            build_end(&b);
        } else {
            end_udp();
        }
        g_assert_cmpint(look(BUILD_LINK_ETHERNET, &read_defaults), ==, kinds[i].near);
    }
}

/* What is no packet, and where the long way alone is asked for. */
static void test_all(void)
{
    struct fs_packet_options options = read_defaults;

    build_begin(&b);
    build_eth(&b);
    build_vlan(&b, 0x8100, 5);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    end_udp();
    struct flowscope_packet packet = build_packet(&b, BUILD_LINK_ETHERNET);
    g_assert_cmpint(fs_near_look(&packet, &options), ==, FS_NEAR_SHAPE);
    packet.is_packet = 0;
    g_assert_cmpint(fs_near_look(&packet, &options), ==, FS_NEAR_ALL);
    g_assert_cmpint(look(BUILD_LINK_SLL, &options), ==, FS_NEAR_SHAPE);
    options.long_way_alone = true;
    g_assert_cmpint(look(BUILD_LINK_SLL, &options), ==, FS_NEAR_ALL);
    b.data[12] = 0x08; /* ARP */
    b.data[13] = 0x06;
    g_assert_cmpint(look(BUILD_LINK_ETHERNET, &read_defaults), ==, FS_NEAR_ALL);
}

/* Cut anywhere: it reads no byte that is not there. */
static void test_cuts(void)
{
    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_ipv4_options(&b, 2);
    end_udp();
    for (uint32_t captured = 0; captured <= b.length; captured++) {
        struct flowscope_packet packet = build_packet(&b, BUILD_LINK_ETHERNET);
        uint8_t *bytes = g_memdup2(b.data, captured);

        packet.data = bytes;
        packet.captured_bytes = captured;
        g_assert_cmpint(fs_near_look(&packet, &read_defaults), ==,
                        captured < 24 ? FS_NEAR_SHAPE : FS_NEAR_IPV4);
        g_free(bytes);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/near/ethernet", test_ethernet);
    g_test_add_func("/packet/near/all", test_all);
    g_test_add_func("/packet/near/cuts", test_cuts);
    return g_test_run();
}
