"""Preferences take effect at once, with the keyboard alone."""

import subprocess
import unittest

from support import Atspi, Program, is_showing, key, keys, wait_for, walk


class PreferencesDialog(unittest.TestCase):
    def setUp(self):
        # wtype takes its keyboard away when it ends, and the focus goes with the last keyboard.
        self.keyboard = subprocess.Popen(["wtype", "-s", "3600000"])
        self.addCleanup(self.keyboard.wait)
        self.addCleanup(self.keyboard.kill)
        self.program = Program()
        self.addCleanup(self.program.stop)
        key("comma", "ctrl")
        wait_for("the dialog", lambda: self.program.look_for("page tab", "Graphs"))

    def go_to(self, start):
        """Moves the focus with Tab to what is called like this."""
        for _ in range(30):
            focused = self.program.focused()
            if focused is not None and (focused.get_name() or "").startswith(start):
                return focused
            key("Tab")
        self.fail(f"Tab never comes to {start}")

    def go_to_page(self, name):
        self.go_to("Graphs")
        for _ in range(3):
            if self.program.focused().get_name() == name:
                break
            key("Right")
        key("space")
        wait_for("the page", lambda: self.program.focused().get_name() == name)

    def value(self, node):
        return node.get_value_iface().get_current_value()

    def test_a_number_is_set_and_kept_in_its_range(self):
        interval = self.go_to("Update Interval")
        self.assertAlmostEqual(self.value(interval), 0.5)
        key("a", "ctrl")
        keys("99")
        key("Tab")
        wait_for("the largest there is", lambda: abs(self.value(interval) - 5.0) < 1e-6)

    def test_what_is_set_elsewhere_is_set_everywhere(self):
        self.go_to_page("General")
        history = self.go_to("Background History")
        self.assertTrue(history.get_state_set().contains(Atspi.StateType.CHECKED))
        key("space")
        key("Escape")
        wait_for("the dialog is gone", lambda: not self.program.look_for("page tab", "Graphs"))
        key("F10")
        # Whether it remembers stands in the menu as well.
        item = wait_for(
            "the menu",
            lambda: next((node for node in walk(self.program.root) if node.get_role() == Atspi.Role.CHECK_MENU_ITEM and is_showing(node)), None),
        )
        self.assertFalse(item.get_state_set().contains(Atspi.StateType.CHECKED))

    def test_everything_is_set_back_after_a_question(self):
        self.go_to("Grid")
        key("space")
        self.go_to_page("General")
        self.go_to("Reset All Settings")
        key("Return")
        wait_for("the question", lambda: self.program.look_for("button", "Reset"))
        self.assertEqual(self.program.focused().get_name(), "Cancel")
        key("Tab")
        self.go_to("Reset")
        key("Return")
        wait_for("the dialog is gone", lambda: not self.program.look_for("page tab", "Graphs"))
        key("comma", "ctrl")
        wait_for("the dialog", lambda: self.program.look_for("page tab", "Graphs"))
        self.assertTrue(self.go_to("Grid").get_state_set().contains(Atspi.StateType.CHECKED))


if __name__ == "__main__":
    unittest.main()
