#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Live capture on the loopback of a network of its own, where nothing else is heard: rows come as flows
end, what the kernel drops is in the books, and memory stays what it was. Skipped where no network
namespace can be made."""
import os
import re
import signal
import socket
import sys
import time
import unittest

import command

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../gui"))
import own_network  # noqa: E402 (of the folder beside this one)

INSIDE = "FLOWSCOPE_IN_OWN_NETWORK"
MOST_FLOWS = 1000
PATIENCE = 120


def resident_bytes(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1]) * 1024


def figures(stats):
    """Of `stats`: name to number, where a line has no more."""
    return {words[0]: int(words[1]) for words in map(str.split, stats.decode().splitlines())
            if len(words) == 2 and words[1].isdigit()}


class Live(command.Case):
    def listen(self, report, *options):
        """The command, once it hears: its rows go to a file, whose size says how far it is."""
        self.rows = os.path.join(self.folder, "rows")
        with open(self.rows, "wb") as out:
            process = self.start(report, "-i", "lo", *options, stdout=out)
        return process

    def until(self, process, holds, meanwhile=lambda: None):
        deadline = time.monotonic() + PATIENCE
        while not holds():
            self.assertIsNone(process.poll(), "the command has ended")
            self.assertLess(time.monotonic(), deadline, "nothing came")
            meanwhile()
            time.sleep(0.02)

    def count_rows(self):
        with open(self.rows, "rb") as rows:
            return max(0, sum(chunk.count(b"\n") for chunk in iter(lambda: rows.read(1 << 20), b"")) - 1)

    def end(self, process):
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        return process.stderr.read().decode()

    def send(self, ports, size=4, source=None):
        source = source or self.sender
        for port in ports:
            source.sendto(b"x" * size, ("127.0.0.1", port))

    def setUp(self):
        super().setUp()
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(self.sender.close)

    def test_rows_as_flows_end(self):
        process = self.listen("flows", "-f", "csv", "--udp-idle-timeout", "1s", "--other-idle-timeout", "1s")
        ports = iter(range(20000, 60000))
        self.until(process, lambda: self.count_rows() > 0, lambda: self.send([next(ports)]))
        self.assertEqual(self.end(process), "")
        self.assertEqual(process.returncode, 0)
        with open(self.rows, encoding="ascii") as rows:
            head, *lines = rows.read().splitlines()
        reason = head.split(",").index("end_reason")
        reasons = {line.split(",")[reason] for line in lines}
        self.assertIn("idle", reasons)
        self.assertLessEqual(reasons, {"idle", "end_of_capture"})

    def test_memory_stays(self):
        """Five times as many flows as before, all of which the file has; no more memory."""
        process = self.listen("flows", "-f", "csv", "--max-flows", str(MOST_FLOWS))

        def talk(flows):
            wanted = self.count_rows() + flows
            ports = iter(range(1, 1 << 30))
            self.until(process, lambda: self.count_rows() >= wanted,
                       lambda: self.send([1024 + next(ports) % 60000 for _ in range(500)]))

        self.until(process, lambda: self.count_rows() > 0, lambda: self.send(range(2000, 2000 + MOST_FLOWS)))
        talk(10000)
        before = resident_bytes(process)
        talk(50000)
        self.assertLess(resident_bytes(process) - before, 4 << 20)
        self.end(process)

    def test_drops_are_in_the_books(self):
        """The command sleeps while more comes than the kernel keeps for it."""
        process = self.listen("stats", "-c", "10")
        self.until(process, lambda: self.is_heard(process))
        process.send_signal(signal.SIGSTOP)
        self.send([9] * 2000, 60000)
        process.send_signal(signal.SIGCONT)
        process.wait(PATIENCE)
        said = process.stderr.read().decode()
        with open(self.rows, "rb") as report:
            counts = figures(report.read())
        self.assertEqual(process.returncode, 0)
        self.assertGreater(counts["capture_drops"], 0)
        self.assertRegex(said, rf"\Aflowscope: lo: {counts['capture_drops']} packets came too fast .*\n\Z")
        self.assertEqual(counts["frames"], 10)
        self.assertEqual(counts["frames"],
                         counts["packets_in_flows"] + counts["duplicates"] + counts["no_flow"])

    def is_heard(self, process):
        """The ring of its packet socket is there: what is sent from now on is in it, or counted as dropped."""
        with open(f"/proc/{process.pid}/maps", encoding="ascii") as maps:
            return "socket:" in maps.read()


def main():
    if os.environ.get(INSIDE):
        own_network.bring_up("lo")
        command.main()
    elif own_network.can_be_made():
        os.execvpe("unshare", [*own_network.UNSHARE, sys.executable, "-B", *sys.argv], {**os.environ, INSIDE: "1"})
    else:
        print("skipped: no network namespace can be made here")


if __name__ == "__main__":
    main()
