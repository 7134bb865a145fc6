# SPDX-License-Identifier: BSD-2-Clause
"""Life in the host: everything at once, sessions cut short, one file after the other. What leaks or
points into a session that is gone is found by the sanitized plugin, which these run in CI."""
import json
import os
import signal
import subprocess
import unittest

import frames
from host import HostTest, TSHARK, without_warning

EVERYTHING = [word for tap in ("flowscope,stats", "flowscope,flows,csv,tcp", "flowscope,table", "flowscope,states,tcp",
                               "flowscope,protocols", "flowscope,ends", "flowscope,duplicates", "flowscope,duplicate_pairs",
                               "conv,flowscope", "endpoints,flowscope",
                               "follow,flowscope,ascii,1", "expert", "io,stat,0,flowscope.flow_id")
              for word in ("-z", tap)]


def traffic(port=40000):
    inner = frames.ipv4("10.0.0.1", "10.0.0.2", 6, frames.tcp(port, 6, frames.SYN, 1))
    tunnel = frames.ethernet(frames.ipv4(frames.CLIENT, frames.SERVER, 47, bytes([0, 0, 8, 0]) + inner))
    return frames.pcap([*frames.conversation(port), tunnel, b"", frames.udp_frame(port), tunnel[:30],
                        *frames.conversation(port), frames.tcp_frame(frames.SYN, 77, port=port),
                        *((1700000009 + copy / 10000, frames.udp_frame(port)) for copy in range(port % 7))])


def ask(*requests):
    text = "".join(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": more}) + "\n"
                   for number, (method, more) in enumerate(requests, 1))
    done = subprocess.run([os.path.join(os.path.dirname(TSHARK), "sharkd"), "-"], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=True)
    return [json.loads(line)["result"] for line in done.stdout.splitlines()]


class Life(HostTest):
    def test_everything_at_once(self):
        path = self.capture(traffic())
        for more in [], ["-2"], ["-2", "-R", "tcp"], ["-V"], ["-c", "5"], ["-o", "flowscope.max_flows:1"]:
            with self.subTest(more=more):
                out, said = self.run_tshark("-q", "-r", path, *EVERYTHING, *more)
                self.assertEqual(said, "")
                for head in "[totals]", "flow_id,", "\nFlows\n", "\nState\n", "\nKind\n", "Flowscope Conversations", "Follow:":
                    self.assertIn(head, out)

    def test_sessions(self):
        """-M: all frames are counted, whatever the taps keep."""
        path = self.capture(traffic())
        whole, _ = self.run_tshark("-q", "-r", path, "-z", "flowscope,stats")
        for count in "1", "3", "10":
            out, said = self.run_tshark("-q", "-r", path, "-M", count, *EVERYTHING)
            self.assertEqual(set(said.splitlines()), {"resetting session."})
            self.assertIn(whole.splitlines()[1], out)

    def test_one_file_after_the_other(self):
        """A host that stays: the second file is as if it had been the first."""
        first, second = self.capture(traffic(), "first"), self.capture(traffic(50000), "second")
        taps = {f"tap{at}": name for at, name in enumerate(
            ["nstat:flowscope,table", "nstat:flowscope,ends", "conv:Flowscope", "endpt:Flowscope", "expert",
             "nstat:flowscope,duplicates", "nstat:flowscope,duplicate_pairs"])}
        questions = [("frames", {"column0": "flowscope.flow_id:1", "column1": "flowscope.next_frame:1",
                                 "column2": "flowscope.flow.packets:1"}), ("tap", taps),
                     ("follow", {"follow": "Flowscope", "filter": "flowscope.flow_id == 1"})]
        alone = ask(("load", {"file": second}), *questions)
        after = ask(("load", {"file": first}), *questions, ("load", {"file": second}), *questions)
        self.assertEqual(after[len(questions) + 2:], alone[1:])
        self.assertEqual(len(alone[2]["taps"]), 7)
        copies = [next(tap["tables"] for tap in taps if tap["tap"] == "nstat:flowscope,duplicates")
                  for taps in (after[2]["taps"], alone[2]["taps"])]
        self.assertNotEqual(*copies)

    def test_interrupt(self):
        """What was read until then is printed."""
        path = os.path.join(self.folder, "fifo")
        os.mkfifo(path)
        with subprocess.Popen([TSHARK, "-l", "-r", path, "-z", "flowscope,stats", "-z", "flowscope,table",
                               "-z", "conv,flowscope"], text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C"}) as tshark:
            with open(path, "wb") as fifo:
                fifo.write(frames.pcap(frames.conversation()))
                fifo.flush()
                for _ in range(10):
                    tshark.stdout.readline()
                tshark.send_signal(signal.SIGINT)
            out, said = tshark.communicate(timeout=60)
        self.assertNotIn("ERROR", said)
        self.assertIn("frames 10", out)

    def test_closed_pipe_and_full_disk(self):
        """Of tables and conversations, which tshark prints itself: no crash, nothing of ours on stderr."""
        path = self.capture(traffic())
        wanted = ["-q", "-r", path, "-z", "flowscope,table", "-z", "conv,flowscope", "-z", "follow,flowscope,raw,1"]
        with open("/dev/full", "w", encoding="utf-8") as full:
            _, said = self.run_tshark(*wanted, stdout=full)
        self.assertEqual(said, "")
        with subprocess.Popen([TSHARK, *wanted], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tshark:
            tshark.stdout.close()
            said = tshark.stderr.read()
        self.assertEqual(without_warning(said), "")


if __name__ == "__main__":
    unittest.main()
