# SPDX-License-Identifier: BSD-2-Clause
"""Every C and C++ file is laid out as clang-format lays it out."""
import os
import subprocess

import checkout


def main():
    sources = [p for p in checkout.files() if p.endswith((".c", ".h", ".cc", ".cpp"))]
    if len(sources) < 10:
        checkout.report([f"only {len(sources)} sources found: the check would prove nothing"])
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", *sources], cwd=checkout.TOP,
                         capture_output=True, text=True, check=False)
    wrong = sorted({line.split(":")[0] for line in run.stderr.splitlines() if ": error: " in line})
    if run.returncode and not wrong:
        checkout.report([run.stderr])
    checkout.report([f"{os.path.relpath(p, checkout.TOP) if p.startswith('/') else p}: "
                     "not laid out as clang-format -i does" for p in wrong])


if __name__ == "__main__":
    main()
