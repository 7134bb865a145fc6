# SPDX-License-Identifier: BSD-2-Clause
"""Copies of frames in the plugin: fields, the expert note, and a capture written without them."""
import json
import os
import re
import struct
import subprocess
import unittest

import frames
from host import csv_rows, HostTest, TRUE

COMMAND = os.path.join(os.environ["BUILD_DIR"], "flowscope")

FIELDS = ["frame.number", "flowscope.flow_id", "flowscope.pkt", "flowscope.prev_frame", "flowscope.dup",
          "flowscope.dup_of", "flowscope.dup_kind", "flowscope.verdict"]
WRITTEN = ["frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "frame.interface_id"]
START = 1700000000 * 1000000  # microseconds
ARP = frames.ethernet(bytes(28), 0x0806)


def routed(frame):
    copy = bytearray(frame)
    copy[0:12] = bytes.fromhex("00005e005303" "00005e005304")
    copy[22] -= 1  # TTL
    return bytes(copy)


def tagged(frame):
    return frame[:12] + bytes.fromhex("8100000a") + frame[12:]


def copied():
    """A conversation of which some frames come again within some 10 us, and one after a second."""
    talk = frames.conversation()
    out = []
    for number, frame in enumerate([*talk, ARP]):
        when = 1700000000 + number
        out.append((when, frame))
        if number in (0, 10):
            out.append((when + 0.00001, frame))
        if number == 1:
            out.append((when + 0.00002, routed(frame)))
        if number == 3:
            out += [(when + 0.00003, tagged(frame)), (when + 0.5, frame)]
    return out


# The IP identification of these frames is 1: they have one, and a second later they are others.
EXPECTED = """
1  1 1  -  - -  -      ok
2  1 -  -  1 1  exact  ok
3  1 2  1  - -  -      ok
4  1 -  -  1 3  routed ok
5  1 3  3  - -  -      ok
6  1 4  5  - -  -      ok
7  1 -  -  1 6  vlan   ok
8  1 5  6  - -  -      ok
9  1 6  8  - -  -      ok
10 1 7  9  - -  -      ok
11 1 8  10 - -  -      ok
12 1 9  11 - -  -      ok
13 1 10 12 - -  -      ok
14 1 11 13 - -  -      ok
15 - -  -  - -  -      not_ip
16 - -  -  1 15 exact  not_ip
"""
EXPECTED = [[cell.replace("-", "") for cell in line.split()] for line in EXPECTED.strip().splitlines()]
for _row in EXPECTED:
    _row[4] = _row[4] and TRUE


class Duplicates(HostTest):
    def test_fields(self):
        path = self.capture(frames.pcap(copied()))
        for passes in [], ["-2"]:
            with self.subTest(passes=passes):
                self.assertEqual(self.fields(path, FIELDS, *passes), EXPECTED)

    def test_next_frame(self):
        path = self.capture(frames.pcap(copied()))
        rows = self.fields(path, ["frame.number", "flowscope.next_frame"], "-2")
        self.assertEqual(rows[:4], [["1", "3"], ["2", ""], ["3", "5"], ["4", ""]])

    def test_drop(self):
        path = self.capture(frames.pcap(copied()))
        rows = self.fields(path, FIELDS, "-o", "flowscope.duplicates:drop")
        self.assertEqual([row for row in rows if not row[4]], [row for row in EXPECTED if not row[4]])
        self.assertEqual([row[1:] for row in rows if row[4]],
                         [["", "", "", *row[4:7], "duplicate"] for row in EXPECTED if row[4]])

    def test_ignore(self):
        path = self.capture(frames.pcap(copied()))
        self.assertEqual(self.fields(path, ["frame.number"], "-Y", "flowscope.dup || flowscope.dup_of",
                                     "-o", "flowscope.duplicates:ignore"), [])
        rows = csv_rows(self.report(path, "flowscope,flows,csv", "-o", "flowscope.duplicates:ignore"))
        self.assertEqual([(row["packets_fwd"], row["dup_packets"]) for row in rows], [("8", "")])

    def test_flows(self):
        path = self.capture(frames.pcap(copied()))
        rows = csv_rows(self.report(path, "flowscope,flows,csv"))
        self.assertEqual([(row["packets_fwd"], row["packets_rev"], row["dup_packets"]) for row in rows],
                         [("6", "5", "3")])

    def test_expert_note(self):
        path = self.capture(frames.pcap(copied()))
        rows = self.fields(path, ["frame.number", "_ws.expert.message"], "-Y", "flowscope.expert.duplicate")
        self.assertEqual([row[0] for row in rows], ["2", "4", "7", "16"])
        for (_, said), note in zip(rows, ("1 (exact)", "3 (routed)", "6 (vlan)", "15 (exact)")):
            self.assertIn("A copy of frame " + note, said)

    def test_link_goes_first(self):
        """Of the links to one frame the first marks it in the packet list: that of a copy comes before those of flows."""
        out, _ = self.run_tshark("-r", self.capture(frames.pcap(copied())), "-T", "pdml", "-Y", "frame.number == 2")
        names = re.findall(r'name="(flowscope\.\w+)" showname="[^"]*: 1\b', out)
        self.assertEqual([name for name in names if name in ("flowscope.dup_of", "flowscope.first_frame")],
                         ["flowscope.dup_of", "flowscope.first_frame"])

    def test_clean_file(self):
        """What the filter leaves has no copies, and the flows of the capture without them."""
        path, clean = self.capture(frames.pcap(copied())), self.folder + "/clean.pcapng"
        self.run_tshark("-r", path, "-Y", "!flowscope.dup", "-w", clean)
        rows = self.fields(clean, FIELDS)
        self.assertEqual(len(rows), 12)
        self.assertFalse([row for row in rows if row[4] or row[5] or row[6]])
        before = csv_rows(self.report(path, "flowscope,flows,csv"))
        after = csv_rows(self.report(clean, "flowscope,flows,csv"))
        for row in before + after:
            row["dup_packets"] = row["last_frame"] = ""
        self.assertEqual(before, after)

    def test_clean_file_is_that_of_dedup(self):
        """Frame by frame, with times, interfaces and bytes, of pcap and of pcapng with two interfaces."""
        mirrored = frames.section() + frames.interface() + frames.interface() + b"".join(
            frames.enhanced(frame, round(when * 1000000), number % 2)
            for number, (when, frame) in enumerate(copied()))
        for name, content in ("in.pcap", frames.pcap(copied())), ("in.pcapng", mirrored):
            with self.subTest(name):
                path, clean, ours = self.capture(content, name), self.folder + "/clean", self.folder + "/ours"
                self.run_tshark("-r", path, "-Y", "!flowscope.dup", "-w", clean)
                subprocess.run([COMMAND, "dedup", path, ours], check=True, timeout=60)
                rows = [self.fields(file, WRITTEN) for file in (clean, ours)]
                self.assertEqual(*rows)
                self.assertEqual(len(rows[0]), 12)
                self.assertEqual(*(self.run_tshark("-n", "-x", "-r", file)[0] for file in (clean, ours)))

    def test_directions(self):
        """One packet crosses an interface once each way: in pcapng by its flags, in cooked captures by their type."""
        frame = frames.udp_frame()

        def flagged(microseconds, flags, interface):
            return frames.block(6, struct.pack("<IIIII", interface, START >> 32, (START & 0xffffffff) + microseconds,
                                               len(frame), len(frame)) + frame + bytes(-len(frame) % 4)
                                + struct.pack("<HHIHH", 2, 4, flags, 0, 0))

        said = frames.section() + frames.interface() + frames.interface() + b"".join(
            [flagged(0, 2, 0), flagged(10, 1, 0), flagged(20, 1, 0), flagged(30, 2, 0), flagged(40, 1, 1),
             flagged(50, 0, 0)])
        cooked = frames.pcap([(START / 1e6 + at / 1e6, bytes([0, way]) + bytes([0, 1, 0, 6]) + bytes(8) + b"\x08\0"
                               + frame[14:]) for at, way in ((0, 4), (10, 0), (20, 0), (30, 4))], frames.SLL)
        for name, content, want in (("flags", said, ["", "1", "", "3", "3", "3"]),
                                    ("cooked", cooked, ["", "1", "", "3"])):
            with self.subTest(name):
                path = self.capture(content, name)
                self.assertEqual([row[5] for row in self.fields(path, FIELDS)], want)
                self.assertEqual([row["dup_of"] for row in self.command("packets", path)], want)

    def test_names_of_interfaces(self):
        """Pairs have the interfaces' names, of what lies in the file and of pcapng; both faces say the same."""
        named = [[(2, b"eth0")], [(3, b"to the core")], [(3, b"no"), (2, b"tap-1"), (2, b"tap-2"), (9, b"\6")], [],
                 [(2, b"unknown")], [(2, b"")], [(2, b"a\xff\nb")], [(2, "Ärger\"x".encode())], [(2, b"n" * 99)],
                 [(15, b"hardware")]]
        told = ["eth0", "to_the_core", "tap-1", "3", "4", "5", "a__b", "Ärger\"x", "n" * 51, "hardware"]
        frame = frames.udp_frame()

        def section(times):
            return frames.section() + b"".join(frames.interface(options=of) for of in named) + b"".join(
                frames.enhanced(frame, START + 10 * number + times, number) for number in range(len(named)))

        path = self.capture(section(0) + section(5000000), "named.pcapng")
        for format in "", "ndjson":
            ours = subprocess.run([COMMAND, "stats", *(["-f", format] if format else []), path], check=True,
                                  timeout=60, stdout=subprocess.PIPE).stdout.decode()
            report = "flowscope,stats" + ("," + format if format else "")
            self.assertIn(ours.strip(), self.run_tshark("-q", "-r", path, "-z", report)[0])
        pairs = [json.loads(line) for line in ours.splitlines()]
        pairs = [row["name"] for row in pairs if row["section"] == "duplicate_pairs" and "." not in row["name"]]
        self.assertEqual(pairs[:9], ["eth0->" + name for name in told[1:]])
        self.assertEqual(pairs[9:], [f"1/0->1/{number}" for number in range(1, 10)])

    def command(self, report, path, *options):
        done = subprocess.run([COMMAND, report, "-f", "csv", *options, path], check=True, timeout=60,
                              stdout=subprocess.PIPE, text=True)
        return csv_rows(done.stdout)

    def test_actions_in_the_command(self):
        """Each action gives the same in the command as in the fields, and the same reports as the tap."""
        columns = ["frame", "flow_id", "pkt", "prev_frame", "dup_of", "dup_kind", "verdict"]
        path = self.capture(frames.pcap(copied()))
        for action in "mark", "drop", "ignore":
            with self.subTest(action):
                ours = [[row[column] for column in columns]
                        for row in self.command("packets", path, f"--duplicates={action}")]
                option = "-o", f"flowscope.duplicates:{action}"
                self.assertEqual(ours, [row[:4] + row[5:] for row in self.fields(path, FIELDS, *option)])
                self.assertEqual(self.command("flows", path, f"--duplicates={action}"),
                                 csv_rows(self.report(path, "flowscope,flows,csv", *option)))


if __name__ == "__main__":
    unittest.main()
