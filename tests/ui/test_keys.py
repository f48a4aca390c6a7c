"""Each key of the main window does what it is for."""

import unittest

from person import ROLE, Person
from support import wait_for
from test_reach import TABLES, Window


class Keys(Window):
    """Each key of the main window, of which a menu or a button may do the same."""

    STAYING = {
        ("p", "ctrl"): "win.pause",
        ("F5",): "win.update",
        ("r", "ctrl"): "win.update",
        ("F11",): "win.fullscreen",
        ("=", "ctrl"): "win.shorter",
        ("+", "ctrl"): "win.shorter",
        ("KP_Add", "ctrl", "num"): "win.shorter",
        ("-", "ctrl"): "win.longer",
        ("KP_Subtract", "ctrl", "num"): "win.longer",
        ("0", "ctrl"): "win.default",
        ("KP_0", "ctrl", "num"): "win.default",
    }
    OPENING = {
        ("F1",): "win.help",
        ("?", "ctrl"): "win.shortcuts",
        ("comma", "ctrl"): "win.preferences",
        ("s", "ctrl"): "win.save-data",
        ("e", "ctrl"): "win.save-image",
    }

    def setUp(self):
        self.person = Person(self)
        wait_for("the focus in it", self.person.window)

    def last_used(self):
        """The action that was used last."""
        lines = self.person.said.read_text().splitlines()
        return next((line.split()[2] for line in reversed(lines) if line.startswith("sysmon: action ") and " used" in line), None)

    def test_each_does_what_it_is_for(self):
        person = self.person
        main = person.window()
        person.go_to("CPU", ROLE.IMAGE)
        for keys, action in [*self.STAYING.items(), *self.OPENING.items()]:
            # Twice, so that what is paused or fills the screen does so no more.
            for _ in range(2):
                self.use(main, keys, opens=keys in self.OPENING)
                self.assertEqual(self.last_used(), action, keys)
        for number, name in enumerate(TABLES, 1):
            for keys in ((str(number), "ctrl"), (f"KP_{number}", "ctrl", "num")):
                person.press(*keys)
                wait_for(f"{keys} to open a table", lambda name=name: person.window() is person.program.find_window(f"{name} Processes"))
                self.come_back(main)


if __name__ == "__main__":
    unittest.main()
