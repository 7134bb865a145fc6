#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes capture files of every kind that the reader has to know, right and wrong ones, into a
folder; `cuts/` in it gets a small capture of each format cut at every byte.

usage: make_edge.py FOLDER"""
import gzip
import itertools
import pathlib
import struct
import sys
import zlib

sys.dont_write_bytecode = True

from containers import (END, START, block, interface, old_packet, option, packet, packets, pcap,
                        pcap_header, pcap_record, pcapng, resolution, section, simple_packet, times)
from packets import (carry, cooked, cooked2, cut, ethernet, ethernet_fcs, four, ip, mixed, names, null,
                     ping, plain, six, snap, udp, web)

MICRO = START * 10**6
LINKS = {
    "null": (0, null, mixed), "ethernet": (1, ethernet, mixed), "raw-12": (12, plain, mixed),
    "raw-14": (14, plain, mixed), "raw": (101, plain, mixed),
    "loop": (108, lambda ip: null(ip, ">"), mixed), "sll": (113, cooked, mixed),
    "ipv4": (228, plain, four), "ipv6": (229, plain, six), "sll2": (276, cooked2, mixed),
}
FRAMES = [ethernet(ip) for ip in mixed()]
FEW = [ethernet(ip) for ip in web()[:3]]


def link_types(out):
    for name, (link, wrap, traffic) in LINKS.items():
        frames = [wrap(ip) for ip in traffic()]
        out[f"link-{name}.pcap"] = pcap(frames, link=link)
        out[f"link-{name}.pcapng"] = pcapng(frames, link=link)
    out["link-null-swapped.pcap"] = pcap([null(ip, ">") for ip in mixed()], ">", link=0)
    for family in (10, 28, 30):
        out[f"link-null-family{family}.pcap"] = pcap(
            [null(ip, family6=family) for ip in six()], link=0)
    out["link-ethernet-tags.pcap"] = pcap(
        [ethernet(ip, [(0x88A8, 7), (0x8100, 10)]) for ip in mixed()] +
        [ethernet(ip, [(0x9100, 7)]) for ip in web("10.2.0.1", "10.2.0.2")] +
        [snap(ip) for ip in web("10.3.0.1", "10.3.0.2")])
    out["link-wireless.pcap"] = pcap([b"\x08\0" + bytes(22) + ip for ip in four()], link=105)
    can = struct.pack(">HHHQH", 0, 280, 0, 0, 12) + bytes.fromhex("12345678 08000000 0102030405060708")
    out["link-sll-can-swapped.pcap"] = pcap([can], ">", link=113)
    isochronous = struct.pack("<QBBBBHBBqiiIIQiIII", 1, 67, 0, 0x81, 1, 1, 45, 0, START, 0, 0, 1000,
                              100, 0, 1, 0, 0, 1) + struct.pack("<IIII", 0, 0, 100, 0) + bytes(60)
    out["link-usb-isochronous.pcap"] = pcap_header(link=220) + \
        pcap_record(isochronous, START, 0, wire=64 + 16 + 1000)
    out["link-user.pcap"] = pcap(four(), link=147)
    out["link-unknown.pcap"] = pcap(four(), link=5)
    out["link-unknown.pcapng"] = pcapng(four(), link=5)
    out["link-unknown-too.pcapng"] = section() + interface(1) + interface(60000) + b"".join(
        packet(frame, MICRO + i, number=i % 2) for i, frame in enumerate(FRAMES))


def pseudo_headers(out):
    cooked_header = lambda protocol: bytes(14) + struct.pack(">H", protocol)
    erf = lambda kind, ip, more=b"": struct.pack(
        "<Q", START << 32 | 0x80000000) + struct.pack(">BBHHH", kind, 4, 16 + len(more) + len(ip), 0,
                                                      len(ip)) + more + ip
    heads = {
        "sunatm": (123, lambda ip: b"\2\0\0\5" + ip), "mtp2": (139, lambda ip: bytes(4) + ip),
        "irda": (144, lambda ip: cooked_header(0x17) + ip),
        "irda-wrong": (144, lambda ip: cooked_header(0x18) + ip),
        "lapd": (177, lambda ip: cooked_header(0x30) + ip), "sita": (196, lambda ip: bytes(5) + ip),
        "h4": (201, lambda ip: bytes(4) + ip), "ppp": (204, lambda ip: b"\1" + ip),
        "i2c": (209, lambda ip: bytes(5) + ip), "llcp": (245, lambda ip: bytes(2) + ip),
        "monitor": (254, lambda ip: bytes(4) + ip),
        "erf": (197, lambda ip: erf(22, ip)),
        "erf-ethernet": (197, lambda ip: erf(2, ethernet(ip), b"\0\0")),
        "erf-extended": (197, lambda ip: erf(0x80 | 22, ip, bytes([0x83]) + bytes(7) + bytes(8))),
        "short": (144, lambda ip: ip[:15]),
    }
    for name, (link, wrap) in heads.items():
        frames = [wrap(ip) for ip in names() + ping()]
        out[f"pseudo-{name}.pcap"] = pcap(frames, link=link)
        if "erf" not in name:  # Wireshark wants more of ERF in pcapng than frames
            out[f"pseudo-{name}.pcapng"] = pcapng(frames, link=link)
    out["pseudo-simple.pcapng"] = section() + interface(204) + b"".join(
        simple_packet(b"\1" + ip) for ip in names())


def pcap_variants(out):
    for name, order in (("little", "<"), ("big", ">")):
        out[f"pcap-{name}.pcap"] = pcap(FRAMES, order)
        out[f"pcap-nano-{name}.pcap"] = pcap(FRAMES, order, nano=True)
        kuznetsov = struct.pack(order + "IHBB", 3, 0x0800, 0, 0)
        out[f"pcap-ss990417-{name}.pcap"] = pcap(FRAMES, order, between=kuznetsov)
        out[f"pcap-ss991029-{name}.pcap"] = pcap(FRAMES, order, between=kuznetsov,
                                                 magic=0xA1B2CD34)
        out[f"pcap-ss990915-{name}.pcap"] = pcap(FRAMES, order, between=kuznetsov + bytes(4),
                                                 magic=0xA1B2CD34)
        out[f"pcap-nokia-{name}.pcap"] = pcap(FRAMES, order, between=b"\1\2\3\4")
        out[f"pcap-old-{name}.pcap"] = pcap([frame[:54] for frame in FRAMES], order,
                                            version=(2, 2), lengths_swapped=True)
        ixia = pcap(FRAMES, order, magic=0x1C0001AC)
        out[f"pcap-ixia-{name}.pcap"] = ixia[:24] + struct.pack(order + "I", len(ixia) - 24) + \
            ixia[24:]
    out["pcap-ixia-software.pcap"] = pcap_header(magic=0x1C0001AB) + bytes(4) + \
        pcap_record(FRAMES[0], START, 5)
    out["pcap-nokia-atm.pcap"] = pcap([b"\x80\0\0\5" + ip for ip in four()], between=bytes(4),
                                      link=13)
    out["pcap-one-record-nokia.pcap"] = pcap(FRAMES[:1], between=bytes(4))
    out["pcap-dgux.pcap"] = pcap(FRAMES, version=(543, 0), lengths_swapped=True)
    out["pcap-2.3.pcap"] = pcap(FRAMES, version=(2, 3))
    cut = [pcap_record(frame[:40], START + i, i, wire=len(frame))
           for i, frame in enumerate(FRAMES)]
    out["pcap-2.3-swapped.pcap"] = pcap_header(version=(2, 3)) + b"".join(
        record[:8] + record[12:16] + record[8:12] + record[16:] for record in cut)
    out["pcap-1.0.pcap"] = pcap(FRAMES, version=(1, 0))
    out["pcap-9.9.pcap"] = pcap(FRAMES, version=(9, 9))
    out["pcap-aix.pcap"] = pcap(FRAMES, version=(2, 2), link=6)
    out["pcap-aix-swapped.pcap"] = pcap(FRAMES, ">", version=(2, 2), link=6, lengths_swapped=True)
    fddi = [b"\x50" + b"\2\0\0\0\0\2\2\0\0\0\0\1\xaa\xaa\3\0\0\0\x08\0" + ip for ip in four()]
    out["pcap-aix-fddi.pcap"] = pcap([bytes(3) + frame for frame in fddi], version=(2, 2), link=15)
    out["pcap-aix-fddi-short.pcap"] = pcap([bytes(2)], version=(2, 2), link=15)
    out["pcap-aix-loopback.pcap"] = pcap([null(ip) for ip in four()], version=(2, 2), link=24)
    out["pcap-fcs.pcap"] = pcap([ethernet_fcs(ip) for ip in mixed()], link=0x24000001)
    out["pcap-fcs-no-length.pcap"] = pcap([ethernet_fcs(ip) for ip in mixed()], link=0x20000001)
    out["pcap-reserved-bits.pcap"] = pcap(FRAMES, link=0x00010001)
    out["pcap-reserved-bit-27.pcap"] = pcap(FRAMES, link=0x08000001)


def lengths(out):
    cut = [pcap_record(frame[:60], START + i, i, wire=len(frame)) for i, frame in enumerate(FRAMES)]
    out["pcap-cut-frames.pcap"] = pcap_header(snaplen=60) + b"".join(cut)
    out["pcap-above-snaplen.pcap"] = pcap(FRAMES, snaplen=20)
    out["pcap-snaplen-0.pcap"] = pcap(FRAMES, snaplen=0)
    out["pcap-captured-above-wire.pcap"] = pcap_header() + b"".join(
        pcap_record(frame, START + i, i, wire=40) for i, frame in enumerate(FRAMES))
    out["pcap-captured-0.pcap"] = pcap_header() + b"".join(
        pcap_record(frame if i % 3 else b"", START + i, i, wire=len(frame))
        for i, frame in enumerate(FRAMES))
    out["pcap-wire-0.pcap"] = pcap_header() + b"".join(
        pcap_record(frame, START + i, i, wire=0 if i > 4 else None)
        for i, frame in enumerate(FRAMES))
    out["pcap-wire-huge.pcap"] = pcap_header() + b"".join(
        pcap_record(frame, START + i, i, wire=0xFFFFFFFF if i == 7 else None)
        for i, frame in enumerate(FRAMES))
    largest = FRAMES[0] + bytes(262144 - len(FRAMES[0]))
    good = b"".join(pcap_record(frame, START + i, i) for i, frame in enumerate(FRAMES[:5]))
    out["pcap-largest.pcap"] = pcap_header(snaplen=262144) + good + \
        pcap_record(largest, START + 9, 0) + good
    out["pcap-too-large.pcap"] = pcap_header(snaplen=262144) + good + \
        pcap_record(largest + b"\0", START + 9, 0) + good
    out["pcap-absurd-length.pcap"] = pcap_header() + good + \
        pcap_record(b"", START, 0, captured=0xFFFFFFFF) + good
    out["pcap-large-usb.pcap"] = pcap_header(snaplen=1 << 20, link=249) + \
        pcap_record(bytes(700000), START, 0) + pcap_record(bytes(300), START, 0)
    out["pcap-large-ebhscr.pcap"] = pcap_header(snaplen=1 << 20, link=279) + \
        pcap_record(bytes(700000), START, 0)
    head = section() + interface(snaplen=262144)
    out["ng-captured-above-wire.pcapng"] = head + packets(FRAMES, wire=40)
    out["ng-captured-0.pcapng"] = head + packets(FRAMES[:3]) + packet(b"", MICRO, wire=99) + \
        packets(FRAMES[3:])
    out["ng-above-snaplen.pcapng"] = section() + interface(snaplen=30) + packets(FRAMES)
    out["ng-largest.pcapng"] = head + packets(FRAMES[:3]) + packet(largest, MICRO) + \
        packets(FRAMES[3:])
    out["ng-too-large.pcapng"] = head + packets(FRAMES[:3]) + packet(largest + b"\0", MICRO) + \
        packets(FRAMES[3:])
    out["ng-wire-huge.pcapng"] = head + packets(FRAMES[:3]) + \
        packet(FRAMES[3], MICRO, wire=0xFFFFFFFF)


def absurd_times(out):
    seconds = (0, 1, 2**31 - 1, 2**31, 2**32 - 1, START)
    for name, magic, order in (("micro", 0xA1B2C3D4, "<"), ("nano", 0xA1B23C4D, ">")):
        records = [pcap_record(frame, START + i, i, order) for i, frame in enumerate(FRAMES[:3])]
        for i, fraction in enumerate((999999, 1000000, 1500000, 999999999, 1000000000, 2**31 - 1,
                                      2**31, 4294967, 4294968, 0xFFFFFFFF)):
            records.append(pcap_record(FRAMES[i % len(FRAMES)], seconds[i % len(seconds)], fraction,
                                       order))
        out[f"time-absurd-{name}.pcap"] = pcap_header(order, magic) + b"".join(records)
    order = (5, 3, 4, 4, 9, 1, 100000, 6, 7, 8)
    out["time-backwards.pcap"] = pcap_header() + b"".join(
        pcap_record(frame, START + at, 0) for frame, at in zip(FRAMES, order))
    units = (0, 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1, MICRO)
    for value in (0, 1, 3, 6, 7, 9, 10, 12, 15, 18, 19, 20, 0x7F, 0x80, 0x81, 0x8A, 0x94, 0xA0,
                  0xA2, 0xBF, 0xC0, 0xFF):
        per_second = 2**(value & 127) if value & 128 else 10**(value & 127)
        out[f"time-resolution-{value:02x}.pcapng"] = section() + \
            interface(options=resolution(value)) + packets(FRAMES, per_second=per_second) + \
            b"".join(packet(FRAMES[0], unit) for unit in units)
    for name, offset in (("plus", 3600), ("minus", -2 * START), ("huge", 2**63 - 1),
                         ("least", -2**63)):
        out[f"time-offset-{name}.pcapng"] = section() + interface(
            options=option(14, struct.pack("<q", offset)) + END) + packets(FRAMES) + \
            b"".join(packet(FRAMES[0], unit) for unit in units)
    out["time-options-twice.pcapng"] = section() + interface(
        options=option(9, b"\3") + option(9, b"\6") + option(9, b"\0\0") +
        option(14, struct.pack("<q", 5)) + option(14, struct.pack("<q", 7)) + END) + packets(FRAMES)
    out["time-options-wrong-size.pcapng"] = section() + interface(
        options=option(9, b"\3\3") + option(14, b"\0\0\0\1") + END) + packets(FRAMES)
    out["time-zero.pcapng"] = section() + interface() + b"".join(
        packet(frame, 0) for frame in FRAMES)
    out["time-none-mixed.pcapng"] = section() + interface() + b"".join(
        simple_packet(frame) if i % 3 == 1 else packet(frame, MICRO + i)
        for i, frame in enumerate(FRAMES))


def pcapng_shapes(out):
    for name, order in (("little", "<"), ("big", ">")):
        out[f"ng-{name}.pcapng"] = pcapng(FRAMES, order)
        out[f"ng-simple-{name}.pcapng"] = section(order) + interface(order=order) + b"".join(
            simple_packet(frame, order=order) for frame in FRAMES)
        out[f"ng-obsolete-{name}.pcapng"] = section(order) + interface(order=order) + b"".join(
            old_packet(frame, MICRO + i, order,
                       options=option(2, struct.pack(order + "I", 1 + i % 2), order) + END)
            for i, frame in enumerate(FRAMES))
    out["ng-simple-snaplen.pcapng"] = section() + interface(snaplen=50) + b"".join(
        simple_packet(frame[:50], len(frame)) for frame in FRAMES)
    out["ng-simple-too-long.pcapng"] = section() + interface() + simple_packet(FRAMES[0]) + \
        simple_packet(FRAMES[1] + bytes(8), len(FRAMES[1]))
    out["ng-simple-no-interface.pcapng"] = section() + simple_packet(FRAMES[0])
    kinds = [(1, ethernet), (101, plain), (0, null), (113, cooked), (276, cooked2), (108, lambda ip:
             null(ip, ">")), (228, plain)]
    body = b"".join(interface(link, snaplen=100 * i, options=resolution((6, 9, 3)[i % 3]))
                    for i, (link, _) in enumerate(kinds))
    for i, ip in enumerate(four()):
        at = i % len(kinds)
        body += packet(kinds[at][1](ip), START * (10**6, 10**9, 10**3)[at % 3] + i, number=at)
    out["ng-mixed-interfaces.pcapng"] = section() + body
    out["ng-mixed-orders.pcapng"] = b"".join(
        section(order) + interface(link, order=order) + packets([wrap(ip) for ip in four()], order,
                                                                first=20 * i)
        for i, (order, link, wrap) in enumerate((("<", 1, ethernet), (">", 101, plain),
                                                 (">", 1, ethernet), ("<", 0, null))))
    out["ng-late-interface.pcapng"] = section() + interface() + packets(FRAMES[:3]) + \
        interface(101) + packets(four(), number=1) + packets(FRAMES[3:])
    out["ng-no-interface-in-second-section.pcapng"] = pcapng(FRAMES) + section() + packets(FRAMES)
    out["ng-no-packets.pcapng"] = section() + interface()
    out["ng-section-alone.pcapng"] = section()
    out["ng-section-length.pcapng"] = section(length=4096) + interface() + packets(FRAMES)
    out["ng-version-1.2.pcapng"] = section(version=(1, 2)) + interface() + packets(FRAMES)
    out["ng-version-1.1.pcapng"] = section(version=(1, 1)) + interface() + packets(FRAMES)
    out["ng-version-2.0.pcapng"] = pcapng(FRAMES) + section(version=(2, 0))
    out["ng-fcs.pcapng"] = section() + interface(options=option(13, b"\4") + END) + \
        packets([ethernet_fcs(ip) for ip in mixed()])
    odd = packet(ethernet(ping()[0]) + b"\1", MICRO)
    unpadded = struct.pack("<I", len(odd) - 3)
    out["ng-unpadded-lengths.pcapng"] = section() + interface() + \
        odd[:4] + unpadded + odd[8:-4] + unpadded + packets(FRAMES)


def pcapng_records(out):
    def sysdig(kind, order="<"):
        version2 = b"" if kind in (0x204, 0x208) else struct.pack(order + "I", 2)
        return block(kind, struct.pack(order + "HQQIH", 1, START * 10**9 + 5, 77, 26, 3) + version2 +
                     b"\1\0\2\0abcd", order)

    entry = b"MESSAGE=hello\n__REALTIME_TIMESTAMP=%d\n_PID=1\n" % (MICRO + 12)
    netflix = struct.pack("<I", 10949)
    info = struct.pack("<I", 2) + struct.pack("<QQ", 100, 999999) + bytes(32)
    dump = struct.pack("<I", 4) + bytes(56) + struct.pack("<QQ", START, 5) + bytes(136)
    numbered = {
        "custom": block(0xBAD, struct.pack("<I", 32473) + b"some data"),
        "custom-no-copy": block(0x40000BAD, struct.pack("<I", 1) + b"some data"),
        "custom-empty": block(0xBAD, struct.pack("<I", 32473)),
        "netflix": block(0xBAD, netflix + struct.pack("<I", 1) +
                         option(2989, netflix + dump) + option(2989, netflix + info)),
        "netflix-nothing": block(0xBAD, netflix + struct.pack("<I", 1)),
        "netflix-skip": block(0xBAD, netflix + struct.pack("<II", 2, 9)),
        "journal": block(9, entry), "journal-no-time": block(9, b"MESSAGE=" + b"x" * 40),
        "journal-odd-time": block(9, b"__REALTIME_TIMESTAMP= 17x" + b"x" * 20),
        "journal-cut-time": block(9, b"MESSAGE=" + b"x" * 40 + b"\n__REALTIME_TIMESTAMP="),
        "sysdig": sysdig(0x204), "sysdig2": sysdig(0x216), "sysdig-large": sysdig(0x221),
        "sysdig-flags": sysdig(0x208), "sysdig2-flags": sysdig(0x217),
        "sysdig-large-flags": sysdig(0x222),
    }
    unnumbered = {
        "unknown": block(0x12345, b"whatever"), "local": block(0x80000001, b"mine"),
        "statistics": block(5, struct.pack("<III", 0, 1, 2) + option(4, bytes(8)) + END),
        "names": block(4, struct.pack("<HH", 1, 9) + b"\x0a\1\0\1one\0\0" + bytes(2) +
                       struct.pack("<HH", 2, 20) + bytes(15) + b"\1six\0" + END +
                       option(2, b"server") + END),
        "secrets": block(10, struct.pack("<II", 0x544C534B, 10) + b"CLIENT_RAN" + bytes(2)),
        "irig": block(7, bytes(16)), "interface": interface(101),
    }
    wrong = {
        "custom-short": block(0xBAD, b""), "netflix-short": block(0xBAD, netflix),
        "netflix-option": block(0xBAD, netflix + struct.pack("<I", 1) + option(7, b"x")),
        "netflix-unknown": block(0xBAD, netflix + struct.pack("<I", 9)),
        "journal-short": block(9, b"__REALTIME_TIMESTAMP="), "sysdig-short": block(0x204, bytes(20)),
        "sysdig2-short": block(0x216, bytes(24)),
        "statistics-short": block(5, bytes(8)), "names-short": block(4, b""),
        "names-no-end": block(4, struct.pack("<HH", 1, 8) + b"\x0a\1\0\1four"),
        "names-long-record": block(4, struct.pack("<HH", 1, 900) + bytes(8)),
        "names-address": block(4, struct.pack("<HH", 2, 8) + bytes(8)),
        "secrets-long": block(10, struct.pack("<II", 0x544C534B, 999) + bytes(8)),
        "option-cut": block(5, bytes(12) + struct.pack("<HH", 4, 80) + bytes(8)),
        "interface-short": block(1, bytes(4)),
        "interface-filter": interface(options=option(11, b"")),
        "packet-flags": packet(FRAMES[0], MICRO, options=option(2, b"\0\0")),
        "packet-drops": packet(FRAMES[0], MICRO, options=option(4, b"\0\0\0\0")),
        "packet-verdict": packet(FRAMES[0], MICRO, options=option(7, b"\1\0")),
        "packet-verdict-empty": packet(FRAMES[0], MICRO, options=option(7, b"")),
        "packet-custom": packet(FRAMES[0], MICRO, options=option(2988, b"\0\0")),
        "packet-option-cut": packet(FRAMES[0], MICRO, options=struct.pack("<HH", 1, 99)),
        "packet-interface": packet(FRAMES[0], MICRO, number=5),
        "packet-captured": packet(FRAMES[0], MICRO, captured=5000),
        "packet-captured-absurd": packet(FRAMES[0], MICRO, captured=0xFFFFFFFF),
        "packet-short": block(6, bytes(16)),
        "trailer": packet(FRAMES[0], MICRO, trailer=400),
        "length-0": block(6, bytes(24), total=0), "length-8": block(6, bytes(24), total=8),
        "length-11": block(0x12345, b"", total=11), "length-huge": block(6, bytes(24), total=2**31),
        "length-wraps": block(6, bytes(24), total=2**32 - 1),
        "length-beyond": block(6, bytes(24), total=100000),
        "section-no-order": section().replace(b"\x4d\x3c\x2b\x1a", b"\0\0\0\0"),
        "section-short": block(0x0A0D0D0A, struct.pack("<I", 0x1A2B3C4D)),
    }
    head = section() + interface()
    for kinds, name in ((numbered, "record"), (unnumbered, "block"), (wrong, "wrong")):
        for kind, bytes_ in kinds.items():
            out[f"ng-{name}-{kind}.pcapng"] = head + packets(FRAMES[:4]) + bytes_ + \
                packets(FRAMES[4:], first=4)
    out["ng-wrong-interface-at-once.pcapng"] = section() + wrong["interface-filter"] + head
    out["ng-journal-alone.pcapng"] = section() + numbered["journal"]
    out["ng-records-big.pcapng"] = section(">") + interface(order=">") + packets(FRAMES, ">") + \
        b"".join(sysdig(kind, ">") for kind in (0x204, 0x216, 0x221)) + block(9, entry, ">") + \
        block(0xBAD, struct.pack(">I", 32473) + b"data", ">") + \
        block(5, struct.pack(">III", 0, 1, 2), ">")
    flags = [option(2, struct.pack("<I", i)) + END for i in range(4)]
    out["ng-directions.pcapng"] = head + b"".join(
        packet(frame, MICRO + i, options=flags[i % 4]) for i, frame in enumerate(FRAMES))
    out["ng-packet-options.pcapng"] = head + b"".join(packet(frame, MICRO + i, options=(
        option(1, b"a comment") + option(2, struct.pack("<I", 1)) + option(2, b"\2\0\0\0") +
        option(3, b"\2abcd") + option(4, bytes(8)) + option(5, bytes(8)) + option(6, bytes(4)) +
        option(7, b"\1" + bytes(8)) + option(2988, struct.pack("<I", 32473) + b"x") +
        option(0x8001, b"local") + END)) for i, frame in enumerate(FRAMES))
    out["ng-options-no-end.pcapng"] = section(options=option(4, b"test")) + \
        interface(options=option(2, b"eth0")) + packets(FRAMES, options=option(1, b"hi"))
    out["ng-options-after-end.pcapng"] = section(options=END + b"\xff" * 8) + \
        interface(options=END + b"\xff" * 4) + packets(FRAMES, options=END + b"\xff" * 4)


# Where two fragments carry the bytes from 16 to 24, in which the ports of a packet in IPv4 stand: each
# of the policies for overlaps has one of these in which it differs from each other one.
OVERLAPS = (((0, 24), (16, 64)), ((16, 64), (0, 24)), ((16, 64), (16, 24), (0, 16)),
            ((16, 24), (8, 64), (0, 8)), ((8, 64), (16, 24), (0, 8)), ((8, 24), (8, 32), (32, 64), (0, 8)))


def fragments(out):
    """In every order, in and around tunnels, late, lost; and overlapping ones that disagree."""
    wholes = [ip("10.4.0.1", "10.4.0.2", 17, udp(50000, 53, bytes(64))),
              ip("2001:db8:4::1", "2001:db8:4::2", 17, udp(50000, 53, bytes(64))),
              carry(web()[3], "10.4.1.1", "10.4.1.2"),
              carry(web("2001:db8::7", "2001:db8::8")[0], "2001:db8:4::3", "2001:db8:4::4"),
              ip("10.4.2.1", "10.4.2.2", 17, udp(50000, 4789, b"\x08" + bytes(5) + b"\x2a\0" +
                                                 ethernet(web("10.5.0.1", "10.5.0.2")[0])))]
    steps, identification = ((0, 24), (24, 48), (48, 9999)), 1
    frames = []
    for whole in wholes:
        for order in itertools.permutations(steps):
            frames += [ethernet(cut(whole, *step, identification)) for step in order]
            identification += 1
        frames.append(ethernet(cut(whole, *steps[1], 9000)))  # and never another
    parts = [cut(wholes[0], *step, 99) for step in (steps[2], steps[0], steps[1])]
    frames += [ethernet(carry(part, "10.4.3.1", "10.4.3.2")) for part in parts]
    frames += [ethernet(carry(part, "2001:db8:4::5", "2001:db8:4::6")) for part in parts]
    out["fragments.pcap"] = pcap(frames)
    frames = []
    for at, pieces in enumerate(OVERLAPS):
        for ends in (("10.6.0.1", "10.6.0.2"), ("2001:db8:6::1", "2001:db8:6::2")):
            for port, piece in enumerate(pieces, 1000):
                inside = ip(f"10.7.{at}.1", "10.7.0.2", 17, udp(port, 53, bytes(36)))
                frames.append(ethernet(cut(carry(inside, *ends), *piece, 100 + at)))
    out["fragments-overlap.pcap"] = pcap(frames)


def compressed(out):
    whole, ng = pcap(FRAMES), pcapng(FRAMES)
    out["gzip.pcap.gz"] = packed = gzip.compress(whole, mtime=0)
    out["gzip.pcapng.gz"] = gzip.compress(ng, mtime=0)
    out["gzip-no-suffix"] = packed
    out["gzip-nano-big.gz"] = gzip.compress(pcap(FRAMES, ">", nano=True), mtime=0)
    out["gzip-variant.gz"] = gzip.compress(pcap(FRAMES, between=bytes(4)), mtime=0)
    parts = [whole[:24], whole[24:500], whole[500:501], b"", whole[501:]]
    out["gzip-members.gz"] = b"".join(gzip.compress(part, mtime=0) for part in parts)
    out["gzip-members-ng.gz"] = gzip.compress(ng[:333], mtime=0) + gzip.compress(ng[333:], mtime=0)
    named = packed[:3] + b"\x1e" + packed[4:10] + b"\4\0abcd" + b"name\0" + b"comment\0"
    out["gzip-fields.gz"] = named + struct.pack("<H", zlib.crc32(named) & 0xFFFF) + packed[10:]
    out["gzip-fields-wrong-sum.gz"] = named + b"\1\2" + packed[10:]
    out["gzip-stored.gz"] = gzip.compress(whole, 0, mtime=0)
    out["gzip-large.gz"] = gzip.compress(pcap(FRAMES * 2000), mtime=0)
    out["gzip-nothing.gz"] = gzip.compress(b"", mtime=0)
    out["gzip-not-a-capture.gz"] = gzip.compress(b"hello, world, this is text", mtime=0)
    out["gzip-twice.gz"] = gzip.compress(packed, mtime=0)
    out["gzip-wrong-sum.gz"] = packed[:-8] + b"\0\0\0\0" + packed[-4:]
    out["gzip-wrong-size.gz"] = packed[:-4] + b"\1\0\0\0"
    out["gzip-no-trailer.gz"] = packed[:-8]
    out["gzip-second-cut.gz"] = gzip.compress(whole[:500], mtime=0) + \
        gzip.compress(whole[500:], mtime=0)[:-60]
    out["gzip-damaged.gz"] = packed[:400] + b"\xff" * 40 + packed[440:]
    out["gzip-garbage-after.gz"] = packed + b"garbage after the end of the member"
    out["gzip-zeros-after.gz"] = packed + bytes(512)
    out["gzip-unknown-method.gz"] = packed[:2] + b"\7" + packed[3:]
    out["gzip-reserved-flag.gz"] = packed[:3] + b"\x80" + packed[4:]


def no_captures(out):
    out["empty.pcap"] = b""
    out["no-capture-short.pcap"] = b"\xd4\xc3\xb2"
    out["no-capture-magic.pcap"] = b"\xd4\xc3\xb2\xa1"
    out["no-capture-ng-magic.pcapng"] = b"\x0a\x0d\x0d\x0a"
    out["no-capture-zeros.pcap"] = bytes(100)
    out["no-capture-text.txt"] = b"This is no capture.\n" * 5
    out["header-alone.pcap"] = pcap_header()


def cuts(out):
    whole = {"pcap": pcap(FEW), "pcapng": section() + interface(options=resolution(9)) + packets(
        FEW, per_second=10**9, options=option(2, b"\1\0\0\0") + END)}
    whole["gz"] = gzip.compress(whole["pcap"], mtime=0)
    for suffix, content in whole.items():
        for length in range(len(content) + 1):
            out[f"cuts/{length:04d}.{suffix}"] = content[:length]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    out = {}
    for part in (link_types, pseudo_headers, pcap_variants, lengths, absurd_times, pcapng_shapes,
                 pcapng_records, fragments, compressed, no_captures, cuts):
        part(out)
    (folder / "cuts").mkdir(parents=True, exist_ok=True)
    for name, content in out.items():
        (folder / name).write_bytes(content)
    print(f"{len(out)} files in {folder}, "
          f"{sum(1 for name in out if not name.startswith('cuts/'))} besides the cuts")


if __name__ == "__main__":
    main()
