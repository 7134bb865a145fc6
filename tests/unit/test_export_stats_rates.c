/* SPDX-License-Identifier: BSD-2-Clause */
/* Rates as text, to the byte. */
#include "export/stats_rates.h"

#include <glib.h>
#include <stdlib.h>

static char *written(enum fs_format format, const struct flowscope_rates *rates)
{
    char *text;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    struct fs_text *block = g_new(struct fs_text, 1);

    fs_text_start(block, out);
    fs_stats_rates(block, format, rates);
    fs_text_flush(block);
    fclose(out);
    g_free(block);
    return text;
}

static void expect(enum fs_format format, const struct flowscope_rates *rates, const char *wanted)
{
    char *text = written(format, rates);

    g_assert_cmpstr(text, ==, wanted);
    free(text);
}

/* No frame, or none with a time. */
static void test_none(void)
{
    const struct flowscope_rates none = {.count = 0};

    expect(FS_FORMAT_TABLE, &none, "");
    expect(FS_FORMAT_NDJSON, &none, "");
}

static void test_some(void)
{
    const struct flowscope_rates rates = {
        .interval_ns = 500000000,
        .first = -1,
        .count = 2,
        .interval = {{1, 100, 1, 0}, {12, 5000, 3, 0}},
        .peak = {{12, 0}, {5000, 0}, {3, 0}, {0, 0}},
    };

    expect(FS_FORMAT_TABLE, &rates,
           "\n[peaks]\n"
           "of      per_second          ts\n"
           "packets         12 0.000000000\n"
           "bytes         5000 0.000000000\n"
           "flows            3 0.000000000\n"
           "ended            0           -\n"
           "\n[series]\n"
           "interval 0.500000000\n"
           "          ts packets bytes flows ended\n"
           "-0.500000000       1   100     1     0\n"
           " 0.000000000      12  5000     3     0\n");
    expect(FS_FORMAT_NDJSON, &rates,
           "{\"section\":\"peaks\",\"name\":\"packets\",\"value\":12}\n"
           "{\"section\":\"peaks\",\"name\":\"packets.ts\",\"value\":0.000000000}\n"
           "{\"section\":\"peaks\",\"name\":\"bytes\",\"value\":5000}\n"
           "{\"section\":\"peaks\",\"name\":\"bytes.ts\",\"value\":0.000000000}\n"
           "{\"section\":\"peaks\",\"name\":\"flows\",\"value\":3}\n"
           "{\"section\":\"peaks\",\"name\":\"flows.ts\",\"value\":0.000000000}\n"
           "{\"section\":\"peaks\",\"name\":\"ended\",\"value\":0}\n"
           "{\"section\":\"series\",\"name\":\"interval\",\"value\":0.500000000}\n"
           "{\"section\":\"series\",\"name\":\"-0.500000000.packets\",\"value\":1}\n"
           "{\"section\":\"series\",\"name\":\"-0.500000000.bytes\",\"value\":100}\n"
           "{\"section\":\"series\",\"name\":\"-0.500000000.flows\",\"value\":1}\n"
           "{\"section\":\"series\",\"name\":\"-0.500000000.ended\",\"value\":0}\n"
           "{\"section\":\"series\",\"name\":\"0.000000000.packets\",\"value\":12}\n"
           "{\"section\":\"series\",\"name\":\"0.000000000.bytes\",\"value\":5000}\n"
           "{\"section\":\"series\",\"name\":\"0.000000000.flows\",\"value\":3}\n"
           "{\"section\":\"series\",\"name\":\"0.000000000.ended\",\"value\":0}\n");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stats_rates/none", test_none);
    g_test_add_func("/stats_rates/some", test_some);
    return g_test_run();
}
