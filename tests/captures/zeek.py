#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Our flows beside the conn.log files of Zeek's own tests, which lie beside the captures. A log counts when
it names its connections, all their addresses occur in the capture, and it has each of the capture's TCP and
UDP flows of the innermost layer; zeek_logs.tsv lists every log with what was compared, or why it was left.
Where the two must differ, a predicate over the row and tshark's fields says what Zeek has; a value that none
predicts fails, and so does another count than zeek.tsv.

usage: zeek.py [--bless]    --bless writes both tables, where the rules hold"""
import collections
import sys

import streams
import sweep

GOLDEN = sweep.CAPTURES / "golden/zeek"
LOGS = sweep.ROOT / "tests/differences/zeek_logs.tsv"
LOGS_HEAD = ["log", "use", "rows", "columns compared", "options of Zeek's test"]
KEYS = "id.orig_h id.orig_p id.resp_h id.resp_p proto".split()
# Zeek's column: ours, of a flow in Zeek's direction.
COLUMNS = {
    "conn_state": "conn_state", "history": "history", "duration": "duration",
    "orig_pkts": "packets_fwd", "resp_pkts": "packets_rev",
    "orig_ip_bytes": "bytes_fwd", "resp_ip_bytes": "bytes_rev",
    "orig_bytes": "payload_fwd", "resp_bytes": "payload_rev",
}
# -C: checksums are not verified. -b: only the scripts that the test names.
OPTIONS = {
    "core.erspanI": "-b", "core.ppp": "-b", "core.pppoe-over-qinq": "none", "core.radiotap": "-b -C",
    "core.tcp.miss-end-data": "none; report_gaps_for_partial", "core.tunnels.analyzer-confirmation": "-b",
    "core.tunnels.geneve": "-b", "core.tunnels.geneve-ipv6": "-b",
    "core.tunnels.gtp.inner_teredo": "none; Tunnel::delay_teredo_confirmation=F", "core.tunnels.vxlan": "none",
    "scripts.base.protocols.http.concurrent-range-requests": "-b",
    "scripts.base.protocols.ldap.sasl-signed-clear": "-C",
    "scripts.base.protocols.pop3.starttls": "-b -C; 110/tcp a server port",
    "scripts.base.protocols.ssh.http-port-22": "none",
}

CLASSES = {
    "flip": ("of UDP, history begins with ^ and the originator is our responder: direction, S0 and SHR are "
             "the other way round", "the first packet decides; Zeek takes the side with a known port for the server"),
    "one_packet": ("duration and sizes of a connection of one packet are unset",
                   "one packet lasts 0 s and has a size"),
    "last_fin": ("duration ends with the packet after which both sides have sent a FIN",
                 "the last packet ends the flow: the last acknowledgment belongs to it"),
    "sequence": ("sizes of TCP are how far the sequence numbers went",
                 "payload counts bytes on the wire: repeats each time, missed ones never"),
    "no_size": ("protocols that Zeek does not know have no sizes", "what follows the IP header is payload"),
    "no_length": ("IPv4 packets of length 0 (segmentation offload) count 0 bytes",
                  "the wire says how long they are"),
    "long_length": ("IPv4 packets longer than their PPPoE payload count in full, and the surplus is data that "
                    "comes again (T)", "what was not carried was not sent"),
    "gap": ("G stands for missed_bytes", "gaps are known once streams are put together"),
    "tunnels": ("history of ICMP is X where packets had another tunnel than the first",
                "only TCP and UDP have a history"),
}

FIELDS = ("ip.len ip.hdr_len tcp.hdr_len tcp.seq tcp.len tcp.flags frame.len").split()


def read_log(path):
    """Names of the columns, and the rows; some logs went through a filter that leaves a plain head."""
    fields, rows = [], []
    for line in path.read_text().splitlines():
        cells = line.split("\t")
        if line.startswith("#fields"):
            fields = cells[1:]
        elif line.startswith("#"):
            continue
        elif not fields:
            fields = cells
        else:
            rows.append(dict(zip(fields, cells)))
    return fields, rows


def ends(source, sport, destination, dport, protocol):
    if protocol not in ("tcp", "udp"):
        sport = dport = protocol = ""
    return protocol, (source, sport), (destination, dport)


def ends_of_row(row):
    return ends(*(row[key] for key in ("id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto")))


def ends_of_flow(flow):
    return ends(*(flow[key] for key in ("src", "sport", "dst", "dport", "proto")))


def both_ways(of):
    return of[0], frozenset(of[1:])


class Capture:
    def __init__(self, path):
        self.path = path
        self.flows = streams.rows_of("flows", path)
        self.packets = streams.rows_of("packets", path)
        self.facts = self.read_facts()
        self.offloaded = {i for i, cells in enumerate(self.read_facts("-o", "ip.tso_support:FALSE"))
                          if cells["ip.len"] == "0"}

    def read_facts(self, *more):
        """Of the innermost header of each frame."""
        wanted = [word for field in FIELDS for word in ("-e", field)]
        done = sweep.run(["tshark", "-n", "-r", self.path, *more, "-T", "fields", "-E", "occurrence=l", *wanted])
        return [dict(zip(FIELDS, line.split("\t"))) for line in done.out.decode(errors="replace").splitlines()]

    def frames_of(self, flow):
        return [i for i, packet in enumerate(self.packets) if packet["flow_id"] == flow["flow_id"]]


class Row:
    """What a flow should be in Zeek's log: our columns, changed by the classes that hold."""

    def __init__(self, capture, flow, theirs):
        self.capture, self.flow, self.theirs = capture, flow, theirs
        self.turned = ends_of_flow(flow) != ends_of_row(theirs)
        self.expected = {}
        for there, here in COLUMNS.items():
            if here.endswith(("fwd", "rev")) and self.turned:
                here = here[:-3] + ("rev" if here.endswith("fwd") else "fwd")
            if there in theirs:
                self.expected[there] = flow[here]
        self.expected["history"] = flow["history"] or "-"
        self.expected["duration"] = f"{float(flow['duration']):.6f}"
        self.counts = collections.Counter()
        for kind in CLASSES:
            before = dict(self.expected)
            getattr(self, kind)()
            self.counts[kind] += before != self.expected

    def faults(self):
        for name, value in self.expected.items():
            if self.theirs[name] != value:
                yield f"{' '.join(self.theirs[key] for key in KEYS)}: {name} is {self.theirs[name]} there, " \
                      f"{value} expected of flow {self.flow['flow_id']}"

    def sides(self):
        """(the start of Zeek's columns, our direction)."""
        return zip(("orig", "resp"), ("rev", "fwd") if self.turned else ("fwd", "rev"))

    def facts(self, way):
        return [self.capture.facts[i] for i in self.capture.frames_of(self.flow)
                if self.capture.packets[i]["dir"] == way]

    def flip(self):
        if self.flow["proto"] == "udp" and self.turned and self.theirs["history"].startswith("^"):
            self.expected["history"] = "^" + self.flow["history"].swapcase()
            self.expected["conn_state"] = {"S0": "SHR", "SHR": "S0"}.get(self.flow["conn_state"],
                                                                        self.flow["conn_state"])

    def one_packet(self):
        if int(self.flow["packets_fwd"]) + int(self.flow["packets_rev"]) == 1:
            self.expected.update(duration="-", orig_bytes="-", resp_bytes="-")

    def last_fin(self):
        fins = {}
        for i in self.capture.frames_of(self.flow):
            packet, flags = self.capture.packets[i], self.capture.facts[i]["tcp.flags"]
            if self.flow["proto"] == "tcp" and int(flags, 16) & streams.FIN:
                fins.setdefault(packet["dir"], packet["ts"])
        if len(fins) == 2:
            since = streams.nanoseconds(max(fins.values(), key=streams.nanoseconds)) - \
                streams.nanoseconds(self.flow["first_ts"])
            self.expected["duration"] = f"{since / 1e9:.6f}"

    def sequence(self):
        for there, way in self.sides():
            if self.flow["proto"] == "tcp":
                reached = [int(cells["tcp.seq"]) + int(cells["tcp.len"]) for cells in self.facts(way)
                           if cells["tcp.len"] != "0" or int(cells["tcp.flags"], 16) & streams.FIN]
                self.expected[there + "_bytes"] = str(max([1, *reached]) - 1)

    def no_size(self):
        if self.theirs["proto"] == "unknown_transport":
            self.expected.update(orig_bytes="0", resp_bytes="0")

    def no_length(self):
        for i in self.capture.frames_of(self.flow):
            for there, way in self.sides():
                if i in self.capture.offloaded and self.capture.packets[i]["dir"] == way:
                    left = int(self.expected[there + "_ip_bytes"]) - int(self.capture.facts[i]["ip.len"])
                    self.expected[there + "_ip_bytes"] = str(left)

    def long_length(self):
        for there, way in self.sides():
            surplus = sum(int(cells["ip.len"]) - int(cells["ip.hdr_len"]) - int(cells["tcp.hdr_len"]) -
                          int(cells["tcp.len"]) for cells in self.facts(way)
                          if self.flow["proto"] == "tcp" and cells["ip.len"])
            if surplus:
                letter = "T" if there == "orig" else "t"
                self.expected[there + "_ip_bytes"] = str(int(self.expected[there + "_ip_bytes"]) + surplus)
                if self.theirs["history"].replace(letter, "") == self.expected["history"].replace(letter, ""):
                    self.expected["history"] = self.theirs["history"]

    def gap(self):
        if self.theirs["missed_bytes"] != "0" and \
                self.theirs["history"].replace("g", "").replace("G", "") == self.expected["history"]:
            self.expected["history"] = self.theirs["history"]

    def tunnels(self):
        if self.theirs["proto"] == "icmp" and "," in self.theirs.get("tunnel_parents", "") and \
                self.theirs["history"] == "X":
            self.expected["history"] = "X"


class Comparison:
    def __init__(self, bless):
        self.table = sweep.Differences("zeek.tsv", CLASSES, bless)
        self.logs = {}
        self.done = collections.Counter()

    def reason_to_leave(self, fields, rows, path):
        if any(key not in fields for key in KEYS):
            return "names no addresses", None
        if not path.exists():
            return "its capture is not here", None
        capture = Capture(path)
        seen = {flow[end] for flow in capture.flows for end in ("src", "dst")}
        if any(row[key] not in seen for row in rows for key in ("id.orig_h", "id.resp_h")):
            return "its addresses are not in the capture", None
        parents = {flow["parent_id"] for flow in capture.flows}
        named = {both_ways(ends_of_row(row)) for row in rows}
        for flow in capture.flows:
            if flow["proto"] in ("tcp", "udp") and flow["flow_id"] not in parents \
                    and both_ways(ends_of_flow(flow)) not in named:
                return "it is of another capture with the same addresses", None
        return "", capture

    def check(self, log):
        name = f"zeek/{log.parts[-3]}/{log.parts[-2]}"
        fields, rows = read_log(log)
        reason, capture = self.reason_to_leave(fields, rows, sweep.CAPTURES / "zeek" / log.parts[-3])
        if reason:
            self.logs[name] = ["left: " + reason, "", "", ""]
            return []
        columns = [column for column in COLUMNS if column in fields]
        self.logs[name] = ["compared", str(len(rows)), " ".join(columns),
                           OPTIONS.get(log.parts[-2], "not known")]
        flows = collections.defaultdict(list)
        for flow in capture.flows:
            flows[both_ways(ends_of_flow(flow))].append(flow)
        faults, counts = [], collections.Counter()
        for theirs in rows:
            found = flows[both_ways(ends_of_row(theirs))]
            if len(found) != 1:
                faults.append(f"{ends_of_row(theirs)}: {len(found)} flows here")
                continue
            row = Row(capture, found[0], theirs)
            faults += row.faults()
            counts += row.counts
            self.done["rows"] += 1
            self.done["values"] += len(columns)
        return [*faults, *self.table.check(name, counts)]

    def text(self):
        return "\n".join("\t".join(line) for line in
                         [LOGS_HEAD, *([name, *cells] for name, cells in sorted(self.logs.items()))]) + "\n"


def main():
    if sys.argv[1:] not in ([], ["--bless"]):
        sys.exit(__doc__)
    comparison = Comparison(sys.argv[1:] == ["--bless"])
    sweep.captures()
    logs = sorted(GOLDEN.glob("*/*/conn.log"))
    if not logs and not sweep.ALL:
        print(f"skipped: no logs in {GOLDEN}")
        sys.exit(sweep.SKIPPED)
    work = sweep.Sweep("zeek")
    work.over(comparison.check, logs, lambda log: log.parts[-2])
    table = comparison.table
    table.finish(work, everything=True)
    if table.bless:
        LOGS.write_text(comparison.text())
    if LOGS.read_text() != comparison.text():
        work.fault(LOGS.name, "its list of logs is another")
    used = sum(cells[0] == "compared" for cells in comparison.logs.values())
    work.end(f"; {used} logs compared, {comparison.done['rows']} connections, {comparison.done['values']} values; "
             f"differences: {table.summary()}")


if __name__ == "__main__":
    main()
