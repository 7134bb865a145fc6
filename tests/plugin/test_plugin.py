# SPDX-License-Identifier: BSD-2-Clause
"""The plugin in tshark: it loads, and its fields say what the contract says."""
import unittest

import frames
from host import HostTest

FIELDS = ["frame.number", "flowscope.flow_id", "flowscope.dir", "flowscope.pkt", "flowscope.first_frame",
          "flowscope.prev_frame", "flowscope.tcp.state", "flowscope.verdict"]

ARP = frames.ethernet(bytes(28), 0x0806)
LATER_FRAGMENT = frames.ethernet(frames.ipv4(frames.CLIENT, frames.SERVER, 17, bytes(64), fragment=8))


def mixed():
    """A TCP connection with other traffic between its packets."""
    talk = frames.conversation()
    return frames.pcap([*talk[:3], frames.udp_frame(), ARP, *talk[3:], LATER_FRAGMENT,
                        frames.udp_frame(2000, 1000, frames.SERVER, frames.CLIENT), b"", b"\x01\x02\x03"])


MIXED = """
1  1 fwd 1  1    -  syn_sent      ok
2  1 rev 2  1    1  syn_received  ok
3  1 fwd 3  1    2  established   ok
4  2 fwd 1  4    -  -             ok
5  - -   -  -    -  -             not_ip
6  1 fwd 4  1    3  established   ok
7  1 rev 5  1    6  established   ok
8  1 rev 6  1    7  established   ok
9  1 fwd 7  1    8  fin_wait      ok
10 1 rev 8  1    9  fin_wait      ok
11 1 rev 9  1    10 closing       ok
12 1 fwd 10 1    11 closed        ok
13 - -   -  -    -  -             fragment_pending
14 2 rev 2  4    4  -             ok
15 - -   -  -    -  -             no_data
16 - -   -  -    -  -             truncated_link
"""
MIXED = [[cell.replace("-", "") for cell in line.split()] for line in MIXED.strip().splitlines()]


class Load(HostTest):
    """A plugin that does not load leaves no trace in tshark's status, so this comes first."""

    def test_plugins(self):
        out, said = self.run_tshark("-G", "plugins")
        listed = {line.split()[0] for line in out.splitlines()}
        self.assertEqual(said, "")
        self.assertLessEqual({"flowscope.so", "mate.so", "transum.so", "stats_tree.so", "g711.so",
                              "usbdump.so"}, listed)


class Fields(HostTest):
    def test_types(self):
        out, _ = self.run_tshark("-G", "fields")
        types = {cells[2]: cells[3] for cells in map(lambda l: l.split("\t"), out.splitlines())
                 if cells[0] == "F" and cells[2].startswith("flowscope.")
                 and not cells[2].startswith("flowscope.expert.")}
        self.assertEqual(types, {
            "flowscope.flow_id": "FT_UINT64", "flowscope.parent_id": "FT_UINT64",
            "flowscope.tunnel": "FT_STRING", "flowscope.dir": "FT_STRING",
            "flowscope.pkt": "FT_UINT64", "flowscope.first_frame": "FT_FRAMENUM",
            "flowscope.prev_frame": "FT_FRAMENUM", "flowscope.next_frame": "FT_FRAMENUM",
            "flowscope.dup": "FT_BOOLEAN", "flowscope.dup_of": "FT_FRAMENUM",
            "flowscope.dup_kind": "FT_STRING", "flowscope.tcp.state": "FT_STRING",
            "flowscope.community_id": "FT_STRING", "flowscope.related_id": "FT_UINT64",
            "flowscope.verdict": "FT_STRING",
            "flowscope.flow.packets": "FT_UINT64", "flowscope.flow.bytes": "FT_UINT64",
            "flowscope.flow.duration": "FT_RELATIVE_TIME", "flowscope.flow.end_reason": "FT_STRING",
            "flowscope.flow.history": "FT_STRING", "flowscope.flow.conn_state": "FT_STRING",
            "flowscope.flow.rtt": "FT_RELATIVE_TIME"})

    def test_one_pass(self):
        self.assertEqual(self.fields(self.capture(mixed()), FIELDS), MIXED)

    def test_two_passes(self):
        """The same, but that by now no more of the datagram can come."""
        expected = [[cell.replace("fragment_pending", "fragment_lost") for cell in row] for row in MIXED]
        self.assertEqual(self.fields(self.capture(mixed()), FIELDS, "-2"), expected)

    def test_display_filters(self):
        path = self.capture(mixed())
        for text, numbers in [("flowscope.flow_id == 2", "4 14"),
                              ('flowscope.dir == "rev"', "2 7 8 10 11 14"),
                              ("flowscope.pkt == 1", "1 4"),
                              ("flowscope.first_frame == 4", "4 14"),
                              ("flowscope.prev_frame == 10", "11"),
                              ('flowscope.tcp.state == "closed"', "12"),
                              ('flowscope.tcp.state && flowscope.dir == "fwd"', "1 3 6 9 12"),
                              ('flowscope.verdict != "ok"', "5 13 15 16"),
                              ("flowscope && !flowscope.flow_id", "5 13 15 16")]:
            for passes in [], ["-2"]:
                with self.subTest(filter=text, passes=passes):
                    rows = self.fields(path, ["frame.number"], "-Y", text, *passes)
                    self.assertEqual(" ".join(row[0] for row in rows), numbers)

    def test_switched_off(self):
        """As a protocol that is disabled: no line, no field, and no report of packets that nobody analysed."""
        path = self.capture(mixed())
        off = ["--disable-protocol", "flowscope"]
        out, said = self.run_tshark("-r", path, "-2", "-V", *off)
        self.assertIn("Transmission Control Protocol", out)
        self.assertNotIn("lowscope", out + said)
        self.assertEqual(self.fields(path, FIELDS[1:], *off), 16 * [7 * [""]])
        self.assertEqual(self.fields(path, FIELDS, "-Y", "flowscope", *off), [])
        _, said = self.run_tshark("-q", "-r", path, "-z", "flowscope,stats", *off, status=1)
        self.assertEqual(said, "flowscope: -z flowscope,stats: the protocol Flowscope is disabled\n")

    def test_read_filter(self):
        """The frames that -R rejects have been seen, under numbers that others then got: ids are
        those of the whole capture, and no link leads to a frame of another flow."""
        path = self.capture(mixed())
        rows = self.fields(path, FIELDS, "-2", "-R", "udp || arp")
        self.assertEqual([row[:2] for row in rows], [["1", "2"], ["2", ""], ["3", "2"]])
        for text, count in [("tcp", 10), ('flowscope.dir == "rev"', 6), ("tcp.len > 0 || udp", 4)]:
            with self.subTest(filter=text):
                rows = self.fields(path, FIELDS, "-2", "-R", text)
                flow_of = {row[0]: row[1] for row in rows}
                self.assertEqual(len(rows), count)
                for row in rows:
                    self.assertNotEqual(row[5], row[0])
                    for link in filter(None, row[4:6]):
                        self.assertEqual(flow_of[link], row[1])

    def test_records_that_are_no_packets(self):
        path = self.capture(frames.section() + frames.interface() + frames.custom()
                            + frames.enhanced(frames.udp_frame()) + frames.custom()
                            + frames.simple(frames.udp_frame()))
        rows = self.fields(path, ["frame.number", "flowscope.flow_id", "flowscope.verdict"])
        self.assertEqual(rows, [["1", "", "not_a_packet"], ["2", "1", "ok"], ["3", "", "not_a_packet"],
                                ["4", "1", "ok"]])

    def test_link_types(self):
        packet = frames.ipv4(frames.CLIENT, frames.SERVER, 17, frames.udp(1, 2))
        packet6 = frames.ipv6("2001:db8::1", "2001:db8::2", 17, frames.udp(1, 2))
        sll = bytes([0, 0, 0, 1, 0, 6]) + bytes(8)
        sll2 = bytes([8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6]) + bytes(8)
        for link_type, frame in [(frames.ETHERNET, frames.ethernet(packet)),
                                 (frames.NULL, b"\x02\0\0\0" + packet),
                                 (frames.LOOP, b"\0\0\0\x02" + packet), (frames.RAW, packet),
                                 (frames.RAW, packet6), (12, packet), (14, packet6),
                                 (frames.SLL, sll + b"\x08\0" + packet),
                                 (frames.SLL2, sll2 + packet), (frames.IPV4, packet),
                                 (frames.IPV6, packet6)]:
            with self.subTest(link_type=link_type):
                path = self.capture(frames.pcap([frame], link_type))
                self.assertEqual(self.fields(path, FIELDS[1:3] + FIELDS[-1:]), [["1", "fwd", "ok"]])
        path = self.capture(frames.pcap([packet], 147))
        self.assertEqual(self.fields(path, FIELDS[-1:]), [["unknown_link_type"]])

    def test_packets_inside_packets(self):
        """Dissectors put the link type of the packet inside in the place of the frame's own. We keep
        to the frame's own, as the command does."""
        packet = frames.ipv4(frames.CLIENT, frames.SERVER, 17, frames.udp(1, 2))
        ppi = bytes([0, 0, 8, 0, 1, 0, 0, 0])
        rftap = frames.ipv4(frames.CLIENT, frames.SERVER, 17, frames.udp(
            1000, 2000, b"RFta" + bytes([3, 0, 1, 0, frames.RAW, 0, 0, 0]) + packet))
        sll2 = bytes([8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 6]) + bytes(8)
        for link_type, before, frame, inside, verdict in [
                (192, [], ppi + frames.udp_frame(), "ppi", "ok"),
                (frames.ETHERNET, [], frames.ethernet(rftap), "rftap", "ok"),
                (frames.SLL2, [sll2 + packet], sll2 + rftap, "rftap", "ok")]:
            path = self.capture(frames.pcap([*before, frame], link_type))
            for arguments in [], ["-2"], ["-Y", "flowscope.verdict"]:
                with self.subTest(link_type=link_type, arguments=arguments):
                    *_, (protocols, said) = self.fields(path, ["frame.protocols", FIELDS[-1]], *arguments)
                    self.assertIn(f":{inside}:pcap_pktdata:", ":" + protocols)
                    self.assertEqual(said, verdict)
                    self.assertEqual(self.fields(path, FIELDS[-1:], *arguments)[-1], [verdict])

    def test_fragment_that_waited(self):
        """It is the flow's first packet, as the one that told says too, on one pass and on two."""
        whole = frames.udp(1000, 2000, bytes(24))
        first, second = (frames.ethernet(frames.ipv4(frames.CLIENT, frames.SERVER, 17, part, fragment=offset))
                         for part, offset in ((whole[:16], 0x2000), (whole[16:], 2)))
        path = self.capture(frames.pcap([frames.udp_frame(5, 6), second, first]))
        names = ["flowscope.first_frame", "flowscope.pkt", "flowscope.prev_frame"]
        told = ["2", "2", "2"]
        self.assertEqual(self.fields(path, names), [["1", "1", ""], ["", "", ""], told])
        self.assertEqual(self.fields(path, names, "-2"), [["1", "1", ""], ["2", "1", ""], told])

    def test_flows_around(self):
        """Every flow around, the innermost first; a tunnel's own frame links to those that it carries."""
        inner = frames.ipv4(frames.CLIENT, frames.SERVER, 17, frames.udp(1000, 2000))
        once = frames.ipv4("203.0.113.1", "203.0.113.2", 4, inner)
        twice = frames.ipv4("203.0.113.3", "203.0.113.4", 47, bytes([0, 0, 8, 0]) + once)
        empty = frames.ipv4("203.0.113.3", "203.0.113.4", 47, bytes([0, 0, 8, 6]))
        path = self.capture(frames.pcap([inner, twice, empty, once], frames.RAW))
        names = ["flowscope.flow_id", "flowscope.parent_id", "flowscope.prev_frame", "flowscope.first_frame"]
        for passes in [], ["-2"]:
            self.assertEqual(self.fields(path, names, *passes),
                             [["1", "", "", "1"], ["1", "3,2", "1", "1"], ["2", "", "2", "2"],
                              ["1", "3,2", "2", "1"]])
        self.assertEqual(self.fields(path, ["frame.number"], "-Y", "flowscope.parent_id == 3"),
                         [["2"], ["4"]])

    def test_tunnel(self):
        """The layers of the flow's first packet, as the column of that name; a line for each below."""
        inner = frames.ipv4(frames.CLIENT, frames.SERVER, 17, frames.udp(1000, 2000))
        tagged = frames.ethernet(bytes([0, 10, 8, 0]) + frames.ipv4(
            "203.0.113.1", "203.0.113.2", 47, bytes([0x20, 0, 8, 0, 0, 0, 0, 7]) + inner), 0x8100)
        path = self.capture(frames.pcap([tagged, frames.ethernet(inner)]))
        for passes in [], ["-2"]:
            self.assertEqual(self.fields(path, ["flowscope.flow_id", "flowscope.tunnel"], *passes),
                             [["2", "vlan:10/gre:7"]] * 2)
        out, _ = self.run_tshark("-r", path, "-O", "flowscope")
        self.assertIn("""
    [Flow around it: 1 (203.0.113.1 -> 203.0.113.2 gre)]
    [Tunnel: vlan:10/gre:7]
        [vlan:10]
        [gre:7]
""", out)
        self.assertEqual(self.fields(path, ["frame.number"], "-Y", 'flowscope.tunnel contains "gre"'),
                         [["1"], ["2"]])

    def test_interfaces_of_different_link_types(self):
        packet = frames.ipv4(frames.CLIENT, frames.SERVER, 17, frames.udp(1000, 2000))
        path = self.capture(frames.section() + frames.interface() + frames.interface(frames.RAW)
                            + frames.enhanced(frames.udp_frame())
                            + frames.enhanced(packet, 1700000001 * 1000000, interface_id=1))
        self.assertEqual(self.fields(path, FIELDS[1:4]), [["1", "fwd", "1"], ["1", "fwd", "2"]])

    def test_lengths(self):
        """More captured than there was on the wire, and a wire length that no tvbuff can hold."""
        for wire_length in 10, 0xFFFFFFFF:
            path = self.capture(frames.section() + frames.interface()
                                + frames.enhanced(frames.udp_frame(), wire_length=wire_length))
            with self.subTest(wire_length=wire_length):
                self.assertEqual(self.fields(path, FIELDS[1:2] + FIELDS[-1:]), [["1", "ok"]])

    def test_new_session(self):
        """-M starts numbers and flows anew."""
        path = self.capture(frames.pcap(2 * frames.conversation()[:5]))
        out, said = self.run_tshark("-r", path, "-M", "5", "-T", "fields", *sum(
            (["-e", name] for name in FIELDS), []))
        rows = out.splitlines()
        self.assertEqual(said, "resetting session.\n")
        self.assertEqual(len(rows), 10)
        self.assertEqual(rows[:5], rows[5:])


class Preferences(HostTest):
    def ids(self, *arguments):
        pauses = self.capture(frames.pcap([(when, frames.udp_frame()) for when in (0, 5, 70)]))
        out, said = self.run_tshark("-r", pauses, "-T", "fields", "-e", "flowscope.flow_id", *arguments)
        return out.split(), said

    def test_timeout(self):
        self.assertEqual(self.ids(), (["1", "1", "2"], ""))
        for text in "5s", "5", "5000ms":
            self.assertEqual(self.ids("-o", f"flowscope.udp_idle_timeout:{text}"), (["1", "2", "3"], ""))
        self.assertEqual(self.ids("-o", "flowscope.udp_idle_timeout:1.5m"), (["1", "1", "1"], ""))

    def test_bad_values(self):
        """One warning each, and the default."""
        for name, text in [("udp_idle_timeout", "soon"), ("udp_idle_timeout", "0s"), ("tunnel_depth", "9")]:
            with self.subTest(text=text):
                ids, said = self.ids("-o", f"flowscope.{name}:{text}")
                self.assertEqual(ids, ["1", "1", "2"])
                self.assertEqual(said.count("\n"), 1, said)
                self.assertIn(f"flowscope.{name}: '{text}' is not ", said)

    def test_no_number(self):
        """Counts are numbers for Wireshark too, which refuses the rest itself."""
        out, said = self.run_tshark("-r", self.capture(mixed()), "-o", "flowscope.max_flows:many", status=1)
        self.assertEqual((out, said.count("\n")), ("", 1))
        self.assertIn("flowscope.max_flows:many", said)

    def test_choice(self):
        tagged = [frames.ethernet(bytes([0, tag, 8, 0]) + frames.udp_frame()[14:], 0x8100) for tag in (1, 2)]
        path = self.capture(frames.pcap(tagged))
        for text, ids in ("ignore-vlan", "11"), ("strict", "12"), ("STRICT", "12"), ("inner-only", "11"):
            rows = self.fields(path, ["flowscope.flow_id"], "-o", f"flowscope.identity:{text}")
            self.assertEqual("".join(flow_id for flow_id, in rows), ids)

    def test_kinds(self):
        """As Wireshark writes them into its file of preferences."""
        out, _ = self.run_tshark("-G", "currentprefs")
        ours = dict(line.lstrip("#").split(": ") for line in out.splitlines() if "flowscope." in line.split(":")[0])
        for name, value in (("udp_idle_timeout", "60s"), ("max_flows", "1000000"), ("identity", "ignore-vlan")):
            self.assertEqual(ours["flowscope." + name], value)

    def test_unknown(self):
        out, said = self.run_tshark("-r", self.capture(mixed()), "-o", "flowscope.colour:red", status=1)
        self.assertEqual(out, "")
        self.assertIn("flowscope.colour", said)


if __name__ == "__main__":
    unittest.main()
