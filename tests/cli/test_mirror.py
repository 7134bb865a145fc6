# SPDX-License-Identifier: BSD-2-Clause
"""The mirror port: clean traffic with real retransmissions, then the same with every kind of copy mixed in.
Every copy is found, no retransmission is marked, and the flows are those of the clean capture."""
import csv
import io
import random
import socket
import struct
import unittest

import capture
import command

US = 1000
START = 1700000000 * 10**9
WINDOW_NO_ID = 100 * US
FIN, SYN, PSH, ACK = 1, 2, 8, 16


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def ipv4(source, destination, protocol, payload, number, ttl=64):
    head = bytearray(struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), number, 0x4000, ttl, protocol, 0,
                                 socket.inet_aton(source), socket.inet_aton(destination)))
    head[10:12] = struct.pack("!H", checksum(bytes(head)))
    return bytes(head) + payload


def ipv6(source, destination, protocol, payload, ttl=64):
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), protocol, ttl,
                       socket.inet_pton(socket.AF_INET6, source),
                       socket.inet_pton(socket.AF_INET6, destination)) + payload


def tcp(ports, seq, ack, flags, data=b""):
    return struct.pack("!HHIIBBHHH", *ports, seq, ack, 0x50, flags, 4000, 0, 0) + data


class Host:
    """Numbers its packets, as hosts do, or does not."""

    def __init__(self, address, numbers):
        self.address, self.numbers, self.next = address, numbers, random.randrange(1, 60000)

    def packet(self, peer, protocol, payload):
        if ":" in self.address:
            return capture.ethernet(ipv6(self.address, peer.address, protocol, payload), 0x86dd)
        self.next += 1
        return capture.ethernet(ipv4(self.address, peer.address, protocol, payload,
                                     self.next & 0xffff or 1 if self.numbers else 0))


class Clean:
    """Conversations with losses behind the capture: (time, frame, it has an IP identification)."""

    def __init__(self, seed):
        random.seed(seed)
        self.frames, self.repeats = [], set()
        for number in range(40):
            self.connection(number)
        for number in range(30):
            self.question(number)
        self.frames.sort(key=lambda frame: frame[0])

    def send(self, when, source, peer, protocol, payload):
        """Some come again, 0.1 to 100 ms later: a new packet of the host. One without a number is told by
        time alone, which the copies of the first take some of."""
        data = source.packet(peer, protocol, payload)
        has_id = source.numbers and ":" not in source.address
        self.frames.append((when, data, has_id))
        if random.random() < 0.25:
            later = when + random.choice((100 * US, 150 * US, 300 * US, 2000 * US, 100000 * US))
            if not has_id:
                later += WINDOW_NO_ID
            again = source.packet(peer, protocol, payload)
            self.repeats.add((later, again))
            self.frames.append((later, again, has_id))

    def hosts(self, number, numbers):
        if number % 3 == 2:
            return Host(f"2001:db8::{number + 1:x}", False), Host("2001:db8:1::80", False)
        return Host(f"192.0.2.{number + 1}", numbers), Host("198.51.100.80", numbers)

    def connection(self, number):
        ends = self.hosts(number, number % 5 != 0)
        ports = (40000 + number, 80)
        seq = [random.randrange(2**31), random.randrange(2**31)]
        when = START + random.randrange(2 * 10**9)
        steps = [(0, SYN, 0), (1, SYN | ACK, 0), (0, ACK, 0), (0, PSH | ACK, 100), (1, ACK, 0)]
        steps += [(1, PSH | ACK, random.randrange(1, 1300)) for _ in range(6)] + [(0, ACK, 0)]
        steps += [(0, FIN | ACK, 0), (1, ACK, 0), (1, FIN | ACK, 0), (0, ACK, 0)]
        for side, flags, length in steps:
            data = random.randbytes(length)
            segment = tcp(ports if side == 0 else ports[::-1], seq[side],
                          seq[1 - side] if flags & ACK else 0, flags, data)
            self.send(when, ends[side], ends[1 - side], 6, segment)
            seq[side] += length + (1 if flags & (SYN | FIN) else 0)
            when += random.randrange(500 * US, 5000 * US)

    def question(self, number):
        ends = self.hosts(number, True)
        when = START + random.randrange(2 * 10**9)
        query = struct.pack("!HHHH", 30000 + number, 53, 30, 1) + random.randbytes(22)
        self.send(when, ends[0], ends[1], 17, query)
        self.send(when + 900 * US, ends[1], ends[0], 17, struct.pack("!HHHH", 53, 30000 + number, 50, 1)
                  + random.randbytes(42))


def routed(frame):
    out = bytearray(frame)
    out[5] ^= 0x20
    out[11] ^= 0x20
    if frame[12:14] == b"\x08\x00":
        out[22] -= 1
        out[15] = 0x28  # a router may mark the class of service too
        out[24:26] = b"\0\0"
        out[24:26] = struct.pack("!H", checksum(bytes(out[14:34])))
    else:
        out[21] -= 1
    return bytes(out)


COPIES = {"exact": bytes, "routed": routed, "vlan": lambda frame: frame[:12] + b"\x81\x00\x00\x0a" + frame[12:]}


def mixed(clean, seed):
    """[(time, frame, number of the clean frame, kind or '')] in order of time."""
    random.seed(seed)
    out = []
    for number, (when, data, has_id) in enumerate(clean.frames):
        out.append((when, 0, data, number, ""))
        if random.random() < 0.6:
            for kind in random.sample(sorted(COPIES), random.choice((1, 1, 2))):
                most = 450 * US if has_id else 90 * US
                out.append((when + random.randrange(US, most // 2), 1, COPIES[kind](data), number, kind))
    out.sort(key=lambda frame: frame[:2])
    return [(when, data, number, kind) for when, _, data, number, kind in out]


class Mirror(command.Case):
    def rows(self, report, path, *options):
        return list(csv.DictReader(io.StringIO(self.good(report, "-f", "csv", *options, path).decode())))

    def test_every_copy_and_nothing_else(self):
        for seed in range(5):
            clean = Clean(seed)
            dirty = mixed(clean, seed + 100)
            clean_path = self.file("clean.pcap", capture.header() + b"".join(
                capture.record(when, data) for when, data, _ in clean.frames))
            dirty_path = self.file("dirty.pcap", capture.header() + b"".join(
                capture.record(when, data) for when, data, _, _ in dirty))
            self.assertGreater(len(clean.repeats), 50)
            for options in [], ["--identity=strict"], ["--identity=inner-only"]:
                with self.subTest(seed=seed, options=options):
                    self.check(clean_path, dirty_path, dirty, options)

    def check(self, clean_path, dirty_path, dirty, options):
        packets, clean = self.rows("packets", dirty_path, *options), self.rows("packets", clean_path, *options)
        first = {}  # frame of each clean packet in the mixed capture
        for row, (_, _, number, kind) in zip(packets, dirty):
            if not kind:
                first[number] = row
                self.assertEqual((row["dup_of"], row["dup_kind"]), ("", ""))
                for column in ("flow_id", "dir", "pkt", "tcp_state", "verdict"):
                    self.assertEqual(row[column], clean[number][column])
                continue
            self.assertEqual(row["dup_of"], first[number]["frame"])
            self.assertEqual(row["dup_kind"], kind)
            self.assertEqual((row["flow_id"], row["dir"]), (first[number]["flow_id"], first[number]["dir"]))
            self.assertEqual((row["pkt"], row["prev_frame"], row["tcp_state"]), ("", "", ""))
        flows, want = self.rows("flows", dirty_path, *options), self.rows("flows", clean_path, *options)
        copies = sum(1 for frame in dirty if frame[3])
        self.assertEqual(sum(int(row["dup_packets"]) for row in flows), copies)
        for row in flows + want:
            row["dup_packets"] = row["first_frame"] = row["last_frame"] = ""
        self.assertEqual(flows, want)

    def test_tunneled(self):
        """Before and after a VXLAN: only when asked for."""
        clean = Clean(1)
        frames = []
        for number, (when, data, has_id) in enumerate(clean.frames):
            frames.append((when, data, ""))
            if number % 4 == 0:
                outer = struct.pack("!HHHHII", 50000, 4789, 16 + len(data), 0, 0x08000000, 42 << 8) + data
                frames.append((when + 30 * US, capture.ethernet(
                    ipv4("203.0.113.1", "203.0.113.2", 17, outer, number + 1)), "tunneled"))
        frames.sort(key=lambda frame: frame[0])
        path = self.file("tunnels.pcap", capture.header() + b"".join(
            capture.record(when, data) for when, data, _ in frames))
        rows = self.rows("packets", path, "--dup-tunneled=on")
        self.assertEqual([row["dup_kind"] for row in rows], [kind for _, _, kind in frames])
        clean_path = self.file("alone.pcap", capture.header() + b"".join(
            capture.record(when, data) for when, data, _ in clean.frames))
        flows, want = self.rows("flows", path, "--dup-tunneled=on"), self.rows("flows", clean_path)
        self.assertEqual(sum(int(row["dup_packets"]) for row in flows), sum(kind != "" for _, _, kind in frames))
        for row in flows + want:
            row["dup_packets"] = row["first_frame"] = row["last_frame"] = ""
        self.assertEqual(flows, want)
        self.assertEqual({row["dup_kind"] for row in self.rows("packets", path)}, {""})


if __name__ == "__main__":
    command.main()
