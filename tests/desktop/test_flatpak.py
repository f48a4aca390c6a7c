"""The installed Flatpak does something to the machine outside of its sandbox, with the keyboard alone.

Runs inside `build-aux/desktop/session`; $INSTALLATION is `user` where the tester installed it, and `system` where root did for all
users. Then `build-aux/desktop/with-root` runs around it all. Each test goes on where the one before ended.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

from gi.repository import Gio, GLib

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from shown import ID, SPINNER, SPINS, Atspi, Shown, processes, wait_for, walk  # noqa: E402

INSTALLATION = os.environ["INSTALLATION"]
# Where `with-root` has its stand-in for pkexec. Without it there is one that is never started.
ROOT = pathlib.Path("/mnt/desktop/work/root")
OTHER = "other-writer"
MAIN, CPU, DISK = "SysMon", "CPU Processes", "Disk Processes"


class Flatpak(Shown, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        standins = ROOT / "standins"
        if INSTALLATION == "user":
            standins = folder / "standins"
            standins.mkdir()
            (standins / "pkexec").write_text("#!/bin/sh\nexit 1\n")
            (standins / "pkexec").chmod(0o755)
        # What the sandbox's helper outside is started with.
        bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        path = GLib.Variant("(a{ss})", ({"PATH": f"{standins}:{os.environ['PATH']}"},))
        name = "org.freedesktop.DBus"
        bus.call_sync(name, "/org/freedesktop/DBus", name, "UpdateActivationEnvironment", path, None, 0, -1, None)
        cls.spinner = cls.start(folder / SPINNER, *SPINS)
        cls.open_shell()
        cls.shell.show_windows()
        cls.addClassCleanup(subprocess.run, ["flatpak", "kill", ID], capture_output=True)
        cls.program = subprocess.Popen(["flatpak", "run", f"--{INSTALLATION}", ID])

    def press(self, *names):
        for name in names:
            self.shell.key(name)

    def filter(self, title, name, rows):
        """Types into the filter, which has the focus in a new table, until the rows are these."""
        self.wait("the focus in the table", lambda: self.focus(title) is not None)
        self.press(*name)
        self.wait(f"only {name}", lambda: rows(self.rows(title)), lambda: self.rows(title))

    def choose(self, title, opens, item):
        """Chooses an item of the menu that a key opens."""
        closed = self.focus(title)
        self.press(opens)
        for _ in range(40):
            self.wait("the next item", lambda: self.focus(title) not in (None, closed), lambda: self.focus(title))
            if self.focus(title) == item:
                break
            closed = self.focus(title)
            self.press("Down")
        self.wait_for_focus(title, item)
        self.press("Return")

    def answer(self, title, question, button):
        """Waits for a question, whose default is to cancel, and presses its button."""
        asked = lambda: any(node.get_name() == question and node.get_role_name() == "alert" for node in walk(self.window(title)))  # noqa: E731
        self.wait("the question", asked, lambda: self.texts(title))
        self.wait_for_focus(title, "Cancel")
        self.picture(f"{INSTALLATION}-{button}.png")
        self.press("Tab")
        self.wait_for_focus(title, button)
        self.press("Return")
        # As long as it stands there keys are its own.
        self.wait("the question gone", lambda: not asked(), lambda: self.texts(title))

    def marks(self):
        return [text for text in self.texts(MAIN) if (text or "").startswith("Administrator mode: ")]

    def test_1_it_ends_a_process_of_the_host(self):
        wait_for("the window's content", lambda: self.window(MAIN))
        wait_for("the first reading", lambda: "…" not in self.texts(MAIN))
        self.shell.key("1", "Control")
        self.wait_for_row(CPU, SPINNER)
        of_it = lambda row: row.startswith(f"{SPINNER}, ")  # noqa: E731
        self.filter(CPU, SPINNER, lambda rows: any(map(of_it, rows)) and not any("gnome-shell" in row for row in rows))
        self.press("Down")
        self.wait_for_focus(CPU, f"{SPINNER}, PID {self.spinner.pid},")
        self.press("Delete")
        self.answer(CPU, f"End {SPINNER}?", "End")
        wait_for("its end", lambda: self.spinner.poll() is not None)
        self.assertEqual(self.spinner.returncode, -signal.SIGTERM)
        told = f"{SPINNER} ({self.spinner.pid}) was asked to end"
        self.wait("what came of it", lambda: told in self.texts(CPU), lambda: self.texts(CPU))
        self.shell.key("w", "Control")
        wait_for("the table closed", lambda: not self.window(CPU))

    def test_2_it_does_not_stop_its_own_window(self):
        window = subprocess.run(["pidof", "sysmon"], check=True, capture_output=True, text=True).stdout.strip()
        self.shell.key("1", "Control")
        self.wait("the table", lambda: self.rows(CPU))
        of_it = lambda row: f", PID {window}," in row  # noqa: E731
        self.filter(CPU, f"pid:{window}", lambda rows: [row for row in rows if of_it(row)] and len(rows) <= 2)
        self.press("Down")
        self.wait("the focus on it", lambda: of_it(self.focus(CPU) or ""), lambda: self.focus(CPU))
        self.choose(CPU, "Menu", "Stop…")
        self.answer(CPU, "Stop sysmon?", "Stop")
        told = lambda: any((text or "").startswith("SysMon cannot stop or kill itself") for text in self.texts(CPU))  # noqa: E731
        self.wait("that it is not done", told, lambda: self.texts(CPU))
        self.shell.key("w", "Control")
        wait_for("the table closed", lambda: not self.window(CPU))

    def test_3_administrator_mode_is_to_be_had_where_the_probe_is_roots(self):
        if INSTALLATION == "user":
            self.choose(MAIN, "F10", "Administrator Mode…")
            home = f"ot only root may change {pathlib.Path.home()}/"
            self.wait("why not", lambda: any(home in (text or "") for text in self.texts(MAIN)), lambda: self.texts(MAIN))
            self.picture("user-administrator.png")
            self.assertEqual(self.marks(), [])
            self.press("Escape")
            return

        reads = lambda rows: any("B/s" in row for row in rows if row.startswith(f"{OTHER}, "))  # noqa: E731
        self.shell.key("3", "Control")
        self.wait("the table", lambda: self.rows(DISK))
        self.filter(DISK, OTHER, lambda rows: not reads(rows))
        self.shell.key("w", "Control")
        wait_for("the table closed", lambda: not self.window(DISK))
        self.choose(MAIN, "F10", "Administrator Mode…")
        self.wait("the mark", self.marks, lambda: self.texts(MAIN))
        self.shell.key("3", "Control")
        self.wait("the table", lambda: self.rows(DISK))
        self.filter(DISK, OTHER, reads)
        self.picture("system-administrator.png")
        (probe,) = (ROOT / "pids").read_text().split()
        status = pathlib.Path(f"/proc/{probe}/status").read_text()
        self.assertIn(f"Uid:\t{os.getuid()}\t", status)
        self.shell.key("w", "Control")
        wait_for("the table closed", lambda: not self.window(DISK))

    def test_4_nothing_of_it_runs_when_it_has_gone(self):
        self.shell.key("q", "Control")
        wait_for("the end of the window", lambda: self.program.poll() is not None)
        wait_for("the end of its processes", lambda: not processes("sysmon"))


if __name__ == "__main__":
    unittest.main()
