"""A spike is found and explained by a person who sees nothing: with what the focus says, and what is announced."""

import os
import re
import subprocess
import sys
import unittest

from person import Person, name_of
from support import Atspi, GLib, pump, temporary_folder, wait_for

# It keeps all CPUs busy until its input ends.
SPIKE = """
import hashlib, os, sys, threading
done = []
def work():
    while not done: hashlib.pbkdf2_hmac("sha256", b"", b"", 50_000)
for _ in range(os.cpu_count()): threading.Thread(target=work).start()
done.append(sys.stdin.read())
"""
# It spins until its input ends.
SPIN = "import sys, threading\ndone = []\nthreading.Thread(target=lambda: done.append(sys.stdin.read())).start()\nwhile not done: pass"
NAME = "spikemaker"


class Sightless:
    """A person's keyboard and ears, and nothing else: no tree, no window, no picture."""

    def __init__(self, person):
        self._person = person
        self._read = 0

    def press(self, *keys):
        """Presses a key, and hears what has the focus then."""
        self._person.press(*keys)
        return self.focus()

    def type(self, text):
        """Types."""
        self._person.type(text)

    def focus(self):
        """What is said of the object with the focus: its name, role, description and states."""
        try:
            return self._read_focus()
        except GLib.Error:
            # It has just gone.
            return ("", "", "", ())

    def _read_focus(self):
        node = self._person.focus()
        if node is None:
            return ("", "", "", ())
        states = [state for state in ("SELECTED", "CHECKED", "EXPANDED") if node.get_state_set().contains(getattr(Atspi.StateType, state))]
        return name_of(node), node.get_role_name(), node.get_description() or "", tuple(states)

    def heard(self):
        """What was announced since it was asked last."""
        new = self._person.heard[self._read :]
        self._read += len(new)
        return new


class Spike(unittest.TestCase):
    def setUp(self):
        self.ears = Sightless(Person(self))

    def spike(self):
        """The machine is busy for some seconds, and nobody is told by whom."""
        program = temporary_folder(self) / NAME
        program.symlink_to(sys.executable)
        load = subprocess.Popen([program, "-c", SPIKE], stdin=subprocess.PIPE)
        self.addCleanup(load.wait)
        self.addCleanup(load.kill)
        pump(7)
        load.communicate()
        pump(2)
        return load.pid

    def step_to(self, key, fits, most=60):
        """Presses a key until what has the focus is like this."""
        for _ in range(most):
            name, role, description, _ = self.ears.focus()
            if fits(name, role, description):
                return name, description
            before = name, role, description
            self.ears.press(key)
            try:
                wait_for("something else", lambda before=before: self.ears.focus()[:3] != before, 0.5)
            except AssertionError:
                continue
        raise AssertionError(f"not found with {key}; the focus says {self.ears.focus()}")

    def test_a_spike_is_found_and_explained(self):
        # What starts before anything is remembered is in no table of the past.
        pump(5)
        pid = self.spike()
        _, graph = self.step_to("Tab", lambda name, role, _: role == "image" and name == "CPU")
        self.assertRegex(graph, r"highest \d+ percent \d+ seconds? ago")
        culprit = self.explain(self.read_graph())

        # Its details, and the way back to where it began.
        self.ears.press("Return")
        wait_for("the details", lambda: self.ears.focus()[1] != "table row")
        self.ears.press("Escape")
        wait_for("the row", lambda: self.ears.focus()[0].startswith(culprit))
        self.close_table()
        # What was found out is so.
        self.assertEqual(culprit, f"{NAME}, PID {pid},")

    def explain(self, moments):
        """Finds who made the spike: the name and the number of a process, as its row says them. The row has the focus then."""
        # On a machine that is busy with other things as well, more than one moment may be as high.
        tried, found = [], []
        for at in sorted(range(len(moments)), key=lambda at: -moments[at][0]):
            # One of each three seconds is enough.
            if len(tried) == 12 or any(abs(at - other) <= 5 for other in tried):
                continue
            tried.append(at)
            value, moment = moments[at]
            row = self.look_at(moment)
            # A row says shares of one CPU, the graph shares of all.
            if row and row[0] / os.cpu_count() >= value / 2:
                return row[1]
            if row:
                found.append((row[0], moment))
            if self.ears.focus()[1] != "image":
                self.close_table()
        self.assertTrue(found, "no moment has a table")
        return self.look_at(max(found)[1])[1]

    def read_graph(self):
        """What the crosshair tells of each sample, from the newest back: how much, and the sentence."""
        moments = []
        alike = 0
        self.ears.press("End")
        # Neighbours within a second may be as high, and then sound alike; where many do, it is the end.
        while len(moments) < 90 and alike < 6:
            said = wait_for("a moment", lambda: (text := self.ears.focus()[2]).startswith("At ") and text)
            value = re.search(r": All CPUs ([\d.]+)\s%", said)
            if value and not alike:
                moments.append((float(value[1]), said))
            self.ears.press("Left")
            try:
                wait_for("an older one", lambda said=said: self.ears.focus()[2] != said, 0.5)
                alike = 0
            except AssertionError:
                alike += 1
        return moments

    def look_at(self, moment):
        """Opens the table of a moment that the graph told of, and goes to the row that says the most: how many percent, and of
        whom. None where there is no such moment any more, or no row."""
        self.ears.heard()
        try:
            self.ears.press("Home")
            self.step_to("Right", lambda _, __, said: said == moment, 150)
        except AssertionError:
            # It is older than what the graph shows by now.
            return None
        self.ears.press("space")
        self.ears.press("Return")
        wait_for("the table", lambda: self.ears.focus()[1] not in ("image", ""))
        wait_for("that it is the past", lambda: any(text.startswith("Showing ") for text in self.ears.heard()))
        self.step_to("Down", lambda _, role, __: role == "table row", 5)
        rows = []
        for _ in range(5):
            name = self.ears.focus()[0]
            row = re.match(r"(.+?, PID \d+,).* CPU ([\d.]+)", name)
            if row:
                rows.append((float(row[2]), row[1]))
            self.ears.press("Down")
            try:
                wait_for("the next row", lambda name=name: self.ears.focus()[0] != name, 0.5)
            except AssertionError:
                break
        if not rows:
            return None
        most = max(rows)
        self.step_to("Up", lambda name, _, __: name.startswith(most[1]))
        return most

    def close_table(self):
        """Back to the present, and to the graph that the table came from."""
        self.ears.heard()
        self.ears.press("Escape")
        wait_for("the present", lambda: "Back to live" in self.ears.heard())
        self.ears.press("Escape")
        wait_for("the graph again", lambda: self.ears.focus()[:2] == ("CPU", "image"))


class Told(unittest.TestCase):
    """What changes is said once, and the focus stays where it was put."""

    def setUp(self):
        folder = temporary_folder(self)
        self.loads = []
        for name in ("toldfirst", "toldsecond"):
            (folder / name).symlink_to(sys.executable)
            load = subprocess.Popen([folder / name, "-c", SPIN], stdin=subprocess.PIPE)
            self.addCleanup(load.wait)
            self.addCleanup(load.kill)
            self.loads.append(load)
        # They are in its first table.
        self.person = Person(self, "--open", "cpu")
        self.ears = Sightless(self.person)

    def told(self, pattern, *keys):
        """Presses a key, and waits until something like this is said. It is said once."""
        self.ears.heard()
        self.ears.press(*keys)
        return self.hear_once(pattern)

    def hear_once(self, pattern):
        said = []

        def match():
            said.extend(self.ears.heard())
            return [text for text in said if re.search(pattern, text)]

        wait_for(f"an announcement like {pattern}", match)
        pump(1.5)
        self.assertEqual(len(match()), 1, said)
        return match()[0]

    def test_what_changes_is_told_once_and_the_focus_stays(self):
        wait_for("the filter", lambda: self.ears.focus()[:2] == ("Filter", "entry"))
        pump(2)
        self.ears.heard()
        self.ears.type("name:told")
        wait_for("how many fit", lambda: any(re.search(r"^2 of \d+", text) for text in self.ears.heard()))
        # Refreshes do not say it again.
        pump(4)
        self.assertEqual(self.ears.heard(), [])
        self.ears.press("Down")
        wait_for("the rows", lambda: self.ears.focus()[1] == "table row")
        first = self.ears.focus()[0]
        self.told("Paused", "p", "ctrl")
        self.told("Resumed", "p", "ctrl")
        self.assertEqual(self.ears.focus()[1], "table row")
        self.assertEqual(self.ears.focus()[0].split(",")[:2], first.split(",")[:2])

        # The process with the focus ends: the next row takes it.
        ends = next(load for load in self.loads if f"PID {load.pid}," in first)
        stays = next(load for load in self.loads if load is not ends)
        self.ears.heard()
        ends.communicate()
        self.hear_once(r"^told\w+ ended$")
        wait_for("the focus on the other", lambda: f"PID {stays.pid}," in self.ears.focus()[0])
        # And stays, whatever it is sorted by.
        self.ears.press("Tab", "shift")
        wait_for("a heading", lambda: self.ears.focus()[1] == "button")
        self.told("sorted by .*(ascending|descending)", "Return")
        order = self.told("sorted by .*(ascending|descending)", "Return")
        self.ears.press("Tab")
        wait_for("the same row", lambda: f"PID {stays.pid}," in self.ears.focus()[0])
        # Who comes back to the heading later hears what it does.
        self.ears.press("Tab", "shift")
        wait_for("the heading", lambda: self.ears.focus()[1:3] == ("button", order))


if __name__ == "__main__":
    unittest.main()
