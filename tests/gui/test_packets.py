# SPDX-License-Identifier: BSD-2-Clause
"""The main window: a file is opened, packets show their flow, in the tree, in columns, to filters."""
import decimal
import unittest

from desktop import wait
from host import command, GuiTest, host_version, SAMPLE


class Packets(GuiTest):
    def test_open(self):
        """By the dialog, as from an empty window."""
        host = self.start()
        host.key("ctrl+o")
        dialog = host.dialog(".*Open Capture File")
        dialog.find("text", "File name:").type(SAMPLE)
        host.key("Return")
        rows = command("packets", SAMPLE)
        host.wait_for_counts(len(rows), len(rows))
        self.assertEqual(host.packets().column("No."), [row["frame"] for row in rows])
        self.shot("open")
        self.quit()

    def test_tree(self):
        """The line of a packet, what stands below it, and links that lead to other packets."""
        host = self.start(SAMPLE)
        rows = {row["frame"]: row for row in command("packets", SAMPLE)}
        flows = {row["flow_id"]: row for row in command("flows", SAMPLE)}
        host.wait_for_counts(len(rows), len(rows))
        row = next(row for row in rows.values() if row["flow_id"] == "2" and row["pkt"] == "4")
        flow = flows["2"]
        packets = str(int(flow["packets_fwd"]) + int(flow["packets_rev"]))

        host.packets().cell(int(row["frame"]) - 1, "Info").click()
        line = host.detail(r"\[Flowscope, flow 2, .*")
        for text in (f"{flow['src']}:{flow['sport']} -> {flow['dst']}:{flow['dport']} tcp",
                     f"packet 4 of {packets}, {row['dir']}, {row['tcp_state']}", flow["end_reason"]):
            self.assertIn(text, line.name)
        line.click(times=2)
        host.detail(r"\[Flow: 2\]")
        # Since Wireshark 4.6 a time below one second is in milliseconds.
        milliseconds = f"{decimal.Decimal(flow['duration']) * 1000:.6f}"
        for text in (row["tcp_state"], row["dir"], row["prev_frame"], packets, flow["end_reason"],
                     rf"({flow['duration']} seconds|{milliseconds} milliseconds)"):
            host.detail(rf"\[.*: {text}\]")
        self.shot("tree")

        host.detail(rf"\[Previous frame of the flow: {row['prev_frame']}\]").click(times=2)
        host.detail(rf"Frame {row['prev_frame']}: .*")
        wait(lambda: host.selected_frame() == row["prev_frame"], "the packet that the link names")
        host.key("alt+Left")
        host.detail(rf"Frame {row['frame']}: .*")
        self.quit()

    def test_columns(self):
        """A field of the tree becomes a column with the values of every packet."""
        host = self.start(SAMPLE)
        rows = command("packets", SAMPLE)
        host.wait_for_counts(len(rows), len(rows))
        host.packets().cell(2, "Info").click()
        host.detail(r"\[Flowscope, .*").click(times=2)
        host.context_menu(host.detail(r"\[Flow: \d+\]"), "Apply as Column")
        wait(lambda: "Flow" in host.packets().columns(), lambda: f"a column in {host.packets().columns()}")
        self.assertEqual(host.packets().column("Flow"), [row["flow_id"] for row in rows])
        self.shot("columns")

        flow = next(row for row in rows if row["flow_id"] == "13")
        host.filter("flowscope.flow_id == 13 && flowscope.dir == \"fwd\"")
        wanted = [row for row in rows if (row["flow_id"], row["dir"]) == ("13", flow["dir"])]
        host.wait_for_counts(len(rows), len(wanted))
        self.assertEqual(host.packets().column("No."), [row["frame"] for row in wanted])
        self.assertEqual(set(host.packets().column("Flow")), {"13"})
        self.shot("filtered")
        self.quit()

    def test_profile(self):
        """Chosen as the profile that comes with the plugin: its columns, and a button of its filters."""
        host = self.start("-C", "flowscope", SAMPLE)
        rows = command("packets", SAMPLE)
        host.wait_for_counts(len(rows), len(rows))
        self.assertIn("Profile: flowscope", host.status())
        packets = host.packets()
        for column, name in ("Flow", "flow_id"), ("Dir", "dir"), ("Pkt", "pkt"), ("State", "tcp_state"):
            self.assertEqual(packets.column(column), [row[name] for row in rows])
        host.window.find("push button", "No flow").click()
        host.wait_for_counts(len(rows), sum(not row["flow_id"] for row in rows))
        self.shot("profile")
        self.quit()

    def test_copies(self):
        """The profile paints copies, the button shows them alone, and a copy links to what it copies."""
        host = self.start("-C", "flowscope", SAMPLE)
        rows = command("packets", SAMPLE)
        host.wait_for_counts(len(rows), len(rows))
        copy = next(row for row in rows if row["dup_of"])
        host.go_to(copy["frame"])
        host.open_frame_line()
        rule = host.wait_for_rule(copy["frame"], copy["dup_of"], "Copy of an earlier frame")
        self.assertEqual(rule, "flowscope.dup")
        host.detail(r"Frame \d+: .*").click(times=2)  # closed again, so that what is below it is in sight
        host.detail(r"\[Flowscope, .*").click(times=2)
        link = host.detail(rf"\[Copy of: {copy['dup_of']}\]")
        self.shot("copies")
        link.click(times=2)
        wait(lambda: host.selected_frame() == copy["dup_of"], "the packet that the link names")
        host.window.find("push button", "Copies").click()
        copies = [row["frame"] for row in rows if row["dup_of"]]
        host.wait_for_counts(len(rows), len(copies))
        self.assertEqual(host.packets().column("No."), copies)
        self.quit()

    def test_colorize(self):
        """The conversation of the right button in a colour of its own: the flow's packets, no others."""
        host = self.start(SAMPLE)
        rows = command("packets", SAMPLE)
        host.wait_for_counts(len(rows), len(rows))
        flow = [row["frame"] for row in rows if row["flow_id"] == "13"]
        other = next(row["frame"] for row in rows[int(flow[-1]):] if row["flow_id"] not in ("13", ""))
        host.context_menu(host.packet_cell(flow[0], "No."), "Colorize Conversation", "Flowscope flow", "Color 1")
        host.open_frame_line()
        for frame, beside in (flow[0], flow[-1]), (flow[-1], flow[0]):
            rule = host.wait_for_rule(frame, beside, "___conversation_color_filter___01")
            self.assertEqual(rule, "flowscope.flow_id == 13 || flowscope.parent_id == 13")
        self.assertNotIn("conversation", str(host.coloring_rule(other)))
        host.go_to(flow[1])
        self.shot("colorized")
        self.quit()

    @unittest.skipIf(host_version() < (4, 4), "the menu Follow of this Wireshark is a fixed list")
    def test_follow(self):
        """What a flow said, from the menu of the right button."""
        host = self.start(SAMPLE)
        rows = command("packets", SAMPLE)
        host.wait_for_counts(len(rows), len(rows))
        frame = next(row["frame"] for row in rows if row["flow_id"] == "13")
        host.context_menu(host.packet_cell(frame, "No."), "Follow", "Flowscope Stream")
        dialog = host.dialog(".*Follow Flowscope Stream.*")
        wait(lambda: any("GET /index.html" in text.text() for text in dialog.all("text")), "the request")
        self.assertIn("flowscope.flow_id == 13", host.display_filter())
        self.shot("follow")
        dialog.find("push button", "Close").click()
        self.quit()

    def test_whole_flows(self):
        """A filter on what is known at the end of the file: in force while that is loaded, then typed."""
        rows = command("packets", SAMPLE)

        def wait_for_ended_by(reason):
            ended = {flow["flow_id"] for flow in command("flows", SAMPLE) if flow["end_reason"] == reason}
            wanted = [row["frame"] for row in rows if row["flow_id"] in ended]
            host.wait_for_counts(len(rows), len(wanted))
            self.assertEqual(host.packets().column("No."), wanted)

        host = self.start("-Y", 'flowscope.flow.end_reason == "rst"', SAMPLE)
        wait_for_ended_by("rst")
        host.filter('flowscope.flow.end_reason == "fin"')
        wait_for_ended_by("fin")
        self.quit()


if __name__ == "__main__":
    unittest.main()
