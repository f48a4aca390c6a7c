"""The drill-down windows, driven by keyboard and seen through accessibility alone."""

import re
import subprocess
import time
import unittest

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402
import keyboard  # noqa: E402
import support  # noqa: E402
from support import MENU_ITEMS, Program, hold_keyboard, is_showing, key, keys, menu_items, pump, wait_for, walk  # noqa: E402

PRINTABLE = "".join(chr(code) for code in range(0x20, 0x7F))


class DrillDown(unittest.TestCase):
    def setUp(self):
        # A process that is busy all the time, which the tests look for.
        self.load = subprocess.Popen(["sh", "-c", "while :; do :; done"])
        self.addCleanup(self.load.wait)
        self.addCleanup(self.load.kill)
        hold_keyboard()
        self.program = Program("--open", "cpu")
        self.addCleanup(self.program.stop)
        self.window = wait_for("the window", lambda: self.program.find_window("CPU Processes"))
        wait_for("rows", self.rows)

    def rows(self):
        """Labels of the rows on screen: each reads as a sentence."""
        rows = (node for node in walk(self.window) if node.get_role() == Atspi.Role.TABLE_ROW)
        return [name for name in (row.get_name() for row in rows) if ", PID " in name]

    def focused_name(self):
        for node in walk(self.window):
            if node.get_state_set().contains(Atspi.StateType.FOCUSED):
                return node.get_name()
        return None

    def focused_row(self):
        for node in walk(self.window):
            if node.get_role() == Atspi.Role.TABLE_ROW and node.get_state_set().contains(Atspi.StateType.FOCUSED):
                return node
        return None

    def filter_text(self):
        for node in walk(self.window):
            if "EditableText" in node.get_interfaces():
                return Atspi.Text.get_text(node, 0, Atspi.Text.get_character_count(node))
        return None

    def is_filtered(self):
        """Whether the title tells of fewer rows than there are. Those on the screen may be as many as before."""
        counts = (re.search(r"(\d+) of (\d+)$", node.get_name() or "") for node in walk(self.window))
        return any(int(count[1]) < int(count[2]) for count in counts if count)

    def says(self, part):
        return any(part in (node.get_name() or "") for node in walk(self.window))

    def test_rows_read_as_sentences(self):
        self.assertEqual(self.window.get_role(), Atspi.Role.DIALOG)
        wait_for("the spinning shell", lambda: any(row.startswith("sh, PID ") and " percent" in row for row in self.rows()))

    def test_typing_filters_and_esc_steps_back(self):
        keys("-k", "Down")
        wait_for("the focus in the rows", self.focused_row)
        keys("sh")
        wait_for("the letters in the filter", lambda: self.filter_text() == "sh")
        wait_for("the shell among the results", lambda: any(row.startswith("sh, ") for row in self.rows()))
        wait_for("the results alone", self.is_filtered)
        keys("-k", "Return")
        wait_for("the focus back in the rows", self.focused_row)
        keys("-k", "Return")
        wait_for("the details", lambda: self.says("Command Line"))
        keys("-k", "Escape")
        wait_for("the table again", self.rows)
        self.assertEqual(self.filter_text(), "sh")
        keys("-k", "Escape")
        wait_for("the filter taken away", lambda: self.filter_text() == "")
        keys("-k", "Escape")
        wait_for("the window closed", lambda: self.program.find_window("CPU Processes") is None)
        self.assertIsNone(self.program.process.poll(), "closing a drill-down ended the program")

    def test_what_is_done_while_the_details_go_keeps_the_focus(self):
        keys("sh", "-k", "Return")
        wait_for("the focus in the rows", self.focused_row)
        menu_item = lambda: (node := self.program.focused()) is not None and node.get_role() in MENU_ITEMS and is_showing(node)  # noqa: E731
        filters = lambda: (node := self.program.focused()) is not None and (node.get_role_name(), node.get_name()) == ("entry", "Filter")  # noqa: E731
        details = lambda: any(node.get_name() == "Command Line" for node in walk(self.window))  # noqa: E731
        # The menu opens, and Ctrl+F goes to the filter, before the page with the details has gone.
        for leave, then, there in (("Escape", ("F10", "shift"), menu_item), (None, ("f", "ctrl"), filters)):
            keys("-k", "Return")
            wait_for("the details", details)
            if leave:
                support.held_keyboard().press(leave)
            support.held_keyboard().press(*then)
            wait_for("what was opened", there)
            wait_for("the details to go", lambda: not details())
            pump(0.3)
            self.assertTrue(there(), f"{then} lost the focus to {self.program.focused().get_role_name()}")
            if leave:
                keys("-k", "Escape")
                wait_for("the focus in the rows", self.focused_row)

    def test_every_character_belongs_to_the_filter(self):
        key("f", "ctrl")
        keys(PRINTABLE)
        wait_for("all printable characters", lambda: self.filter_text() == PRINTABLE)
        # They are the entry's own, not the table's and not the window's.
        for pressed in ("a", "c"):
            key(pressed, "ctrl")
        keys("-k", "End")
        key("v", "ctrl")
        wait_for("them twice", lambda: self.filter_text() == PRINTABLE * 2)
        key("a", "ctrl")
        key("Delete", "ctrl")
        wait_for("an empty filter", lambda: self.filter_text() == "")
        keys("one two", "-k", "Home")
        key("Delete", "ctrl")
        wait_for("one word less", lambda: self.filter_text() == " two")
        self.assertIsNotNone(self.program.find_window("CPU Processes"))

    def hold(self, name, until):
        """Holds a key down, which repeats itself, until something is so."""
        held = support.held_keyboard()
        held.key(keyboard.CODES.get(name) or keyboard.CHARACTERS[name][0], 1)
        held.connection.round_trip()
        try:
            wait_for("what the key does", until)
            # As long as a letter took to come several times.
            pump(1)
        finally:
            held.key(keyboard.CODES.get(name) or keyboard.CHARACTERS[name][0], 0)
            held.connection.round_trip()

    def test_a_key_that_is_held_down_goes_one_step_back(self):
        key("f", "ctrl")
        self.hold("s", lambda: (self.filter_text() or "").startswith("sss"))
        self.hold("Escape", lambda: self.filter_text() == "")
        self.assertIsNotNone(self.program.find_window("CPU Processes"), "the key that took the filter away closed the window")
        keys("-k", "Escape")
        wait_for("the window closed", lambda: self.program.find_window("CPU Processes") is None)

    def test_headings_sort_by_key(self):
        heard = []
        listener = Atspi.EventListener.new(lambda event: heard.append(str(event.any_data)))
        listener.register("object:announcement")
        for _ in range(12):
            pump(0.2)
            if self.focused_name() == "Process":
                break
            key("Tab")
        wait_for("the focus on the first heading", lambda: self.focused_name() == "Process")
        key("Right")
        wait_for("the focus on the next heading", lambda: self.focused_name() == "PID")
        key("Return")
        announced = lambda: any("sorted by PID, descending" in each for each in heard)  # noqa: E731
        wait_for("the announcement", announced)
        pids = lambda: [int(row.split(", PID ")[1].split(",")[0]) for row in self.rows()]  # noqa: E731
        wait_for("rows by PID", lambda: pids() == sorted(pids(), reverse=True))
        listener.deregister("object:announcement")
        for opens in (("Menu",), ("F10", "shift")):
            key(*opens)
            wait_for("the menu of the columns", lambda: any(item.get_name() == "Sort By" for item in menu_items(self.program)))
            keys("-k", "Escape")
            wait_for("the focus back on the heading", lambda: self.focused_name() == "PID")
        key("Tab")
        wait_for("the focus in the rows", self.focused_row)
        key("Tab", "shift")
        wait_for("the focus back on the heading", lambda: self.focused_name() == "PID")

    def test_a_focused_row_is_silent(self):
        # A process that will not end in the meantime.
        keys(f"pid:{self.load.pid}")
        wait_for("its row alone", lambda: len(self.rows()) == 1)
        keys("-k", "Down")
        wait_for("the focus in the rows", self.focused_row)
        focused = self.focused_row()
        before = focused.get_name()
        changes = []
        listener = Atspi.EventListener.new(lambda event: changes.append(event.source))
        listener.register("object:property-change:accessible-name")
        refreshes, shown = 0, ""
        deadline = time.monotonic() + 200
        while refreshes < 20 and time.monotonic() < deadline:
            pump(0.2)
            now = "|".join(node.get_name() or "" for node in walk(self.window) if node.get_role() == Atspi.Role.LABEL)
            refreshes += now != shown
            shown = now
        listener.deregister("object:property-change:accessible-name")
        self.assertGreaterEqual(refreshes, 20)
        self.assertEqual(focused.get_name(), before)
        self.assertNotIn(focused, changes)

    def test_pause_freezes(self):
        key("p", "ctrl")
        wait_for("the pause", lambda: self.says("Paused at "))
        before = self.rows()
        key("p", "ctrl")
        wait_for("going on", lambda: self.says("Every 3 s"))
        wait_for("fresh values", lambda: self.rows() != before)


if __name__ == "__main__":
    unittest.main()
