# SPDX-License-Identifier: BSD-2-Clause
"""What happens to a file that is open: reload, other preferences, a capture that goes on."""
import os
import shutil
import sys
import unittest

from desktop import wait
from host import BUILD, command, FLOW_COLUMN, GuiTest, SAMPLE
import own_network

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../plugin"))
import frames  # noqa: E402 (of the folder beside this one)

SLOW_READS = os.path.join(BUILD, "tests/gui/libflowscope_slow_reads.so")


class Reload(GuiTest):
    preferences = 'gui.column.format: "No.", "%m", "Time", "%t", "Flow", "%Cus:flowscope.flow_id:0:R", ' \
        '"Info", "%i"\n'

    def test_reload(self):
        """The file has become another one: nothing of the first is left, and the filter is in force."""
        path = os.path.join(self.home, "capture.pcap")
        shutil.copy(SAMPLE, path)
        host = self.start(path)
        host.wait_for_counts(270, 270)
        host.filter("flowscope.flow.packets == 10")
        ids = {row["flow_id"] for row in command("flows", SAMPLE)
               if int(row["packets_fwd"]) + int(row["packets_rev"]) == 10}
        host.wait_for_counts(270, sum(row["flow_id"] in ids for row in command("packets", SAMPLE)))
        with open(path, "wb") as file:
            file.write(frames.pcap([frames.udp_frame(), *frames.conversation(), frames.udp_frame(9, 10)]))
        host.key("ctrl+r")
        host.wait_for_counts(12, 10)
        self.assertEqual(host.packets().column("Flow"), 10 * ["2"])
        self.shot("reloaded")
        self.quit()

    def test_window(self):
        """That of a table outlives its file: its rows stay and sort, also when another shows the next file's."""
        def sort_by(table, column):
            before = table.rows()
            next(head for head in table.heads() if head.name == column).click()
            wait(lambda: table.rows() != before, "another order")
            self.assertEqual(sorted(table.rows()), sorted(before))

        path = os.path.join(self.home, "capture.pcap")
        shutil.copy(SAMPLE, path)
        host = self.start(path)
        host.wait_for_counts(270, 270)
        old = host.open(".*Flowscope flows.*", "Statistics", "Flowscope flows").find("tree")
        host.resize("Flowscope flows", 1000, 400)
        wait(lambda: old.row_count() == len(command("flows", SAMPLE)), "the flows")
        with open(path, "wb") as file:
            file.write(frames.pcap([frames.udp_frame(), *frames.conversation()]))
        host.menu("View", "Reload")
        host.wait_for_counts(11, 11)
        dialog = host.open(".*Flowscope flows.*capture.pcap", "Statistics", "Flowscope flows")
        host.resize("Flowscope flows.*capture.pcap", 1000, 300, top=600)
        new = dialog.find("tree")
        wait(lambda: [text.strip() for text in new.column("Packets")] == ["1", "10"], "two flows")
        host.to_front("Flowscope flows.*no capture file")
        sort_by(old, "Bytes")
        dialog.find("push button", "Close").click()
        host.dialog_gone(".*Flowscope flows.*capture.pcap")
        sort_by(old, "Packets")
        self.shot("window-of-another-file")
        self.quit()

    def test_ignored(self):
        """A packet that the user ignores is in no flow, and back again."""
        path = os.path.join(self.home, "capture.pcap")
        with open(path, "wb") as file:
            file.write(frames.pcap([frames.udp_frame(), frames.udp_frame(9, 10), frames.udp_frame()]))
        host = self.start(path)
        host.wait_for_counts(3, 3)
        self.assertEqual(host.packets().column("Flow"), ["1", "2", "1"])
        host.packets().cell(0, "Info").click()
        for ids, packets in (["", "1", "2"], ["1", "1"]), (["1", "2", "1"], ["2", "1"]):
            host.key("ctrl+d")
            wait(lambda: host.packets().column("Flow") == ids, f"flows {ids}")
            self.assertEqual([row["Packets"] for row in host.table("Flowscope flows")], packets)
        self.quit()

    def test_time_reference(self):
        """It changes the column Time, and neither flows nor their times."""
        path = os.path.join(self.home, "capture.pcap")
        with open(path, "wb") as file:
            file.write(frames.pcap([frames.udp_frame(), *frames.conversation(), frames.udp_frame()]))
        host = self.start(path)
        host.wait_for_counts(12, 12)
        flows = host.table("Flowscope flows")
        self.assertEqual([row["Duration"] for row in flows], ["1.100000000", "0.900000000"])
        host.packets().cell(4, "Info").click()
        line = host.detail(r"\[Flowscope, flow 2, .*").name
        self.assertIn("0.900000000 s, fin", line)
        host.key("ctrl+t")
        wait(lambda: host.packets().column("Time")[4] == "*REF*", "the reference")
        self.assertEqual(host.packets().column("Time")[5], "0.100000")
        self.assertEqual(host.packets().column("Flow"), ["1", *10 * ["2"], "1"])
        self.assertEqual(host.table("Flowscope flows"), flows)
        host.packets().cell(5, "Info").click()
        host.detail(r"Frame 6: .*")
        self.assertIn("packet 5 of 10, rev, established; 412 bytes, 0.900000000 s, fin",
                      host.detail(r"\[Flowscope, flow 2, .*").name)
        self.shot("time-reference")
        self.quit()


class Interrupted(GuiTest):
    preferences = 'gui.column.format: "No.", "%m", "Flow", "%Cus:flowscope.flow_id:0:R", ' \
        '"Packets", "%Cus:flowscope.flow.packets:0:R", "Info", "%i"\n'

    def stop(self, host, start, slow):
        """Starts what goes through all packets, and stops it by the button in the status bar."""
        button = next(button for button in host.window.now("status bar").everything()
                      if button.role == "push button" and button.parent().has_child("progress bar"))
        with open(slow, "wb"):
            start()
            wait(lambda: button.has("showing"), "the button that stops")
            button.click()
        wait(lambda: not button.has("showing"), "the end of the work")
        os.remove(slow)

    def test_redissection(self):
        """Stopped in its course, the packets so far have their flows, and nobody says how large those are;
        the next thing that goes through all packets makes it whole."""
        count = 6000
        path, slow = os.path.join(self.home, "capture.pcap"), os.path.join(self.home, "slow")
        with open(path, "wb") as file:
            file.write(frames.pcap([frames.udp_frame(number % 3 + 1) for number in range(count)]))
        host = self.start(path, env={"LD_PRELOAD": SLOW_READS, "FLOWSCOPE_SLOW": slow})
        host.wait_for_counts(count, count)
        host.packets().cell(1, "Info").click()
        host.detail(r"\[Flowscope, flow 2, .*")
        self.stop(host, lambda: host.key("ctrl+d"), slow)
        flows = host.packets().column("Flow")
        displayed = len(flows)
        self.assertLess(displayed, count)
        self.assertEqual(flows, ["1", "", *["2", "1", "3"] * displayed][:displayed])
        self.assertEqual(set(host.packets().column("Packets")), {""})
        self.shot("interrupted")
        host.filter("flowscope.flow.packets == 1999")
        host.wait_for_counts(count, 1999)
        host.filter("")
        host.wait_for_counts(count, count)
        host.packets().cell(1, "Info").click()
        host.key("ctrl+d")
        wait(lambda: host.packets().cell(1, "Packets").name == "2000", "whole flows")
        self.quit()


class Preferences(GuiTest):
    preferences = FLOW_COLUMN

    def set_udp_idle_timeout(self, host, text):
        """By the dialog, from the line of a packet."""
        host.packets().cell(0, "Info").click()
        line = host.detail(r"\[Flowscope, .*")
        host.context_menu(line, "Protocol Preferences", "Open Flowscope preferences…")
        dialog = host.dialog(".*Preferences")
        field = dialog.beside("UDP idle timeout")
        self.assertEqual(field.text(), "60s")
        field.type(text)
        self.shot("preferences")
        dialog.find("push button", "OK").click()
        host.dialog_gone(".*Preferences")

    def test_change(self):
        """The analysis runs again with the new value."""
        host = self.start(SAMPLE)
        rows = command("packets", SAMPLE)
        host.wait_for_counts(len(rows), len(rows))
        self.assertEqual(host.packets().column("Flow"), [row["flow_id"] for row in rows])
        self.set_udp_idle_timeout(host, "1ms")
        others = command("packets", "--udp-idle-timeout", "1ms", SAMPLE)
        self.assertNotEqual([row["flow_id"] for row in others], [row["flow_id"] for row in rows])
        wait(lambda: host.packets().column("Flow") == [row["flow_id"] for row in others], "other flows")
        self.shot("preferences-changed")
        self.quit()

    def test_filter(self):
        """One on whole flows, in force when the preference changes, shows those of the new analysis."""
        def shown(*options):
            ids = {row["flow_id"] for row in command("flows", *options, SAMPLE)
                   if int(row["packets_fwd"]) + int(row["packets_rev"]) == 1}
            return [(row["frame"], row["flow_id"]) for row in command("packets", *options, SAMPLE)
                    if row["flow_id"] in ids]

        host = self.start(SAMPLE)
        count = len(command("packets", SAMPLE))
        host.wait_for_counts(count, count)
        host.filter("flowscope.flow.packets == 1")
        before, after = shown(), shown("--udp-idle-timeout", "1ms")
        self.assertTrue(before)
        self.assertNotEqual(len(after), len(before))
        host.wait_for_counts(count, len(before))
        self.set_udp_idle_timeout(host, "1ms")
        host.wait_for_counts(count, len(after))
        packets = host.packets()
        self.assertEqual(list(zip(packets.column("No."), packets.column("Flow"))), after)
        self.shot("preferences-filter")
        self.quit()


class Live(GuiTest):
    preferences = FLOW_COLUMN

    def send(self, port, count):
        with open(self.fifo, "w", encoding="ascii") as fifo:
            fifo.write(f"{port} {count}\n")

    def test_capture(self):
        """Packets get their flows as they come; a capture that starts anew starts with flow 1."""
        if not own_network.can_be_made():
            self.skipTest("no network namespaces here")
        self.fifo = os.path.join(self.home, "fifo")
        os.mkfifo(self.fifo)
        host = self.start(prefix=[*own_network.UNSHARE, sys.executable, own_network.__file__, self.fifo])
        wait(lambda: next((cell for tree in host.window.all("tree") for cell in tree.children()
                           if cell.name == "Loopback: lo"), None), "the loopback").click(times=2)
        wait(lambda: "Capturing from Loopback: lo" in host.window.name, "the capture")
        self.send(4001, 3)
        host.wait_for_counts(6, 6)
        self.send(4002, 2)
        host.wait_for_counts(10, 10)
        self.assertEqual(host.packets().column("Flow"), 6 * ["1"] + 4 * ["2"])
        host.filter("flowscope.flow_id == 2")
        host.wait_for_counts(10, 4)
        self.send(4002, 1)
        self.send(4003, 1)
        host.wait_for_counts(14, 6)
        self.shot("live")

        dialog = host.open(".*Flowscope flows.*", "Statistics", "Flowscope flows")
        table = dialog.find("tree")
        wait(lambda: [text.strip() for text in table.column("Packets")] == ["6", "6", "2"], "three flows")
        self.send(4003, 1)
        host.wait_for_counts(16, 6)
        dialog.find("push button", "Apply").click()  # the host's tables of this kind stand still until then
        wait(lambda: [text.strip() for text in table.column("Packets")] == ["6", "6", "4"], "two packets more")
        dialog.find("push button", "Close").click()
        host.dialog_gone(".*Flowscope flows.*")

        host.filter("")  # the window is limited to one that is in force
        host.wait_for_counts(16, 16)
        dialog, tree = host.conversations(3)
        self.send(4005, 2)
        wait(lambda: sorted(tree.column("Packets")) == ["4", "4", "6", "6"], "another conversation")
        self.shot("live-conversations")
        dialog.find("push button", "Close").click()
        host.dialog_gone(".*Conversations.*")
        host.filter("flowscope.flow_id == 2")
        host.wait_for_counts(20, 6)

        host.menu("Capture", "Stop")
        wait(lambda: "Capturing" not in host.window.name, "the end of the capture")
        host.packets().cell(0, "Info").click()
        host.detail(r"\[Flowscope, flow 2, 127.0.0.1:4002 -> 127.0.0.1:47112 udp, packet 1 of 6.*")

        host.filter("")
        host.menu("Capture", "Start")
        wait(lambda: "Capturing" in host.window.name, "another capture")
        self.send(4004, 1)
        host.wait_for_counts(2, 2)
        self.assertEqual(host.packets().column("Flow"), ["1", "1"])
        host.menu("Capture", "Stop")
        wait(lambda: "Capturing" not in host.window.name, "the end of the capture")
        self.quit()


if __name__ == "__main__":
    unittest.main()
