# SPDX-License-Identifier: BSD-2-Clause
"""The command from outside: statuses, the one line per fault, clean standard output.

usage: test_cli.py COMMAND [unittest arguments]"""
import csv
import gzip
import io
import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import capture

COMMAND = None
SANITIZED = False
ROW_COMMANDS = (("flows", "csv"), ("flows", "ndjson"), ("flows", "table"), ("packets", "csv"),
                ("packets", "ndjson"), ("packets", "table"), ("stats", "table"), ("stats", "ndjson"))
WAIT = 60


class Command(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="flowscope-cli-")
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, name, content):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as out:
            out.write(content)
        return path

    def run_it(self, *arguments, **how):
        how.setdefault("stdin", subprocess.DEVNULL if "input" not in how else None)
        if how["stdin"] is None:
            del how["stdin"]
        return subprocess.run([COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=WAIT, **how)

    def start(self, *arguments, **how):
        how.setdefault("stdout", subprocess.PIPE)
        process = subprocess.Popen([COMMAND, *arguments], stderr=subprocess.PIPE, **how)

        def end():
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream:
                    stream.close()
        self.addCleanup(end)
        return process

    def good(self, *arguments, **how):
        done = self.run_it(*arguments, **how)
        self.assertEqual((done.returncode, done.stderr), (0, b""), arguments)
        return done.stdout

    def assert_one_line(self, stderr, words=""):
        self.assertRegex(stderr.decode(), r"\Aflowscope: [^\n]*\n\Z")
        self.assertRegex(stderr.decode(), words)

    def assert_fault(self, status, words, *arguments, **how):
        """Nothing on standard output, and one line that says why."""
        done = self.run_it(*arguments, **how)
        self.assertEqual((done.returncode, done.stdout), (status, b""), arguments)
        self.assert_one_line(done.stderr, words)


class Usage(Command):
    def test_wrong_words(self):
        path = self.file("a.pcap", capture.udp_capture(1))
        for words, arguments in (
                ("no command", []),
                ("no command 'flow'", ["flow", path]),
                ("comes before", ["-"]),
                ("comes before", ["-f", "csv", "flows", path]),
                ("no FILE", ["flows"]),
                ("no FILE", ["stats", "-f", "table"]),
                ("no option '--nonsense'", ["flows", "--nonsense", path]),
                ("no option '-x'", ["flows", "-x", path]),
                ("no option '-x'", ["flows", "-xf", "csv", path]),
                ("'-f' needs a value", ["flows", path, "-f"]),
                ("'--max-flows' needs a value", ["flows", path, "--max-flows"]),
                ("takes no value", ["flows", "--help=x"]),
                ("no format 'xml'", ["flows", "-f", "xml", path]),
                ("no format 'CSV'", ["flows", "-f", "CSV", path]),
                ("no format ''", ["flows", "-f", "", path]),
                ("no format 'csv'", ["stats", "-f", "csv", path]),
                ("no format 'zeek'", ["packets", "-f", "zeek", path]),
                ("-c needs -i", ["flows", "-c", "1", path]),
                ("-a needs -i", ["flows", "-a", "duration:1", path]),
                ("-c: '0'", ["flows", "-i", "lo", "-c", "0"]),
                ("-c: '1x'", ["flows", "-i", "lo", "-c", "1x"]),
                ("-a: '1'", ["flows", "-i", "lo", "-a", "1"]),
                ("-a: 'duration:'", ["flows", "-i", "lo", "-a", "duration:"]),
                ("exclude each other", ["flows", "-i", "lo", path]),
                ("--bpf: ", ["flows", "--bpf", "tcp port", path]),
                ("--tcp-idle-timeout: '0'", ["flows", "--tcp-idle-timeout=0", path]),
                ("--tcp-idle-timeout: '1.x'", ["flows", "--tcp-idle-timeout=1.x", path]),
                ("--max-flows: '0'", ["flows", "--max-flows=0", path]),
                ("--max-flows: '-1'", ["flows", "--max-flows=-1", path]),
                ("--tunnel-depth: '9'", ["flows", "--tunnel-depth", "9", path])):
            with self.subTest(arguments):
                self.assert_fault(2, re.escape(words), *arguments)

    def test_not_built(self):
        path = self.file("a.pcap", capture.udp_capture(1))
        for arguments in (["sessions", path], ["sessions", "-f", "zeek", path], ["dedup", path, "b"],
                          ["stream", "-n", "1", "--side", "fwd", path], ["flows", "-f", "zeek", path],
                          ["flows", "-f", "eve", path]):
            with self.subTest(arguments):
                self.assert_fault(2, "not built yet", *arguments)

    def test_help_and_version(self):
        self.assertRegex(self.good("--version"), rb"\Aflowscope \d+\.\d+\.\d+\n\Z")
        self.assertEqual(self.good("flows", "-V"), self.good("--version"))
        text = self.good("--help")
        self.assertEqual(self.good("stats", "--help"), text)
        for word in (b"--tcp-idle-timeout=300s", b"--max-flows=1000000", b"flowscope stats", b"--bpf"):
            self.assertIn(word, text)
        self.assertLessEqual(max(map(len, text.split(b"\n"))), 80)

    def test_options_stand_anywhere_and_may_be_cut(self):
        path = self.file("a.pcap", capture.udp_capture(3))
        want = self.good("flows", "-f", "csv", "--udp-idle-timeout", "1s", path)
        self.assertEqual(want.count(b"\n"), 4)
        self.assertEqual(self.good("flows", path, "-fcsv", "--udp=1000ms"), want)
        self.assertEqual(self.good("flows", "--format=csv", "--udp-idle-timeout=1", "--", path), want)


class Faults(Command):
    def test_unreadable(self):
        for words, name, content in (
                ("empty.pcap: .*empty", "empty.pcap", b""),
                ("text.pcap: ", "text.pcap", b"no capture at all, but some text\n" * 9),
                ("short.pcap: ", "short.pcap", capture.header()[:20])):
            for command, form in ROW_COMMANDS:
                with self.subTest((name, command, form)):
                    self.assert_fault(1, words, command, "-f", form, self.file(name, content))
        self.assert_fault(1, "No such file", "flows", os.path.join(self.folder, "nowhere"))
        self.assert_fault(1, "irectory", "flows", self.folder)

    def test_control_characters_stay_out_of_the_line(self):
        self.assert_fault(1, r"a\?b\?c", "flows", os.path.join(self.folder, "a\nb\x1bc"))

    def test_cut_in_a_record(self):
        whole = capture.udp_capture(3)
        path = self.file("cut.pcap", whole[:-5])
        done = self.run_it("packets", "-f", "csv", path)
        self.assertEqual(done.returncode, 1)
        self.assert_one_line(done.stderr, r"cut\.pcap: offset \d+: ")
        want = self.good("packets", "-f", "csv", self.file("two.pcap", capture.udp_capture(2)))
        self.assertEqual(done.stdout, want)
        zipped = self.run_it("packets", "-f", "csv", self.file("z", gzip.compress(whole)[:-20]))
        self.assertEqual(zipped.returncode, 1)
        self.assert_one_line(zipped.stderr, "z: offset ")

    def test_others_are_read(self):
        first = self.file("1.pcap", capture.udp_capture(2))
        cut = self.file("2.pcap", capture.udp_capture(2, 3)[:-1])
        last = self.file("3.pcap", capture.udp_capture(1, 5))
        nowhere = os.path.join(self.folder, "nowhere")
        done = self.run_it("packets", "-f", "csv", nowhere, first, cut, last)
        self.assertEqual(done.returncode, 1)
        lines = done.stderr.decode().splitlines()
        self.assertEqual(len(lines), 2, lines)
        self.assertIn("nowhere: ", lines[0])
        self.assertIn("2.pcap: offset", lines[1])
        rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
        self.assertEqual([row["frame"] for row in rows], ["1", "2", "3", "4"])
        self.assertEqual([row["ts"] for row in rows], [f"{s}.000000000" for s in (1, 2, 3, 5)])
        none = self.run_it("flows", "-f", "csv", nowhere, nowhere)
        self.assertEqual((none.returncode, none.stdout, none.stderr.count(b"\n")), (1, b"", 2))

    def test_full_disk(self):
        path = self.file("a.pcap", capture.udp_capture(3))
        large = self.file("b.pcap", capture.udp_capture(5000, flows=5000))
        cases = [[c, "-f", f, p] for c, f in ROW_COMMANDS for p in (path, large)] + [["--help"]]
        for arguments in cases:
            with self.subTest(arguments), open("/dev/full", "wb") as full:
                done = subprocess.run([COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE,
                                      timeout=WAIT)
                self.assertEqual(done.returncode, 1)
                self.assertEqual(done.stderr,
                                 b"flowscope: standard output: No space left on device\n")

    def test_closed_descriptors(self):
        path = self.file("a.pcap", capture.udp_capture(3))
        for redirection, words in ((">&-", "standard output: "), ("<&-", "-: ")):
            with self.subTest(redirection):
                done = subprocess.run(["sh", "-c", f'"$0" flows -f csv "$1" {redirection}', COMMAND,
                                       path if redirection == ">&-" else "-"],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=WAIT)
                self.assertEqual((done.returncode, done.stdout), (1, b""))
                self.assert_one_line(done.stderr, words)

    def test_closed_pipe(self):
        path = self.file("b.pcap", capture.udp_capture(20000, flows=20000))
        for arguments in (["packets", "-f", "csv"], ["packets", "-f", "table"], ["flows", "-f", "csv"],
                          ["flows"], ["flows", "-f", "ndjson"]):
            with self.subTest(arguments):
                process = self.start(*arguments, path)
                self.assertTrue(process.stdout.readline())
                process.stdout.close()
                self.assertEqual(process.wait(WAIT), 0)
                self.assertEqual(process.stderr.read(), b"")

    def test_no_room_for_the_engine(self):
        if SANITIZED:
            self.skipTest("the sanitizer needs all address space")
        path = self.file("a.pcap", capture.udp_capture(1))
        room = 1 << 30
        self.assert_fault(1, "not enough memory", "flows", "--max-flows=100000000", path,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (room, room)))


class Interrupt(Command):
    def fifo(self):
        path = os.path.join(self.folder, "fifo")
        os.mkfifo(path)
        return path

    def test_while_reading(self):
        for command, form in ROW_COMMANDS:
            with self.subTest((command, form)):
                path = self.file("a.pcap", capture.udp_capture(2))
                want = self.good(command, "-f", form, path)
                fifo = self.fifo()
                process = self.start(command, "-f", form, fifo)
                with open(fifo, "wb") as out:
                    out.write(capture.udp_capture(2))
                    out.flush()
                    time.sleep(1 if SANITIZED else 0.3)
                    process.send_signal(signal.SIGINT)
                    stdout, stderr = process.communicate(timeout=WAIT)
                self.assertEqual((process.returncode, stderr, stdout), (130, b"", want))
                os.unlink(fifo)

    def test_before_anything_was_read(self):
        process = self.start("flows", "-f", "csv", self.fifo())
        time.sleep(1 if SANITIZED else 0.3)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=WAIT)
        self.assertEqual((process.returncode, stdout, stderr), (130, b"", b""))

    def test_ignored_interrupts_do_not_matter(self):
        """A shell that puts a job into the background makes it ignore SIGINT; ours still stops."""
        fifo = self.fifo()
        process = self.start("flows", "-f", "csv", fifo,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        with open(fifo, "wb") as out:
            out.write(capture.udp_capture(2))
            out.flush()
            time.sleep(1 if SANITIZED else 0.3)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=WAIT)
        self.assertEqual(process.returncode, 130)


class Input(Command):
    def test_ways_in(self):
        """A file, standard input as a file and as a pipe, gzip'd each way, give the same bytes."""
        content = capture.udp_capture(3000, flows=40)
        plain = self.file("a.pcap", content)
        zipped = self.file("a.pcap.gz", gzip.compress(content))
        for command, form in ROW_COMMANDS:
            with self.subTest((command, form)):
                want = self.good(command, "-f", form, plain)
                self.assertEqual(self.good(command, "-f", form, zipped), want)
                self.assertEqual(self.good(command, "-f", form, "-", input=content), want)
                self.assertEqual(self.good(command, "-f", form, "-", input=gzip.compress(content)),
                                 want)
                with open(plain, "rb") as stdin:
                    self.assertEqual(self.good(command, "-f", form, "-", stdin=stdin), want)

    def test_several_files_are_one_capture(self):
        whole = self.file("whole.pcap", capture.udp_capture(100, flows=3))
        parts = [self.file(f"{i}.pcap", capture.udp_capture(25, 1 + 25 * i, flows=3))
                 for i in range(4)]
        for command, form in ROW_COMMANDS:
            self.assertEqual(self.good(command, "-f", form, *parts),
                             self.good(command, "-f", form, whole))

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
        self.assertEqual(process.wait(WAIT), 0)

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


class Output(Command):
    def sample(self):
        frames = [capture.udp_frame(i, 1000 + i % 7) for i in range(1, 50)]
        frames.append(capture.record(3, capture.ethernet(capture.ipv4(253, b"x" * 9))))
        frames.append(capture.record(4, b"short"))
        return self.file("sample.pcap", capture.header() + b"".join(frames))

    def test_same_again(self):
        """Each run has a random hash seed."""
        path = self.sample()
        for command, form in ROW_COMMANDS:
            self.assertEqual(self.good(command, "-f", form, path),
                             self.good(command, "-f", form, path))

    def test_ndjson_is_csv(self):
        path = self.sample()
        for command in ("flows", "packets"):
            text = self.good(command, "-f", "csv", path).decode()
            objects = self.good(command, "-f", "ndjson", path).decode().splitlines()
            rows = list(csv.DictReader(io.StringIO(text)))
            self.assertEqual(len(rows), len(objects))
            for row, line in zip(rows, objects):
                pairs = json.loads(line, object_pairs_hook=list, parse_float=str, parse_int=str)
                self.assertEqual(pairs, [(k, v) for k, v in row.items() if v != ""])
                for name in ("src", "verdict", "dir", "proto"):
                    self.assertNotRegex(line, f'"{name}":[^"]')

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
        for command, form in ROW_COMMANDS:
            self.assertEqual(self.good(command, "-f", form, path, env=environment),
                             self.good(command, "-f", form, path))

    def test_time_of_a_small_file(self):
        if SANITIZED:
            self.skipTest("a sanitizer takes longer")
        path = self.file("a.pcap", capture.udp_capture(10))
        best = 1e9
        for _ in range(10):
            began = time.monotonic()
            self.good("flows", path)
            best = min(best, time.monotonic() - began)
        print(f"\na file of 10 packets: {best * 1000:.1f} ms")
        self.assertLess(best, 0.020)

    def test_memory_of_a_small_file(self):
        """At its end the command waits for room in a pipe, and its peak can be read."""
        if SANITIZED:
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
        self.assertEqual(process.wait(WAIT), 0)
        print(f"\na file of 10 packets: {peak} KB")
        self.assertLess(peak, 16 * 1024)


class Live(Command):
    def talk(self, process):
        """Sends to a port of this machine until the process ends."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            until = time.monotonic() + WAIT
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
        stdout, stderr = process.communicate(timeout=WAIT)
        self.assertEqual((process.returncode, stderr), (0, b""))
        self.assertEqual(stdout.count(b"\n"), 6)

    def test_duration(self):
        process = self.capture("stats", "-a", "duration:500ms")
        self.talk(process)
        stdout, stderr = process.communicate(timeout=WAIT)
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
            stdout, stderr = process.communicate(timeout=WAIT)
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
        self.assertEqual(process.wait(WAIT), 0)

    def test_no_such_interface(self):
        self.assert_fault(1, "nosuch0: ", "flows", "-i", "nosuch0")


if __name__ == "__main__":
    COMMAND = os.path.abspath(sys.argv.pop(1))
    with open(COMMAND, "rb") as program:
        SANITIZED = b"__asan_init" in program.read()
    unittest.main(verbosity=1)
