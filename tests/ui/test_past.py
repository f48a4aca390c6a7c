"""A moment ago: a load that is over is found in the graph and explained, with the keyboard alone."""

import re
import subprocess
import unittest

from support import Atspi, Program, hold_keyboard, key, keys, wait_for, walk

# It spins until a line comes.
LOAD = "import sys, threading\ndone = []\nthreading.Thread(target=lambda: done.append(sys.stdin.readline())).start()\nwhile not done: pass"


class Past(unittest.TestCase):
    def setUp(self):
        hold_keyboard()
        self.program = Program("--open", "cpu")
        self.addCleanup(self.program.stop)
        self.window = wait_for("the window", lambda: self.program.find_window("CPU Processes"))

    def rows(self):
        rows = (
            node
            for node in walk(self.window)
            if node.get_role() == Atspi.Role.TABLE_ROW and node.get_parent().get_role() == Atspi.Role.LIST
        )
        return [name for name in (row.get_name() for row in rows) if name]

    def says(self, part):
        return any(part in (node.get_name() or "") for node in walk(self.window))

    def strip(self):
        images = (node for node in walk(self.window) if node.get_role() == Atspi.Role.IMAGE)
        return next((image for image in images if "remembered" in (image.get_name() or "")), None)

    def load(self):
        """Makes the machine busy until the table says so, and gives the process's id, which is over."""
        # What starts before anything is remembered starts in no range.
        wait_for("the first rows", self.rows)
        wait_for("the graph of what is remembered", self.strip)
        load = subprocess.Popen(["python3", "-c", LOAD], stdin=subprocess.PIPE)
        spins = f"python3, PID {load.pid},"

        def busy():
            shares = (re.search(r"CPU (\d+)", row) for row in self.rows() if row.startswith(spins))
            return any(share and int(share.group(1)) >= 20 for share in shares)

        wait_for("the load shows", busy)
        load.communicate(b"\n")
        wait_for("it has ended", lambda: not any(row.startswith(spins) for row in self.rows()))
        return spins

    def test_a_spike_that_is_over_is_found_with_the_keyboard(self):
        spins = self.load()
        strip = wait_for("the graph of what is remembered", self.strip)
        for _ in range(12):
            if strip.get_state_set().contains(Atspi.StateType.FOCUSED):
                break
            key("Tab")
        self.assertTrue(strip.get_state_set().contains(Atspi.StateType.FOCUSED))

        def there():
            return any(row.startswith(spins) for row in self.rows())

        # Back, sample by sample, until the process is there again.
        for _ in range(60):
            key("Left")
            wait_for("it says which time is shown", lambda: self.says("Showing "))
            try:
                wait_for("it is there", there, patience=0.5)
                break
            except AssertionError:
                continue
        self.assertTrue(there(), self.rows()[:3])
        # A range that ends after that table did, as a range holds the tables that ended in it: the average over
        # it is the same process's.
        key("Right")
        for _ in range(4):
            key("Left", "shift")
        wait_for("a range", lambda: self.says(" to "))
        wait_for("its average", there)

        # Longer, until its start is in it.
        def started():
            return any("Lifetime started" in row for row in self.rows() if row.startswith(spins))

        for _ in range(80):
            key("Left", "shift")
            try:
                wait_for("that it started", started, patience=0.5)
                break
            except AssertionError:
                continue
        self.assertTrue(started(), self.rows()[:5])
        wait_for("a sentence about it", lambda: any(self.says(f"CPU {how} ") for how in ["rose from", "fell from", "stayed at", "was at"]))
        # One step at a time: the crosshair, then the present.
        keys("-k", "Escape")
        wait_for("still the past", lambda: self.says("Showing ") and there())
        keys("-k", "Escape")
        wait_for("the present", lambda: not there())


if __name__ == "__main__":
    unittest.main()
