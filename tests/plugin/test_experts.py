# SPDX-License-Identifier: BSD-2-Clause
"""Expert infos: what the analyst is told, on which frame, and that sound traffic has none."""
import unittest

import frames
from host import HostTest

LATER_FRAGMENT = frames.ethernet(frames.ipv4(frames.CLIENT, frames.SERVER, 17, bytes(64), fragment=8))
NAMES = ["evicted", "reused", "unanswered", "bad_ip", "truncated", "unknown_link_type", "tunnel_depth",
         "fragment_lost", "not_analysed", "duplicate"]


class Experts(HostTest):
    def told(self, content, *arguments):
        """{name: frames}, and that -z expert, which needs no tree, counts as many."""
        path = self.capture(content)
        out = {}
        for number, *told in self.fields(path, ["frame.number", *("flowscope.expert." + name for name in NAMES)],
                                         *arguments):
            for name in (name for name, cell in zip(NAMES, told) if cell):
                out[name] = f"{out[name]} {number}" if name in out else number
        summary, _ = self.run_tshark("-q", "-r", path, "-z", "expert", *arguments)
        counted = sum(int(line.split()[0]) for line in summary.splitlines() if " Flowscope " in line)
        self.assertEqual(counted, sum(len(numbers.split()) for numbers in out.values()))
        return out

    def test_sound_traffic(self):
        arp = frames.ethernet(bytes(28), 0x0806)
        content = frames.pcap([*frames.conversation(), frames.udp_frame(), arp])
        self.assertEqual((self.told(content), self.told(content, "-2")), ({}, {}))

    def test_damage(self):
        short = frames.udp_frame()
        content = frames.pcap([short[:10], short[:20], short[:36], short, LATER_FRAGMENT,
                               frames.ethernet(b"\x4f" + short[15:]), frames.ethernet(b"\x65" + short[15:])])
        self.assertEqual(self.told(content), {"truncated": "1 2 3", "bad_ip": "6 7"})
        self.assertEqual(self.told(content, "-2"), {"truncated": "1 2 3", "bad_ip": "6 7", "fragment_lost": "5"})
        self.assertEqual(self.told(frames.pcap([b"abc"], 147)), {"unknown_link_type": "1"})

    def test_tunnel_depth(self):
        inner = frames.ipv4(frames.CLIENT, frames.SERVER, 17, frames.udp(1, 2))
        tagged = frames.ethernet(bytes([0, 1, 0x81, 0, 0, 2, 8, 0]) + inner, 0x8100)
        self.assertEqual(self.told(frames.pcap([tagged]), "-o", "flowscope.tunnel_depth:1"), {"tunnel_depth": "1"})

    def test_flows(self):
        """The connection attempt without answer at its SYN, the eviction at a flow's last packet."""
        content = frames.pcap([frames.tcp_frame(frames.SYN, 1), frames.tcp_frame(frames.SYN, 1),
                               *frames.conversation(50000), frames.udp_frame(), frames.udp_frame()])
        self.assertEqual(self.told(content), {})
        self.assertEqual(self.told(content, "-2"), {"unanswered": "1"})
        self.assertEqual(self.told(content, "-2", "-o", "flowscope.max_flows:1"),
                         {"unanswered": "1", "evicted": "2"})

    def test_reuse(self):
        """Known at once, and names the flow before."""
        content = frames.pcap([*frames.conversation()[:4], frames.tcp_frame(frames.SYN, 9999)])
        for passes in [], ["-2"]:
            told = self.told(content, *passes)
            self.assertEqual(told.pop("reused"), "5")
            self.assertEqual(told, {"unanswered": "5"} if passes else {})
        out, _ = self.run_tshark("-r", self.capture(content), "-O", "flowscope")
        self.assertIn("(Note/Sequence): A new connection took the addresses and ports of flow 1, which was "
                      "still open]", out)


if __name__ == "__main__":
    unittest.main()
