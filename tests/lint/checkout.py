# SPDX-License-Identifier: BSD-2-Clause
"""The files of the checkout, for the checks of this folder."""
import os
import shutil
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def files():
    """Paths relative to the top, sorted: what git has or would take, else all but build folders."""
    names = []
    if shutil.which("git") and os.path.exists(os.path.join(TOP, ".git")):
        git = subprocess.run(
            ["git", "-C", TOP, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, check=False)
        names = git.stdout.decode().split("\0")
    if len(names) < 2:
        for folder, folders, leaves in os.walk(TOP):
            folders[:] = [f for f in folders if f not in (".git", "__pycache__")
                          and not (folder == TOP and f.startswith("build"))]
            names += [os.path.relpath(os.path.join(folder, leaf), TOP) for leaf in leaves]
    return sorted({n for n in names if n and os.path.isfile(os.path.join(TOP, n))})


def read(path):
    with open(os.path.join(TOP, path), encoding="utf-8") as file:
        return file.read()


def report(faults):
    """Prints the faults and ends the program: 1 if there are any."""
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)
