/* SPDX-License-Identifier: BSD-2-Clause */
/* PPP: framings, compressed protocol field, PPPoE, Cisco HDLC. */
#include "support/packet_read.h"

static struct build b;

enum { LINK = BUILD_LINK_ETHERNET };

static const uint32_t serial[] = {BUILD_LINK_PPP, BUILD_LINK_PPP_HDLC};

static void test_framings(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(serial); i++) {
        for (unsigned how = 0; how < 4; how++) {
            build_begin(&b);
            build_ppp(&b, (how & 1) != 0);
            end_inner(&b, (how & 2) != 0 ? 6 : 4);
            assert_inner(&b, serial[i], 1, "");
        }
        build_begin(&b);
        build_cisco_hdlc(&b);
        end_inner(&b, 6);
        assert_inner(&b, serial[i], 1, "");
        b.data[0] = 0x8f;
        assert_inner(&b, serial[i], 1, "");
    }
}

static void test_short_protocol(void)
{
    build_begin(&b);
    build_ppp_short(&b, 0x21);
    end_inner(&b, 4);
    assert_inner(&b, BUILD_LINK_PPP, 1, "");
    build_begin(&b);
    build_data(&b, "\xff\x03\x57", 3);
    end_inner(&b, 6);
    assert_inner(&b, BUILD_LINK_PPP, 1, "");
}

static void test_pppoe(void)
{
    struct fs_frame frame;

    build_begin(&b);
    build_eth(&b);
    build_vlan(&b, 0x8100, 7);
    build_pppoe(&b, 0xffff);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 1, "vlan:7/pppoe:65535");
    b.data[18] = 0x12;
    assert_verdict(read_frame(&b, LINK, b.length, b.length, &read_defaults, &frame), not_ip);
    b.data[18] = 0x11;
    b.data[19] = 0xa7; /* discovery */
    assert_verdict(read_frame(&b, LINK, b.length, b.length, &read_defaults, &frame), not_ip);
    build_begin(&b);
    build_pppoe(&b, 1);
    end_inner(&b, 6);
    assert_inner(&b, BUILD_LINK_PPPOE, 1, "pppoe:1");
}

static void test_others(void)
{
    struct fs_frame frame;

    build_begin(&b);
    build_cisco_hdlc(&b);
    build_mpls(&b, 29, true);
    end_inner(&b, 4);
    assert_inner(&b, BUILD_LINK_CISCO_HDLC, 1, "mpls:29");
    build_begin(&b);
    build_ppp(&b, true);
    build_mpls(&b, 29, true);
    end_inner(&b, 4);
    assert_inner(&b, BUILD_LINK_PPP, 1, "mpls:29");
    b.data[2] = 0xc0; /* link control */
    b.data[3] = 0x21;
    assert_verdict(read_frame(&b, BUILD_LINK_PPP, b.length, b.length, &read_defaults, &frame),
                   not_ip);
    check_cuts(&b, BUILD_LINK_PPP);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/ppp/framings", test_framings);
    g_test_add_func("/packet/ppp/short-protocol", test_short_protocol);
    g_test_add_func("/packet/ppp/pppoe", test_pppoe);
    g_test_add_func("/packet/ppp/others", test_others);
    return g_test_run();
}
