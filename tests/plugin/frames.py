# SPDX-License-Identifier: BSD-2-Clause
"""Frames and captures for the tests of this folder, built from nothing but numbers."""
import socket
import struct

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

ETHERNET, NULL, RAW, LOOP, SLL, IPV4, IPV6, SLL2 = 1, 0, 101, 108, 113, 228, 229, 276

CLIENT, SERVER = "192.0.2.1", "198.51.100.2"


def ipv4(source, destination, protocol, payload, fragment=0):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, fragment, 64, protocol, 0,
                       socket.inet_aton(source), socket.inet_aton(destination))
    return head + payload


def ipv6(source, destination, protocol, payload):
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), protocol, 64,
                       socket.inet_pton(socket.AF_INET6, source),
                       socket.inet_pton(socket.AF_INET6, destination)) + payload


def tcp(sport, dport, flags, seq=0, ack=0, payload=b""):
    return struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 1000, 0, 0) + payload


def udp(sport, dport, payload=b"x"):
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def ethernet(payload, kind=0x0800):
    return bytes.fromhex("00005e005301" "00005e005302") + struct.pack("!H", kind) + payload


def udp_frame(sport=1000, dport=2000, source=CLIENT, destination=SERVER):
    return ethernet(ipv4(source, destination, 17, udp(sport, dport)))


def tcp_frame(flags, seq=0, ack=0, payload=b"", reverse=False, port=40000):
    if reverse:
        return ethernet(ipv4(SERVER, CLIENT, 6, tcp(80, port, flags, seq, ack, payload)))
    return ethernet(ipv4(CLIENT, SERVER, 6, tcp(port, 80, flags, seq, ack, payload)))


def pcap(frames, link_type=ETHERNET, start=1700000000):
    """`frames`: bytes, each a tenth of a second after the one before, or (seconds, bytes)."""
    out = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link_type)]
    for number, frame in enumerate(frames):
        when, data = frame if isinstance(frame, tuple) else (start + number / 10, frame)
        out.append(struct.pack("<IIII", int(when), round(when % 1 * 1000000), len(data), len(data)))
        out.append(data)
    return b"".join(out)


def block(kind, body):
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def section():
    return block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))


def interface(link_type=ETHERNET, options=()):
    """`options`: (code, value) of each."""
    written = b"".join(struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)
                       for code, value in options)
    return block(1, struct.pack("<HHI", link_type, 0, 0) + written + (bytes(4) if written else b""))


def enhanced(frame, microseconds=1700000000 * 1000000, interface_id=0, wire_length=None):
    return block(6, struct.pack("<IIIII", interface_id, microseconds >> 32,
                                microseconds & 0xFFFFFFFF, len(frame),
                                len(frame) if wire_length is None else wire_length)
                 + frame)


def simple(frame):
    return block(3, struct.pack("<I", len(frame)) + frame)


def custom():
    return block(0xBAD, struct.pack("<I", 32473) + b"data")  # the number kept for documentation


def conversation(port=40000):
    """A whole TCP connection: ten frames."""
    return [
        tcp_frame(SYN, 100, port=port),
        tcp_frame(SYN | ACK, 500, 101, reverse=True, port=port),
        tcp_frame(ACK, 101, 501, port=port),
        tcp_frame(PSH | ACK, 101, 501, b"hello", port=port),
        tcp_frame(ACK, 501, 106, reverse=True, port=port),
        tcp_frame(PSH | ACK, 501, 106, b"welcome", reverse=True, port=port),
        tcp_frame(FIN | ACK, 106, 508, port=port),
        tcp_frame(ACK, 508, 107, reverse=True, port=port),
        tcp_frame(FIN | ACK, 508, 107, reverse=True, port=port),
        tcp_frame(ACK, 107, 509, port=port),
    ]
