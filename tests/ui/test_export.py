"""Data and pictures are saved with the keyboard alone."""

import csv
import json
import unittest

from support import Atspi, Program, hold_keyboard, is_showing, key, keys, temporary_folder, wait_for, walk

HEADING = "Time,CPU %,Memory RAM %,Memory Swap %,Disk Read (MB/s),Disk Write (MB/s),Network Sent (MB/s),Network Received (MB/s)"


class Export(unittest.TestCase):
    def setUp(self):
        hold_keyboard()
        self.folder = temporary_folder(self)
        self.program = Program()
        self.addCleanup(self.program.stop)
        wait_for("values", lambda: self.says("\u00a0%"))

    def says(self, text):
        return any(text in (node.get_name() or "") for node in walk(self.program.root) if is_showing(node))

    def save(self, shortcut, path):
        """Saves there, and gives what is in the file."""
        key(shortcut, "ctrl")
        wait_for("the file's name", lambda: self.program.focused() is not None and self.program.focused().get_name() == "Name")
        key("a", "ctrl")
        keys(str(path))
        key("Return")
        return wait_for("the file", lambda: path.exists() and path.read_bytes())

    def test_the_data_of_the_graphs(self):
        lines = self.save("s", self.folder / "graphs.csv").decode().split("\r\n")
        self.assertEqual(lines[0], HEADING)
        rows = list(csv.reader(lines[1:-1]))
        self.assertTrue(rows)
        self.assertTrue(all(len(row) == 8 for row in rows))
        self.assertTrue(all(0 <= float(row[1]) <= 100 for row in rows if row[1]))
        wait_for("it is said", lambda: self.says("Saved graphs.csv"))

    def test_pictures_of_the_graphs(self):
        self.assertTrue(self.save("e", self.folder / "graphs.png").startswith(b"\x89PNG\r\n"))
        wait_for("it is said", lambda: self.says("Saved graphs.png"))
        picture = self.save("e", self.folder / "graphs.svg")
        self.assertIn(b"<svg", picture)
        self.assertTrue(picture.rstrip().endswith(b"</svg>"))

    def test_a_picture_for_the_clipboard(self):
        for _ in range(10):
            if self.program.focused() is not None and self.program.focused().get_role() == Atspi.Role.IMAGE:
                break
            key("Tab")
        key("c", "ctrl")
        wait_for("it is said", lambda: self.says("Picture of the graphs copied"))

    def test_a_table_in_every_kind(self):
        key("1", "ctrl")
        wait_for("the rows", lambda: any(node.get_role() == Atspi.Role.TABLE_ROW and node.get_name() for node in walk(self.program.root)))
        whole = json.loads(self.save("s", self.folder / "table.json"))
        self.assertEqual(whole["subject"], "cpu")
        self.assertIn(self.program.process.pid, [row["pid"] for row in whole["rows"]])
        wait_for("it is said", lambda: self.says("Saved table.json"))
        tsv = self.save("s", self.folder / "table.tsv").decode().splitlines()
        self.assertEqual(len({line.count("\t") for line in tsv}), 1)
        rows = list(csv.DictReader(self.save("s", self.folder / "table.csv").decode().splitlines()))
        self.assertIn(str(self.program.process.pid), [row["pid"] for row in rows])

    def test_a_place_that_cannot_be_written_is_said(self):
        key("s", "ctrl")
        wait_for("the file's name", lambda: self.program.focused() is not None and self.program.focused().get_name() == "Name")
        key("a", "ctrl")
        keys("/proc/graphs.csv")
        key("Return")
        wait_for("it is said", lambda: self.says("graphs.csv cannot be written: "))


if __name__ == "__main__":
    unittest.main()
