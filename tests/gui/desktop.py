# SPDX-License-Identifier: BSD-2-Clause
"""A desktop of its own: an X server that nobody sees, a window manager, and the bus over which
programs tell screen readers what they show (AT-SPI). That is how the tests read it."""
import os
import shutil
import signal
import subprocess
import tempfile
import time

from gi.repository import GLib

PATIENCE_SECONDS = 90  # a limit for machines that are very slow, not what anything takes
SHOTS = os.path.join(os.environ["BUILD_DIR"], "gui")

# Wireshark may run as nobody (build/wireshark, for root), and has to reach the bus all the same.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>accessibility</type>
  <servicedir>/usr/share/dbus-1/accessibility-services</servicedir>
  <auth>EXTERNAL</auth>
  <listen>unix:path={path}</listen>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""

OPENBOX = """<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="http://openbox.org/3.4/rc">
  <theme><name>Clearlooks</name></theme>
  <desktops><number>1</number><popupTime>0</popupTime></desktops>
  <mouse>
    <context name="Client">
      <mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
      <mousebind button="Right" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
    </context>
  </mouse>
</openbox_config>
"""


class NotShown(AssertionError):
    """What a test waits for did not come."""


def wait(condition, what, seconds=PATIENCE_SECONDS):
    """The first value of condition() that is true; widgets that go away while it looks are no news, nor is a
    program too busy to answer."""
    end = time.monotonic() + seconds
    while True:
        try:
            value = condition()
            if value:
                return value
        except GLib.Error:
            pass
        if time.monotonic() > end:
            raise NotShown(f"waited {seconds} s for {what() if callable(what) else what}")
        time.sleep(0.03)


class Desktop:
    """Everything is ended by end(); `env` is what a program needs to appear here."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="flowscope-gui.")
        os.chmod(self.folder, 0o777)
        self.processes = []
        self.clicked_at, self.clicked_when = None, 0.0  # the last click: place and time.monotonic()
        self.env = {"LC_ALL": "C.UTF-8", "NO_AT_BRIDGE": "0", "QT_ACCESSIBILITY": "1",
                    "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", "QT_QPA_PLATFORM": "xcb",
                    "XDG_RUNTIME_DIR": self.folder, "GIO_USE_VFS": "local",
                    "GSETTINGS_BACKEND": "memory"}
        try:
            self.start_screen()
            self.start_bus()
        except BaseException:
            self.end()
            raise

    def start(self, *arguments, **more):
        with open(self.path("desktop.log"), "ab") as log:
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       env={**os.environ, **self.env}, **more)
        self.processes.append(process)
        return process

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def start_screen(self):
        """The X server takes the first number that is free, and says which. It must not begin anew when a
        client that asked it something was the last one."""
        reading, writing = os.pipe()
        self.start("Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x1000x24", "-nolisten", "tcp",
                   "-ac", "-noreset", pass_fds=[writing])
        os.close(writing)
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise NotShown("Xvfb did not start: " + self.log())
        self.env["DISPLAY"] = ":" + number
        self.start("openbox", "--sm-disable", "--config-file", self.write("rc.xml", OPENBOX))
        wait(lambda: "_NET_SUPPORTING_WM_CHECK" in self.said("xprop", "-root"), "the window manager")

    def start_bus(self):
        path = self.path("bus")
        config = self.write("bus.conf", BUS.format(path=path))
        self.start("dbus-daemon", "--nofork", "--nopidfile", "--config-file=" + config)
        wait(lambda: os.path.exists(path), "the bus")
        os.chmod(path, 0o777)
        self.env["AT_SPI_BUS_ADDRESS"] = self.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=" + path
        # Qt 5 looks for the address at the screen, Qt 6 and the test itself in the environment.
        self.said("xprop", "-root", "-f", "AT_SPI_BUS", "8s", "-set", "AT_SPI_BUS", "unix:path=" + path)
        self.start("/usr/libexec/at-spi2-registryd")

    def log(self):
        with open(self.path("desktop.log"), encoding="utf-8", errors="replace") as file:
            return file.read()[-2000:]

    def said(self, *arguments):
        return subprocess.run(arguments, env={**os.environ, **self.env}, capture_output=True, text=True,
                              check=False, timeout=PATIENCE_SECONDS).stdout

    def xdotool(self, *arguments):
        subprocess.run(["xdotool", *map(str, arguments)], env={**os.environ, **self.env}, check=True,
                       timeout=PATIENCE_SECONDS, stdout=subprocess.DEVNULL)

    def shot(self, name):
        """A picture for people, kept in the build folder."""
        os.makedirs(SHOTS, exist_ok=True)
        subprocess.run(["import", "-window", "root", os.path.join(SHOTS, name + ".png")], check=False,
                       env={**os.environ, **self.env}, timeout=PATIENCE_SECONDS)

    def end(self):
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
