# SPDX-License-Identifier: BSD-2-Clause
"""tshark_cost.py [--fields] BUILD_DIR [FRAMES [ROUNDS]]: what -z flowscope,stats costs tshark, beside -z
io,stat,0 of the installed tshark without our plugin; with --fields, what it costs to print all fields of
ours under -2, beside as many of tshark's own. Both runs of a round are one after the other, their order
changes from round to round; user time and the largest resident size are those of the process."""
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile


def run(*command):
    """User seconds and KB of one run, which must succeed and print something."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode or out.tell() == 0:
            sys.exit(f"{' '.join(command)}: status {process.returncode}, {out.tell()} bytes")
    return usage.ru_utime, usage.ru_maxrss


# What an analyst prints of packets; nearly every packet has them.
OWN = """frame.number frame.time_epoch frame.len ip.src ip.dst ip.proto ip.len ip.id ip.ttl tcp.stream tcp.srcport
    tcp.dstport tcp.seq tcp.ack tcp.flags.str tcp.window_size tcp.len eth.src eth.dst eth.type ip.version
    ip.hdr_len ip.checksum tcp.hdr_len tcp.checksum tcp.time_relative tcp.time_delta frame.protocols
    frame.cap_len frame.time_relative frame.time_delta ip.flags ip.frag_offset ip.dsfield tcp.nxtseq
    tcp.seq_raw tcp.ack_raw tcp.urgent_pointer eth.src.oui eth.dst.oui""".split()


def our_fields():
    table = pathlib.Path(__file__).resolve().parent.parent / "wireshark-plugin/field.def"
    return ["flowscope." + name for name in re.findall(r'^FS_FIELD\(\w+, "([\w.]+)"', table.read_text(), re.M)]


def reports(capture, build):
    return (["tshark", "-q", "-r", capture, "-z", "io,stat,0"],
            [f"{build}/tshark", "-q", "-r", capture, "-z", "flowscope,stats"])


def prints(capture, build):
    ours = our_fields()
    if not ours or len(ours) > len(OWN):
        sys.exit(f"{len(ours)} fields of ours, {len(OWN)} of tshark's")
    print(f"{len(ours)} fields")
    return tuple([program, "-2", "-r", capture, "-T", "fields", *(word for name in names for word in ("-e", name))]
                 for program, names in (("tshark", OWN[:len(ours)]), (f"{build}/tshark", ours)))


def measure(commands, frames, rounds):
    base, ours = commands
    ratios, bytes_more = [], []
    for number in range(rounds):
        first, second = (base, ours) if number % 2 == 0 else (ours, base)
        results = {first[0]: run(*first), second[0]: run(*second)}
        (base_time, base_size), (our_time, our_size) = results[base[0]], results[ours[0]]
        ratios.append(our_time / base_time)
        bytes_more.append((our_size - base_size) * 1024 / frames)
        print(f"{number + 1}: user {base_time:.2f} s, {our_time:.2f} s, ratio {ratios[-1]:.3f}; "
              f"{base_size >> 10} MB, {our_size >> 10} MB, {bytes_more[-1]:.1f} bytes a frame more", flush=True)
    print(f"median: ratio {statistics.median(ratios):.3f}, "
          f"{statistics.median(bytes_more):.1f} bytes a frame more")


def main():
    commands, words = (prints, sys.argv[2:]) if sys.argv[1:2] == ["--fields"] else (reports, sys.argv[1:])
    if len(words) not in (1, 2, 3):
        sys.exit(__doc__)
    build = words[0]
    frames, rounds = (list(map(int, words[1:])) + [1000000, 7][len(words) - 1:])
    with tempfile.TemporaryDirectory(prefix="flowscope-cost.") as folder:
        capture = os.path.join(folder, "frames.pcap")
        subprocess.run([f"{build}/bench/flowscope_gen", capture, f"--frames={frames}"], check=True)
        measure(commands(capture, build), frames, rounds)


if __name__ == "__main__":
    main()
