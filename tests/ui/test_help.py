"""The help: opened by a key, searched, read, with the keyboard alone."""

import unittest

from support import Atspi, Program, hold_keyboard, is_showing, key, keys, wait_for, walk


class Help(unittest.TestCase):
    def setUp(self):
        hold_keyboard()

    def start(self, *arguments):
        self.program = Program(*arguments)
        self.addCleanup(self.program.stop)

    def help(self):
        return self.program.find_window("Help")

    def topics(self):
        """The topics that are listed."""
        window = self.help()
        return [node.get_name() for node in walk(window) if node.get_role() == Atspi.Role.LIST_ITEM and is_showing(node)]

    def text(self):
        """What the topic says."""
        texts = (node for node in walk(self.help()) if node.get_text_iface() is not None and node.get_role() == Atspi.Role.TEXT)
        return max((Atspi.Text.get_text(node, 0, -1) for node in texts), key=len, default="")

    def test_it_is_searched_and_read(self):
        self.start()
        self.program.find("image", lambda name: name.startswith("CPU"))
        key("F1")
        wait_for("the help", self.help)
        wait_for("the first topic", lambda: self.text().startswith("Graphs and Marks"))
        self.assertGreater(len(self.topics()), 10)
        key("f", "ctrl")
        keys("REGULAR expression")
        wait_for("only the filter", lambda: self.topics() == ["Filter"])
        wait_for("its text", lambda: "/^python3?$/" in self.text())
        keys("zzz")
        wait_for("no results", lambda: any(node.get_name() == "No Results" and is_showing(node) for node in walk(self.help())))
        key("Escape")
        wait_for("all topics", lambda: len(self.topics()) > 10)
        key("Escape")
        wait_for("it is closed", lambda: self.help() is None)

    def test_the_keys_are_listed(self):
        self.start()
        self.program.find("image", lambda name: name.startswith("CPU"))
        key("?", "ctrl")
        wait_for("the keys", lambda: self.program.look_for("label", "Longer time window"))

    def test_a_table_opens_its_topic_and_closing_ends_the_program(self):
        self.start("--open", "network")
        wait_for("the table", lambda: "Network Processes" in self.program.windows())
        wait_for("the filter has the focus", self.program.focused)
        key("F1")
        wait_for("its topic", lambda: self.help() and self.text().startswith("Network Processes"))
        key("Tab", "shift")
        key("w", "ctrl")
        wait_for("it is closed", lambda: self.help() is None)
        # A help that is open does not keep the program.
        key("F1")
        wait_for("the help", self.help)
        key("q", "ctrl")
        wait_for("its end", lambda: self.program.process.poll() == 0)


if __name__ == "__main__":
    unittest.main()
