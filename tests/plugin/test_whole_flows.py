# SPDX-License-Identifier: BSD-2-Clause
"""Fields of the whole flow: on each of its packets once all frames have been read, absent before."""
import json
import os
import re
import subprocess
import unittest

import frames
from host import csv_rows, HostTest, TSHARK

FLOW = ["flowscope.flow.packets", "flowscope.flow.bytes", "flowscope.flow.duration",
        "flowscope.flow.end_reason", "flowscope.flow.history", "flowscope.flow.conn_state"]
LINKS = ["frame.number", "flowscope.flow_id", "flowscope.prev_frame", "flowscope.next_frame"]


def many_ends():
    """Flows that end in each way while others go on, a flow without time, a frame without flow."""
    reset = [frames.tcp_frame(frames.SYN, 1, port=40001),
             frames.tcp_frame(frames.RST | frames.ACK, 0, 2, reverse=True, port=40001)]
    reused = [frames.tcp_frame(frames.SYN, 1, port=40002), frames.tcp_frame(frames.SYN, 9, port=40002)]
    mixed = [frame for pair in zip(frames.conversation(), frames.conversation(50000)) for frame in pair]
    return frames.pcap([*mixed[:7], frames.udp_frame(), *mixed[7:], *reset, *reused, b"",
                        (1700000040, frames.udp_frame()), (1700000100, frames.udp_frame()),
                        (1700000100.25, frames.udp_frame(2000, 1000, frames.SERVER, frames.CLIENT))])


WITHOUT_TIME = frames.section() + frames.interface() + 2 * frames.simple(frames.udp_frame())


def rows_of(path, *options):
    """What the command says of each flow, by id, in the words of the fields."""
    done = subprocess.run([os.path.join(os.path.dirname(TSHARK), "flowscope"), "flows", "-f", "csv",
                           *options, path], stdout=subprocess.PIPE, text=True, check=True)
    return {row["flow_id"]: [str(int(row["packets_fwd"]) + int(row["packets_rev"])),
                             str(int(row["bytes_fwd"]) + int(row["bytes_rev"])), row["duration"],
                             row["end_reason"], row["history"], row["conn_state"]] for row in csv_rows(done.stdout)}


class WholeFlows(HostTest):
    def test_figures(self):
        """Those of the report, on every packet from the first on."""
        path = self.capture(many_ends())
        for option, preferences in [([], []), (["--udp-idle-timeout", "10s"],
                                               ["-o", "flowscope.udp_idle_timeout:10s"])]:
            expected = rows_of(path, *option)
            self.assertLessEqual({"fin", "rst", "idle", "reused", "end_of_capture"},
                                 {row[3] for row in expected.values()})
            rows = self.fields(path, LINKS[1:2] + FLOW, "-2", *preferences)
            self.assertEqual({row[0] for row in rows}, {"", *expected})
            for row in rows:
                self.assertEqual(row[1:], expected.get(row[0], [""] * len(FLOW)))

    def test_links(self):
        """next_frame is prev_frame the other way round."""
        rows = self.fields(self.capture(many_ends()), LINKS, "-2")
        after = {prev: number for number, _, prev, _ in rows if prev}
        self.assertGreater(len(after), 15)
        for number, _, _, following in rows:
            self.assertEqual(following, after.get(number, ""))

    def test_next_frame_of_tunnels(self):
        """Of a tunnel's own frame it is one that the tunnel carries, as prev_frame is."""
        inner, other = (frames.ipv4(frames.CLIENT, frames.SERVER, 17, frames.udp(port, 2)) for port in (1, 3))
        outer = [frames.ipv4("203.0.113.1", "203.0.113.2", 47, bytes([0, 0, 8, 0]) + packet)
                 for packet in (inner, other)]
        empty = frames.ipv4("203.0.113.1", "203.0.113.2", 47, bytes([0, 0, 8, 6]))
        path = self.capture(frames.pcap([outer[0], empty, outer[1], outer[0], empty], frames.RAW))
        self.assertEqual(self.fields(path, LINKS, "-2"),
                         [["1", "2", "", "4"], ["2", "1", "1", "3"], ["3", "3", "", ""],
                          ["4", "2", "1", ""], ["5", "1", "4", ""]])

    def test_one_pass(self):
        """Absent, for flows that have ended too."""
        path = self.capture(many_ends())
        rows = self.fields(path, FLOW + LINKS[-1:])
        self.assertEqual({tuple(row) for row in rows}, {("",) * (1 + len(FLOW))})
        for passes, shown in ([], False), (["-2"], True):
            out, _ = self.run_tshark("-r", path, "-V", *passes)
            self.assertEqual("End of the flow: fin" in out, shown)

    def test_without_time(self):
        path = self.capture(WITHOUT_TIME)
        self.assertEqual(self.fields(path, FLOW, "-2"), 2 * [["2", "58", "", "end_of_capture", "D", "S0"]])

    def test_display_filters(self):
        path = self.capture(frames.pcap([*frames.conversation(), frames.udp_frame()]))
        for text, numbers in [("flowscope.flow.packets == 10", "1 2 3 4 5 6 7 8 9 10"),
                              ("flowscope.flow.duration > 0.8 && tcp.flags.syn == 1", "1 2"),
                              ("flowscope.flow.bytes < 100", "11"),
                              ('flowscope.flow.end_reason == "fin" && !flowscope.next_frame', "10")]:
            with self.subTest(filter=text):
                rows = self.fields(path, LINKS[:1], "-2", "-Y", text)
                self.assertEqual(" ".join(row[0] for row in rows), numbers)
                self.assertEqual(self.fields(path, LINKS[:1], "-Y", text), [])

    def test_read_filter(self):
        """Figures are those of the whole capture; links stay among the frames that are left."""
        path = self.capture(many_ends())
        whole = {tuple(row) for row in self.fields(path, LINKS[1:2] + FLOW, "-2", "-Y", "udp")}
        left = self.fields(path, LINKS[1:2] + FLOW, "-2", "-R", "udp")
        self.assertEqual({tuple(row) for row in left}, whole)
        for number, flow_id, _, following in self.fields(path, LINKS, "-2", "-R", "tcp.len == 0"):
            if following:
                self.assertGreater(int(following), int(number))

    def test_sharkd(self):
        """A host that dissects frames at random once it has read them all."""
        path = self.capture(many_ends())
        columns = {f"column{at}": f"{name}:1" for at, name in enumerate(LINKS + FLOW)}
        asked = "".join(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": more}) + "\n"
                        for number, (method, more) in enumerate(
                            [("load", {"file": path}), ("frames", {**columns, "skip": 3}),
                             ("frames", columns)], 1))
        done = subprocess.run([os.path.join(os.path.dirname(TSHARK), "sharkd"), "-"], input=asked, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=True)
        out = [json.loads(line) for line in done.stdout.splitlines()]
        expected = self.fields(path, LINKS + FLOW, "-2")
        for answer, rows in [(out[1], expected[3:]), (out[2], expected)]:
            self.assertEqual([row["c"] for row in answer["result"]], rows)

    def test_rawshark(self):
        """A host that is handed packets of one link type without a file around them, and reads them once."""
        content = frames.pcap([*frames.conversation(), frames.udp_frame(), frames.udp_frame()])
        path = self.capture(content)
        names = LINKS[1:3]
        wanted = [word for name in names for word in ("-F", name)]
        done = subprocess.run([os.path.join(os.path.dirname(TSHARK), "rawshark"), "-d", "encap:1", "-r", "-",
                               *wanted], input=content[24:], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, timeout=120, check=True)
        rows = []
        for line in done.stdout.decode().splitlines()[1:]:
            cells = dict(re.findall(r'(\d)="([^"]*)"', line))
            rows.append([cells.get(str(at), "") for at in range(len(names))])
        self.assertEqual(rows, self.fields(path, names))


class Headline(HostTest):
    """The one line of a packet that shows without opening its tree."""

    def lines(self, content, *passes):
        out, _ = self.run_tshark("-r", self.capture(content), "-V", *passes)
        lines = [line.strip("[]") for line in out.splitlines() if line.startswith("[Flowscope")]
        self.assertEqual(len(lines), out.count("\nFrame ") + 1)
        return lines

    def test_both_ends(self):
        packet6 = frames.ethernet(frames.ipv6("2001:db8::1", "2001:db8::2", 17, frames.udp(1, 2)), 0x86DD)
        esp = frames.ethernet(frames.ipv4(frames.CLIENT, frames.SERVER, 50, bytes(8)))
        content = frames.pcap([*frames.conversation()[:3], packet6, esp, b"",
                               *frames.conversation()[3:]])
        first, answer, third, six, last, nothing, *_ = self.lines(content)
        ends = "Flowscope, flow 1, 192.0.2.1:40000 -> 198.51.100.2:80 tcp, packet "
        self.assertEqual(first, ends + "1, fwd, syn_sent")
        self.assertEqual(answer, ends + "2, rev, syn_received")
        self.assertEqual(third, ends + "3, fwd, established")
        self.assertEqual(six, "Flowscope, flow 2, [2001:db8::1]:1 -> [2001:db8::2]:2 udp, packet 1, fwd")
        self.assertEqual(last, "Flowscope, flow 3, 192.0.2.1 -> 198.51.100.2 esp, packet 1, fwd")
        self.assertEqual(nothing, "Flowscope, no_data")
        first, answer, _, six, _, nothing, *_ = self.lines(content, "-2")
        self.assertEqual(first, ends + "1 of 10, fwd, syn_sent; 412 bytes, 1.200000000 s, fin")
        self.assertEqual(answer, ends + "2 of 10, rev, syn_received; 412 bytes, 1.200000000 s, fin")
        self.assertTrue(six.endswith(", packet 1 of 1, fwd; 49 bytes, 0.000000000 s, end_of_capture"), six)
        self.assertEqual(nothing, "Flowscope, no_data")

    def test_without_time(self):
        self.assertEqual(self.lines(WITHOUT_TIME, "-2")[1],
                         "Flowscope, flow 1, 192.0.2.1:1000 -> 198.51.100.2:2000 udp, packet 2 of 2, fwd; "
                         "58 bytes, end_of_capture")

    def test_before_the_end(self):
        """A flow that ended says no more of itself than others do on the first pass."""
        self.assertTrue(all(";" not in line and " of " not in line for line in self.lines(many_ends())))


if __name__ == "__main__":
    unittest.main()
