# SPDX-License-Identifier: BSD-2-Clause
"""The native table of flows: in tshark, in sharkd, and a window of it in Wireshark."""
import json
import os
import subprocess
import time
import unittest

import frames
from host import csv_rows, HostTest, TSHARK

FOLDER = os.path.dirname(TSHARK)


def flows():
    """Some that end while others go on."""
    mixed = [frame for pair in zip(frames.conversation(), frames.conversation(50000)) for frame in pair]
    packet6 = frames.ethernet(frames.ipv6("2001:db8::1", "2001:db8::2", 17, frames.udp(1, 2)), 0x86DD)
    return frames.pcap([*mixed[:7], frames.udp_frame(), *mixed[7:], packet6, b"",
                        (1700000100, frames.udp_frame()),
                        (1700000100.25, frames.udp_frame(2000, 1000, frames.SERVER, frames.CLIENT))])


def end(row, side):
    address, port = row[side], row[side[0] + "port"]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def expected_rows(path):
    """The table's cells from what the command prints."""
    done = subprocess.run([os.path.join(FOLDER, "flowscope"), "flows", "-f", "csv", path],
                          stdout=subprocess.PIPE, text=True, check=True)
    return [[row["flow_id"], row["proto"], end(row, "src"), end(row, "dst"),
             str(int(row["packets_fwd"]) + int(row["packets_rev"])),
             str(int(row["bytes_fwd"]) + int(row["bytes_rev"])), row["duration"], row["end_reason"]]
            for row in csv_rows(done.stdout)]


class Table(HostTest):
    def rows(self, path, text="", *arguments):
        out, _ = self.run_tshark("-q", "-r", path, "-z", "flowscope,table" + text, *arguments)
        lines = out.splitlines()
        self.assertEqual(lines.count("Flows"), 1)
        return [[cell.strip() for cell in line.split("|")[:-1]]
                for line in lines[lines.index("Flows") + 1:-1]]

    def test_figures(self):
        """The same on one pass, at whose packets no flow is known as a whole, and on two."""
        path = self.capture(flows())
        expected = expected_rows(path)
        self.assertEqual(len(expected), 5)
        self.assertEqual(self.rows(path), expected)
        self.assertEqual(self.rows(path, "", "-2"), expected)

    def test_filter(self):
        """Whole flows of the packets that match."""
        path = self.capture(flows())
        expected = expected_rows(path)
        for text, ids in [("frame.number == 4", "2"), ("udp.port in {1, 2} || frame.number == 1", "14"),
                          ("arp", ""), ("flowscope.flow_id == 5", "5")]:
            for passes in [], ["-2"]:
                with self.subTest(filter=text, passes=passes):
                    rows = self.rows(path, "," + text, *passes)
                    self.assertEqual(sorted(rows), [row for row in expected if row[0] in ids])

    def test_sessions(self):
        """Later ones follow the earlier, as in the reports."""
        path = self.capture(frames.pcap(frames.conversation() + frames.conversation(50000)))
        rows = self.rows(path, "", "-M", "10")
        self.assertEqual([row[:3] + row[4:6] for row in rows],
                         [["1", "tcp", "192.0.2.1:40000", "10", "412"],
                          ["2", "tcp", "192.0.2.1:50000", "10", "412"]])

    def test_figures_sort_as_numbers(self):
        out, _ = self.run_tshark("-q", "-r", self.capture(flows()), "-z", "flowscope,table")
        cells = [line.split("|")[5:7] for line in out.splitlines() if line.endswith("|")][1:]
        self.assertEqual(len(cells), 5)
        self.assertEqual({len(cell) for pair in cells for cell in pair}, {len("%21s " % "")})

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
        asked = [("load", {"file": path}), *2 * [("tap", {"tap0": "nstat:flowscope,table"})]]
        text = "".join(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": more}) + "\n"
                       for number, (method, more) in enumerate(asked, 1))
        done = subprocess.run([os.path.join(FOLDER, "sharkd"), "-"], input=text, text=True, timeout=120,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
        answers = [json.loads(line)["result"] for line in done.stdout.splitlines()]
        self.assertEqual(len(answers), 3)
        for answer in answers[1:]:
            table = answer["taps"][0]["tables"][0]
            self.assertEqual([[str(cell).strip() for cell in row] for row in table["i"]], expected)


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
