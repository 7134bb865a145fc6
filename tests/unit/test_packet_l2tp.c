/* SPDX-License-Identifier: BSD-2-Clause */
/* L2TP of both versions, over UDP and over IP. */
#include "support/packet_read.h"

static struct build b;

enum { LINK = BUILD_LINK_ETHERNET };

static void begin(bool udp)
{
    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    if (udp)
        build_udp(&b, 1701, 1701);
}

static void test_v2(void)
{
    static const uint16_t flags[] = {0, 0x4000, 0x0800, 0x0200, 0x4b00};

    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        begin(true);
        build_l2tpv2(&b, 0xffff, flags[i]);
        end_inner(&b, i % 2 ? 4 : 6);
        assert_inner(&b, LINK, 2, "l2tp:65535");
        b.data[42] |= 0x80; /* a control message */
        assert_no_inner(&b, LINK);
        b.data[42] ^= 0x90; /* reserved */
        assert_no_inner(&b, LINK);
    }
}

static void test_v2_length(void)
{
    begin(true);
    build_l2tpv2(&b, 9, 0x4000);
    end_inner(&b, 4);
    b.data[45]++;
    assert_no_inner(&b, LINK);
    b.data[45] -= 2;
    assert_no_inner(&b, LINK);
}

/* Neither the length of the cookie nor what the session carries is in the packet. */
static void test_v3(void)
{
    for (unsigned cookie = 0; cookie <= 12; cookie += 4)
        for (unsigned how = 0; how < 6; how++) {
            begin(how % 2 != 0);
            if (how % 2 != 0)
                build_l2tpv3_udp(&b);
            build_l2tpv3(&b, 0xfffffffe, cookie);
            if (how / 2 == 0)
                build_eth(&b);
            else if (how / 2 == 1)
                build_ppp(&b, true);
            end_inner(&b, cookie % 8 ? 4 : 6);
            assert_inner(&b, LINK, 2, "l2tp:4294967294");
        }
}

static void test_v3_neither(void)
{
    begin(false);
    build_l2tpv3(&b, 0, 0); /* control */
    build_eth(&b);
    end_inner(&b, 4);
    assert_no_inner(&b, LINK);
    begin(false);
    build_l2tpv3(&b, 7, 4);
    build_fill(&b, 80);
    build_end(&b);
    assert_no_inner(&b, LINK);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/l2tp/v2", test_v2);
    g_test_add_func("/packet/l2tp/v2-length", test_v2_length);
    g_test_add_func("/packet/l2tp/v3", test_v3);
    g_test_add_func("/packet/l2tp/v3-neither", test_v3_neither);
    return g_test_run();
}
