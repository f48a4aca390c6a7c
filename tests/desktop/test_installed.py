"""SysMon as a person meets it on GNOME once it is installed: found among the applications, clicked, telling of the machine.

Runs inside `build-aux/desktop/session`; $INSTALLED says in which way it was installed, of `build-aux/lib/installed.sh`. Each test
goes on where the one before ended.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from gnome import Shell, wait_for, walk  # noqa: E402

TOP = pathlib.Path(__file__).resolve().parents[2]
ID = (TOP / "data/app-id").read_text(encoding="utf-8").strip()
INSTALLED = os.environ["INSTALLED"]
PICTURES = pathlib.Path("/mnt/desktop/work/pictures") / INSTALLED
SPINNER = "host-spinner"
TALKER = "host-talker"


def processes(name):
    """The processes of the machine with this name, which may be a part of it: their numbers."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")[0].decode(errors="replace")
        except OSError:
            continue
        if name in pathlib.PurePath(command).name:
            found.append(int(folder.name))
    return found


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Names of their own, by which the tables can be told to show them.
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.start(folder / SPINNER, "/bin/sh", "-c", "while :; do :; done")
        cls.start(folder / TALKER, sys.executable, "-c", (TOP / "tests/desktop/talk.py").read_text(encoding="utf-8"))
        cls.shell = Shell(PICTURES / "gnome-shell.log")
        cls.addClassCleanup(cls.shell.stop)

    @classmethod
    def start(cls, name, program, *arguments):
        """Starts a program under another name until the tests end."""
        name.symlink_to(program)
        process = subprocess.Popen([str(name), *arguments])
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.kill)

    def window(self, title):
        """The window of SysMon with this title, or None."""
        desktop = Atspi.get_desktop(0)
        programs = (desktop.get_child_at_index(index) for index in range(desktop.get_child_count()))
        windows = (
            program.get_child_at_index(index)
            for program in programs
            if program is not None and program.get_name() == "sysmon"
            for index in range(program.get_child_count())
        )
        return next((window for window in windows if window is not None and window.get_name() == title), None)

    def texts(self, title):
        """All that can be read in the window of this title."""
        return [node.get_name() for node in walk(self.window(title))]

    def rows(self, title):
        """What the rows on the screen read as, in the window of this title."""
        window = self.window(title)
        rows = (node for node in walk(window) if node.get_role() == Atspi.Role.TABLE_ROW) if window else ()
        return [name for name in (row.get_name() for row in rows) if name]

    def picture(self, name):
        """Takes a picture when nothing moves any more."""
        wait_for("a desktop at rest", self.shell.is_still)
        self.shell.screenshot(PICTURES / name)

    def wait_for_row(self, title, name):
        """Waits until a table has a row of the process of this name."""
        try:
            wait_for(f"{name} in {title}", lambda: any(row.startswith(f"{name}, ") for row in self.rows(title)))
        except AssertionError as error:
            self.picture("failed.png")
            raise AssertionError(f"{error}; there were: {self.rows(title)}") from error

    def test_1_it_stands_among_the_applications(self):
        self.shell.open_app_grid()
        wait_for("SysMon in the app grid", lambda: self.shell.place_in_app_grid("SysMon"))
        self.shell.close_notifications()
        self.shell.screenshot(PICTURES / "1-app-grid.png")

    def test_2_a_click_opens_its_window(self):
        self.shell.click(self.shell.place_in_app_grid("SysMon"))
        wait_for("a window of SysMon", lambda: self.shell.windows_of(ID))
        wait_for("the window's content", lambda: self.window("SysMon"))
        wait_for("the first reading", lambda: "…" not in self.texts("SysMon"))
        self.picture("2-window.png")

    def test_3_a_table_shows_a_process_of_the_host(self):
        self.shell.key("1", "Control")
        self.wait_for_row("CPU Processes", SPINNER)
        self.picture("3-cpu.png")
        self.shell.key("Escape")
        wait_for("the table closed", lambda: not self.window("CPU Processes"))

    def test_4_a_table_shows_a_connection_of_the_host(self):
        self.shell.key("4", "Control")
        self.wait_for_row("Network Processes", TALKER)
        self.picture("4-network.png")

    def test_5_nothing_of_it_runs_when_it_has_gone(self):
        if INSTALLED == "flatpak":
            # However it ends: here it is not asked.
            self.assertTrue(processes("sysmon-probe"), "there is no probe while it runs")
            running = subprocess.run(["pidof", "sysmon"], check=True, capture_output=True, text=True).stdout.split()
            for process in running:
                os.kill(int(process), signal.SIGKILL)
        else:
            self.shell.key("q", "Control")
        wait_for("the end of the window", lambda: not self.shell.windows_of(ID))
        wait_for("the end of its processes", lambda: not processes("sysmon"))
        self.picture("5-gone.png")
