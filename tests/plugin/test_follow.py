# SPDX-License-Identifier: BSD-2-Clause
"""-z follow,flowscope: the payload of a flow in order, beside Wireshark's own followers."""
import unittest

import frames
from host import HostTest

ACK = frames.ACK


def said(seq, text, reverse=False, ack=501):
    return frames.tcp_frame(ACK, seq, ack, text, reverse)


class Follow(HostTest):
    def lines(self, content, flow_id=1, follower="flowscope"):
        """The lines of hex, a tab before those of the responder."""
        out, error = self.run_tshark("-q", "-r", self.capture(content), "-z", f"follow,{follower},raw,{flow_id}")
        self.assertEqual(error, "")
        ends, lines = out.splitlines()[4:6], out.splitlines()[6:-1]
        return ends, [("<" if line.startswith("\t") else ">") + bytes.fromhex(line).decode() for line in lines]

    def test_tcp(self):
        ends, lines = self.lines(frames.pcap(frames.conversation()))
        self.assertEqual(ends, ["Node 0: 192.0.2.1:40000", "Node 1: 198.51.100.2:80"])
        self.assertEqual(lines, [">hello", "<welcome"])

    def test_order(self):
        """Early, repeated and overlapping segments, each byte once."""
        opening = frames.conversation()[:3]
        content = frames.pcap([*opening, said(104, b"lo "), said(101, b"hel"), said(101, b"hello "),
                               said(105, b"o world"), said(101, b"hello world"),
                               said(501, b"yes", True, 112)])
        ours = self.lines(content)[1]
        self.assertEqual(ours, [">hel", ">lo ", ">world", "<yes"])
        self.assertEqual(ours, self.lines(content, 0, "tcp")[1])

    def test_gap(self):
        """What was acknowledged and is not here says so; what may still come waits."""
        opening = frames.conversation()[:3]
        late = [*opening, said(101, b"one"), said(110, b"three")]
        self.assertEqual(self.lines(frames.pcap(late))[1], [">one"])
        content = frames.pcap([*late, said(501, b"got it", True, 115), said(115, b"four")])
        self.assertEqual(self.lines(content)[1],
                         [">one", ">[6 bytes missing in capture file]", ">three", "<got it", ">four"])

    def test_midstream_and_wrap(self):
        content = frames.pcap([said(0xFFFFFFFD, b"abc"), said(0, b"def"), said(501, b"x", True, 3)])
        self.assertEqual(self.lines(content)[1], [">abc", ">def", "<x"])

    def test_second_connection(self):
        """Of the same ends: Wireshark's address filter shows both, the flow is one."""
        content = frames.pcap([*frames.conversation(), frames.tcp_frame(frames.SYN, 9000), said(9001, b"again")])
        self.assertEqual(self.lines(content, 1)[1], [">hello", "<welcome"])
        self.assertEqual(self.lines(content, 2)[1], [">again"])

    def test_udp_in_a_tunnel(self):
        def carried(packet):
            return frames.ethernet(frames.ipv4("203.0.113.1", "203.0.113.2", 47, bytes([0, 0, 8, 0]) + packet))

        content = frames.pcap([
            carried(frames.ipv4("10.0.0.1", "10.0.0.2", 17, frames.udp(1, 2, b"ask"))),
            carried(frames.ipv4("10.0.0.2", "10.0.0.1", 17, frames.udp(2, 1, b"tell")))])
        ends, lines = self.lines(content, 2)
        self.assertEqual((ends, lines), (["Node 0: 10.0.0.1:1", "Node 1: 10.0.0.2:2"], [">ask", "<tell"]))

    def test_by_ends(self):
        out, error = self.run_tshark("-q", "-r", self.capture(frames.pcap(frames.conversation())), "-z",
                                     "follow,flowscope,ascii,192.0.2.1:40000,198.51.100.2:80")
        self.assertEqual((error, "hello" in out, "welcome" in out), ("", True, True))

    def test_cut_frames(self):
        """No byte that was not captured is shown."""
        whole = said(101, b"0123456789")
        cut = frames.section() + frames.interface() + frames.enhanced(frames.conversation()[0]) \
            + frames.enhanced(whole[:-4], wire_length=len(whole))
        self.assertEqual(self.lines(cut)[1], [">012345"])


if __name__ == "__main__":
    unittest.main()
