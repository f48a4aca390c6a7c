"""GNOME Shell without a screen, used as a person does: by pointer, keyboard and what there is to see.

Shell's own script is asked where things are; the events then take the way of a real device's.
"""

import json
import subprocess
import sys
from pathlib import Path

from gi.repository import Gio, GLib

# Waiting, and reading what a program shows, is the same as on any desktop.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "ui"))
from support import PATIENCE, wait_for, walk  # noqa: E402, F401

SCREEN = "1280x800"
# Names of xkbcommon-keysyms.h.
KEYS = {
    "Control": 0xFFE3,
    "Delete": 0xFFFF,
    "Down": 0xFF54,
    "Escape": 0xFF1B,
    "F10": 0xFFC7,
    "Menu": 0xFF67,
    "Return": 0xFF0D,
    "Tab": 0xFF09,
}


class Shell:
    """A running GNOME Shell on the session bus."""

    def __init__(self, log):
        with open(log, "wb") as file:
            self.process = subprocess.Popen(
                ["gnome-shell", "--headless", "--virtual-monitor", SCREEN, "--unsafe-mode"], stdout=file, stderr=file
            )
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        wait_for("GNOME Shell is up", lambda: self.ask("!Main.layoutManager._startingUp"))
        self.run(
            """const Clutter = imports.gi.Clutter;
            const seat = Clutter.get_default_backend().get_default_seat();
            globalThis.pointer = seat.create_virtual_device(Clutter.InputDeviceType.POINTER_DEVICE);
            globalThis.keyboard = seat.create_virtual_device(Clutter.InputDeviceType.KEYBOARD_DEVICE);"""
        )

    def stop(self):
        """Ends it, and with it every window."""
        self.process.terminate()
        self.process.wait(PATIENCE)

    def _call(self, name, path, method, arguments):
        return self.bus.call_sync(
            name, path, name, method, arguments, None, Gio.DBusCallFlags.NONE, int(PATIENCE * 1000), None
        ).unpack()

    def ask(self, expression):
        """The value of an expression of Shell's script."""
        done, value = self._call("org.gnome.Shell", "/org/gnome/Shell", "Eval", GLib.Variant("(s)", (expression,)))
        if self.process.poll() is not None:
            raise AssertionError(f"GNOME Shell ended with {self.process.returncode}")
        if not done:
            raise AssertionError(f"GNOME Shell cannot tell {expression}: {value}")
        return json.loads(value) if value else None

    def run(self, statements):
        """Runs statements of Shell's script."""
        self.ask(f"(() => {{ {statements}; return true; }})()")

    def screenshot(self, path):
        """Takes a picture of the whole screen."""
        name = "org.gnome.Shell.Screenshot"
        done, _ = self._call(
            name, "/org/gnome/Shell/Screenshot", "Screenshot", GLib.Variant("(bbs)", (False, False, str(path)))
        )
        if not done:
            raise AssertionError(f"no picture {path}")

    def show_windows(self):
        """Leaves the overview, in which it starts: keys reach no window there."""
        self.run("Main.overview.hide()")
        wait_for("no overview", self.is_still)

    def open_app_grid(self):
        """Shows all applications."""
        self.run("Main.overview.dash.showAppsButton.checked = true")
        wait_for("the app grid", lambda: self.ask("Main.overview.visible && !Main.overview.animationInProgress"))

    def close_notifications(self):
        """Takes away what Shell says about its odd surroundings."""
        self.run("Main.messageTray.getSources().forEach(source => source.destroy())")
        wait_for("no notification", lambda: self.ask("!Main.messageTray._banner"))

    def place_in_app_grid(self, name):
        """The middle of an application in the grid, or None: [x, y]."""
        return self.ask(
            f"""(() => {{
                const item = Main.overview._overview.controls._appDisplay._orderedItems.find(item => item.name === {json.dumps(name)});
                if (!item?.mapped) return null;
                const [x, y] = item.get_transformed_position();
                const [width, height] = item.get_transformed_size();
                return width > 0 ? [x + width / 2, y + height / 2] : null;
            }})()"""
        )

    def windows_of(self, app_id):
        """The titles of the windows that Shell takes for those of an application in the grid."""
        return self.ask(
            f"""(() => {{
                const tracker = imports.gi.Shell.WindowTracker.get_default();
                return global.get_window_actors().map(actor => actor.meta_window)
                    .filter(window => tracker.get_window_app(window)?.get_id() === {json.dumps(app_id + ".desktop")})
                    .map(window => window.get_title());
            }})()"""
        )

    def is_still(self):
        """Whether no window is being opened or closed and the overview has gone."""
        return self.ask("!Main.overview.visible && Main.wm._mapping.size === 0")

    def click(self, place):
        """Moves the pointer there and presses its first button."""
        x, y = place
        self.run(f"pointer.notify_absolute_motion(global.get_current_time() * 1000, {x}, {y})")
        for state in ("PRESSED", "RELEASED"):
            self.run(
                f"""pointer.notify_button(imports.gi.GLib.get_monotonic_time(), 1,
                    imports.gi.Clutter.ButtonState.{state})"""
            )

    def key(self, name, *modifiers):
        """Presses one key while others are held: key("1", "Control")."""
        held = [KEYS[modifier] for modifier in modifiers]
        value = KEYS.get(name) or ord(name)
        events = [(code, "PRESSED") for code in (*held, value)] + [(code, "RELEASED") for code in (value, *reversed(held))]
        for code, state in events:
            self.run(
                f"""keyboard.notify_keyval(imports.gi.GLib.get_monotonic_time(), {code},
                    imports.gi.Clutter.KeyState.{state})"""
            )
