# SPDX-License-Identifier: BSD-2-Clause
"""Fragments that come before the one that tells their flow: unknown in one pass, told under -2."""
import unittest

import frames
from host import HostTest

FIELDS = ["frame.number", "flowscope.flow_id", "flowscope.parent_id", "flowscope.dir", "flowscope.pkt",
          "flowscope.first_frame", "flowscope.prev_frame", "flowscope.verdict"]
LATE, LOST, PENDING = "2", "7", "fragment_pending"


def parts():
    """The halves of a datagram."""
    datagram = frames.udp(1000, 53, bytes(40))
    return [frames.ethernet(frames.ipv4(frames.CLIENT, frames.SERVER, 17, datagram[at:end], field))
            for at, end, field in ((0, 24, 0x2000), (24, 48, 3))]


def late_first():
    """Frame 2 waits for frame 4; that of a datagram of which no more comes, frame 7, for ever."""
    first, second = parts()
    lost = frames.ethernet(frames.ipv4(frames.SERVER, frames.CLIENT, 17, bytes(16), 3))
    other = frames.udp_frame(1000, 53)
    return frames.pcap([frames.udp_frame(), second, other, first, other, frames.udp_frame(), lost])


class Fragments(HostTest):
    def test_both_passes(self):
        """Where one pass shows a flow, two show the same; only what waited differs."""
        path = self.capture(late_first())
        once = {row[0]: row for row in self.fields(path, FIELDS)}
        twice = {row[0]: row for row in self.fields(path, FIELDS, "-2")}
        self.assertEqual(len(once), 7)
        self.assertEqual(once.keys(), twice.keys())
        for number, row in once.items():
            if number not in (LATE, LOST):
                self.assertEqual(row[1:5], twice[number][1:5])
                self.assertEqual(row[6:], twice[number][6:])
        self.assertEqual(once[LATE][1:], [""] * 6 + [PENDING])
        self.assertEqual(twice[LATE][1:], ["2", "", "fwd", "2", "2", "", "ok"])
        self.assertEqual(once[LOST][-1], PENDING)
        self.assertEqual(twice[LOST][1:], [""] * 6 + ["fragment_lost"])
        self.assertEqual(twice["4"][4:6], ["3", "2"])

    def test_filter_of_the_future(self):
        """A filter finds the late fragment under -2 alone."""
        path = self.capture(late_first())
        self.assertEqual([row[0] for row in self.fields(path, FIELDS, "-2", "-Y", "flowscope.flow_id == 2")],
                         ["2", "3", "4", "5"])
        self.assertEqual([row[0] for row in self.fields(path, FIELDS, "-Y", "flowscope.flow_id == 2")],
                         ["3", "4", "5"])

    def test_other_keys(self):
        """Addresses alone need no other fragment: both passes agree on every frame."""
        path = self.capture(late_first())
        for key in ("ip_pair", "mac_pair", "flow_label"):
            once, twice = (self.fields(path, FIELDS, *more, "-o", f"flowscope.key:{key}")
                           for more in ([], ["-2"]))
            self.assertEqual(once, twice)
            self.assertEqual({row[1] for row in once}, {"1"})


if __name__ == "__main__":
    unittest.main()
