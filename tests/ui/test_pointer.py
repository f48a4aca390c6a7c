"""What a person does with a pointer: hovering, marking and opening on the graphs, menus in the table."""

import subprocess
import unittest

import pointer
from support import Atspi, Program, hold_keyboard, key, keys, press, pump, wait_for

# Of a graph: not the ring of its focus.
EDGE = 20
# As wide as the pointer's own picture and more.
ARROW = 40


class Pointing(unittest.TestCase):
    def start(self, *arguments):
        hold_keyboard()
        self.program = Program(*arguments)
        self.addCleanup(self.program.stop)
        self.pointer = pointer.Pointer()
        self.addCleanup(self.pointer.close)

    def point_at(self, node, across=0.5):
        self.pointer.move_to(node, self.program.process.pid, across)


class Graphs(Pointing):
    def setUp(self):
        # A short time spreads few samples over much of the graph.
        self.start("--time-window", "10")
        self.pointer.move(0, 0)
        self.chart = self.program.find("image", "CPU")
        wait_for("samples", lambda: "highest" in self.chart.get_description())
        pump(3)
        # What is paused changes by what a person does only.
        key("p", "ctrl")
        self.program.find("label", lambda text: text.startswith("Paused at "))
        self.left, self.top = pointer.window_of(self.chart, self.program.process.pid)
        self.plain = self.settled()

    def picture(self):
        """The inside of the graph but for where the pointer may be."""
        rows = self.rows()
        return b"".join(rows[: len(rows) // 2 - ARROW] + rows[len(rows) // 2 + ARROW :])

    def rows(self):
        """The inside of the graph, row by row."""
        place = self.chart.get_extents(Atspi.CoordType.WINDOW)
        left, top = self.left + place.x + EDGE, self.top + place.y + EDGE
        return pointer.pixels(left, top, place.width - 2 * EDGE, place.height - 2 * EDGE)

    def settled(self):
        """The picture once it changes no more."""
        before = None
        while (now := self.picture()) != before:
            before = now
            pump(0.5)
        return now

    def hover(self):
        """Points at samples near the newest, and waits for the bubble."""
        self.point_at(self.chart, 0.8)
        wait_for("the bubble", lambda: self.picture() != self.plain)
        return self.settled()

    def leave(self):
        self.pointer.move(0, 0)

    def test_hovering_shows_values_and_leaves_no_trace(self):
        self.hover()
        self.leave()
        wait_for("the bubble to go", lambda: self.picture() == self.plain)

    def test_nothing_else_covers_a_graph_that_is_pointed_at(self):
        # Away from the crosshair, and below the bubble.
        low = lambda: [row[: len(row) // 2] for row in self.rows()[-EDGE:]]  # noqa: E731
        plain = low()
        self.hover()
        # Longer than a tooltip waits for.
        pump(2)
        self.assertTrue(low() == plain, "something stands on the graph")

    def test_a_click_marks_and_esc_takes_it_back(self):
        hovered = self.hover()
        self.pointer.click()
        self.program.wait_for_focus("image", "CPU")
        wait_for("the marker beside the bubble", lambda: self.picture() != hovered)
        self.leave()
        self.assertTrue(self.settled() not in (self.plain, hovered), "the marker goes with the pointer")
        key("Escape")
        wait_for("the marker to go", lambda: self.picture() == self.plain)
        self.assertEqual(self.program.windows(), ["SysMon"])

    def test_a_double_click_opens_and_marks_nothing(self):
        self.hover()
        self.pointer.click(times=2)
        wait_for("the drill-down", lambda: "CPU Processes" in self.program.windows())
        self.leave()
        # Longer than a second click is waited for.
        pump(1)
        key("Escape")
        wait_for("the drill-down to go", lambda: self.program.windows() == ["SysMon"])
        wait_for("the graph as it was", lambda: self.picture() == self.plain)
        self.program.wait_for_focus("image", "CPU")

    def test_a_middle_click_opens(self):
        self.point_at(self.program.find("image", "Network"))
        self.pointer.click(pointer.MIDDLE)
        wait_for("the drill-down", lambda: "Network Processes" in self.program.windows())

    def test_a_right_click_does_nothing(self):
        hovered = self.hover()
        self.pointer.click(pointer.RIGHT)
        pump(1)
        self.assertTrue(self.picture() == hovered, "a right click changes the graph")
        self.assertEqual(self.program.windows(), ["SysMon"])


class Rows(Pointing):
    def setUp(self):
        self.load = subprocess.Popen(["sleep", "infinity"])
        self.addCleanup(self.load.wait)
        self.addCleanup(self.load.kill)
        self.start("--open", "cpu")
        self.window = self.program.find("dialog", "CPU Processes")

    def row(self):
        """The row of the sleeper, alone in the table."""
        keys(f"pid:{self.load.pid}")
        wait_for("its row alone", lambda: len(list(self.rows())) == 1)
        return next(self.rows())

    def rows(self):
        return self.program.all("table row", lambda text: ", PID " in text, self.window)

    def says(self, text):
        return self.program.look_for("label", text, self.window)

    def test_a_double_click_opens_the_details(self):
        self.point_at(self.row(), 0.3)
        self.pointer.click(times=2)
        wait_for("the details", lambda: self.says(f"PID {self.load.pid}"))

    def test_a_right_click_selects_the_row_and_opens_its_menu(self):
        row = self.row()
        self.point_at(row, 0.3)
        self.pointer.click(pointer.RIGHT)
        item = self.program.find("menu item", "Details", self.program.find("menu"))
        self.assertTrue(row.get_state_set().contains(Atspi.StateType.SELECTED))
        press(item)
        wait_for("the details", lambda: self.says(f"PID {self.load.pid}"))

    def test_no_tooltip_covers_the_menu_of_a_row(self):
        row = self.row()
        place = row.get_extents(Atspi.CoordType.WINDOW)
        left, top = pointer.window_of(row, self.program.process.pid)
        below = left + place.x + place.width * 3 // 10 - 20, top + place.y + place.height + 10

        def dark():
            """Whether a tooltip stands below the pointer: its ground is dark, that of all else is light."""
            data = b"".join(pointer.pixels(*below, 40, 16))
            return sum(value < 100 for value in data) > len(data) // 2

        self.point_at(row, 0.3)
        wait_for("the tooltip", dark)
        self.pointer.click(pointer.RIGHT)
        self.program.find("menu")
        wait_for("the tooltip to go", lambda: not dark())
        pump(2)
        self.assertFalse(dark(), "the tooltip comes back")

    def test_a_click_on_a_heading_sorts_the_largest_first(self):
        self.row()
        key("Escape")
        wait_for("all rows", lambda: len(list(self.rows())) > 5)
        self.point_at(self.program.find("label", "PID", self.window))
        self.pointer.click()
        pids = lambda: [int(row.get_name().split(", PID ")[1].split(",")[0]) for row in self.rows()]  # noqa: E731
        wait_for("rows by PID", lambda: pids() == sorted(pids(), reverse=True))


if __name__ == "__main__":
    unittest.main()
