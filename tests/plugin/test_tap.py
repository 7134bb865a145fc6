# SPDX-License-Identifier: BSD-2-Clause
"""`tshark -z flowscope,...`: what it takes, what it prints, how it ends."""
import json
import os
import resource
import signal
import subprocess
import unittest

import frames
from host import csv_rows, CUT_STATUS, HostTest, INTERRUPTED_STATUS, is_sanitized, NO_CAPTURE_STATUS
from host import totals, TSHARK, without_warning

DNS = [frames.udp_frame(5000, 53), frames.udp_frame(53, 5000, frames.SERVER, frames.CLIENT)]


def three_flows():
    """One TCP and two UDP flows: 14 frames, and one of no flow."""
    return frames.pcap([*frames.conversation(), *DNS, frames.udp_frame(), frames.udp_frame(),
                        frames.ethernet(bytes(28), 0x0806)])


class Report(HostTest):
    def test_stats(self):
        path = self.capture(three_flows())
        said = totals(self.report(path, "flowscope,stats"))
        for name, value in {"frames": "15", "packets_in_flows": "14", "no_flow": "1", "not_ip": "1",
                            "flows": "3", "duplicates": "0", "duration": "1.400000000"}.items():
            self.assertEqual(said[name], value, name)
        lines = [json.loads(line) for line in self.report(path, "flowscope,stats,ndjson").splitlines()]
        self.assertIn({"section": "totals", "name": "flows", "value": 3}, lines)
        served = self.report(path, "flowscope,stats,prometheus").splitlines()
        self.assertIn("flowscope_flows_total 3", served)
        self.assertIn("flowscope_open_flows 2", served)

    def test_flows(self):
        path = self.capture(three_flows())
        rows = csv_rows(self.report(path, "flowscope,flows,csv"))
        self.assertEqual([(r["flow_id"], r["proto"], r["packets_fwd"], r["packets_rev"], r["state"])
                          for r in rows],
                         [("1", "tcp", "5", "5", "closed"), ("2", "udp", "1", "1", ""),
                          ("3", "udp", "2", "0", "")])
        objects = [json.loads(line) for line in self.report(path, "flowscope,flows,ndjson").splitlines()]
        self.assertEqual([o["first_frame"] for o in objects], [1, 11, 13])
        table = self.report(path, "flowscope,flows")
        self.assertEqual(table, self.report(path, "flowscope,flows,table"))
        self.assertEqual(len(table.splitlines()), 4)

    def test_facts(self):
        path = self.capture(three_flows())
        narrow = csv_rows(self.report(path, "flowscope,flows,csv"))
        wide = csv_rows(self.report(path, "flowscope,flows,csv", "-o", "flowscope.tcp_facts:all"))
        self.assertNotIn("syns_fwd", narrow[0])
        for row, other in zip(wide, narrow):
            self.assertEqual({name: row[name] for name in other}, other)
        self.assertEqual([(row["syns_fwd"], row["syns_rev"], row["fins_fwd"], row["resets_rev"])
                          for row in wide], [("1", "1", "1", "0"), ("", "", "", ""), ("", "", "", "")])

    def test_two_passes(self):
        path = self.capture(three_flows())
        for request in "flowscope,flows", "flowscope,stats", "flowscope,flows,csv,udp":
            self.assertEqual(self.report(path, request), self.report(path, request, "-2"))

    def test_no_frames(self):
        path = self.capture(frames.pcap([]))
        self.assertEqual(len(self.report(path, "flowscope,flows,csv").splitlines()), 1)
        self.assertEqual(totals(self.report(path, "flowscope,stats"))["frames"], "0")

    def test_standard_input(self):
        path = self.capture(three_flows())
        with open(path, "rb") as file:
            out, _ = self.run_tshark("-q", "-r", "-", "-z", "flowscope,flows,csv", stdin=file)
        self.assertEqual(out, self.report(path, "flowscope,flows,csv"))

    def test_several(self):
        """tshark draws the last one first."""
        path = self.capture(three_flows())
        requests = ["flowscope,flows,csv", "flowscope,stats", "flowscope,flows,ndjson,udp"]
        alone = [self.report(path, request) for request in requests]
        together = self.report(path, requests[0], *sum((["-z", r] for r in requests[1:]), []))
        self.assertEqual(together, "".join(reversed(alone)))

    def test_sessions_of_a_run(self):
        """-M drops what Wireshark knows every ten frames; the report still covers them all."""
        path = self.capture(frames.pcap(frames.conversation() + frames.conversation(50000) + DNS))
        out, said = self.run_tshark("-q", "-r", path, "-M", "10", "-z", "flowscope,flows,csv", "-z",
                                    "flowscope,stats", "-z", "flowscope,flows,csv,udp || tcp.port==50000")
        self.assertEqual(said, "resetting session.\nresetting session.\n")
        head = out[:out.index("flow_id")]
        chosen, stats, flows = out[len(head):].partition("[totals]")[0], totals(out), \
            out[out.rindex("flow_id"):]
        self.assertEqual(stats["frames"], "22")
        self.assertEqual(stats["flows"], "3")
        self.assertEqual([(r["flow_id"], r["sport"], r["first_frame"]) for r in csv_rows(flows)],
                         [("1", "40000", "1"), ("2", "50000", "1"), ("3", "5000", "1")])
        self.assertEqual(csv_rows(chosen), csv_rows(flows)[1:])

    def test_flows_that_ended(self):
        """Ended ones come from the events, open ones from the engine; reading ends none."""
        path = self.capture(frames.pcap([(0, frames.udp_frame()), (100, frames.udp_frame()),
                                         (101, frames.udp_frame())]))
        out = self.report(path, "flowscope,flows,csv", "-z", "flowscope,flows,csv")
        half = out[:len(out) // 2]
        self.assertEqual(out, half + half)
        self.assertEqual([(r["packets_fwd"], r["end_reason"]) for r in csv_rows(half)],
                         [("1", "idle"), ("2", "end_of_capture")])


class Filter(HostTest):
    def rows(self, text, *arguments):
        path = self.capture(three_flows())
        return csv_rows(self.report(path, f"flowscope,flows,csv,{text}", *arguments))

    def test_whole_flows(self):
        """One packet matches, the figures are those of the flow."""
        every = csv_rows(self.report(self.capture(three_flows()), "flowscope,flows,csv"))
        self.assertEqual(self.rows("frame.number == 6"), every[:1])
        self.assertEqual(self.rows("udp"), every[1:])
        self.assertEqual(self.rows("arp"), [])

    def test_tunnels(self):
        """A packet belongs to the flows around its own too; statistics count it once."""
        inner = frames.ipv4("10.0.0.1", "10.0.0.2", 17, frames.udp(5, 6))
        tunnel = frames.ethernet(frames.ipv4(frames.CLIENT, frames.SERVER, 47, bytes([0, 0, 8, 0]) + inner))
        path = self.capture(frames.pcap([frames.udp_frame(), tunnel, tunnel]))
        for passes in [], ["-2"]:
            rows = csv_rows(self.report(path, "flowscope,flows,csv,frame.number == 3", *passes))
            self.assertEqual([row["flow_id"] for row in rows], ["2", "3"])
            counted = totals(self.report(path, "flowscope,stats,frame.number == 3", *passes))
            self.assertEqual(counted["packets_in_flows"], "2")

    def test_commas_and_braces(self):
        self.assertEqual([r["flow_id"] for r in self.rows("udp.port in {53, 67} && ip")], ["2"])
        self.assertEqual([r["flow_id"] for r in self.rows("tcp.port in {80,443} || udp.port == 53")],
                         ["1", "2"])

    def test_fields_of_the_future(self):
        """Nothing matches on one pass, and a line says why."""
        for text in "flowscope.flow.packets == 10", "udp || flowscope.next_frame == 2":
            request = f"flowscope,flows,csv,{text}"
            path = self.capture(three_flows())
            out, said = self.run_tshark("-q", "-r", path, "-z", request, "-z", "flowscope,flows,udp")
            self.assertEqual(said.count("\n"), 1, said)
            self.assertTrue(said.startswith(f"flowscope: -z {request}: "), said)
            self.assertNotIn(",tcp,", out)
            self.assertIn("1", [row["flow_id"] for row in self.rows(text, "-2")])

    def test_own_fields(self):
        for passes in [], ["-2"]:
            self.assertEqual([r["flow_id"] for r in self.rows("flowscope.flow_id == 3", *passes)], ["3"])
            self.assertEqual([r["flow_id"] for r in self.rows('flowscope.tcp.state == "closed"', *passes)],
                             ["1"])

    def test_stats(self):
        path = self.capture(three_flows())
        said = totals(self.report(path, "flowscope,stats,udp"))
        self.assertEqual((said["frames"], said["packets_in_flows"], said["flows"], said["no_flow"]),
                         ("4", "4", "2", "0"))

    def test_a_format_is_a_word(self):
        """What only begins like a format begins a filter; an empty filter is none."""
        path = self.capture(three_flows())
        self.assertEqual(self.report(path, "flowscope,flows,"), self.report(path, "flowscope,flows"))
        self.assertEqual(self.report(path, "flowscope,flows,csv,"), self.report(path, "flowscope,flows,csv"))
        self.assertEqual(len(self.report(path, "flowscope,flows,tcp").splitlines()), 2)


class Refusal(HostTest):
    """Our one line, nothing on standard output, status 1."""

    def refused(self, request, text):
        out, said = self.run_tshark("-q", "-r", self.capture(three_flows()), "-z", request, status=1)
        self.assertEqual(out, "")
        self.assertEqual(said.count("\n"), 1, said)
        self.assertTrue(said.startswith(f"flowscope: -z {request}: "), said)
        self.assertIn(text, said)

    def test_wrong_words(self):
        for request in ["flowscope", "flowscope,", "flowscope,nonsense", "flowscope,flowsy",
                        "flowscope,packets", "flowscope,Flows", "flowscopes,flows"]:
            with self.subTest(request=request):
                self.refused(request, "wants flowscope,stats or flowscope,flows")

    def test_formats_to_come(self):
        for request in ["flowscope,flows,zeek", "flowscope,flows,eve,tcp", "flowscope,sessions",
                        "flowscope,sessions,csv"]:
            with self.subTest(request=request):
                self.refused(request, "not built yet")

    def test_formats_of_others(self):
        for request, report, word in [("flowscope,stats,csv", "stats", "csv"),
                                      ("flowscope,stats,csv,tcp", "stats", "csv"),
                                      ("flowscope,flows,prometheus", "flows", "prometheus")]:
            with self.subTest(request=request):
                self.refused(request, f"{report} has no format {word}")

    def test_wrong_filters(self):
        for request in ["flowscope,stats,CSV", "flowscope,flows,no.such.field == 1",
                        "flowscope,flows,csv,tcp.port ==", "flowscope,flows,csvx"]:
            with self.subTest(request=request):
                self.refused(request, "Filter")


class Ending(HostTest):
    def test_full_disk(self):
        path = self.capture(three_flows())
        for requests in [["flowscope,flows"], ["flowscope,stats", "flowscope,flows,csv"]]:
            with open("/dev/full", "wb") as full:
                _, said = self.run_tshark("-q", "-r", path, *sum((["-z", r] for r in requests), []),
                                          stdout=full, status=2)
            self.assertEqual(said, "flowscope: standard output: No space left on device\n")

    def test_closed_pipe(self):
        """Quiet, whether the signal ends tshark or is ignored."""
        path = self.capture(three_flows())
        for restore_signals in True, False:
            reading, writing = os.pipe()
            os.close(reading)
            done = subprocess.run([TSHARK, "-q", "-r", path, "-z", "flowscope,flows"], stdout=writing,
                                  stderr=subprocess.PIPE, text=True, timeout=120, check=False,
                                  restore_signals=restore_signals)
            os.close(writing)
            self.assertEqual(without_warning(done.stderr), "")

    def test_cut_file(self):
        """tshark's own line and status, and what could be read."""
        path = self.capture(three_flows()[:-20])
        out, said = self.run_tshark("-q", "-r", path, "-z", "flowscope,stats", status=CUT_STATUS)
        self.assertIn("cut short", said)
        self.assertEqual(totals(out)["frames"], "14")

    def test_no_capture(self):
        path = self.capture(b"this is no capture at all")
        out, _ = self.run_tshark("-q", "-r", path, "-z", "flowscope,stats", status=NO_CAPTURE_STATUS)
        self.assertEqual(out, "")

    def test_no_room_for_the_engine(self):
        if is_sanitized():
            self.skipTest("AddressSanitizer needs all of the address space")
        few = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))}
        options = ["-r", self.capture(three_flows()), "-o", "flowscope.max_flows:100000000"]
        out, said = self.run_tshark("-q", *options, "-z", "flowscope,stats", status=2, **few)
        self.assertEqual((out, said.count("\n")), ("", 1), said)
        self.assertIn("not enough memory", said)
        out, said = self.run_tshark(*options, "-c", "1", "-T", "fields", "-e", "flowscope.verdict", **few)
        self.assertEqual((out, said.count("\n")), ("not_analysed\n", 1), said)

    def test_interrupted(self):
        """tshark draws nothing then. It prints each packet too here, so it cannot have read all
        before the signal: the pipe holds 64 KB."""
        total = 20000
        path = self.capture(frames.pcap(total * [frames.udp_frame()]))
        with subprocess.Popen([TSHARK, "-l", "-r", path, "-z", "flowscope,flows,csv"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as tshark:
            tshark.stdout.readline()
            tshark.send_signal(signal.SIGINT)
            out = tshark.stdout.read()
        self.assertEqual(tshark.returncode, INTERRUPTED_STATUS)
        rows = csv_rows(out[out.index("flow_id,"):])
        self.assertEqual(len(rows), 1)
        self.assertTrue(1 <= int(rows[0]["packets_fwd"]) < total, rows)


if __name__ == "__main__":
    unittest.main()
