"""The control with the focus can be seen, however small the window is and however large the text."""

import os
import unittest
from unittest import mock

from desk import INTERFACE, Desk, resize, window
from person import ROLE, Person, name_of, tell
from support import Atspi, TimedOut, temporary_folder, wait_for, walk
from test_walk import NAME, busy, rows

# What cuts off what is in it.
FRAMES = (ROLE.SCROLL_PANE, ROLE.VIEWPORT)
# So much of a control may be cut off, in pixels: places are rounded.
ROUNDED = 2
# Less than that of a scrolled area shows nothing.
LEAST = 24


class InSight(unittest.TestCase):
    SIZE = (360, 294)
    TEXT = "1.0"

    def setUp(self):
        self.unseen = []
        with mock.patch.dict(os.environ):
            desk = Desk(temporary_folder(self))
            desk.set({(INTERFACE, "text-scaling-factor"): self.TEXT})
            self.load = busy(self)
            self.person = Person(self)
        self.fit("SysMon")
        wait_for("the focus in it", self.person.window)

    def fit(self, title):
        """Gives a window the size that is tried."""
        wait_for(title, lambda: window(title))
        resize(title, *self.SIZE)

    def cut(self, node):
        """What of an object is cut off by the window and by what it is scrolled in: pixels across and down. None where all is there
        that has room."""
        place = lambda it: (box := it.get_extents(Atspi.CoordType.WINDOW)) and (box.x, box.y, box.width, box.height)  # noqa: E731
        inside = (0, 0, *self.SIZE)
        above = node.get_parent()
        while above is not None and above.get_role() != ROLE.APPLICATION:
            if above.get_role() in FRAMES:
                inside = overlap(inside, place(above))
            above = above.get_parent()
        here = place(node)
        seen = overlap(here, inside)
        missing = tuple(min(here[at], max(inside[at], LEAST)) - seen[at] for at in (2, 3))
        return missing if max(missing) > ROUNDED else None

    def look_at(self, node, place):
        """Notes when it cannot be seen."""
        try:
            wait_for("it in sight", lambda: not self.cut(node), 2)
        except TimedOut:
            box = node.get_extents(Atspi.CoordType.WINDOW)
            self.unseen.append(f"{place}: {tell(node)} at {box.x}, {box.y}, {box.width}x{box.height} misses {self.cut(node)}")

    def go_round(self, place):
        """Goes once round in the window with the focus, and looks at all."""
        person = self.person
        first = node = person.focus()
        for _ in range(120):
            self.look_at(node, place)
            before = node
            node = person.move("Tab", patience=5)
            # There is more than one control in each window.
            self.assertIsNotNone(node, f"{place}: Tab leaves the focus on {tell(before)}")
            if node is first:
                return
        raise AssertionError(f"{place}: Tab does not come back to {tell(first)}")

    def tearDown(self):
        self.assertEqual(self.unseen, [])

    def test_in_the_main_window(self):
        # The last graph has no room yet, so that it is seen when something is not.
        self.assertIsNotNone(self.cut(self.person.program.find("image", "Network")))
        self.go_round("main window")

    def test_in_the_preferences_and_a_form(self):
        person = self.person
        person.move("comma", "ctrl", patience=10)
        wait_for("the preferences", lambda: any(name_of(node).startswith("Newest on the Left") for node in walk(person.program.root)))
        for name in ("Graphs", "Tables", "General", "Alerts"):
            person.go_to_page(name)
            self.go_round(f"preferences, {name}")
        add = person.go_to("Add Rule", ROLE.BUTTON)
        person.press("Return")
        wait_for("the rule", lambda: tell(person.focus()) == "combo box “Watch”")
        self.assertIsNot(person.focus(), add)
        self.go_round("rule")

    def test_in_a_table_and_the_details(self):
        person = self.person
        person.press("1", "ctrl")
        title = "CPU Processes"
        table = wait_for("the table", lambda: person.program.find_window(title))
        wait_for("the focus in it", lambda: person.window() is table)
        self.fit(title)
        person.type(NAME)
        wait_for("its row", lambda: rows(table, f"{NAME}, PID"))
        self.go_round("table")
        heading = person.go_to("Process")
        headings = [heading]
        while (heading := person.move("Right", patience=1)) is not None:
            headings.append(heading)
            self.look_at(heading, "table")
        self.assertGreater(len(headings), 1, [tell(it) for it in headings])
        person.press("f", "ctrl")
        person.move("Down")
        wait_for("the focus in the rows", lambda: tell(person.focus()).startswith(f"table row “{NAME}"))
        person.press("Return")
        wait_for("the details", lambda: any(node.get_name() == "Command Line" for node in walk(table)))
        self.go_round("details")


class InSightOfLargeText(InSight):
    SIZE = (380, 640)
    TEXT = "2.0"


def overlap(one, other):
    """What two rectangles share: left, top, width, height; of no size where they share nothing."""
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = (min(one[at] + one[at + 2], other[at] + other[at + 2]) for at in (0, 1))
    return left, top, max(0, right - left), max(0, bottom - top)


if __name__ == "__main__":
    unittest.main()
