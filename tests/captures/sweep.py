# SPDX-License-Identifier: BSD-2-Clause
"""What the sweeps share: where the captures are, which of them are taken, how the faces are run.

BUILD_DIR in the environment names the build whose command and tshark are tested. FLOWSCOPE_CAPTURES=all
takes every capture, and their absence is a failure; else a fixed tenth is taken, and absence skips."""
import collections
import concurrent.futures
import csv
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
CAPTURES = pathlib.Path(os.environ.get("FLOWSCOPE_CAPTURES_DIR") or ROOT / "../shared/captures").resolve()
ALL = os.environ.get("FLOWSCOPE_CAPTURES") == "all"
BUILD = pathlib.Path(os.environ.get("BUILD_DIR") or ROOT / "build").resolve()
COMMAND = str(BUILD / "flowscope")
TSHARK = str(BUILD / "tshark")
SKIPPED = 77
PARTS = 10  # by default one capture in so many is taken
WORKERS = 2
SANITIZER_MARKS = (b"AddressSanitizer", b"LeakSanitizer", b"runtime error:")

# What tshark says on standard error to root, whatever it reads.
NOISE = (b"Running as user",)


def is_pcap(path):
    """pcap and pcapng by their first bytes, gzip'd or not; other formats are Wireshark's alone."""
    with open(path, "rb") as file:
        start = file.read(4)
    return start[:2] == b"\x1f\x8b" or start in (
        b"\xa1\xb2\xc3\xd4", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\x3c\x4d", b"\x4d\x3c\xb2\xa1",
        b"\xa1\xb2\xcd\x34", b"\x34\xcd\xb2\xa1", b"\x0a\x0d\x0d\x0a")


def checksum(name):
    return zlib.crc32(name.encode())


def is_taken(name):
    """A fixed part of the names, the same on every machine, whatever else is in the folder."""
    return checksum(name) % PARTS == 0


def captures(everything=ALL):
    """Paths of the captures to take, in the order of their names; ends the test where there are none."""
    if not CAPTURES.is_dir():
        message = f"no captures in {CAPTURES}"
        if ALL:
            sys.exit(message)
        print(f"skipped: {message}")
        sys.exit(SKIPPED)
    found = sorted(path for suffix in ("pcap", "pcapng", "cap") for path in CAPTURES.rglob("*." + suffix)
                   if path.is_file() and is_pcap(path))
    if not found:
        sys.exit(f"no capture at all in {CAPTURES}")
    return [path for path in found if everything or is_taken(name_of(path))]


def name_of(path):
    return str(path.relative_to(CAPTURES)) if path.is_relative_to(CAPTURES) else path.name


class Done:
    """What a program left behind."""

    def __init__(self, status, out, said):
        self.status = status
        self.out = out
        self.said = said

    def complaint(self):
        """The report of a sanitizer, or a death by signal; '' for none."""
        if self.status < 0 or self.status in (134, 136, 139):
            return f"died with status {self.status}: {self.said[-2000:].decode(errors='replace')}"
        if any(mark in self.said for mark in SANITIZER_MARKS):
            return self.said[:4000].decode(errors="replace")
        return ""


def run(arguments, env=None, timeout=600):
    """Standard output goes through a file: reports may be large."""
    with tempfile.TemporaryFile() as out:
        done = subprocess.run([str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
                              stdout=out, stderr=subprocess.PIPE, check=False, timeout=timeout,
                              env={**os.environ, "LC_ALL": "C", **(env or {})})
        out.seek(0)
        said = b"".join(line for line in done.stderr.splitlines(True)
                        if not line.startswith(NOISE))
        return Done(done.returncode, out.read(), said)


def command(*arguments, env=None):
    return run([COMMAND, *arguments], env)


def rows(report, path, *options):
    """What the command prints as csv, one dict a line; copies are packets like others."""
    done = command(report, "-f", "csv", "--duplicates", "ignore", *options, path)
    return list(csv.DictReader(io.StringIO(done.out.decode())))


class HostBug(Exception):
    """An assertion of one of Wireshark's own dissectors, on which it aborts in builds with sanitizers."""


def tshark(*arguments, env=None):
    done = run([TSHARK, *arguments], env)
    bug = re.search(rb"epan/dissectors/packet-[\w-]+\.c:\d+: failed assertion.*", done.said)
    if bug and done.status < 0:
        raise HostBug(bug[0].decode(errors="replace"))
    return done


class Sweep:
    """Runs checks in parallel; each gives a list of faults, which are printed with what they are about."""

    def __init__(self, title):
        self.title = title
        self.checked = 0
        self.faults = 0

    def over(self, check, items, name=str):
        def checked(item):
            try:
                return check(item)
            except HostBug as bug:
                print(f"{name(item)}: not compared, Wireshark aborts: {bug}", flush=True)
                return []

        items = list(items)
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            for item, faults in zip(items, pool.map(checked, items)):
                self.checked += 1
                for fault in faults:
                    self.fault(name(item), fault)

    def fault(self, name, text):
        self.faults += 1
        print(f"{name}: {text}", flush=True)

    def end(self, more=""):
        print(f"{self.title}: {self.checked} checked, {self.faults} faults{more}")
        if not self.checked:
            sys.exit(f"{self.title}: nothing was checked")
        sys.exit(1 if self.faults else 0)


class Differences:
    """A table of tests/differences: how often each class occurs in each capture. `classes` maps a name
    to (rule, why ours is right); the words of the table must be the same."""

    HEAD = ["class", "capture", "count", "rule", "why ours is right"]

    def __init__(self, file, classes, bless=False):
        self.path = ROOT / "tests/differences" / file
        self.classes = classes
        self.bless = bless
        self.seen = collections.Counter()
        self.names = set()
        self.counts = collections.defaultdict(collections.Counter)
        lines = self.path.read_text().splitlines() if self.path.exists() else []
        for line in lines[1:]:
            kind, capture, count, *texts = line.split("\t")
            if not bless and tuple(texts) != classes.get(kind):
                sys.exit(f"{self.path}: {kind} is no class of this test, or its words are others")
            if kind in classes:
                self.counts[capture][kind] = int(count)

    def check(self, capture, counts):
        """What a capture showed, all of it predicted by a class; faults if the table says otherwise."""
        counts = +collections.Counter(counts)
        self.names.add(capture)
        self.seen += counts
        if self.bless:
            self.counts[capture] = counts
        if self.counts.get(capture, {}) != counts:
            return [f"differences are {dict(counts)}, {self.path.name} has "
                    f"{dict(self.counts.get(capture, {}))}"]
        return []

    def finish(self, work, everything=ALL):
        """Writes what is blessed. Where all captures were taken, each of the table must have been compared."""
        if self.bless:
            self.write()
        if everything:
            for name in self.never_seen():
                work.fault(name, f"stands in {self.path.name} and was not compared")

    def never_seen(self):
        return sorted(name for name, counts in self.counts.items()
                      if any(counts.values()) and name not in self.names)

    def write(self):
        lines = ["\t".join(self.HEAD)]
        for kind, texts in self.classes.items():
            for capture in sorted(self.counts):
                if self.counts[capture][kind]:
                    lines.append("\t".join([kind, capture, str(self.counts[capture][kind]), *texts]))
        self.path.write_text("\n".join(lines) + "\n")

    def summary(self):
        return ", ".join(f"{kind} {count}" for kind, count in sorted(self.seen.items())) or "none"


def first_difference(ours, theirs):
    """The first line in which two outputs differ, for people."""
    a, b = ours.splitlines(), theirs.splitlines()
    for number, (one, other) in enumerate(zip(a, b), 1):
        if one != other:
            return f"line {number}:\n    command {one[:400]!r}\n    tshark  {other[:400]!r}"
    longer = "command" if len(a) > len(b) else "tshark"
    at = min(len(a), len(b))
    line = (a if len(a) > len(b) else b)[at:at + 1]
    return f"{len(a)} lines and {len(b)}; {longer} goes on with {line[:1]!r}"


def options():
    """Names and kinds of the engine's options, from config.def: [(name, 'DURATION' | 'COUNT')]."""
    found = []
    for line in (ROOT / "core/include/flowscope/config.def").read_text().splitlines():
        for kind in ("DURATION", "WINDOW", "COUNT", "CHOICE", "FLAG", "PORTS"):
            if line.startswith(f"FLOWSCOPE_{kind}("):
                found.append((line.split("(")[1].split(",")[0], kind))
    return found
