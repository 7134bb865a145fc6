/* SPDX-License-Identifier: BSD-2-Clause */
/* One expression on packets of several link types; wrong ones have an error. */
#include "capture/bpf.h"
#include "support/build.h"

#include <glib.h>

static void build_dns(struct build *b, guint32 link_type)
{
    build_begin(b);
    switch (link_type) {
    case BUILD_LINK_ETHERNET:
        build_eth(b);
        break;
    case BUILD_LINK_SLL:
        build_sll(b);
        break;
    case BUILD_LINK_SLL2:
        build_sll2(b);
        break;
    case BUILD_LINK_NULL:
        build_null(b, G_BYTE_ORDER == G_BIG_ENDIAN);
        break;
    case BUILD_LINK_LOOP:
        build_null(b, true);
        break;
    }
    build_ipv4(b, "192.0.2.1", "192.0.2.53");
    build_udp(b, 40000, 53);
    build_data(b, "hello", 5);
    build_end(b);
}

static void test_link_types(void)
{
    static const guint32 link_types[] = {1, 101, 12, 14, 113, 276, 0, 108, 228, 1, 101};
    char error[256];
    struct build *b = g_new(struct build, 1);
    fs_bpf *dns = fs_bpf_create("udp port 53 and host 192.0.2.1", error, sizeof(error));
    fs_bpf *web = fs_bpf_create("tcp port 80", error, sizeof(error));

    g_assert_nonnull(dns);
    g_assert_nonnull(web);
    for (gsize i = 0; i < G_N_ELEMENTS(link_types); i++) {
        build_dns(b, link_types[i]);
        struct flowscope_packet packet = build_packet(b, link_types[i]);
        g_assert_true(fs_bpf_matches(dns, &packet));
        g_assert_false(fs_bpf_matches(web, &packet));
    }
    fs_bpf_destroy(dns);
    fs_bpf_destroy(web);
    g_free(b);
}

/* Lengths: what is tested is the wire's; bytes that were not captured match nothing. */
static void test_lengths(void)
{
    char error[256];
    struct build *b = g_new(struct build, 1);
    fs_bpf *large = fs_bpf_create("greater 1000", error, sizeof(error));
    fs_bpf *all = fs_bpf_create("", error, sizeof(error));
    fs_bpf *port = fs_bpf_create("port 53", error, sizeof(error));

    build_dns(b, BUILD_LINK_ETHERNET);
    struct flowscope_packet packet = build_packet(b, BUILD_LINK_ETHERNET);
    g_assert_false(fs_bpf_matches(large, &packet));
    packet.wire_bytes = 1000;
    g_assert_true(fs_bpf_matches(large, &packet));
    packet.captured_bytes = 20;
    g_assert_false(fs_bpf_matches(port, &packet));
    packet.captured_bytes = 0;
    packet.data = NULL;
    g_assert_true(fs_bpf_matches(all, &packet));
    packet.is_packet = false;
    g_assert_false(fs_bpf_matches(all, &packet));
    fs_bpf_destroy(large);
    fs_bpf_destroy(all);
    fs_bpf_destroy(port);
    g_free(b);
}

static void test_errors(void)
{
    char error[256] = "";
    struct flowscope_packet packet = {.is_packet = true, .link_type = 1};

    g_assert_null(fs_bpf_create("tcp prot 80", error, sizeof(error)));
    g_assert_cmpstr(error, !=, "");
    /* Right for some link type, though not for this one. */
    fs_bpf *wireless = fs_bpf_create("type data", error, sizeof(error));
    g_assert_nonnull(wireless);
    g_assert_false(fs_bpf_matches(wireless, &packet));
    fs_bpf_destroy(wireless);
    fs_bpf_destroy(NULL);
}

/* More link types in one capture than there is room for programs. */
static void test_many_link_types(void)
{
    char error[256];
    fs_bpf *bpf = fs_bpf_create("greater 0", error, sizeof(error));
    struct flowscope_packet packet = {
        .is_packet = true, .data = (const guint8 *)"", .wire_bytes = 9};

    g_assert_nonnull(bpf);
    for (guint i = 0; i < 300; i++) {
        packet.link_type = i % 100 == 0 ? 1 : i;
        bool matches = fs_bpf_matches(bpf, &packet);
        g_assert_true(matches || packet.link_type != 1);
    }
    fs_bpf_destroy(bpf);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/capture/bpf/link_types", test_link_types);
    g_test_add_func("/capture/bpf/lengths", test_lengths);
    g_test_add_func("/capture/bpf/errors", test_errors);
    g_test_add_func("/capture/bpf/many_link_types", test_many_link_types);
    return g_test_run();
}
