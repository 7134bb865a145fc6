# SPDX-License-Identifier: BSD-2-Clause
"""What peers.sh runs: each program on the same capture, in turn, round after round, in the other order
every second round. Wall time, CPU time, memory and flows are those of the programs themselves; programs
that are not installed are left out. What is printed goes to files, as it would be used."""
import argparse
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time


def lines_like(pattern):
    return lambda text, _: len(re.findall(pattern, text, re.MULTILINE))


def number_after(pattern):
    def count(text, _):
        match = re.search(pattern, text)
        return int(match[1].replace(",", "")) if match else None
    return count


def after(*command):
    """Counts with a second program, not measured."""
    def count(_, out):
        done = subprocess.run([part.replace("OUT", out) for part in command], capture_output=True, text=True,
                              check=False)
        match = re.search(r"^Flows: (\d+)|^ *sum +(\d+)", done.stdout, re.MULTILINE)
        return int(match[1] or match[2]) if match else None
    return count


def no_flows(_text, _out):
    return None


# Name, program, arguments (IN and OUT are files, DIR a folder), and how its flows are counted.
PROGRAMS = (
    ("flowscope flows", "FLOWSCOPE", ["flows", "--format=csv", "IN"], lambda text, _: text.count("\n") - 1),
    ("flowscope stats", "FLOWSCOPE", ["stats", "IN"], number_after(r"\nflows +(\d+)")),
    ("tcpdump -w (copies)", "tcpdump", ["-r", "IN", "-w", "OUT"], no_flows),
    ("capinfos", "capinfos", ["IN"], no_flows),
    ("flowscope dedup", "FLOWSCOPE", ["dedup", "IN", "OUT"], no_flows),
    ("editcap -d", "editcap", ["-d", "IN", "OUT"], no_flows),
    ("editcap -D 100000", "editcap", ["-D", "100000", "IN", "OUT"], no_flows),
    ("tshark -z conv,tcp", "tshark", ["-q", "-z", "conv,tcp", "-r", "IN"], lines_like(r"<->")),
    ("nfpcapd", "nfpcapd", ["-r", "IN", "-w", "DIR"], after("nfdump", "-R", "OUT", "-I")),
    ("softflowd", "softflowd", ["-d", "-m", "1000000", "-r", "IN"], number_after(r"Flows expired: (\d+)")),
    ("argus", "argus", ["-r", "IN", "-w", "OUT"], after("racount", "-r", "OUT")),
    ("ndpiReader", "ndpiReader", ["-i", "IN"], number_after(r"Unique flows: +(\d+)")),
    ("tcptrace", "tcptrace", ["IN"], lines_like(r"^ *\d+: .* - .*\(")),
)
WARM = 1 << 20


def find(program, flowscope):
    if program == "FLOWSCOPE":
        return flowscope
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def run(path, arguments, capture, folder, options):
    """(wall s, CPU s, MiB, what it printed, its output file), or None when it fails or takes too long."""
    cpu, limit = options.cpu, options.limit
    out = os.path.join(folder, "out")
    directory = os.path.join(folder, "dir")
    os.makedirs(directory, exist_ok=True)
    places = {"IN": capture, "OUT": out, "DIR": directory}
    command = [path] + [places.get(part, part) for part in arguments]
    with open(os.path.join(folder, "printed"), "w+b") as printed:
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=printed, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                   preexec_fn=lambda: os.sched_setaffinity(0, {cpu}) if cpu is not None else None)
        stop = threading.Timer(limit, process.kill)
        stop.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
        stop.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        printed.seek(0)
        text = printed.read().decode(errors="replace")
    if process.returncode:
        return None
    target = directory if "DIR" in arguments else out
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text, target


def read_through(path):
    """The file comes from memory for everyone."""
    with open(path, "rb", buffering=0) as file:
        while file.read(WARM):
            pass


class Runs:
    """What was measured of one program."""

    def __init__(self, name, path, arguments, count):
        self.name, self.path, self.arguments, self.count = name, path, arguments, count
        self.walls, self.cpus, self.memory, self.flows, self.failed = [], [], 0, None, False

    def once(self, options, first):
        if self.failed:
            return
        with tempfile.TemporaryDirectory(prefix="flowscope-peers.") as folder:
            done = run(self.path, self.arguments, options.capture, folder, options)
            if done is None:
                self.failed = True
                return
            wall, used, memory, text, out = done
            self.walls.append(wall)
            self.cpus.append(used)
            self.memory = max(self.memory, memory)
            if first:
                self.flows = self.count(text, out)


def packets_of(flowscope, capture):
    text = subprocess.run([flowscope, "stats", capture], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"^frames +(\d+)", text, re.MULTILINE)[1])


def print_table(programs, packets):
    ours = programs[0]
    # A process begins as a copy of this one: less than that cannot be seen.
    least = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'program':<22}{'x ours':>8}{'wall s':>9}{'CPU s':>9}{'MiB':>8}{'Mpacket/s':>11}{'flows':>10}")
    for one in programs:
        if one.failed:
            print(f"{one.name:<22}  failed, or took too long")
            continue
        wall = statistics.median(one.walls)
        ratio = statistics.median(a / b for a, b in zip(one.walls, ours.walls))
        memory = f"{one.memory:.0f}" if one.memory > least * 1.1 else f"<{least:.0f}"
        flows = "-" if one.flows is None else one.flows
        print(f"{one.name:<22}{ratio:>8.2f}{wall:>9.3f}{statistics.median(one.cpus):>9.3f}{memory:>8}"
              f"{packets / wall / 1e6:>11.2f}{flows:>10}")


def main():
    parser = argparse.ArgumentParser(prog="bench/peers.sh [--install]")
    parser.add_argument("capture", metavar="CAPTURE")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="repetitions, in turn (3)")
    parser.add_argument("--cpu", type=int, metavar="N", help="the core to run on; else programs may use all")
    parser.add_argument("--limit", type=float, default=120, metavar="S", help="seconds that a program may take (120)")
    parser.add_argument("--only", metavar="REGEX", help="of the others, those whose name this matches")
    parser.add_argument("--flowscope", default="flowscope", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not os.access(options.capture, os.R_OK):
        sys.exit(f"flowscope: {options.capture}: no such file, or it may not be read")
    programs, absent = [], []
    for name, program, arguments, count in PROGRAMS:
        path = find(program, options.flowscope)
        if options.only and program != "FLOWSCOPE" and not re.search(options.only, name):
            continue
        if path:
            programs.append(Runs(name, path, arguments, count))
        else:
            absent.append(name)
    read_through(options.capture)
    for number in range(max(options.rounds, 1)):
        for one in (programs if number % 2 == 0 else reversed(programs)):
            one.once(options, number == 0)
    if programs[0].failed:
        sys.exit(f"flowscope: flowscope flows {options.capture}: failed")
    print_table(programs, packets_of(options.flowscope, options.capture))
    if absent:
        print("not installed:", ", ".join(absent), "(--install)")


if __name__ == "__main__":
    main()
