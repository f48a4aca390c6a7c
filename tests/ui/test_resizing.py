"""The focus stays where it is while a window becomes narrow and wide again."""

import pathlib
import unittest

from desk import resize, window
from support import Program, hold_keyboard, key, wait_for

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

    def test_it_stays_on_the_graph_above_a_table(self):
        self.start("--replay", str(FIXTURES / "busy.smrec"), "--open", "memory")
        title = "Memory Processes"
        wait_for("the table", lambda: window(title))
        name = self.go_to("image", "Memory, remembered")
        self.see_it_stay(title, "image", name, ((380, 640), (900, 600)))


if __name__ == "__main__":
    unittest.main()
