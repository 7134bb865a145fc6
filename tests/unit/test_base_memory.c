/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/memory.h"

#include <glib.h>
#include <string.h>

static void test_reserve_is_zero(void)
{
    size_t size = (size_t)1 << 30;
    unsigned char *memory = fs_memory_reserve(size);

    g_assert_nonnull(memory);
    g_assert_cmpuint(memory[0], ==, 0);
    g_assert_cmpuint(memory[size - 1], ==, 0);
    memory[12345] = 1;
    fs_memory_forget(memory, size);
    g_assert_cmpuint(memory[12345], ==, 0);
    fs_memory_release(memory, size);
    fs_memory_release(NULL, size);
}

/* A part that begins and ends inside of pages leaves its neighbours alone. */
static void test_forget_a_part(void)
{
    size_t size = 5 * 65536;
    unsigned char *memory = fs_memory_reserve(size);
    const size_t parts[][2] = {{100, 200}, {64, 65536 * 3 + 128}, {4096, 8192}, {4095, 4098}};

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        memset(memory, 7, size);
        fs_memory_forget(memory + parts[i][0], parts[i][1] - parts[i][0]);
        for (size_t at = 0; at < size; at++)
            g_assert_cmpuint(memory[at], ==, at >= parts[i][0] && at < parts[i][1] ? 0 : 7);
    }
    fs_memory_release(memory, size);
}

static void test_refused(void)
{
    g_assert_null(fs_memory_reserve(SIZE_MAX / 2));
}

static void test_layout(void)
{
    struct fs_layout layout = {0};

    g_assert_cmpuint(fs_layout_add(&layout, 1, 10), ==, 0);
    g_assert_cmpuint(fs_layout_add(&layout, 3, 64), ==, 64);
    g_assert_cmpuint(layout.size, ==, 256);
    fs_layout_add(&layout, SIZE_MAX / 2, 3);
    g_assert_cmpuint(layout.size, ==, SIZE_MAX);
    fs_layout_add(&layout, 1, 1);
    g_assert_cmpuint(layout.size, ==, SIZE_MAX);
}

/* A wish: the bytes are there as before, also where there is nothing to wish for. */
static void test_large_pages(void)
{
    const size_t size = (size_t)24 << 20;
    char *memory = fs_memory_reserve(size);

    fs_memory_prefer_large_pages(memory, 0);
    fs_memory_prefer_large_pages(memory + 64, 1000);
    fs_memory_prefer_large_pages(memory + 64, size - 128);
    for (size_t at = 0; at < size; at += 4096) {
        g_assert_cmpint(memory[at], ==, 0);
        memory[at] = 1;
    }
    fs_memory_forget(memory, size);
    for (size_t at = 0; at < size; at += 4096)
        g_assert_cmpint(memory[at], ==, 0);
    fs_memory_release(memory, size);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/base/memory/reserve", test_reserve_is_zero);
    g_test_add_func("/base/memory/forget-a-part", test_forget_a_part);
    g_test_add_func("/base/memory/refused", test_refused);
    g_test_add_func("/base/memory/layout", test_layout);
    g_test_add_func("/base/memory/large-pages", test_large_pages);
    return g_test_run();
}
