# SPDX-License-Identifier: BSD-2-Clause
"""Measures what bench/run.sh built; see there, and bench/README.md."""
import argparse
import os
import re
import shutil
import sys

from driver import baseline, measure, programs, report, results

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench/run.sh", description="flowscope beside its ancestor "
                                     "and the limits of the machine")
    add = parser.add_argument
    add("--bench", metavar="GROUP", help="one group: extractor, tracker, reassembler, dedup, session_driver, capture")
    add("--filter", metavar="REGEX", help="rows whose name this matches")
    add("--rounds", type=int, metavar="N", help="repetitions, interleaved (5; with --baseline 15)")
    add("--measurement-time", type=float, default=0.2, dest="seconds", metavar="S", help="of each row and round (0.2)")
    add("--warm-up-time", type=float, default=0.05, dest="warm_up", metavar="S", help="before it (0.05)")
    add("--instructions", action="store_true", help="count instructions too, by callgrind")
    add("--large", action="store_true", help="rows that take gigabytes too")
    add("--no-peers", action="store_true", help="ours alone")
    add("--save-baseline", metavar="NAME", help="keep the results and the binary")
    add("--baseline", metavar="NAME", help="against a kept binary, alone; status 1 when a row is slower past the threshold")
    add("--threshold", type=float, default=10, metavar="PERCENT", help="of --baseline (10)")
    add("--capture", metavar="FILE", help="an Ethernet capture for the rows capture/...")
    add("--cpu", type=int, metavar="N", help="the core to run on (the last)")
    add("--build", default=os.path.join(TOP, "build"), metavar="FOLDER", help="the CMake build (build)")
    add("--peer", metavar="PROGRAM", help="flowscope-peer, where it is not in FOLDER/bench")
    options = parser.parse_args(arguments)
    if options.rounds is None:
        options.rounds = 15 if options.baseline else 5
    if options.rounds < (7 if options.baseline else 1):
        parser.error("--rounds: too few to tell anything")  # seven pairs are the fewest that reach 1 %
    return options


def say(text):
    print(f"\r\033[K{text}" if sys.stderr.isatty() else text, end="" if sys.stderr.isatty() else "\n",
          file=sys.stderr, flush=True)


def pin(cpu):
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1] if cpu is None else cpu})


def find_peers(options, folder):
    binary = options.peer or os.path.join(options.build, "bench", "rust", "release", "flowscope-peer")
    if options.no_peers:
        return {}
    if not os.path.exists(binary):
        say("the Rust peers are skipped: no cargo, or they could not be built")
        return {}
    frames = os.path.join(folder, "frames")
    os.makedirs(frames, exist_ok=True)
    return {key: programs.Peer(binary, version, frames) for key, version in measure.PEERS}


def choose(rows, options):
    """The rows asked for, and the names of the limits."""
    limits = [row["name"] for row in rows if row["name"].startswith("limit/")]
    chosen = [row for row in rows if not row["name"].startswith("limit/")]
    if options.bench:
        chosen = [row for row in chosen if row["name"].startswith(options.bench + "/")]
    if options.filter:
        chosen = [row for row in chosen if re.search(options.filter, row["name"])]
    if not options.large:
        chosen = [row for row in chosen if not row["large"]]
    if not chosen:
        programs.fail("no row is called that")
    return chosen, limits


def build_flags(build):
    with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as file:
        cache = dict(re.findall(r"^(CMAKE_\w+):\w+=(.*)$", file.read(), re.MULTILINE))
    kind = cache.get("CMAKE_BUILD_TYPE", "") or "Release"
    return f"{kind}: {cache.get('CMAKE_C_FLAGS', '')} {cache.get('CMAKE_C_FLAGS_' + kind.upper(), '')}".strip()


def measure_all(ours, rows, limits, options, folder, about):
    """Rows beside peers and limits, into results.json."""
    peers = find_peers(options, folder)
    samples = measure.run_rounds(ours, peers, rows, limits, options, say)
    counts = {}
    if options.instructions:
        if shutil.which("valgrind"):
            counts = measure.count_instructions(ours, peers, rows, 20000, say)
        else:
            say("instructions are not counted: no valgrind")
    say("")
    found = results.collect(rows, limits, samples, counts, about)
    path = os.path.join(folder, "results.json")
    results.write(found, path)
    print(results.table(found))
    if options.save_baseline:
        print("kept in", baseline.save(options.build, options.save_baseline, path))


def measure_change(ours, rows, options, folder, about):
    """Against a kept binary, into change.json; the names of the rows that are slower."""
    before = baseline.open_baseline(options.build, options.baseline, options.capture)
    changes, regressed = baseline.compare(before, ours, rows, options, say)
    say("")
    results.write({"machine": about, "baseline": options.baseline, "threshold_percent": options.threshold,
                   "rows": [change.as_json(regressed) for change in changes]},
                  os.path.join(folder, "change.json"))
    print(baseline.table(changes, regressed, options.threshold))
    return regressed


def main():
    options = parse(sys.argv[1:])
    folder = os.path.join(options.build, "bench")
    about = results.machine(build_flags(options.build))
    pin(options.cpu)
    ours = programs.Ours(os.path.join(folder, "flowscope_bench"), options.capture)
    rows, limits = choose(ours.rows(), options)
    regressed = set()
    if options.baseline:
        regressed = measure_change(ours, rows, options, folder, about)
    else:
        measure_all(ours, rows, limits, options, folder, about)
    page = report.write(folder)
    print(page or "no report: there is no matplotlib", file=sys.stderr)
    sys.exit(1 if regressed else 0)


if __name__ == "__main__":
    main()
