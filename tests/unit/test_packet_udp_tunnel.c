/* SPDX-License-Identifier: BSD-2-Clause */
/* VXLAN, VXLAN-GPE, Geneve, GTP-U, Teredo, and plain UDP that has their port. */
#include "support/packet_read.h"

static struct build b;

enum { LINK = BUILD_LINK_ETHERNET };

enum { PAYLOAD = 14 + 20 + 8 };

static void begin(uint16_t port)
{
    build_begin(&b);
    build_eth(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.2");
    build_udp(&b, 50000, port);
}

/* With each of these bits changed the header is none, and the packet plain UDP. */
static void assert_checked(unsigned at, uint8_t bits)
{
    for (unsigned bit = 0x80; bit != 0; bit >>= 1)
        if ((bits & bit) != 0) {
            b.data[PAYLOAD + at] ^= (uint8_t)bit;
            assert_no_inner(&b, LINK);
            b.data[PAYLOAD + at] ^= (uint8_t)bit;
        }
}

static void test_vxlan(void)
{
    begin(4789);
    build_vxlan(&b, 0xfffffe);
    build_eth(&b);
    end_inner(&b, 6);
    assert_inner(&b, LINK, 2, "vxlan:16777214");
    assert_checked(0, 0x7f);
    for (unsigned at = 1; at < 4; at++)
        assert_checked(at, 0xff);
    assert_checked(7, 0xff);
    b.data[PAYLOAD] |= 0x80; /* with a group */
    b.data[PAYLOAD + 3] = 9;
    assert_inner(&b, LINK, 2, "vxlan:16777214");
}

static void test_vxlan_gpe(void)
{
    begin(4790);
    build_vxlan_gpe(&b, 42);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "vxlan:42");
    assert_checked(0, 0xff);
    assert_checked(3, 0xfb);
    begin(4790);
    build_vxlan_gpe(&b, 42);
    end_inner(&b, 6);
    assert_inner(&b, LINK, 2, "vxlan:42");
    begin(4790);
    build_vxlan_gpe(&b, 42);
    build_eth(&b);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "vxlan:42");
    begin(4790);
    build_vxlan_gpe(&b, 42);
    build_mpls(&b, 3, true);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "vxlan:42/mpls:3");
    b.data[PAYLOAD + 3] = 4; /* a network service header, of which nothing is known here */
    assert_no_inner(&b, LINK);
    begin(4789); /* both ports read both headers */
    build_vxlan_gpe(&b, 42);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "vxlan:42");
}

static void test_geneve(void)
{
    begin(6081);
    build_geneve(&b, 42, 0);
    build_eth(&b);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "geneve:42");
    assert_checked(0, 0xff);
    assert_checked(1, 0xbf);
    assert_checked(7, 0xff);
    b.data[PAYLOAD + 1] |= 0x40; /* critical options */
    assert_inner(&b, LINK, 2, "geneve:42");
    begin(6081);
    build_geneve(&b, 0xffffff, 63);
    end_inner(&b, 6);
    assert_inner(&b, LINK, 2, "geneve:16777215");
}

static void test_gtpu(void)
{
    begin(2152);
    build_gtpu(&b, 2114696552, 0);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "gtpu:2114696552");
    assert_checked(0, 0xff);
    assert_checked(1, 0xff);
    for (uint8_t flags = 1; flags < 8; flags++) {
        begin(2152);
        build_gtpu(&b, UINT32_MAX, flags);
        if ((flags & 4) != 0) {
            build_gtpu_extension(&b, 0x85, 1);
            build_gtpu_extension(&b, 0xc0, 3);
        }
        end_inner(&b, 6);
        assert_inner(&b, LINK, 2, "gtpu:4294967295");
    }
}

static void test_gtpu_contradictions(void)
{
    begin(2152);
    build_gtpu(&b, 1, 4);
    build_gtpu_extension(&b, 0x85, 1);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "gtpu:1");
    b.data[PAYLOAD + 12] = 0; /* an extension header of no length */
    assert_no_inner(&b, LINK);
    b.data[PAYLOAD + 12] = 1;
    b.data[PAYLOAD + 3]++; /* longer than the datagram */
    assert_no_inner(&b, LINK);
    b.data[PAYLOAD + 3] -= 2; /* shorter than what it carries */
    assert_no_inner(&b, LINK);
}

static void test_teredo(void)
{
    begin(3544);
    end_inner(&b, 6);
    assert_inner(&b, LINK, 2, "teredo");
    begin(3544);
    end_inner(&b, 4);
    assert_no_inner(&b, LINK);
    for (unsigned how = 0; how < 4; how++) {
        begin(3544);
        if ((how & 1) != 0)
            build_teredo_authentication(&b, 3, 5);
        else
            build_teredo_authentication(&b, 0, 0);
        if ((how & 2) != 0)
            build_teredo_origin(&b);
        end_inner(&b, 6);
        assert_inner(&b, LINK, 2, "teredo");
    }
    begin(3544);
    build_teredo_origin(&b);
    end_inner(&b, 6);
    assert_inner(&b, LINK, 2, "teredo");
}

/* The inner packet must fit, unless the outer one was cut before it was captured. */
static void test_inner_length(void)
{
    struct fs_frame frame;

    begin(4789);
    build_vxlan(&b, 42);
    build_eth(&b);
    end_inner(&b, 4);
    b.data[b.ip + 3]++;
    assert_no_inner(&b, LINK);
    b.data[b.ip + 3]--;
    b.length -= 4;
    read_levels(&b, LINK, &frame);
    g_assert_cmpuint(frame.level_count, ==, 2);
    g_assert_cmpuint(frame.level[1].bytes, ==, 54);
}

/* The port counts at either end, and only where it is configured. */
static void test_ports(void)
{
    struct fs_packet_options options = read_defaults;
    struct fs_frame frame;

    build_begin(&b);
    build_eth(&b);
    build_ipv6(&b, "2001:db8::a", "2001:db8::b");
    build_udp(&b, 4789, 50000);
    build_vxlan(&b, 42);
    build_eth(&b);
    end_inner(&b, 4);
    assert_inner(&b, LINK, 2, "vxlan:42");
    options.vxlan_port = 0;
    assert_verdict(read_frame(&b, LINK, b.length, b.length, &options, &frame), ok);
    g_assert_cmpuint(frame.level_count, ==, 1);
    options.vxlan_port = 50000;
    assert_verdict(read_frame(&b, LINK, b.length, b.length, &options, &frame), ok);
    g_assert_cmpuint(frame.level_count, ==, 2);
    begin(0);
    build_vxlan(&b, 42);
    build_eth(&b);
    end_inner(&b, 4);
    options.gtpu_port = options.vxlan_port = 0;
    assert_verdict(read_frame(&b, LINK, b.length, b.length, &options, &frame), ok);
    g_assert_cmpuint(frame.level_count, ==, 1);
}

static void set_port(struct fs_packet_options *options, unsigned which, uint16_t port)
{
    uint16_t *const ports[] = {&options->vxlan_port,  &options->vxlan_gpe_port,
                               &options->geneve_port, &options->gtpu_port,
                               &options->l2tp_port,   &options->teredo_port};

    *ports[which] = port;
}

/* Each tunnel is found at the port that it was given, and no longer at its own. */
static void test_each_port(void)
{
    static const uint16_t usual[] = {4789, 4790, 6081, 2152, 1701, 3544};

    for (unsigned which = 0; which < G_N_ELEMENTS(usual); which++)
        for (unsigned moved = 0; moved < 2; moved++) {
            struct fs_packet_options options = read_defaults;
            struct fs_frame frame;

            begin(moved ? 7777 : usual[which]);
            if (which == 0)
                build_vxlan(&b, 42);
            else if (which == 1)
                build_vxlan_gpe(&b, 42);
            else if (which == 2)
                build_geneve(&b, 42, 0);
            else if (which == 3)
                build_gtpu(&b, 42, 0);
            else if (which == 4)
                build_l2tpv2(&b, 42, 0);
            if (which == 0 || which == 2)
                build_eth(&b);
            end_inner(&b, 6);
            assert_verdict(read_frame(&b, LINK, b.length, b.length, &options, &frame), ok);
            g_assert_cmpuint(frame.level_count, ==, moved ? 1 : 2);
            set_port(&options, which, 7777);
            assert_verdict(read_frame(&b, LINK, b.length, b.length, &options, &frame), ok);
            g_assert_cmpuint(frame.level_count, ==, moved ? 2 : 1);
        }
}

/* Bytes that count up, in datagrams of every length. */
static void test_plain_udp(void)
{
    static const uint16_t ports[] = {4789, 4790, 6081, 2152, 1701, 3544};

    for (size_t i = 0; i < G_N_ELEMENTS(ports); i++)
        for (uint32_t length = 0; length < 80; length += 7) {
            begin(ports[i]);
            build_fill(&b, length);
            build_end(&b);
            assert_no_inner(&b, LINK);
        }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/udp-tunnel/vxlan", test_vxlan);
    g_test_add_func("/packet/udp-tunnel/vxlan-gpe", test_vxlan_gpe);
    g_test_add_func("/packet/udp-tunnel/geneve", test_geneve);
    g_test_add_func("/packet/udp-tunnel/gtpu", test_gtpu);
    g_test_add_func("/packet/udp-tunnel/gtpu-contradictions", test_gtpu_contradictions);
    g_test_add_func("/packet/udp-tunnel/teredo", test_teredo);
    g_test_add_func("/packet/udp-tunnel/inner-length", test_inner_length);
    g_test_add_func("/packet/udp-tunnel/ports", test_ports);
    g_test_add_func("/packet/udp-tunnel/each-port", test_each_port);
    g_test_add_func("/packet/udp-tunnel/plain-udp", test_plain_udp);
    return g_test_run();
}
