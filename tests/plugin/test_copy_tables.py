# SPDX-License-Identifier: BSD-2-Clause
"""The native tables of copies: figures of their own making, those of `stats`, and flows' copies."""
import json
import os
import struct
import subprocess
import unittest

import frames
from copies import hostile, record, SLL, START, told, US
from host import csv_rows, HostTest, native_rows, sharkd, TSHARK

TABLES = {"duplicates": "Kind", "duplicate_pairs": "Interfaces"}
OTHERS = 5  # copies between the 33rd pair of interfaces and further ones


def nine_digits(nanoseconds):
    return "%d.%09d" % divmod(nanoseconds, 10**9)


def nanoseconds_of(text):
    seconds, part = text.split(".")
    return int(seconds) * 10**9 + int(part)


def cells(name, copies):
    """One row: `copies` are lengths, and how long after the first of their set."""
    delays = [delay for _, delay in copies if delay >= 0]
    figures = [min(delays), sum(delays) // len(delays), max(delays)] if delays else []
    return [name, str(len(copies)), str(sum(length for length, _ in copies)),
            *(map(nine_digits, figures) if delays else [""] * 3)]


def of_stats(stats, section):
    """The rows that the statistics make, without bytes and without what no copy is of."""
    rows = {}
    for line in stats:
        if line["section"] == section:
            name, *part = line["name"].rsplit(".", 1) if "delay" in line["name"] else [line["name"]]
            row = rows.setdefault(name, [name, "", "", "", ""])
            at = ["min_delay", "mean_delay", "max_delay"].index(part[0]) + 2 if part else 1
            row[at] = str(line["value"])
    return [row for row in rows.values() if row[1] != "0"]


class CopyTables(HostTest):
    maxDiff = None

    def tables(self, path, *arguments, text=""):
        """The rows of both tables by their name, and the statistics of the same run."""
        wanted = [word for name in TABLES for word in ("-z", f"flowscope,{name}{text}")]
        out, said = self.run_tshark("-q", "-r", path, *wanted, "-z", "flowscope,stats,ndjson", *arguments)
        self.assertEqual(said.replace("resetting session.\n", ""), "")
        stats = [json.loads(line, parse_float=str) for line in out.splitlines() if line.startswith("{")]
        return {name: native_rows(out, head) for name, head in TABLES.items()}, stats

    def assert_as_stats(self, tables, stats):
        for name, rows in tables.items():
            self.assertEqual(sorted(row[:2] + row[3:] for row in rows), sorted(of_stats(stats, name)))

    def expected(self, path, *text):
        """Both tables, from what Wireshark itself says of the frames that pass."""
        names = ["frame.number", "frame.time_epoch", "frame.len", "frame.interface_id", "sll.ifindex",
                 "flowscope.dup_of", "flowscope.dup_kind"]
        seen = {row[0]: row for row in self.fields(path, names)}
        passed = [row[0] for row in self.fields(path, names[:1], *(("-Y", *text) if text else ()))]

        def place(row):
            name = f"eth{row[3]}" if int(row[3]) < SLL else row[3]
            return f"{name}%{row[4]}" if row[4] else name
        kinds, pairs = {}, {}
        for row in (seen[number] for number in passed if seen[number][5]):
            first = seen[row[5]]
            copy = int(row[2]), nanoseconds_of(row[1]) - nanoseconds_of(first[1])
            kinds.setdefault(row[6], []).append(copy)
            pairs.setdefault(f"{place(first)}->{place(row)}", []).append(copy)
        return {name: sorted(cells(*item) for item in sums.items())
                for name, sums in (("duplicates", kinds), ("duplicate_pairs", pairs))}

    def test_all(self):
        """On one pass and on two; the statistics say the same."""
        path = self.capture(hostile()[0])
        expected = self.expected(path)
        self.assertEqual([len(rows) for rows in expected.values()], [3, 8])
        for passes in [], ["-2"]:
            with self.subTest(passes=passes):
                tables, stats = self.tables(path, *passes)
                self.assertEqual({name: sorted(rows) for name, rows in tables.items()}, expected)
                self.assert_as_stats(tables, stats)

    def test_filter(self):
        """Copies that pass themselves, whatever else is of their flow."""
        path = self.capture(hostile()[0])
        for text, *passes in ('flowscope.dup_kind == "exact"',), ("flowscope.flow_id == 2 || frame.number > 60", "-2"), ("arp",):
            with self.subTest(filter=text):
                tables, _ = self.tables(path, *passes, text="," + text)
                expected = self.expected(path, text)
                self.assertGreater(len(expected["duplicates"]), 0)
                self.assertEqual({name: sorted(rows) for name, rows in tables.items()}, expected)

    def test_sessions(self):
        """The sums of all, as in the statistics."""
        path = self.capture(hostile()[0])
        tables, stats = self.tables(path, "-M", "7")
        self.assertGreater(len(tables["duplicate_pairs"]), 3)
        self.assert_as_stats(tables, stats)

    def test_actions(self):
        """What is left out was there; where nothing is looked for the tables are empty."""
        path = self.capture(hostile()[0])
        marked, _ = self.tables(path)
        dropped, stats = self.tables(path, "-o", "flowscope.duplicates:drop")
        self.assertEqual(dropped, marked)
        self.assert_as_stats(dropped, stats)
        self.assertEqual(self.tables(path, "-o", "flowscope.duplicates:ignore")[0],
                         {"duplicates": [], "duplicate_pairs": []})
        tunneled, stats = self.tables(path, "-o", "flowscope.dup_tunneled:on")
        self.assertIn("tunneled", [row[0] for row in tunneled["duplicates"]])
        self.assert_as_stats(tunneled, stats)

    def test_read_filter(self):
        """Numbers of frames that it rejects are used again; the rest stays what it was in the whole capture."""
        path = self.capture(hostile()[0])
        tables, _ = self.tables(path, "-2", "-R", "frame.len == 82")
        self.assertEqual({name: sorted(rows) for name, rows in tables.items()}, self.expected(path, "frame.len == 82"))

    def test_many_pairs(self):
        """More than the engine tells apart: the rest has one row."""
        pairs = 32 + OTHERS
        told_of = [record(START + number * 10**9 + at * US, told(b"p" * 30, number), interface)
                   for number in range(1, pairs + 1) for at, interface in ((0, 0), (number, number))]
        path = self.capture(frames.section() + b"".join(frames.interface(options=[(9, b"\x09")])
                                                        for _ in range(pairs + 1)) + b"".join(told_of))
        tables, stats = self.tables(path)
        *rows, others = tables["duplicate_pairs"]
        self.assertEqual([row[:2] + row[3:4] for row in rows],
                         [[f"0->{number}", "1", nine_digits(number * US)] for number in range(1, 33)])
        self.assertEqual(others[:2] + others[3:], ["(others)", str(OTHERS), *(nine_digits(number * US) for number in (33, 35, 37))])
        self.assertIn(OTHERS, [line["value"] for line in stats if line["name"] == "dup_pairs_cut"])

    def test_flows(self):
        """Each flow's copies stand in the table of flows."""
        path = self.capture(hostile()[0])
        done = subprocess.run([os.path.join(os.path.dirname(TSHARK), "flowscope"), "flows", "-f", "csv", path],
                              stdout=subprocess.PIPE, text=True, check=True)
        expected = {row["flow_id"]: row["dup_packets"] for row in csv_rows(done.stdout)}
        self.assertGreater(max(map(int, expected.values())), 1)
        out, _ = self.run_tshark("-q", "-r", path, "-z", "flowscope,table")
        self.assertEqual({row[0]: row[16] for row in native_rows(out, "Flows")}, expected)

    def test_sharkd(self):
        path = self.capture(hostile()[0])
        expected = self.expected(path)
        for name, answer in zip(TABLES, sharkd(path, *(f"nstat:flowscope,{name}" for name in TABLES))):
            self.assertEqual(sorted([str(cell).strip() for cell in row] for row in answer["tables"][0]["i"]), expected[name])

    def test_wrong_word(self):
        out, said = self.run_tshark("-q", "-r", self.capture(frames.pcap([])), "-z", "flowscope,duplicatesx", status=1)
        self.assertEqual((out, said.count("\n")), ("", 1), said)


if __name__ == "__main__":
    unittest.main()
