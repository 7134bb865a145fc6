/* SPDX-License-Identifier: BSD-2-Clause */
/* What one look tells of frames that are not plain. That it agrees with the long way:
 * property/test_plain.c. */
#include "packet/near.h"
#include "support/packet_read.h"

static struct build b;

static enum fs_near look(uint32_t link_type, const struct fs_packet_options *options,
                         uint32_t *ip_at)
{
    const struct flowscope_packet packet = build_packet(&b, link_type);

    const enum fs_near near = fs_near_look(&packet, options, ip_at);
    return near == FS_NEAR_NONE ? fs_near_look_again(&packet, options, ip_at) : near;
}

static void end_udp(void)
{
    build_udp(&b, 5000, 53);
    build_fill(&b, 16);
    build_end(&b);
}

static void end_ipv4(void)
{
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    end_udp();
}

/* Ends the frame with UDP over IPv4, which is found at `expected`; FS_NO_IP: not by a look. */
static void assert_plain_at(uint32_t link_type, uint32_t expected)
{
    uint32_t ip_at;

    end_ipv4();
    const enum fs_near near = look(link_type, &read_defaults, &ip_at);
    g_assert_cmpint(near, ==, expected == FS_NO_IP ? FS_NEAR_NONE : FS_NEAR_PLAIN);
    if (near == FS_NEAR_PLAIN)
        g_assert_cmpuint(ip_at, ==, expected);
}

static void test_links(void)
{
    const uint32_t raw[] = {12, 14, BUILD_LINK_RAW, BUILD_LINK_IPV4};

    for (size_t i = 0; i < G_N_ELEMENTS(raw); i++) {
        build_begin(&b);
        assert_plain_at(raw[i], 0);
    }
    for (unsigned big_endian = 0; big_endian < 2; big_endian++) {
        build_begin(&b);
        build_null(&b, big_endian);
        assert_plain_at(BUILD_LINK_NULL, 4);
        build_begin(&b);
        build_null(&b, big_endian);
        assert_plain_at(BUILD_LINK_LOOP, big_endian ? 4 : FS_NO_IP);
    }
    for (unsigned framed = 0; framed < 2; framed++) {
        build_begin(&b);
        build_ppp(&b, framed);
        assert_plain_at(BUILD_LINK_PPP, framed ? 4 : FS_NO_IP);
        build_begin(&b);
        build_ppp(&b, framed);
        assert_plain_at(BUILD_LINK_PPP_HDLC, framed ? 4 : FS_NO_IP);
    }
    build_begin(&b);
    build_cisco_hdlc(&b);
    assert_plain_at(BUILD_LINK_CISCO_HDLC, 4);
    build_begin(&b);
    assert_plain_at(BUILD_LINK_IPV6, FS_NO_IP);
    build_begin(&b);
    assert_plain_at(9999, FS_NO_IP);
}

/* What a cooked header's protocol means depends on the device. */
static void test_devices(void)
{
    const uint16_t without[] = {770, 801, 802, 803, 824}, with[] = {1, 512, 769, 771, 772, 800};

    for (unsigned second = 0; second < 2; second++)
        for (size_t i = 0; i < G_N_ELEMENTS(without) + G_N_ELEMENTS(with); i++) {
            const bool has = i >= G_N_ELEMENTS(without);
            const uint16_t device = has ? with[i - G_N_ELEMENTS(without)] : without[i];
            const unsigned at = second ? 8 : 2;

            build_begin(&b);
            if (second)
                build_sll2(&b);
            else
                build_sll(&b);
            b.data[at] = (uint8_t)(device >> 8);
            b.data[at + 1] = (uint8_t)device;
            assert_plain_at(second ? BUILD_LINK_SLL2 : BUILD_LINK_SLL, !has     ? FS_NO_IP
                                                                       : second ? 20
                                                                                : 16);
        }
}

static void begin_tags(unsigned tags)
{
    build_begin(&b);
    build_eth(&b);
    for (unsigned i = 0; i < tags; i++)
        build_vlan(&b, i ? 0x8100 : 0x88a8, (uint16_t)(5 + i));
}

static void test_tags(void)
{
    for (unsigned tags = 1; tags <= 3; tags++) {
        begin_tags(tags);
        assert_plain_at(BUILD_LINK_ETHERNET, tags < 3 ? 14 + tags * 4 : FS_NO_IP);
    }
}

static void test_labels(void)
{
    const struct {
        uint32_t label;
        unsigned count;
        bool found;
    } stacks[] = {{16, 1, true}, {1048575, 1, true}, {16, 2, false},
                  {0, 1, false}, {13, 1, false},     {14, 1, false}};

    for (size_t i = 0; i < G_N_ELEMENTS(stacks); i++) {
        build_begin(&b);
        build_eth(&b);
        for (unsigned n = 1; n <= stacks[i].count; n++)
            build_mpls(&b, stacks[i].label, n == stacks[i].count);
        assert_plain_at(BUILD_LINK_ETHERNET, stacks[i].found ? 18 : FS_NO_IP);
    }
}

static void test_wifi(void)
{
    const struct {
        uint16_t control;
        uint32_t ip_at;
    } kinds[] = {
        {0x0008, 32},       {0x0108, 32},       {0x0208, 32},       {0x0188, 34},
        {0x0288, 34},       {0x0308, FS_NO_IP}, {0x4108, FS_NO_IP}, {0x8188, FS_NO_IP},
        {0x0148, FS_NO_IP}, {0x0100, FS_NO_IP},
    };
    uint32_t ip_at, trailer;

    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        build_begin(&b);
        build_wifi(&b, kinds[i].control);
        assert_plain_at(BUILD_LINK_WIFI, kinds[i].ip_at);
        for (unsigned kind = 0; kind < 4; kind++) { /* PPI, radiotap: no flag, FCS, padded */
            static const uint8_t flags[] = {0, 0, 0x10, 0x20};
            build_begin(&b);
            if (kind)
                build_radiotap(&b, flags[kind]);
            else
                build_ppi(&b, BUILD_LINK_WIFI);
            const uint32_t ahead = b.length;
            build_wifi(&b, kinds[i].control);
            end_ipv4();
            const uint32_t link_type = kind ? BUILD_LINK_RADIOTAP : BUILD_LINK_PPI;
            const struct fs_cursor bytes = fs_cursor_over(b.data, b.length);
            g_assert_cmpint(look(link_type, &read_defaults, &ip_at), ==, FS_NEAR_AHEAD);
            const bool found = fs_near_ahead(&bytes, link_type, &ip_at, &trailer);
            g_assert_cmpint(found, ==, kinds[i].ip_at != FS_NO_IP && kind != 3);
            if (found) {
                g_assert_cmpuint(ip_at, ==, ahead + kinds[i].ip_at);
                g_assert_cmpuint(trailer, ==, kind == 2 ? 4 : 0);
            }
        }
    }
    build_begin(&b);
    build_ppi(&b, BUILD_LINK_ETHERNET);
    build_eth(&b);
    end_ipv4();
    const struct fs_cursor bytes = fs_cursor_over(b.data, b.length);
    g_assert_false(fs_near_ahead(&bytes, BUILD_LINK_PPI, &ip_at, &trailer));
    /* Later fragments, and several packets in one frame. */
    build_begin(&b);
    build_wifi(&b, 0x0188);
    b.data[22] |= 1;
    assert_plain_at(BUILD_LINK_WIFI, FS_NO_IP);
    build_begin(&b);
    build_wifi(&b, 0x0188);
    b.data[24] |= 0x80;
    assert_plain_at(BUILD_LINK_WIFI, FS_NO_IP);
}

static void test_sessions(void)
{
    uint32_t ip_at;

    for (unsigned ethernet = 0; ethernet < 2; ethernet++)
        for (unsigned kind = 0; kind < 4; kind++) { /* sound, version, code, IPv6 */
            const uint32_t at = ethernet ? 14 : 0;

            build_begin(&b);
            if (ethernet)
                build_eth(&b);
            build_pppoe(&b, 9);
            if (kind == 3)
                build_ipv6(&b, "2001:db8::1", "2001:db8::2");
            else
                build_ipv4(&b, "192.0.2.1", "192.0.2.2");
            end_udp();
            if (kind == 1 || kind == 2)
                b.data[at + kind - 1] = 0x12;
            g_assert_cmpint(
                look(ethernet ? BUILD_LINK_ETHERNET : BUILD_LINK_PPPOE, &read_defaults, &ip_at), ==,
                kind ? FS_NEAR_NONE : FS_NEAR_SESSION);
            if (!kind)
                g_assert_cmpuint(ip_at, ==, at + FS_NEAR_PPPOE);
        }
}

static void test_i_tag(void)
{
    build_begin(&b);
    build_eth(&b);
    build_i_tag(&b, 3);
    assert_plain_at(BUILD_LINK_ETHERNET, 32);
    build_begin(&b);
    build_eth(&b);
    build_i_tag(&b, 3);
    build_vlan(&b, 0x8100, 3);
    assert_plain_at(BUILD_LINK_ETHERNET, FS_NO_IP);
}

/* Where layers tell flows apart, or are too many, nothing is passed over. */
static void test_options(void)
{
    struct fs_packet_options options;
    uint32_t ip_at;

    for (unsigned layers = 0; layers <= 3; layers++) {
        begin_tags(layers < 3 ? layers : 0);
        if (layers == 3)
            build_mpls(&b, 77, true);
        end_ipv4();
        const enum fs_near free = layers ? FS_NEAR_PLAIN : FS_NEAR_CARRIER;
        for (int identity = 0; identity < 3; identity++) {
            options = read_defaults;
            options.identity = (enum flowscope_identity)identity;
            g_assert_cmpint(look(BUILD_LINK_ETHERNET, &options, &ip_at), ==,
                            identity == FLOWSCOPE_IDENTITY_STRICT && layers ? FS_NEAR_NONE : free);
        }
        options = read_defaults;
        options.tunnel_depth = layers < 3 ? layers : 1;
        g_assert_cmpint(look(BUILD_LINK_ETHERNET, &options, &ip_at), ==, free);
        if (layers) {
            options.tunnel_depth--;
            g_assert_cmpint(look(BUILD_LINK_ETHERNET, &options, &ip_at), ==, FS_NEAR_NONE);
        }
        options = read_defaults;
        options.long_way_alone = true;
        g_assert_cmpint(look(BUILD_LINK_ETHERNET, &options, &ip_at), ==, FS_NEAR_NONE);
    }
}

/* Ethernet with IP right behind it. */
static void test_ethernet(void)
{
    static const struct {
        uint8_t version, options, next;
        bool is_part;
        enum fs_near near;
    } kinds[] = {
        {4, 0, 0, false, FS_NEAR_CARRIER}, {4, 2, 0, false, FS_NEAR_IPV4},
        {4, 0, 51, false, FS_NEAR_AH},     {4, 0, 0, true, FS_NEAR_PART},
        {6, 0, 0, false, FS_NEAR_IPV6},    {6, 0, 47, false, FS_NEAR_OTHER},
        {6, 0, 115, false, FS_NEAR_OTHER}, {6, 0, 0, true, FS_NEAR_PART},
        {4, 0, 255, false, FS_NEAR_IPV4},  {4, 0, 41, false, FS_NEAR_CARRIER},
    };
    uint32_t ip_at;

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
        g_assert_cmpint(look(BUILD_LINK_ETHERNET, &read_defaults, &ip_at), ==, kinds[i].near);
        g_assert_cmpuint(ip_at, ==, 14);
    }
}

/* Cut anywhere: it reads no byte that is not there, and says plain only where the least is. */
static void test_cuts(void)
{
    for (unsigned kind = 0; kind < 3; kind++) {
        const uint32_t link_type = kind ? BUILD_LINK_ETHERNET : BUILD_LINK_SLL2;

        build_begin(&b);
        if (kind)
            build_eth(&b);
        else
            build_sll2(&b);
        if (kind == 1)
            build_vlan(&b, 0x8100, 5);
        if (kind == 2)
            build_mpls(&b, 99, true);
        end_ipv4();
        for (uint32_t captured = 0; captured <= b.length; captured++) {
            struct flowscope_packet packet = build_packet(&b, link_type);
            uint8_t *bytes = g_memdup2(b.data, captured);
            uint32_t ip_at;

            packet.data = bytes;
            packet.captured_bytes = captured;
            const enum fs_near near = fs_near_look(&packet, &read_defaults, &ip_at);
            if (near == FS_NEAR_PLAIN)
                g_assert_cmpuint(captured, >=, ip_at + FS_NEAR_LEAST);
            else
                g_assert_cmpuint(captured, <, 50);
            g_free(bytes);
        }
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/near/links", test_links);
    g_test_add_func("/packet/near/devices", test_devices);
    g_test_add_func("/packet/near/tags", test_tags);
    g_test_add_func("/packet/near/labels", test_labels);
    g_test_add_func("/packet/near/wifi", test_wifi);
    g_test_add_func("/packet/near/sessions", test_sessions);
    g_test_add_func("/packet/near/i-tag", test_i_tag);
    g_test_add_func("/packet/near/options", test_options);
    g_test_add_func("/packet/near/ethernet", test_ethernet);
    g_test_add_func("/packet/near/cuts", test_cuts);
    return g_test_run();
}
