# SPDX-License-Identifier: BSD-2-Clause
"""probes.py LIBRARY ON|OFF CC: the library has the USDT probes of probe.def as notes, each with its three
arguments, if it was built with them, else none. The files that have probes are compiled both ways
besides, so that each way is tested whatever the build has."""
import collections
import re
import subprocess
import sys
import tempfile

import checkout

FOLDER = "core/src/engine"


def declared():
    return set(re.findall(r"^FLOWSCOPE_PROBE\((\w+),", checkout.read("core/include/flowscope/probe.def"), re.M))


def notes(path):
    """{probe: [number of arguments of each place]}"""
    text = subprocess.run(["readelf", "-n", path], capture_output=True, text=True, check=True).stdout
    found = collections.defaultdict(list)
    for provider, name, arguments in re.findall(
            r"Provider: (\S+)\s+Name: (\S+)\s+Location:.*?\n\s*Arguments: ?(.*)", text):
        if provider == "flowscope":
            found[name].append(len(re.findall(r"-?\d+@", arguments)))
    return found


def faults_of(what, found, wanted):
    faults = [f"{what}: no probe {name}" for name in sorted(wanted - set(found))]
    faults += [f"{what}: probe {name} is not expected" for name in sorted(set(found) - wanted)]
    faults += [f"{what}: probe {name} has {count} arguments" for name, counts in found.items()
               for count in counts if count != 3]
    return faults


def compiled(compiler, options):
    """The probes of all files that have some, compiled alone."""
    found = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for path in checkout.files():
            if path.startswith(FOLDER) and path.endswith(".c") and "fs_probe_" in checkout.read(path):
                out = f"{folder}/out.o"
                subprocess.run([compiler, "-std=gnu11", "-O2", "-fPIC", *options, "-I", "core/include", "-I",
                                "core/src", "-c", path, "-o", out], check=True, cwd=checkout.TOP)
                for name, counts in notes(out).items():
                    found[name] += counts
    return found


def main():
    library, built, compiler = sys.argv[1:]
    wanted = declared()
    faults = faults_of("library", notes(library), wanted if built == "ON" else set())
    faults += faults_of("without", compiled(compiler, []), set())
    if built == "ON":  # the header is there
        faults += faults_of("with", compiled(compiler, ["-DFS_HAS_PROBES"]), wanted)
    if not wanted:
        faults.append("no probes are declared")
    checkout.report(faults)


if __name__ == "__main__":
    main()
