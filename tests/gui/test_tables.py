# SPDX-License-Identifier: BSD-2-Clause
"""What stands in the menus: the table of flows, sorted and filtered."""
import os
import subprocess
import sys
import unittest

from desktop import wait
from host import COMMAND, command, GuiTest, SAMPLE

sys.path.append(os.path.join(os.path.dirname(__file__), "..", "plugin"))
from copies import hostile


class FlowTable(GuiTest):
    def setUp(self):
        super().setUp()
        self.flows = command("flows", SAMPLE)
        host = self.start(SAMPLE)
        host.wait_for_counts(270, 270)
        self.dialog = host.open(".*Flowscope flows.*", "Statistics", "Flowscope flows")
        host.resize("Flowscope flows", 1000, 600)
        self.table = self.dialog.find("tree")
        self.wait_for_ids([flow["flow_id"] for flow in self.flows])

    def wait_for_ids(self, ids):
        wait(lambda: sorted(self.ids()) == sorted(ids), lambda: f"flows {ids}; there are {self.ids()}")

    @staticmethod
    def with_those_around(ids):
        """A packet belongs to the flows of its tunnel too."""
        return sorted(ids | {row["parent_id"] for row in command("packets", SAMPLE)
                             if row["flow_id"] in ids and row["parent_id"]}, key=int)

    def ids(self):
        return self.table.column("Flow")

    def test_rows(self):
        """Those of the command."""
        figures = {flow["flow_id"]: [flow["proto"], int(flow["packets_fwd"]) + int(flow["packets_rev"]),
                                     int(flow["bytes_fwd"]) + int(flow["bytes_rev"]), flow["duration"],
                                     flow["end_reason"]] for flow in self.flows}
        columns = self.table.columns()
        for texts in self.table.rows():
            row = dict(zip(columns, (text.strip() for text in texts)))
            self.assertEqual([row["Protocol"], int(row["Packets"]), int(row["Bytes"]), row["Duration"],
                              row["End"]], figures[row["Flow"]])
        self.shot("flows")
        self.assertEqual(self.saved(), [" ".join(row).split() for row in [columns, *self.table.rows()]])
        self.quit()

    def saved(self):
        """What the button writes as text: the words of each line below the title."""
        self.dialog.find("push button", "Save as.*").click()
        path = os.path.join(self.home, "saved.txt")
        self.host.dialog(".*Save Statistics.*").find("text", "File name:").type(path)
        self.host.key("Return")
        wait(lambda: os.path.exists(path) and os.path.getsize(path), "the file")
        with open(path, encoding="utf-8") as file:
            title, *lines = [line.split() for line in file if line.strip("=-\n")]
        self.assertEqual(title[:2], ["Flowscope", "flows"])
        return lines

    def test_sort(self):
        """Figures sort as numbers, whichever their width. Heads are clicked, so they must be in sight."""
        self.desktop.xdotool("search", "--name", "Flowscope flows", "windowmove", 0, 160, "windowsize", 1270, 780)
        for column in "Bytes", "Packets", "Flow", "Duration":
            for _ in "up", "down":
                before = self.ids()
                head = next(head for head in self.table.heads() if head.name == column)
                head.click()
                wait(lambda: self.ids() != before, f"another order by {column}")
                figures = [float(text) for text in self.table.column(column)]
                self.assertIn(figures, [sorted(figures), sorted(figures, reverse=True)])
                self.shot("flows-by-" + column.lower())
        self.quit()

    def test_filter(self):
        """The dialog's own: flows of which a packet matches."""
        line = self.dialog.find("text", "Display filter entry")
        for text, proto in ("icmp || icmpv6", ("icmp", "icmp6")), ("tcp", ("tcp",)):
            line.type_filter(text)
            self.dialog.find("push button", "Apply").click()
            self.wait_for_ids(self.with_those_around(
                {flow["flow_id"] for flow in self.flows if flow["proto"] in proto}))
            self.shot("flows-" + proto[0])
        self.quit()


class Groups(GuiTest):
    @staticmethod
    def sums(flows, column):
        """Flows, packets and bytes by a column of the command."""
        sums = {}
        for flow in flows:
            sum_of = sums.setdefault(flow[column] or "(not TCP)", [0, 0, 0])
            for at, more in enumerate((1, int(flow["packets_fwd"]) + int(flow["packets_rev"]),
                                       int(flow["bytes_fwd"]) + int(flow["bytes_rev"]))):
                sum_of[at] += more
        return {name: [str(figure) for figure in sum_of] for name, sum_of in sums.items()}

    @staticmethod
    def shown(tree):
        return {row[0].strip(): [figure.strip() for figure in row[1:]] for row in tree.rows()}

    def test_groups(self):
        """Protocols, states and ends side by side, then one of them filtered: the others stay."""
        flows, rows = command("flows", SAMPLE), command("packets", SAMPLE)
        host = self.start(SAMPLE)
        host.wait_for_counts(len(rows), len(rows))
        trees = {}
        for at, (title, column) in enumerate((("Flowscope protocols", "proto"), ("Flowscope TCP states", "state"),
                                              ("Flowscope ends of flows", "end_reason"))):
            dialog = host.open(f".*{title}.*", "Statistics", title)
            host.resize(title, 560, 250, top=160 + 270 * at)
            trees[column] = dialog, dialog.find("tree")
        for column, (_, tree) in trees.items():
            wait(lambda tree=tree, column=column: self.shown(tree) == self.sums(flows, column),
                 lambda tree=tree, column=column: f"{self.sums(flows, column)}, not {self.shown(tree)}")
        for title in "Flowscope protocols", "Flowscope ends of flows", "Flowscope TCP states":
            host.to_front(title)
        dialog, tree = trees["state"]
        dialog.find("text", "Display filter entry").type_filter("flowscope.flow_id == 13")
        dialog.find("push button", "Apply").click()
        one = self.sums((flow for flow in flows if flow["flow_id"] == "13"), "state")
        wait(lambda: self.shown(tree) == one, lambda: f"{one}, not {self.shown(tree)}")
        self.assertEqual(self.shown(trees["proto"][1]), self.sums(flows, "proto"))
        self.shot("groups")
        self.quit()


class Copies(GuiTest):
    def setUp(self):
        super().setUp()
        content, _ = hostile()
        self.path = os.path.join(self.home, "copies.pcapng")
        with open(self.path, "wb") as file:
            file.write(content)

    def of_stats(self, section):
        """Packets and the delays, by name, of what there is."""
        done = subprocess.run([COMMAND, "stats", "-f", "table", self.path], check=True, text=True, stdout=subprocess.PIPE)
        _, *lines = done.stdout.split(f"\n[{section}]\n")[1].split("\n[")[0].splitlines()
        rows = (line.split() for line in lines)
        return {row[0]: row[1:] for row in rows if row[1] != "0"}

    @staticmethod
    def shown(tree):
        """Without the bytes, which the statistics do not have."""
        return {row[0].strip(): [text.strip() or "-" for text in row[1:2] + row[3:]] for row in tree.rows()}

    def test_tables(self):
        """By kind and by interfaces what `stats` has, and on each flow; a filter selects copies."""
        flows = command("flows", self.path)
        host = self.start(self.path)
        frames = len(command("packets", self.path))
        host.wait_for_counts(frames, frames)
        dialogs = {}
        for at, (title, section) in enumerate((("Flowscope copies by kind", "duplicates"),
                                               ("Flowscope copies by interfaces", "duplicate_pairs"))):
            dialogs[section] = host.open(f".*{title}.*", "Statistics", title)
            host.resize(title, 900, 300, top=160 + 320 * at)
        trees = {section: dialog.find("tree") for section, dialog in dialogs.items()}
        wanted = {section: self.of_stats(section) for section in trees}
        self.assertEqual([len(rows) for rows in wanted.values()], [3, 8])
        for section, tree in trees.items():
            wait(lambda section=section, tree=tree: self.shown(tree) == wanted[section],
                 lambda section=section, tree=tree: f"{wanted[section]}, not {self.shown(tree)}")
        host.to_front("Flowscope copies by kind")
        self.shot("copies-tables")
        dialog = dialogs["duplicates"]
        dialog.find("text", "Display filter entry").type_filter('flowscope.dup_kind == "routed"')
        dialog.find("push button", "Apply").click()
        one = {"routed": wanted["duplicates"]["routed"]}
        wait(lambda: self.shown(trees["duplicates"]) == one, lambda: f"{one}, not {self.shown(trees['duplicates'])}")
        self.assertEqual(self.shown(trees["duplicate_pairs"]), wanted["duplicate_pairs"])
        tree = host.open(".*Flowscope flows.*", "Statistics", "Flowscope flows").find("tree")
        wait(lambda: tree.row_count() == len(flows), "the flows")
        self.assertEqual(dict(zip(tree.column("Flow"), (text.strip() for text in tree.column("Copies")))),
                         {flow["flow_id"]: flow["dup_packets"] for flow in flows})
        self.quit()


class Conversations(GuiTest):
    def test_tab(self):
        """Our flows are one of the types of conversation; one of them becomes the display filter."""
        flows, rows = command("flows", SAMPLE), command("packets", SAMPLE)
        host = self.start(SAMPLE)
        host.wait_for_counts(len(rows), len(rows))
        innermost = {row["flow_id"] for row in rows if row["pkt"]}
        dialog, tree = host.conversations(len(innermost))

        def ends(flow):
            return [flow["src"], flow["sport"], flow["dst"], flow["dport"]]
        columns = tree.columns()
        shown = [[text for name, text in zip(columns, row) if name in
                  ("Address A", "Port A", "Address B", "Port B")] for row in tree.rows()]
        self.assertEqual(sorted(shown), sorted(
            [end or "0" for end in ends(flow)] for flow in flows if flow["flow_id"] in innermost))
        self.shot("conversations")

        flow = next(flow for flow in flows if flow["flow_id"] == "13")
        at = [[row[0], row[1], row[2], row[3]] for row in tree.rows()].index(
            [flow["src"], flow["sport"], flow["dst"], flow["dport"]])
        host.context_menu(tree.cell(at, 0), "Apply as Filter", "Selected", "A ↔ B")
        wanted = [row["frame"] for row in rows if row["flow_id"] == "13"]
        host.wait_for_counts(len(rows), len(wanted))
        self.shot("conversation-applied")
        dialog.find("push button", "Close").click()
        host.dialog_gone(".*Conversations.*")
        self.assertEqual(host.packets().column("No."), wanted)
        self.quit()

    def check_filter(self, flow_id):
        rows = command("packets", SAMPLE)
        host = self.start(SAMPLE)
        host.wait_for_counts(len(rows), len(rows))
        row = next(row for row in rows if row["flow_id"] == flow_id)
        host.context_menu(host.packet_cell(row["frame"], "Info"), "Conversation Filter", "Flowscope flow")
        wanted = [row["frame"] for row in rows if row["flow_id"] == flow_id]
        host.wait_for_counts(len(rows), len(wanted))
        self.assertEqual(host.packets().column("No."), wanted)
        self.assertIn(f"flowscope.parent_id == {flow_id}", host.display_filter())
        self.shot("conversation-filter-" + flow_id)
        self.quit()

    # A menu that opens for the second time is not told whole to screen readers (Qt 5.15).

    def test_filter(self):
        """Of the right button."""
        self.check_filter("13")

    def test_filter_inside(self):
        """In a tunnel it is the flow inside."""
        self.check_filter("21")


if __name__ == "__main__":
    unittest.main()
