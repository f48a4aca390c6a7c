"""What happens by itself is not spoken: refreshes leave the focus and the selection alone, and an error is told once."""

import os
import shlex
import signal
import subprocess
import sys
import time
import unittest
from unittest import mock

from person import ROLE, STATE, Person, has, tell
from support import Atspi, Events, is_showing, pump, temporary_folder, wait_for, walk
from test_remote import PROBE, SCRIPT
from test_walk import busy, rows

NAME = "quietrow"
# It sleeps until its input ends.
IDLE = "import sys\nsys.stdin.read()"
# It is busy for a bit of each second, and not for as long a bit as the second before.
BUSY = """
import time
while True:
    for bit in 0.05, 0.2, 0.1:
        end = time.process_time() + bit
        while time.process_time() < end: pass
        time.sleep(1 - bit)
"""
REFRESHES = 20


class Silence(unittest.TestCase):
    def start(self, code):
        program = temporary_folder(self) / NAME
        program.symlink_to(sys.executable)
        process = subprocess.Popen([program, "-c", code], stdin=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process.pid

    def test_refreshes_of_a_scrolled_table_are_silent(self):
        for _ in range(40):
            self.start(IDLE)
        busy = {self.start(BUSY) for _ in range(3)}
        person = Person(self, "--open", "cpu")
        window = wait_for("the table", lambda: person.program.find_window("CPU Processes"))
        wait_for("the focus in it", lambda: person.window() is window)
        person.go_to("Every 3 s", ROLE.TOGGLE_BUTTON)
        person.press("space")
        wait_for("its list", lambda: (node := person.focus()) and node.get_role() == ROLE.LIST_ITEM)
        person.press("Home")
        person.press("Return")
        person.press("f", "ctrl")
        wait_for("the filter", lambda: tell(person.focus()) == "entry “Filter”")
        person.type(f"name:{NAME}")
        wait_for("the rows", lambda: len(rows(window, f"{NAME}, PID")) > 5)
        wait_for("a refresh a second", lambda: any("Every 1 s · 43 of" in (node.get_name() or "") for node in walk(window)))
        # The busy ones stand at the end, and change places all the time.
        person.choose("Sort By", "Descending")
        is_busy = lambda row: any(f"PID {pid}," in (row.get_name() or "") for pid in busy)  # noqa: E731
        wait_for("the busy ones to leave the top", lambda: (top := rows(window, f"{NAME}, PID")) and not is_busy(top[0]))
        person.press("f", "ctrl")
        wait_for("the filter", lambda: tell(person.focus()) == "entry “Filter”")
        person.move("Down")
        wait_for("the rows", lambda: (node := person.focus()) and node.get_role() == ROLE.TABLE_ROW)
        person.press("End")
        row = wait_for("the last row", lambda: (node := person.focus()) is rows(window, "")[-1] and is_busy(node) and node)
        name = row.get_name()

        def values():
            """What the row shows, which is not what is said of it."""
            return [node.get_name() for node in walk(row) if node.get_role() == ROLE.LABEL]

        # The key's own scrolling is over with the next refresh.
        shown = values()
        wait_for("a refresh", lambda: values() != shown)
        person.heard.clear()
        # It stands still, so where it is tells how far the table is scrolled.
        still = [row for row in rows(window, f"{NAME}, PID") if not is_busy(row)][-5]
        place = lambda: (still.get_name(), still.get_extents(Atspi.CoordType.WINDOW).y)  # noqa: E731
        stood = place()
        with Events(person.program) as events:
            for refresh in range(REFRESHES):
                shown = values()
                wait_for("a refresh", lambda shown=shown: values() != shown)
                self.assertIs(person.focus(), row, f"refresh {refresh}: {tell(person.focus())}")
                self.assertTrue(has(row, STATE.SELECTED), f"refresh {refresh}")
                self.assertEqual(row.get_name(), name, f"refresh {refresh}")
                self.assertTrue(is_showing(row), f"refresh {refresh}")
                self.assertEqual(place(), stood, f"refresh {refresh}")
        self.assertEqual([event for event in events.seen if event[1:] == ("table row", name)], [])
        # The key that went to the row holds the order, which is said once.
        self.assertIn(person.heard, ([], ["Order held"]))

    def test_graphs_without_the_focus_are_described_at_most_every_five_seconds(self):
        busy(self)
        person = Person(self)
        person.choose("Graphs", "Each CPU")
        graphs = ["CPU", "Memory", "Disk", "Network"]
        if len(os.sched_getaffinity(0)) > 1:
            graphs.append("Each CPU")
        for name in graphs:
            says = lambda name=name: person.program.find("image", name).get_description() or ""  # noqa: E731
            wait_for(f"{name} in words", lambda says=says: "percent" in says() or "B/s" in says())
        focused = "CPU"
        person.go_to(focused, ROLE.IMAGE)
        described = {name: [] for name in graphs}

        def note(event):
            if event.source.get_process_id() == person.program.process.pid and event.source.get_role() == ROLE.IMAGE:
                described[event.source.get_name()].append((time.monotonic(), str(event.any_data)))

        def values():
            return [node.get_name() for node in person.program.all("label") if (node.get_name() or "").endswith(("%", "B/s"))]

        # What came with the focus is told by now.
        shown = values()
        wait_for("a refresh", lambda: values() != shown)
        listener = Atspi.EventListener.new(note)
        listener.register("object:property-change:accessible-description")
        self.addCleanup(listener.deregister, "object:property-change:accessible-description")
        began = time.monotonic()
        for _ in range(2 * REFRESHES):
            shown = values()
            wait_for("a refresh", lambda shown=shown: values() != shown)
        took = time.monotonic() - began
        self.assertEqual(described.pop(focused), [])
        # What stays as it is, such as an idle network, is not told again.
        self.assertTrue(any(described.values()))
        for name, told in described.items():
            # The first may come from the end of the five seconds before.
            self.assertLessEqual(len(told), took / 5 + 1, f"{name}, in {took:.1f} s: {told}")

    def test_a_lost_probe_is_told_once(self):
        folder = temporary_folder(self)
        started, refusal = folder / "pids", folder / "pids.not"
        command = shlex.join(["sh", "-c", SCRIPT, PROBE, str(started)])
        with mock.patch.dict(os.environ, {"SYSMON_PROBE_COMMAND": command}):
            person = Person(self, "--open", "cpu")
        window = wait_for("the table", lambda: person.program.find_window("CPU Processes"))
        wait_for("the rows", lambda: rows(window, ""))
        person.heard.clear()
        refusal.touch()
        tries = len(started.read_text().split())
        os.kill(int(started.read_text().split()[-1]), signal.SIGKILL)
        wait_for("that it is tried again", lambda: len(started.read_text().split()) >= tries + 4, 120)
        pump(1)
        self.assertTrue(any("probe ended" in text for text in person.heard), person.heard)
        self.assertEqual(sorted(set(person.heard)), sorted(person.heard))
        labels = (node.get_name() for node in walk(window) if node.get_role() == ROLE.LABEL and is_showing(node))
        self.assertTrue(any("probe ended" in (text or "") for text in labels), "the table says nothing of it")


if __name__ == "__main__":
    unittest.main()
