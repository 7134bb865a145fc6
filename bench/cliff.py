#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whether many flows cost more than few: user and system time of `flowscope stats`, for each packet, on
generated captures of as many packets, over few and over many concurrent flows. nfpcapd beside it where
it is installed. Then what the rows of the many flows cost, apart: `flowscope flows` of the same capture,
in each format, less `flowscope stats`.

usage: cliff.py BUILD [--frames=4000000] [--flows=500000] [--rounds=5]"""
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

FEW = 1000


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rows_apart(command, capture, rounds):
    """Prints the time of the rows in each format: of keeping the records too, which stats does not."""
    rows = subprocess.run([command, "flows", "-f", "csv", capture], capture_output=True,
                          check=True).stdout.count(b"\n") - 1
    ways = {"stats": [command, "stats", capture]}
    for form in ("csv", "ndjson", "table"):
        ways[form] = [command, "flows", "-f", form, capture]
    times = {way: [] for way in ways}
    for _ in range(rounds):
        for way, words in ways.items():
            times[way].append(cpu_seconds(words))
    for way in list(ways)[1:]:
        seconds = statistics.median(found - without for found, without in zip(times[way], times["stats"]))
        print(f"{rows} rows of {way}: {seconds:.2f} s, {seconds * 1e9 / rows:.0f} ns a row")


def main():
    options = {"frames": 4000000, "flows": 500000, "rounds": 5}
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build = sys.argv[1]
    for word in sys.argv[2:]:
        name, _, value = word.lstrip("-").partition("=")
        if name not in options or not value.isdigit():
            sys.exit(__doc__)
        options[name] = int(value)
    with tempfile.TemporaryDirectory() as folder:
        captures = {flows: os.path.join(folder, f"{flows}.pcap") for flows in (FEW, options["flows"])}
        for flows, path in captures.items():
            subprocess.run([os.path.join(build, "bench/flowscope_gen"), path, f"--flows={flows}",
                            f"--frames={options['frames']}", "--payload=60", "--interval=1"], check=True)
        programs = {"flowscope stats": lambda path: [os.path.join(build, "flowscope"), "stats", path]}
        if shutil.which("nfpcapd"):
            out = os.path.join(folder, "nf")
            os.mkdir(out)
            programs["nfpcapd"] = lambda path: ["nfpcapd", "-r", path, "-w", out]
        for name, command in programs.items():
            times = {flows: [] for flows in captures}
            for _ in range(options["rounds"]):
                for flows, path in captures.items():
                    times[flows].append(cpu_seconds(command(path)))
            each = {flows: statistics.median(found) * 1e9 / options["frames"]
                    for flows, found in times.items()}
            print(f"{name}: " + ", ".join(f"{value:.0f} ns a packet over {flows} flows"
                                          for flows, value in each.items()) +
                  f": {each[options['flows']] / each[FEW]:.2f} times")
        rows_apart(os.path.join(build, "flowscope"), captures[options["flows"]], options["rounds"])


if __name__ == "__main__":
    main()
