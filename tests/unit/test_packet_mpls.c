/* SPDX-License-Identifier: BSD-2-Clause */
/* MPLS label stacks: IP, and Ethernet with and without control word. */
#include "support/packet_read.h"

static struct build b;

enum { LINK = BUILD_LINK_ETHERNET };

static void begin(unsigned labels)
{
    build_begin(&b);
    build_eth(&b);
    for (unsigned i = 1; i <= labels; i++)
        build_mpls(&b, i == 1 ? 0xfffff : i, i == labels);
}

static void test_ip(void)
{
    begin(1);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 1, "mpls:1048575");
    begin(3);
    end_inner(&b, 6);
    assert_inner(&b, LINK, 1, "mpls:1048575/mpls:2/mpls:3");
}

static void test_pseudowire(void)
{
    for (unsigned address = 0; address < 256; address += 15) {
        begin(2);
        build_control_word(&b);
        build_eth_between(&b, 1, 2);
        b.data[14 + 8 + 4] = (uint8_t)address;
        end_inner(&b, 4);
        assert_inner(&b, LINK, 1, "mpls:1048575/mpls:2");
        begin(1);
        build_eth_between(&b, 1, 2);
        b.data[14 + 4] = (uint8_t)address;
        build_vlan(&b, 0x8100, 7);
        end_inner(&b, 6);
        assert_inner(&b, LINK, 1, "mpls:1048575/vlan:7");
    }
}

/* Addresses of which an IP header would have the version, and lengths that fit. */
static void test_pseudowire_like_ip(void)
{
    static const uint8_t addresses[][6] = {{0x60, 0x02, 0xb3, 0x10, 0x00, 0x04},
                                           {0x6e, 0x00, 0x00, 0x00, 0x00, 0x12},
                                           {0x46, 0x00, 0x00, 0x20, 0x11, 0x22},
                                           {0x4c, 0x11, 0x00, 0x00, 0x00, 0x01}};

    for (size_t i = 0; i < G_N_ELEMENTS(addresses); i++)
        for (unsigned version = 4; version <= 6; version += 2) {
            begin(2);
            build_eth_between(&b, 1, 2);
            memcpy(b.data + 14 + 8, addresses[i], 6);
            if (i % 2)
                build_vlan(&b, 0x8100, 7);
            end_inner(&b, version);
            assert_inner(&b, LINK, 1, i % 2 ? "mpls:1048575/mpls:2/vlan:7" : "mpls:1048575/mpls:2");
        }
}

/* What an Ethernet frame in a pseudowire may carry besides IP. */
static void test_pseudowire_of_each(void)
{
    static const char *const tunnels[] = {"vlan:7/vlan:8", "pppoe:9", "mpls:5", "", "vlan:7", ""};

    for (unsigned word = 0; word < 2; word++)
        for (unsigned how = 0; how < G_N_ELEMENTS(tunnels); how++) {
            char *tunnel =
                g_strconcat("mpls:1048575", *tunnels[how] ? "/" : "", tunnels[how], NULL);

            begin(1);
            if (word)
                build_control_word(&b);
            build_eth_between(&b, 1, 2);
            if (how == 0) {
                build_vlan(&b, 0x88a8, 7);
                build_vlan(&b, 0x8100, 8);
            } else if (how == 1) {
                build_pppoe(&b, 9);
            } else if (how == 2) {
                build_mpls(&b, 5, true);
            } else if (how == 3) {
                build_i_tag(&b, 77);
            } else if (how == 4) {
                build_vlan(&b, 0x9100, 7);
            } else {
                build_snap(&b);
            }
            end_inner(&b, 6);
            assert_inner(&b, LINK, 1, tunnel);
            g_free(tunnel);
        }
}

static void test_in_ip(void)
{
    build_begin(&b);
    build_eth(&b);
    build_ipv6(&b, "2001:db8::a", "2001:db8::b");
    build_mpls(&b, 5, true);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "mpls:5");
}

static void test_neither(void)
{
    struct fs_frame frame;

    for (unsigned nibble = 0; nibble < 16; nibble++) {
        begin(1);
        build_fill(&b, 60);
        b.data[18] = (uint8_t)(nibble << 4);
        const enum flowscope_verdict verdict =
            read_frame(&b, LINK, b.length, b.length, &read_defaults, &frame);
        if (nibble == 4)
            assert_verdict(verdict, bad_ip);
        else if (nibble != 6) /* an IPv6 header can hardly contradict itself */
            assert_verdict(verdict, not_ip);
        check_cuts(&b, LINK);
    }
    for (uint32_t label = 13; label <= 14; label++) { /* maintenance */
        begin(0);
        build_mpls(&b, label, true);
        end_inner(&b, 4);
        assert_verdict(read_frame(&b, LINK, b.length, b.length, &read_defaults, &frame), not_ip);
        check_cuts(&b, LINK);
    }
    begin(8);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 1, "mpls:1048575/mpls:2/mpls:3/mpls:4/mpls:5/mpls:6/mpls:7/mpls:8");
    begin(9);
    end_inner(&b, 4);
    assert_verdict(read_frame(&b, LINK, b.length, b.length, &read_defaults, &frame), tunnel_depth);
    check_cuts(&b, LINK);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/mpls/ip", test_ip);
    g_test_add_func("/packet/mpls/pseudowire", test_pseudowire);
    g_test_add_func("/packet/mpls/pseudowire-like-ip", test_pseudowire_like_ip);
    g_test_add_func("/packet/mpls/pseudowire-of-each", test_pseudowire_of_each);
    g_test_add_func("/packet/mpls/in-ip", test_in_ip);
    g_test_add_func("/packet/mpls/neither", test_neither);
    return g_test_run();
}
