/* SPDX-License-Identifier: BSD-2-Clause */
/* IEEE 802.11 data frames, bare and behind radiotap and PPI. */
#include "support/packet_read.h"

static struct build b;

enum { LINK = BUILD_LINK_ETHERNET };

enum { WIFI = BUILD_LINK_WIFI };

static void begin(uint16_t control)
{
    build_begin(&b);
    build_wifi(&b, control);
}

static void test_data(void)
{
    static const uint16_t controls[] = {0x0008, 0x0108, 0x0208, 0x0308, 0x0088, 0x0388,
                                        0x8088, 0x8388, 0x8008, 0x0818, 0x1008};

    for (size_t i = 0; i < G_N_ELEMENTS(controls); i++) {
        begin(controls[i]);
        end_inner(&b, i % 2 ? 4 : 6);
        assert_inner(&b, WIFI, 1, "");
    }
    begin(0x0008);
    build_vlan(&b, 0x8100, 4);
    end_inner(&b, 4);
    assert_inner(&b, WIFI, 1, "vlan:4");
}

/* Management, control, extension, a newer version, no data, encrypted; a later fragment; an
 * aggregate. */
static void test_neither(void)
{
    static const uint16_t controls[] = {0x0080, 0x00b4, 0x000c, 0x0009, 0x0048, 0x00c8, 0x4008};
    struct fs_frame frame;

    for (size_t i = 0; i < G_N_ELEMENTS(controls); i++) {
        begin(controls[i]);
        end_inner(&b, 4);
        assert_verdict(read_frame(&b, WIFI, b.length, b.length, &read_defaults, &frame), not_ip);
        check_cuts(&b, WIFI);
    }
    begin(0x0008);
    end_inner(&b, 4);
    b.data[22] = 1;
    assert_verdict(read_frame(&b, WIFI, b.length, b.length, &read_defaults, &frame), not_ip);
    begin(0x0088);
    end_inner(&b, 4);
    b.data[24] = 0x80;
    assert_verdict(read_frame(&b, WIFI, b.length, b.length, &read_defaults, &frame), not_ip);
}

static void test_radiotap(void)
{
    struct fs_frame frame;

    build_begin(&b);
    build_radiotap(&b, 0);
    build_wifi(&b, 0x0108);
    end_inner(&b, 4);
    assert_inner(&b, BUILD_LINK_RADIOTAP, 1, "");
    b.data[0] = 1;
    assert_verdict(read_frame(&b, BUILD_LINK_RADIOTAP, b.length, b.length, &read_defaults, &frame),
                   not_ip);
    b.data[0] = 0;
    b.data[2] = 7;
    assert_verdict(read_frame(&b, BUILD_LINK_RADIOTAP, b.length, b.length, &read_defaults, &frame),
                   not_ip);
}

/* Radiotap that says nothing of the frame. */
static void test_radiotap_bare(void)
{
    static const uint8_t header[] = {0, 0, 8, 0, 0, 0, 0, 0};

    build_begin(&b);
    build_data(&b, header, sizeof(header));
    build_wifi(&b, 0x0208);
    end_inner(&b, 6);
    assert_inner(&b, BUILD_LINK_RADIOTAP, 1, "");
}

/* 26 bytes of header, padded to 28, and an FCS, which is no part of a packet without a length. */
static void test_radiotap_flags(void)
{
    struct fs_frame frame;
    static struct build padded;

    build_begin(&b);
    build_radiotap(&b, 0x20);
    build_wifi(&b, 0x0188);
    end_inner(&b, 4);
    build_begin(&padded);
    build_data(&padded, b.data, 26 + 26);
    build_data(&padded, "\0\0", 2);
    build_data(&padded, b.data + 52, b.length - 52);
    assert_inner(&padded, BUILD_LINK_RADIOTAP, 1, "");
    build_begin(&b);
    build_radiotap(&b, 0x10);
    build_wifi(&b, 0x0108);
    end_inner(&b, 4);
    b.data[b.ip + 2] = b.data[b.ip + 3] = 0;
    build_data(&b, "fcs.", 4);
    read_levels(&b, BUILD_LINK_RADIOTAP, &frame);
    g_assert_cmpuint(frame.level[0].bytes, ==, 58);
}

static void test_ppi(void)
{
    struct fs_frame frame;

    build_begin(&b);
    build_ppi(&b, BUILD_LINK_WIFI);
    build_wifi(&b, 0x0088);
    end_inner(&b, 6);
    assert_inner(&b, BUILD_LINK_PPI, 1, "");
    build_begin(&b);
    build_ppi(&b, BUILD_LINK_ETHERNET);
    build_eth(&b);
    end_inner(&b, 4);
    assert_inner(&b, BUILD_LINK_PPI, 1, "");
    build_begin(&b);
    build_ppi(&b, BUILD_LINK_PPI);
    end_inner(&b, 4);
    assert_verdict(read_frame(&b, BUILD_LINK_PPI, b.length, b.length, &read_defaults, &frame),
                   not_ip);
    check_cuts(&b, BUILD_LINK_PPI);
    build_begin(&b);
    build_ppi(&b, BUILD_LINK_ETHERNET);
    build_eth(&b);
    end_inner(&b, 4);
    b.data[0] = 1; /* another version */
    assert_verdict(read_frame(&b, BUILD_LINK_PPI, b.length, b.length, &read_defaults, &frame),
                   not_ip);
    b.data[0] = 0;
    b.data[2] = 7; /* shorter than itself */
    assert_verdict(read_frame(&b, BUILD_LINK_PPI, b.length, b.length, &read_defaults, &frame),
                   not_ip);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/wifi/data", test_data);
    g_test_add_func("/packet/wifi/neither", test_neither);
    g_test_add_func("/packet/wifi/radiotap", test_radiotap);
    g_test_add_func("/packet/wifi/radiotap-flags", test_radiotap_flags);
    g_test_add_func("/packet/wifi/radiotap-bare", test_radiotap_bare);
    g_test_add_func("/packet/wifi/ppi", test_ppi);
    return g_test_run();
}
