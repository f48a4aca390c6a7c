"""Times of day are written as the desktop's clock does, from the start and when that changes."""

import re
import subprocess
import unittest

from kept import Kept
from support import key, wait_for, walk

from gi.repository import Gio, GLib

SCHEMA = "org.gnome.desktop.interface"
KEY = "clock-format"
TWELVE = re.compile(r"\b(1[0-2]|[1-9]):[0-5]\d:[0-5]\d [AP]M\b")
TWENTY_FOUR = re.compile(r"\b([01]\d|2[0-3]):[0-5]\d:[0-5]\d$")
SETTINGS = """
<node><interface name='org.freedesktop.portal.Settings'>
  <method name='Read'><arg type='s' direction='in'/><arg type='s' direction='in'/><arg type='v' direction='out'/></method>
  <signal name='SettingChanged'><arg type='s'/><arg type='s'/><arg type='v'/></signal>
</interface></node>
"""


class Portal:
    """Takes the place of the desktop's portal, and has one setting."""

    NAME = "org.freedesktop.portal.Desktop"
    PATH = "/org/freedesktop/portal/desktop"

    def __init__(self, test, value):
        self.value = value
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        self.interface = Gio.DBusNodeInfo.new_for_xml(SETTINGS).interfaces[0]
        object_id = self.bus.register_object(self.PATH, self.interface, self.called, None, None)
        test.addCleanup(self.bus.unregister_object, object_id)
        owned = []
        name_id = Gio.bus_own_name_on_connection(self.bus, self.NAME, 0, lambda *_: owned.append(True), None)
        test.addCleanup(Gio.bus_unown_name, name_id)
        wait_for("the name on the bus", lambda: owned)

    def called(self, _bus, _sender, _path, _interface, _method, arguments, call):
        if arguments.unpack() == (SCHEMA, KEY):
            # `Read` wraps a value twice.
            call.return_value(GLib.Variant("(v)", (GLib.Variant("v", GLib.Variant("s", self.value)),)))
        else:
            call.return_dbus_error("org.freedesktop.portal.Error.NotFound", "Requested setting not found")

    def change(self, value):
        self.value = value
        changed = GLib.Variant("(ssv)", (SCHEMA, KEY, GLib.Variant("s", value)))
        self.bus.emit_signal(None, self.PATH, self.interface.name, "SettingChanged", changed)


class Clock(Kept):
    def desktop_says(self, value):
        subprocess.run(["gsettings", "set", SCHEMA, KEY, value], check=True)

    def waits_for(self, pattern):
        """Waits until the table says in this way since when it is paused."""
        table = self.program.find_window("CPU Processes")
        says = lambda: any(pattern.search(text.split(" · ")[0]) for node in walk(table) if "Paused at " in (text := node.get_name() or ""))
        wait_for(f"a time as of {pattern.pattern}", says)

    def pause_a_table(self):
        self.program = self.start("--open", "cpu")
        wait_for("the table", lambda: self.program.find_window("CPU Processes"))
        self.program.find("table cell", within=self.program.find_window("CPU Processes"))
        key("p", "ctrl")

    def test_the_setting_of_the_desktop_is_followed(self):
        self.desktop_says("12h")
        self.pause_a_table()
        self.waits_for(TWELVE)
        self.desktop_says("24h")
        self.waits_for(TWENTY_FOUR)

    def test_the_locale_decides_where_nobody_set_anything(self):
        self.pause_a_table()
        self.waits_for(TWENTY_FOUR)

    def test_a_portal_comes_before_the_setting_as_a_sandbox_has_settings_of_its_own(self):
        self.desktop_says("24h")
        portal = Portal(self, "12h")
        self.pause_a_table()
        self.waits_for(TWELVE)
        self.desktop_says("12h")
        portal.change("24h")
        self.waits_for(TWENTY_FOUR)


if __name__ == "__main__":
    unittest.main()
