# SPDX-License-Identifier: BSD-2-Clause
"""Wireshark on a desktop of its own, and the test class that starts both."""
import csv
import io
import os
import re
import signal
import subprocess
import unittest

from desktop import Desktop, NotShown, PATIENCE_SECONDS, wait

BUILD = os.environ["BUILD_DIR"]
WIRESHARK = os.path.join(BUILD, "wireshark")
COMMAND = os.path.join(BUILD, "flowscope")
SAMPLE = os.path.join(BUILD, "sample.pcap")
BUS_SECONDS = 5  # after a window is on the screen; not what a test fails by
SANITIZER_MARKS = ("AddressSanitizer", "LeakSanitizer", "runtime error:")

# No questions, no search for updates, no warning about root; a window that has room.
RECENT = "privs.warn_if_elevated: FALSE\nsys.warn_if_no_capture: FALSE\n"
RECENT_COMMON = "gui.geometry_main_x: 5\ngui.geometry_main_y: 30\n" \
    "gui.geometry_main_width: 1250\ngui.geometry_main_height: 900\n"
FLOW_COLUMN = 'gui.column.format: "No.", "%m", "Flow", "%Cus:flowscope.flow_id:0:R", "Info", "%i"\n'
PREFERENCES = "gui.update.enabled: FALSE\ngui.ask_unsaved: FALSE\ngui.window_title: ready\n"


def command(*arguments):
    """The rows of the command's csv as dicts."""
    done = subprocess.run([COMMAND, arguments[0], "-f", "csv", *arguments[1:]], check=True, text=True,
                          stdout=subprocess.PIPE)
    return list(csv.DictReader(io.StringIO(done.stdout)))


def host_version():
    """Major and minor number of the installed Wireshark."""
    said = subprocess.run(["wireshark", "--version"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          env={**os.environ, "QT_QPA_PLATFORM": "offscreen"}, check=True).stdout
    return tuple(int(number) for number in re.search(r"(\d+)\.(\d+)", said).groups())


class Host:
    """One run of Wireshark. `prefix` starts it, `env` is added to its environment."""

    def __init__(self, desktop, home, *arguments, prefix=(), env=None):
        self.desktop = desktop
        self.log = os.path.join(home, "wireshark.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([*prefix, WIRESHARK, *arguments], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, cwd=home, start_new_session=True,
                                            env={**os.environ, **desktop.env, "HOME": home, **(env or {})})
        self.application = wait(self.appeared, "Wireshark")
        self.window = wait(self.main_window, "Wireshark's window")
        self.popups = self.widgets.Popups()

    def appeared(self):
        if self.process.poll() is not None:
            raise AssertionError(f"Wireshark ended with {self.process.returncode}: {self.said()}")
        import widgets  # finds the bus when it is loaded, so not before there is one
        self.widgets = widgets
        return next((one for one in widgets.applications(self.desktop) if one.name == "Wireshark"), None)

    def main_window(self):
        return next((child for child in self.application.children()
                     if child.role == "frame" and child.now("menu bar")), None)

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def display_filter(self):
        return self.window.find("text", "Display filter entry").text().strip()

    def key(self, *keys):
        self.desktop.xdotool("key", "--clearmodifiers", *keys)

    # The main window

    def status(self):
        """The words of the status bar."""
        return [label.name for label in self.window.now("status bar").all("label")]

    def counts(self):
        """Packets in the file, and those displayed, which Wireshark 4.4 leaves out where it is all of them."""
        for label in self.status():
            found = re.match(r"Packets: (\d+)(?: · Displayed: (\d+))?", label)
            if found:
                return int(found[1]), int(found[2] or found[1])
        return None

    def wait_for_counts(self, packets, displayed):
        wait(lambda: self.counts() == (packets, displayed),
             lambda: f"{packets} packets, {displayed} displayed; there are {self.counts()}")

    def packets(self):
        return self.window.find("tree", "Packet list")

    def go_to(self, frame):
        """As Ctrl+G does."""
        self.key("ctrl+g")
        line = self.window.find("label", "Packet:").parent().find("text")
        line.type(frame)
        self.key("Return")
        wait(lambda: self.selected_frame() == frame, f"packet {frame}")

    def packet_cell(self, frame, column):
        """Goes to a packet; its cell in a column."""
        self.go_to(frame)
        packets = self.packets()
        return packets.cell(packets.column("No.").index(frame), column)

    def details(self):
        return self.window.find("tree", "Packet details")

    def open_frame_line(self):
        """The first line of the packet details, for this packet and those after it."""
        self.detail(r"Frame \d+: .*").click(times=2)
        self.detail(r"\[Protocols in frame: .*")

    def detail(self, name):
        """A line of the packet details, when it shows."""
        tree = self.details()
        return wait(lambda: next((line for line in tree.children() if line.role == "table cell"
                                  and re.fullmatch(name, line.name)), None),
                    lambda: f"{name} among {[line.name for line in tree.children()]}")

    def selected_frame(self):
        """The number of the packet that is selected; the head of its details is its row."""
        frame = re.match(r"Frame (\d+):", " ".join(line.name for line in self.details().children()[1:2]))
        return frame[1] if frame else None

    def coloring_rule(self, frame):
        """Name and filter of the rule that paints a packet, as the packet details have them, whose first line
        must be open. They know what painted the packet when it was drawn last."""
        self.go_to(frame)
        found = re.search(r"\[Coloring Rule Name: (.*)\]\n\[Coloring Rule String: (.*)\]",
                          "\n".join(line.name for line in self.details().children()))
        return found.groups() if found else None

    def wait_for_rule(self, frame, beside, name):
        """Goes to the packet from one beside it until it has been painted by that rule; the rule's filter."""
        def painted():
            self.go_to(beside)
            rule = self.coloring_rule(frame)
            return rule if rule and rule[0] == name else None
        return wait(painted, lambda: f"{name} at {frame}, not {self.coloring_rule(frame)}")[1]

    def filter(self, text):
        """Types a display filter and applies it."""
        self.window.find("text", "Display filter entry").type_filter(text)
        self.key("Return")

    def menu(self, *path):
        """Clicks through the menus."""
        bar = self.window.find("menu bar")
        next(child for child in bar.children() if child.name == path[0]).click()
        self.pick(*path[1:], menu=lambda: self.opened(bar, path[0]))

    @staticmethod
    def opened(parent, name):
        item = next((child for child in parent.children() if child.name == name), None)
        popup = next((child for child in item.children() if child.has("showing")), None) if item else None
        return popup

    def pick(self, *path, menu):
        """Clicks an item of the popup menu that menu() finds, and on through its submenus."""
        popup = wait(menu, f"the menu of {path}")
        item = wait(lambda: next((child for child in popup.children() if child.name == path[0]), None),
                    lambda: f"{path[0]!r} among {[child.name for child in popup.children()]}")
        item.click()
        if path[1:]:
            self.pick(*path[1:], menu=lambda: self.opened(popup, path[0]))

    def context_menu(self, widget, *path):
        """The menu of the right button."""
        self.popups.forget()
        widget.click(button=3)
        self.pick(*path, menu=lambda: self.popups.newest(self.desktop))

    def dialog(self, title):
        """A window besides the main one, by a regular expression for its title."""
        return wait(lambda: self.shown_dialog(title),
                    lambda: f"dialog {title} among {self.application.children()}")

    def shown_dialog(self, title):
        return next((child for child in self.application.children()
                     if child.role in ("dialog", "frame", "window") and child.has("showing")
                     and re.fullmatch(title, child.name)), None)

    def open(self, title, *path):
        """Opens a window by the menus. Where in memory a window was that has been closed, Qt 5 may find no other
        one for the bus: such a window stays, out of sight, so that the next one has a place of its own."""
        for _ in range(5):
            self.menu(*path)
            window = wait(lambda: self.on_screen(title), f"window {title}")
            try:
                return wait(lambda: self.shown_dialog(title), f"dialog {title}", BUS_SECONDS)
            except NotShown:
                self.desktop.xdotool("windowunmap", "--sync", window)
        return self.dialog(title)

    def on_screen(self, title):
        """The X server's number of a window."""
        return self.desktop.said("xdotool", "search", "--onlyvisible", "--name", title).partition("\n")[0]

    def dialog_gone(self, title):
        wait(lambda: not any(re.fullmatch(title, child.name) for child in self.application.children()
                             if child.has("showing")), f"dialog {title} to go")

    def table(self, title):
        """The rows of a table in the menu Statistics, as dicts; its window is closed again."""
        dialog = self.open(f".*{title}.*", "Statistics", title)
        rows = self.rows_of(dialog.find("tree"))
        dialog.find("push button", "Close").click()
        self.dialog_gone(f".*{title}.*")
        return rows

    def conversations(self, count):
        """Opens Conversations and has it show ours, which are so many: the window, and the rows."""
        dialog = self.open(".*Conversations.*", "Statistics", "Conversations")
        self.resize("Conversations", 1260, 700)
        types = next(tree for tree in dialog.all("tree") if "Protocol" in tree.columns())
        dialog.find("text", "").type("flowscope")
        wait(lambda: types.column("Protocol") == ["Flowscope"], "the one type of that name")
        x, y, _, height = types.cell(0, 0).settled_place()
        self.desktop.xdotool("mousemove", x + 8, y + height // 2, "click", 1)
        dialog.find("page tab", rf"Flowscope · {count}").click()
        return dialog, wait(lambda: next((tree for tree in dialog.all("tree") if tree.row_count() == count
                                          and "Address A" in tree.columns()), None), "the flows")

    @staticmethod
    def rows_of(tree):
        columns = tree.columns()
        return [dict(zip(columns, (text.strip() for text in row))) for row in tree.rows()]

    def resize(self, title, width, height, top=160):
        """Makes a window large enough for all of its columns; below the menus of the main one."""
        self.desktop.xdotool("search", "--sync", "--onlyvisible", "--name", title, "windowmove", 10, top,
                             "windowsize", "--sync", width, height)

    def to_front(self, title):
        self.desktop.xdotool("search", "--onlyvisible", "--name", title, "windowactivate", "--sync")

    def quit(self):
        """As a user does. Wireshark must end by itself, in peace."""
        self.menu("File", "Quit")
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self):
        """With what it started: dumpcap would go on until the next packet comes."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class GuiTest(unittest.TestCase):
    desktop = None
    preferences = ""

    @classmethod
    def setUpClass(cls):
        """One desktop for all tests of a program: it can be on one bus alone."""
        if not GuiTest.desktop:
            GuiTest.desktop = Desktop()
            unittest.addModuleCleanup(GuiTest.desktop.end)
            os.environ.update(GuiTest.desktop.env)

    def setUp(self):
        self.host = None
        self.home = self.make_home(self.preferences)
        self.addCleanup(self.tear_down_host)

    def make_home(self, preferences):
        home = os.path.join(self.desktop.folder, self.id())
        folder = os.path.join(home, ".config/wireshark")
        os.makedirs(folder)
        for name, text in ("preferences", PREFERENCES + preferences), ("recent", RECENT), \
                ("recent_common", RECENT_COMMON):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        subprocess.run(["chmod", "-R", "a+rwX", home], check=True)
        return home

    def start(self, *arguments, **more):
        self.host = Host(self.desktop, self.home, *arguments, **more)
        return self.host

    def tear_down_host(self):
        if self.host:
            if self.failed():
                self.desktop.shot("failed-" + ".".join(self.id().split(".")[-2:]))
                print(self.host.said())
            self.host.kill()

    def failed(self):
        outcome = self._outcome.result
        return any(test is self for test, _ in outcome.failures + outcome.errors)

    def shot(self, name):
        self.desktop.shot(name)

    def quit(self):
        """Wireshark must end by itself, without a word of a sanitizer."""
        self.assertEqual(self.host.quit(), 0, self.host.said())
        said = self.host.said()
        self.assertFalse([mark for mark in SANITIZER_MARKS if mark in said], said)
