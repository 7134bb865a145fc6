/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of IP protocols: those that the contract names, and that each is one word of its own. */
#include "packet/protocol.h"

#include <glib.h>
#include <string.h>

static void test_contract(void)
{
    static const struct {
        uint8_t number;
        const char *name;
    } expected[] = {{1, "icmp"}, {6, "tcp"}, {17, "udp"},   {41, "ipv6"},    {47, "gre"},
                    {50, "esp"}, {51, "ah"}, {58, "icmp6"}, {89, "ospfigp"}, {132, "sctp"}};

    for (size_t i = 0; i < G_N_ELEMENTS(expected); i++)
        g_assert_cmpstr(fs_protocol_name(expected[i].number), ==, expected[i].name);
    g_assert_null(fs_protocol_name(61));
    g_assert_null(fs_protocol_name(200));
    g_assert_null(fs_protocol_name(253));
    g_assert_null(fs_protocol_name(255));
}

static void test_words(void)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (unsigned i = 0; i < 256; i++) {
        const char *name = fs_protocol_name((uint8_t)i);
        if (!name)
            continue;
        g_assert_true(g_hash_table_add(seen, (gpointer)name));
        g_assert_cmpuint(strlen(name), >, 0);
        for (const char *at = name; *at; at++)
            g_assert_true(g_ascii_isgraph(*at) && !g_ascii_isupper(*at) && *at != ',' &&
                          *at != '"');
    }
    g_assert_cmpuint(g_hash_table_size(seen), ==, 142);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/protocol/contract", test_contract);
    g_test_add_func("/packet/protocol/words", test_words);
    return g_test_run();
}
