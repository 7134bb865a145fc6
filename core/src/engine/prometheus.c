/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters in the text format of Prometheus, version 0.0.4. */
#include <flowscope/engine.h>

struct out {
    char *at;
    size_t room; /* without the terminator */
    size_t length;
};

static void put(struct out *out, const char *text)
{
    for (; *text; text++, out->length++) {
        if (out->length < out->room)
            out->at[out->length] = *text;
    }
}

struct label {
    const char *name, *word;
};

/* A sample, with up to two labels. */
static void put_sample(struct out *out, const char *name, struct label one, struct label two,
                       uint64_t value)
{
    char digits[24];
    char *at = digits + sizeof(digits);

    *--at = '\0';
    *--at = '\n';
    do
        *--at = (char)('0' + value % 10);
    while (value /= 10);
    put(out, "flowscope_");
    put(out, name);
    if (one.name) {
        put(out, "{");
        put(out, one.name);
        put(out, "=\"");
        put(out, one.word);
        if (two.name) {
            put(out, "\",");
            put(out, two.name);
            put(out, "=\"");
            put(out, two.word);
        }
        put(out, "\"}");
    }
    put(out, " ");
    put(out, at);
}

static const struct label none;

static void head(struct out *out, const char *name, const char *type, const char *help)
{
    put(out, "# HELP flowscope_");
    put(out, name);
    put(out, " ");
    put(out, help);
    put(out, "\n# TYPE flowscope_");
    put(out, name);
    put(out, " ");
    put(out, type);
    put(out, "\n");
}

static void put_counters(struct out *out, const struct flowscope_counters *counters)
{
#define FLOWSCOPE_IN_totals(name, text)                                                            \
    head(out, #name "_total", "counter", text);                                                    \
    put_sample(out, #name "_total", none, none, counters->name);
#define FLOWSCOPE_IN_limits(name, text) FLOWSCOPE_IN_totals(name, text)
#define FLOWSCOPE_IN_no_flow(name, text)
#define FLOWSCOPE_COUNTER(group, name, text) FLOWSCOPE_IN_##group(name, text)
#include <flowscope/counters.def>
#undef FLOWSCOPE_COUNTER
#undef FLOWSCOPE_IN_totals
#undef FLOWSCOPE_IN_limits
#undef FLOWSCOPE_IN_no_flow
}

static void put_verdicts(struct out *out, const struct flowscope_counters *counters)
{
    head(out, "no_flow_frames_total", "counter", "frames that belong to none, by verdict");
#define FLOWSCOPE_IN_totals(name)
#define FLOWSCOPE_IN_limits(name)
#define FLOWSCOPE_IN_no_flow(name)                                                                 \
    put_sample(out, "no_flow_frames_total", (struct label){"verdict", #name}, none, counters->name);
#define FLOWSCOPE_COUNTER(group, name, text) FLOWSCOPE_IN_##group(name)
#include <flowscope/counters.def>
#undef FLOWSCOPE_COUNTER
}

/* Who scrapes takes rates of the counters; a burst between two scrapes shows here alone. */
static void put_peaks(struct out *out, const struct flowscope_rates *rates)
{
    head(out, "peak_per_second", "gauge", "the most that there ever was in one second");
    for (unsigned i = 0; i < FLOWSCOPE_RATE_COUNT; i++)
        put_sample(out, "peak_per_second", (struct label){"of", flowscope_rate_name(i)}, none,
                   rates->peak[i].most);
}

static void put_bounds(struct out *out, const struct flowscope_counters *counters)
{
    head(out, "high_water", "gauge", "the most that was ever in use of what has a bound");
    for (unsigned i = 0; i < FLOWSCOPE_BOUND_COUNT; i++)
        put_sample(out, "high_water", (struct label){"of", flowscope_bound_name(i)}, none,
                   counters->bounds[i].most);
    head(out, "limit", "gauge", "the bounds");
    for (unsigned i = 0; i < FLOWSCOPE_BOUND_COUNT; i++)
        put_sample(out, "limit", (struct label){"of", flowscope_bound_name(i)}, none,
                   counters->bounds[i].limit);
}

size_t flowscope_prometheus(const struct flowscope_counters *counters, char *text, size_t size)
{
    struct out out = {.at = text, .room = size ? size - 1 : 0};

    put_counters(&out, counters);
    put_verdicts(&out, counters);
    head(&out, "anomalies_total", "counter", "anomalies, by kind and severity");
    for (unsigned i = 0; i < FLOWSCOPE_ANOMALY_COUNT; i++)
        put_sample(
            &out, "anomalies_total", (struct label){"kind", flowscope_anomaly_name(i)},
            (struct label){"severity", flowscope_severity_name(flowscope_anomaly_severity(i))},
            counters->anomalies[i]);
    head(&out, "open_flows", "gauge", "flows that are in the table now");
    put_sample(&out, "open_flows", none, none, counters->open_flows);
    put_bounds(&out, counters);
    put_peaks(&out, &counters->rates);
    if (size)
        text[out.length < out.room ? out.length : out.room] = '\0';
    return out.length;
}
