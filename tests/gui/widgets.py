# SPDX-License-Identifier: BSD-2-Clause
"""What is on the screen, as a screen reader has it: widgets with roles, names and places. They are read
over the bus, and clicked with the mouse at the place where they are."""
import re
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402 (the version must be asked for first)

from desktop import wait  # noqa: E402

# Their cells are read by cells(), a search for widgets would only get lost in them.
FULL_OF_CELLS = {"tree", "table", "tree table", "list"}


class Widget:
    def __init__(self, desktop, accessible):
        self.desktop = desktop
        self.accessible = accessible

    def __repr__(self):
        try:
            return f"<{self.role} {self.name!r}>"
        except GLib.Error:
            return "<gone>"

    @property
    def name(self):
        return self.accessible.get_name() or ""

    @property
    def role(self):
        role = self.accessible.get_role_name()
        return "push button" if role == "button" else role  # as it is called since AT-SPI 2.54

    def has(self, state):
        return self.accessible.get_state_set().contains(getattr(Atspi.StateType, state.upper()))

    def child_count(self):
        return self.accessible.get_child_count()

    def child(self, at):
        found = self.accessible.get_child_at_index(at)
        return Widget(self.desktop, found) if found else None

    def children(self):
        found = (self.child(at) for at in range(self.child_count()))
        return [widget for widget in found if widget]

    def parent(self):
        return Widget(self.desktop, self.accessible.get_parent())

    def walk(self):
        """This and all that shows in it, without the cells of tables; widgets may go away meanwhile."""
        try:
            if not self.has("showing"):
                return
            yield self
            if self.role in FULL_OF_CELLS:
                return
            children = self.children()
        except GLib.Error:
            return
        for child in children:
            yield from child.walk()

    def everything(self):
        """This and all that is in it, whether it shows or not."""
        yield self
        for child in self.children():
            yield from child.everything()

    def has_child(self, role):
        return any(child.role == role for child in self.children())

    def all(self, role, name=None):
        """`name` is a regular expression for the whole name."""
        found = []
        for widget in self.walk():
            try:
                if widget.role == role and (name is None or re.fullmatch(name, widget.name)):
                    found.append(widget)
            except GLib.Error:
                continue
        return found

    def now(self, role, name=None):
        return next(iter(self.all(role, name)), None)

    def find(self, role, name=None):
        return wait(lambda: self.now(role, name), f"{role} {name or ''} in {self!r}")

    def beside(self, label):
        """The line to type into that follows a label."""
        def found():
            widgets = list(self.walk())
            at = next((at for at, widget in enumerate(widgets)
                       if widget.role == "label" and widget.name == label), None)
            return at is not None and next((one for one in widgets[at:] if one.role == "text"), None)
        return wait(found, f"{label!r} in {self!r}")

    def place(self):
        """Left, top, width, height on the screen."""
        at = Atspi.Component.get_extents(self.accessible, Atspi.CoordType.SCREEN)
        return at.x, at.y, at.width, at.height

    def click(self, button=1, times=1):
        x, y, width, height = self.settled_place()
        place = x + min(width // 2, 60), y + height // 2
        # Two clicks on a place in half a second are a double one, which sorts no table twice.
        if self.desktop.clicked_at == place:
            time.sleep(max(0.0, self.desktop.clicked_when + 0.6 - time.monotonic()))
        self.desktop.xdotool("mousemove", *place,
                             "click", "--repeat", times, "--delay", 20, button)
        self.desktop.clicked_at, self.desktop.clicked_when = place, time.monotonic()

    def settled_place(self):
        """Where it is when it does not move any more: windows come up in steps."""
        places = [None]

        def settled():
            places.append(self.place())
            return places[-1] if places[-1] == places[-2] and places[-1][2] > 0 else None
        return wait(settled, f"a place of {self!r}")

    def text(self):
        """What stands in a line one can type into."""
        return Atspi.Text.get_text(self.accessible, 0, -1)

    def type(self, text, end=""):
        """In the place of what stands there."""
        self.click()
        wait(lambda: self.has("focused"), f"the focus on {self!r}")
        self.desktop.xdotool("key", "--clearmodifiers", "ctrl+a", "Delete")
        if text:
            self.desktop.xdotool("type", "--delay", 3, text + end)
        wait(lambda: self.text().strip() == text, lambda: f"{text!r} in {self!r}, which has {self.text()!r}")

    def type_filter(self, text):
        """The blank closes the list of words that drops down, and would take the next click for itself."""
        self.type(text, " ")

    # Tables and trees: all cells are children, the heads first, then row by row.

    def heads(self):
        """The head cells as widgets."""
        found = []
        for at in range(self.child_count()):
            child = self.child(at)
            if not child or child.role != "table column header":
                break
            found.append(child)
        return found

    def columns(self):
        return [head.name for head in self.heads()]

    def row_count(self):
        columns = len(self.columns())
        return self.child_count() // columns - 1 if columns else 0

    def cell(self, row, column):
        columns = self.columns()
        at = columns.index(column) if isinstance(column, str) else column
        return self.child(len(columns) * (row + 1) + at)

    def column(self, name):
        """The texts of a column from top to bottom."""
        columns = self.columns()
        at = columns.index(name)
        step = len(columns)
        return [self.child(i).name for i in range(step + at, self.child_count(), step)]

    def rows(self):
        """Every row as a list of texts."""
        columns = len(self.columns())
        texts = [cell.name if cell else "" for cell in self.children()[columns:]]
        return [texts[at:at + columns] for at in range(0, len(texts), columns)]


class Popups:
    """Menus that open under the mouse. No window has them as a child; they are announced."""

    def __init__(self):
        self.seen = []
        self.listener = Atspi.EventListener.new(self.note)
        self.listener.register("object:state-changed:showing")

    def note(self, event):
        if event.detail1:
            self.seen.append(event.source)

    def newest(self, desktop):
        """The last one that opened, if it is still there."""
        while GLib.MainContext.default().iteration(False):
            pass
        for accessible in reversed(self.seen):
            widget = Widget(desktop, accessible)
            try:
                if widget.role == "popup menu" and widget.has("showing"):
                    return widget
            except GLib.Error:
                continue
        return None

    def forget(self):
        self.newest(None)
        self.seen.clear()


def applications(desktop):
    """The programs that show something."""
    root = Atspi.get_desktop(0)
    found = []
    for at in range(root.get_child_count()):
        application = root.get_child_at_index(at)
        if application:
            if application.get_role() == Atspi.Role.APPLICATION:
                application.set_cache_mask(Atspi.Cache.NONE)
            found.append(Widget(desktop, application))
    return found
