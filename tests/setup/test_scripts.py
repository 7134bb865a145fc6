# SPDX-License-Identifier: BSD-2-Clause
"""The scripts that set up and build, with stand-ins for the package manager: what they ask it for, and
what they say when something is wrong. bare.sh does the same for real."""
import os
import re
import shutil
import subprocess
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LIST = os.path.join(TOP, "setup", "debian-packages.txt")

# Says that every package asked for is installed, but those named in $MISSING.
DPKG_QUERY = """#!/bin/sh
shift 2
for package; do
    case " $MISSING " in
    *" $package "*) echo "un  $package" ;;
    *) echo "ii $package" ;;
    esac
done
"""
APT_GET = """#!/bin/sh
echo "$DEBIAN_FRONTEND $*" >>"$ASKED"
[ -z "$APT_FAILS" ] || { echo "E: no such luck"; exit 100; }
"""


class Scripts(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="flowscope-setup.")
        self.addCleanup(shutil.rmtree, self.folder)
        self.asked_file = os.path.join(self.folder, "asked")
        self.stub("dpkg-query", DPKG_QUERY)
        self.stub("apt-get", APT_GET)
        self.stub("id", "#!/bin/sh\necho 0\n")

    def stub(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def run_script(self, script, *arguments, cwd=TOP, path=None, **env):
        done = subprocess.run([os.path.join(TOP, script), *arguments], cwd=cwd, text=True, check=False,
                              capture_output=True, timeout=60,
                              env={"PATH": path or f"{self.folder}:{os.environ['PATH']}",
                                   "ASKED": self.asked_file, "TMPDIR": self.folder, **env})
        return done.returncode, done.stdout, done.stderr

    def asked(self):
        if not os.path.exists(self.asked_file):
            return []
        with open(self.asked_file, encoding="utf-8") as file:
            return file.read().splitlines()

    def test_asks_nothing_when_all_is_there(self):
        self.assertEqual(self.run_script("setup/install.sh", "run", "test"), (0, "", ""))
        self.assertEqual(self.asked(), [])

    def test_asks_for_what_is_missing_alone(self):
        status, out, said = self.run_script("setup/install.sh", "run", "test", "run",
                                            MISSING="cmake clang-format nobody-asked-for-this")
        self.assertEqual((status, out, said), (0, "", "flowscope: installing cmake clang-format\n"))
        update, install = self.asked()
        self.assertRegex(update, "^noninteractive .*update$")
        self.assertRegex(install, "^noninteractive .*install --no-install-recommends cmake clang-format$")

    def test_run_needs_nothing_of_the_tests(self):
        self.assertEqual(self.run_script("setup/install.sh", "run", MISSING="clang-format"), (0, "", ""))
        self.assertEqual(self.asked(), [])

    def test_says_what_apt_get_said(self):
        status, _, said = self.run_script("setup/install.sh", "run", MISSING="cmake", APT_FAILS="yes")
        self.assertEqual(status, 1)
        self.assertIn("E: no such luck", said)
        self.assertTrue(said.endswith("flowscope: apt-get could not install cmake\n"), said)

    def test_user_needs_sudo(self):
        self.stub("id", "#!/bin/sh\necho 1000\n")
        self.stub("sudo", '#!/bin/sh\necho sudo >>"$ASKED"\nexec "$@"\n')
        status, _, _ = self.run_script("setup/install.sh", "run", MISSING="cmake")
        self.assertEqual((status, self.asked().count("sudo")), (0, 2))

        os.remove(self.asked_file)
        os.remove(os.path.join(self.folder, "sudo"))
        for name in ("awk", "sed", "grep", "dirname", "mktemp", "rm", "sh"):
            os.symlink(shutil.which(name), os.path.join(self.folder, name))
        status, _, said = self.run_script("setup/install.sh", "run", path=self.folder, MISSING="cmake")
        self.assertEqual((status, said), (1, "flowscope: missing packages: cmake; run this as root, or "
                                             "install sudo\n"))
        self.assertEqual(self.asked(), [])

    def test_list(self):
        with open(LIST, encoding="utf-8") as file:
            text = file.read()
        rows = [line.split(None, 2) for line in text.splitlines() if line and line[0] != "#"]
        sets = re.findall(r"^#   (\w+) ", text, re.M)
        for row in rows:
            self.assertEqual(len(row), 3, row)
            self.assertIn(row[0], sets)
        self.assertEqual(len(rows), len({(row[0], row[1]) for row in rows}))
        packages = [row[1] for row in rows if row[0] == "run"]
        # What the build asks for by the name of its package is on the list.
        with open(os.path.join(TOP, "cmake", "Dependencies.cmake"), encoding="utf-8") as file:
            named = re.findall(r"\(Debian package ([a-z0-9.+-]+)\)|flowscope_need_header\(\w+ \S+ (\S+)\)",
                               file.read())
        named = {name for pair in named for name in pair if name}
        self.assertGreater(len(named), 3)
        self.assertLessEqual(named, set(packages))

    def test_wrong_usage(self):
        for script, arguments in (("run.sh", ["a", "b"]), ("tests/run.sh", ["--all"]),
                                  ("tests/run.sh", ["--captures", "x"])):
            status, out, said = self.run_script(script, *arguments)
            self.assertEqual((status, out), (2, ""))
            self.assertRegex(said, r"^usage: \S+run\.sh .*\n$|^usage: run\.sh .*\n$")

    def test_capture_that_is_not_there(self):
        status, out, said = self.run_script("run.sh", "no/such/file")
        self.assertEqual((status, out), (1, ""))
        self.assertEqual(said, "flowscope: no/such/file: no such file, or it may not be read\n")
        self.assertEqual(self.asked(), [])

    def test_captures_must_be_there(self):
        checkout = os.path.join(self.folder, "alone", "checkout")
        os.makedirs(os.path.join(checkout, "tests"))
        shutil.copy(os.path.join(TOP, "tests", "run.sh"), os.path.join(checkout, "tests"))
        done = subprocess.run([os.path.join(checkout, "tests", "run.sh"), "--captures"], text=True,
                              capture_output=True, check=False, cwd="/")
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"^flowscope: \.\./shared/captures, beside .*, is absent\n$")


if __name__ == "__main__":
    unittest.main()
