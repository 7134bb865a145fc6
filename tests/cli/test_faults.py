# SPDX-License-Identifier: BSD-2-Clause
"""Wrong usage, bad input, bad output, Ctrl-C: the status, the one line, clean standard output.

usage: test_faults.py COMMAND [unittest arguments]"""
import csv
import gzip
import io
import os
import re
import resource
import signal
import subprocess
import time

import capture
import command


class Usage(command.Case):
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
        for arguments in (["sessions", path], ["sessions", "-f", "zeek", path],
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


class Faults(command.Case):
    def test_unreadable(self):
        for words, name, content in (
                ("empty.pcap: .*empty", "empty.pcap", b""),
                ("text.pcap: ", "text.pcap", b"no capture at all, but some text\n" * 9),
                ("short.pcap: ", "short.pcap", capture.header()[:20])):
            for report, form in command.REPORTS:
                with self.subTest((name, report, form)):
                    self.assert_fault(1, words, report, "-f", form, self.file(name, content))
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
        cases = [[c, "-f", f, p] for c, f in command.REPORTS for p in (path, large)] + [["--help"]]
        for arguments in cases:
            with self.subTest(arguments), open("/dev/full", "wb") as full:
                done = subprocess.run([command.COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE,
                                      timeout=command.WAIT)
                self.assertEqual(done.returncode, 1)
                self.assertEqual(done.stderr,
                                 b"flowscope: standard output: No space left on device\n")

    def test_closed_descriptors(self):
        path = self.file("a.pcap", capture.udp_capture(3))
        for redirection, words in ((">&-", "standard output: "), ("<&-", "-: ")):
            with self.subTest(redirection):
                done = subprocess.run(["sh", "-c", f'"$0" flows -f csv "$1" {redirection}', command.COMMAND,
                                       path if redirection == ">&-" else "-"],
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=command.WAIT)
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
                self.assertEqual(process.wait(command.WAIT), 0)
                self.assertEqual(process.stderr.read(), b"")

    def test_no_room_for_the_engine(self):
        if command.SANITIZED:
            self.skipTest("the sanitizer needs all address space")
        path = self.file("a.pcap", capture.udp_capture(1))
        room = 1 << 30
        self.assert_fault(1, "not enough memory", "flows", "--max-flows=100000000", path,
                          preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (room, room)))

    def test_no_room_for_facts_that_nobody_sees(self):
        """What the engine asks for: no facts where no row shows them, whatever the option says."""
        if command.SANITIZED:
            self.skipTest("the sanitizer needs all address space")
        path = self.file("a.pcap", capture.udp_capture(1))
        room = 1 << 30

        def asked(*arguments):
            done = self.run_it(*arguments, "--max-flows=100000000", path,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (room, room)))
            self.assertEqual((done.returncode, done.stdout), (1, b""), arguments)
            return int(re.search(rb"\((\d+) bytes for --max-flows", done.stderr)[1])

        off, history, facts = (asked("stats", f"--tcp-facts={level}") for level in ("off", "history", "on"))
        self.assertTrue(off < history < facts)
        for report, form in command.REPORTS:
            with self.subTest((report, form)):
                seen = report == "stats" or report == "flows" and form != "table"
                self.assertEqual(asked(report, "-f", form), facts if seen else history)
                self.assertEqual(asked(report, "-f", form, "--tcp-facts=off"), off)


class Interrupt(command.Case):
    def fifo(self):
        path = os.path.join(self.folder, "fifo")
        os.mkfifo(path)
        return path

    def test_while_reading(self):
        for report, form in command.REPORTS:
            with self.subTest((report, form)):
                path = self.file("a.pcap", capture.udp_capture(2))
                want = self.good(report, "-f", form, path)
                fifo = self.fifo()
                process = self.start(report, "-f", form, fifo)
                with open(fifo, "wb") as out:
                    out.write(capture.udp_capture(2))
                    out.flush()
                    time.sleep(1 if command.SANITIZED else 0.3)
                    process.send_signal(signal.SIGINT)
                    stdout, stderr = process.communicate(timeout=command.WAIT)
                self.assertEqual((process.returncode, stderr, stdout), (130, b"", want))
                os.unlink(fifo)

    def test_before_anything_was_read(self):
        process = self.start("flows", "-f", "csv", self.fifo())
        time.sleep(1 if command.SANITIZED else 0.3)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=command.WAIT)
        self.assertEqual((process.returncode, stdout, stderr), (130, b"", b""))

    def test_while_writing(self):
        """Nobody reads the pipe yet; what was to go in comes out of it whole."""
        path = self.file("b.pcap", capture.udp_capture(20000, flows=7))
        want = self.good("packets", "-f", "csv", path)
        process = self.start("packets", "-f", "csv", path)
        time.sleep(1 if command.SANITIZED else 0.3)
        process.send_signal(signal.SIGINT)
        time.sleep(1.5)
        stdout, stderr = process.communicate(timeout=command.WAIT)
        self.assertEqual((process.returncode, stderr), (130, b""))
        self.assertTrue(stdout.endswith(b"\n") and want.startswith(stdout))
        self.assertGreater(stdout.count(b"\n"), 1000)

    def test_ignored_interrupts_do_not_matter(self):
        """A shell that puts a job into the background makes it ignore SIGINT; ours still stops."""
        fifo = self.fifo()
        process = self.start("flows", "-f", "csv", fifo,
                             preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
        with open(fifo, "wb") as out:
            out.write(capture.udp_capture(2))
            out.flush()
            time.sleep(1 if command.SANITIZED else 0.3)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=command.WAIT)
        self.assertEqual(process.returncode, 130)


if __name__ == "__main__":
    command.main()
