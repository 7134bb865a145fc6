# SPDX-License-Identifier: BSD-2-Clause
"""build/tshark: whoever runs it gets our plugin and Wireshark's own, and keeps what they may do."""
import os
import shutil
import socket
import subprocess
import time
import unittest

import frames
from host import HostTest, NO_CAPTURE_STATUS, TSHARK, totals, without_warning

AS_ROOT = os.geteuid() == 0
# Somebody else, who may still read the build folder wherever it lies.
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
          "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]


def can_capture():
    """Does the installed tshark capture here?"""
    done = subprocess.run(["tshark", "-q", "-i", "lo", "-a", "duration:0.1"], check=False, timeout=60,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    return done.returncode == 0 and "permission" not in done.stderr


class Wrapper(HostTest):
    """As whoever runs the tests."""

    env = {}
    prefix = []

    def run_here(self, *arguments, **more):
        return self.run_tshark(*arguments, prefix=self.prefix, env=self.env, **more)

    def test_plugins(self):
        out, said = self.run_here("-G", "plugins")
        listed = [line.split()[0] for line in out.splitlines()]
        self.assertEqual(said, "")
        self.assertEqual(listed.count("flowscope.so"), 1)
        self.assertLessEqual({"mate.so", "stats_tree.so", "g711.so", "usbdump.so"}, set(listed))

    def test_arguments(self):
        """Blanks, quotes and stars arrive as they are; so does standard input."""
        content = frames.pcap(frames.conversation())
        path = self.capture(content, "a 'name' * with \"all\"")
        text = "tcp.payload contains \"hello\" || frame.number == 2"
        out, _ = self.run_here("-r", path, "-Y", text, "-T", "fields", "-e", "frame.number")
        self.assertEqual(out.split(), ["2", "4"])
        with open(path, "rb") as file:
            out, _ = self.run_here("-q", "-r", "-", "-z", "flowscope,stats", stdin=file)
        self.assertEqual(totals(out)["frames"], "10")

    def test_status(self):
        self.run_here("-r", os.path.join(self.folder, "absent"), status=NO_CAPTURE_STATUS)
        self.run_here("--no-such-option", status=1)

    def test_private_file(self):
        path = self.capture(frames.pcap(frames.conversation()))
        os.chmod(path, 0o600)
        out, said = self.run_here("-q", "-r", path, "-z", "flowscope,stats")
        self.assertEqual((totals(out)["flows"], said), ("1", ""))

    def live(self, port, *arguments):
        """What tshark prints at its end of a capture while somebody sends to that port."""
        if not can_capture():
            self.skipTest("the installed tshark cannot capture here")
        os.chmod(self.folder, 0o777)
        with subprocess.Popen([*self.prefix, TSHARK, "-l", "-i", "lo", "-f", f"udp port {port}",
                               "-a", "duration:60", "-z", "flowscope,stats", *arguments], text=True,
                              env={**os.environ, **self.env, "LC_ALL": "C"}, cwd=self.folder,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tshark:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                while tshark.poll() is None:
                    sender.sendto(b"x", ("127.0.0.1", port))
                    time.sleep(0.05)
            out, said = tshark.communicate()
        self.assertEqual(tshark.returncode, 0, said)
        return totals(out[out.index("[totals]"):])

    def test_live(self):
        printed = self.live(47111, "-c", "4")
        self.assertEqual((printed["packets_in_flows"], printed["flows"]), ("4", "1"))

    def test_live_ring(self):
        """A file after the other: each is a session of its own, the report is of all of them."""
        printed = self.live(47113, "-c", "6", "-b", "packets:2", "-w", "ring")
        self.assertEqual((printed["packets_in_flows"], printed["flows"]), ("6", "3"))


@unittest.skipUnless(AS_ROOT, "only root can become somebody else")
class WrapperOfNobody(Wrapper):
    prefix = NOBODY

    test_private_file = None  # is what NOBODY's capability is about
    test_live = None          # nobody may not
    test_live_ring = None


@unittest.skipUnless(AS_ROOT, "this way is root's")
class WrapperWithoutMounts(Wrapper):
    """Where unshare is refused root goes the other way."""

    def setUp(self):
        super().setUp()
        refusing = os.path.join(self.folder, "unshare")
        with open(refusing, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\nexit 1\n")
        os.chmod(refusing, 0o755)
        self.env = {"PATH": self.folder + ":" + os.environ["PATH"]}


@unittest.skipUnless(AS_ROOT, "this way is root's")
class Overlay(HostTest):
    def test_nobody_else_sees_it(self):
        """The mount is gone with tshark, and was never in our own namespace."""
        with open("/proc/self/mounts", encoding="utf-8") as file:
            before = file.read()
        path = self.capture(b"", "fifo")
        os.unlink(path)
        os.mkfifo(path)
        with subprocess.Popen([TSHARK, "-q", "-r", path, "-z", "flowscope,stats"], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as tshark:
            with open(path, "wb") as fifo:  # opens when tshark is there
                with open("/proc/self/mounts", encoding="utf-8") as file:
                    self.assertEqual(file.read(), before)
                fifo.write(frames.pcap([frames.udp_frame()]))
            out, said = tshark.communicate(timeout=60)
        self.assertEqual(without_warning(said), "")
        self.assertEqual(totals(out)["flows"], "1")


WIRESHARK = os.path.join(os.path.dirname(TSHARK), "wireshark")


class Gui(HostTest):
    """build/wireshark; without a display as far as that goes."""

    def setUp(self):
        super().setUp()
        if not shutil.which("wireshark"):
            self.skipTest("Wireshark is not installed")

    def test_version(self):
        done = subprocess.run([WIRESHARK, "--version"], capture_output=True, text=True, timeout=60,
                              check=False)
        self.assertEqual((done.returncode, done.stdout[:9]), (0, "Wireshark"))

    def test_taps_do_no_harm(self):
        """Our -z words mean nothing there; right or wrong, one line says so and Wireshark runs on."""
        path = self.capture(frames.pcap(frames.conversation()))
        for request in "flowscope,stats", "flowscope,nonsense":
            with self.subTest(request=request), open(os.path.join(self.folder, "said"), "w+b") as said, \
                    subprocess.Popen([WIRESHARK, "-r", path, "-z", request], stdout=subprocess.PIPE,
                                     stderr=said, env={**os.environ, "HOME": self.folder,
                                                       "QT_QPA_PLATFORM": "offscreen"}) as gui:
                line = f"flowscope: -z {request}: ".encode()
                for _ in range(600):
                    said.seek(0)
                    if line in said.read() or gui.poll() is not None:
                        break
                    time.sleep(0.1)
                time.sleep(1)
                self.assertIsNone(gui.poll())
                gui.kill()
                self.assertEqual(gui.stdout.read(), b"")
                said.seek(0)
                self.assertEqual(sum(b"flowscope" in text for text in said), 1)


if __name__ == "__main__":
    unittest.main()
