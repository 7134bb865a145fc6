#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Our Community ID of each packet's flow beside Wireshark's own (protocol communityid, which is off by
default). Where the two must differ, a predicate over tshark's fields says so; a difference that none
predicts fails, and so does another count than tests/differences/community.tsv.

usage: community.py [--bless]    --bless writes the counts of the captures taken, where the rules hold"""
import collections
import csv
import io
import sys

import sweep

FIELDS = ("frame.number frame.protocols communityid ip.src ip.dst ipv6.src ipv6.dst ip.flags.mf ip.frag_offset "
          "ipv6.fraghdr.nxt _ws.malformed").split()

CLASSES = {}


def rows(report, path):
    done = sweep.command(report, "-f", "csv", "--duplicates", "ignore", path)
    return list(csv.DictReader(io.StringIO(done.out.decode())))


def theirs(path):
    wanted = [word for field in FIELDS for word in ("-e", field)]
    done = sweep.run(["tshark", "-n", "-r", path, "--enable-protocol", "communityid", "-T", "fields", *wanted])
    return [dict(zip(FIELDS, line.split("\t"))) for line in done.out.decode(errors="replace").splitlines()]


def class_of(cells, packet, flow):
    return ""


class Comparison:
    def __init__(self, bless):
        self.table = sweep.Differences("community.tsv", CLASSES, bless)
        self.equal = collections.Counter()

    def check(self, path):
        frames, packets = theirs(path), rows("packets", path)
        if len(packets) != len(frames):
            return [f"{len(frames)} frames there, {len(packets)} here"]
        flows = {row["flow_id"]: row for row in rows("flows", path)}
        counts, faults = collections.Counter(), []
        for cells, packet in zip(frames, packets):
            flow = flows.get(packet["flow_id"], {})
            ours = flow.get("community_id", "")
            if ours == cells["communityid"]:
                self.equal[flow.get("proto", "")] += bool(ours)
                continue
            kind = class_of(cells, packet, flow)
            if kind:
                counts[kind] += 1
            else:
                faults.append(f"frame {cells['frame.number']}: {cells['communityid'] or 'none'} there, "
                              f"{ours or 'none'} here {flow.get('proto')} {packet['verdict']} {cells['frame.protocols']} {flow.get('tunnel')}")
        return faults


def main():
    comparison = Comparison("--bless" in sys.argv)
    work = sweep.Sweep("community")
    work.over(comparison.check, sweep.captures(), sweep.name_of)
    print(comparison.equal)
    work.end()


if __name__ == "__main__":
    main()
