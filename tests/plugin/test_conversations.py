# SPDX-License-Identifier: BSD-2-Clause
"""Flows as Wireshark's conversations and endpoints: figures, and the filters that a row turns into."""
import json
import os
import subprocess
import unittest

import frames
from host import HostTest, TSHARK


def traffic():
    """Two connections of the same ends one after the other, UDP that answers first, IPv6, ICMP, a tunnel."""
    packet6 = frames.ethernet(frames.ipv6("2001:db8::1", "2001:db8::2", 17, frames.udp(1, 2)), 0x86DD)
    echo = frames.ethernet(frames.ipv4(frames.CLIENT, frames.SERVER, 1, bytes([8, 0, 0, 0, 0, 1, 0, 1])))
    inner = frames.ipv4("10.0.0.1", "10.0.0.2", 17, frames.udp(5, 6))
    tunnel = frames.ethernet(frames.ipv4(frames.CLIENT, frames.SERVER, 47, bytes([0, 0, 8, 0]) + inner))
    again = 2 * [frames.tcp_frame(frames.SYN, 99999)]
    return frames.pcap([*frames.conversation(), *again, frames.udp_frame(), frames.udp_frame(),
                        frames.udp_frame(2000, 1000, frames.SERVER, frames.CLIENT), packet6, *3 * [echo], tunnel, b""])


def ask_sharkd(path, tap):
    asked = [("load", {"file": path}), ("tap", {"tap0": tap})]
    text = "".join(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": more}) + "\n"
                   for number, (method, more) in enumerate(asked, 1))
    done = subprocess.run([os.path.join(os.path.dirname(TSHARK), "sharkd"), "-"], input=text, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=120, check=True)
    return json.loads(done.stdout.splitlines()[1])["result"]["taps"][0]



class Conversations(HostTest):
    def rows(self):
        tap = ask_sharkd(self.capture(traffic()), "conv:Flowscope")
        return {(row["saddr"], row["daddr"], row["txf"], row["rxf"]): row["filter"] for row in tap["convs"]}

    def test_rows(self):
        """One a flow, the initiator first, also where addresses and ports are the same."""
        self.assertEqual(set(self.rows()), {
            (frames.CLIENT, frames.SERVER, 5, 5), (frames.CLIENT, frames.SERVER, 2, 0),
            (frames.CLIENT, frames.SERVER, 2, 1), ("2001:db8::1", "2001:db8::2", 1, 0),
            (frames.CLIENT, frames.SERVER, 3, 0), ("10.0.0.1", "10.0.0.2", 1, 0)})

    def test_filters(self):
        """What "apply as filter" makes of a row shows the packets that it counts."""
        path = self.capture(traffic())
        for row, text in self.rows().items():
            with self.subTest(filter=text):
                shown = self.fields(path, ["flowscope.flow_id"], "-Y", text)
                self.assertEqual(len(shown), row[2] + row[3])
                self.assertEqual(len({flow_id for flow_id, in shown}), 1)

    def test_tshark(self):
        out, said = self.run_tshark("-q", "-r", self.capture(traffic()), "-z", "conv,flowscope",
                                    "-z", "conv,flowscope,tcp")
        self.assertEqual(said, "")
        tables = out.split("Flowscope Conversations")[1:]
        self.assertEqual([table.count(" <-> ") for table in tables], [2, 6])
        line = next(line for line in tables[0].splitlines() if "<->" in line)
        self.assertEqual(line.split()[:3] + line.split()[3:12:3],
                         [frames.CLIENT, "<->", frames.SERVER, "5", "5", "10"])


class Endpoints(HostTest):
    def test_rows_and_filters(self):
        path = self.capture(traffic())
        tap = ask_sharkd(path, "endpt:Flowscope")
        rows = {(row["host"], row["txf"], row["rxf"]): row["filter"] for row in tap["hosts"]}
        self.assertEqual(set(rows), {
            (frames.CLIENT, 7, 5), (frames.SERVER, 5, 7), (frames.CLIENT, 2, 1), (frames.SERVER, 1, 2),
            ("2001:db8::1", 1, 0), ("2001:db8::2", 0, 1), (frames.CLIENT, 3, 0), (frames.SERVER, 0, 3),
            ("10.0.0.1", 1, 0), ("10.0.0.2", 0, 1)})
        for row, text in rows.items():
            if "port" in text:  # else a host without a port, and the filter is all of the host
                with self.subTest(filter=text):
                    self.assertEqual(len(self.fields(path, ["frame.number"], "-Y", text)), row[1] + row[2])
        self.assertEqual(sum("port" in text for text in rows.values()), 8)


if __name__ == "__main__":
    unittest.main()
