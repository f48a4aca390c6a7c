"""Processes grouped by program, with the keyboard alone."""

import os
import shutil
import subprocess
import unittest

from support import Atspi, Program, choose, hold_keyboard, key, keys, temporary_folder, wait_for, walk

NAME = "sysmon-twin"


class Groups(unittest.TestCase):
    def setUp(self):
        hold_keyboard()
        folder = temporary_folder(self)
        twin = folder / NAME
        shutil.copy(os.path.realpath(shutil.which("sleep")), twin)
        self.twins = [subprocess.Popen([twin, "3600"]) for _ in range(3)]
        for process in self.twins:
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
        self.program = Program("--open", "cpu")
        self.addCleanup(self.program.stop)
        wait_for("the rows", lambda: self.row(""))
        key("f", "ctrl")
        keys(NAME)
        wait_for("those that pass", lambda: self.row(f"{NAME}, PID"))

    def row(self, start):
        """The row whose sentence begins like this."""
        rows = (node for node in walk(self.program.root) if node.get_role() == Atspi.Role.TABLE_ROW)
        return next((row for row in rows if (row.get_name() or "").startswith(start)), None)

    def has_focus(self, start):
        focused = self.program.focused()
        return focused is not None and (focused.get_name() or "").startswith(start)

    def is_open(self, start):
        states = self.row(start).get_state_set()
        self.assertTrue(states.contains(Atspi.StateType.EXPANDABLE))
        return states.contains(Atspi.StateType.EXPANDED)

    def test_a_program_is_one_row_that_opens(self):
        together = f"{NAME}, 3 processes"
        choose(self.program, "Group by Program")
        wait_for("one row", lambda: self.row(together) and not self.row(f"{NAME}, PID"))
        self.assertFalse(self.is_open(together))

        key("f", "ctrl")
        key("Down")
        wait_for("the focus in it", lambda: self.has_focus(together))
        key("Right")
        wait_for("its processes", lambda: all(self.row(f"{NAME}, PID {twin.pid},") for twin in self.twins))
        self.assertTrue(self.is_open(together))
        self.assertTrue(self.has_focus(together))

        key("Down")
        wait_for("a process", lambda: self.has_focus(f"{NAME}, PID"))
        key("Left")
        wait_for("its program again", lambda: self.has_focus(together))
        key("Left")
        wait_for("it is closed", lambda: not self.row(f"{NAME}, PID"))
        self.assertFalse(self.is_open(together))
        self.assertTrue(self.has_focus(together))

        # One process is no group: Enter leads to its details.
        for twin in self.twins[1:]:
            twin.kill()
            twin.wait()
        def alone():
            # What is said of a row that has the focus changes only when somebody asks.
            key("F5")
            return self.has_focus(f"{NAME}, PID {self.twins[0].pid},")

        wait_for("the last one", alone)
        key("Return")
        wait_for("its details", lambda: any(node.get_name() == "Command Line" for node in walk(self.program.root)))


if __name__ == "__main__":
    unittest.main()
