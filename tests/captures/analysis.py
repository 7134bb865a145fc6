#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Retransmissions, out-of-order segments, duplicate ACKs, keep-alives, zero and full windows and the
handshake's time of our flows beside tshark's tcp.analysis, flow for flow and direction for direction, on every capture without tunnels and fragments.
Where the two must differ, a predicate over tshark's own fields says what ours is; a figure that none
predicts fails, and so does another count than tests/differences/analysis.tsv.

usage: analysis.py [--bless]    --bless writes the counts of the captures taken, where the rules hold"""
import collections
import sys

import streams
import sweep

FIN, SYN, RST, ACK = streams.FIN, streams.SYN, streams.RST, streams.ACK
LATE = 3000000  # ns: out of order up to here, where no round trip is known
MORE = [f"tcp.analysis.{name}" for name in
        ("retransmission", "fast_retransmission", "spurious_retransmission", "out_of_order", "initial_rtt",
         "duplicate_ack", "keep_alive", "zero_window", "window_full")] + ["tcp.window_size_value"]
EVENTS = {"dup_acks": "duplicate_ack", "keep_alives": "keep_alive", "zero_windows": "zero_window",
          "window_fulls": "window_full"}

CLASSES = {
    "first_syn": ("SYNs were repeated: the handshake is timed from the first one (counted: flows)",
                  "the connection took that long to open; tshark takes the last SYN, whichever was answered"),
    "completes": ("the handshake ends with the segment after which both SYNs are acknowledged; tshark's with "
                  "the first that has ACK and no SYN (counted: flows)",
                  "the initiator's acknowledgment makes the round trip; other segments say nothing of it"),
    "incomplete": ("no SYN-ACK, or none that was acknowledged, is no handshake (counted: flows)",
                   "the connection was not seen to open, so there is no time that it took"),
    "zero": ("a SYN at the time 0, and a handshake that took 0 s, are none to tshark (counted: flows)",
             "0 is a time like others"),
    "new_flow": ("a flow after a silence has no handshake, though its stream had one (counted: flows)",
                 "a flow's figures are of its own packets"),
    "new_repeat": ("a segment that repeats only what was sent before the silence is new in its flow "
                   "(counted: segments)", "a flow's figures are of its own packets"),
    "new_keep_alive": ("a flow begins with keep-alives of its stream: it says nothing of what came before, and to "
                       "it the second is an acknowledgment again (counted: segments)",
                       "a flow's figures are of its own packets"),
    "no_ack": ("the first acknowledgment of a direction is the number 0, which its SYN without ACK had in that "
               "field (counted: segments)", "a SYN without ACK acknowledges nothing"),
    "late": ("out of order rather than repeated, or the other way round, because the handshake's time, up "
             "to which a segment may be late, is another (counted: segments)",
             "one time of the handshake serves both figures"),
}


def after(a, b):
    return 0 < (a - b & 0xFFFFFFFF) < 2**31


class Segment:
    def __init__(self, frame):
        cells = frame.cells
        self.flags = int(cells["tcp.flags"], 16)
        self.seq, self.ack = int(cells["tcp.seq_raw"]), int(cells["tcp.ack_raw"] or 0)
        self.bytes = int(cells["tcp.len"] or 0)
        self.window = cells["tcp.window_size_value"]
        self.time = frame.time
        self.end = self.seq + self.bytes + bool(self.flags & (SYN | FIN)) & 0xFFFFFFFF
        self.kind = ""
        for kind in ("out_of_order", "retransmission", "fast_retransmission", "spurious_retransmission"):
            if cells["tcp.analysis." + kind]:
                self.kind = kind
        self.events = [column for column, event in EVENTS.items() if cells["tcp.analysis." + event]]
        self.rtt = streams.nanoseconds(cells["tcp.analysis.initial_rtt"])


class Flow:
    """What tshark's fields say of one flow's segments: their kinds, and how long the handshake took."""

    def __init__(self):
        self.counts = collections.Counter()
        self.classes = collections.Counter()
        self.syn = {}            # sequence number of the first SYN, by direction
        self.answered = set()    # directions of which it is acknowledged
        self.syn_times = []
        self.midstream = False
        self.completed = False   # the handshake is over, seen or not
        self.rtt = self.theirs = None
        self.near = None         # what is left of rtt from the last SYN on, to the microsecond
        self.next = {}           # (sequence number, time) reached, by direction
        self.acked = {}          # last acknowledgment of what the direction sent
        self.told = {}           # the last acknowledgment and window that it sent

    def take(self, way, segment):
        other = "rev" if way == "fwd" else "fwd"
        if segment.rtt is not None:
            self.theirs = segment.rtt
        self.take_handshake(way, other, segment)
        kind = self.kind_of(way, segment)
        self.counts["ooo_" + way] += kind == "out_of_order"
        self.counts["retrans_" + way] += kind.endswith("retransmission")
        for column in self.events_of(way, segment):
            self.counts[f"{column}_{way}"] += 1
        if segment.flags & ACK:
            self.acked[other] = segment.ack
        if way not in self.next or after(segment.end, self.next[way][0]):
            self.next[way] = segment.end, segment.time

    def events_of(self, way, segment):
        last, here = self.told.get(way), (segment.ack, segment.window)
        if segment.flags & ACK or way not in self.told:
            self.told[way] = here if segment.flags & ACK else None
        if "dup_acks" in segment.events and last is None:
            self.classes["no_ack"] += 1
            return [column for column in segment.events if column != "dup_acks"]
        if "keep_alives" in segment.events and (way not in self.next or segment.seq == self.next[way][0]):
            self.classes["new_keep_alive"] += 1
            others = [column for column in segment.events if column != "keep_alives"]
            return [*others, "dup_acks"] if last == here and not segment.bytes else others
        return segment.events

    def kind_of(self, way, segment):
        if not segment.kind:
            return ""
        end, since = self.next.get(way, (None, None))
        acked = way in self.acked and not after(segment.seq + segment.bytes & 0xFFFFFFFF, self.acked[way])
        if not acked and (end is None or not after(end, segment.seq)):
            self.classes["new_repeat"] += 1
            return ""
        if segment.kind in ("out_of_order", "retransmission") and self.near != self.theirs:
            near = 0 <= segment.time - since < (self.near or LATE) and end != segment.end
            kind = "out_of_order" if near else "retransmission"
            self.classes["late"] += kind != segment.kind
            return kind
        return segment.kind

    def take_handshake(self, way, other, segment):
        if self.completed:
            return
        if segment.flags & RST:
            self.completed = True
            return
        if segment.flags & SYN:
            self.syn.setdefault(way, segment.seq)
            if segment.flags & ACK:
                self.syn.setdefault(other, segment.ack - 1 & 0xFFFFFFFF)
            else:
                self.syn_times.append(segment.time)
        elif len(self.syn) < 2:
            self.midstream = True
        if segment.flags & ACK and other in self.syn and after(segment.ack, self.syn[other]):
            self.answered.add(other)
        if len(self.answered) == 2:
            self.completed = True
            if self.syn_times and not self.midstream and segment.time >= self.syn_times[0]:
                self.rtt = segment.time - self.syn_times[0]
                self.near = self.rtt - max(0, self.syn_times[-1] - self.syn_times[0]) // 1000 * 1000
                self.near = max(self.near, 0)

    def finish(self):
        if self.rtt == self.theirs:
            return
        if not self.syn_times:
            self.classes["new_flow"] += 1
        elif self.theirs is None and (self.rtt == 0 or 0 in self.syn_times):
            self.classes["zero"] += 1
        elif self.rtt is None:
            self.classes["incomplete"] += 1
        elif len(self.syn_times) > 1:
            self.classes["first_syn"] += 1
        else:
            self.classes["completes"] += 1


def figures(row):
    """Ours of a flow, as tshark's: counts, and the handshake's time in ns."""
    rtt = int(row["rtt_us"].replace(".", "")) if row["rtt_us"] else None
    return {f"{name}_{way}": int(row[f"{name}_{way}"])
            for name in ("retrans", "ooo", *EVENTS) for way in ("fwd", "rev")}, rtt


class Comparison:
    def __init__(self, bless):
        self.table = sweep.Differences("analysis.tsv", CLASSES, bless)
        self.done = collections.Counter()

    def check(self, path):
        name, frames = sweep.name_of(path), streams.read_frames(path, MORE)
        if streams.reasons_to_leave(frames):
            self.done["captures left out"] += 1
            return []
        rows = {row["flow_id"]: row for row in streams.rows_of("flows", path, "--facts") if row["proto"] == "tcp"}
        flows = collections.defaultdict(Flow)
        packets = streams.rows_of("packets", path)
        if len(packets) != len(frames):
            return [f"{len(frames)} frames there, {len(packets)} here"]
        for frame, packet in zip(frames, packets):
            if packet["flow_id"] in rows and frame.cells["tcp.flags"] and not frame.quotes:
                flows[packet["flow_id"]].take(packet["dir"], Segment(frame))
                self.done["segments"] += 1
        return [*self.compare(rows, flows), *self.table.check(name, self.classes(flows))]

    def compare(self, rows, flows):
        for number, row in rows.items():
            flow = flows[number]
            flow.finish()
            counts, rtt = figures(row)
            for column, count in counts.items():
                self.done[column[:-4]] += count
                if flow.counts[column] != count:
                    yield f"flow {number}: {column} is {flow.counts[column]} there, {count} here"
            self.done["handshakes"] += rtt is not None
            if rtt != flow.rtt:
                yield f"flow {number}: the handshake took {flow.rtt} ns there, {rtt} ns here"
        self.done["flows"] += len(rows)

    @staticmethod
    def classes(flows):
        return sum((flow.classes for flow in flows.values()), collections.Counter())


def main():
    if sys.argv[1:] not in ([], ["--bless"]):
        sys.exit(__doc__)
    comparison = Comparison(sys.argv[1:] == ["--bless"])
    work = sweep.Sweep("analysis")
    work.over(comparison.check, sweep.captures(), sweep.name_of)
    table = comparison.table
    table.finish(work)
    done = ", ".join(f"{count} {what}" for what, count in sorted(comparison.done.items()))
    print(f"compared: {len(table.names)} captures, {done}; differences: {table.summary()}")
    for what in ("retrans", "handshakes", "dup_acks", "keep_alives",
                 *(["ooo", "zero_windows", "window_fulls"] if sweep.ALL else [])):
        if not comparison.done[what]:
            work.fault(what, "none was compared")
    work.end()


if __name__ == "__main__":
    main()
