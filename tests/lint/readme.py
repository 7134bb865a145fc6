# SPDX-License-Identifier: BSD-2-Clause
"""What README.md promises.

readme.py extract FILE [PAGE]   writes the C example of the page (README.md) to FILE
readme.py run PROGRAM [PAGE]    the example, built, prints what the page says that it prints
readme.py commands       it names the two commands, and .ci/run calls the one for the tests
readme.py tour BUILD     the commands of its tour print what it says
readme.py tour --write BUILD    writes what they print into it
"""
import os
import re
import subprocess
import sys
import tempfile

import checkout

MOST_EXAMPLE_LINES = {"README.md": 30, "core/include/README.md": 70}


def example(page):
    """The C source, and the output that follows it."""
    match = re.search(r"^```c\n(.*?)^```\n.*?^```\n(.*?)^```\n", checkout.read(page), re.S | re.M)
    if not match:
        checkout.report([f"{page}: no ```c block followed by a block with its output"])
    return match[1], match[2]


def extract(target, page):
    source, _ = example(page)
    if source.count("\n") > MOST_EXAMPLE_LINES[page]:
        checkout.report([f"{page}: the example has more than {MOST_EXAMPLE_LINES[page]} lines"])
    with open(target, "w", encoding="utf-8") as file:
        file.write(source)


def run(program, page):
    _, promised = example(page)
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    if done.returncode or done.stderr:
        checkout.report([f"status {done.returncode}: {done.stderr}"])
    if done.stdout != promised:
        checkout.report([f"{page} promises:\n{promised}the example prints:\n{done.stdout}"])


def commands():
    faults = []
    blocks = re.findall(r"^```sh\n(.*?)^```", checkout.read("README.md"), re.S | re.M)
    lines = [re.sub(r" *#.*", "", line) for block in blocks for line in block.splitlines()]
    for command in ["./run.sh [CAPTURE]", "./tests/run.sh"]:
        if command not in lines:
            faults.append(f"README.md: no command {command}")
        path = command.split()[0][2:]
        if not os.access(os.path.join(checkout.TOP, path), os.X_OK):
            faults.append(f"{path} cannot be run")
    # .ci/run with its last command made to print instead of run.
    script = checkout.read(".ci/run")
    if "\nexec $command\n" not in script:
        checkout.report([".ci/run: does not end with `exec $command`"])
    script = script.replace("\nexec $command\n", "\necho $command\n")
    said = subprocess.run(["sh", "-c", script, os.path.join(checkout.TOP, ".ci/run")],
                          capture_output=True, text=True, check=False)
    if said.stdout != "./tests/run.sh\n":
        faults.append(f".ci/run would call {said.stdout!r} ({said.stderr.strip()})")
    checkout.report(faults)


def tour(build, write):
    """Each ```console block is one command, run with BUILD as build/, and its output."""
    text = checkout.read("README.md")
    shows_plugin = os.path.exists(os.path.join(build, "tshark"))
    faults = []

    def run_block(match):
        command, promised = match[1], match[2]
        if "build/tshark" in command and not shows_plugin:
            return match[0]
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(os.path.abspath(build), os.path.join(folder, "build"))
            done = subprocess.run(["sh", "-c", command], cwd=folder, text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode or not done.stdout:
            faults.append(f"{command}: status {done.returncode}, {done.stderr}")
        elif done.stdout != promised and not write:
            faults.append(f"{command}: README.md promises:\n{promised}it prints:\n{done.stdout}")
        return f"```console\n$ {command}\n{done.stdout}```\n"

    text, blocks = re.subn(r"^```console\n\$ (.*?)\n(.*?)^```\n", run_block, text, flags=re.S | re.M)
    if blocks == 0:
        faults.append("README.md: no ```console block")
    if write and not faults:
        with open(os.path.join(checkout.TOP, "README.md"), "w", encoding="utf-8") as file:
            file.write(text)
    checkout.report(faults)


def main():
    task = sys.argv[1]
    if task == "extract":
        extract(sys.argv[2], (sys.argv[3:] or ["README.md"])[0])
    elif task == "run":
        run(sys.argv[2], (sys.argv[3:] or ["README.md"])[0])
    elif task == "commands":
        commands()
    elif task == "tour":
        tour(sys.argv[-1], "--write" in sys.argv)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
