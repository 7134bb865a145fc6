/* SPDX-License-Identifier: BSD-2-Clause */
/* Rates beside a slow model that keeps every frame: when it counts, and for what. Random traffic
 * whose times misbehave, in calls of random size, and two engines added up. A seed that fails is
 * printed; `test_rates --seed N` runs it alone. */
#include "support/traffic.h"

#include "engine/engine.h"

#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define KINDS   FLOWSCOPE_RATE_COUNT
#define SECOND  INT64_C(1000000000)
#define FINEST  (SECOND / 512)
#define FAR     3600 /* seconds */
#define LEFT_BY 4    /* a second that was left for so many others is over */

static char seed_note[64];

struct counted {
    int64_t time_ns; /* when it counts, wherever its own time is */
    uint64_t more[KINDS];
};

struct model {
    struct counted *frames; /* of those with a time, or after one */
    size_t count;
    struct flowscope_peak peak[KINDS];
};

static int64_t floor_of(int64_t time_ns, int64_t width_ns)
{
    __int128 number = time_ns / width_ns;

    if (number * width_ns > time_ns)
        number--;
    return (int64_t)number;
}

static int64_t begin_of(int64_t number, int64_t width_ns)
{
    const __int128 time_ns = (__int128)number * width_ns;

    return time_ns < INT64_MIN ? INT64_MIN : (int64_t)time_ns;
}

static int64_t second_of(const struct counted *frame)
{
    return floor_of(frame->time_ns, SECOND);
}

/* The frame before this one that belongs to the same second, which was not over in between. */
static bool has_before(const struct model *model, size_t frame, size_t *before)
{
    int64_t others[LEFT_BY];
    unsigned count = 0;

    for (size_t i = frame; i-- > 0;) {
        const int64_t second = second_of(&model->frames[i]);
        unsigned at = 0;

        *before = i;
        if (second == second_of(&model->frames[frame]))
            return true;
        while (at < count && others[at] != second)
            at++;
        if (at < count)
            continue;
        others[count++] = second;
        if (count == LEFT_BY)
            return false;
    }
    return false;
}

static void find_peaks(struct model *model)
{
    uint64_t(*sums)[KINDS] = g_malloc0_n(model->count + 1, sizeof(*sums));

    for (size_t i = 0; i < model->count; i++) {
        const int64_t time_ns = begin_of(second_of(&model->frames[i]), SECOND);
        size_t before;

        if (has_before(model, i, &before))
            memcpy(sums[i], sums[before], sizeof(sums[i]));
        for (unsigned kind = 0; kind < KINDS; kind++) {
            struct flowscope_peak *peak = &model->peak[kind];

            sums[i][kind] += model->frames[i].more[kind];
            if (sums[i][kind] > peak->most ||
                (peak->most && sums[i][kind] == peak->most && time_ns < peak->time_ns))
                *peak = (struct flowscope_peak){sums[i][kind], time_ns};
        }
    }
    g_free(sums);
}

static bool is_far(const struct model *model, int64_t time_ns)
{
    const int64_t second = floor_of(time_ns, SECOND);
    int64_t first, last;

    if (!model->count)
        return false;
    first = last = second_of(&model->frames[0]);
    for (size_t i = 0; i < model->count; i++) {
        first = MIN(first, second_of(&model->frames[i]));
        last = MAX(last, second_of(&model->frames[i]));
    }
    return second < first - FAR || second > last + FAR;
}

static void count_of(const flowscope_engine *engine, uint64_t counted[KINDS])
{
    struct flowscope_counters counters = {.size = sizeof(counters)};

    flowscope_engine_counters(engine, &counters);
    counted[FLOWSCOPE_RATE_packets] = counters.packets_in_flows;
    counted[FLOWSCOPE_RATE_bytes] = counters.bytes;
    counted[FLOWSCOPE_RATE_flows] = counters.flows;
    counted[FLOWSCOPE_RATE_ended] = counters.flows - counters.open_flows;
}

static flowscope_engine *new_engine(const struct traffic *traffic)
{
    flowscope_engine *engine;

    g_assert_cmpint(flowscope_engine_create(&engine, &traffic->config, NULL), ==, FLOWSCOPE_OK);
    return engine;
}

/* An engine that is looked at after each frame. */
static struct model watch(const struct traffic *traffic, size_t from, size_t to)
{
    struct model model = {.frames = g_new0(struct counted, to - from + 1)};
    flowscope_engine *engine = new_engine(traffic);
    uint64_t before[KINDS] = {0}, after[KINDS];
    int64_t far_ns = 0;
    bool has_far = false;

    for (size_t i = from; i < to; i++) {
        const struct flowscope_packet *packet = &traffic->packets[i];
        struct counted *frame = &model.frames[model.count];
        struct flowscope_result result;

        flowscope_engine_feed(engine, packet, 1, &result);
        count_of(engine, after);
        if (packet->time_quality != FLOWSCOPE_TIME_NONE && !result.dup_of) {
            const int64_t apart = floor_of(packet->time_ns, SECOND) - floor_of(far_ns, SECOND);
            const bool agrees = has_far && apart <= FAR && apart >= -FAR;

            has_far = !agrees && is_far(&model, packet->time_ns);
            far_ns = packet->time_ns;
            frame->time_ns = has_far ? frame[-1].time_ns : packet->time_ns;
        } else if (model.count) {
            frame->time_ns = frame[-1].time_ns;
        } else {
            continue; /* counts with the first that has a time */
        }
        for (unsigned kind = 0; kind < KINDS; kind++)
            frame->more[kind] = after[kind] - before[kind];
        memcpy(before, after, sizeof(before));
        model.count++;
    }
    flowscope_engine_destroy(engine);
    find_peaks(&model);
    return model;
}

static struct model sum_of(const struct model *a, const struct model *b)
{
    struct model sum = {.frames = g_new0(struct counted, a->count + b->count + 1)};

    for (size_t i = 0; i < a->count; i++)
        sum.frames[sum.count++] = a->frames[i];
    for (size_t i = 0; i < b->count; i++)
        sum.frames[sum.count++] = b->frames[i];
    for (unsigned kind = 0; kind < KINDS; kind++) {
        const struct flowscope_peak *one = &a->peak[kind], *two = &b->peak[kind];
        const bool second = two->most > one->most ||
                            (two->most && two->most == one->most && two->time_ns < one->time_ns);

        sum.peak[kind] = second ? *two : *one;
    }
    return sum;
}

/* The finest intervals of which there are not too many. */
static struct flowscope_rates series_of(const struct model *model)
{
    struct flowscope_rates rates = {.interval_ns = model->count ? FINEST : 0};
    int64_t first_ns = INT64_MAX, last_ns = INT64_MIN;

    for (size_t i = 0; i < model->count; i++) {
        first_ns = MIN(first_ns, model->frames[i].time_ns);
        last_ns = MAX(last_ns, model->frames[i].time_ns);
    }
    while (model->count &&
           floor_of(last_ns, rates.interval_ns) - floor_of(first_ns, rates.interval_ns) >=
               FLOWSCOPE_RATE_INTERVALS)
        rates.interval_ns *= 2;
    for (size_t i = 0; i < model->count; i++) {
        const struct counted *frame = &model->frames[i];
        size_t at;

        rates.first = floor_of(first_ns, rates.interval_ns);
        rates.count = (uint32_t)(floor_of(last_ns, rates.interval_ns) - rates.first + 1);
        at = (size_t)(floor_of(frame->time_ns, rates.interval_ns) - rates.first);
        for (unsigned kind = 0; kind < KINDS; kind++)
            rates.interval[at][kind] += frame->more[kind];
    }
    memcpy(rates.peak, model->peak, sizeof(rates.peak));
    return rates;
}

static void compare(const struct flowscope_rates *rates, const struct model *model)
{
    const struct flowscope_rates slow = series_of(model);

    g_assert_cmpint(rates->interval_ns, ==, slow.interval_ns);
    g_assert_cmpint(rates->first, ==, slow.first);
    g_assert_cmpuint(rates->count, ==, slow.count);
    for (unsigned kind = 0; kind < KINDS; kind++) {
        for (uint32_t i = 0; i < slow.count; i++)
            g_assert_cmpuint(rates->interval[i][kind], ==, slow.interval[i][kind]);
        g_assert_cmpuint(rates->peak[kind].most, ==, slow.peak[kind].most);
        g_assert_cmpint(rates->peak[kind].time_ns, ==, slow.peak[kind].time_ns);
    }
    for (uint32_t i = 0; i < slow.count; i++)
        g_assert_cmpint(flowscope_rates_time_ns(rates, i), ==,
                        begin_of(slow.first + i, slow.interval_ns));
    g_assert_true(memcmp(rates, &slow, sizeof(slow)) == 0);
}

/* The same frames in calls of `most` at most, or of random size for 0. */
static struct flowscope_rates rates_of(const struct traffic *traffic, size_t from, size_t to,
                                       size_t most, struct random_state *random)
{
    struct flowscope_counters counters = {.size = sizeof(counters)};
    flowscope_engine *engine = new_engine(traffic);
    uint64_t counted[KINDS], sum[KINDS] = {0};

    fs_engine_set_few_flows(engine, random_chance(random, 500) ? 0 : FS_FEW_FLOWS);
    for (size_t batch; from < to; from += batch) {
        batch = most ? most : 1 + random_below(random, 70);
        if (batch > to - from)
            batch = to - from;
        flowscope_engine_feed(engine, traffic->packets + from, batch, NULL);
    }
    flowscope_engine_counters(engine, &counters);
    count_of(engine, counted);
    for (uint32_t i = 0; i < counters.rates.count; i++) {
        for (unsigned kind = 0; kind < KINDS; kind++)
            sum[kind] += counters.rates.interval[i][kind];
    }
    for (unsigned kind = 0; kind < KINDS && counters.has_time; kind++)
        g_assert_cmpuint(sum[kind], ==, counted[kind]);
    g_assert_true(counters.has_time == (counters.rates.interval_ns != 0));
    flowscope_engine_destroy(engine);
    return counters.rates;
}

static void check_seed(uint64_t seed)
{
    struct random_state random = {seed};
    const size_t frames = 20 + random_below(&random, 300);
    const size_t cut = random_below(&random, (uint32_t)frames);
    struct flowscope_rates rates, more;
    struct model whole, parts[2], sum;
    struct traffic traffic;

    traffic_make(&traffic, seed, frames);
    whole = watch(&traffic, 0, frames);
    rates = rates_of(&traffic, 0, frames, 0, &random);
    compare(&rates, &whole);
    rates = rates_of(&traffic, 0, frames, frames, &random);
    compare(&rates, &whole);
    parts[0] = watch(&traffic, 0, cut);
    parts[1] = watch(&traffic, cut, frames);
    sum = sum_of(&parts[0], &parts[1]);
    rates = rates_of(&traffic, 0, cut, 1, &random);
    more = rates_of(&traffic, cut, frames, 0, &random);
    flowscope_rates_add(&rates, &more);
    compare(&rates, &sum);
    g_free(whole.frames);
    g_free(parts[0].frames);
    g_free(parts[1].frames);
    g_free(sum.frames);
    traffic_clear(&traffic);
}

static void test_seed(gconstpointer first)
{
    const uint64_t seed = *(const uint64_t *)first;

    for (uint64_t i = seed ? seed : 1; i <= (seed ? seed : 400); i++) {
        snprintf(seed_note, sizeof(seed_note), "\nfailed: --seed %" G_GUINT64_FORMAT "\n", i);
        check_seed(i);
    }
}

static void on_abort(int number)
{
    (void)number;
    if (write(STDERR_FILENO, seed_note, strlen(seed_note)) < 0)
        _exit(2);
}

int main(int count, char **arguments)
{
    uint64_t seed = 0;

    if (count == 3 && !strcmp(arguments[1], "--seed")) {
        seed = g_ascii_strtoull(arguments[2], NULL, 10);
        count = 1;
    }
    signal(SIGABRT, on_abort);
    g_test_init(&count, &arguments, NULL);
    g_test_add_data_func("/rates/equal-to-the-model", &seed, test_seed);
    return g_test_run();
}
