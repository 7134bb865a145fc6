#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Our Community ID of each packet's flow beside Wireshark's own (protocol communityid, which is off by
default). Where the two must differ, a predicate says so, which computes what Wireshark, or we, made the
ID of; a difference that none predicts fails, and so does another count than
tests/differences/community.tsv.

usage: community.py [--bless]    --bless writes the counts of the captures taken, where the rules hold"""
import base64
import collections
import hashlib
import ipaddress
import struct
import sys

import sweep

FIELDS = ("frame.number frame.protocols communityid ip.src ip.dst ipv6.src ipv6.dst ip.proto udp.srcport "
          "udp.dstport tcp.srcport tcp.dstport sctp.srcport sctp.dstport ip.flags.mf ip.frag_offset "
          "ipv6.fraghdr.nxt udp.length _ws.malformed _ws.expert.message").split()
AH = 51
NUMBERS = {"tcp": 6, "udp": 17, "sctp": 132}
TRANSPORTS = (*NUMBERS, "icmp", "icmpv6")

CLASSES = {
    "fragment": ("a fragment: Wireshark's is of the addresses and the protocol alone (counted: packets, as "
                 "in all classes)", "it has the ID of the flow of its datagram"),
    "no_transport6": ("IPv6 with another protocol than TCP, UDP, SCTP or ICMPv6: Wireshark has none",
                      "the specification has one for every IP protocol; Wireshark looks only at IPv4's"),
    "protected": ("a packet with AH over IPv4 without ports: Wireshark's is of AH, ours of what AH protects",
                  "AH is a layer of the path here, and what follows it makes the flow"),
    "unread": ("a frame that tshark calls malformed, or whose innermost IP header has a length that cannot be, "
               "has none, or with ICMPv6 another", "what the flow is known by can be read"),
    "no_udp_length": ("UDP of length 0 (BIG TCP): Wireshark's is that of this UDP, with its ports "
                      "or without, and it calls it malformed",
                      "the length is that of the IP packet; ours is of the flow in the tunnel"),
    "outer_ports": ("an IP packet without ports within UDP: Wireshark's is of the inner addresses and the "
                    "outer ports", "they belong to different packets"),
    "payload": ("an IP packet that the payload of UDP holds and no tunnel carries here: ours is that of the "
                "UDP flow", "CAPWAP, sFlow and others are not among the tunnels"),
    "own_fields": ("Wireshark's is not of the addresses and ports that its fields show, ours is",
                   "a dissector of the payload put other ports in their place (802.11 in CAPWAP)"),
    "no_link": ("a frame whose link type, or header before IP (NSH, VN-tag), is not read has none",
                "it is counted with its verdict"),
}


class Frame:
    def __init__(self, line):
        self.cells = dict(zip(FIELDS, line.split("\t")))
        self.values = {name: [word for word in cell.split(",") if word]
                       for name, cell in self.cells.items()}
        self.protocols = self.cells["frame.protocols"].split(":")
        self.id = self.cells["communityid"]

    def ends(self, family, number):
        """Source and destination of one of the IP headers; None where the frame has fewer."""
        found = [self.values[f"{family}.{end}"] for end in ("src", "dst")]
        return None if min(map(len, found)) <= number else tuple(words[number] for words in found)

    def ports(self, transport, number):
        return tuple(int(self.values[f"{transport}.{end}port"][number]) for end in ("src", "dst"))

    def families(self):
        return [name for name in self.protocols if name in ("ip", "ipv6")]

    def innermost(self):
        """(family, its place among those of its family) of the last IP header, None for none."""
        families = self.families()
        return (families[-1], families.count(families[-1]) - 1) if families else None


def community_id(protocol, ends, ports=None):
    """Version 1 with seed 0, of TCP, UDP and SCTP or without ports."""
    ends = [ipaddress.ip_address(address).packed for address in ends]
    pairs = list(zip(ends, ports or (0, 0)))
    (one, first), (two, second) = sorted(pairs)
    words = struct.pack(">HH", first, second) if ports else b""
    digest = hashlib.sha1(b"\0\0" + one + two + bytes([protocol, 0]) + words).digest()
    return "1:" + base64.b64encode(digest).decode()


def is_fragment(frame, packet, flow):
    values, where = frame.values, frame.innermost()
    parts = "1" in values["ip.flags.mf"] or values["ipv6.fraghdr.nxt"] or \
        any(offset != "0" for offset in values["ip.frag_offset"])
    if not parts or not where or (not flow and packet["verdict"] != "fragment_lost"):
        return False
    if where[0] == "ipv6":
        return frame.id == "" or not flow
    return frame.id == community_id(int(values["ip.proto"][where[1]]), frame.ends(*where))


def is_no_transport6(frame, packet, flow):
    return frame.id == "" and frame.innermost() is not None and frame.innermost()[0] == "ipv6" and \
        not any(name in TRANSPORTS for name in frame.protocols) and bool(flow.get("community_id"))


def is_unread(frame, packet, flow):
    if "icmpv6" in frame.protocols:
        return bool(flow) and frame.cells["_ws.malformed"] != ""
    return frame.id == "" and bool(flow) and (frame.cells["_ws.malformed"] != "" or (
        "Bogus IP" in frame.cells["_ws.expert.message"]))


def is_no_udp_length(frame, packet, flow):
    return frame.values["udp.length"] == ["0"] and frame.cells["_ws.malformed"] != "" and \
        packet["parent_id"] != "" and \
        frame.id in (community_id(NUMBERS["udp"], frame.ends(*frame.innermost()), frame.ports("udp", 0)),
                     community_id(NUMBERS["udp"], frame.ends(*frame.innermost())))


def is_protected(frame, packet, flow):
    return bool(flow) and "ah" in frame.protocols and frame.innermost()[0] == "ip" and \
        frame.id == community_id(AH, frame.ends(*frame.innermost()))


def is_outer_ports(frame, packet, flow):
    """The last transport header stands before the last IP header."""
    where, protocols = frame.innermost(), frame.protocols
    if not where or not flow or "udp" not in protocols:
        return False
    last = len(protocols) - 1 - protocols[::-1].index(where[0])
    if any(name in TRANSPORTS for name in protocols[last:]) or \
            {flow["src"], flow["dst"]} != set(frame.ends(*where)):
        return False
    ports = frame.ports("udp", protocols[:last].count("udp") - 1)
    return frame.id == community_id(NUMBERS["udp"], frame.ends(*where), ports)


def is_payload(frame, packet, flow):
    """Ours is of the first IP header and the UDP header that follows it; others come after these."""
    families = frame.families()
    if len(families) < 2 or not flow or "udp" not in frame.protocols or frame.id == "":
        return False
    return flow["community_id"] == community_id(NUMBERS["udp"], frame.ends(families[0], 0),
                                                frame.ports("udp", 0))


def is_own_fields(frame, packet, flow):
    kinds = [name for name in frame.protocols if name in NUMBERS]
    if len(kinds) != 1 or len(frame.families()) != 1 or not flow:
        return False
    return flow["community_id"] == community_id(NUMBERS[kinds[0]], frame.ends(*frame.innermost()),
                                                frame.ports(kinds[0], 0))


def is_no_link(frame, packet, flow):
    return not flow and (packet["verdict"] == "unknown_link_type" or (
        packet["verdict"] == "not_ip" and any(name in ("nsh", "vntag") for name in frame.protocols)))


PREDICATES = {"fragment": is_fragment, "no_transport6": is_no_transport6,
              "unread": is_unread, "no_udp_length": is_no_udp_length, "protected": is_protected,
              "payload": is_payload, "outer_ports": is_outer_ports,
              "own_fields": is_own_fields, "no_link": is_no_link}


def theirs(path):
    wanted = [word for field in FIELDS for word in ("-e", field)]
    done = sweep.run(["tshark", "-n", "-r", path, "--enable-protocol", "communityid",
                      "-T", "fields", *wanted])
    return [Frame(line) for line in done.out.decode(errors="replace").splitlines()]


class Comparison:
    def __init__(self, bless):
        self.table = sweep.Differences("community.tsv", CLASSES, bless)
        self.equal = collections.Counter()  # packets by protocol

    def check(self, path):
        frames, packets = theirs(path), sweep.rows("packets", path)
        if len(packets) != len(frames):
            return [f"{len(frames)} frames there, {len(packets)} here"]
        flows = {row["flow_id"]: row for row in sweep.rows("flows", path)}
        counts, faults = collections.Counter(), []
        for frame, packet in zip(frames, packets):
            flow = flows.get(packet["flow_id"], {})
            ours = flow.get("community_id", "")
            if ours == frame.id:
                self.equal[flow.get("proto", "")] += bool(ours)
                continue
            kind = next((kind for kind, predicts in PREDICATES.items() if predicts(frame, packet, flow)), "")
            counts[kind] += bool(kind)
            if not kind:
                faults.append(f"frame {packet['frame']}: {frame.id or 'none'} there, {ours or 'none'} here, "
                              f"{packet['verdict']} ({frame.cells['frame.protocols']})")
        return faults + self.table.check(sweep.name_of(path), counts)


def main():
    if sys.argv[1:] not in ([], ["--bless"]):
        sys.exit(__doc__)
    comparison = Comparison(sys.argv[1:] == ["--bless"])
    work = sweep.Sweep("community")
    work.over(comparison.check, sweep.captures(), sweep.name_of)
    table, equal = comparison.table, +comparison.equal
    table.finish(work)
    for proto in ("tcp", "udp", "icmp", "icmp6"):
        if not equal[proto]:
            work.fault("community", f"no ID of {proto} was compared")
    kinds = ", ".join(f"{proto} {count}" for proto, count in equal.most_common())
    work.end(f"; equal: {kinds}; differences: {table.summary()}")


if __name__ == "__main__":
    main()
