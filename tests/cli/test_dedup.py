# SPDX-License-Identifier: BSD-2-Clause
"""flowscope dedup: what is left is what was there, to the byte; and its faults."""
import gzip
import os
import shutil
import struct
import subprocess
import unittest

import capture
import command

MS, US = 10**6, 10**3
START = 1700000000 * 10**9
SHB = 0x0a0d0d0a


def frame(number, size=20):
    return capture.ethernet(capture.ipv4(17, capture.udp(1000 + number, 53, size)))


def block(kind, body, order="<"):
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order="<", length=-1):
    return block(SHB, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, length)
                 + option(4, b"tests", order) + option(0, b"", order), order)


def interface(order="<", digits=9):
    return block(1, struct.pack(order + "HHI", 1, 0, 0) + option(2, b"eth0", order)
                 + option(9, bytes([digits]), order) + option(0, b"", order), order)


def packet(units, data, order="<", number=0, comment=b"", kind=6):
    body = struct.pack(order + "IIIII", number, units >> 32, units & 0xffffffff, len(data), len(data))
    body += data + bytes(-len(data) % 4)
    return block(kind, body + (option(1, comment, order) + option(0, b"", order) if comment else b""), order)


def blocks(data):
    """(type, bytes) of each block, in the order of the bytes of the section."""
    out, at, order = [], 0, "<"
    while at < len(data):
        kind = struct.unpack_from(order + "I", data, at)[0]
        if kind == SHB:
            order = "<" if struct.unpack_from("<I", data, at + 8)[0] == 0x1a2b3c4d else ">"
        length = struct.unpack_from(order + "I", data, at + 4)[0]
        out.append((kind, data[at:at + length]))
        at += length
    return out


def with_copies():
    """pcapng of two interfaces, comments, names, statistics; the packets that stay, and the whole."""
    names = block(4, struct.pack("<HH", 1, 9) + bytes([192, 0, 2, 1]) + b"host\0" + bytes(3)
                  + struct.pack("<HH", 0, 0))
    statistics = block(5, struct.pack("<III", 0, 0, 0) + option(4, struct.pack("<Q", 9)) + option(0, b""))
    parts = [(section(), True), (interface(), True), (interface(), True), (names, True)]
    for i in range(40):
        when = START + i * 10 * MS
        parts.append((packet(when + 7, frame(i), comment=b"packet %d" % i), True))
        if i % 3 == 0:
            parts.append((packet(when + 50 * US, frame(i), number=1, comment=b"a copy"), False))
    parts += [(statistics, True), (block(0xbad, struct.pack("<I", 32473) + b"data"), True)]
    return b"".join(part for part, _ in parts), b"".join(part for part, stays in parts if stays)


class Dedup(command.Case):
    def dedup(self, path, *options):
        out = os.path.join(self.folder, "out.pcapng")
        self.assertEqual(self.good("dedup", *options, path, out), b"")
        with open(out, "rb") as file:
            return file.read()

    def test_pcapng_keeps_its_blocks(self):
        whole, clean = with_copies()
        self.assertEqual(self.dedup(self.file("in", whole)), clean)

    def test_other_byte_order_and_sections(self):
        one = section(">", 4000) + interface(">") + packet(START, frame(1), ">") + packet(START, frame(1), ">")
        two, clean = with_copies()
        want = section(">") + interface(">") + packet(START, frame(1), ">") + clean
        self.assertEqual(self.dedup(self.file("in", one + two)), want)

    def test_pcap(self):
        for magic, digits, unit in ((0xa1b2c3d4, 6, 1000), (0xa1b23c4d, 9, 1)):
            with self.subTest(digits):
                times = [START + i * MS + 123 * US for i in range(5)]
                records = [capture.record(0, b"")[:0]]
                for i, when in enumerate(times):
                    for copy in range(1 + i % 2):
                        data = frame(i)
                        records.append(struct.pack("<IIII", when // 10**9, (when + copy * US) % 10**9 // unit,
                                                   len(data), len(data) + 40) + data)
                got = blocks(self.dedup(self.file("in", capture.header(magic=magic) + b"".join(records))))
                self.assertEqual([kind for kind, _ in got], [SHB, 1] + [6] * 5)
                self.assertEqual(struct.unpack_from("<HHI", got[1][1], 8), (1, 0, 262144))
                self.assertIn(option(9, bytes([digits])), got[1][1])
                for i, (_, bytes_) in enumerate(got[2:]):
                    number, high, low, captured, wire = struct.unpack_from("<IIIII", bytes_, 8)
                    self.assertEqual((number, (high << 32 | low) * unit, captured, wire),
                                     (0, times[i], len(frame(i)), len(frame(i)) + 40))
                    self.assertEqual(bytes_[28:28 + captured], frame(i))

    def test_frame_check_sequence(self):
        head = bytearray(capture.header())
        head[20:24] = struct.pack("<I", 1 | 0x04000000 | 2 << 28)
        got = blocks(self.dedup(self.file("in", bytes(head) + capture.udp_frame(1))))
        self.assertIn(option(13, bytes([32])), got[1][1])

    def test_pipes_and_gzip(self):
        whole, clean = with_copies()
        self.assertEqual(self.good("dedup", "-", "-", input=whole), clean)
        self.assertEqual(self.good("dedup", self.file("in.gz", gzip.compress(whole)), "-"), clean)
        self.assertEqual(self.good("dedup", "-", "-", input=gzip.compress(whole)), clean)

    def test_options(self):
        whole, clean = with_copies()
        path = self.file("in", whole)
        self.assertEqual(self.dedup(path, "--duplicates=drop"), clean)
        self.assertEqual(self.dedup(path, "--duplicates=ignore"), whole)
        self.assertEqual(self.dedup(path, "--dup-profile=loopback"), clean)
        self.assertEqual(self.dedup(path, "--dup-exact-window=49us"), whole)

    def test_no_packets(self):
        self.assertEqual([kind for kind, _ in blocks(self.dedup(self.file("in", capture.header())))], [SHB, 1])

    def test_cut_input(self):
        whole, _ = with_copies()
        path, out = self.file("in", whole[:1510]), os.path.join(self.folder, "out")
        done = self.run_it("dedup", path, out)
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assert_one_line(done.stderr, r"in: offset \d+: the block is cut short")
        with open(out, "rb") as file:
            kinds = [kind for kind, _ in blocks(file.read())]
        self.assertEqual(kinds[:4], [SHB, 1, 1, 4])
        self.assertGreater(len(kinds), 8)

    def test_faults(self):
        whole, _ = with_copies()
        path, kept = self.file("in", whole), self.file("kept", b"as it was")
        for words, arguments in (("no such|No such", ["absent", kept]), ("neither pcap", [kept, kept + ".out"]),
                                 ("is the input", [path, path]), ("irectory", [path, self.folder]),
                                 ("irectory", [path, self.folder + "/no/out"])):
            with self.subTest(arguments):
                self.assert_fault(1, words, "dedup", *arguments)
        with open(kept, "rb") as file:
            self.assertEqual(file.read(), b"as it was")
        with open(path, "rb") as file:
            self.assertEqual(file.read(), whole)
        for words, arguments in (("two files", [path]), ("two files", [path, "a", "b"]), ("two files", []),
                                 ("--bpf", ["--bpf", "udp", path, "o"]), ("pcapng", ["-f", "csv", path, "o"]),
                                 ("--bpf", ["-i", "lo", path, "o"])):
            with self.subTest(arguments):
                self.assert_fault(2, words, "dedup", *arguments)

    def test_full_disk(self):
        whole, _ = with_copies()
        done = self.run_it("dedup", self.file("in", whole), "/dev/full")
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "/dev/full: No space left")
        with open("/dev/full", "wb") as full:
            done = subprocess.run([command.COMMAND, "dedup", self.file("in", whole), "-"], stdout=full,
                                  stderr=subprocess.PIPE, timeout=command.WAIT, check=False)
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, "standard output: No space left")


@unittest.skipUnless(shutil.which("tshark") and shutil.which("editcap"), "no tshark here")
class ReadBack(command.Case):
    FIELDS = ["frame.time_epoch", "frame.len", "frame.cap_len", "frame.comment", "frame.interface_name",
              "frame.protocols", "udp.srcport"]

    def lines(self, path):
        wanted = [word for name in self.FIELDS for word in ("-e", name)]
        return subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", *wanted], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True, timeout=120
                              ).stdout.replace(b"\tunknown\t", b"\t\t").splitlines()  # the name that no pcap gives

    def test_wireshark_reads_the_same(self):
        """pcapng and pcap: the lines of all frames that are no copies."""
        whole, _ = with_copies()
        pcap = capture.header() + b"".join(
            capture.record(START + i // 2 * MS + i % 2 * 1001, frame(i // 2)) for i in range(20))
        for name, content in (("in.pcapng", whole), ("in.pcap", pcap)):
            with self.subTest(name):
                path, out = self.file(name, content), os.path.join(self.folder, "out.pcapng")
                self.good("dedup", path, out)
                rows = self.good("packets", "-f", "csv", path).decode().splitlines()[1:]
                before, after = self.lines(path), self.lines(out)
                copies = [row.split(",")[8] != "" for row in rows]
                self.assertIn(True, copies)
                self.assertEqual(len(before), len(copies))
                self.assertEqual([line for line, copy in zip(before, copies) if not copy], after)

    def test_editcap_removes_the_same(self):
        whole, _ = with_copies()
        path, out = self.file("in.pcapng", whole), os.path.join(self.folder, "editcap.pcapng")
        subprocess.run(["editcap", "-w", "0.001", path, out], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=120)
        self.good("dedup", path, out + ".ours")
        self.assertEqual(self.lines(out), self.lines(out + ".ours"))


if __name__ == "__main__":
    command.main()
