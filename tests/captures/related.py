#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The flows that ICMP errors speak of, beside the packets that tshark finds quoted: related_id is a flow
with the quoted addresses and ports, and an error has one where a packet of such a flow came less than
30 seconds before it, which is the shortest timeout.

usage: related.py"""
import collections

import sweep

ERRORS = {"icmp": {"3", "4", "5", "11", "12"}, "icmpv6": {"1", "2", "3", "4", "137"}}
FIELDS = ("frame.number frame.time_epoch frame.protocols icmp.type icmpv6.type ip.src ip.dst ipv6.src ipv6.dst "
          "ip.proto tcp.srcport tcp.dstport udp.srcport udp.dstport").split()
SHORTEST = 30.0


def quoted(cells):
    """The ends of the packet that the frame quotes, or None: an error over a plain link, about TCP or UDP."""
    protocols = cells["frame.protocols"].split(":")
    for kind, family in (("icmp", "ip"), ("icmpv6", "ipv6")):
        if cells[kind + ".type"].split(",")[0] not in ERRORS[kind] or protocols.count(family) != 2:
            continue
        source, destination = (cells[f"{family}.{end}"].split(",")[-1] for end in ("src", "dst"))
        for transport in ("tcp", "udp"):
            ports = [cells[f"{transport}.{end}port"].split(",") for end in ("src", "dst")]
            if protocols[-1] != kind and protocols.count(transport) == 1 and all(map(any, ports)):
                return transport, frozenset([(source, ports[0][-1]), (destination, ports[1][-1])])
    return None


def check(path):
    wanted = [word for field in FIELDS for word in ("-e", field)]
    done = sweep.run(["tshark", "-n", "-r", path, "-Y", "icmp || icmpv6", "-T", "fields", *wanted])
    errors = [cells for cells in (dict(zip(FIELDS, line.split("\t")))
                                  for line in done.out.decode(errors="replace").splitlines())
              if quoted(cells)]
    if not errors:
        return []
    flows = {row["flow_id"]: row for row in sweep.rows("flows", path)}
    packets = {row["frame"]: row for row in sweep.rows("packets", path)}
    ends = {flow_id: (row["proto"], frozenset([(row["src"], row["sport"]), (row["dst"], row["dport"])]))
            for flow_id, row in flows.items()}
    times, faults = collections.defaultdict(list), []
    for row in packets.values():
        if row["flow_id"] and row["ts"]:
            times[ends[row["flow_id"]]].append((int(row["frame"]), float(row["ts"])))
    for cells in errors:
        frame, time = int(cells["frame.number"]), float(cells["frame.time_epoch"])
        about, related = quoted(cells), packets[cells["frame.number"]]["related_id"]
        recent = any(number < frame and 0 <= time - seen < SHORTEST for number, seen in times[about])
        if related and ends[related] != about:
            faults.append(f"frame {frame}: flow {related} is {ends[related]}, quoted is {about}")
        if recent and not related:
            faults.append(f"frame {frame}: no flow, though {about} was seen before")
        CHECKED["with" if related else "without"] += 1
    return faults


CHECKED = collections.Counter()


def main():
    work = sweep.Sweep("related")
    work.over(check, sweep.captures(), sweep.name_of)
    work.end(f"; errors with a flow {CHECKED['with']}, without {CHECKED['without']}")


if __name__ == "__main__":
    main()
