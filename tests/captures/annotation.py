#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the plugin says of packets, on captures: figures of whole flows are those of `flowscope flows`; one
pass and two say the same of what both show; and Wireshark's own dissection is what it is without us.

usage: annotation.py fields | untouched"""
import decimal
import itertools
import re
import shutil
import sys

import sweep

DEFINITIONS = sweep.ROOT / "wireshark-plugin/field.def"
FIELD = re.compile(r'^FS_FIELD\((\w+), "([\w.]+)", (\w+), (FRAME|FLOW|WHOLE),', re.MULTILINE)


def fields(*kinds):
    """Names of the fields of these kinds, as the plugin has them."""
    return [name for _, name, _, kind in FIELD.findall(DEFINITIONS.read_text()) if kind in kinds]


def both_ways(column):
    return lambda row: str(int(row[column + "_fwd"]) + int(row[column + "_rev"]))


def in_seconds(microseconds):
    """Microseconds with three places as seconds with nine: 123.456 is 0.000123456."""
    return f"{decimal.Decimal(microseconds) / 1000000:.9f}" if microseconds else ""


# What the row of a flow says, for every field that is of a flow and not of the packet.
OF_THE_FLOW = {
    "tunnel": lambda row: row["tunnel"],
    "first_frame": lambda row: row["first_frame"],
    "community_id": lambda row: row["community_id"],
    "service": lambda row: row["service"],
    "flow.packets": both_ways("packets"),
    "flow.bytes": both_ways("bytes"),
    "flow.duration": lambda row: row["duration"],
    "flow.history": lambda row: row["history"],
    "flow.conn_state": lambda row: row["conn_state"],
    "flow.rtt": lambda row: in_seconds(row["rtt_us"]),
    "flow.end_reason": lambda row: row["end_reason"],
}
# Of the packet: faces.py compares those that `flowscope packets` has.
OF_THE_PACKET = {"flow_id", "parent_id", "dir", "pkt", "dup", "dup_of", "dup_kind", "prev_frame", "next_frame",
                 "tcp.state", "reasm", "reasm.held", "reasm.gap", "related_id", "verdict"}
WITHOUT_COMPARISON = set(fields("FRAME", "FLOW", "WHOLE")) - OF_THE_PACKET - set(OF_THE_FLOW)


def values(path, names, *arguments):
    """A dict a frame, and what tshark ended with."""
    done = sweep.tshark("-r", path, "-T", "fields", "-E", "separator=|",
                        *(word for name in names for word in ("-e", "flowscope." + name)), *arguments)
    lines = done.out.decode(errors="replace").splitlines()
    return [dict(zip(names, line.split("|"))) for line in lines], done


def whole_flow_faults(rows, flows):
    names = [name for name in fields("FLOW", "WHOLE") if name in OF_THE_FLOW]
    for frame, row in enumerate(rows, 1):
        flow = flows.get(row["flow_id"])
        if row["flow_id"] and flow is None:
            yield f"frame {frame}: flow {row['flow_id']} is no row of flows"
            continue
        for name in names:
            expected = OF_THE_FLOW[name](flow) if flow else ""
            if row[name] != expected:
                yield f"frame {frame}: {name} is {row[name]!r}, the flow's is {expected!r}"


def link_faults(rows):
    """next_frame is prev_frame the other way round, where both frames are of one innermost flow."""
    for frame, row in enumerate(rows, 1):
        following = rows[int(row["next_frame"]) - 1] if row["next_frame"] else None
        if following and following["flow_id"] == row["flow_id"] and following["prev_frame"] != str(frame):
            yield f"frame {frame}: next is {row['next_frame']}, whose previous is {following['prev_frame']!r}"


def pass_faults(one, two):
    """A fragment is of no flow before its first one has come: one pass prints it then."""
    later = set(fields("WHOLE"))
    for frame, (early, late) in enumerate(zip(one, two), 1):
        if any(early[name] for name in later):
            yield f"frame {frame}: {[name for name in later if early[name]]} on the first pass"
        if early["verdict"] == "fragment_pending":
            continue
        for name in early:
            if name not in later and early[name] != late[name]:
                yield f"frame {frame}: {name} is {early[name]!r} on one pass, {late[name]!r} on two"


def compare_fields(path):
    names = fields("FRAME", "FLOW", "WHOLE")
    two, done = values(path, names, "-2")
    one, first = values(path, names)
    faults = [run.complaint() for run in (done, first) if run.complaint()]
    if len(one) != len(two):
        faults.append(f"{len(one)} frames on one pass, {len(two)} on two")
    lines = sweep.command("flows", "-f", "csv", path).out.decode().splitlines()
    if lines[1:] and not two:
        faults.append(f"tshark printed nothing, status {done.status}: {done.said[:300]!r}")
    head = lines[0].split(",") if lines else []
    flows = {row["flow_id"]: row for row in (dict(zip(head, line.split(","))) for line in lines[1:])}
    for kind in whole_flow_faults(two, flows), link_faults(two), pass_faults(one, two):
        found = list(kind)
        faults += [f"{len(found)} faults; {found[0]}"] if found else []
    return faults


def without_ours(lines):
    """Drops our tree: its line and what is indented below it, up to the blank line after the frame."""
    inside = False
    for line in lines:
        inside = line.startswith(b"[Flowscope") or (inside and line.startswith(b" "))
        if not inside:
            yield line


def compare_dissection(path):
    """Every line of -V and of the packet list."""
    whole = ["-r", path, "-P", "-V"]
    ours = sweep.tshark(*whole)
    theirs = sweep.run(["tshark", *whole])
    left = list(without_ours(ours.out.splitlines()))
    faults = [ours.complaint()] if ours.complaint() else []
    if ours.status != theirs.status or ours.said != theirs.said:
        faults.append(f"ends with {ours.status} and {ours.said!r}, not {theirs.status} and {theirs.said!r}")
    if theirs.out and len(left) == len(ours.out.splitlines()):
        faults.append("our tree is not there: nothing is compared")
    for with_us, alone in itertools.zip_longest(left, theirs.out.splitlines()):
        if with_us != alone:
            faults.append(f"with the plugin {with_us!r}, without it {alone!r}")
            break
    return faults


def main():
    (what,) = sys.argv[1:] or sys.exit(__doc__)
    if what == "untouched" and not shutil.which("tshark"):
        sys.exit("no tshark is installed")
    work = sweep.Sweep({"fields": "fields of flows", "untouched": "Wireshark's own dissection"}[what])
    if what == "fields":
        for name in WITHOUT_COMPARISON:
            work.fault(name, "is a field that nothing is compared with here")
    work.over(compare_fields if what == "fields" else compare_dissection, sweep.captures(), sweep.name_of)
    work.end()


if __name__ == "__main__":
    main()
