# SPDX-License-Identifier: BSD-2-Clause
"""Small captures made by hand."""
import socket
import struct


def header(link_type=1, magic=0xa1b23c4d):
    return struct.pack("<IHHiIII", magic, 2, 4, 0, 0, 262144, link_type)


def record(time_ns, data, wire=None):
    return struct.pack("<IIII", time_ns // 10**9, time_ns % 10**9, len(data),
                       len(data) if wire is None else wire) + data


def ethernet(payload, ethertype=0x0800):
    return bytes(6) + b"\x02" + bytes(5) + struct.pack(">H", ethertype) + payload


def ipv4(protocol, payload, source="192.0.2.1", destination="198.51.100.2", offset=0):
    return struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, offset, 64, protocol, 0,
                       socket.inet_aton(source), socket.inet_aton(destination)) + payload


def udp(source_port, destination_port, length=4):
    return struct.pack(">HHHH", source_port, destination_port, 8 + length, 0) + bytes(length)


def tcp_frame(number, flags, seq, ack, payload=b""):
    """A segment from one port to one port, 100 ms after the one before it."""
    segment = struct.pack(">HHIIBBHHH", 40000, 80, seq, ack, 0x50, flags, 1000, 0, 0) + payload
    return record(number * 10**8, ethernet(ipv4(6, segment)))


def udp_frame(number, port=1000, **addresses):
    """One UDP packet a second, all of the same flow unless told otherwise."""
    return record(number * 10**9, ethernet(ipv4(17, udp(port, 53), **addresses)))


def udp_capture(count, first=1, flows=1):
    return header() + b"".join(udp_frame(i, 1000 + i % flows) for i in range(first, first + count))
