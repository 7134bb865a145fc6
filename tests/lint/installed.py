# SPDX-License-Identifier: BSD-2-Clause
"""installed.py BUILD CC: what is installed of the library is whole: pkg-config finds it, wherever it was moved
to, and the examples, built against it as a user would, say what the command says."""
import csv
import glob
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile

import checkout

# LINKTYPE of the file, and address families, are all that the example has to know.
PROTOCOLS = {"tcp": "6", "udp": "17", "icmp": "1", "icmp6": "58"}


def said(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)
    if done.returncode or done.stderr:
        checkout.report([f"{' '.join(command)}: status {done.returncode}: {done.stdout}{done.stderr}"])
    return done.stdout


def paths(folder):
    return {os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names}


def of_the_command(build, capture):
    """What the example prints, from the command's rows, by id."""
    rows = csv.DictReader(io.StringIO(said(f"{build}/flowscope", "flows", "-f", "csv", capture)))
    for row in rows:
        ends = [" ".join(filter(None, (row[side], row[side[0] + "port"]))) for side in ("src", "dst")]
        yield (f"{row['flow_id']}: protocol {PROTOCOLS[row['proto']]}, {ends[0]} -> {ends[1]}, "
               f"packets {row['packets_fwd']} {row['packets_rev']}, "
               f"bytes {row['bytes_fwd']} {row['bytes_rev']}, {row['end_reason']}")


def main():
    build, compiler = sys.argv[1:3]
    # What run.sh builds must be enough for cmake --install.
    product = said("ninja", "-C", build, "-t", "query", "product")
    faults = [f"the target product lacks {name}" for name in ("core/libflowscope.so", "core/libflowscope.a")
              if not re.search(rf"^    {re.escape(name)}$", product, re.M)]

    with tempfile.TemporaryDirectory() as folder:
        said("cmake", "--install", build, "--component", "library", "--prefix", f"{folder}/first")
        shutil.move(f"{folder}/first", f"{folder}/moved")
        there = paths(f"{folder}/moved")
        public = "core/include/flowscope/"
        wanted = {"include/flowscope/" + path[len(public):] for path in checkout.files() if path.startswith(public)}
        wanted |= {"share/man/man3/flowscope.3", "share/doc/flowscope/examples/pcap_flows.c"}
        faults += [f"{path} is not installed" for path in sorted(wanted - there)]
        faults += [f"{path} is installed with the library" for path in sorted(there)
                   if not re.match(r"include/|lib|share/", path)]
        found = glob.glob(f"{folder}/moved/lib*/**/flowscope.pc", recursive=True)
        if faults or len(found) != 1:
            checkout.report(faults + [f"{len(found)} flowscope.pc"])

        env = {**os.environ, "PKG_CONFIG_PATH": os.path.dirname(found[0])}
        version = re.search(r'FLOWSCOPE_VERSION +"(.*)"', checkout.read(public + "version.h"))[1]
        if said("pkg-config", "--modversion", "flowscope", env=env).strip() != version:
            faults.append(f"pkg-config does not say version {version}")
        flags = said("pkg-config", "--cflags", "--libs", "flowscope", "libpcap", env=env).split()
        program = f"{folder}/pcap_flows"
        said(compiler, "-std=c11", "-D_DEFAULT_SOURCE", "-Wall", "-Wextra", "-Wconversion", "-Werror",
             f"{folder}/moved/share/doc/flowscope/examples/pcap_flows.c", "-o", program, *flags)
        library = next(flag[2:] for flag in flags if flag.startswith("-L"))
        capture = f"{build}/sample.pcap"
        *shown, sums = said(program, capture, env={**os.environ, "LD_LIBRARY_PATH": library}).splitlines()
        shown.sort(key=lambda line: int(line.split(":")[0]))
        promised = list(of_the_command(build, capture))
        if shown != promised:
            faults += ["pcap_flows prints", *shown, "the command", *promised]
        if sums != f"270 frames, {len(promised)} flows":
            faults.append(sums)
    checkout.report(faults)


if __name__ == "__main__":
    main()
