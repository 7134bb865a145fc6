# SPDX-License-Identifier: BSD-2-Clause
"""tidy.py BUILD_FOLDER: clang-tidy, with clang's warnings as errors, finds nothing in any C source that
the build compiles."""
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

import checkout


# Flags of gcc that clang takes for an error and not for a warning.
FOREIGN = re.compile(r" -m(?:memcpy|memset)-strategy=\S+")
DEFINITION = re.compile(r" -[DU](?!NDEBUG\b)\S+")


def commands_for_clang(build, folder):
    """The build's commands, in `folder`; clang-tidy 14 has no way to leave a flag out. It checks a source once
    for each command that there is: one for each set of definitions that is not part of another is enough, with
    assertions, as in the fuzz targets, so that those are checked too."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = {}
        for entry in json.load(file):
            entry["command"] = FOREIGN.sub("", entry["command"]) + " -UNDEBUG"
            definitions = frozenset(DEFINITION.findall(entry["command"]))
            commands.setdefault((entry["directory"], entry["file"]), {})[definitions] = entry
    entries = [entry for sets in commands.values() for definitions, entry in sets.items()
               if not any(definitions < other for other in sets)]
    with open(os.path.join(folder, "compile_commands.json"), "w", encoding="utf-8") as file:
        json.dump(entries, file)
    return entries


def tidy(build, path):
    run = subprocess.run(["clang-tidy", "--quiet", "-p", build, "--extra-arg=-Wno-unknown-warning-option",
                          path], cwd=checkout.TOP, capture_output=True, text=True, check=False)
    return run.stdout or run.stderr if run.returncode else None


def main():
    build = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        entries = commands_for_clang(build, folder)
        sources = sorted({os.path.join(entry["directory"], entry["file"]) for entry in entries})
        sources = [p for p in sources if p.endswith(".c") and p.startswith(checkout.TOP + "/")
                   and not p.startswith(build + "/")]
        if len(sources) < 10:
            checkout.report([f"only {len(sources)} sources found: the check would prove nothing"])
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            checkout.report([f for f in pool.map(lambda p: tidy(folder, p), sources) if f])


if __name__ == "__main__":
    main()
