/* SPDX-License-Identifier: BSD-2-Clause */
/* flowscope_bench: the rows of workloads/ under Google Benchmark, whose options it takes. Besides:
 *
 *     --capture=FILE           the capture of the rows capture/...
 *     --rows                   lists all rows as JSON lines
 *     --frames=NAME,FILE       writes the frames of a row, those before the cycle first
 *     --instructions=NAME,N    runs N packets of a row in bench_measured(), for callgrind */
#include <benchmark/benchmark.h>

#include "workloads/workload.h"

#include <cstring>

namespace
{

constexpr uint64_t chunk = 1024;

/* The state of the row that runs now: Google Benchmark calls a bench again and again until it has
 * run for long enough. */
struct Running {
    const bench_workload *workload = nullptr;
    void *state = nullptr;
    uint64_t until_between = 0; /* packets */

    void take(const bench_workload &wanted)
    {
        if (workload != &wanted) {
            close();
            workload = &wanted;
            state = wanted.kind->open(&wanted);
        } else if (wanted.kind->again) {
            wanted.kind->again(state);
        } else {
            return;
        }
        const uint64_t period = this->period();
        until_between = period ? period - wanted.warm % period : UINT64_MAX;
    }

    uint64_t period() const
    {
        return workload->kind->period ? workload->kind->period(state) : 0;
    }

    void run(benchmark::State &bench, uint64_t packets)
    {
        while (until_between <= packets) {
            workload->kind->run(state, until_between);
            packets -= until_between;
            bench.PauseTiming();
            workload->kind->between(state);
            bench.ResumeTiming();
            until_between = period();
        }
        workload->kind->run(state, packets);
        if (until_between != UINT64_MAX)
            until_between -= packets;
    }

    void close()
    {
        if (workload)
            workload->kind->close(state);
        workload = nullptr;
    }
} running;

void run_row(benchmark::State &bench, const bench_workload *workload)
{
    running.take(*workload);
    const uint64_t before = bench_allocations();
    while (bench.KeepRunningBatch(chunk))
        running.run(bench, chunk);
    bench.counters["allocations"] =
        static_cast<double>(bench_allocations() - before) / static_cast<double>(bench.iterations());
    if (workload->kind->bytes_per_item)
        bench.counters["bytes"] =
            static_cast<double>(workload->kind->bytes_per_item(running.state));
}

} // namespace

int main(int argc, char **argv)
{
    const char *capture = nullptr;
    const char option[] = "--capture=";
    int kept = 1;
    for (int i = 1; i < argc; i++) {
        if (std::strncmp(argv[i], option, sizeof option - 1) == 0)
            capture = argv[i] + sizeof option - 1;
        else
            argv[kept++] = argv[i];
    }
    argc = kept;

    size_t count;
    const bench_workload *rows = bench_workloads(capture, &count);
    if (argc > 1 && bench_command(rows, count, argv[1]))
        return 0;
    for (size_t i = 0; i < count; i++)
        if (rows[i].kind)
            benchmark::RegisterBenchmark(rows[i].name, run_row, &rows[i]);
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv))
        return 2;
    benchmark::RunSpecifiedBenchmarks();
    running.close();
    return 0;
}
