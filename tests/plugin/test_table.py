# SPDX-License-Identifier: BSD-2-Clause
"""The native table of flows: in tshark, in sharkd, and a window of it in Wireshark."""
import os
import subprocess
import time
import unittest

import frames
from host import csv_rows, HostTest, native_rows, sharkd, TSHARK

FOLDER = os.path.dirname(TSHARK)


def flows():
    """Some that end while others go on."""
    mixed = [frame for pair in zip(frames.conversation(), frames.conversation(50000)) for frame in pair]
    packet6 = frames.ethernet(frames.ipv6("2001:db8::1", "2001:db8::2", 17, frames.udp(1, 2)), 0x86DD)
    inner = frames.ipv4("10.0.0.1", "10.0.0.2", 6, frames.tcp(5, 6, frames.SYN, 1))
    tunnel = frames.ethernet(frames.ipv4(frames.CLIENT, frames.SERVER, 47, bytes([0, 0, 8, 0]) + inner))
    return frames.pcap([*mixed[:7], frames.udp_frame(), *mixed[7:], packet6, b"", tunnel,
                        (1700000100, frames.udp_frame()),
                        (1700000100.25, frames.udp_frame(2000, 1000, frames.SERVER, frames.CLIENT))])


def end(row, side):
    address, port = row[side], row[side[0] + "port"]
    if not port:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def expected_rows(path):
    """The table's cells from what the command prints."""
    done = subprocess.run([os.path.join(FOLDER, "flowscope"), "flows", "-f", "csv", path],
                          stdout=subprocess.PIPE, text=True, check=True)
    return [[row["flow_id"], row["proto"], end(row, "src"), end(row, "dst"),
             str(int(row["packets_fwd"]) + int(row["packets_rev"])), row["packets_fwd"], row["packets_rev"],
             str(int(row["bytes_fwd"]) + int(row["bytes_rev"])), row["bytes_fwd"], row["bytes_rev"],
             row["duration"], row["state"], row["end_reason"], row["first_frame"], row["parent_id"],
             row["tunnel"], row["dup_packets"]] for row in csv_rows(done.stdout)]


def expected_groups(path, column):
    """Flows, packets and bytes by the values of a column."""
    groups = {}
    for row in expected_rows(path):
        sums = groups.setdefault(row[column], [0, 0, 0])
        for at, value in enumerate((1, int(row[4]), int(row[7]))):
            sums[at] += value
    return sorted([name or "(not TCP)", *map(str, sums)] for name, sums in groups.items())


class Table(HostTest):
    def rows(self, path, text="", *arguments, word="table", title="Flows"):
        out, _ = self.run_tshark("-q", "-r", path, "-z", f"flowscope,{word}{text}", *arguments)
        self.assertEqual(out.splitlines().count(title), 1)
        return native_rows(out, title)

    def test_figures(self):
        """The same on one pass, at whose packets no flow is known as a whole, and on two."""
        path = self.capture(flows())
        expected = expected_rows(path)
        self.assertEqual(len(expected), 7)
        for passes in [], ["-2"]:  # an outer flow is noted after the one inside
            self.assertEqual(sorted(self.rows(path, "", *passes), key=lambda row: int(row[0])), expected)

    def test_groups(self):
        path = self.capture(flows())
        for word, title, column in [("protocols", "Protocol", 1), ("states", "State", 11), ("ends", "End", 12)]:
            for passes in [], ["-2"]:
                with self.subTest(word=word, passes=passes):
                    rows = self.rows(path, "", *passes, word=word, title=title)
                    self.assertEqual(sorted(rows), expected_groups(path, column))
        self.assertEqual(sorted(self.rows(path, ",udp", word="ends", title="End")),
                         [["end_of_capture", "1", "2", "58"], ["idle", "2", "2", "78"]])

    def test_groups_of_sessions(self):
        path = self.capture(frames.pcap(frames.conversation() + frames.conversation(50000)))
        self.assertEqual(self.rows(path, "", "-M", "10", word="states", title="State"),
                         [["closed", "2", "20", "824"]])

    def test_filter(self):
        """Whole flows of the packets that match."""
        path = self.capture(flows())
        expected = expected_rows(path)
        for text, ids in [("frame.number == 4", "2"), ("udp.port in {1, 2} || frame.number == 1", "14"),
                          ("arp", ""), ("flowscope.flow_id == 7", "7"),
                          ("ip.addr == 10.0.0.1", "56")]:
            for passes in [], ["-2"]:
                with self.subTest(filter=text, passes=passes):
                    rows = self.rows(path, "," + text, *passes)
                    self.assertEqual(sorted(rows), [row for row in expected if row[0] in ids])

    def test_sessions(self):
        """Later ones follow the earlier, as in the reports."""
        path = self.capture(frames.pcap(frames.conversation() + frames.conversation(50000)))
        rows = self.rows(path, "", "-M", "10")
        self.assertEqual([row[:3] + [row[4], row[7]] for row in rows],
                         [["1", "tcp", "192.0.2.1:40000", "10", "412"],
                          ["2", "tcp", "192.0.2.1:50000", "10", "412"]])

    def test_figures_sort_as_numbers(self):
        out, _ = self.run_tshark("-q", "-r", self.capture(flows()), "-z", "flowscope,table")
        rows = [line.split("|") for line in out.splitlines() if line.endswith("|")][1:]
        self.assertEqual(len(rows), 7)
        self.assertEqual({len(row[at]) for row in rows for at in (4, 7, 8, 9, 10, 14, 16)}, {len("%21s " % "")})

    def test_beside_reports(self):
        path = self.capture(flows())
        out, said = self.run_tshark("-q", "-r", path, "-z", "flowscope,flows,csv", "-z", "flowscope,table",
                                    "-z", "flowscope,flows,csv,udp")
        self.assertEqual(said, "")
        self.assertEqual(out.count("flow_id,"), 2)
        self.assertIn("\nFlows\n1 |tcp |", out)

    def test_wrong_word(self):
        out, said = self.run_tshark("-q", "-r", self.capture(flows()), "-z", "flowscope,tablet", status=1)
        self.assertEqual((out, said.count("\n")), ("", 1))
        self.assertIn("flowscope: -z flowscope,tablet: wants flowscope,table", said)

    def test_sharkd(self):
        """Twice: each answer has its own rows."""
        path = self.capture(flows())
        expected = expected_rows(path)
        for answer in sharkd(path, *2 * ["nstat:flowscope,table"]):
            rows = [[str(cell).strip() for cell in row] for row in answer["tables"][0]["i"]]
            self.assertEqual(sorted(rows, key=lambda row: int(row[0])), expected)


class Window(HostTest):
    def test_opens(self):
        """From the command line, in the middle of loading; Wireshark says nothing and runs on."""
        if not os.access("/usr/bin/wireshark", os.X_OK):
            self.skipTest("Wireshark is not installed")
        path = self.capture(flows())
        with subprocess.Popen([os.path.join(FOLDER, "wireshark"), "-r", path, "-z", "flowscope,table,udp"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, "HOME": self.folder, "QT_QPA_PLATFORM": "offscreen"}) as gui:
            time.sleep(8)
            self.assertIsNone(gui.poll())
            gui.kill()
            self.assertEqual(gui.stdout.read(), b"")
            self.assertNotIn(b"flowscope", gui.stderr.read())


if __name__ == "__main__":
    unittest.main()
