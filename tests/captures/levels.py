#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The innermost flow of each packet in a tunnel beside the layers that tshark dissects: the path (every
VLAN, label, session, key, VNI and TEID, in order), addresses, ports and protocol, packet by packet. And
the inner TCP flows of two captures, in which each direction has an identifier of its own, beside
tshark's tcp.stream. Where they must differ, a predicate over tshark's fields says so; a difference that
none predicts fails, and so does another count than tests/differences/levels.tsv.

usage: levels.py [--bless]    --bless writes the counts of the captures taken, where the rules hold"""
import collections
import sys

import streams
import sweep

# All words of layer.def that occur in the captures: 6in4 does not.
ALL_WORDS = set("vlan mpls pppoe gre nvgre erspan vxlan geneve gtpu l2tp ipip 4in6 teredo ah".split())

# Of these the inner tcp.stream are our flows.
STREAMS = ("arkime/gtp-iphone.pcap", "arkime/mpls-basic.pcap")

FIELDS = ("frame.number frame.protocols ip.src ip.dst ipv6.src ipv6.dst tcp.srcport tcp.dstport udp.srcport "
          "udp.dstport sctp.srcport sctp.dstport vlan.id ieee8021ad.id mpls.label mpls.bottom "
          "pppoe.session_id gre.flags_and_version gre.proto gre.key gre.key.call_id erspan.spanid "
          "vxlan.vni geneve.vni gtp.teid l2tp.type l2tp.session l2tp.sid ip.flags.mf ip.frag_offset ipv6.fraghdr.nxt "
          "ip.len udp.length _ws.malformed tcp.stream").split()

GRE_KEY, GRE_VERSION, GRE_BRIDGED = 0x2000, 7, 0x6558

CLASSES = {
    "fragment": ("a fragment has ports here and none there (counted: packets, as in all classes)",
                 "it belongs to the flow of its datagram; tshark shows ports where the datagram ends"),
    "erspan_one": ("ERSPAN type I has session 0 here and none there",
                   "it has no header; the path has the same form for all types"),
    "sampled": ("a packet within sFlow is none here", "it is a sample that the exporter sends, no tunnel"),
    "mpls_in_udp": ("MPLS directly within UDP (RFC 7510) is the payload of a UDP flow here",
                    "not one of the tunnels that are looked for"),
    "vntag": ("a frame with a VN-tag (802.1BR) has verdict not_ip", "not one of the links that are read"),
    "inner_too_long": ("an IP packet within UDP that says to be longer than the UDP is none here",
                       "what a tunnel found by its port carries must be whole, else it is plain UDP"),
    "no_udp_length": ("UDP of length 0 around a tunnel (BIG TCP): tshark calls it malformed and stops",
                      "the length is that of the IP packet (RFC 2675, and Linux for IPv4)"),
    "cut": ("an inner IP header of which tshark has no addresses is none here",
            "it is cut short; the flow around it is known"),
}


class Layers:
    """What tshark found in a frame, outermost first, up to a packet that ICMP quotes."""

    def __init__(self, line, end=None):
        self.line = line
        self.cells = dict(zip(FIELDS, line.split("\t")))
        self.values = {name: [word for word in cell.split(",") if word]
                       for name, cell in self.cells.items()}
        self.number = self.cells["frame.number"]
        self.protocols = self.cells["frame.protocols"].split(":")[:end]
        self.used = collections.Counter()
        self.path, self.ends, self.proto = [], None, ""
        self.whole = True  # each layer had the fields that it is expected to have
        self.walk()

    def next(self, name):
        """The value that the next layer of a kind has in a field."""
        number = self.used[name]
        self.used[name] += 1
        if number < len(self.values[name]):
            return self.values[name][number]
        self.whole = False
        return ""

    def number_of(self, name):
        return int(self.next(name) or "0", 0)

    def gre(self, after):
        flags, kind = self.number_of("gre.flags_and_version"), self.number_of("gre.proto")
        if flags & GRE_VERSION == 1:  # PPTP: half of the key is a length
            return [f"gre:{self.number_of('gre.key.call_id')}"]
        key = self.number_of("gre.key") if flags & GRE_KEY else None
        if after == "erspan":
            return []
        if key is None:
            return ["gre"]
        return [f"nvgre:{key >> 8}" if kind == GRE_BRIDGED else f"gre:{key}"]

    def labels(self):
        found = []
        while True:
            found.append(f"mpls:{self.number_of('mpls.label')}")
            if self.number_of("mpls.bottom") or not self.whole:
                return found

    def identifiers(self, name, after):
        """The words that a layer adds to the path."""
        plain = {"vlan": ("vlan", "vlan.id"), "ieee8021ad": ("vlan", "ieee8021ad.id"),
                 "pppoes": ("pppoe", "pppoe.session_id"), "vxlan": ("vxlan", "vxlan.vni"),
                 "geneve": ("geneve", "geneve.vni"), "gtp": ("gtpu", "gtp.teid")}
        if name in plain:
            word, field = plain[name]
            return [f"{word}:{self.number_of(field)}"]
        if name == "erspan":
            return [f"erspan:{self.number_of('erspan.spanid')}" if self.values["erspan.spanid"] else "erspan"]
        if name == "l2tp":
            field = "l2tp.session" if self.values["l2tp.session"] else "l2tp.sid"
            return [f"l2tp:{self.number_of(field)}"]
        if name == "gre":
            return self.gre(after)
        if name == "mpls":
            return self.labels()
        return ["teredo"] if name == "teredo" else []

    def walk(self):
        path, around = [], ""  # around: the IP header around this one, with nothing between
        for name, after in zip(self.protocols, self.protocols[1:] + [""]):
            if name in ("icmp", "icmpv6"):
                self.proto = self.proto or {"icmpv6": "icmp6"}.get(name, name)
                break
            if name in ("ip", "ipv6"):
                if around:
                    path.append("ipip" if around == name else {"ip": "6in4", "ipv6": "4in6"}[around])
                self.ends = [[self.next(f"{name}.{end}"), ""] for end in ("src", "dst")]
                self.path, self.proto, around = list(path), "", name
            elif name in ("tcp", "udp", "sctp"):
                ports = [self.next(f"{name}.{end}port") for end in ("src", "dst")]
                if around and not self.proto:
                    self.proto = name
                    self.ends = [[address, port] for (address, _), port in zip(self.ends, ports)]
                around = ""
            elif name == "ah":  # of the flow that it protects, whether or not another IP header follows
                path.append("ah")
                self.path = list(path)
            elif not name.startswith("ipv6."):  # extension headers
                path += self.identifiers(name, after)
                around = ""

    @property
    def tunnel(self):
        return "/".join(self.path)


def theirs(path):
    wanted = [word for field in FIELDS for word in ("-e", field)]
    done = sweep.run(["tshark", "-n", "-r", path, "-T", "fields", *wanted])
    return [Layers(line) for line in done.out.decode(errors="replace").splitlines()]


def ends_of(packet, flow):
    """Address and port of sender and receiver; ports are what tshark calls so."""
    ends = [[flow["src"], flow["sport"]], [flow["dst"], flow["dport"]]]
    if packet["dir"] == "rev":
        ends.reverse()
    return ends if flow["proto"] in ("tcp", "udp", "sctp") else [[address, ""] for address, _ in ends]


def difference(layers, packet, flow):
    """'' where both say the same of the packet."""
    if flow is None:
        return f"{layers.tunnel} there, no flow here: {packet['verdict']}" if layers.ends else ""
    if layers.tunnel != flow["tunnel"]:
        return f"path {layers.tunnel or 'none'} there, {flow['tunnel'] or 'none'} here"
    if layers.ends != ends_of(packet, flow):
        return f"{layers.ends} there, {ends_of(packet, flow)} here"
    if layers.proto not in ("", flow["proto"]):
        return f"{layers.proto} there, {flow['proto']} here"
    return ""


def before(layers, *names):
    """The layers of the frame up to the last of these that follow one another; None without them."""
    protocols, length = layers.protocols, len(names)
    for place in range(len(protocols) - length, -1, -1):
        if tuple(protocols[place:place + length]) == names:
            return Layers(layers.line, place + length - 1)
    return None


def is_as_outside(layers, packet, flow, *names):
    outside = before(layers, *names)
    return outside is not None and not difference(outside, packet, flow)


def is_fragment(layers, packet, flow, around):
    values = layers.values
    parts = "1" in values["ip.flags.mf"] or values["ipv6.fraghdr.nxt"] or \
        any(offset != "0" for offset in values["ip.frag_offset"])
    return parts and flow and layers.ends and layers.tunnel == flow["tunnel"] and \
        all(port == "" for _, port in layers.ends) and \
        [address for address, _ in layers.ends] == [end[0] for end in ends_of(packet, flow)]


def is_erspan_one(layers, packet, flow, around):
    if not flow or "erspan" not in layers.path:
        return False
    path = [word + ":0" if word == "erspan" else word for word in layers.path]
    return "/".join(path) == flow["tunnel"] and layers.ends == ends_of(packet, flow)


def is_sampled(layers, packet, flow, around):
    return is_as_outside(layers, packet, flow, "sflow")


def is_mpls_in_udp(layers, packet, flow, around):
    return is_as_outside(layers, packet, flow, "udp", "mpls")


def is_vntag(layers, packet, flow, around):
    return "vntag" in layers.protocols and packet["verdict"] == "not_ip"


def is_inner_too_long(layers, packet, flow, around):
    lengths = layers.values["ip.len"]
    return len(lengths) > 1 and int(lengths[1]) > int(layers.values["udp.length"][0]) and \
        any(is_as_outside(layers, packet, flow, "udp", name) for name in ("gtp", "vxlan", "geneve"))


def is_no_udp_length(layers, packet, flow, around):
    return bool(layers.cells["_ws.malformed"]) and layers.values["udp.length"] == ["0"] and \
        around is not None and not difference(layers, packet, around)


def is_cut(layers, packet, flow, around):
    """The last layer is an IP header that has fewer fields than it should."""
    last = layers.protocols[-1]
    return not layers.whole and last in ("ip", "ipv6") and \
        len(layers.values[last + ".dst"]) < layers.protocols.count(last) and \
        not difference(Layers(layers.line, -1), packet, flow)


PREDICATES = {"fragment": is_fragment, "erspan_one": is_erspan_one, "sampled": is_sampled,
              "mpls_in_udp": is_mpls_in_udp, "vntag": is_vntag, "inner_too_long": is_inner_too_long,
              "no_udp_length": is_no_udp_length, "cut": is_cut}


class Comparison:
    def __init__(self, bless):
        self.table = sweep.Differences("levels.tsv", CLASSES, bless)
        self.equal = collections.Counter()   # packets by word of the path
        self.streams = {}

    def check(self, path):
        name, frames = sweep.name_of(path), theirs(path)
        counts, faults = collections.Counter(), []
        packets = sweep.rows("packets", path, "--identity", "strict")
        if len(packets) != len(frames):
            return [f"{len(frames)} frames there, {len(packets)} here"]
        flows = {row["flow_id"]: row for row in sweep.rows("flows", path, "--identity", "strict")}
        for layers, packet in zip(frames, packets):
            flow, around = flows.get(packet["flow_id"]), flows.get(packet["parent_id"])
            if not layers.path and not (flow and flow["tunnel"]):
                continue
            fault = difference(layers, packet, flow)
            kind = next((kind for kind, predicts in PREDICATES.items()
                         if fault and predicts(layers, packet, flow, around)), "")
            counts[kind] += bool(kind)
            if fault and not kind:
                faults.append(f"frame {layers.number}: {fault} ({layers.cells['frame.protocols']})")
            elif not fault:
                self.equal["packets"] += 1
                self.equal.update({word.split(":")[0] for word in layers.path})
        if name in STREAMS:
            faults += self.check_streams(name, frames, path, flows)
        return faults + self.table.check(name, counts)

    def check_streams(self, name, frames, path, strict):
        """By default the inner TCP flows are the streams, under `strict` they are more."""
        flows = {row["flow_id"]: row for row in sweep.rows("flows", path)}
        inner = {flow_id for flow_id, flow in flows.items() if flow["proto"] == "tcp"}
        labels = ["tcp" + layers.values["tcp.stream"][-1] if layers.proto == "tcp" else ""
                  for layers in frames]
        ids = [packet["flow_id"] if packet["flow_id"] in inner else "" for packet in sweep.rows("packets", path)]
        both_ways = sum(1 for flow_id in inner if flows[flow_id]["packets_rev"] != "0")
        one_way = sum(1 for flow in strict.values() if flow["proto"] == "tcp")
        self.streams[name] = f"{len(inner)} TCP flows, {both_ways} both ways; strict {one_way}"
        faults = streams.compare(labels, ids)
        if not both_ways or one_way <= len(inner):
            faults.append(f"no identifiers by direction: {self.streams[name]}")
        return faults


def main():
    if sys.argv[1:] not in ([], ["--bless"]):
        sys.exit(__doc__)
    comparison = Comparison(sys.argv[1:] == ["--bless"])
    taken = [path for path in sweep.captures(everything=True)
             if sweep.ALL or sweep.is_taken(sweep.name_of(path)) or sweep.name_of(path) in STREAMS]
    work = sweep.Sweep("levels")
    work.over(comparison.check, taken, sweep.name_of)
    table, equal = comparison.table, comparison.equal
    table.finish(work)
    for name, text in comparison.streams.items():
        print(f"{name}: {text}")
    if sweep.ALL:
        for word in sorted(ALL_WORDS - set(equal)):
            work.fault(word, "occurs in no packet that was compared")
    if not equal["packets"] or set(comparison.streams) != set(STREAMS):
        work.fault("levels", "nothing was compared, or not the streams")
    words = ", ".join(f"{word} {count}" for word, count in equal.most_common())
    work.end(f"; equal: {words}; differences: {table.summary()}")


if __name__ == "__main__":
    main()
