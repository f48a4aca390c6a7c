"""A desktop whose looks can be changed while the program runs: theme, size of text, of windows, scale."""

import configparser
import json
import os
import pathlib
import shutil
import subprocess

from gi.repository import Gio, GLib

from support import pump, wait_for

DATA = pathlib.Path(__file__).parents[2] / "data"
SCHEMA = (DATA / "app-id").read_text(encoding="utf-8").strip()
INTERFACE = "org.gnome.desktop.interface"
HIGH_CONTRAST = ("org.gnome.desktop.a11y.interface", "high-contrast")


class Desk:
    """Settings are kept in a file, where programs that are started after it was made see them change."""

    def __init__(self, folder):
        schemas, config = folder / "schemas", folder / "config"
        schemas.mkdir()
        self.file = config / "glib-2.0/settings/keyfile"
        self.file.parent.mkdir(parents=True)
        shutil.copy(DATA / f"{SCHEMA}.gschema.xml", schemas)
        subprocess.run(["glib-compile-schemas", "--strict", schemas], check=True)
        os.environ.update(
            GSETTINGS_SCHEMA_DIR=str(schemas), GSETTINGS_BACKEND="keyfile", XDG_CONFIG_HOME=str(config), TZ="UTC"
        )
        self.values = {
            (INTERFACE, "enable-animations"): "false",
            (INTERFACE, "cursor-blink"): "false",
            (INTERFACE, "font-name"): "'Cantarell 11'",
            (SCHEMA, "qt-settings-imported"): "true",
        }
        self.forget()

    def set(self, values):
        """Sets all of these at once: one at a time, GLib's monitor of the file would tell of the last late."""
        self.values.update(values)
        self._write(self._read(), values)

    def forget(self):
        """Only what was set here is set from now on, and nothing that a program kept."""
        self._write(self._new(), self.values)

    def _new(self):
        kept = configparser.RawConfigParser(delimiters="=")
        kept.optionxform = str
        return kept

    def _read(self):
        kept = self._new()
        kept.read(self.file)
        return kept

    def _write(self, kept, values):
        for (schema, key), value in values.items():
            group = schema.replace(".", "/")
            if not kept.has_section(group):
                kept.add_section(group)
            kept.set(group, key, value)
        beside = self.file.with_suffix(".new")
        with beside.open("w") as file:
            kept.write(file, space_around_delimiters=False)
        beside.rename(self.file)


def tree():
    """All that is on the screen, as sway tells it."""
    return json.loads(subprocess.check_output(["swaymsg", "-t", "get_tree", "-r"]))


def windows():
    """The windows that can be seen, newest last: (title, x, y, width, height)."""

    def walk_tree(node):
        if node.get("pid") and node.get("type") in ("con", "floating_con") and node.get("visible"):
            rect = node["rect"]
            yield node["id"], (node.get("name") or "", rect["x"], rect["y"], rect["width"], rect["height"])
        for child in node.get("nodes", []) + node.get("floating_nodes", []):
            yield from walk_tree(child)

    return [window for _, window in sorted(walk_tree(tree()))]


def focused_window():
    """The title of the window that has the keyboard, or None."""

    def walk_tree(node):
        if node.get("focused") and node.get("pid"):
            return node.get("name") or ""
        below = node.get("nodes", []) + node.get("floating_nodes", [])
        return next((title for title in map(walk_tree, below) if title is not None), None)

    return walk_tree(tree())


def window(title):
    """Where the window of this title is."""
    found = [it for it in windows() if it[0] == title]
    return found[-1][1:] if found else None


def sway(*words):
    subprocess.run(["swaymsg", "-q", "--", *words], check=True)


def resize(title, width, height):
    """Gives a window this size, in the middle of the screen."""

    def has_it():
        place = window(title)
        if place is None:
            raise AssertionError(f"{title} was closed")
        if place[2:] == (width, height):
            return True
        # A program that was busy with the size before may not have heard of this one.
        sway(f'[title="^{title}$"] resize set {width} {height}, move position center')
        pump(0.2)
        return window(title)[2:] == (width, height)

    wait_for(f"{title} of {width}x{height}", has_it)


class Actions:
    """The actions of a program that runs, through the session bus."""

    def __init__(self, program):
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.name = wait_for("its name on the bus", lambda: self._owner(program.process.pid))

    def _call(self, name, path, interface, method, arguments, kind=None):
        kind = kind and GLib.VariantType(kind)
        return self.bus.call_sync(name, path, interface, method, arguments, kind, Gio.DBusCallFlags.NONE, 20_000, None)

    def _owner(self, pid):
        bus = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
        for name in self._call(*bus, "ListNames", None).unpack()[0]:
            if name.startswith(":"):
                try:
                    owner = self._call(*bus, "GetConnectionUnixProcessID", GLib.Variant("(s)", (name,))).unpack()[0]
                    if owner == pid and self._paths(name):
                        return name
                except GLib.Error:
                    continue
        return None

    def _paths(self, name):
        for path in ("/" + SCHEMA.replace(".", "/"), "/org/gtk/Application/anonymous"):
            try:
                self._call(name, path, "org.gtk.Actions", "List", None)
                self.path = path
                return True
            except GLib.Error:
                continue
        return False

    def activate(self, action, target=None):
        """Activates app.… or win.…, of the main window."""
        scope, name = action.split(".", 1)
        path = self.path if scope == "app" else f"{self.path}/window/1"
        wrapped = [GLib.Variant("s", target)] if target is not None else []
        self._call(self.name, path, "org.gtk.Actions", "Activate", GLib.Variant("(sava{sv})", (name, wrapped, {})))
        pump(0)

    def change(self, action, on):
        """Gives app.… this state."""
        state = GLib.Variant("(sva{sv})", (action.removeprefix("app."), GLib.Variant("b", on), {}))
        self._call(self.name, self.path, "org.gtk.Actions", "SetState", state)
        pump(0)
