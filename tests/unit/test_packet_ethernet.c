/* SPDX-License-Identifier: BSD-2-Clause */
/* Backbone service tags; the rest of Ethernet is tested in test_packet_link.c. */
#include "support/packet_read.h"

static struct build b;

enum { LINK = BUILD_LINK_ETHERNET };

static void test_i_tag(void)
{
    struct fs_frame frame;

    build_begin(&b);
    build_eth(&b);
    build_vlan(&b, 0x88a8, 100);
    build_i_tag(&b, 0x10203);
    build_vlan(&b, 0x8100, 7);
    end_inner(&b, 6);
    assert_inner(&b, LINK, 1, "vlan:100/vlan:7");
    build_begin(&b);
    build_eth(&b);
    build_i_tag(&b, 1);
    build_i_tag(&b, 2);
    end_inner(&b, 4);
    assert_verdict(read_frame(&b, LINK, b.length, b.length, &read_defaults, &frame), not_ip);
    check_cuts(&b, LINK);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/ethernet/i-tag", test_i_tag);
    return g_test_run();
}
