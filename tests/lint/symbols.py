# SPDX-License-Identifier: BSD-2-Clause
"""symbols.py LIBRARY [--needs-libc-alone]: the shared library shows flowscope_* and nothing else, shows
every function that the public headers declare, and (optionally) needs no library but libc."""
import re
import subprocess
import sys

import checkout


def output_of(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def main():
    library = sys.argv[1]
    shown = {line.split()[-1].split("@")[0] for line in
             output_of("nm", "-D", "--defined-only", library).splitlines() if " A " not in line}
    faults = [f"{name} is exported" for name in sorted(shown) if not name.startswith("flowscope_")]

    declared = set()
    for path in checkout.files():
        if path.startswith("core/include/flowscope/") and path.endswith(".h"):
            text = re.sub(r"/\*.*?\*/", "", checkout.read(path), flags=re.S)
            declared |= set(re.findall(r"FLOWSCOPE_API[^;{]*?\b(flowscope_\w+)\s*\(", text))
    faults += [f"{name} is declared but not exported" for name in sorted(declared - shown)]
    faults += [f"{name} is exported but not declared" for name in sorted(shown - declared)
               if name.startswith("flowscope_")]

    if "--needs-libc-alone" in sys.argv:
        needs = re.findall(r"\(NEEDED\).*\[(.*)\]", output_of("readelf", "-d", library))
        faults += [f"needs {name}" for name in needs if name != "libc.so.6"]
    checkout.report(faults)


if __name__ == "__main__":
    main()
