#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Wireshark with the sanitized plugin on captures that editcap has damaged, and on random packets of every
type that randpkt knows. Nothing may be said by a sanitizer, and nobody may die; a file at which that
happens is kept. editcap's seeds are fixed; randpkt has none.

usage: noise.py CAPTURE...; small ones of ../shared/captures are taken too, if they are there"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../captures"))
import sweep  # noqa: E402 (of the folder beside this one)

RATES = ("0.005", "0.05")
SEEDS = range(1, 5 if sweep.ALL else 2)
SMALL = 30000
PACKETS = "2000" if sweep.ALL else "300"


def make(*arguments):
    subprocess.run(arguments, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)


def damaged(folder, captures):
    for capture in captures:
        for rate in RATES:
            for seed in SEEDS:
                path = os.path.join(folder, f"{os.path.basename(capture)}-{rate}-{seed}")
                make("editcap", "-E", rate, "--seed", str(seed), capture, path)
                yield path


def random_packets(folder):
    said = subprocess.run(["randpkt", "-h"], capture_output=True, text=True, check=False)
    for kind in re.findall(r"^\t(\S+) +\S", said.stdout + said.stderr, re.MULTILINE):
        path = os.path.join(folder, "randpkt-" + kind)
        make("randpkt", "-b", "1000", "-c", PACKETS, "-t", kind, path)
        yield path


def check(path):
    """All fields of two passes, all trees, and the books of the statistics."""
    done = sweep.tshark("-2", "-n", "-V", "-x", "-r", path, "-z", "flowscope,stats", "-z", "flowscope,flows,csv")
    faults = [done.complaint()] if done.complaint() else []
    if b"[totals]" not in done.out:
        faults.append(f"no statistics, status {done.status}: {done.said[-300:]!r}")
    if faults:
        kept = os.path.join(sweep.BUILD, "noise-" + os.path.basename(path))
        shutil.copy(path, kept)
        faults.append(f"kept as {kept}")
    return faults


def main():
    captures = sys.argv[1:] or sys.exit(__doc__)
    if sweep.CAPTURES.is_dir():
        small = [path for path in sweep.captures() if path.stat().st_size < SMALL]
        captures += small if sweep.ALL else small[::4]
    work = sweep.Sweep("noise through the plugin")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        packets = list(random_packets(folder))
        if len(packets) < 15:
            sys.exit(f"randpkt knows {len(packets)} types")
        work.over(check, [*damaged(folder, captures), *packets], os.path.basename)
    work.end()


if __name__ == "__main__":
    main()
