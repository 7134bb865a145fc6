/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters as text for Prometheus. */
#include "support/drive.h"

#include <string.h>

static struct drive drive;

static char *text_of(const struct flowscope_counters *counters)
{
    size_t length = flowscope_prometheus(counters, NULL, 0);
    char *text = g_malloc(length + 1);

    g_assert_cmpuint(flowscope_prometheus(counters, text, length + 1), ==, length);
    g_assert_cmpuint(strlen(text), ==, length);
    return text;
}

static void test_values(void)
{
    static const char *const lines[] = {
        "\n# TYPE flowscope_frames_total counter\nflowscope_frames_total 4\n",
        "\nflowscope_packets_in_flows_total 3\n",
        "\nflowscope_capture_drops_total 7\n",
        "\nflowscope_flows_evicted_total 1\n",
        "\n# TYPE flowscope_no_flow_frames_total counter\n",
        "\nflowscope_no_flow_frames_total{verdict=\"no_data\"} 1\n",
        "\nflowscope_no_flow_frames_total{verdict=\"not_ip\"} 0\n",
        "\nflowscope_anomalies_total{kind=\"flow_table_eviction\",severity=\"warning\"} 1\n",
        "\nflowscope_open_flows 2\n",
        "\nflowscope_high_water{of=\"flows\"} 2\n",
        "\nflowscope_limit{of=\"flows\"} 2\n",
        "\nflowscope_peak_per_second{of=\"packets\"} 3\n",
        "\nflowscope_peak_per_second{of=\"ended\"} 1\n",
    };
    struct flowscope_counters counters;
    char *text;

    drive_init(&drive);
    drive.config.max_flows = 2;
    drive_start(&drive);
    for (uint16_t port = 1; port <= 3; port++)
        drive_udp(&drive, port, 53, false, 0);
    build_begin(&drive.build);
    drive_frame(&drive, 0);
    flowscope_engine_count_drops(drive.engine, 3);
    flowscope_engine_count_drops(drive.engine, 4);
    counters = drive_counters(&drive);
    text = text_of(&counters);
    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        if (!strstr(text, lines[i]))
            g_error("no %s in %s", lines[i], text);
    g_free(text);
    drive_stop(&drive);
    g_assert_cmpint(flowscope_engine_count_drops(NULL, 1), ==, FLOWSCOPE_BAD_ARGUMENT);
}

/* Every sample has a help and a type before it, once, and every line is one of the three. */
static void test_format(void)
{
    struct flowscope_counters counters = {.frames = UINT64_MAX};
    GHashTable *typed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    char *text = text_of(&counters), **lines = g_strsplit(text, "\n", 0);
    unsigned count = g_strv_length(lines);

    g_assert_cmpstr(lines[count - 1], ==, "");
    for (unsigned i = 0; i + 1 < count; i++) {
        char **words = g_strsplit(lines[i], " ", 4);

        if (g_str_has_prefix(lines[i], "# HELP ")) {
            g_assert_true(g_str_has_prefix(lines[i + 1], "# TYPE "));
            g_assert_nonnull(words[3]);
        } else if (g_str_has_prefix(lines[i], "# TYPE ")) {
            g_assert_true(g_hash_table_add(typed, g_strdup(words[2])));
        } else {
            char *name = g_strndup(words[0], strcspn(words[0], "{"));

            g_assert_true(g_hash_table_contains(typed, name));
            g_assert_true(g_ascii_string_to_unsigned(words[1], 10, 0, G_MAXUINT64, NULL, NULL));
            g_free(name);
        }
        g_strfreev(words);
    }
    g_assert_nonnull(strstr(text, "flowscope_frames_total 18446744073709551615\n"));
    g_strfreev(lines);
    g_free(text);
    g_hash_table_destroy(typed);
}

/* As snprintf(): what does not fit is cut, and how much it was is told. */
static void test_room(void)
{
    struct flowscope_counters counters = {.frames = 1};
    char *whole = text_of(&counters);
    size_t length = strlen(whole);

    for (size_t size = 1; size <= length + 1; size += 1 + length / 97) {
        char *text = g_malloc(size + 1);

        text[size] = '!';
        g_assert_cmpuint(flowscope_prometheus(&counters, text, size), ==, length);
        g_assert_cmpuint(strlen(text), <, size);
        g_assert_true(strncmp(text, whole, strlen(text)) == 0);
        g_assert_true(text[size] == '!');
        g_free(text);
    }
    g_free(whole);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/engine/prometheus/values", test_values);
    g_test_add_func("/engine/prometheus/format", test_format);
    g_test_add_func("/engine/prometheus/room", test_room);
    return g_test_run();
}
