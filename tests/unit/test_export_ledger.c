/* SPDX-License-Identifier: BSD-2-Clause */
/* The ledger, in memory and spilled; selections; words of formats. */
#include "export/format.h"
#include "export/ledger.h"
#include "export/walk.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#define FLOWS 5000u

/* A record of which every field follows from the id and a generation. */
static struct flowscope_flow_record record_of(uint64_t id, unsigned generation)
{
    struct flowscope_flow_record record;

    memset(&record, 0, sizeof record);
    record.size = sizeof record;
    record.flow_id = id;
    record.ip_version = 4;
    record.protocol = (uint8_t)id;
    record.packets[0] = id * 3 + generation;
    record.packets[1] = generation;
    record.last_time_ns = -(int64_t)id;
    record.source[3] = (uint8_t)(id >> 8);
    record.last_frame = id + generation;
    record.layer_count = (uint8_t)(id % 97 == 0 ? id % 9 : id % 5 == 0);
    record.has_facts = id % 1024 < 300 && id % 3 == 0;
    if (record.has_facts)
        record.tcp[1].rtt_sum_ns = id + generation;
    for (unsigned i = 0; i < record.layer_count; i++)
        record.layers[i] = (struct flowscope_layer){FLOWSCOPE_LAYER_vlan, (uint32_t)id + i};
    return record;
}

static void assert_record(fs_ledger *ledger, uint64_t id, unsigned generation)
{
    struct flowscope_flow_record want = record_of(id, generation);
    struct flowscope_flow_record got;

    memset(&got, 0xee, sizeof got);
    g_assert_true(fs_ledger_get(ledger, id, &got));
    g_assert_true(memcmp(&got, &want, sizeof want) == 0);
}

static fs_ledger *new_ledger(uint64_t memory_records)
{
    fs_ledger *ledger = fs_ledger_new(memory_records);

    fs_ledger_keep_facts(ledger, true);
    return ledger;
}

static void put(fs_ledger *ledger, uint64_t id, unsigned generation)
{
    struct flowscope_flow_record record = record_of(id, generation);

    g_assert_true(fs_ledger_put(ledger, &record));
}

/* 1567 and FLOWS have no common factor: every id once, in an order that jumps. */
static uint64_t jumping(unsigned i)
{
    return (uint64_t)i * 1567 % FLOWS + 1;
}

struct expected {
    uint8_t generation[FLOWS + 1]; /* of each id */
    uint64_t next_id;
};

static void compare(void *user, const struct flowscope_flow_record *record)
{
    struct expected *expected = user;
    const uint64_t id = expected->next_id++;
    const struct flowscope_flow_record want = record_of(id, expected->generation[id]);

    g_assert_true(memcmp(record, &want, sizeof want) == 0);
}

/* One after the other, where nothing may be left of the last. */
static void assert_walk(fs_ledger *ledger)
{
    struct expected expected = {.next_id = 1};

    for (unsigned i = 0; i < FLOWS; i++)
        expected.generation[jumping(i)] = i % 3 == 0;
    g_assert_true(fs_walk_flows(ledger, NULL, compare, &expected));
    g_assert_cmpuint(expected.next_id, ==, FLOWS + 1);
}

static void test_ledger(gconstpointer memory_records)
{
    fs_ledger *ledger = new_ledger(GPOINTER_TO_UINT(memory_records));
    struct flowscope_flow_record record;

    for (unsigned round = 0; round < 2; round++) {
        g_assert_cmpuint(fs_ledger_last_id(ledger), ==, 0);
        for (unsigned i = 0; i < FLOWS; i++)
            put(ledger, jumping(i), 0);
        for (unsigned i = 0; i < FLOWS; i += 3)
            put(ledger, jumping(i), 1);
        g_assert_cmpuint(fs_ledger_last_id(ledger), ==, FLOWS);
        for (unsigned i = 0; i < FLOWS; i++)
            assert_record(ledger, jumping(i), i % 3 == 0);
        assert_walk(ledger);
        errno = 0;
        g_assert_false(fs_ledger_get(ledger, FLOWS + 1, &record));
        g_assert_cmpint(errno, ==, ENOENT);
        g_assert_false(fs_ledger_get(ledger, 0, &record));
        g_assert_cmpint(errno, ==, ENOENT);
        fs_ledger_clear(ledger);
    }
    fs_ledger_free(ledger);
}

/* Facts are there as far as they were wanted when the record was put. */
static void test_facts(void)
{
    fs_ledger *ledger = fs_ledger_new(0);
    struct flowscope_flow_record record = record_of(3, 1);

    g_assert_true(record.has_facts);
    put(ledger, 3, 1);
    g_assert_true(fs_ledger_get(ledger, 3, &record));
    g_assert_cmpuint(record.tcp[1].rtt_sum_ns, ==, 0);
    fs_ledger_keep_facts(ledger, true);
    put(ledger, 6, 1);
    put(ledger, 9, 1);
    assert_record(ledger, 6, 1);
    assert_record(ledger, 9, 1);
    fs_ledger_keep_facts(ledger, false);
    put(ledger, 6, 2);
    g_assert_true(fs_ledger_get(ledger, 6, &record));
    g_assert_cmpuint(record.tcp[1].rtt_sum_ns, ==, 0);
    assert_record(ledger, 9, 1);
    fs_ledger_free(ledger);
}

static void test_holes(void)
{
    fs_ledger *ledger = new_ledger(0);
    struct flowscope_flow_record record;

    put(ledger, 1000000, 0);
    put(ledger, 3, 0);
    assert_record(ledger, 1000000, 0);
    assert_record(ledger, 3, 0);
    g_assert_cmpuint(fs_ledger_last_id(ledger), ==, 1000000);
    for (uint64_t id = 1; id < 3000; id += 7) {
        if (id == 3)
            continue;
        g_assert_false(fs_ledger_get(ledger, id, &record));
        g_assert_cmpint(errno, ==, ENOENT);
    }
    fs_ledger_free(ledger);
}

/* No room for the file: the put that needs it fails and says why, what was put stays readable. */
static void test_full_disk(void)
{
    fs_ledger *ledger = new_ledger(256);
    struct rlimit limit = {0, RLIM_INFINITY};
    struct flowscope_flow_record record = record_of(257, 0);

    signal(SIGXFSZ, SIG_IGN);
    for (uint64_t id = 1; id <= 256; id++)
        put(ledger, id, 0);
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    g_assert_false(fs_ledger_put(ledger, &record));
    g_assert_cmpint(errno, ==, EFBIG);
    limit.rlim_cur = RLIM_INFINITY;
    g_assert_cmpint(setrlimit(RLIMIT_FSIZE, &limit), ==, 0);
    for (uint64_t id = 1; id <= 256; id++)
        assert_record(ledger, id, 0);
    g_assert_true(fs_ledger_put(ledger, &record));
    assert_record(ledger, 1, 0);
    assert_record(ledger, 257, 0);
    fs_ledger_free(ledger);
}

static void test_no_folder(void)
{
    g_autofree char *before = g_strdup(g_getenv("TMPDIR"));
    fs_ledger *ledger = new_ledger(1);
    struct flowscope_flow_record record = record_of(300, 0);

    g_setenv("TMPDIR", "/nonexistent", TRUE);
    put(ledger, 1, 0);
    g_assert_false(fs_ledger_put(ledger, &record));
    g_assert_cmpint(errno, ==, ENOENT);
    if (before)
        g_setenv("TMPDIR", before, TRUE);
    else
        g_unsetenv("TMPDIR");
    g_assert_true(fs_ledger_put(ledger, &record));
    assert_record(ledger, 1, 0);
    fs_ledger_free(ledger);
}

struct walked {
    uint64_t ids[16];
    unsigned count;
};

static void note(void *user, const struct flowscope_flow_record *record)
{
    struct walked *walked = user;

    walked->ids[walked->count++] = record->flow_id;
}

static void test_walk(void)
{
    fs_ledger *ledger = new_ledger(0);
    fs_selection *selection = fs_selection_new();
    struct walked walked = {.count = 0};

    put(ledger, 70000, 0);
    put(ledger, 5, 0);
    put(ledger, 300, 0);
    g_assert_true(fs_walk_flows(ledger, NULL, note, &walked));
    g_assert_cmpuint(walked.count, ==, 3);
    g_assert_cmpuint(walked.ids[0], ==, 5);
    g_assert_cmpuint(walked.ids[1], ==, 300);
    g_assert_cmpuint(walked.ids[2], ==, 70000);
    walked.count = 0;
    g_assert_true(fs_selection_add(selection, 70000));
    g_assert_true(fs_selection_add(selection, 6));
    g_assert_true(fs_walk_flows(ledger, selection, note, &walked));
    g_assert_cmpuint(walked.count, ==, 1);
    g_assert_cmpuint(walked.ids[0], ==, 70000);
    fs_selection_free(selection);
    fs_ledger_free(ledger);
}

static void test_selection(void)
{
    fs_selection *selection = fs_selection_new();
    static const uint64_t ids[] = {1, 63, 64, 32767, 32768, 32769, 10000000};

    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
            g_assert_false(fs_selection_has(selection, ids[i]));
            g_assert_true(fs_selection_add(selection, ids[i]));
            g_assert_true(fs_selection_has(selection, ids[i]));
        }
        g_assert_false(fs_selection_has(selection, 2));
        g_assert_false(fs_selection_has(selection, 9999999));
        g_assert_false(fs_selection_has(selection, UINT64_MAX));
        fs_selection_clear(selection);
    }
    fs_selection_free(selection);
    fs_selection_free(NULL);
}

static bool has(enum fs_report report, const char *word)
{
    enum fs_format format = FS_FORMAT_EVE;

    if (!fs_format_parse(report, word, strlen(word), &format))
        return false;
    g_assert_cmpstr(fs_format_name(format), ==, word);
    return true;
}

static void test_formats(void)
{
    enum fs_format format;

    g_assert_true(has(FS_REPORT_STATS, "table") && has(FS_REPORT_STATS, "ndjson"));
    g_assert_false(has(FS_REPORT_STATS, "csv") || has(FS_REPORT_STATS, "zeek"));
    g_assert_true(has(FS_REPORT_FLOWS, "csv") && has(FS_REPORT_FLOWS, "eve"));
    g_assert_true(has(FS_REPORT_PACKETS, "csv"));
    g_assert_false(has(FS_REPORT_PACKETS, "zeek"));
    g_assert_true(has(FS_REPORT_SESSIONS, "zeek"));
    g_assert_false(has(FS_REPORT_FLOWS, "CSV") || has(FS_REPORT_FLOWS, "") ||
                   has(FS_REPORT_FLOWS, "json") || has(FS_REPORT_FLOWS, "csvx"));
    g_assert_true(fs_format_parse(FS_REPORT_FLOWS, "csv,tcp", 3, &format));
    g_assert_cmpint(format, ==, FS_FORMAT_CSV);
    g_assert_true(fs_format_is_built(FS_REPORT_FLOWS, FS_FORMAT_CSV));
    g_assert_false(fs_format_is_built(FS_REPORT_FLOWS, FS_FORMAT_ZEEK));
    g_assert_false(fs_format_is_built(FS_REPORT_SESSIONS, FS_FORMAT_CSV));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/ledger/memory", GUINT_TO_POINTER(0), test_ledger);
    g_test_add_data_func("/ledger/one-chunk", GUINT_TO_POINTER(1), test_ledger);
    g_test_add_data_func("/ledger/few-chunks", GUINT_TO_POINTER(1000), test_ledger);
    g_test_add_data_func("/ledger/enough", GUINT_TO_POINTER(10000), test_ledger);
    g_test_add_func("/ledger/facts", test_facts);
    g_test_add_func("/ledger/holes", test_holes);
    g_test_add_func("/ledger/full-disk", test_full_disk);
    g_test_add_func("/ledger/no-folder", test_no_folder);
    g_test_add_func("/ledger/walk", test_walk);
    g_test_add_func("/selection", test_selection);
    g_test_add_func("/formats", test_formats);
    return g_test_run();
}
