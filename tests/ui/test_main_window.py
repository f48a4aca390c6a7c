"""The main window, driven with the keyboard and read as a screen reader reads it."""

import re
import unittest

import pointer
from support import Atspi, Events, Program, choose, hold_keyboard, key, keys, press, pump, run, wait_for

GRAPHS = ("CPU", "Memory", "Disk", "Network")


class MainWindow(unittest.TestCase):
    def setUp(self):
        hold_keyboard()
        self.program = Program()
        self.addCleanup(self.program.stop)
        for name in GRAPHS:
            self.program.find("image", name)

    def values(self):
        """What the cards say, as long as it is a number."""
        labels = (label.get_name() for label in self.program.all("label"))
        return [text for text in labels if re.match(r"^\d[\d.,]*\s(%|[kMGT]?i?B/s)$", text)]

    def chart(self, name):
        return self.program.find("image", name)

    def focus(self, name):
        chart = self.chart(name)
        for _ in range(30):
            focused = self.program.focused()
            if focused is not None and focused.get_role_name() == "image" and focused.get_name() == name:
                return chart
            key("Tab")
            pump(0.3)
        self.fail(f"the graph {name} cannot be reached with Tab")

    def subtitle(self, pattern):
        return self.program.look_for("label", lambda text: re.match(pattern, text))

    def test_four_cards_with_values(self):
        for name in GRAPHS:
            card = self.program.find("grouping", name)
            self.assertIsNotNone(self.program.look_for("heading", name, card))
            self.assertIsNotNone(self.program.look_for("button", lambda text: text.startswith(f"{name} processes"), card))
        values = wait_for("a value of every kind", lambda: len(self.values()) >= 6 and self.values())
        self.assertTrue(any(value.endswith("%") for value in values))
        self.assertTrue(any(value.endswith("B/s") for value in values))

    def test_axes_of_time_line_up(self):
        for above, below in (("CPU", "Disk"), ("Memory", "Network")):
            self.assertEqual(self.plot_end(above), self.plot_end(below), f"{above} and {below}")

    def plot_end(self, name):
        """Where on the screen the plot ends and its labels begin, in pixels."""
        chart = self.chart(name)
        place = chart.get_extents(Atspi.CoordType.WINDOW)
        left, top = pointer.window_of(chart, self.program.process.pid)
        # A row of pixels above the lines, between two of the grid, a bit below the highest label.
        found = []

        def ends():
            row = pointer.pixels(left, top + place.y + place.height // 2 - 30, left + place.x + place.width, 1)[0]
            pixels = [row[at : at + 3] for at in range(0, len(row), 3)]
            ground = pixels[-1]
            found[:] = [at for at, pixel in enumerate(pixels) if pixel != ground][-1:]
            return found

        return wait_for(f"the plot of {name}", ends)[0]

    def test_charts_describe_themselves(self):
        chart = self.chart("CPU")
        pattern = r"All CPUs \d+ percent, highest \d+ percent \d+ seconds? ago"
        wait_for("a description in words", lambda: re.match(pattern, chart.get_description()))

    def test_pause_and_resume(self):
        wait_for("values", self.values)
        key("p", "ctrl")
        wait_for("the title to say so", lambda: self.subtitle(r"Paused at \d\d:\d\d:\d\d"))
        before = self.values()
        with Events(self.program) as events:
            pump(2)
        self.assertEqual(self.values(), before)
        self.assertEqual([event for event in events.seen if event[1] == "label"], [])
        key("p", "ctrl")
        wait_for("the title to take it back", lambda: not self.subtitle(r"Paused at"))
        with Events(self.program) as events:
            wait_for("new values", lambda: self.values() != before)

    def test_pause_is_announced_once(self):
        wait_for("values", self.values)
        with Events(self.program) as events:
            key("p", "ctrl")
            wait_for("an announcement", lambda: [event for event in events.seen if event[0].startswith("object:announcement")])
            pump(1)
        self.assertEqual(len([event for event in events.seen if event[0].startswith("object:announcement")]), 1)

    def test_update_while_paused_describes_the_focused_chart(self):
        wait_for("values", self.values)
        chart = self.focus("CPU")
        key("p", "ctrl")
        wait_for("the title to say so", lambda: self.subtitle(r"Paused at"))
        before = chart.get_description()
        self.assertIn("highest", before)

        def update():
            # Two samples of a machine that does the same may read the same.
            key("F5")
            return chart.get_description() != before

        wait_for("a new description", update)

    def test_crosshair_and_marker_by_keyboard(self):
        wait_for("values", self.values)
        chart = self.focus("CPU")
        pump(2)

        def moment():
            crosshair = re.match(r"At (\d\d:\d\d:\d\d): All CPUs \d", chart.get_description())
            return crosshair and crosshair[1]

        key("Left")
        newest = wait_for("the crosshair on the newest sample", moment)
        keys(*["-k", "Left"] * 4)
        older = wait_for("the crosshair on an older one", lambda: moment() < newest and moment())
        key("End")
        wait_for("the crosshair at the end", lambda: moment() > older)
        keys("-k", "space")
        keys("-k", "Escape")
        keys("-k", "Escape")
        self.assertEqual(self.program.focused().get_name(), "CPU", "Esc leaves the focus where it is")
        self.assertIsNone(self.program.process.poll(), "Esc does not close the window")

    def test_focus_goes_from_card_to_card(self):
        self.focus("CPU")
        visited = []
        for _ in range(7):
            key("Tab")
            pump(0.3)
            focused = wait_for("a focus", self.program.focused)
            visited.append((focused.get_role_name(), focused.get_name().split(" ")[0]))
        expected = [("button", "Memory"), ("image", "Memory"), ("button", "Disk"), ("image", "Disk"), ("button", "Network"), ("image", "Network")]
        self.assertEqual([step for step in visited if step in expected], expected)

    def test_a_focused_chart_says_nothing_by_itself(self):
        self.focus("CPU")
        wait_for("values", self.values)
        changed = []
        # The value of a card is a label beside the chart: it tells how many refreshes there were.
        with Events(self.program) as events:
            before = self.values()
            refreshes = 0
            while refreshes < 20:
                wait_for("another refresh", lambda: self.values() != before)
                before = self.values()
                refreshes += 1
            changed = [event for event in events.seen if event[1:] == ("image", "CPU") or event[0].startswith("object:announcement")]
        self.assertEqual(changed, [])

    def test_drill_downs_open_once_each(self):
        for number, name in enumerate(GRAPHS, 1):
            key(str(number), "ctrl")
            wait_for(f"the window of {name}", lambda: f"{name} Processes" in self.program.windows())
        key("1", "ctrl")
        pump(1)
        self.assertEqual(sum(title == "CPU Processes" for title in self.program.windows()), 1)

    def test_enter_and_the_button_open_a_drill_down(self):
        self.focus("Disk")
        key("Return")
        wait_for("the window of the disk", lambda: "Disk Processes" in self.program.windows())
        press(self.program.find("button", lambda text: text.startswith("Memory processes")))
        wait_for("the window of the memory", lambda: "Memory Processes" in self.program.windows())
        self.assertIsNone(self.program.look_for("label", "Click a moment, or double-click for processes"))

    def test_closing_the_window_ends_the_program_and_its_drill_downs(self):
        key("1", "ctrl")
        wait_for("the drill-down", lambda: "CPU Processes" in self.program.windows())
        key("q", "ctrl")
        wait_for("the end", lambda: self.program.process.poll() is not None)
        self.assertEqual(self.program.process.returncode, 0)

    def test_a_second_start_opens_in_the_first(self):
        second = run("--open", "network")
        self.assertEqual(second.returncode, 0)
        wait_for("the window of the network", lambda: "Network Processes" in self.program.windows())

    def test_the_menu_opens_with_f10_and_closes_with_escape(self):
        key("F10")
        self.program.find("menu", "Main Menu")
        key("Escape")
        wait_for("the menu to go", lambda: self.program.look_for("menu", "Main Menu") is None)

    def test_a_graph_can_be_hidden_with_the_keyboard(self):
        choose(self.program, "Graphs", "CPU")
        wait_for("the CPU to go", lambda: self.program.look_for("image", "CPU") is None)
        self.assertIsNotNone(self.chart("Memory"))


class CommandLine(unittest.TestCase):
    def test_bad_arguments_end_with_one_sentence(self):
        for arguments in (["--time-window", "4"], ["--open", "gpu"], ["--smooth-window", "21"], ["words"]):
            ended = run(*arguments)
            self.assertEqual(ended.returncode, 2, arguments)
            self.assertEqual(len(ended.stderr.strip().splitlines()), 1, ended.stderr)

    def test_version_and_help(self):
        self.assertRegex(run("--version").stdout, r"^sysmon \d")
        self.assertIn("--time-window", run("--help").stdout)

    def test_a_table_opens_at_start(self):
        program = Program("--open", "cpu", "--time-window", "300")
        self.addCleanup(program.stop)
        wait_for("the window of the CPU", lambda: "CPU Processes" in program.windows())


if __name__ == "__main__":
    unittest.main(verbosity=2)
