# SPDX-License-Identifier: BSD-2-Clause
"""Includes go strictly downward, and the core knows libc and xxHash alone."""
import os
import re

import checkout

# What the files of a folder may include besides their own: folders, or single files. The public API stands below all.
INTERNAL = ["base", "packet", "flow", "stream", "session", "engine"]
BELOW = {f"core/src/{layer}": {f"core/src/{lower}" for lower in INTERNAL[:i]}
         for i, layer in enumerate(INTERNAL)}
BELOW["core/include/flowscope"] = set()
BELOW["core/src/export"] = {"core/src/base", "core/src/packet/protocol.h"}
BELOW["core/capture"] = {"core/src/base"}
SHARED = {"core/src/base", "core/src/export", "core/capture"}
BELOW["core/cli"] = SHARED
BELOW["tshark-tap"] = SHARED
BELOW["wireshark-plugin"] = SHARED | {"tshark-tap", "core/src/packet/headers.h"}

LIBC = set("""
    assert ctype dlfcn endian errno fcntl float inttypes limits locale signal stdalign stdarg stdatomic
    stdbool stddef stdint stdio stdlib string strings time unistd poll getopt
    sys/mman sys/stat sys/types sys/random sys/wait sys/ioctl sys/time sys/uio sys/sendfile
""".split())
PURE = LIBC - set("stdio locale signal time poll getopt fcntl sys/wait sys/ioctl sys/stat".split())
PURE |= {"emmintrin"}  # the compiler's own
SYSTEM = {
    "core/include/flowscope": PURE,
    "core/src/export": LIBC,
    "core/capture": LIBC | {"zlib", "pcap/pcap", "pcap/dlt"},
    "core/cli": LIBC | {"gcrypt"},
}
for core_layer in INTERNAL:
    SYSTEM[f"core/src/{core_layer}"] = PURE | {"xxhash"}
SYSTEM["core/src/engine"] |= {"sys/sdt"}  # macros alone, and where it is

ROOTS = ["core/src", "core", "wireshark-plugin", "tshark-tap", "."]


def layer_of(path):
    folder = os.path.dirname(path)
    while folder and folder not in BELOW:
        folder = os.path.dirname(folder)
    return folder


def find(name, includer, known):
    for root in [os.path.dirname(includer)] + ROOTS:
        path = os.path.normpath(os.path.join(root, name))
        if path in known:
            return path
    return None


def faults_of(path, known):
    layer = layer_of(path)
    for number, line in enumerate(checkout.read(path).splitlines(), 1):
        match = re.match(r'\s*#\s*include\s+([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        name, where = match[2], f"{path}:{number}"
        if match[1] == '"':
            target = find(name, path, known)
            if target is None:
                yield f"{where}: includes {name}, which is no file of the checkout"
            elif not {target, layer_of(target)} & (BELOW[layer] | {layer}):
                yield f"{where}: {layer} may not include {target}"
        elif name.startswith("flowscope/"):
            if f"core/include/{name}" not in known:
                yield f"{where}: there is no public header {name}"
            elif name == "flowscope/engine.h" and layer in BELOW["core/src/engine"]:
                yield f"{where}: {layer} is below the engine and may not know its API"
        elif layer in SYSTEM and re.sub(r"\.h$", "", name) not in SYSTEM[layer]:
            yield f"{where}: {layer} may not include <{name}>"


def main():
    known = set(checkout.files())
    sources = [p for p in known if p.endswith((".c", ".h", ".def")) and layer_of(p)]
    if len(sources) < 10:
        checkout.report([f"only {len(sources)} sources found: the check would prove nothing"])
    checkout.report([f for p in sorted(sources) for f in faults_of(p, known)])


if __name__ == "__main__":
    main()
