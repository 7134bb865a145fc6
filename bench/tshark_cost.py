# SPDX-License-Identifier: BSD-2-Clause
"""tshark_cost.py BUILD_DIR [FRAMES [ROUNDS]]: what -z flowscope,stats costs tshark, beside -z io,stat,0
of the installed tshark without our plugin. Both runs of a round are one after the other, their order
changes from round to round; user time and the largest resident size are those of the process."""
import os
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


def measure(capture, frames, rounds, build):
    base = ["tshark", "-q", "-r", capture, "-z", "io,stat,0"]
    ours = [f"{build}/tshark", "-q", "-r", capture, "-z", "flowscope,stats"]
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
    if len(sys.argv) not in (2, 3, 4):
        sys.exit(__doc__)
    build = sys.argv[1]
    frames, rounds = (list(map(int, sys.argv[2:])) + [1000000, 7][len(sys.argv) - 2:])
    with tempfile.TemporaryDirectory(prefix="flowscope-cost.") as folder:
        capture = os.path.join(folder, "frames.pcap")
        subprocess.run([f"{build}/bench/flowscope_gen", capture, f"--frames={frames}"], check=True)
        measure(capture, frames, rounds, build)


if __name__ == "__main__":
    main()
