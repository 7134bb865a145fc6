/* SPDX-License-Identifier: BSD-2-Clause */
/* All overlaps of up to three fragments of a small datagram, byte by byte. */
#include "packet/fragment_join.h"
#include "support/model_fragments.h"

#include <glib.h>
#include <string.h>

enum { UNITS = 4, BYTES = UNITS * FS_UNIT, KINDS_MAX = 64, PIECES = 3 };

static struct fs_fragment_table table;
static void *memory;
static size_t reserved;

static void setup(const struct fs_fragment_limits *limits)
{
    struct fs_fragment_layout plan;
    struct fs_layout layout = {0};

    fs_fragment_table_plan(&plan, &layout, limits);
    reserved = layout.size;
    memory = fs_memory_reserve(reserved);
    fs_fragment_table_init(&table, &plan, memory, limits, 7);
}

static void teardown(void)
{
    g_assert_cmpuint(table.slots.used, ==, 0);
    g_assert_cmpuint(table.piece_slots.used, ==, 0);
    g_assert_cmpuint(table.chunk_slots.used, ==, 0);
    fs_memory_release(memory, reserved);
}

/* Every place and length, in the middle and at the end; ends that are no multiple of 8 too. */
static unsigned make_kinds(struct fs_fragment *kinds)
{
    unsigned count = 0;

    for (uint32_t begin = 0; begin < UNITS; begin++)
        for (uint32_t end = begin + 1; end <= UNITS; end++) {
            const uint32_t offset = begin * FS_UNIT, length = (end - begin) * FS_UNIT;

            kinds[count++] = (struct fs_fragment){.offset = offset, .length = length, .more = true};
            kinds[count++] = (struct fs_fragment){.offset = offset, .length = length};
            kinds[count++] = (struct fs_fragment){.offset = offset, .length = length - 3};
        }
    g_assert_cmpuint(count, <=, KINDS_MAX);
    return count;
}

/* The datagram as an array of bytes, each of which knows whose it is. */
struct oracle {
    const struct fs_fragment *owner[BYTES];
    const struct fs_fragment *seen[PIECES];
    unsigned count;
    uint32_t total;
};

static enum fs_fragment_fit oracle_fit(const struct oracle *oracle,
                                       const struct fs_fragment *fragment)
{
    const uint32_t end = fragment->offset + fragment->length;
    bool meets = false;

    for (unsigned i = 0; i < oracle->count; i++) {
        const struct fs_fragment *seen = oracle->seen[i];
        if (seen->offset == fragment->offset && seen->length == fragment->length &&
            seen->more == fragment->more && seen->bytes.left == fragment->bytes.left &&
            memcmp(seen->bytes.at, fragment->bytes.at, seen->bytes.left) == 0)
            return FS_FRAGMENT_REPEATS;
    }
    if (oracle->total && end > oracle->total)
        return FS_FRAGMENT_CONTRADICTS;
    if (!fragment->more && oracle->total && end != oracle->total)
        return FS_FRAGMENT_CONTRADICTS;
    for (uint32_t at = 0; at < BYTES; at++) {
        if (!fragment->more && at >= end && oracle->owner[at])
            return FS_FRAGMENT_CONTRADICTS;
        meets |= at >= fragment->offset && at < end && oracle->owner[at];
    }
    return meets ? FS_FRAGMENT_OVERLAPS : FS_FRAGMENT_FITS;
}

static bool oracle_keep(struct oracle *oracle, const struct fs_fragment *fragment, uint64_t policy)
{
    const uint32_t end = fragment->offset + fragment->length;

    for (uint32_t at = fragment->offset; at < end; at++) {
        const struct fs_fragment *owner = oracle->owner[at];
        if (!owner || model_takes_byte(policy, fragment->offset, end, owner->offset,
                                       owner->offset + owner->length))
            oracle->owner[at] = fragment;
    }
    oracle->seen[oracle->count++] = fragment;
    if (!fragment->more)
        oracle->total = end;
    for (uint32_t at = 0; at < oracle->total; at++)
        if (!oracle->owner[at])
            return false;
    return oracle->total != 0;
}

static void check_whole(const struct oracle *oracle, struct fs_cursor whole)
{
    uint32_t known = 0;

    while (known < oracle->total &&
           known - oracle->owner[known]->offset < oracle->owner[known]->bytes.left) {
        const struct fs_fragment *owner = oracle->owner[known];
        g_assert_cmpuint(known, <, whole.left);
        g_assert_cmpuint(whole.at[known], ==, owner->bytes.at[known - owner->offset]);
        known++;
    }
    g_assert_cmpuint(whole.left, ==, known);
}

/* Returns whether all were put together. */
static bool check_sequence(const struct fs_fragment *const *sequence, unsigned count,
                           uint64_t policy, bool is_ipv6)
{
    const struct fs_fragment any = {.key.kind = is_ipv6 ? 6 : 4};
    const uint32_t index =
        fs_fragment_table_open(&table, fs_fragment_table_hash(&table, &any), &any, 0);
    struct oracle oracle = {.count = 0};
    bool whole = false;

    for (unsigned i = 0; i < count && !whole; i++) {
        const enum fs_fragment_fit fit = fs_fragment_fit_of(&table, index, sequence[i]);

        g_assert_cmpint(fit, ==, oracle_fit(&oracle, sequence[i]));
        if (fit == FS_FRAGMENT_CONTRADICTS || (fit == FS_FRAGMENT_OVERLAPS && is_ipv6))
            break;
        if (fit == FS_FRAGMENT_REPEATS)
            continue;
        const uint32_t piece = fs_fragment_table_add(&table, index);
        whole = fs_fragment_keep(&table, index, piece, sequence[i]);
        g_assert_cmpint(whole, ==, oracle_keep(&oracle, sequence[i], policy));
        if (whole)
            check_whole(&oracle, fs_fragment_join(&table, index, (enum flowscope_overlap)policy));
    }
    fs_fragment_table_remove(&table, index);
    return whole;
}

/* `cut`: how many bytes of the second fragment were not captured. */
static void check_all(bool is_ipv6, uint32_t cut)
{
    const struct fs_fragment_limits limits = {.datagrams = 1, .pieces = 3, .chunks = 3};
    static const uint8_t contents[2][PIECES][BYTES] = {
        {"aaaabbbbccccddddeeeeffffgggghhh", "AAAABBBBCCCCDDDDEEEEFFFFGGGGHHH",
         "0123456789abcdefghijklmnopqrstu"},
        {"same bytes everywhere: a repeat", "same bytes everywhere: a repeat",
         "same bytes everywhere: a repeat"}};
    struct fs_fragment kinds[KINDS_MAX], made[PIECES];
    const struct fs_fragment *sequence[PIECES] = {&made[0], &made[1], &made[2]};
    const unsigned count = make_kinds(kinds);
    unsigned wholes = 0;

    setup(&limits);
    for (unsigned same = 0; same < 2; same++)
        for (unsigned code = 0; code < count * count * count; code++) {
            unsigned rest = code;
            for (unsigned i = 0; i < PIECES; i++, rest /= count) {
                made[i] = kinds[rest % count];
                const uint32_t missing = i == 1 && cut < made[i].length ? cut : 0;
                made[i].bytes = fs_cursor_over(contents[same][i] + (same ? made[i].offset : 0),
                                               made[i].length - missing);
            }
            for (uint64_t policy = 0; policy < (is_ipv6 ? 1 : 5); policy++)
                wholes += check_sequence(sequence, PIECES, policy, is_ipv6);
        }
    g_assert_cmpuint(wholes, >, 100);
    teardown();
}

static void test_ipv4(void)
{
    check_all(false, 0);
}

static void test_ipv6(void)
{
    check_all(true, 0);
}

static void test_cut(void)
{
    check_all(false, 5);
    check_all(true, 9);
}

/* What the policies are for, in one picture: an earlier fragment of two units, and later ones that
 * begin before it, with it, and after it. */
static void test_policies(void)
{
    static const struct {
        enum flowscope_overlap policy;
        bool before, with, after, around;
    } expected[] = {
        {FLOWSCOPE_OVERLAP_FIRST, false, false, false, false},
        {FLOWSCOPE_OVERLAP_LAST, true, true, true, true},
        {FLOWSCOPE_OVERLAP_BSD, true, false, false, true},
        {FLOWSCOPE_OVERLAP_LINUX, true, true, false, true},
        {FLOWSCOPE_OVERLAP_WINDOWS, false, false, false, true},
    };
    const struct fs_fragment_limits limits = {.datagrams = 1, .pieces = 4, .chunks = 4};
    const struct fs_fragment any = {.key.kind = 4};
    static const uint8_t early[64] =
        "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
                         late[64] =
                             "lllllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll";
    static const uint32_t places[4][2] = {{8, 24}, {16, 32}, {24, 40}, {8, 40}};

    setup(&limits);
    for (unsigned i = 0; i < G_N_ELEMENTS(expected); i++) {
        const bool wins[4] = {expected[i].before, expected[i].with, expected[i].after,
                              expected[i].around};
        for (unsigned place = 0; place < 4; place++) {
            const uint32_t index =
                fs_fragment_table_open(&table, fs_fragment_table_hash(&table, &any), &any, 0);
            const struct fs_fragment parts[4] = {
                {.offset = 16, .length = 16, .more = true, .bytes = fs_cursor_over(early, 16)},
                {.offset = places[place][0],
                 .length = places[place][1] - places[place][0],
                 .more = true,
                 .bytes = fs_cursor_over(late, places[place][1] - places[place][0])},
                {.offset = 0, .length = 16, .more = true, .bytes = fs_cursor_over(early, 16)},
                {.offset = 32, .length = 16, .bytes = fs_cursor_over(early, 16)},
            };
            bool whole = false;
            for (unsigned k = 0; k < 4; k++)
                whole = fs_fragment_keep(&table, index, fs_fragment_table_add(&table, index),
                                         &parts[k]);
            g_assert_true(whole);
            const struct fs_cursor all = fs_fragment_join(&table, index, expected[i].policy);
            const uint32_t shared = places[place][0] > 16 ? places[place][0] : 16;
            g_assert_cmpint(all.at[shared], ==, wins[place] ? 'l' : 'e');
            fs_fragment_table_remove(&table, index);
        }
    }
    teardown();
}

/* The largest datagram, in the smallest parts, backwards. */
static void test_largest(void)
{
    const struct fs_fragment_limits limits = {.datagrams = 1, .pieces = 8192, .chunks = 8192};
    const struct fs_fragment any = {.key.kind = 6};
    static uint8_t bytes[FS_DATAGRAM_BYTES];
    uint32_t index;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 31 ^ i >> 8);
    setup(&limits);
    index = fs_fragment_table_open(&table, fs_fragment_table_hash(&table, &any), &any, 0);
    for (uint32_t unit = 8192; unit-- > 0;) {
        const uint32_t at = unit * 8, length = unit == 8191 ? 7 : 8;
        const struct fs_fragment part = {.offset = at,
                                         .length = length,
                                         .more = unit != 8191,
                                         .bytes = fs_cursor_over(bytes + at, length)};
        g_assert_cmpint(fs_fragment_fit_of(&table, index, &part), ==, FS_FRAGMENT_FITS);
        g_assert_cmpint(
            fs_fragment_keep(&table, index, fs_fragment_table_add(&table, index), &part), ==,
            unit == 0);
    }
    const struct fs_cursor whole = fs_fragment_join(&table, index, FLOWSCOPE_OVERLAP_FIRST);
    g_assert_cmpuint(whole.left, ==, 65535);
    g_assert_cmpint(memcmp(whole.at, bytes, 65535), ==, 0);
    fs_fragment_table_close(&table, index, FS_DATAGRAM_WHOLE);
    g_assert_cmpuint(table.chunk_slots.used, ==, 0);
    const struct fs_fragment again = {
        .offset = 80, .length = 8, .more = true, .bytes = fs_cursor_over(bytes + 80, 8)};
    g_assert_true(fs_fragment_repeats(&table, index, &again));
    bytes[80] ^= 1;
    g_assert_false(fs_fragment_repeats(&table, index, &again));
    fs_fragment_table_remove(&table, index);
    teardown();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/fragment-join/ipv4", test_ipv4);
    g_test_add_func("/packet/fragment-join/ipv6", test_ipv6);
    g_test_add_func("/packet/fragment-join/cut", test_cut);
    g_test_add_func("/packet/fragment-join/policies", test_policies);
    g_test_add_func("/packet/fragment-join/largest", test_largest);
    return g_test_run();
}
