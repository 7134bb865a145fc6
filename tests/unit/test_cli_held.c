/* SPDX-License-Identifier: BSD-2-Clause */
/* Rows on their way out: in order, held back by one that waits, and no longer than can help. */
#include "cli/held.h"

#include <glib.h>
#include <string.h>

static struct fs_held held;

/* Frames `first` on, which say nothing yet. */
static void add(uint64_t first, size_t count)
{
    struct flowscope_packet packets[200];

    memset(packets, 0, sizeof(packets));
    for (size_t i = 0; i < count; i++) {
        packets[i].frame = first + i;
        packets[i].time_ns = (int64_t)(10 * (first + i));
        packets[i].time_quality = FLOWSCOPE_TIME_GOOD;
    }
    g_assert_true(fs_held_add(&held, packets, count));
}

/* What the engine says of the last `count`: flow 5, but for those in `waits`. */
static void know(size_t count, uint64_t waits)
{
    struct flowscope_result results[200];

    memset(results, 0, sizeof(results));
    for (size_t i = 0; i < count; i++) {
        const bool pending = i < 64 && (waits >> i & 1) != 0;

        results[i].flow_id = pending ? 0 : 5;
        results[i].pending = pending;
        results[i].verdict = pending ? FLOWSCOPE_VERDICT_fragment_pending : FLOWSCOPE_VERDICT_ok;
    }
    fs_held_know(&held, results, count);
}

static void settle(uint64_t frame)
{
    const struct flowscope_result result = {.flow_id = 9, .verdict = FLOWSCOPE_VERDICT_ok};

    fs_held_settle(&held, frame, &result);
}

static void expect(uint64_t frame, uint64_t flow_id, enum flowscope_verdict verdict)
{
    const struct fs_held_row *row = fs_held_next(&held);

    g_assert_nonnull(row);
    g_assert_cmpuint(row->frame, ==, frame);
    g_assert_cmpint(row->time_ns, ==, (int64_t)(10 * frame));
    g_assert_cmpuint(row->result.flow_id, ==, flow_id);
    g_assert_cmpuint(row->result.verdict, ==, verdict);
}

static void begin(uint64_t window)
{
    held = (struct fs_held){.window = window};
    g_assert_null(fs_held_next(&held));
}

static void end(void)
{
    g_assert_null(fs_held_next(&held));
    fs_held_free(&held);
}

static void test_nothing_waits(void)
{
    begin(10);
    for (uint64_t frame = 1; frame < 1000; frame += 3) {
        add(frame, 3);
        know(3, 0);
        for (uint64_t i = 0; i < 3; i++)
            expect(frame + i, 5, FLOWSCOPE_VERDICT_ok);
    }
    end();
}

/* Row 2 holds back all after it, also when the ring grows and wraps. */
static void test_one_waits(void)
{
    begin(1000);
    add(1, 3);
    know(3, 2);
    expect(1, 5, FLOWSCOPE_VERDICT_ok);
    for (uint64_t frame = 4; frame < 300; frame += 37) {
        add(frame, 37);
        know(37, 0);
        g_assert_null(fs_held_next(&held));
    }
    settle(2);
    expect(2, 9, FLOWSCOPE_VERDICT_ok);
    for (uint64_t frame = 3; frame < 300; frame++)
        expect(frame, 5, FLOWSCOPE_VERDICT_ok);
    end();
}

/* The event of a frame of the same batch comes before its result, which does not undo it. */
static void test_settled_before(void)
{
    begin(1000);
    add(1, 2);
    settle(1);
    know(2, 1);
    expect(1, 9, FLOWSCOPE_VERDICT_ok);
    expect(2, 5, FLOWSCOPE_VERDICT_ok);
    end();
}

static void test_window(void)
{
    begin(4);
    add(1, 4);
    know(4, 1);
    g_assert_null(fs_held_next(&held));
    add(5, 1);
    know(1, 0);
    expect(1, 0, FLOWSCOPE_VERDICT_fragment_lost);
    for (uint64_t frame = 2; frame <= 5; frame++)
        expect(frame, 5, FLOWSCOPE_VERDICT_ok);
    end();
}

/* Frames that are not held are settled in vain. */
static void test_unknown(void)
{
    begin(4);
    settle(1);
    add(10, 3);
    know(3, 0);
    settle(9);
    settle(13);
    for (uint64_t frame = 10; frame <= 12; frame++)
        expect(frame, 5, FLOWSCOPE_VERDICT_ok);
    end();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/cli/held/nothing-waits", test_nothing_waits);
    g_test_add_func("/cli/held/one-waits", test_one_waits);
    g_test_add_func("/cli/held/settled-before", test_settled_before);
    g_test_add_func("/cli/held/window", test_window);
    g_test_add_func("/cli/held/unknown", test_unknown);
    return g_test_run();
}
