# SPDX-License-Identifier: BSD-2-Clause
"""Frames that look like traffic: TCP, UDP and ICMP conversations over IPv4 and IPv6, in the link
layers that flowscope reads."""
import socket
import struct
import zlib


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip(source, destination, protocol, payload, identification=1):
    """An IPv4 or IPv6 packet, by the kind of its addresses; the transport checksum is filled in."""
    version = 6 if ":" in source else 4
    family = socket.AF_INET6 if version == 6 else socket.AF_INET
    ends = socket.inet_pton(family, source) + socket.inet_pton(family, destination)
    at = {6: 16, 17: 6, 58: 2, 1: 2}[protocol]
    pseudo = b"" if protocol == 1 else (
        ends + struct.pack(">IHBB", len(payload), 0, 0, protocol) if version == 6
        else ends + struct.pack(">BBH", 0, protocol, len(payload)))
    payload = payload[:at] + struct.pack(">H", checksum(pseudo + payload)) + payload[at + 2:]
    if version == 6:
        return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + ends + payload
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), identification, 0x4000, 64,
                       protocol, 0) + ends
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def tcp(sport, dport, sequence, acknowledged, flags, data=b""):
    bits = sum({"F": 1, "S": 2, "R": 4, "P": 8, "A": 16}[flag] for flag in flags)
    return struct.pack(">HHIIBBHHH", sport, dport, sequence, acknowledged, 0x50, bits, 8192, 0,
                       0) + data


def udp(sport, dport, data):
    return struct.pack(">HHHH", sport, dport, 8 + len(data), 0) + data


def web(a="10.1.0.1", b="10.1.0.2", sport=40000):
    """A whole TCP connection."""
    request = b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    x, y = 1000, 5000
    steps = [
        (0, tcp(sport, 80, x, 0, "S")),
        (1, tcp(80, sport, y, x + 1, "SA")),
        (0, tcp(sport, 80, x + 1, y + 1, "A")),
        (0, tcp(sport, 80, x + 1, y + 1, "PA", request)),
        (1, tcp(80, sport, y + 1, x + 1 + len(request), "PA", answer)),
        (0, tcp(sport, 80, x + 1 + len(request), y + 1 + len(answer), "FA")),
        (1, tcp(80, sport, y + 1 + len(answer), x + 2 + len(request), "FA")),
        (0, tcp(sport, 80, x + 2 + len(request), y + 2 + len(answer), "A")),
    ]
    return [ip(*((b, a) if back else (a, b)), 6, segment, i + 1)
            for i, (back, segment) in enumerate(steps)]


def names(a="10.1.0.1", b="10.1.0.53", sport=50000):
    """A DNS question and its answer."""
    question = b"\x12\x34\x01\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1"
    answer = question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question[12:] + \
        b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x5d\xb8\xd8\x22"
    return [ip(a, b, 17, udp(sport, 53, question), 9), ip(b, a, 17, udp(53, sport, answer), 9)]


def ping(a="10.1.0.1", b="10.1.0.9"):
    six = ":" in a
    kinds, protocol = ((128, 129), 58) if six else ((8, 0), 1)
    return [ip(*((b, a) if back else (a, b)), protocol,
               struct.pack(">BBHHH", kinds[back], 0, 0, 77, 1) + b"abcdefgh", 20)
            for back in (0, 1)]


def four():
    return web() + names() + ping()


def six():
    ends = ("2001:db8::1", "2001:db8::2")
    return web(*ends) + names(*ends) + ping(*ends)


def cut(packet, begin, end, identification=7):
    """The fragment of an IP packet that carries the bytes from begin to end of what it carries."""
    head = 40 if version(packet) == 6 else 20
    carried = packet[head:]
    part, more = carried[begin:end], end < len(carried)
    if version(packet) == 6:
        return packet[:4] + struct.pack(">HB", 8 + len(part), 44) + packet[7:40] + \
            struct.pack(">BBHI", packet[6], 0, begin | more, identification) + part
    new = packet[:2] + struct.pack(">HHH", 20 + len(part), identification, begin // 8 | more << 13) + \
        packet[8:10] + b"\0\0" + packet[12:20]
    return new[:10] + struct.pack(">H", checksum(new)) + new[12:] + part


def carry(packet, source, destination):
    """The packet in an IP header of its own."""
    ends = [socket.inet_pton(socket.AF_INET6 if ":" in end else socket.AF_INET, end)
            for end in (source, destination)]
    protocol = 41 if version(packet) == 6 else 4
    if ":" in source:
        return struct.pack(">IHBB", 6 << 28, len(packet), protocol, 64) + b"".join(ends) + packet
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(packet), 1, 0, 64, protocol, 0) + b"".join(ends)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + packet


def mixed():
    return [packet for pair in zip(four(), six()) for packet in pair]


def version(packet):
    return packet[0] >> 4


def ethertype(packet):
    return struct.pack(">H", 0x86DD if version(packet) == 6 else 0x0800)


MACS = bytes.fromhex("020000000002020000000001")


def ethernet(packet, tags=()):
    between = b"".join(struct.pack(">HH", kind, tag) for kind, tag in tags)
    return (MACS + between + ethertype(packet) + packet).ljust(60, b"\0")


def ethernet_fcs(packet):
    frame = ethernet(packet)
    return frame + struct.pack("<I", zlib.crc32(frame))


def snap(packet):
    body = b"\xaa\xaa\3\0\0\0" + ethertype(packet) + packet
    return MACS + struct.pack(">H", len(body)) + body


def null(packet, order="<", family6=24):
    return struct.pack(order + "I", family6 if version(packet) == 6 else 2) + packet


def cooked(packet):
    return struct.pack(">HHHQ", 0, 1, 6, 0x0200000000010000) + ethertype(packet) + packet


def cooked2(packet):
    return ethertype(packet) + struct.pack(">HIHBBQ", 0, 1, 1, 0, 6, 0x0200000000010000) + packet


def plain(packet):
    return packet
