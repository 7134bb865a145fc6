# SPDX-License-Identifier: BSD-2-Clause
"""pcap and pcapng files, right and wrong ones, from their pieces."""
import struct

START = 1700000000
STEP = 1234567  # nanoseconds between packets


def times(count, start=START, step=STEP):
    return [divmod(start * 10**9 + i * step, 10**9) for i in range(count)]


def pcap_header(order="<", magic=0xA1B2C3D4, version=(2, 4), snaplen=65535, link=1):
    return struct.pack(order + "IHHiIII", magic, *version, 0, 0, snaplen, link)


def pcap_record(frame, seconds, fraction, order="<", wire=None, captured=None, between=b""):
    return struct.pack(order + "IIII", seconds, fraction,
                       len(frame) if captured is None else captured,
                       len(frame) if wire is None else wire) + between + frame


def pcap(frames, order="<", nano=False, between=b"", lengths_swapped=False, **header):
    header.setdefault("magic", 0xA1B23C4D if nano else 0xA1B2C3D4)
    out = [pcap_header(order, **header)]
    for frame, (seconds, fraction) in zip(frames, times(len(frames))):
        record = pcap_record(frame, seconds, fraction if nano else fraction // 1000, order,
                             between=between)
        if lengths_swapped:
            record = record[:8] + record[12:16] + record[8:12] + record[16:]
        out.append(record)
    return b"".join(out)


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value + b"\0" * (-len(value) % 4)


END = b"\0\0\0\0"


def block(kind, body, order="<", total=None, trailer=None):
    body += b"\0" * (-len(body) % 4)
    total = len(body) + 12 if total is None else total
    return struct.pack(order + "II", kind, total) + body + \
        struct.pack(order + "I", total if trailer is None else trailer)


def section(order="<", version=(1, 0), length=-1, options=b"", **bad):
    return block(0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, *version, length) + options,
                 order, **bad)


def interface(link=1, snaplen=0, order="<", options=b"", **bad):
    return block(1, struct.pack(order + "HHI", link, 0, snaplen) + options, order, **bad)


def resolution(value):
    return option(9, bytes([value])) + END


def packet(frame, units, order="<", number=0, wire=None, captured=None, options=b"", **bad):
    return block(6, struct.pack(order + "IIIII", number, units >> 32 & 0xFFFFFFFF,
                                units & 0xFFFFFFFF, len(frame) if captured is None else captured,
                                len(frame) if wire is None else wire) +
                 frame + b"\0" * (-len(frame) % 4) + options, order, **bad)


def old_packet(frame, units, order="<", number=0, options=b""):
    return block(2, struct.pack(order + "HHIIII", number, 0xFFFF, units >> 32, units & 0xFFFFFFFF,
                                len(frame), len(frame)) +
                 frame + b"\0" * (-len(frame) % 4) + options, order)


def simple_packet(frame, wire=None, order="<", **bad):
    return block(3, struct.pack(order + "I", len(frame) if wire is None else wire) + frame, order,
                 **bad)


def packets(frames, order="<", number=0, per_second=10**6, first=0, **more):
    out = []
    for i, frame in enumerate(frames):
        nanoseconds = START * 10**9 + (first + i) * STEP
        out.append(packet(frame, nanoseconds * per_second // 10**9 & 2**64 - 1, order, number,
                          **more))
    return b"".join(out)


def pcapng(frames, order="<", link=1, **more):
    return section(order) + interface(link, order=order) + packets(frames, order, **more)
