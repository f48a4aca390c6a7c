"""Preferences take effect at once, with the keyboard alone."""

import unittest

from kept import Kept
from support import Atspi, Program, choose, hold_keyboard, is_showing, key, keys, wait_for, walk


def go_to(program, start):
    """Moves the focus with Tab to what is called like this."""
    for _ in range(30):
        focused = program.focused()
        if focused is not None and (focused.get_name() or "").startswith(start):
            return focused
        key("Tab")
    raise AssertionError(f"Tab never comes to {start}")


class PreferencesDialog(unittest.TestCase):
    def setUp(self):
        hold_keyboard()
        self.program = Program()
        self.addCleanup(self.program.stop)
        key("comma", "ctrl")
        wait_for("the dialog", lambda: self.program.look_for("page tab", "Graphs"))

    def go_to_page(self, name):
        go_to(self.program, "Graphs")
        for _ in range(3):
            if self.program.focused().get_name() == name:
                break
            key("Right")
        key("space")
        wait_for("the page", lambda: self.program.focused().get_name() == name)

    def value(self, node):
        return node.get_value_iface().get_current_value()

    def test_a_number_is_set_and_kept_in_its_range(self):
        interval = go_to(self.program, "Update Interval")
        self.assertAlmostEqual(self.value(interval), 0.5)
        key("a", "ctrl")
        keys("99")
        key("Tab")
        wait_for("the largest there is", lambda: abs(self.value(interval) - 5.0) < 1e-6)

    def test_what_is_set_elsewhere_is_set_everywhere(self):
        self.go_to_page("General")
        history = go_to(self.program, "Background History")
        self.assertTrue(history.get_state_set().contains(Atspi.StateType.CHECKED))
        key("space")
        key("Escape")
        wait_for("the dialog is gone", lambda: not self.program.look_for("page tab", "Graphs"))
        key("F10")
        # Whether it remembers stands in the menu as well.
        item = self.program.find("check menu item", "Background History")
        self.assertFalse(item.get_state_set().contains(Atspi.StateType.CHECKED))

    def test_everything_is_set_back_after_a_question(self):
        go_to(self.program, "Grid")
        key("space")
        self.go_to_page("General")
        go_to(self.program, "Reset All Settings")
        key("Return")
        wait_for("the question", lambda: self.program.look_for("button", "Reset"))
        self.assertEqual(self.program.focused().get_name(), "Cancel")
        key("Tab")
        go_to(self.program, "Reset")
        key("Return")
        wait_for("the dialog is gone", lambda: not self.program.look_for("page tab", "Graphs"))
        key("comma", "ctrl")
        wait_for("the dialog", lambda: self.program.look_for("page tab", "Graphs"))
        self.assertTrue(go_to(self.program, "Grid").get_state_set().contains(Atspi.StateType.CHECKED))


class NextStart(Kept):
    """With the schema installed, what was set is there at the next start."""

    def test_what_was_chosen_about_a_table_is_kept(self):
        self.check_groups_are_kept("w")

    def test_quitting_keeps_what_was_chosen_about_a_table(self):
        self.check_groups_are_kept("q")

    def check_groups_are_kept(self, end):
        """Groups a table and ends it with Ctrl and this key."""
        program = self.start("--open", "cpu")
        rows = (lambda: next((node for node in walk(program.root) if node.get_role() == Atspi.Role.TABLE_ROW and node.get_name()), None))
        wait_for("the rows", rows)
        choose(program, "Group by Program")
        wait_for("groups", lambda: any(" processes," in (node.get_name() or "") for node in walk(program.root)))
        key(end, "ctrl")
        wait_for("it is kept", lambda: self.get("grouped", "cpu") == "true")
        program.stop()

        again = self.start("--open", "cpu")
        wait_for("groups", lambda: any(" processes," in (node.get_name() or "") for node in walk(again.root)))

    def test_quitting_keeps_the_size_as_closing_does(self):
        program = self.start()
        wait_for("values", lambda: any(node.get_name() == "All CPUs" for node in walk(program.root)))
        # Not the size that the window has.
        self.set("window-size", "(123, 456)")
        key("q", "ctrl")
        wait_for("its end", lambda: program.process.poll() is not None)
        self.assertEqual(program.process.returncode, 0)
        self.assertNotEqual(self.get("window-size"), "(123, 456)")

    def test_what_others_write_takes_effect_and_is_brought_into_its_range(self):
        self.set("update-interval", "99.0")
        program = self.start()
        program.provoked = "update-interval has the value"
        wait_for("values", lambda: any(node.get_name() == "All CPUs" for node in walk(program.root)))
        key("comma", "ctrl")
        wait_for("the dialog", lambda: program.look_for("page tab", "Graphs"))
        interval = go_to(program, "Update Interval")
        self.assertAlmostEqual(interval.get_value_iface().get_current_value(), 5.0)
        key("Escape")
        hidden = "['memory', 'disk']"
        self.set("hidden-graphs", hidden)
        cards = lambda: sum(node.get_role() == Atspi.Role.IMAGE and is_showing(node) and bool(node.get_name()) for node in walk(program.root))
        wait_for("two graphs", lambda: cards() == 2)


if __name__ == "__main__":
    unittest.main()
