#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Frames that are marked as copies in real captures, each explained by a class, and beside what editcap -w
removes. A class is a predicate over the frame and those before it; counts stand in copies.tsv and editcap.tsv.

copies.py [--bless]"""
import collections
import csv
import io
import re
import shutil
import sys

import sweep

EXACT_NS, CHANGED_NS, NO_ID_NS = 1000000, 500000, 100000

# class: its predicate in words, and why.
MARKED = {
    "same_id": ("IPv4 with an identification that is not 0, the same in both, less than {} apart",
                "its sender numbers each packet once: a repeat would have another number"),
    "no_ip": ("the same bytes without an IP header, less than 1 ms apart",
              "nothing but its bytes and the time tell such a frame; the contract takes it for a copy"),
    "no_id": ("IPv6, or IPv4 with identification 0, less than 100 us apart",
              "no sender repeats a packet so soon; the window is short because only time tells"),
}
LIMIT = {"exact": ("1 ms", EXACT_NS), "routed": ("500 us", CHANGED_NS), "vlan": ("500 us", CHANGED_NS)}
EDITCAP = {
    "no_id_late": ("editcap removes it; without an IP identification, and 100 us or more after the frame before",
                   "it may be a repeat: only an identification would tell"),
    "edge": ("editcap removes it; exactly 1 ms after the frame before", "the window ends there, as timeouts do"),
    "direction": ("editcap removes it; the same direction of the same interface as the frame before",
                  "one packet crosses an interface once each way"),
    "back": ("editcap keeps it; earlier than the frame before, by less than the window",
             "queues of an interface swap frames that are microseconds apart"),
    "untimed": ("editcap keeps it; a record without a time between it and the frame before",
                "editcap stops there; such records say nothing of the others"),
    "cooked": ("editcap keeps it; only the packet type of the Linux cooked header differs",
               "one packet going out and coming in: the type is the capture's word"),
}


def rule_of(name):
    kind, _, why = name.partition(" ")
    text = MARKED[why][0].format(LIMIT[kind][0]) if why else EDITCAP[name][0]
    return [f"{kind}: {text}" if why else text, (MARKED[why] if why else EDITCAP[name])[1]]


def nanoseconds(text):
    seconds, fraction = text.split(".")
    return int(seconds) * 10**9 + int(fraction)


class Capture:
    def __init__(self, path):
        out = sweep.command("packets", "-f", "csv", path).out.decode()
        self.rows = list(csv.DictReader(io.StringIO(out)))
        self.path = path
        self.facts = None

    def read_facts(self):
        """Of each frame: protocols, the outermost IPv4 header's identification and TTL, direction."""
        fields = [word for name in ("frame.protocols", "ip.id", "ip.ttl", "sll.pkttype",
                                    "frame.packet_flags_direction") for word in ("-e", name)]
        done = sweep.run(["tshark", "-n", "-r", self.path, "-T", "fields", "-E", "occurrence=f", *fields])
        self.facts = [line.split("\t") for line in done.out.decode(errors="replace").splitlines()]

    def identity(self, at):
        protocols, number = self.facts[at][:2]
        outermost = next((name for name in protocols.split(":") if name in ("ip", "ipv6")), "")
        if not outermost:
            return "no_ip"
        return "same_id" if outermost == "ip" and number and int(number, 0) else "no_id"

    def set_of(self, at):
        """Frames before `at` in its set, the last first."""
        of = self.rows[at]["dup_of"]
        return [i for i in range(at - 1, int(of) - 2, -1)
                if self.rows[i]["dup_of"] == of or self.rows[i]["frame"] == of]

    def explain(self, at):
        """The class of a marked frame, or None."""
        row = self.rows[at]
        before = self.set_of(at)
        if not before:
            return None
        why = self.identity(at)
        limit = min(LIMIT[row["dup_kind"]][1], NO_ID_NS if why == "no_id" else EXACT_NS)
        gaps = [abs(nanoseconds(row["ts"]) - nanoseconds(self.rows[i]["ts"])) for i in before]
        if min(gaps) >= limit:
            return None
        if why == "same_id" and self.facts[at][1] != self.facts[before[-1]][1]:
            return None
        ttl = self.facts[at][2], self.facts[before[-1]][2]
        if row["dup_kind"] == "routed" and why == "same_id" and ttl[0] == ttl[1]:
            return None
        return f"{row['dup_kind']} {why}"


def removed_by_editcap(path):
    """{frame: digest} of those that it takes out, and the digests of all."""
    done = sweep.run(["editcap", "-V", "-w", "0.001", path, "/dev/null"])
    said = done.said.decode(errors="replace")
    digests = {int(number): digest for number, digest in
               re.findall(r"^(?:Packet|Skipped): (\d+), Len: \d+, MD5 Hash: ([0-9a-f]+)", said, re.M)}
    return {int(number) for number in re.findall(r"^Skipped: (\d+),", said, re.M)}, digests


def compare_with_editcap(capture, faults):
    classes = collections.Counter()
    removed, digests = removed_by_editcap(capture.path)
    exact = {int(row["frame"]) for row in capture.rows if row["dup_kind"] == "exact"}
    marked = {int(row["frame"]) for row in capture.rows if row["dup_kind"]}
    if (removed ^ exact) and capture.facts is None:
        capture.read_facts()
    for frame in sorted(removed - exact):
        same = [i for i in range(frame - 1, 0, -1) if digests.get(i) == digests[frame]]
        gap = nanoseconds(capture.rows[frame - 1]["ts"]) - nanoseconds(capture.rows[same[0] - 1]["ts"])
        if gap >= NO_ID_NS and capture.identity(frame - 1) == "no_id":
            classes["no_id_late"] += 1
        elif gap == EXACT_NS:
            classes["edge"] += 1
        elif any(capture.facts[frame - 1][3:]) and capture.facts[frame - 1][3:] == capture.facts[same[0] - 1][3:]:
            classes["direction"] += 1
        else:
            faults.append(f"frame {frame}: editcap removes it, {gap} ns after {same[0]}"
                          + (", we mark it otherwise" if frame in marked else ""))
    for frame in sorted(exact - removed):
        before = capture.set_of(frame - 1)[0]
        gap = nanoseconds(capture.rows[frame - 1]["ts"]) - nanoseconds(capture.rows[before]["ts"])
        if capture.facts[frame - 1][3] != capture.facts[before][3]:
            classes["cooked"] += 1
        elif any(not row["ts"] for row in capture.rows[before:frame - 1]):
            classes["untimed"] += 1
        elif gap < 0:
            classes["back"] += 1
        else:
            faults.append(f"frame {frame}: editcap keeps it, {gap} ns after {before + 1}")
    return classes



def check(path, copies, editcap):
    faults, name = [], sweep.name_of(path)
    capture = Capture(path)
    marked = [i for i, row in enumerate(capture.rows) if row["dup_of"]]
    classes = collections.Counter()
    if marked:
        capture.read_facts()
    for at in marked:
        found = capture.explain(at)
        if found:
            classes[found] += 1
        else:
            faults.append(f"frame {at + 1}: no class explains why it is a copy ({capture.rows[at]['dup_kind']})")
    faults += copies.check(name, classes)
    return faults + editcap.check(name, compare_with_editcap(capture, faults))


def main():
    if not shutil.which("tshark") or not shutil.which("editcap"):
        print("skipped: no tshark")
        sys.exit(sweep.SKIPPED)
    bless = "--bless" in sys.argv
    names = [f"{kind} {why}" for kind in LIMIT for why in MARKED] + list(EDITCAP)
    rules = {name: tuple(rule_of(name)) for name in names}
    copies = sweep.Differences("copies.tsv", {name: rules[name] for name in names if " " in name}, bless)
    editcap = sweep.Differences("editcap.tsv", {name: rules[name] for name in names if " " not in name}, bless)
    work = sweep.Sweep("copies")
    work.over(lambda path: check(path, copies, editcap), sweep.captures(everything=bless or sweep.ALL),
              sweep.name_of)
    for table in copies, editcap:
        table.finish(work)
    work.end(f", copies: {copies.summary()}; beside editcap: {editcap.summary()}")


if __name__ == "__main__":
    main()
