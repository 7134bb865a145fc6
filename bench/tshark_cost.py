#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tshark_cost.py [--instructions] BUILD_DIR [ROW...]: what the plugin costs tshark, beside the installed
tshark without it. Both sides do the same work, but for what the row is about:

plugin  -z io,stat,0 on both sides: what the plugin costs who asks it for nothing
tap     -z io,stat,0 on both sides, and -z flowscope,stats on ours
fields  -2 -T fields: all fields of ours, beside as many of tshark's own

User time and the largest resident size are those of the process; two runs of a round are one after the
other, and their order changes from round to round. With --instructions they are callgrind's per frame:
those of a run over three times the frames less those of a run over the frames, divided by the difference,
so that tshark's start does not count."""
import argparse
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

# What an analyst prints of packets; nearly every packet has them.
OWN = """frame.number frame.time_epoch frame.len ip.src ip.dst ip.proto ip.len ip.id ip.ttl tcp.stream tcp.srcport
    tcp.dstport tcp.seq tcp.ack tcp.flags.str tcp.window_size tcp.len eth.src eth.dst eth.type ip.version
    ip.hdr_len ip.checksum tcp.hdr_len tcp.checksum tcp.time_relative tcp.time_delta frame.protocols
    frame.cap_len frame.time_relative frame.time_delta ip.flags ip.frag_offset ip.dsfield tcp.nxtseq
    tcp.seq_raw tcp.ack_raw tcp.urgent_pointer eth.src.oui eth.dst.oui""".split()


def our_fields():
    table = pathlib.Path(__file__).resolve().parent.parent / "wireshark-plugin/field.def"
    return ["flowscope." + name for name in re.findall(r'^FS_FIELD\(\w+, "([\w.]+)"', table.read_text(), re.M)]


def printing(names):
    return ["-2", "-T", "fields", *(word for name in names for word in ("-e", name))]


def fields():
    ours = our_fields()
    if not ours or len(ours) > len(OWN):
        sys.exit(f"{len(ours)} fields of ours, {len(OWN)} of tshark's")
    print(f"fields: {len(ours)}")
    return printing(OWN[:len(ours)]), printing(ours)


# The arguments of tshark without the plugin, and with it.
ROWS = {
    "plugin": lambda: (["-q", "-z", "io,stat,0"], ["-q", "-z", "io,stat,0"]),
    "tap": lambda: (["-q", "-z", "io,stat,0"], ["-q", "-z", "io,stat,0", "-z", "flowscope,stats"]),
    "fields": fields,
}


def run(*command):
    """User seconds and KB of one run, which must succeed and print something."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or out.tell() == 0:
            sys.exit(f"{' '.join(command)}: status {process.returncode}, {out.tell()} bytes")
    return usage.ru_utime, usage.ru_maxrss


def generate(build, folder, frames, flows=None):
    capture = os.path.join(folder, f"{frames}.pcap")
    subprocess.run([f"{build}/bench/flowscope_gen", capture, f"--frames={frames}",
                    *([f"--flows={flows}"] if flows else [])], check=True)
    return capture


def measure_time(row, sides, capture, frames, rounds):
    ratios, bytes_more = [], []
    for number in range(rounds):
        results = {}
        for side in (0, 1) if number % 2 == 0 else (1, 0):
            results[side] = run(*sides[side], "-r", capture)
        (base_time, base_size), (our_time, our_size) = results[0], results[1]
        ratios.append(our_time / base_time)
        bytes_more.append((our_size - base_size) * 1024 / frames)
        print(f"{row} {number + 1}: user {base_time:.2f} s, {our_time:.2f} s, ratio {ratios[-1]:.3f}; "
              f"{base_size >> 10} MB, {our_size >> 10} MB, {bytes_more[-1]:.1f} bytes a frame more", flush=True)
    print(f"{row}: median ratio {statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f}), "
          f"{statistics.median(bytes_more):.1f} bytes a frame more", flush=True)


def instructions_of(command, folder):
    """Of tshark alone, not of what starts it."""
    for old in pathlib.Path(folder).glob("callgrind.*"):
        old.unlink()
    run("valgrind", "--tool=callgrind", "--trace-children=yes", f"--callgrind-out-file={folder}/callgrind.%p",
        *command)
    for path in pathlib.Path(folder).glob("callgrind.*"):
        text = path.read_text()
        if re.search(r"^cmd: *\S*/tshark(?!\S)|^cmd: *tshark ", text, re.M) and "libwireshark" in text:
            return int(re.search(r"^(?:summary|totals): (\d+)", text, re.M)[1])
    return sys.exit(f"{' '.join(command)}: not counted")


def measure_instructions(row, sides, captures, frames, folder):
    counts = []
    for side in sides:
        few, many = (instructions_of([*side, "-r", capture], folder) for capture in captures)
        counts.append((many - few) / frames)
    base, ours = counts
    print(f"{row}: {base:.0f} instructions a frame, {ours:.0f} with the plugin, ratio {ours / base:.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--instructions", action="store_true")
    parser.add_argument("--frames", type=int)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("build")
    parser.add_argument("rows", nargs="*")
    options = parser.parse_args()
    build = options.build
    with tempfile.TemporaryDirectory(prefix="flowscope-cost.") as folder:
        if options.instructions:
            # As many frames a flow as in the capture of a million.
            half = (options.frames or 20000) // 2
            captures = [generate(build, folder, frames, half // 100) for frames in (half, 3 * half)]
        else:
            frames = options.frames or 1000000
            capture = generate(build, folder, frames)
        for row in options.rows or ROWS:
            if row not in ROWS:
                parser.error(f"no row {row}")
            base, ours = ROWS[row]()
            sides = ["tshark", *base], [f"{build}/tshark", *ours]
            if options.instructions:
                measure_instructions(row, sides, captures, 2 * half, folder)
            else:
                measure_time(row, sides, capture, frames, options.rounds)


if __name__ == "__main__":
    main()
