/* SPDX-License-Identifier: BSD-2-Clause */
/* GRE: its optional fields, NVGRE, ERSPAN, PPTP, and what is none of them. */
#include "support/packet_read.h"

static struct build b;

enum { LINK = BUILD_LINK_ETHERNET };

static void begin(void)
{
    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
}

static void test_plain(void)
{
    for (unsigned flags = 0; flags < 4; flags++) {
        begin();
        build_gre(&b, (uint16_t)((flags & 1 ? 0x8000 : 0) | (flags & 2 ? 0x1000 : 0)), 0);
        end_inner(&b, 4);
        assert_inner(&b, LINK, 2, "gre");
    }
    begin();
    build_gre(&b, 0, 0);
    end_inner(&b, 6);
    assert_inner(&b, LINK, 2, "gre");
}

static void test_key(void)
{
    for (unsigned flags = 0; flags < 4; flags++) {
        begin();
        build_gre(&b, (uint16_t)(0x2000 | (flags & 1 ? 0x8000 : 0) | (flags & 2 ? 0x1000 : 0)),
                  0xfedcba98);
        end_inner(&b, 4);
        assert_inner(&b, LINK, 2, "gre:4275878552");
    }
}

static void test_ethernet(void)
{
    begin();
    build_gre(&b, 0, 0);
    build_eth(&b);
    build_vlan(&b, 0x8100, 9);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "gre/vlan:9");
    begin();
    build_gre(&b, 0x3000, 7); /* with a sequence number it is no NVGRE */
    build_eth(&b);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "gre:7");
}

static void test_nvgre(void)
{
    begin();
    build_gre(&b, 0x2000, 5 << 8 | 0xab); /* the flow identifier is no part of it */
    build_eth(&b);
    end_inner(&b, 6);
    assert_inner(&b, LINK, 2, "nvgre:5");
}

static void test_erspan(void)
{
    begin();
    build_gre(&b, 0, 0);
    build_erspan(&b, 1, 0);
    build_eth(&b);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "erspan:0");
    for (unsigned type = 2; type <= 3; type++) {
        begin();
        build_gre(&b, 0x1000, 0);
        build_erspan(&b, type, 0xfc00 | 1023); /* the session has ten bits */
        build_eth(&b);
        end_inner(&b, 4);
        assert_inner(&b, LINK, 2, "erspan:1023");
        b.data[14 + 20 + 8] ^= 0x80; /* another version */
        assert_no_inner(&b, LINK);
    }
}

static void test_erspan_iii(void)
{
    static const uint8_t subheader[8];

    begin();
    build_gre(&b, 0x1000, 0);
    build_erspan(&b, 3, 1);
    b.data[b.length - 1] |= 1;
    build_data(&b, subheader, sizeof(subheader));
    build_eth(&b);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "erspan:1");
    begin();
    build_gre(&b, 0x1000, 0);
    build_erspan(&b, 3, 1);
    b.data[b.length - 2] = 2 << 2; /* a frame of IP */
    end_inner(&b, 6);
    assert_inner(&b, LINK, 2, "erspan:1");
    b.data[14 + 20 + 8 + 10] = 3 << 2;
    assert_no_inner(&b, LINK);
}

static void test_pptp(void)
{
    begin();
    build_pptp(&b, 51);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "gre:51");
    b.data[14 + 20 + 4]++; /* more payload than there is */
    assert_no_inner(&b, LINK);
}

/* RFC 2637, 4.1: with a sequence number, and one that is acknowledged. */
static void test_pptp_numbers(void)
{
    static const uint8_t header[] = {0x30, 0x81, 0x88, 0x0b, 0, 62, 0, 51, 0, 0, 0, 1, 0, 0, 0, 2};

    begin();
    build_protocol(&b, 47);
    build_data(&b, header, sizeof(header));
    build_ppp(&b, true);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "gre:51");
    b.data[14 + 20] ^= 0x20; /* without a key there is no call */
    assert_no_inner(&b, LINK);
    b.data[14 + 20] ^= 0xa0;
    assert_no_inner(&b, LINK);
}

static void test_ppp(void)
{
    begin();
    build_gre(&b, 0x2000, 9);
    build_ppp(&b, true);
    end_inner(&b, 6);
    assert_inner(&b, LINK, 2, "gre:9");
}

static void test_mpls(void)
{
    begin();
    build_gre(&b, 0, 0);
    build_mpls(&b, 16, false);
    build_mpls(&b, 17, true);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "gre/mpls:16/mpls:17");
}

/* A router hands a packet to a cache: as it is, or behind four bytes of its own. */
static void test_wccp(void)
{
    static const uint8_t redirect[] = {0x80, 0, 51, 52};

    begin();
    build_gre(&b, 0, 0);
    build_type(&b, 0x883e);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "gre");
    begin();
    build_gre(&b, 0, 0);
    build_type(&b, 0x883e);
    build_data(&b, redirect, sizeof redirect);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "gre");
    begin();
    build_gre(&b, 0, 0);
    build_type(&b, 0x883e);
    build_data(&b, redirect, sizeof redirect);
    build_data(&b, redirect, sizeof redirect);
    end_inner(&b, 4);
    assert_no_inner(&b, LINK);
}

static void test_neither(void)
{
    static const uint16_t flags[] = {0x4000, 0x0800, 0x0002, 0x0007, 0x0001};

    for (size_t i = 0; i < G_N_ELEMENTS(flags); i++) {
        begin();
        build_gre(&b, flags[i], 0);
        end_inner(&b, 4);
        assert_no_inner(&b, LINK);
    }
    begin();
    build_gre(&b, 0, 0);
    build_type(&b, 0); /* keep-alive */
    end_inner(&b, 4);
    assert_no_inner(&b, LINK);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/gre/plain", test_plain);
    g_test_add_func("/packet/gre/key", test_key);
    g_test_add_func("/packet/gre/ethernet", test_ethernet);
    g_test_add_func("/packet/gre/nvgre", test_nvgre);
    g_test_add_func("/packet/gre/erspan", test_erspan);
    g_test_add_func("/packet/gre/erspan-iii", test_erspan_iii);
    g_test_add_func("/packet/gre/pptp", test_pptp);
    g_test_add_func("/packet/gre/pptp-numbers", test_pptp_numbers);
    g_test_add_func("/packet/gre/ppp", test_ppp);
    g_test_add_func("/packet/gre/mpls", test_mpls);
    g_test_add_func("/packet/gre/wccp", test_wccp);
    g_test_add_func("/packet/gre/neither", test_neither);
    return g_test_run();
}
