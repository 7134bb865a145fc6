#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What makes packets one flow, by option: --key in each of its values, and the port of each tunnel."""
import csv
import io
import re
import socket
import struct

import capture
import command


def mac_frame(source, destination, ethertype, payload):
    ends = b"\x02" + bytes(4) + bytes([destination]) + b"\x02" + bytes(4) + bytes([source])
    return ends + struct.pack(">H", ethertype) + payload


def ipv6(label, protocol, payload, source="2001:db8::1", destination="2001:db8::2"):
    return (struct.pack(">IHBB", 6 << 28 | label, len(payload), protocol, 64) + socket.inet_pton(socket.AF_INET6, source)
            + socket.inet_pton(socket.AF_INET6, destination) + payload)


def file_of(frames):
    return capture.header() + b"".join(capture.record((i + 1) * 10**6, data) for i, data in enumerate(frames))


# Of each packet: MAC addresses, port of the source, and in IPv6 the label.
TALK = [(1, 2, 1000, None), (1, 2, 1001, None), (3, 4, 1000, None),
        (1, 2, 1000, 5), (1, 2, 1001, 5), (3, 4, 1000, 6)]
# Flows of each key, whose packets are these of TALK.
KEYS = {
    "five_tuple": [{1, 3}, {2}, {4, 6}, {5}],
    "ip_pair": [{1, 2, 3}, {4, 5, 6}],
    "mac_pair": [{1, 2, 4, 5}, {3, 6}],
    "flow_label": [{1, 2, 3}, {4, 5}, {6}],
}

INNER = capture.ipv4(17, capture.udp(1111, 2222), "10.0.0.1", "10.0.0.2")
# Option, and what stands between the UDP header and the packet inside.
TUNNELS = [
    ("vxlan", struct.pack(">II", 0x08000000, 42 << 8) + capture.ethernet(b"")),
    ("vxlan-gpe", struct.pack(">II", 0x0c000001, 42 << 8)),
    ("geneve", struct.pack(">HHI", 0, 0x0800, 42 << 8)),
    ("gtpu", struct.pack(">BBHI", 0x30, 255, len(INNER), 7)),
    ("l2tp", struct.pack(">HHHHH", 2, 7, 9, 0xff03, 0x0021)),
    ("teredo", b""),
]


def talk():
    out = []
    for source, destination, port, label in TALK:
        datagram = capture.udp(port, 53)
        out.append(mac_frame(source, destination, 0x0800 if label is None else 0x86dd,
                             capture.ipv4(17, datagram) if label is None else ipv6(label, 17, datagram)))
    return file_of(out)


def tunnel(header, port, inner):
    inside = header + inner
    datagram = struct.pack(">HHHH", 50000, port, 8 + len(inside), 0) + inside
    return file_of([capture.ethernet(capture.ipv4(17, datagram))])


class Keys(command.Case):
    def rows(self, report, *options):
        text = self.good(report, "--format=csv", *options).decode()
        return list(csv.DictReader(io.StringIO(text)))

    def test_each_key(self):
        path = self.file("talk.pcap", talk())
        for key, expected in KEYS.items():
            for arguments in [f"--key={key}"], ["--key", key]:
                with self.subTest(key=key):
                    flows = {}
                    for row in self.rows("packets", *arguments, path):
                        flows.setdefault(row["flow_id"], set()).add(int(row["frame"]))
                    self.assertEqual(sorted(map(sorted, flows.values())), sorted(map(sorted, expected)))
                    self.assertEqual(len(self.rows("flows", *arguments, path)), len(expected))

    def test_defaults_in_help(self):
        """What --help shows is what the options take."""
        path = self.file("talk.pcap", talk())
        shown = re.findall(r"^  (--[a-z-]+=\S+)$", self.good("--help").decode(), re.MULTILINE)
        self.assertIn("--key=five_tuple", shown)
        self.assertEqual(self.good("flows", *shown, path), self.good("flows", path))

    def test_words_in_help(self):
        """Each word of a choice is there, and the option takes it."""
        path = self.file("talk.pcap", talk())
        choices = re.findall(r"^  (--[a-z0-9-]+)=(\S+)\n(?:      .*\n)*?      (\S+(?: \| \S+)+)$",
                             self.good("--help").decode(), re.MULTILINE)
        self.assertEqual({option for option, _, _ in choices},
                         {"--tcp-facts", "--identity", "--key", "--direction", "--checksum", "--duplicates",
                          "--dup-profile", "--dup-tunneled", "--ipv4-overlap"})
        for option, default, words in choices:
            self.assertIn(default, words.split(" | "))
            for word in words.split(" | "):
                self.good("flows", f"{option}={word}", path)

    def test_no_such_key(self):
        self.assert_fault(2, "key", "flows", "--key=four_tuple", self.file("talk.pcap", talk()))

    def test_each_port(self):
        """A tunnel is found at the port that its option names, and there alone."""
        for name, header in TUNNELS:
            inner = INNER if name != "teredo" else ipv6(0, 17, capture.udp(1111, 2222))
            path = self.file(f"{name}.pcap", tunnel(header, 7777, inner))
            with self.subTest(tunnel=name):
                self.assertEqual(len(self.rows("flows", path)), 1)
                found = self.rows("flows", f"--{name}-port=7777", path)
                self.assertEqual(len(found), 2)
                outer, inside = sorted(found, key=lambda row: int(row["flow_id"]))
                self.assertEqual(inside["parent_id"], outer["flow_id"])
                self.assertEqual({inside["sport"], inside["dport"]}, {"1111", "2222"})
                self.assertEqual(len(self.rows("flows", f"--{name}-port=7777", "--decapsulate=none", path)), 1)

    def test_port_off(self):
        for name, port, (_, header) in zip(("vxlan", "geneve", "gtpu"), (4789, 6081, 2152),
                                           (TUNNELS[0], TUNNELS[2], TUNNELS[3])):
            path = self.file(f"{name}.pcap", tunnel(header, port, INNER))
            with self.subTest(tunnel=name):
                self.assertEqual(len(self.rows("flows", path)), 2)
                self.assertEqual(len(self.rows("flows", f"--{name}-port=0", path)), 1)


if __name__ == "__main__":
    command.main()
