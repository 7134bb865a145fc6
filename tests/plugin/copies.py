# SPDX-License-Identifier: BSD-2-Clause
"""Captures with copies of frames, and what each frame of them is."""
import socket
import struct

import frames

START = 1700000000 * 10**9
US = 1000
SLL2 = 5  # the interfaces of the capture: three of Ethernet, one of Linux cooked records of each kind
SLL, OUT, IN = 4, 2, 1


def ipv4(payload, protocol=17, number=7, ttl=64, fragment=0, ends=("192.0.2.1", "192.0.2.2")):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), number, fragment, ttl, protocol, 0,
                       *map(socket.inet_aton, ends))
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xffff) + (total >> 16)
    return head[:10] + struct.pack(">H", ~total & 0xffff) + head[12:] + payload


def ipv6(payload, hops=64, traffic_class=0):
    return struct.pack(">IHBB", 6 << 28 | traffic_class << 20, len(payload), 17, hops) + \
        bytes.fromhex("20010db8" + "00" * 11 + "01" + "20010db8" + "00" * 11 + "02") + payload


def udp(payload=b"x" * 40, sport=1000, dport=2000, checksum=0x1234):
    return struct.pack(">HHHH", sport, dport, 8 + len(payload), checksum) + payload


def ethernet(payload, kind=0x0800, source=1, tags=()):
    return bytes.fromhex("020000000002" "0200000000") + bytes([source]) + \
        b"".join(struct.pack(">HH", 0x8100, tag) for tag in tags) + struct.pack(">H", kind) + payload


def told(payload, number, ttl=64, source=1, tags=()):
    """One datagram as it is seen at one place."""
    return ethernet(ipv4(udp(payload), number=number, ttl=ttl), source=source, tags=tags)


def sll(way, packet):
    return struct.pack(">HHH8sH", way, 1, 6, bytes(8), 0x0800) + packet


def sll2(interface, way, packet):
    return struct.pack(">HHIHBB8s", 0x0800, 0, interface, 1, way, 6, bytes(8)) + packet


def borders():
    one, two, three = ([told(b"%d" % of * 30, 10 + of), told(b"%d" % of * 30, 10 + of, 63, 9)] for of in (1, 2, 3))
    none, routed = told(b"no" * 9, 0), told(b"no" * 9, 0, 63)
    return [(0, one[0], "."), (999999, one[0], "1e"), (1999998, one[0], "1e"), (2999998, one[0], "."),
            (4000000, two[0], "."), (4499999, two[1], "5r"), (5000000, three[0], "."), (5500000, three[1], "."),
            (6000000, none, "."), (6099999, none, "9e"), (6199999, none, "."), (6299998, routed, "11r"),
            (6399998, routed, ".")]


def cut_by_snaplen():
    """TCP is told by its header; UDP that has neither checksum nor identification by nothing but all its bytes."""
    segment = ethernet(ipv4(struct.pack(">HHIIBBHHH", 3000, 80, 1, 0, 0x50, 0x10, 1000, 0xabcd, 0) + b"d" * 200, 6, 30))
    nameless = ethernet(ipv4(udp(b"y" * 100, checksum=0), number=0))
    sizes = ((254, "."), (200, "."), (100, "2v"), (54, "2v"), (53, "."), (54, "2e"), (40, "5v"), (20, "."), (20, "8e"),
             (254, "1e"))
    wants = [(at * 10 * US, (segment[:size], len(segment)), want) for at, (size, want) in enumerate(sizes)]
    sizes = ((142, "."), (60, "."), (60, "12e"), (50, "."), (142, "11e"))
    return wants + [(500 * US + at * 10 * US, (nameless[:size], 142), want) for at, (size, want) in enumerate(sizes)]


def fragments():
    """Copies of fragments that come before the first, of the first, and with another TTL."""
    body = udp(b"f" * 100)
    first, last = ([ethernet(ipv4(part, number=31, ttl=ttl, fragment=at)) for ttl in (64, 60)]
                   for part, at in ((body[:56], 0x2000), (body[56:], 7)))
    sent = [(last[0], "."), (last[0], "1e"), (last[1], "1r"), (first[0], "."), (first[0], "4e"), (first[1], "4r"),
            (last[0], "1e"), (first[1], "4e")]
    return [(at * 10 * US, frame, want) for at, (frame, want) in enumerate(sent)]


def tags():
    """Added, taken off, doubled, another; the first of a set may have one. Of other numbers nothing is a copy."""
    sent = [(told(b"t" * 30, 40), "."), (told(b"t" * 30, 40, tags=[10]), "1v"), (told(b"t" * 30, 40, tags=[5, 10]), "1v"),
            (told(b"t" * 30, 40, tags=[11]), "1v"), (told(b"t" * 30, 40, tags=[10]), "1e"),
            (told(b"t" * 30, 41, tags=[10]), "."), (told(b"t" * 30, 41), "6v"), (told(b"t" * 30, 42), "."),
            (told(b"t" * 30, 42, 63, 9, [10]), "8r")]
    return [(at * 10 * US, frame, want) for at, (frame, want) in enumerate(sent)]


def times_run_back():
    frame = told(b"b" * 30, 50)
    return [(5000000, frame, "."), (4000001, frame, "1e"), (3600000, told(b"b" * 30, 50, 63), "1r"), (2599999, frame, "."),
            (2599999, frame, "4e"), (0, frame, ".")]


def alike():
    """As long as each other, and one bit apart."""
    frame, other = told(b"a" * 1000, 60), bytearray(told(b"a" * 1000, 60))
    other[-1] ^= 1
    third = bytearray(frame)
    third[500] ^= 0x80
    return [(0, frame, "."), (US, bytes(other), "."), (2 * US, bytes(third), "."), (3 * US, frame, "1e"),
            (4 * US, bytes(third), "3e")]


def retransmissions():
    """The same segment under other identifications, as a sender repeats it, and a copy of the second; a DNS query that
    is asked again, of another number as well."""
    segment = struct.pack(">HHIIBBHHH", 3001, 80, 1, 0, 0x50, 0x10, 1000, 0xabcd, 0) + b"r" * 50
    sent = [ethernet(ipv4(segment, 6, 70 + number)) for number in range(3)]
    return [(0, sent[0], "."), (100 * US, sent[1], "."), (110 * US, sent[1], "2e"), (400 * US, sent[2], "."),
            *((at * US, ethernet(ipv4(udp(b"q" * 30, dport=53), number=at)), ".") for at in (500, 590, 591))]


def no_packets():
    arp = ethernet(bytes.fromhex("0001080006040001") + bytes(20), 0x0806)
    return [(0, arp, "."), (999 * US, arp, "1e"), (1999 * US, arp, "."), (2000 * US, arp[:30], ".")]


def hops():
    six = [ethernet(ipv6(udp(), hops), 0x86dd, hops) for hops in (64, 63, 62)]
    return [(0, six[0], "."), (50 * US, six[1], "1r"), (149 * US, six[2], "1r"), (249 * US, six[2], "."),
            (300 * US, ethernet(ipv6(udp(), 62, 0xb8), 0x86dd), "4v")]


def directions():
    """An outgoing and an incoming record are a pair, two of the same direction are none, whatever other interfaces
    saw in between."""
    sent = [(0, IN, "."), (1, OUT, "1e"), (2, 0, "1e"), (0, IN, "."), (1, IN, "4e"), (1, OUT, "4e"), (1, IN, "."),
            (1, 0, "7e"), (0, OUT, "7e"), (0, OUT, "."), (0, IN, "10e"), (0, IN, ".")]
    frame = told(b"w" * 30, 80)
    return [(at * 10 * US, frame, want, number, way) for at, (number, way, want) in enumerate(sent)]


def cooked():
    """Which way and where are the capture's words, and tell no bytes apart."""
    packet = ipv4(udp(b"c" * 30), number=90)
    sent = [(SLL, sll(0, packet), "."), (SLL, sll(4, packet), "1e"), (SLL, sll(4, packet), "."), (SLL, sll(0, packet), "3e"),
            (SLL2, sll2(2, 0, packet), "3v"), (SLL2, sll2(3, 4, packet), "3e"), (SLL2, sll2(2, 4, packet), "3e"),
            (SLL2, sll2(2, 4, packet), ".")]
    return [(at * 10 * US, frame, want, number, 0) for at, (number, frame, want) in enumerate(sent)]


def tunnels():
    """What a tunnel carries is no copy of what it carried before, unless that is asked for (the second word)."""
    inner = ethernet(ipv4(udp(b"i" * 30), number=100, ends=("10.0.0.1", "10.0.0.2")))
    vxlan = [ethernet(ipv4(udp(b"\x08\0\0\0\0\0\5\0" + inner, 5555, 4789), number=101 + i, ttl=ttl))
             for i, ttl in ((0, 64), (0, 63), (1, 64))]
    gre = ethernet(ipv4(b"\0\0\x08\0" + inner[14:], 47, 110))
    sent = [(0, inner, ". ."), (10, vxlan[0], ". 1t"), (20, vxlan[1], "2r 1r"), (30, gre, ". 1t"), (40, vxlan[2], ". 1t"),
            (50, inner, "1e 1e"), (700, inner, "1e 1e"), (710, gre, "4e 1e")]
    return [(at * US, frame, want) for at, frame, want in sent]


CASES = [borders, cut_by_snaplen, fragments, tags, times_run_back, alike, retransmissions, no_packets, hops, directions,
         cooked, tunnels]


def record(when, frame, number=0, way=None):
    frame, wire = frame if isinstance(frame, tuple) else (frame, len(frame))
    said = b"" if way is None else struct.pack("<HHIHH", 2, 4, way, 0, 0)
    return frames.block(6, struct.pack("<IIIII", number, when >> 32, when & 0xffffffff, len(frame), wire) + frame
                        + bytes(-len(frame) % 4) + said)


def hostile():
    """The capture: each case in a second of its own, and frames without time; and what of each frame is said."""
    out = [frames.section(), *(frames.interface(options=[(2, b"eth%d" % i), (9, b"\x09")]) for i in range(SLL)),
           frames.interface(frames.SLL, [(9, b"\x09")]), frames.interface(frames.SLL2, [(9, b"\x09")])]
    wants = []
    for number, case in enumerate(CASES):
        base = len(wants)
        for when, frame, want, *where in case():
            out.append(record(START + number * 10**9 + when, frame, *where))
            wants.append((case.__name__, base, want))
    for _ in range(2):
        out.append(frames.simple(told(b"z" * 36, 120)))  # of a length that needs no padding
        wants.append(("no_time", 0, "."))
    return b"".join(out), wants
