"""A window that becomes narrow and wide again: the focus stays where it is, and nothing lies above something else."""

import os
import pathlib
import unittest
from unittest import mock

from desk import INTERFACE, Desk, focused_window, resize, sway, window
from support import Atspi, Program, TimedOut, choose, hold_keyboard, key, keys, menu_items, pump, temporary_folder, wait_for, walk
from test_walk import busy

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures/pictures"


class Resizing(unittest.TestCase):
    def setUp(self):
        hold_keyboard()

    def start(self, *arguments):
        self.program = Program(*arguments)
        self.addCleanup(self.program.stop)

    def go_to(self, role, start):
        for _ in range(40):
            node = self.program.focused()
            if node is not None and node.get_role_name() == role and (node.get_name() or "").startswith(start):
                return node.get_name()
            key("Tab")
        raise AssertionError(f"Tab never comes to {role} {start}")

    def see_it_stay(self, title, role, name, sizes):
        for size in sizes:
            resize(title, *size)
            self.program.wait_for_focus(role, name)
            # From elsewhere, where it may go a moment later, this does not lead there.
            key("Tab")
            key("Tab", "shift")
            self.program.wait_for_focus(role, name)

    def test_it_stays_on_a_graph_that_moves_below_another(self):
        self.start()
        wait_for("the window", lambda: window("SysMon"))
        name = self.go_to("image", "Memory")
        self.see_it_stay("SysMon", "image", name, ((380, 640), (960, 640), (380, 320), (960, 640)))

    def see_crosshair_stay(self, name, changes):
        """The crosshair of a graph stays at its moment, and is moved from there."""
        graph = self.program.focused()

        def press(name):
            """The moment after this key."""
            before = graph.get_description()
            key(name)
            return wait_for("another moment", lambda: (text := graph.get_description()) != before and text.startswith("At ") and text)

        stood = [press(name) for name in ("Home", "Right", "Right", "Right")][-1]
        for change in changes:
            change()
            self.program.wait_for_focus("image", name)
            self.assertNotEqual(press("Right"), stood)
            self.assertEqual(press("Left"), stood)

    def test_the_crosshair_stays_where_it_was(self):
        with mock.patch.dict(os.environ):
            desk = Desk(temporary_folder(self))
            self.start("--replay", str(FIXTURES / "busy.smrec"), "--open", "memory")
        for title, start in (("Memory Processes", "Memory, remembered"), ("SysMon", "Memory")):
            wait_for(title, lambda title=title: focused_window() == title)
            name = self.go_to("image", start)
            place = lambda: (it := self.program.focused().get_extents(Atspi.CoordType.WINDOW)) and (it.x, it.y, it.width, it.height)  # noqa: E731

            def text(factor):
                """So large that a window of the same size has another layout."""
                before = place()
                desk.set({(INTERFACE, "text-scaling-factor"): factor})
                wait_for("another layout", lambda: place() != before)

            sizes = [lambda size=size: resize(title, *size) for size in ((380, 640), (900, 600))]
            self.see_crosshair_stay(name, [*sizes, lambda: text("2.0"), lambda: text("1.0")])
            key("Escape")
            key("w", "ctrl")

    def test_it_stays_on_the_graph_above_a_table(self):
        self.start("--replay", str(FIXTURES / "busy.smrec"), "--open", "memory")
        title = "Memory Processes"
        wait_for("the table", lambda: window(title))
        name = self.go_to("image", "Memory, remembered")
        self.see_it_stay(title, "image", name, ((380, 640), (900, 600)))

    def test_what_was_typed_is_not_selected_by_it(self):
        self.start("--replay", str(FIXTURES / "busy.smrec"), "--open", "cpu")
        title = "CPU Processes"
        wait_for("the table", lambda: window(title))
        frame = self.program.find_window(title)

        def typed():
            texts = [node for node in walk(frame) if "EditableText" in node.get_interfaces()]
            return texts and Atspi.Text.get_text(texts[0], 0, Atspi.Text.get_character_count(texts[0]))

        key("f", "ctrl")
        keys("fire")
        wait_for("the beginning", lambda: typed() == "fire")
        focused = self.program.focused()
        role, name = focused.get_role_name(), focused.get_name()
        resize(title, 380, 640)
        self.program.wait_for_focus(role, name)
        keys("fox")
        wait_for("all of it", lambda: typed() == "firefox")

    def open_menu(self):
        """Opens it with F10: again where all was away in that frame."""
        for _ in range(5):
            key("F10")
            try:
                return wait_for("the menu", lambda: menu_items(self.program), patience=2)
            except TimedOut:
                continue
        raise AssertionError("F10 opens no menu")

    def test_a_menu_that_is_opened_meanwhile_keeps_it(self):
        self.start("--replay", str(FIXTURES / "busy.smrec"), "--open", "memory")
        title = "Memory Processes"
        wait_for("the table", lambda: window(title))
        self.go_to("image", "Memory, remembered")
        # Whichever frame the key comes in.
        for number, hundredths in enumerate((0, 2, 4, 6, 8, 10, 12, 15)):
            size = (900, 600) if number % 2 else (380, 640)
            sway(f'[title="^{title}$"] resize set {size[0]} {size[1]}')
            pump(hundredths / 100)
            self.open_menu()
            resize(title, *size)
            for _ in range(2):
                before = self.program.focused()
                key("Down")
                wait_for("another item", lambda: menu_items(self.program) and self.program.focused() is not before)
            key("Escape")
            wait_for("the menu to go", lambda: not menu_items(self.program))

    def test_what_stands_below_the_rows_shares_the_room(self):
        busy(self)
        self.start("--open", "cpu")
        title = "CPU Processes"
        wait_for("the table", lambda: window(title))
        program, frame = self.program, self.program.find_window(title)
        choose(self.program, "Hold Order")

        def shares(width):
            found = (program.look_for("button", lambda name, part=part: part in name, frame) for part in ("would move", "explained"))
            held, explained = (button and button.get_extents(Atspi.CoordType.WINDOW) for button in found)
            return held and explained and 0 < held.x + held.width <= explained.x and explained.x + explained.width <= width

        for width in (900, 480, 400, 360):
            resize(title, width, 640)
            wait_for(f"room for both in {width} pixels", lambda width=width: shares(width))


if __name__ == "__main__":
    unittest.main()
