/* SPDX-License-Identifier: BSD-2-Clause */
/* What the statistics say of copies, to the byte. */
#include "export/stats_duplicates.h"

#include <glib.h>
#include <stdlib.h>

static struct flowscope_duplicates some_copies(void)
{
    struct flowscope_duplicates copies = {.seen = 9, .copies = 5, .pair_count = 2};

    copies.kinds[FLOWSCOPE_DUP_exact] = (struct flowscope_delays){
        .packets = 3, .delays = 2, .min_ns = 1000, .max_ns = 2001, .sum_ns = 3001};
    copies.kinds[FLOWSCOPE_DUP_vlan] =
        (struct flowscope_delays){.packets = 2, .delays = 2, .max_ns = 4, .sum_ns = 4};
    copies.pairs[0].delays = copies.kinds[FLOWSCOPE_DUP_exact];
    copies.pairs[1].from.interface = 4294967295;
    copies.pairs[1].to.interface = 4294967294;
    copies.pairs[1].delays =
        (struct flowscope_delays){.packets = 2}; /* all before their first frame */
    return copies;
}

static void expect(enum fs_format format, const struct flowscope_duplicates *copies,
                   const char *expected)
{
    struct fs_text text;
    char *written;
    size_t length;
    FILE *out = open_memstream(&written, &length);

    fs_text_start(&text, out);
    fs_stats_duplicates(&text, format, copies);
    fs_text_flush(&text);
    fclose(out);
    g_assert_cmpstr(written, ==, expected);
    free(written);
}

static void test_table(void)
{
    const struct flowscope_duplicates copies = some_copies();

    expect(FS_FORMAT_TABLE, &copies,
           "\n[duplicates]\n"
           "kind     packets   min_delay  mean_delay   max_delay\n"
           "exact          3 0.000001000 0.000001500 0.000002001\n"
           "routed         0           -           -           -\n"
           "vlan           2 0.000000000 0.000000002 0.000000004\n"
           "tunneled       0           -           -           -\n"
           "\n[duplicate_pairs]\n"
           "interfaces             packets   min_delay  mean_delay   max_delay\n"
           "0->0                         3 0.000001000 0.000001500 0.000002001\n"
           "4294967295->4294967294       2           -           -           -\n");
}

/* By name, by number of a section, and by what a cooked header says. */
static void test_places(void)
{
    struct flowscope_duplicates copies = {.seen = 2, .copies = 1, .pair_count = 2};

    copies.pairs[0].from = (struct flowscope_dup_place){.name = "eth0"};
    copies.pairs[0].to = (struct flowscope_dup_place){.section = 2, .interface = 1};
    copies.pairs[0].delays.packets = 1;
    copies.pairs[1].from = (struct flowscope_dup_place){.name = "any", .index = 3};
    copies.pairs[1].to = (struct flowscope_dup_place){.index = 4};
    expect(FS_FORMAT_TABLE, &copies,
           "\n[duplicates]\n"
           "kind     packets min_delay mean_delay max_delay\n"
           "exact          0         -          -         -\n"
           "routed         0         -          -         -\n"
           "vlan           0         -          -         -\n"
           "tunneled       0         -          -         -\n"
           "\n[duplicate_pairs]\n"
           "interfaces packets min_delay mean_delay max_delay\n"
           "eth0->2/1        1         -          -         -\n"
           "any%3->0%4       0         -          -         -\n");
}

#define LINE(section, name, value)                                                                 \
    "{\"section\":\"" section "\",\"name\":\"" name "\",\"value\":" value "}\n"

static void test_ndjson(void)
{
    const struct flowscope_duplicates copies = some_copies();

    expect(
        FS_FORMAT_NDJSON, &copies,
        LINE("duplicates", "exact", "3") LINE("duplicates", "exact.min_delay", "0.000001000")
            LINE("duplicates", "exact.mean_delay", "0.000001500") LINE(
                "duplicates", "exact.max_delay", "0.000002001") LINE("duplicates", "routed", "0")
                LINE("duplicates", "vlan", "2") LINE("duplicates", "vlan.min_delay", "0.000000000")
                    LINE("duplicates", "vlan.mean_delay", "0.000000002")
                        LINE("duplicates", "vlan.max_delay", "0.000000004")
                            LINE("duplicates", "tunneled", "0") LINE("duplicate_pairs", "0->0", "3")
                                LINE("duplicate_pairs", "0->0.min_delay", "0.000001000")
                                    LINE("duplicate_pairs", "0->0.mean_delay", "0.000001500")
                                        LINE("duplicate_pairs", "0->0.max_delay", "0.000002001")
                                            LINE("duplicate_pairs", "4294967295->4294967294", "2"));
}

static void test_none(void)
{
    const struct flowscope_duplicates none = {.seen = 9};

    expect(FS_FORMAT_TABLE, &none, "");
    expect(FS_FORMAT_NDJSON, &none, "");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/export/stats-duplicates/table", test_table);
    g_test_add_func("/export/stats-duplicates/places", test_places);
    g_test_add_func("/export/stats-duplicates/ndjson", test_ndjson);
    g_test_add_func("/export/stats-duplicates/none", test_none);
    return g_test_run();
}
