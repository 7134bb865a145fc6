# SPDX-License-Identifier: BSD-2-Clause
"""What every file and folder of the checkout has: a licence line, a size one can read, a README."""
import os
import re

import checkout

SOURCE = (".c", ".h", ".def", ".cc", ".cpp", ".py", ".sh", ".cmake")
GPL_FOLDERS = ("wireshark-plugin/", "tshark-tap/")
WANTED_LINES, MOST_LINES = 500, 700
NEEDS_README = ["core", "core/include", "core/capture", "core/cli", "wireshark-plugin", "tshark-tap",
                "tests", "bench"]
LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


def is_source(path):
    return path.endswith(SOURCE) or os.path.basename(path) == "CMakeLists.txt" or path == ".ci/run"


def licence_fault(path, lines):
    head = "\n".join(lines[:2])
    match = re.search(r"SPDX-License-Identifier: (\S+)", head)
    if not match:
        return f"{path}: no SPDX line at the top"
    # What is linked with libwireshark is GPL; build files and scripts beside it may be either.
    host = any(re.match(r"\s*#\s*include\s+<(epan|wiretap|wsutil)/", line) for line in lines)
    if path.endswith((".c", ".h", ".cpp")) and (host or path.startswith(GPL_FOLDERS)):
        wanted = {"GPL-2.0-or-later"}
    elif path.startswith(GPL_FOLDERS):
        wanted = {"GPL-2.0-or-later", "BSD-2-Clause"}
    else:
        wanted = {"BSD-2-Clause"}
    if match[1] not in wanted:
        return f"{path}: licence {match[1]}, where {' or '.join(sorted(wanted))} holds"
    return None


def faults_of(path):
    if not is_source(path):
        return
    lines = checkout.read(path).splitlines()
    fault = licence_fault(path, lines)
    if fault:
        yield fault
    if len(lines) > MOST_LINES:
        yield f"{path}: {len(lines)} lines; at most {MOST_LINES}"
    elif len(lines) > WANTED_LINES:
        print(f"warning: {path} has {len(lines)} lines and wants to be two")
    for number, line in enumerate(lines, 1):
        if LEFT_OVER.search(line) and path != "tests/lint/files.py":
            yield f"{path}:{number}: left over: {line.strip()}"
        if path.startswith(("core/src/export/", "core/cli/")) and path.endswith((".c", ".h")):
            # Floats follow the locale and round; everything printed is made of integers.
            if re.search(r"%[-+ #0-9.*']*(?:l|L)?[aefgAEFG]\b", line) and '"' in line:
                yield f"{path}:{number}: prints a float"


def readme_faults(paths):
    folders = set(NEEDS_README)
    folders |= {os.path.dirname(p) for p in paths
                if re.match(r"core/src/\w+/[^/]+\.c$|tests/\w+/[^/]+\.(c|py|sh)$", p)}
    return [f"{folder}: no README.md" for folder in sorted(folders)
            if f"{folder}/README.md" not in paths]


def main():
    paths = checkout.files()
    faults = [f for p in paths for f in faults_of(p)]
    checkout.report(faults + readme_faults(set(paths)))


if __name__ == "__main__":
    main()
