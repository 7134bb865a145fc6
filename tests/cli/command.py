# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the command share: running it, and saying what must hold of every run."""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

COMMAND = None
SANITIZED = False
REPORTS = (("flows", "csv"), ("flows", "ndjson"), ("flows", "table"), ("packets", "csv"),
           ("packets", "ndjson"), ("packets", "table"), ("stats", "table"), ("stats", "ndjson"))
WAIT = 60


class Case(unittest.TestCase):
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


def main():
    """The first argument is the command, the others are those of unittest."""
    global COMMAND, SANITIZED
    COMMAND = os.path.abspath(sys.argv.pop(1))
    with open(COMMAND, "rb") as program:
        SANITIZED = b"__asan_init" in program.read()
    unittest.main(module="__main__", verbosity=1)
