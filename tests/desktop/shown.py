"""What an installed SysMon shows on a desktop, and processes of the machine for it to show."""

import os
import pathlib
import subprocess
import sys

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
SPINS = ("/bin/sh", "-c", "while :; do :; done")


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


class Shown:
    """A test case with GNOME Shell, in which SysMon is open."""

    @classmethod
    def open_shell(cls):
        cls.shell = Shell(PICTURES / "gnome-shell.log")
        cls.addClassCleanup(cls.shell.stop)

    @classmethod
    def start(cls, name, program, *arguments):
        """Starts a program under another name, by which the tables can be told to show it, until the tests end."""
        name.symlink_to(program)
        process = subprocess.Popen([str(name), *arguments])
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.kill)
        return process

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

    def focus(self, title):
        """What has the focus in the window of this title: its name, or None."""
        window = self.window(title)
        has_it = (node for node in walk(window) if node.get_state_set().contains(Atspi.StateType.FOCUSED)) if window else ()
        return next((node.get_name() for node in has_it), None)

    def picture(self, name):
        """Takes a picture when nothing moves any more."""
        wait_for("a desktop at rest", self.shell.is_still)
        self.shell.screenshot(PICTURES / name)

    def wait(self, what, condition, told=lambda: ""):
        """Waits, and leaves a picture of what was there instead."""
        try:
            return wait_for(what, condition)
        except AssertionError as error:
            self.shell.screenshot(PICTURES / "failed.png")
            raise AssertionError(f"{error}; there was: {told()}") from error

    def wait_for_row(self, title, name):
        """Waits until a table has a row of the process of this name."""
        has_row = lambda: any(row.startswith(f"{name}, ") for row in self.rows(title))  # noqa: E731
        self.wait(f"{name} in {title}", has_row, lambda: self.rows(title))

    def wait_for_focus(self, title, name):
        """Waits until what has the focus reads so at its beginning."""
        has_it = lambda: (self.focus(title) or "").startswith(name)  # noqa: E731
        self.wait(f"the focus on {name}", has_it, lambda: self.focus(title))
