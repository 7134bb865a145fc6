# SPDX-License-Identifier: BSD-2-Clause
"""Copies in hostile captures: what is marked, told frame by frame, and the same in all faces under every
action, profile and identity."""
import json
import os
import struct
import subprocess
import unittest

import frames
from copies import hostile, record, START, told, US
from host import csv_rows, HostTest

COMMAND = os.path.join(os.environ["BUILD_DIR"], "flowscope")
COLUMNS = {"frame": "frame.number", "flow_id": "flowscope.flow_id", "parent_id": "flowscope.parent_id",
           "dir": "flowscope.dir", "pkt": "flowscope.pkt", "prev_frame": "flowscope.prev_frame",
           "tcp_state": "flowscope.tcp.state", "dup_of": "flowscope.dup_of", "dup_kind": "flowscope.dup_kind",
           "verdict": "flowscope.verdict", "related_id": "flowscope.related_id"}


def options_of(choices):
    return [f"--{name.replace('_', '-')}={value}" for name, value in choices.items()]


def preferences_of(choices):
    return [word for name, value in choices.items() for word in ("-o", f"flowscope.{name}:{value}")]


class Copies(HostTest):
    maxDiff = None

    def ours(self, report, form, path, choices):
        return subprocess.run([COMMAND, report, "-f", form, *options_of(choices), path], check=True, timeout=60,
                              stdout=subprocess.PIPE).stdout.decode()

    def faces(self, path, choices):
        """The rows of `packets`, after they were compared with the fields; so are the two reports, in one run."""
        rows = csv_rows(self.ours("packets", "csv", path, choices))
        reports = self.ours("stats", "ndjson", path, choices), self.ours("flows", "csv", path, choices)
        wanted = [word for field in COLUMNS.values() for word in ("-e", field)]
        out, said = self.run_tshark("-2", "-r", path, "-T", "fields", "-E", "separator=,", *wanted, *preferences_of(choices),
                                    "-z", "flowscope,flows,csv", "-z", "flowscope,stats,ndjson")
        lines = out.splitlines(True)
        self.assertEqual(said, "")
        self.assertEqual([line.rstrip("\n").split(",") for line in lines[:len(rows)]],
                         [[row[column] for column in COLUMNS] for row in rows])
        self.assertEqual("".join(lines[len(rows):]), "".join(reports))
        return rows, csv_rows(reports[1]), [json.loads(line) for line in reports[0].splitlines()]

    def assert_told(self, rows, wants, of_two=0):
        """`wants` count frames from the first of their case."""
        kinds = {"exact": "e", "routed": "r", "vlan": "v", "tunneled": "t", "": "."}
        got = [f"{int(row['dup_of']) - base if row['dup_of'] else ''}{kinds[row['dup_kind']]}"
               for row, (_, base, _) in zip(rows, wants)]
        self.assertEqual([(name, at - base + 1, what) for at, ((name, base, _), what) in enumerate(zip(wants, got))],
                         [(name, at - base + 1, want.split()[min(of_two, len(want.split()) - 1)])
                          for at, (name, base, want) in enumerate(wants)])
        self.assertEqual(len(rows), len(wants))

    def test_hostile(self):
        content, wants = hostile()
        path = self.capture(content)
        rows, _, stats = self.faces(path, {})
        self.assert_told(rows, wants)
        copies = sum(want.split()[0] != "." for _, _, want in wants)
        self.assertEqual([row["value"] for row in stats if row["name"] == "duplicates"][:1], [copies])
        for choices in {"duplicates": "drop"}, {"duplicates": "ignore"}, {"dup_profile": "loopback"}, {"dup_frames": "2"}:
            with self.subTest(choices):
                others = self.faces(path, choices)[0]
                if choices == {"duplicates": "drop"}:
                    self.assert_told(others, wants)
                    for row, other in zip(rows, others):
                        want = dict(row, flow_id="", dir="", parent_id="", verdict="duplicate") if row["dup_of"] else row
                        self.assertEqual(other, want)
                if choices == {"duplicates": "ignore"}:
                    self.assertEqual({row["dup_of"] for row in others}, {""})
        with self.subTest("tunneled"):
            self.assert_told(self.faces(path, {"dup_tunneled": "on"})[0], wants, 1)

    def test_tags_open_no_flow(self):
        """Whatever tells flows apart, a copy with another tag belongs to the flow of what it copies; a packet that is
        none, under a tag, opens one where tags count."""
        clean, mirrored, at = [], [], START
        for number, frame in enumerate(frames.conversation()):
            frame = frame[:18] + struct.pack(">H", 200 + number) + frame[20:]
            tag = struct.pack(">HH", 0x8100, 10 + number % 3)
            tagged, doubled = frame[:12] + tag + frame[12:], frame[:12] + struct.pack(">HH", 0x88a8, 5) + tag + frame[12:]
            first, *copies = [frame, tagged, doubled] if number % 2 else [frame, doubled]
            at += 10**9
            clean.append((at, first))
            mirrored += [(at, first), *((at + 20 * US * i, copy) for i, copy in enumerate(copies, 1))]
        alone = [(at + 10**9 + i, told(b"alone", 220 + i, tags=tags)) for i, tags in enumerate(([], [10], [5, 10]))]
        clean_path, path = (self.capture(frames.section() + frames.interface(options=[(9, b"\x09")])
                                         + b"".join(record(*frame) for frame in [*sent, *alone]), name)
                            for name, sent in (("clean", clean), ("mirrored", mirrored)))
        for identity, flows in ("ignore-vlan", 2), ("strict", 4), ("inner-only", 2):
            with self.subTest(identity):
                choices = {"identity": identity}
                before = csv_rows(self.ours("flows", "csv", clean_path, choices))
                rows, after, _ = self.faces(path, choices)
                self.assertEqual(len(before), flows)
                self.assertEqual([row["dup_packets"] for row in after][:1], [str(len(mirrored) - len(clean))])
                for row in before + after:
                    row["dup_packets"] = row["first_frame"] = row["last_frame"] = ""
                self.assertEqual(before, after)
                copies = [row for row in rows if row["dup_of"]]
                self.assertEqual(len(copies), len(mirrored) - len(clean))
                self.assertEqual({(row["flow_id"], row["pkt"], row["prev_frame"]) for row in copies}, {("1", "", "")})
                self.assertEqual({row["dup_kind"] for row in copies}, {"vlan"})


if __name__ == "__main__":
    unittest.main()
