# SPDX-License-Identifier: BSD-2-Clause
"""The reports of the sample capture, to the byte.

usage: test_golden.py [--bless] COMMAND SAMPLE

--bless writes what the command says now; look at the difference before it is committed."""
import difflib
import os
import subprocess
import sys

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden")
REPORTS = (("stats", "table"), ("stats", "ndjson"), ("flows", "table"), ("flows", "csv"),
           ("flows", "ndjson"), ("packets", "table"), ("packets", "csv"), ("packets", "ndjson"))


def main(arguments):
    bless = arguments[:1] == ["--bless"]
    command, sample = arguments[bless:]
    faults = 0
    for report, form in REPORTS:
        path = os.path.join(GOLDEN, f"sample-{report}.{'txt' if form == 'table' else form}")
        got = subprocess.run([command, report, "-f", form, sample], stdout=subprocess.PIPE,
                             check=True, timeout=60).stdout.decode()
        if bless:
            with open(path, "w", encoding="utf-8", newline="") as out:
                out.write(got)
            continue
        with open(path, encoding="utf-8", newline="") as file:
            want = file.read()
        if got != want:
            faults += 1
            sys.stdout.writelines(difflib.unified_diff(
                want.splitlines(True), got.splitlines(True), path, f"{report} -f {form}"))
    return faults > 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
