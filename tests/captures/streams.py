#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Our flows beside tshark's tcp.stream and udp.stream, packet for packet, on every capture without
tunnels. Where the two must differ, a rule predicts from tshark's own fields at which
frame; a frame that no rule predicts fails, and so does another count than tests/differences/tshark.tsv.

usage: streams.py [--bless]    --bless writes the counts of the captures taken, where the rules hold"""
import collections
import sys

import sweep

SECOND = 10**9
HOUR = 3600 * SECOND
FIN, SYN, RST, ACK = 1, 2, 4, 16
NEVER = 2**63 - 1

# class: what is predicted, and why we differ. The predicates stand in the code below.
CLASSES = {
    "silence": ("a packet at least the idle timeout after the last one of its stream (tcp 300 s, "
                "half open or closed 60 s, udp 60 s) is in a new flow",
                "a flow ends with its timeout; tshark's streams have none"),
    "silence_by_clock": ("the same by the capture's clock, where the packet's own time is earlier "
                         "than its stream's last one",
                         "the flow had ended when time stepped back"),
    "same_endpoints": ("several udp.stream with the same addresses and ports within the timeout are "
                       "one flow (counted: streams beyond the first)",
                       "the endpoints are the flow; tshark opens another stream where a signalling "
                       "protocol announced the conversation"),
    "fragment": ("a later fragment, which has no stream, is in the flow of the first one of its datagram, "
                 "if that came within 30 s (counted: frames)",
                 "all fragments belong to the flow of their datagram, which is not put together here for "
                 "tshark"),
    "short_first": ("a first fragment too short for tshark to give it a stream is not compared, nor are the "
                    "others of its datagram (counted: frames)",
                    "eight bytes of a transport header have the ports, which name the flow"),
    "unread_header": ("a TCP header in which tshark reads no flags opens a stream there, and is in the flow of "
                      "its addresses and ports here",
                      "ports that can be read name the flow"),
    "quoted": ("the stream of a frame with ICMP is that of the packet that it quotes (counted: frames)",
               "an ICMP error is a packet of its own ICMP flow"),
    "malformed": ("a frame with IP that tshark calls malformed and gives no stream is not compared "
                  "(counted: frames)",
                  "ports that can be read name the flow, though a length or an option is wrong"),
}
UNKNOWN = "?"

FIELDS = ("frame.number frame.time_epoch frame.protocols tcp.stream udp.stream ip.flags.mf ip.frag_offset "
          "ip.id ip.proto ipv6.fraghdr.nxt ipv6.fraghdr.offset ipv6.fraghdr.more ipv6.fraghdr.ident ip.src ip.dst ipv6.src ipv6.dst udp.srcport udp.dstport tcp.srcport "
          "tcp.dstport tcp.flags tcp.seq_raw tcp.ack_raw tcp.len udp.length ip.len ipv6.plen frame.len "
          "_ws.malformed").split()

# Layers before the IP header that are built. Others make the capture one for a later comparison.
LINKS = {"eth", "ethertype", "vlan", "ieee8021ad", "llc", "sll", "null", "raw"}


class Frame:
    def __init__(self, line, fields):
        cells = dict(zip(fields, line.split("\t")))
        self.number = cells["frame.number"]
        self.time = nanoseconds(cells["frame.time_epoch"])
        self.protocols = cells["frame.protocols"].split(":")
        self.streams = [kind + number for kind in ("tcp", "udp")
                        for number in cells[kind + ".stream"].split(",") if number]
        self.cells = cells
        self.offset = int((cells["ip.frag_offset"] or cells["ipv6.fraghdr.offset"] or "0").split(",")[0], 0)
        self.fragment = self.offset > 0 or cells["ip.flags.mf"].split(",")[0] in ("1", "True") or \
            cells["ipv6.fraghdr.more"].split(",")[0] in ("1", "True")
        self.quotes = any(name in ("icmp", "icmpv6") for name in self.protocols[:self.inner_ip()])

    def ip_layers(self):
        return [i for i, name in enumerate(self.protocols) if name in ("ip", "ipv6")]

    def datagram(self):
        """What all fragments of a datagram have in common."""
        cells = self.cells
        return tuple(cells[name].split(",")[0] for name in
                     ("ip.src", "ip.dst", "ip.id", "ip.proto", "ipv6.src", "ipv6.dst", "ipv6.fraghdr.ident"))

    def inner_ip(self):
        """Place of the second IP header, None if there is one at most."""
        return (self.ip_layers() + [None, None])[1]

    def ends(self):
        """((address, port), (address, port)) of sender and receiver."""
        cells, kind = self.cells, self.streams[0][:3]
        return ((cells["ip.src"] + cells["ipv6.src"], cells[kind + ".srcport"]),
                (cells["ip.dst"] + cells["ipv6.dst"], cells[kind + ".dstport"]))

    def lengths(self):
        """(bytes of the IP packet, payload) by the lengths that tshark read; None where it says none."""
        cells = self.cells
        if self.fragment or (self.streams[0].startswith("tcp") and not cells["tcp.flags"]):
            return None
        whole = int(cells["ip.len"] or 0) if cells["ip.len"] else 40 + int(cells["ipv6.plen"] or -40)
        if not 0 < whole <= int(cells["frame.len"]) or cells["ipv6.plen"] == "0":
            return None
        payload = cells["tcp.len"] if self.streams[0].startswith("tcp") else cells["udp.length"]
        if not payload:
            return None
        return whole, int(payload) - (0 if self.streams[0].startswith("tcp") else 8)


def nanoseconds(text):
    """Exactly; times that int64 nanoseconds cannot hold are its ends. None for a frame without time."""
    if not text:
        return None
    seconds, fraction = text.split(".")
    value = abs(int(seconds)) * SECOND + int(fraction)
    return max(-NEVER - 1, min(NEVER, -value if text.startswith("-") else value))


def reasons_to_leave(frames):
    """Why the capture is not compared; empty if it is."""
    reasons = set()
    for frame in frames:
        layers = frame.ip_layers()
        if frame.quotes:
            continue
        if len(layers) > 1 or len(frame.streams) > 1:
            reasons.add("tunnels")
        elif frame.streams:
            reasons |= {f"link {name}" for name in frame.protocols[:layers[0] if layers else 1]
                        if name not in LINKS}
    return reasons


class Clock:
    """Follows the frames' times, never back, and over an hour ahead only when two agree."""

    def __init__(self):
        self.now = None
        self.ahead = None
        self.waiting = None  # the conversation of the frame that is ahead

    def see(self, time):
        if time is None:
            return
        if self.now is None or time - self.now <= HOUR:
            self.now = time if self.now is None else max(self.now, time)
            self.ahead = self.waiting = None
        elif self.ahead is not None and abs(time - self.ahead) <= HOUR:
            if self.waiting:
                self.waiting.seen_clock = self.ahead
            self.now = max(time, self.ahead)
            self.ahead = self.waiting = None
        else:
            self.ahead, self.waiting = time, None


class Conversation:
    """What tshark's fields say of the packets of one stream since its last silence."""

    def __init__(self, label):
        self.label = label
        self.seen = self.seen_clock = None
        self.syns = {}      # sequence number after the SYN, by sender
        self.fins = {}      # after the FIN
        self.acks = {}      # highest acknowledgment, by sender
        self.plain = False  # a segment that needs a handshake that was not seen
        self.over = False

    def acknowledged(self, ends):
        return len(ends) == 2 and all(
            any(self.acks[other] - end & 0xFFFFFFFF < 2**31 for other in self.acks if other != side)
            for side, end in ends.items())

    def take_tcp(self, cells):
        if not cells["tcp.flags"]:  # a header cut short, or one that tshark does not take
            return
        side = cells["ip.src"] + cells["ipv6.src"] + " " + cells["tcp.srcport"]
        flags = int(cells["tcp.flags"], 16)
        sequence, number = int(cells["tcp.seq_raw"]), int(cells["tcp.ack_raw"] or 0)
        if self.over or flags & RST:
            self.over = True
            return
        if flags & SYN:
            self.syns.setdefault(side, sequence + 1 & 0xFFFFFFFF)
            if flags & ACK:
                self.syns.setdefault("the other", number)
        elif len(self.syns) < 2:
            self.plain = True
        if len(self.syns) == 3:
            del self.syns["the other"]
        if flags & FIN:
            end = sequence + int(cells["tcp.len"] or 0) + 1 + (1 if flags & SYN else 0)
            self.fins.setdefault(side, end & 0xFFFFFFFF)
        if flags & ACK and (side not in self.acks or number - self.acks[side] & 0xFFFFFFFF < 2**31):
            self.acks[side] = number
        self.over = self.acknowledged(self.fins)

    def timeout(self, is_tcp):
        half_open = self.syns and not (self.plain or self.fins or self.acknowledged(self.syns))
        return 300 * SECOND if is_tcp and not (self.over or half_open) else 60 * SECOND

    def silence(self, frame, clock):
        """The class of the silence before this frame; '' for none."""
        limit = self.timeout(frame.streams[0].startswith("tcp"))
        own = clock.now if frame.time is None else frame.time
        if own is None:
            return ""
        if self.seen is not None and own - self.seen >= limit:
            return "silence"
        if self.seen_clock is not None and clock.now - self.seen_clock >= limit:
            return "silence_by_clock"
        return ""

    def see(self, frame, clock):
        own = clock.now if frame.time is None else frame.time
        if self.seen is None or own > self.seen or self.seen - own > HOUR:
            self.seen = own
        self.seen_clock = clock.now

    def take(self, frame, clock):
        self.see(frame, clock)
        if frame.streams[0].startswith("tcp"):
            self.take_tcp(frame.cells)


def first_fragments(frames):
    """{place of a later fragment: place of the first one of its datagram}: the last one before it, else
    the next one, not more than 30 seconds away."""
    firsts, found = collections.defaultdict(list), {}
    for number, frame in enumerate(frames):
        if frame.fragment and frame.offset == 0:
            firsts[frame.datagram()].append(number)
    for number, frame in enumerate(frames):
        near = [first for first in firsts.get(frame.datagram(), ()) if frame.offset and
                abs((frames[first].time or 0) - (frame.time or 0)) < 30 * SECOND]
        before = [first for first in near if first < number]
        if near:
            found[number] = before[-1] if before else near[0]
    return found


def predict(frames):
    """The flow of each frame as a label ('' where it has none in TCP or UDP), and the classes that were
    needed, counted."""
    clock, current, streams = Clock(), {}, {}
    labels, counts = [], collections.Counter()
    firsts, talks, by_ends = first_fragments(frames), {}, {}
    for number, frame in enumerate(frames):
        clock.see(frame.time)
        if frame.offset and not frame.quotes:
            if firsts.get(number) in talks:
                talks[firsts[number]].see(frame, clock)
            labels.append("")
            continue
        if frame.quotes or not frame.streams:
            if frame.fragment and not frame.quotes and "icmp" not in frame.protocols:
                counts["short_first"] += 1
                labels.append(UNKNOWN)
                continue
            malformed = frame.cells["_ws.malformed"] and frame.ip_layers() and not (
                frame.quotes or "sctp" in frame.protocols)
            counts["malformed"] += bool(malformed)
            counts["quoted"] += bool(frame.streams)
            labels.append(UNKNOWN if malformed else "")
            continue
        stream = frame.streams[0]
        key = stream if stream.startswith("tcp") else ("udp", *sorted(frame.ends()))
        ends = (stream[:3], *sorted(frame.ends()))
        if stream.startswith("tcp") and not frame.cells["tcp.flags"] and key not in current and ends in by_ends:
            key = by_ends[ends]
            streams[current[key].label].add(stream)
            counts["unread_header"] += 1
        by_ends[ends] = key
        talk = current.get(key)
        silence = talk.silence(frame, clock) if talk else ""
        if not talk or silence:
            counts[silence] += bool(silence)
            talk = current[key] = Conversation(f"{stream} from frame {number + 1}")
            streams[talk.label] = {stream}
        elif stream not in streams[talk.label]:
            counts["same_endpoints"] += 1
            streams[talk.label].add(stream)
        talk.take(frame, clock)
        talks[number] = talk
        if clock.ahead is not None and frame.time is not None:
            clock.waiting = talk
        labels.append(talk.label)
    for number, first in firsts.items():
        labels[number] = labels[first]
        counts["short_first" if labels[first] == UNKNOWN else "fragment"] += bool(labels[first])
    return labels, +counts


def rows_of(report, path, *options):
    head, *lines = sweep.command(report, "-f", "csv", "--duplicates=ignore", *options,
                                 path).out.decode().splitlines()
    return [dict(zip(head.split(","), line.split(","))) for line in lines]


def compare_figures(frames, packets, flows, done):
    """Addresses, ports, directions, bytes and payload of our flows beside tshark's fields."""
    sums, unclear = collections.Counter(), set()
    for frame, packet in zip(frames, packets):
        flow = flows.get(packet["flow_id"])
        if not flow or not frame.streams or frame.quotes:
            unclear.add(packet["flow_id"])
            continue
        ends = (flow["src"], flow["sport"]), (flow["dst"], flow["dport"])
        done["directions"] += 1
        if frame.ends() != (ends if packet["dir"] == "fwd" else ends[::-1]):
            yield f"frame {frame.number}: {frame.ends()} there, {packet['dir']} of {ends} here"
        lengths = frame.lengths()
        if not lengths:
            unclear.add(packet["flow_id"])
            continue
        sums[packet["flow_id"], "bytes_" + packet["dir"]] += lengths[0]
        sums[packet["flow_id"], "payload_" + packet["dir"]] += lengths[1]
    for (name, column), value in sums.items():
        done["sums"] += name not in unclear
        if name not in unclear and int(flows[name][column]) != value:
            yield f"flow {name}: {column} is {value} there, {flows[name][column]} here"


def compare(labels, ids):
    """Two partitions of the frames are equal if their names map one to one."""
    forth, back, faults = {}, {}, []
    for number, (label, flow) in enumerate(zip(labels, ids), 1):
        if label == UNKNOWN:
            continue
        if bool(label) != bool(flow):
            faults.append(f"frame {number}: {label or 'no stream'} there, flow {flow or 'none'} here")
        elif label and (forth.setdefault(label, flow) != flow or back.setdefault(flow, label) != label):
            faults.append(f"frame {number}: {label} there, flow {flow} here")
    return faults


def read_frames(path, more=()):
    fields = [*FIELDS, *more]
    wanted = [word for field in fields for word in ("-e", field)]
    done = sweep.run(["tshark", "-n", "-r", path, "-o", "ip.defragment:FALSE", "-T", "fields", *wanted])
    return [Frame(line, fields) for line in done.out.decode(errors="replace").splitlines()]


class Comparison:
    def __init__(self, bless):
        self.table = sweep.Differences("tshark.tsv", CLASSES, bless)
        self.left = collections.Counter()
        self.done = collections.Counter()

    def check(self, path):
        name, frames = sweep.name_of(path), read_frames(path)
        reasons = reasons_to_leave(frames)
        if reasons:
            self.left[", ".join(sorted(reasons))] += 1
            return []
        packets = rows_of("packets", path)
        flows = {flow["flow_id"]: flow for flow in rows_of("flows", path)
                 if flow["proto"] in ("tcp", "udp")}
        if len(packets) != len(frames):
            return [f"{len(frames)} frames there, {len(packets)} here"]
        labels, counts = predict(frames)
        faults = compare(labels, [packet["flow_id"] if packet["flow_id"] in flows else ""
                                  for packet in packets])
        self.done["packets"] += sum(1 for label in labels if label)
        if faults:
            return [f"{len(faults)} frames that no rule predicts; {faults[0]}"]
        return [*compare_figures(frames, packets, flows, self.done),
                *self.table.check(name, counts)]


def main():
    if sys.argv[1:] not in ([], ["--bless"]):
        sys.exit(__doc__)
    comparison = Comparison(sys.argv[1:] == ["--bless"])
    taken = sweep.captures()
    work = sweep.Sweep("streams")
    work.over(comparison.check, taken, sweep.name_of)
    table = comparison.table
    table.finish(work)
    for reasons, count in comparison.left.most_common():
        print(f"left out: {count} with {reasons}")
    done = ", ".join(f"{count} {what}" for what, count in comparison.done.items())
    print(f"compared: {len(table.names)} captures, {done}; differences: {table.summary()}")
    if 2 * len(table.names) < len(taken):
        sys.exit("fewer than half of the captures could be compared")
    work.end()


if __name__ == "__main__":
    main()
