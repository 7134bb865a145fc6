/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers and names of interfaces. */
#include "packet/place.h"

#include <glib.h>
#include <string.h>

static struct fs_places places;
static void *memory;
static size_t bytes;

static void setup(void)
{
    struct fs_places_layout parts;
    struct fs_layout layout = {0};

    fs_places_plan(&parts, &layout);
    bytes = layout.size;
    memory = fs_memory_reserve(bytes);
    fs_places_init(&places, &parts, memory);
}

static uint16_t number(uint32_t section, uint32_t interface, uint32_t cooked)
{
    return fs_places_number(&places, &(struct fs_place){section, interface, cooked});
}

static const char *name_of(uint16_t place)
{
    static struct flowscope_dup_place told;

    fs_places_describe(&places, place, &told);
    return told.name;
}

static void test_numbers(void)
{
    struct flowscope_dup_place told;

    setup();
    for (unsigned again = 0; again < 2; again++) {
        g_assert_cmpuint(number(0, 0, 0), ==, 0);
        g_assert_cmpuint(number(0, 1, 0), ==, 1);
        g_assert_cmpuint(number(1, 0, 0), ==, 2);
        g_assert_cmpuint(number(0, 0, 1), ==, 3);
        g_assert_cmpuint(number(UINT32_MAX, UINT32_MAX, UINT32_MAX), ==, 4);
    }
    fs_places_describe(&places, 2, &told);
    g_assert_cmpuint(told.section, ==, 1);
    g_assert_cmpuint(told.interface | told.index, ==, 0);
    fs_places_describe(&places, 3, &told);
    g_assert_cmpuint(told.index, ==, 1);
    for (uint32_t i = 5; i < FS_PLACES; i++)
        g_assert_cmpuint(number(7, i, 0), ==, i);
    g_assert_cmpuint(number(7, FS_PLACES, 0), >=, FS_PLACE_OTHER);
    g_assert_cmpuint(number(7, FS_PLACES, 0), ==, number(7, FS_PLACES, 0));
    g_assert_cmpuint(number(7, FS_PLACES, 0), !=, number(7, FS_PLACES + 1, 0));
    g_assert_cmpuint(number(7, 5, 0), ==, 5);
    fs_places_name(&places, 7, FS_PLACES, "late"); /* there is no room for it */
    fs_memory_release(memory, bytes);
}

static void test_names(void)
{
    static const struct {
        const char *given, *told;
    } names[] = {
        {"eth0", "eth0"},
        {"\\Device\\NPF_{1-2}", "\\Device\\NPF_{1-2}"},
        {"two words\n\x7f\x1b", "two_words___"},
        {"\xc3\xa9th\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9th\xe2\x82\xac\xf0\x9f\x98\x80"},
        {"\xff\xc0\x80\xe0\x80\x80\xed\xa0\x80\xf4\x90\x80\x80\xc3", "______________"},
        {"\xe2\x82", "__"},
    };
    GString *longest = g_string_new(NULL);

    setup();
    for (uint32_t i = 0; i < G_N_ELEMENTS(names); i++) {
        fs_places_name(&places, 0, i, names[i].given);
        g_assert_cmpstr(name_of(number(0, i, 0)), ==, names[i].told);
    }
    g_assert_cmpstr(name_of(number(0, 0, 5)), ==, "eth0"); /* a cooked one behind it */
    g_assert_cmpstr(name_of(number(1, 0, 0)), ==, "");
    fs_places_name(&places, 0, 0, "eth0");
    g_assert_cmpstr(name_of(0), ==, "eth0");
    fs_places_name(&places, 0, 0, "eth1"); /* another file's */
    g_assert_cmpstr(name_of(0), ==, "");
    fs_places_name(&places, 0, 0, "eth0");
    g_assert_cmpstr(name_of(0), ==, "");
    for (unsigned i = 0; i < FLOWSCOPE_PLACE_NAME_MAX - 2; i++)
        g_string_append_c(longest, 'x');
    fs_places_name(&places, 2, 0, longest->str);
    g_assert_cmpstr(name_of(number(2, 0, 0)), ==, longest->str);
    fs_places_name(&places, 2, 1, g_string_append(longest, "\xc3\xa9")->str);
    g_string_truncate(longest, FLOWSCOPE_PLACE_NAME_MAX - 2);
    g_assert_cmpstr(name_of(number(2, 1, 0)), ==, longest->str); /* no half a character */
    g_string_free(longest, TRUE);
    fs_memory_release(memory, bytes);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/packet/place/numbers", test_numbers);
    g_test_add_func("/packet/place/names", test_names);
    return g_test_run();
}
