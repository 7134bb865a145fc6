# SPDX-License-Identifier: BSD-2-Clause
"""The programs that are measured: flowscope_bench, and the Rust crate behind flowscope-peer. Each
measurement is a process of its own, so that no memory layout is drawn once for all rounds."""
import json
import os
import re
import subprocess
import sys
import tempfile


def fail(message):
    sys.exit(f"flowscope bench: {message}")


def output_of(command):
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        fail(f"{' '.join(command)}: status {process.returncode}\n{process.stderr.strip()}")
    return process.stdout


def last_json(text):
    return json.loads(text.strip().splitlines()[-1])


def instructions_of(command):
    """Instructions per packet inside bench_measured(), by callgrind."""
    with tempfile.TemporaryDirectory(prefix="flowscope-bench.") as folder:
        out = os.path.join(folder, "callgrind.out")
        text = output_of(["valgrind", "--tool=callgrind", "--collect-atstart=no",
                          "--toggle-collect=bench_measured*", f"--callgrind-out-file={out}", *command])
        with open(out, encoding="utf-8") as file:
            total = re.search(r"^(?:summary|totals): (\d+)", file.read(), re.MULTILINE)
    return int(total[1]) / last_json(text)["packets"]


class Ours:
    """flowscope_bench of one build."""

    def __init__(self, binary, capture):
        self.binary = binary
        self.options = [f"--capture={capture}"] if capture else []

    def rows(self):
        text = output_of([self.binary, *self.options, "--rows"])
        return [json.loads(line) for line in text.splitlines()]

    def measure(self, names, seconds, warm_up):
        """Nanoseconds and counters of several rows, by name."""
        pattern = "^(" + "|".join(map(re.escape, names)) + ")$"
        command = [self.binary, *self.options, f"--benchmark_filter={pattern}",
                   f"--benchmark_min_time={seconds}", "--benchmark_format=json"]
        if warm_up:
            command.append(f"--benchmark_min_warmup_time={warm_up}")
        runs = json.loads(output_of(command))["benchmarks"]
        return {run["name"]: run for run in runs}

    def write_frames(self, name, path):
        output_of([self.binary, *self.options, f"--frames={name},{path}"])

    def instructions(self, row, packets):
        return instructions_of([self.binary, *self.options, f"--instructions={row['name']},{packets}"])


class Peer:
    """One version of the Rust crate."""

    def __init__(self, binary, version, folder):
        self.binary, self.version, self.folder = binary, version, folder

    def frames_path(self, row):
        return os.path.join(self.folder, row["peer"].replace("/", "_") + ".pcap")

    def command(self, row):
        command = [self.binary, self.version, row["peer"]]
        if row["peer"].split("/")[0] in ("extractor", "tracker", "capture"):
            command += [f"--frames={self.frames_path(row)}", f"--before={row['before']}",
                        f"--warm={row['warm']}", f"--max-flows={row['max_flows']}"]
        return command

    def measure(self, row, seconds):
        return last_json(output_of([*self.command(row), f"--seconds={seconds}"]))["ns"]

    def instructions(self, row, packets):
        return instructions_of([*self.command(row), f"--instructions={packets}"])
