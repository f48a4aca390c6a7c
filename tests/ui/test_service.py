"""The session bus starts the program when somebody asks for it."""

import os
import pathlib
import unittest

from support import PROGRAM, Atspi, see_no_complaints, temporary_folder, wait_for

from gi.repository import Gio, GLib

ID = (pathlib.Path(__file__).parents[2] / "data/app-id").read_text(encoding="utf-8").strip()
PATH = "/" + ID.replace(".", "/")


class Service(unittest.TestCase):
    def setUp(self):
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        folder = pathlib.Path(os.environ["XDG_DATA_HOME"]) / "dbus-1/services"
        folder.mkdir(parents=True, exist_ok=True)
        template = (pathlib.Path(__file__).parents[2] / "data/sysmon.service.in").read_text(encoding="utf-8")
        # What it says would go where nobody looks.
        place = temporary_folder(self)
        self.said, program = place / "said", place / "sysmon"
        program.write_text(f'#!/bin/sh\nexec {PROGRAM} "$@" 2>{self.said}\n')
        program.chmod(0o755)
        service = template.replace("@APP_ID@", ID).replace("@BINDIR@/sysmon", str(program))
        (folder / f"{ID}.service").write_text(service, encoding="utf-8")
        self.ask_bus("ReloadConfig")
        # The bus of the session is older than its display.
        display = {name: os.environ[name] for name in ("WAYLAND_DISPLAY", "XDG_RUNTIME_DIR")}
        self.ask_bus("UpdateActivationEnvironment", GLib.Variant("(a{ss})", (display,)))
        self.addCleanup(self.quit)

    def ask_bus(self, method, arguments=None):
        name = "org.freedesktop.DBus"
        return self.bus.call_sync(name, "/org/freedesktop/DBus", name, method, arguments, None, 0, -1)

    def ask(self, method, *arguments):
        """Asks as `gapplication` does; the bus starts the program for it."""
        variant = GLib.Variant("(" + "".join(kind for kind, _ in arguments) + ")", tuple(value for _, value in arguments))
        self.bus.call_sync(ID, PATH, "org.freedesktop.Application", method, variant, None, 0, -1)

    def quit(self):
        self.ask("ActivateAction", ("s", "quit"), ("av", []), ("a{sv}", {}))
        wait_for("its end", lambda: not self.ask_bus("NameHasOwner", GLib.Variant("(s)", (ID,))).unpack()[0])
        see_no_complaints(self.said.read_text())

    def windows(self):
        """The names of its windows on the screen."""
        owner = self.ask_bus("GetConnectionUnixProcessID", GLib.Variant("(s)", (ID,))).unpack()[0]
        desktop = Atspi.get_desktop(0)
        children = (desktop.get_child_at_index(index) for index in range(desktop.get_child_count()))
        for program in children:
            if program is not None and program.get_process_id() == owner:
                frames = (program.get_child_at_index(index) for index in range(program.get_child_count()))
                return sorted(
                    frame.get_name()
                    for frame in frames
                    if frame is not None and frame.get_state_set().contains(Atspi.StateType.SHOWING)
                )
        return []

    def test_it_shows_its_window_when_activated(self):
        self.ask("Activate", ("a{sv}", {}))
        wait_for("the window", lambda: self.windows() == ["SysMon"])

    def test_a_table_alone_is_not_left_without_the_main_window(self):
        self.ask("ActivateAction", ("s", "open"), ("av", [GLib.Variant("s", "disk")]), ("a{sv}", {}))
        wait_for("both windows", lambda: self.windows() == ["Disk Processes", "SysMon"])


if __name__ == "__main__":
    unittest.main()
