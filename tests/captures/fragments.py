#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Datagrams that tshark puts together beside ours: all frames of one belong to one flow, with the ports
that tshark reads from the whole, and as many are whole. Where the two must differ, a predicate over
tshark's own fields says so; a difference that none predicts fails, and so does another count than
tests/differences/fragments.tsv.

usage: fragments.py [--bless]    --bless writes the counts of the captures taken, where the rules hold"""
import collections
import json
import sys

import sweep

TIMEOUT = 30.0

FIELDS = ("frame.number frame.time_epoch ip.fragment ipv6.fragment ipv6.fragment.overlap "
          "udp.srcport udp.dstport tcp.srcport tcp.dstport").split()

CLASSES = {
    "overlap6": ("an IPv6 datagram with ipv6.fragment.overlap is none (counted: datagrams)",
                 "RFC 5722 drops it; tshark puts it together"),
    "timeout": ("a datagram whose fragments span 30 s is none (counted: datagrams)",
                "RFC 791 and RFC 8200 have a receiver give it up; tshark waits for ever"),
}


def complete(path):
    done = sweep.command("stats", "-f", "ndjson", "--duplicates", "ignore", path)
    for line in done.out.decode().splitlines():
        item = json.loads(line)
        if item["name"] == "datagrams_complete":
            return item["value"]
    return 0


def words(cell):
    return [word for word in cell.split(",") if word]


def theirs(path):
    wanted = [word for field in FIELDS for word in ("-e", field)]
    done = sweep.run(["tshark", "-n", "-r", path, "-o", "ip.defragment:TRUE", "-T", "fields", *wanted])
    for line in done.out.decode(errors="replace").splitlines():
        yield dict(zip(FIELDS, line.split("\t")))


class Flows:
    def __init__(self, path):
        self.flows = {row["flow_id"]: row for row in sweep.rows("flows", path)}
        self.packets = {row["frame"]: row for row in sweep.rows("packets", path)}

    def chain(self, frame):
        """The flows of a frame, the innermost first."""
        packet = self.packets[frame]
        chain = [packet["flow_id"]] if packet["flow_id"] else []
        flow_id = packet["parent_id"]
        while flow_id:
            chain.append(flow_id)
            flow_id = self.flows[flow_id]["parent_id"]
        return chain

    def common(self, frames):
        chains = [self.chain(frame) for frame in frames]
        shared = set(chains[0]).intersection(*chains[1:])
        return next((flow_id for flow_id in chains[-1] if flow_id in shared), None)


def ports_of(cells, flow):
    for kind in ("udp", "tcp"):
        pairs = zip(words(cells[kind + ".srcport"]), words(cells[kind + ".dstport"]))
        if flow["proto"] == kind:
            return [{source, destination} for source, destination in pairs]
    return None


def check_datagram(flows, cells, frames):
    """'' if ours is the same, else what is not."""
    flow_id = flows.common(frames)
    if flow_id is None:
        return f"frames {','.join(frames)} share no flow"
    flow = flows.flows[flow_id]
    ports = ports_of(cells, flow)
    if ports is not None and {flow["sport"], flow["dport"]} not in ports:
        return f"frame {cells['frame.number']}: flow {flow_id} has none of the ports {ports}"
    return ""


def check(path, differences):
    name, counts, faults, whole = sweep.name_of(path), collections.Counter(), [], 0
    cells_of = {cells["frame.number"]: cells for cells in theirs(path)}
    found = [cells for cells in cells_of.values() if cells["ip.fragment"] or cells["ipv6.fragment"]]
    if not found:
        return differences.check(name, counts)
    flows = Flows(path)
    for cells in found:
        for kind in ("ip", "ipv6"):
            frames = sorted(set(words(cells[kind + ".fragment"])), key=int)
            times = [float(cells_of[frame]["frame.time_epoch"]) for frame in frames]
            if kind == "ipv6" and cells["ipv6.fragment.overlap"]:
                counts["overlap6"] += 1
            elif frames and max(times) - min(times) >= TIMEOUT:
                counts["timeout"] += 1
            elif frames:
                fault = check_datagram(flows, cells, frames)
                faults += [fault] if fault else []
                whole += 1
    ours = complete(path)
    if ours != whole:
        faults.append(f"{ours} datagrams are whole, tshark has {whole}")
    return faults + differences.check(name, counts)


def main():
    differences = sweep.Differences("fragments.tsv", CLASSES, "--bless" in sys.argv)
    work = sweep.Sweep("fragments")
    work.over(lambda path: check(path, differences), sweep.captures(), sweep.name_of)
    differences.finish(work)
    work.end(f"; differences: {differences.summary()}")


if __name__ == "__main__":
    main()
