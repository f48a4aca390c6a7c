"""Hosts whose probes answer for a while and then do not: the window says so, keeps what it has and is there for the keyboard, and
tries again less and less often."""

import pathlib
import subprocess
import sys
import unittest

from elsewhere import PROBE, Elsewhere
from support import Atspi, is_showing, key, keys, menu_items, wait_for, walk

FAKE = pathlib.Path(__file__).with_name("troubled_probe.py")
# Four times the longest answer, which is read whole before it is understood.
MOST_MEMORY = 128 << 20


class Trouble(Elsewhere):
    def setUp(self):
        super().setUp()
        # It is asked so often that it is started again soon after a pause is over.
        self.set("update-interval", "0.2")
        self.set("table-interval", "1")

    def show(self, host):
        """A window of a table of this host, and a process that is shown there."""
        folder = self.folder / host
        folder.mkdir()
        probe = folder / "sysmon-probe"
        probe.write_text(f'#!/bin/sh\nexec {sys.executable} {FAKE} {folder} {PROBE} "$@"\n')
        probe.chmod(0o755)
        process = self.sleeper()
        program = self.start("--host", host, "--open", "cpu")
        wait_for("rows", lambda: self.rows(program))
        return program, process

    def sleeper(self):
        sleeper = subprocess.Popen(["sleep", "3597"])
        self.addCleanup(sleeper.wait)
        self.addCleanup(sleeper.kill)
        return f"sleep, PID {sleeper.pid}"

    def trouble(self, host, word, after=0):
        """Has the probe of a host do this after so many answers, or in the middle of them."""
        written = self.folder / host / "trouble-to-be"
        written.write_text(f"{word} {after}")
        # Whole, whenever it is read.
        written.replace(self.folder / host / "trouble")
        wait_for(f"it {word}", lambda: any(it == "trouble" for it, _ in self.log(host)))

    def no_trouble(self, host):
        (self.folder / host / "trouble").unlink()

    def log(self, host):
        """When it was started, and when something went wrong."""
        lines = (self.folder / host / "log").read_text().splitlines()
        return [(word, float(at)) for word, at in (line.split() for line in lines)]

    def pauses(self, host):
        """From each time that something went wrong until it was started again."""
        log = self.log(host)
        return [after[1] - before[1] for before, after in zip(log, log[1:]) if before[0] == "trouble"]

    def wait_for_pauses(self, host, count):
        """Waits until it was started again so many times, later each time.

        How soon it is asked again may outweigh the first pause, which is the shortest."""
        pauses = wait_for(f"{count} pauses", lambda: len(self.pauses(host)) >= count and self.pauses(host)[1:count])
        for shorter, longer in zip(pauses, pauses[1:]):
            self.assertLess(shorter, longer)

    def wait_for_sentence(self, program, text):
        """Waits until the banners of both windows say it, the one of the main window behind a colon."""
        wait_for(f"both windows say “{text}”", lambda: len(self.sentences(program, text[1:])) >= 2)

    def sentences(self, program, text):
        """What its windows say of it. A banner has its words also while it is hidden; its label does not."""
        labels = (node for node in walk(program.root) if node.get_role() == Atspi.Role.LABEL and is_showing(node))
        return [label.get_name() for label in labels if text in (label.get_name() or "")]

    def filter(self, program, process):
        """Types a filter for this process, of which the row is there then, and no other."""
        key("f", "ctrl")
        key("a", "ctrl")
        keys(f"pid:{process.rsplit(' ', 1)[1]}")
        wait_for("its row alone", lambda: self.rows(program) == [process])

    def use(self, program, process):
        """The window that nothing new comes to is used: its rows are filtered, and its menu opened."""
        self.filter(program, process)
        key("F10")
        wait_for("the menu", lambda: menu_items(program))
        key("Escape")
        wait_for("no menu", lambda: not menu_items(program))

    def memory(self, program, key):
        """A value of /proc/PID/status, in bytes."""
        status = pathlib.Path(f"/proc/{program.process.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith(f"{key}:")]
        return int(line.split()[1]) << 10

    def test_a_probe_that_floods_costs_no_memory(self):
        program, process = self.show("ann@floods")
        # The most is told from here on.
        pathlib.Path(f"/proc/{program.process.pid}/clear_refs").write_text("5")
        before = self.memory(program, "VmRSS")
        self.trouble("ann@floods", "floods")
        self.wait_for_sentence(program, "The probe says what cannot be understood")
        self.use(program, process)
        self.wait_for_pauses("ann@floods", 3)
        self.assertEqual(self.rows(program), [process])
        self.assertLess(self.memory(program, "VmHWM") - before, MOST_MEMORY)

    def test_rubbish_after_good_answers_is_told_and_the_rows_stay(self):
        program, process = self.show("ann@rubbish")
        self.trouble("ann@rubbish", "rubbish")
        self.wait_for_sentence(program, "The probe announces 539634218 bytes and 33554432 may come at once")
        self.use(program, process)
        self.wait_for_pauses("ann@rubbish", 3)
        self.assertEqual(self.rows(program), [process])

    def test_one_that_hangs_and_one_that_dies_again_and_again_are_told_and_neither_holds_up_the_other(self):
        hung, there = self.show("ann@hangs")
        self.trouble("ann@hangs", "hangs")
        self.use(hung, there)
        dying, other = self.show("bob@dies")
        # That it answers a little each time makes it no better.
        self.trouble("bob@dies", "dies", after=1)
        self.wait_for_sentence(dying, "The probe ended and is started again: out of memory")
        self.use(dying, other)
        self.wait_for_pauses("bob@dies", 4)
        self.assertEqual(self.rows(dying), [other])
        self.no_trouble("bob@dies")
        self.look_at("SysMon — bob@dies")
        key("F5")
        wait_for("nothing more is said", lambda: not self.sentences(dying, "he probe ended"))
        self.look_at("CPU Processes — bob@dies")
        self.filter(dying, self.sleeper())

        self.wait_for_sentence(hung, "The probe has not answered for 15 s")
        self.assertEqual(self.rows(hung), [there])
        wait_for("it is started again", lambda: [word for word, _ in self.log("ann@hangs")].count("started") >= 2)


if __name__ == "__main__":
    unittest.main()
