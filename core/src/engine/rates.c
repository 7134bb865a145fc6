/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/rates.h"

#include "base/time.h"

#include <string.h>

#define INTERVALS   FLOWSCOPE_RATE_INTERVALS
#define KINDS       FLOWSCOPE_RATE_COUNT
#define FINEST_NS   (FS_NS_PER_S / 512) /* exact; doubled nine times it is a second */
#define FAR_SECONDS 3600

_Static_assert(512 * FINEST_NS == FS_NS_PER_S, "intervals lie in seconds, or seconds in them");

static int64_t floor_of(int64_t time_ns, int64_t interval_ns)
{
    return time_ns / interval_ns - (time_ns % interval_ns < 0);
}

static int64_t floor_half(int64_t number)
{
    return (number - (number & 1)) / 2;
}

/* The beginning of an interval may lie before the beginning of time, and its end beyond the end. */
static int64_t time_of(int64_t number, int64_t interval_ns)
{
    int64_t time_ns;

    if (__builtin_mul_overflow(number, interval_ns, &time_ns))
        return number < 0 ? INT64_MIN : INT64_MAX;
    return time_ns;
}

int64_t flowscope_rates_time_ns(const struct flowscope_rates *rates, uint32_t number)
{
    return time_of(rates->first + number, rates->interval_ns);
}

/* Each interval becomes half of one. */
static void halve(struct flowscope_rates *series)
{
    uint64_t halved[INTERVALS][KINDS] = {{0}};
    const uint32_t odd = (uint32_t)(series->first & 1);

    for (uint32_t i = 0; i < series->count; i++) {
        for (unsigned kind = 0; kind < KINDS; kind++)
            halved[(i + odd) / 2][kind] += series->interval[i][kind];
    }
    memcpy(series->interval, halved, sizeof(halved));
    series->count = (series->count + odd + 1) / 2;
    series->first = floor_half(series->first);
    series->interval_ns *= 2;
}

/* Grows the series over the interval with this number too (of its intervals as they are), with
 * coarser ones if there is no room. */
static void reach(struct flowscope_rates *series, int64_t number)
{
    int64_t first, last;

    for (;; number = floor_half(number), halve(series)) {
        last = series->first + series->count - 1;
        first = number < series->first ? number : series->first;
        last = number > last ? number : last;
        if (last - first < INTERVALS)
            break;
    }
    if (first < series->first) {
        const size_t gap = (size_t)(series->first - first);

        memmove(series->interval[gap], series->interval[0],
                series->count * sizeof(series->interval[0]));
        memset(series->interval[0], 0, gap * sizeof(series->interval[0]));
    }
    series->first = first;
    series->count = (uint32_t)(last - first + 1);
}

static void raise_peak(struct flowscope_peak *peak, uint64_t most, int64_t time_ns)
{
    if (most > peak->most || (most && most == peak->most && time_ns < peak->time_ns))
        *peak = (struct flowscope_peak){most, time_ns};
}

/* What was counted since the last time belongs to the place of now. */
static void book(struct fs_rates *rates, const uint64_t counted[KINDS])
{
    struct fs_rate_second *second = &rates->second[0];

    if (!rates->series.interval_ns)
        return;
    for (unsigned kind = 0; kind < KINDS; kind++) {
        const uint64_t more = counted[kind] - rates->booked[kind];

        rates->booked[kind] = counted[kind];
        rates->series.interval[rates->interval][kind] += more;
        second->sum[kind] += more;
        raise_peak(&rates->series.peak[kind], second->sum[kind],
                   time_of(second->number, FS_NS_PER_S));
    }
}

/* Brings this second to the front, in the place of the one that was left first. */
static void enter_second(struct fs_rates *rates, int64_t number)
{
    struct fs_rate_second entered = {.number = number};
    uint32_t at = 0;

    while (at < rates->second_count && rates->second[at].number != number)
        at++;
    if (at < rates->second_count)
        entered = rates->second[at];
    else if (at < FS_RATE_SECONDS)
        rates->second_count++;
    else
        at--;
    memmove(rates->second + 1, rates->second, at * sizeof(rates->second[0]));
    rates->second[0] = entered;
}

static void enter(struct fs_rates *rates, int64_t time_ns, int64_t second)
{
    struct flowscope_rates *series = &rates->series;
    int64_t place, place_ns;

    if (!series->interval_ns) {
        series->interval_ns = FINEST_NS;
        series->first = floor_of(time_ns, FINEST_NS);
        series->count = 1;
        rates->first_second = rates->last_second = second;
    }
    if (second < rates->first_second)
        rates->first_second = second;
    if (second > rates->last_second)
        rates->last_second = second;
    reach(series, floor_of(time_ns, series->interval_ns));
    rates->interval = (uint32_t)(floor_of(time_ns, series->interval_ns) - series->first);
    enter_second(rates, second);
    place_ns = series->interval_ns < FS_NS_PER_S ? series->interval_ns : FS_NS_PER_S;
    place = floor_of(time_ns, place_ns);
    rates->from_ns = time_of(place, place_ns);
    rates->until_ns = time_of(place + 1, place_ns);
}

/* One damaged time must not spread the series over a hundred years. */
static bool is_believed(struct fs_rates *rates, int64_t second)
{
    const bool agrees =
        rates->has_far && second - rates->far <= FAR_SECONDS && rates->far - second <= FAR_SECONDS;

    rates->has_far =
        !agrees && rates->series.interval_ns &&
        (second < rates->first_second - FAR_SECONDS || second > rates->last_second + FAR_SECONDS);
    rates->far = second;
    return !rates->has_far;
}

void fs_rates_come(struct fs_rates *rates, const uint64_t counted[KINDS], int64_t time_ns)
{
    if (rates->series.interval_ns && time_ns >= rates->from_ns && time_ns < rates->until_ns) {
        rates->has_far = false;
        return;
    }
    const int64_t second = floor_of(time_ns, FS_NS_PER_S);

    if (!is_believed(rates, second))
        return;
    book(rates, counted);
    enter(rates, time_ns, second);
}

void fs_rates_read(const struct fs_rates *rates, const uint64_t counted[KINDS],
                   struct flowscope_rates *told)
{
    struct fs_rates now = *rates;

    book(&now, counted);
    *told = now.series;
}

void flowscope_rates_add(struct flowscope_rates *sum, const struct flowscope_rates *more)
{
    struct flowscope_rates added = *more;

    if (!added.interval_ns)
        return;
    if (!sum->interval_ns) {
        *sum = added;
        return;
    }
    while (sum->interval_ns < added.interval_ns)
        halve(sum);
    while (added.interval_ns < sum->interval_ns)
        halve(&added);
    reach(sum, added.first);
    while (added.interval_ns < sum->interval_ns)
        halve(&added);
    reach(sum, added.first + added.count - 1);
    while (added.interval_ns < sum->interval_ns)
        halve(&added);
    for (uint32_t i = 0; i < added.count; i++) {
        for (unsigned kind = 0; kind < KINDS; kind++)
            sum->interval[(size_t)(added.first - sum->first) + i][kind] += added.interval[i][kind];
    }
    for (unsigned kind = 0; kind < KINDS; kind++)
        raise_peak(&sum->peak[kind], added.peak[kind].most, added.peak[kind].time_ns);
}

const char *flowscope_rate_name(unsigned rate)
{
    static const char *const names[] = {
#define FLOWSCOPE_RATE(name, text) #name,
#include <flowscope/rate.def>
#undef FLOWSCOPE_RATE
    };

    return rate < FLOWSCOPE_RATE_COUNT ? names[rate] : "";
}
