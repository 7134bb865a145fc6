# SPDX-License-Identifier: BSD-2-Clause
"""cmake --install, the profile in the wrappers, and what configuring says of versions that differ."""
import os
import subprocess
import unittest

from host import HostTest, TSHARK
import frames

BUILD = os.path.dirname(os.path.abspath(TSHARK))
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
PROFILE = {"preferences", "colorfilters", "dfilter_buttons", "recent"}


def folders():
    """Where the installed Wireshark looks."""
    out = subprocess.run(["tshark", "-G", "folders"], text=True, stdout=subprocess.PIPE,
                         stderr=subprocess.DEVNULL, check=True).stdout
    return dict(line.split(":", 1) for line in out.splitlines())


class Install(HostTest):
    def test_files(self):
        """The plugin and the profile, in the folders that the installed program reports."""
        subprocess.run(["cmake", "--install", BUILD], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, "DESTDIR": self.folder})
        there = {name: self.folder + path.strip() for name, path in folders().items()}
        self.assertEqual(os.listdir(there["Global Plugins"]), ["epan"])
        self.assertEqual(os.listdir(there["Global Plugins"] + "/epan"), ["flowscope.so"])
        self.assertEqual(set(os.listdir(there["Global configuration"] + "/profiles/flowscope")), PROFILE)

    def configure(self, said):
        """Configures with a tshark that says `said` of its version."""
        program = os.path.join(self.folder, "tshark")
        with open(program, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\necho '{said}'\n")
        os.chmod(program, 0o755)
        return subprocess.run(["cmake", "-S", SOURCE, "-B", os.path.join(self.folder, "build"), "-G", "Ninja",
                               "-DFLOWSCOPE_TESTS=OFF", f"-DFLOWSCOPE_TSHARK={program}"],
                              capture_output=True, text=True, check=False)

    def test_other_version(self):
        done = self.configure("TShark (Wireshark) 9.1.2 (Git v9.1.2 packaged as 9.1.2-1).")
        self.assertNotEqual(done.returncode, 0)
        said = " ".join(done.stderr.split())
        self.assertIn("tshark is 9.1.2, which would not load what is built with it", said)
        self.assertIn("-DFLOWSCOPE_TSHARK=PATH", said)


class Profile(HostTest):
    def env(self):
        """A home of its own: -C copies a global profile there."""
        return {"HOME": self.folder, "XDG_CONFIG_HOME": os.path.join(self.folder, ".config")}

    def test_columns(self):
        path = self.capture(frames.pcap(frames.conversation()))
        out, said = self.run_tshark("-C", "flowscope", "-r", path, env=self.env())
        self.assertEqual(said, "")
        self.assertEqual(out.splitlines()[1].split()[:4], ["2", "0.100000", "1", "rev"])
        copied = os.path.join(self.folder, ".config/wireshark/profiles/flowscope")
        self.assertEqual(set(os.listdir(copied)), PROFILE)

    def test_wireshark_keeps_its_own(self):
        path = self.capture(frames.pcap(frames.conversation()))
        out, said = self.run_tshark("-C", "Classic", "-r", path, env=self.env())
        self.assertEqual((said, out.splitlines()[1].split()[2]), ("", frames.SERVER))

    def test_filters(self):
        """Those of buttons and colours are valid, and each means something."""
        folder = os.path.join(SOURCE, "wireshark-plugin/profile/flowscope")
        path = self.capture(frames.pcap(frames.conversation()))
        filters = []
        with open(os.path.join(folder, "colorfilters"), encoding="utf-8") as file:
            filters += [line.split("@")[2] for line in file if line.startswith("@")]
        with open(os.path.join(folder, "dfilter_buttons"), encoding="utf-8") as file:
            filters += [line.split('","')[2].replace("\\x22", '"') for line in file if line.startswith('"')]
        self.assertGreater(len(filters), 15)
        words = [word for text in filters for word in ("-z", "flowscope,flows," + text)]
        _, said = self.run_tshark("-2", "-q", "-r", path, *words)
        self.assertEqual(said, "")


if __name__ == "__main__":
    unittest.main()
