# SPDX-License-Identifier: BSD-2-Clause
"""Every way in, and what must hold of what comes out.

usage: test_reports.py COMMAND [unittest arguments]"""
import csv
import gzip
import io
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import capture
import command


class Input(command.Case):
    def test_ways_in(self):
        """A file, standard input as a file and as a pipe, gzip'd each way, give the same bytes."""
        content = capture.udp_capture(3000, flows=40)
        plain = self.file("a.pcap", content)
        zipped = self.file("a.pcap.gz", gzip.compress(content))
        for report, form in command.REPORTS:
            with self.subTest((report, form)):
                want = self.good(report, "-f", form, plain)
                self.assertEqual(self.good(report, "-f", form, zipped), want)
                self.assertEqual(self.good(report, "-f", form, "-", input=content), want)
                self.assertEqual(self.good(report, "-f", form, "-", input=gzip.compress(content)),
                                 want)
                with open(plain, "rb") as stdin:
                    self.assertEqual(self.good(report, "-f", form, "-", stdin=stdin), want)

    def test_several_files_are_one_capture(self):
        whole = self.file("whole.pcap", capture.udp_capture(100, flows=3))
        parts = [self.file(f"{i}.pcap", capture.udp_capture(25, 1 + 25 * i, flows=3))
                 for i in range(4)]
        for report, form in command.REPORTS:
            self.assertEqual(self.good(report, "-f", form, *parts),
                             self.good(report, "-f", form, whole))

    def test_no_packets(self):
        path = self.file("none.pcap", capture.header())
        flows = self.good("flows", "-f", "csv", path)
        self.assertEqual(flows.count(b"\n"), 1)
        self.assertTrue(flows.startswith(b"flow_id,parent_id,tunnel,proto,"))
        self.assertTrue(self.good("packets", "-f", "csv", path).startswith(b"frame,ts,flow_id,"))
        self.assertEqual(self.good("flows", "-f", "ndjson", path), b"")
        self.assertTrue(self.good("flows", path).startswith(b"id proto source "))
        self.assertTrue(self.good("stats", path).startswith(b"[totals]\nframes 0\n"))

    def test_rows_do_not_wait_for_the_end_of_a_pipe(self):
        process = self.start("packets", "-f", "ndjson", "-", stdin=subprocess.PIPE)
        process.stdin.write(capture.udp_capture(2))
        process.stdin.flush()
        self.assertEqual(json.loads(process.stdout.readline())["frame"], 1)
        self.assertEqual(json.loads(process.stdout.readline())["frame"], 2)
        process.stdin.close()
        process.stdin = None
        self.assertEqual(process.wait(command.WAIT), 0)

    def test_bpf_selects_without_renumbering(self):
        frames = [capture.udp_frame(i, 1000 + i % 3) for i in range(1, 10)]
        frames.insert(4, capture.record(10**10, capture.ethernet(b"\0" * 28, 0x0806)))
        path = self.file("a.pcap", capture.header() + b"".join(frames))
        rows = self.rows("packets", "--bpf", "udp src port 1001", path)
        self.assertEqual([row["frame"] for row in rows], ["1", "4", "8"])
        self.assertEqual({row["flow_id"] for row in rows}, {"1"})
        self.assertEqual([row["frame"] for row in self.rows("packets", "--bpf", "arp", path)], ["5"])
        totals = self.totals("--bpf", "udp src port 1001", path)
        self.assertEqual((totals["frames"], totals["flows"]), (3, 1))

    def rows(self, *arguments):
        text = self.good(arguments[0], "-f", "csv", *arguments[1:]).decode()
        return list(csv.DictReader(io.StringIO(text)))

    def totals(self, *arguments):
        lines = self.good("stats", "-f", "ndjson", *arguments).decode().splitlines()
        return {line["name"]: line["value"] for line in map(json.loads, lines)
                if line["section"] == "totals"}

    def test_later_fragments_are_lost(self):
        frame = capture.ethernet(capture.ipv4(17, bytes(8), offset=100))
        path = self.file("a.pcap", capture.header() + capture.record(1, frame))
        row, = self.rows("packets", path)
        self.assertEqual((row["verdict"], row["flow_id"]), ("fragment_lost", ""))
        names = self.good("stats", path)
        self.assertIn(b"\nfragment_pending 0\nfragment_lost 1\n", names)

    def test_engine_options_reach_the_engine(self):
        path = self.file("a.pcap", capture.udp_capture(6, flows=3))
        self.assertEqual(len(self.rows("flows", path)), 3)
        self.assertEqual(len(self.rows("flows", "--udp-idle-timeout=3s", path)), 6)
        self.assertEqual(len(self.rows("flows", "--udp-idle-timeout=3000000001ns", path)), 3)
        ends = {row["end_reason"] for row in self.rows("flows", "--max-flows=1", path)}
        self.assertIn("evicted", ends)


class Output(command.Case):
    def sample(self):
        frames = [capture.udp_frame(i, 1000 + i % 7) for i in range(1, 50)]
        frames.append(capture.record(3, capture.ethernet(capture.ipv4(253, b"x" * 9))))
        frames.append(capture.record(4, b"short"))
        return self.file("sample.pcap", capture.header() + b"".join(frames))

    def test_same_again(self):
        """Each run has a random hash seed."""
        path = self.sample()
        for report, form in command.REPORTS:
            self.assertEqual(self.good(report, "-f", form, path),
                             self.good(report, "-f", form, path))

    def test_prometheus(self):
        """Of the same counters as the table."""
        served = self.good("stats", "-f", "prometheus", self.sample()).decode().splitlines()
        totals = self.good("stats", self.sample()).decode().splitlines()
        for name in ("frames", "flows", "bytes"):
            value = next(line.split()[1] for line in totals if line.startswith(name + " "))
            self.assertIn(f"flowscope_{name}_total {value}", served)
        self.assertFalse([line for line in served if not line.startswith(("#", "flowscope_"))])

    def test_ndjson_is_csv(self):
        path = self.sample()
        for report in ("flows", "packets"):
            text = self.good(report, "-f", "csv", path).decode()
            objects = self.good(report, "-f", "ndjson", path).decode().splitlines()
            rows = list(csv.DictReader(io.StringIO(text)))
            self.assertEqual(len(rows), len(objects))
            for row, line in zip(rows, objects):
                pairs = json.loads(line, object_pairs_hook=list, parse_float=str, parse_int=str)
                self.assertEqual(pairs, [(k, v) for k, v in row.items() if v != ""])
                for name in ("src", "verdict", "dir", "proto"):
                    self.assertNotRegex(line, f'"{name}":[^"]')

    def test_facts(self):
        """More columns behind the same ones; the same words for them in every way to ask."""
        path = self.file("talk.pcap", capture.header() + capture.udp_frame(1) + b"".join(
            capture.tcp_frame(2 + i, *segment) for i, segment in enumerate(
                ((0x02, 0, 0), (0x10, 1, 9), (0x10, 1, 9, b"data"), (0x10, 1, 9, b"data"),
                 (0x11, 5, 9)))))
        plain = [line.split(b",") for line in self.good("flows", "-f", "csv", path).splitlines()]
        wide = self.good("flows", "-f", "csv", "--facts", path)
        rows = [line.split(b",") for line in wide.splitlines()]
        self.assertEqual([row[:len(plain[0])] for row in rows], plain)
        extra = rows[0][len(plain[0]):]
        self.assertEqual(extra[:2], [b"fast_retrans_fwd", b"fast_retrans_rev"])
        at = {name: i for i, name in enumerate(rows[0])}
        self.assertEqual([row[at[name]] for row in rows[1:] for name in
                          (b"syns_fwd", b"timeout_retrans_fwd", b"fins_fwd", b"fins_rev")],
                         [b"", b"", b"", b"", b"1", b"1", b"1", b"0"])
        for row in rows[1:]:
            self.assertEqual(len(row), len(rows[0]))
            self.assertEqual(any(row[len(plain[0]):]), row[at[b"proto"]] == b"tcp")
            for way in (b"fwd", b"rev"):
                parts = [row[at[kind + b"_retrans_" + way]]
                         for kind in (b"fast", b"timeout", b"spurious")]
                if parts[0]:
                    self.assertEqual(sum(map(int, parts)), int(row[at[b"retrans_" + way]]))
        self.assertEqual(self.good("flows", "-f", "csv", "--tcp-facts", "all", path), wide)
        for report in (["stats"], ["packets", "-f", "csv"], ["flows"]):
            self.assert_fault(2, "--facts needs flows", *report, "--facts", path)

    def test_stats_agree(self):
        path = self.sample()
        table, section = {}, None
        for line in self.good("stats", path).decode().splitlines():
            if line.startswith("["):
                section = line[1:-1]
            elif section in ("totals", "no_flow", "limits") and line:
                name, value = line.split()
                table[section, name] = value
        objects = [json.loads(line, parse_float=str, parse_int=str)
                   for line in self.good("stats", "-f", "ndjson", path).decode().splitlines()]
        ndjson = {(o["section"], o["name"]): o["value"] for o in objects}
        self.assertEqual(table, {k: v for k, v in ndjson.items() if k in table})
        number = {name: int(value) for (group, name), value in table.items()
                  if group == "totals" and "." not in value}
        self.assertEqual(number["frames"], 51)
        self.assertEqual(number["frames"],
                         number["packets_in_flows"] + number["duplicates"] + number["no_flow"])
        flows = list(csv.DictReader(io.StringIO(self.good("flows", "-f", "csv", path).decode())))
        self.assertEqual(number["flows"], len(flows))
        self.assertEqual(number["bytes"],
                         sum(int(f["bytes_fwd"]) + int(f["bytes_rev"]) for f in flows))
        self.assertEqual(ndjson["protocols", "udp.packets"], "49")

    def test_decimal_comma(self):
        if not shutil.which("localedef"):
            self.skipTest("no localedef to make a locale with")
        made = subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8",
                               os.path.join(self.folder, "de_DE.UTF-8")], capture_output=True)
        environment = dict(os.environ, LC_ALL="de_DE.UTF-8", LOCPATH=self.folder)
        check = "import locale; locale.setlocale(locale.LC_ALL, ''); " \
                "print(locale.localeconv()['decimal_point'])"
        point = subprocess.run([sys.executable, "-c", check], env=environment, capture_output=True)
        if point.stdout.strip() != b",":
            self.skipTest(f"no German locale: {made.stderr.decode().strip()}")
        path = self.sample()
        for report, form in command.REPORTS:
            self.assertEqual(self.good(report, "-f", form, path, env=environment),
                             self.good(report, "-f", form, path))

    def test_progress_is_for_terminals(self):
        """On standard error only, taken away at the end; standard output is the same."""
        first, rest = capture.udp_capture(3000), b"".join(map(capture.udp_frame, range(3001, 6000)))
        want = self.good("flows", "-f", "csv", "-", input=first + rest)
        ours, theirs = pty.openpty()
        process = subprocess.Popen([command.COMMAND, "flows", "-f", "csv", "-"], stderr=theirs,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        os.close(theirs)
        process.stdin.write(first)
        process.stdin.flush()
        time.sleep(1)
        stdout, _ = process.communicate(rest, timeout=command.WAIT)
        shown = os.read(ours, 4096)
        os.close(ours)
        self.assertEqual((process.returncode, stdout), (0, want))
        self.assertRegex(shown, rb"\A(\r-: \d+ frames\x1b\[K)+\r\x1b\[K\Z")

    def test_memory_of_a_small_file(self):
        """At its end the command waits for room in a pipe, and its peak can be read."""
        if command.SANITIZED:
            self.skipTest("a sanitizer takes more")
        path = self.file("a.pcap", capture.udp_capture(10))
        read, write = os.pipe()
        os.set_blocking(write, False)
        with open(read, "rb", 0) as pipe, open(write, "wb", 0) as filler:
            while filler.write(bytes(4096)):
                pass
            os.set_blocking(write, True)
            process = self.start("flows", path, stdout=write)
            time.sleep(0.5)
            self.assertIsNone(process.poll())
            with open(f"/proc/{process.pid}/status") as status:
                peak = int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])
            filler.close()
            while pipe.read(65536):
                pass
        self.assertEqual(process.wait(command.WAIT), 0)
        print(f"\na file of 10 packets: {peak} KB")
        self.assertLess(peak, 16 * 1024)


class Live(command.Case):
    def talk(self, process):
        """Sends to a port of this machine until the process ends."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            until = time.monotonic() + command.WAIT
            while process.poll() is None and time.monotonic() < until:
                out.sendto(b"hello", ("127.0.0.1", 9))
                time.sleep(0.01)

    def capture(self, *arguments):
        process = self.start(*arguments, "-i", "lo")
        time.sleep(0.2)
        if process.poll() is not None and b"ermi" in (said := process.stderr.read()):
            self.skipTest(f"may not capture here: {said.decode().strip()}")
        return process

    def test_count(self):
        process = self.capture("packets", "-f", "csv", "-c", "5", "--bpf", "udp port 9")
        self.talk(process)
        stdout, stderr = process.communicate(timeout=command.WAIT)
        self.assertEqual((process.returncode, stderr), (0, b""))
        self.assertEqual(stdout.count(b"\n"), 6)

    def test_duration(self):
        process = self.capture("stats", "-a", "duration:500ms")
        self.talk(process)
        stdout, stderr = process.communicate(timeout=command.WAIT)
        self.assertEqual((process.returncode, stderr), (0, b""))
        self.assertNotIn(b"\nframes 0\n", stdout)

    def test_ctrl_c(self):
        for form in ("table", "csv", "ndjson"):
            process = self.capture("flows", "-f", form, "--bpf", "udp port 9")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
                for _ in range(50):
                    out.sendto(b"hello", ("127.0.0.1", 9))
                    time.sleep(0.01)
            process.send_signal(signal.SIGINT)
            stdout, stderr = process.communicate(timeout=command.WAIT)
            self.assertEqual((process.returncode, stderr), (0, b""))
            self.assertIn(b"127.0.0.1", stdout)

    def test_rows_as_flows_end(self):
        process = self.capture("flows", "-f", "ndjson", "--bpf", "udp port 9",
                               "--udp-idle-timeout", "100ms")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            for _ in range(30):
                out.sendto(b"hello", ("127.0.0.1", 9))
                time.sleep(0.01)
        self.assertEqual(json.loads(process.stdout.readline())["end_reason"], "idle")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(command.WAIT), 0)

    def test_no_such_interface(self):
        self.assert_fault(1, "nosuch0: ", "flows", "-i", "nosuch0")


if __name__ == "__main__":
    command.main()
