# SPDX-License-Identifier: BSD-2-Clause
"""What the manual pages say against what there is: options, columns, words; and its macros.

usage: test_manual.py COMMAND [unittest arguments]"""
import os
import re
import shutil
import subprocess
import sys
import unittest

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PAGE = os.path.join(ROOT, "core", "cli", "flowscope.1")
LIBRARY_PAGE = "core", "include", "flowscope.3"
COMMAND = None


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as text:
        return text.read()


def names(macro, *path):
    found = re.findall(rf"^{macro}\((\w+),", read(*path), re.MULTILINE)
    assert found, (macro, path)
    return found


def public(name):
    return "core", "include", "flowscope", name


class Manual(unittest.TestCase):
    def setUp(self):
        with open(PAGE, encoding="utf-8") as page:
            self.page = page.read()

    def section(self, title):
        return self.page.split(f".Sh {title}\n")[1].split("\n.Sh ")[0]

    def items(self, section):
        return [word for line in re.findall(r"^\.It (.*)", section, re.MULTILINE)
                for word in line.split() if word != ","]

    def test_engine_options(self):
        section = self.section("OPTIONS")
        for macro, unit in (("FLOWSCOPE_DURATION", "s"), ("FLOWSCOPE_WINDOW", "us"),
                            ("FLOWSCOPE_COUNT", "")):
            for name, default in re.findall(rf"^{macro}\((\w+), (\d+),", read(*public("config.def")),
                                            re.MULTILINE):
                dashed = name.replace("_", "-")
                item = re.search(rf"^\.It Fl -{dashed} .*\n((?:[^.].*\n)+)", section, re.MULTILINE)
                self.assertTrue(item, name)
                self.assertRegex(item[1], rf"(Default {default}{unit}\.)|(at most {default}, the)")

    def test_choices(self):
        section = self.section("OPTIONS")
        choices = re.findall(r'^FLOWSCOPE_CHOICE\((\w+), \d+, "([a-z_-]+)", \d+, "([a-z_|-]+)"',
                             read(*public("config.def")), re.MULTILINE)
        self.assertTrue(choices)
        for name, default, words in choices:
            shown = " | ".join(words.split("|"))
            dashed = name.replace("_", "-")
            item = re.search(rf"^\.It Fl -{dashed} Ns = Ns Cm {re.escape(shown)}\n((?:(?!\.It).*\n)+)",
                             section, re.MULTILINE)
            self.assertTrue(item, name)
            self.assertIn(f"Default {default}.", item[1])

    def test_options_of_the_command(self):
        shown = subprocess.run([COMMAND, "--help"], stdout=subprocess.PIPE, check=True, text=True)
        options = re.findall(r"--([a-z0-9-]+)", shown.stdout)
        self.assertGreater(len(options), 8)
        for option in options:
            self.assertRegex(self.section("OPTIONS"), rf"(?m)^\.It Fl .*-{option}\b")

    def test_columns(self):
        self.assertEqual(self.items(self.section("COLUMNS OF FLOWS")),
                         names("FS_FLOW_COLUMN", "core", "src", "export", "columns.def"))
        facts = names("FS_FACT_COLUMN", "core", "src", "export", "columns.def")
        self.assertEqual(self.items(self.section("COLUMNS OF FACTS")),
                         [name + way for name in facts for way in ("_fwd", "_rev")])
        self.assertEqual(self.items(self.section("COLUMNS OF PACKETS")),
                         names("FS_PACKET_COLUMN", "core", "src", "export", "columns.def"))

    def test_words(self):
        for macro, name, title in (("FLOWSCOPE_VERDICT", "verdict.def", "COLUMNS OF PACKETS"),
                                   ("FLOWSCOPE_TCP_STATE", "tcp_state.def", "COLUMNS OF FLOWS"),
                                   ("FLOWSCOPE_END_REASON", "end_reason.def", "COLUMNS OF FLOWS")):
            for word in names(macro, *public(name)):
                if word not in ("none", "open"):
                    self.assertRegex(self.section(title), rf"\b{word}\b")
        section = self.section("LINK TYPES AND TUNNELS")
        for word in re.findall(r'^FLOWSCOPE_LAYER\(\w+, "(\w+)"', read(*public("layer.def")), re.MULTILINE):
            self.assertIn(word, self.items(section))
        for word in names("FLOWSCOPE_VERDICT", *public("verdict.def")):
            self.assertTrue(word == "ok" or word in self.items(section), word)
        numbers = re.findall(r"^    FS_LINK_\w+ = (\d+),", read("core", "src", "packet", "link.h"), re.MULTILINE)
        self.assertGreater(len(numbers), 15)
        for number in numbers:
            self.assertRegex(section, rf"[(\s]{number}[,)]")
        for group, word in re.findall(r"^FLOWSCOPE_COUNTER\((\w+), (\w+),", read(*public("counters.def")),
                                      re.MULTILINE):
            if group != "no_flow":
                self.assertRegex(self.section("STATISTICS"), rf"\b{word}\b")

    def test_commands(self):
        for word in names("FS_COMMAND", "core", "cli", "command.def"):
            self.assertRegex(self.page, rf"(?m)^\.(It )?Cm {word}\b")

    def test_other_faces(self):
        """Every field and every -z of the plugin."""
        section = self.section("TSHARK AND WIRESHARK")
        words = set(section.split())
        fields = re.findall(r'^FS_FIELD\(\w+, "([\w.]+)"', read("wireshark-plugin", "field.def"), re.MULTILINE)
        self.assertGreater(len(fields), 20)
        for field in fields:
            self.assertTrue({field, "flowscope." + field} & words, field)
        taps = {word for name in os.listdir(os.path.join(ROOT, "wireshark-plugin")) if name.endswith((".c", ".def"))
                for word in re.findall(r'"(flowscope,\w+)"', read("wireshark-plugin", name))}
        self.assertGreaterEqual(len(taps), 6)
        self.assertLessEqual(taps | {"flowscope,stats", "flowscope,flows"}, words)

    def test_library(self):
        """Its page has every function and every status, and no function that there is not."""
        page = read(*LIBRARY_PAGE)
        folder = os.path.join(ROOT, *public(""))
        declared = {name for header in os.listdir(folder) if header.endswith(".h")
                    for name in re.findall(r"FLOWSCOPE_API[^;{]*?\b(flowscope_\w+)\s*\(",
                                           re.sub(r"/\*.*?\*/", "", read(*public(header)), flags=re.DOTALL))}
        self.assertGreater(len(declared), 30)
        self.assertEqual(set(re.findall(r"Fn (flowscope_\w+)", page)), declared)
        self.assertEqual(re.findall(r"^\.It Dv FLOWSCOPE_(\w+)", page, re.MULTILINE),
                         names("FLOWSCOPE_STATUS", *public("status.def")))

    def test_macros(self):
        if not shutil.which("mandoc"):
            self.skipTest("no mandoc")
        for page in PAGE, os.path.join(ROOT, *LIBRARY_PAGE):
            lint = subprocess.run(["mandoc", "-T", "lint", page], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
            # Ours need not be installed.
            faults = [line for line in lint.stdout.splitlines()
                      if "referenced manual not found: Xr flowscope " not in line]
            self.assertEqual((faults, lint.stderr.count("cannot")), ([], 0))


if __name__ == "__main__":
    COMMAND = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=1)
