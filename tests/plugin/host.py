# SPDX-License-Identifier: BSD-2-Clause
"""Runs build/tshark for the tests of this folder: BUILD_DIR in the environment says which."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

TSHARK = os.path.join(os.environ["BUILD_DIR"], "tshark")


def host_version():
    """Major and minor number of the installed tshark."""
    said = subprocess.run(["tshark", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, check=True).stdout
    return tuple(int(number) for number in re.search(r"(\d+)\.(\d+)", said).groups())


# tshark's own words that are not the same in every version.
NO_CAPTURE_STATUS = 2 if host_version() < (4, 2) else 3
CUT_STATUS = 2 if host_version() < (4, 6) else 14
INTERRUPTED_STATUS = 2 if host_version() < (4, 6) else 0
TRUE = "1" if host_version() < (4, 2) else "True"

ROOT_WARNING = 'Running as user "root"'


class HostTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="flowscope-test.")
        self.addCleanup(shutil.rmtree, self.folder)

    def capture(self, content, name="capture"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def run_tshark(self, *arguments, status=0, prefix=(), env=None, stdout=subprocess.PIPE, **more):
        """Standard output and standard error as texts; the latter without what tshark says to root."""
        done = subprocess.run([*prefix, TSHARK, *arguments], stdout=stdout, stderr=subprocess.PIPE,
                              text=True, timeout=120, check=False,
                              env={**os.environ, "LC_ALL": "C", **(env or {})}, **more)
        said = without_warning(done.stderr)
        self.assertEqual(done.returncode, status, said)
        return done.stdout, said

    def report(self, path, request, *arguments, status=0):
        """What -z prints; nothing may stand on standard error."""
        out, said = self.run_tshark("-q", "-r", path, "-z", request, *arguments, status=status)
        self.assertEqual(said, "")
        return out

    def fields(self, path, names, *arguments):
        """One list of strings a frame."""
        wanted = [word for name in names for word in ("-e", name)]
        out, said = self.run_tshark("-r", path, "-T", "fields", *wanted, *arguments)
        self.assertEqual(said, "")
        return [line.split("\t") for line in out.splitlines()]


def is_sanitized():
    with open(TSHARK, encoding="utf-8") as file:
        return "\nsanitizers=''\n" not in file.read()


def without_warning(text):
    return "".join(line for line in text.splitlines(True) if not line.startswith(ROOT_WARNING))


def csv_rows(text):
    """Dicts by column; no cell of our reports has a comma or quotes."""
    head, *lines = text.splitlines()
    return [dict(zip(head.split(","), line.split(","))) for line in lines]


def native_rows(out, title):
    """The rows of a native table that tshark has printed, below its line of the title."""
    lines = out.splitlines()
    below = lines[lines.index(title) + 1:]
    return [[cell.strip() for cell in line.split("|")[:-1]] for line in below[:below.index("=" * 101)]]


def sharkd(path, *taps):
    """What sharkd answers to each of them."""
    asked = [("load", {"file": path}), *(("tap", {"tap0": tap}) for tap in taps)]
    text = "".join(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": more}) + "\n"
                   for number, (method, more) in enumerate(asked, 1))
    done = subprocess.run([os.path.join(os.path.dirname(TSHARK), "sharkd"), "-"], input=text, text=True, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    loaded, *answers = [json.loads(line)["result"] for line in done.stdout.splitlines()]
    assert loaded and len(answers) == len(taps)
    return [answer["taps"][0] for answer in answers]


def totals(text):
    """The figures of `stats` in its table form: the lines of a name and a value."""
    pairs = [line.split() for line in text.splitlines()]
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
