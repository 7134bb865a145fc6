#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whether many flows cost more than few: user and system time of `flowscope stats`, for each packet, on
generated captures of as many packets, over few and over many concurrent flows. nfpcapd beside it where
it is installed. Then what the rows of the many flows cost, apart: `flowscope flows` reads the same capture from a
pipe, with a day of silence at its end, so that all flows have ended when it waits for more; what it does from
there to its exit, once the pipe is closed, is rows. `flowscope stats` the same way says what is no row.

usage: cliff.py BUILD [--frames=4000000] [--flows=500000] [--rounds=5]"""
import fcntl
import os
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time

FEW = 1000


def cpu_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def with_silence(capture):
    """The capture, and twice its last frame a day later (the clock believes no single one)."""
    with open(capture, "rb") as file:
        data = file.read()
    at, last = 24, None
    while at < len(data):
        last = at
        at += 16 + struct.unpack_from("<I", data, at + 8)[0]
    late = struct.pack("<I", struct.unpack_from("<I", data, last)[0] + 86400) + data[last + 4:]
    return data + 2 * late


def cpu_of(process):
    with open(f"/proc/{process.pid}/schedstat", encoding="ascii") as file:
        return int(file.read().split()[0]) / 1e9


def waits(process, pipe):
    """Whether all that was written was read, and the reader sleeps until there is more."""
    left = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        return left == 0 and file.read().rpartition(")")[2].split()[0] == "S"


def seconds_after_the_last_frame(command, data):
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, bufsize=0) as process:
        view = memoryview(data)
        while view:
            view = view[os.write(process.stdin.fileno(), view):]
        while not waits(process, process.stdin):
            time.sleep(0.01)
        before = cpu_of(process)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: status {process.returncode}")
    return usage.ru_utime + usage.ru_stime - before


def rows_apart(command, capture, rounds):
    data = with_silence(capture)
    rows = subprocess.run([command, "flows", "-f", "csv", "-"], input=data, capture_output=True,
                          check=True).stdout.count(b"\n") - 1
    ways = {form: [command, "flows", "-f", form, "-"] for form in ("csv", "ndjson", "table")}
    ways["no rows (stats)"] = [command, "stats", "-"]
    times = {way: [] for way in ways}
    for _ in range(rounds):
        for way, words in ways.items():
            times[way].append(seconds_after_the_last_frame(words, data))
    for way, found in times.items():
        seconds = statistics.median(found)
        print(f"{rows} flows as {way}: {seconds:.3f} s, {seconds * 1e9 / rows:.0f} ns a flow")


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
