# SPDX-License-Identifier: BSD-2-Clause
"""headers.py CC CXX: each header compiles alone, the public ones as C11 and as C++17."""
import concurrent.futures
import os
import subprocess
import sys

import checkout

WARN = ["-fsyntax-only", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
PUBLIC = "core/include/flowscope/"


def compile_alone(command, path):
    run = subprocess.run([*command, *WARN, "-I", "core/include", "-I", "core/src", "-I", "core", "-"],
                         input=f'#include "{checkout.TOP}/{path}"\nextern int not_empty;\n', cwd=checkout.TOP, text=True,
                         capture_output=True, check=False)
    return f"{path}: {' '.join(command)}:\n{run.stderr}" if run.returncode else None


def main():
    cc, cxx = sys.argv[1:3]
    headers = [p for p in checkout.files() if p.startswith("core/") and p.endswith(".h")]
    public = [p for p in headers if p.startswith(PUBLIC)]
    if len(public) < 5:
        checkout.report([f"only {len(public)} public headers found"])
    work = [([cc, "-std=c11", "-pedantic", "-x", "c"], p) for p in public]
    work += [([cxx, "-std=c++17", "-pedantic", "-x", "c++"], p) for p in public]
    work += [([cc, "-std=gnu11", "-x", "c"], p) for p in headers if p not in public]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        faults = pool.map(lambda item: compile_alone(*item), work)
    checkout.report([f for f in faults if f])


if __name__ == "__main__":
    main()
