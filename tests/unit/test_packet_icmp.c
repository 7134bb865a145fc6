/* SPDX-License-Identifier: BSD-2-Clause */
/* ICMP as flows: pairs give one key in both directions, everything else one for each. */
#include "support/packet_read.h"

#include <string.h>

static struct build b;

enum { LINK = BUILD_LINK_RAW };

/* Written down again, apart from icmp.def: RFC 792, 950, 1256, 4443, 2710, 4861, 4620, 6275. */
static const struct expected_pair {
    uint8_t protocol, type, counterpart;
    bool identifier;
} expected[] = {
    {1, 8, 0, true},       {1, 0, 8, true},       {1, 13, 14, true},     {1, 14, 13, true},
    {1, 15, 16, true},     {1, 16, 15, true},     {1, 17, 18, true},     {1, 18, 17, true},
    {1, 10, 9, false},     {1, 9, 10, false},     {58, 128, 129, true},  {58, 129, 128, true},
    {58, 130, 131, false}, {58, 131, 130, false}, {58, 133, 134, false}, {58, 134, 133, false},
    {58, 135, 136, false}, {58, 136, 135, false}, {58, 139, 140, false}, {58, 140, 139, false},
    {58, 144, 145, false}, {58, 145, 144, false},
};

static const struct expected_pair *pair_of(unsigned protocol, unsigned type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
        if (expected[i].protocol == protocol && expected[i].type == type)
            return &expected[i];
    return NULL;
}

/* A message from the lower address (or, `back`, from the higher one). */
static struct fs_headers read_message(unsigned protocol, unsigned type, unsigned code, uint16_t id,
                                      bool back)
{
    struct fs_headers headers;

    build_begin(&b);
    if (protocol == 1) {
        build_ipv4(&b, back ? "192.0.2.9" : "192.0.2.1", back ? "192.0.2.1" : "192.0.2.9");
        build_icmp(&b, (uint8_t)type, (uint8_t)code, id, 1);
    } else {
        build_ipv6(&b, back ? "2001:db8::9" : "2001:db8::1", back ? "2001:db8::1" : "2001:db8::9");
        build_icmp6(&b, (uint8_t)type, (uint8_t)code, id, 1);
    }
    build_fill(&b, 24);
    build_end(&b);
    check_cuts(&b, LINK);
    assert_verdict(read_whole(&b, LINK, &headers), ok);
    g_assert_true(headers.has_ports);
    g_assert_false(headers.has_tcp);
    g_assert_false(headers.bad_l4);
    g_assert_cmpuint(headers.payload_bytes, ==, 24);
    return headers;
}

static bool equal(const struct fs_key *a, const struct fs_key *b_key)
{
    return memcmp(a, b_key, sizeof(*a)) == 0;
}

static void check_pair(const struct expected_pair *pair)
{
    const struct fs_headers there = read_message(pair->protocol, pair->type, 0, 77, false);
    const struct fs_headers back = read_message(pair->protocol, pair->counterpart, 0, 77, true);
    const struct fs_headers other_id = read_message(pair->protocol, pair->type, 0, 78, false);
    const struct fs_headers other_code = read_message(pair->protocol, pair->type, 3, 77, false);
    const struct fs_headers crossing = read_message(pair->protocol, pair->type, 0, 77, true);

    g_assert_true(equal(&there.key, &back.key));
    g_assert_false(there.swapped);
    g_assert_true(back.swapped);
    g_assert_cmpuint(there.key.port[0], ==, pair->type);
    g_assert_cmpuint(there.key.port[1], ==, pair->counterpart);
    g_assert_cmpuint(there.key.extra, ==, pair->identifier ? 77 : 0);
    g_assert_cmpint(equal(&there.key, &other_id.key), ==, !pair->identifier);
    g_assert_true(equal(&there.key, &other_code.key));
    g_assert_false(equal(&there.key, &crossing.key));
}

static void check_one_way(unsigned protocol, unsigned type)
{
    const struct fs_headers there = read_message(protocol, type, 2, 77, false);
    const struct fs_headers again = read_message(protocol, type, 2, 99, false);
    const struct fs_headers back = read_message(protocol, type, 2, 77, true);

    g_assert_true(equal(&there.key, &again.key));
    g_assert_false(equal(&there.key, &back.key));
    g_assert_cmpuint(there.key.kind, ==, (protocol == 1 ? 4 : 6) | FS_KEY_ONE_WAY);
    g_assert_cmpuint(there.key.port[0], ==, type);
    g_assert_cmpuint(there.key.port[1], ==, 2);
    g_assert_cmpuint(there.key.extra, ==, 0);
    g_assert_false(there.swapped);
    g_assert_false(back.swapped);
    g_assert_cmpuint(back.key.addr[0][protocol == 1 ? 3 : 15], ==, 9);
}

static void test_every_type(void)
{
    for (unsigned type = 0; type < 256; type++) {
        const struct expected_pair *pair4 = pair_of(1, type);
        const struct expected_pair *pair6 = pair_of(58, type);
        if (pair4)
            check_pair(pair4);
        else
            check_one_way(1, type);
        if (pair6)
            check_pair(pair6);
        else
            check_one_way(58, type);
    }
}

/* One address on both ends: the types still tell which is which. */
static void test_same_address(void)
{
    struct fs_headers request, reply;

    build_begin(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.1");
    build_icmp(&b, 8, 0, 5, 1);
    build_end(&b);
    assert_verdict(read_whole(&b, LINK, &request), ok);
    build_begin(&b);
    build_ipv4(&b, "192.0.2.1", "192.0.2.1");
    build_icmp(&b, 0, 0, 5, 1);
    build_end(&b);
    assert_verdict(read_whole(&b, LINK, &reply), ok);
    g_assert_true(equal(&request.key, &reply.key));
    g_assert_true(request.swapped);
    g_assert_false(reply.swapped);
}

/* What a message needs before it has a key. */
static void test_cut(void)
{
    struct fs_headers headers;

    read_message(1, 8, 0, 5, false);
    assert_verdict(read_cut(&b, LINK, 20 + 5, b.length, 8, &headers), truncated_ports);
    assert_verdict(read_cut(&b, LINK, 20 + 6, b.length, 8, &headers), ok);
    read_message(1, 10, 0, 5, false);
    assert_verdict(read_cut(&b, LINK, 20 + 1, b.length, 8, &headers), truncated_ports);
    assert_verdict(read_cut(&b, LINK, 20 + 2, b.length, 8, &headers), ok);
    read_message(1, 3, 0, 5, false);
    assert_verdict(read_cut(&b, LINK, 20 + 1, b.length, 8, &headers), truncated_ports);
    assert_verdict(read_cut(&b, LINK, 20 + 2, b.length, 8, &headers), ok);
}

static void test_bad(void)
{
    struct fs_headers headers;

    read_message(1, 3, 1, 0, false);
    b.data[3] = 27; /* the IP length ends inside the message's header */
    assert_verdict(read_whole(&b, LINK, &headers), ok);
    g_assert_true(headers.bad_l4);
    g_assert_cmpuint(headers.payload_bytes, ==, 0);
    b.data[3] = 21;
    assert_verdict(read_whole(&b, LINK, &headers), truncated_ports);
}

/* The protocol says whose types they are, not the version of IP. */
static void test_other_version(void)
{
    struct fs_headers headers;

    build_begin(&b);
    build_ipv6(&b, "2001:db8::1", "2001:db8::2");
    build_icmp(&b, 8, 0, 5, 1);
    build_end(&b);
    assert_verdict(read_whole(&b, LINK, &headers), ok);
    g_assert_cmpuint(headers.key.kind, ==, 6);
    g_assert_cmpuint(headers.key.extra, ==, 5);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/icmp/every-type", test_every_type);
    g_test_add_func("/packet/icmp/same-address", test_same_address);
    g_test_add_func("/packet/icmp/cut", test_cut);
    g_test_add_func("/packet/icmp/bad", test_bad);
    g_test_add_func("/packet/icmp/other-version", test_other_version);
    return g_test_run();
}
