"""Which columns a table has: the one that sorts is seen, none is cut in a window of the usual size, and each is read by
the letter."""

import pathlib
import unittest

from desk import resize, window
from support import MENU_ITEMS, Atspi, Program, choose, hold_keyboard, is_showing, key, press, wait_for, walk

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures/pictures"
WIDTH = 900


class Columns(unittest.TestCase):
    def open(self, subject, title):
        hold_keyboard()
        self.program = Program("--replay", str(FIXTURES / "busy.smrec"), "--open", subject)
        self.addCleanup(self.program.stop)
        self.title = f"{title} Processes"
        wait_for("the table", lambda: window(self.title))
        resize(self.title, WIDTH, 600)
        self.window = self.program.find_window(self.title)
        wait_for("rows", self.rows)

    def table_rows(self, among_rows):
        found = (node for node in walk(self.window) if node.get_role() == Atspi.Role.TABLE_ROW and is_showing(node))
        return [row for row in found if (row.get_parent().get_role() == Atspi.Role.LIST) == among_rows]

    def rows(self):
        return [row for row in self.table_rows(True) if row.get_name()]

    def headings(self):
        """Names of the headings and where each ends, from the left."""
        titles = (row.get_child_at_index(at) for row in self.table_rows(False) for at in range(row.get_child_count()))
        places = ((title.get_extents(Atspi.CoordType.WINDOW), title.get_name()) for title in titles if title and is_showing(title))
        return {name: place.x + place.width for place, name in sorted(places, key=lambda it: it[0].x)}

    def see(self, *names):
        """Waits for these headings and no others, all of which have room."""
        wait_for(f"the headings {names}", lambda: tuple(self.headings()) == names)
        wait_for(f"room for {names}", lambda: max(self.headings().values()) <= WIDTH)

    def mark_range(self):
        for _ in range(12):
            node = self.program.focused()
            if node is not None and node.get_role() == Atspi.Role.IMAGE:
                break
            key("Tab")
        for _ in range(7):
            key("Left")
        for _ in range(6):
            key("Left", "shift")
        wait_for("a range", lambda: any(" to " in (node.get_name() or "") for node in walk(self.window)))

    def test_of_the_cpu(self):
        self.open("cpu", "CPU")
        self.see("Process", "PID", "User", "CPU % of Core", "Memory %")
        self.mark_range()
        self.see("Process", "PID", "CPU % of Core", "Memory %", "Before % of Core", "In Range", "Lifetime")
        choose(self.program, "Sort By", "In Range")
        wait_for("the rows by it", lambda: self.sorts("In Range"))
        press(self.program.look_for("button", "To the End", self.window))
        # What only a range tells sorts nothing else.
        self.see("Process", "PID", "User", "CPU % of Core", "Memory %")
        wait_for("the rows as before", lambda: self.sorts("CPU % of Core"))

    def test_of_memory(self):
        self.open("memory", "Memory")
        self.see("Process", "PID", "User", "Memory Size", "Memory %", "Threads")
        self.mark_range()
        self.see("Process", "PID", "User", "Memory Size", "Memory %", "Threads", "Lifetime")

    def test_of_the_disk(self):
        self.open("disk", "Disk")
        self.see("Process", "PID", "Read MB/s", "Write MB/s", "Total MB/s", "Total MB")
        self.mark_range()
        self.see("Process", "PID", "Read MB/s", "Write MB/s", "Total MB/s", "Before MB/s", "In Range", "Lifetime")

    def test_of_the_network(self):
        self.open("network", "Network")
        self.see("Process", "PID", "Total", "TCP", "UDP", "ESTABLISHED", "Received/s", "Sent/s", "Total/s")
        self.mark_range()
        self.see("Process", "PID", "Received/s", "Sent/s", "Total/s", "Before/s", "In Range", "Lifetime")

    def item(self, menu, name):
        """An item in the window's menu, which is closed again: whether it is ticked, and whether it can be chosen."""
        choose(self.program, menu)
        items = lambda: [node for node in walk(self.window) if node.get_role() in MENU_ITEMS and is_showing(node)]  # noqa: E731
        item = wait_for(name, lambda: next((item for item in items() if item.get_name() == name), None))
        states = item.get_state_set()
        found = states.contains(Atspi.StateType.CHECKED), states.contains(Atspi.StateType.SENSITIVE)
        key("Escape")
        wait_for("the menu to go", lambda: not items())
        return found

    def sorts(self, name):
        return self.item("Sort By", name)[0]

    def test_the_one_that_sorts_stays(self):
        self.open("cpu", "CPU")
        self.assertEqual(self.item("Columns", "CPU % of Core"), (True, False))
        self.assertEqual(self.item("Columns", "Nice"), (False, True))
        choose(self.program, "Sort By", "Nice")
        self.see("Process", "PID", "User", "CPU % of Core", "Memory %", "Nice")
        self.assertEqual(self.item("Columns", "Nice"), (True, False))
        choose(self.program, "Columns", "CPU % of Core")
        self.see("Process", "PID", "User", "Memory %", "Nice")

    def test_cells_are_read_by_the_letter(self):
        self.open("cpu", "CPU")
        cell = wait_for("a cell", lambda: next((node for node in walk(self.window) if node.get_name() == "gnome-shell" and "Text" in node.get_interfaces()), None))
        text = cell.get_text_iface()
        self.assertEqual(Atspi.Text.get_character_count(text), 11)
        self.assertEqual(Atspi.Text.get_text(text, 0, -1), "gnome-shell")
        self.assertEqual(Atspi.Text.get_text(text, 6, 8), "sh")
        for size, expected in (("CHAR", ("s", 6, 7)), ("WORD", ("shell", 6, 11)), ("LINE", ("gnome-shell", 0, 11))):
            found = Atspi.Text.get_string_at_offset(text, 6, getattr(Atspi.TextGranularity, size))
            self.assertEqual((found.content, found.start_offset, found.end_offset), expected)

    def selected(self):
        return [row.get_name().split(",")[0] for row in self.rows() if row.get_state_set().contains(Atspi.StateType.SELECTED)]

    def test_a_selection_is_extended_from_the_row_with_the_focus(self):
        self.open("cpu", "CPU")
        key("Down")
        key("Down", "shift")
        wait_for("two rows", lambda: len(self.selected()) == 2)
        first, focused = self.selected()
        choose(self.program, "Sort By", "Process")
        wait_for("the same two", lambda: sorted(self.selected()) == sorted((first, focused)))
        names = [row.get_name().split(",")[0] for row in self.rows()]
        apart = abs(names.index(first) - names.index(focused))
        self.assertGreater(apart, 1, names)
        for _ in range(12):
            if self.program.focused().get_role() == Atspi.Role.TABLE_ROW and self.program.focused().get_name():
                break
            key("Tab")
        self.assertTrue(self.program.focused().get_name().startswith(focused))
        key("Down", "shift")
        after = names[names.index(focused) + 1]
        wait_for("the next row as well", lambda: self.selected() == [focused, after])


if __name__ == "__main__":
    unittest.main()
