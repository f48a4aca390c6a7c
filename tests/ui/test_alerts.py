"""Alerts: a load of the test's own is told of, and shown as it was; the program stays without its window."""

import contextlib
import json
import subprocess
import unittest

from kept import Kept
from support import PATIENCE, Atspi, Program, TimedOut, is_showing, key, keys, press, run, wait_for, walk

from gi.repository import Gio, GLib

LOAD = "while True: pass"
NOTIFICATIONS = """
<node><interface name='org.freedesktop.Notifications'>
  <method name='GetCapabilities'><arg type='as' direction='out'/></method>
  <method name='GetServerInformation'>
    <arg type='s' direction='out'/><arg type='s' direction='out'/><arg type='s' direction='out'/><arg type='s' direction='out'/>
  </method>
  <method name='Notify'>
    <arg type='s' direction='in'/><arg type='u' direction='in'/><arg type='s' direction='in'/><arg type='s' direction='in'/>
    <arg type='s' direction='in'/><arg type='as' direction='in'/><arg type='a{sv}' direction='in'/><arg type='i' direction='in'/>
    <arg type='u' direction='out'/>
  </method>
  <method name='CloseNotification'><arg type='u' direction='in'/></method>
  <signal name='ActionInvoked'><arg type='u'/><arg type='s'/></signal>
  <signal name='NotificationClosed'><arg type='u'/><arg type='u'/></signal>
</interface></node>
"""


class Desktop:
    """Takes the place of the desktop's notifications. `seen` has (number, title, body)."""

    NAME = "org.freedesktop.Notifications"
    PATH = "/org/freedesktop/Notifications"

    def __init__(self, test):
        self.seen = []
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        interface = Gio.DBusNodeInfo.new_for_xml(NOTIFICATIONS).interfaces[0]
        object_id = self.bus.register_object(self.PATH, interface, self.called, None, None)
        test.addCleanup(self.bus.unregister_object, object_id)
        owned = []
        name_id = Gio.bus_own_name_on_connection(self.bus, self.NAME, 0, lambda *_: owned.append(True), None)
        test.addCleanup(Gio.bus_unown_name, name_id)
        wait_for("the name on the bus", lambda: owned)

    def called(self, _bus, _sender, _path, _interface, method, arguments, call):
        if method == "Notify":
            _, _, _, title, body, *_ = arguments.unpack()
            self.seen.append((len(self.seen) + 1, title, body))
            call.return_value(GLib.Variant("(u)", (len(self.seen),)))
        elif method == "GetCapabilities":
            call.return_value(GLib.Variant("(as)", (["actions", "body"],)))
        elif method == "GetServerInformation":
            call.return_value(GLib.Variant("(ssss)", ("test", "test", "1", "1.2")))
        else:
            call.return_value(None)

    def press(self, number):
        """Presses a notification."""
        self.bus.emit_signal(None, self.PATH, self.NAME, "ActionInvoked", GLib.Variant("(us)", (number, "default")))


class Alerts(Kept):
    def setUp(self):
        super().setUp()
        self.desktop = Desktop(self)

    def start(self, *rules):
        if rules:
            self.set("alerts", "true")
            self.set("alert-rules", f"[{', '.join(rules)}]")
        self.program = Program()
        self.addCleanup(self.program.stop)
        self.program.find("image", lambda name: name.startswith("CPU"))

    def load(self):
        load = subprocess.Popen(["python3", "-c", LOAD])
        self.addCleanup(load.wait)
        self.addCleanup(load.kill)
        return load

    def says(self, part):
        return any(part in (node.get_name() or "") and is_showing(node) for node in walk(self.program.root))

    def shown(self):
        """Its windows, as the desktop has them. GTK can crash where it is asked for objects while their window is being hidden."""
        windows = []

        def look(node):
            if node.get("pid") == self.program.process.pid:
                windows.append(node["name"])
            for child in node["nodes"] + node["floating_nodes"]:
                look(child)

        look(json.loads(subprocess.check_output(["swaymsg", "-r", "-t", "get_tree"])))
        return sorted(windows)

    def close(self):
        """Closes the main window, with the keyboard."""
        key("w", "ctrl")

    def close_and_keep(self):
        self.close()
        press(self.program.find("button", "Keep Watching"))
        wait_for("the window is hidden", lambda: not self.shown())
        self.assertIsNone(self.program.process.poll())

    def has_ended(self):
        wait_for("its end", lambda: self.program.process.poll() is not None)
        self.assertEqual(self.program.process.returncode, 0)

    def test_a_load_is_told_of_and_shown_as_it_was(self):
        self.start("('cpu', '', 5.0, 1)")
        load = self.load()
        number, title, body = wait_for("a notification", lambda: self.desktop.seen and self.desktop.seen[0])
        self.assertRegex(title, "CPU has been above 5.% for 1 s")
        self.assertRegex(body, r"Most at \d+:\d+:\d+: ")
        load.kill()
        self.desktop.press(number)
        wait_for("the table", lambda: "CPU Processes" in self.shown())
        wait_for("a past moment", lambda: self.says("Showing "))

    def test_a_program_is_watched_while_no_window_shows(self):
        self.start("('program-cpu', 'python3', 5.0, 2)")
        self.close_and_keep()
        self.load()
        number, title, _ = wait_for("a notification", lambda: self.desktop.seen and self.desktop.seen[0], 2 * PATIENCE)
        self.assertRegex(title, "python3 has been above 5.% of a core for 2 s")
        self.desktop.press(number)
        wait_for("the table, and the window it belongs to", lambda: self.shown() == ["CPU Processes", "SysMon"])
        wait_for("a past moment", lambda: self.says("Showing "))

    def test_the_machine_is_watched_without_its_window(self):
        # Never quite so idle that this does not hold.
        self.set("told-of-background", "true")
        self.start("('memory-percent', '', 100.0, 20)")
        self.close()
        wait_for("the window is hidden", lambda: not self.shown())
        wait_for("a notification", lambda: self.desktop.seen, 2 * PATIENCE)

    def test_a_second_start_shows_the_window_and_quit_ends_it(self):
        self.start("('cpu', '', 100.0, 3600)")
        self.close_and_keep()
        self.assertEqual(self.get("told-of-background"), "true")
        second = run()
        self.assertEqual(second.returncode, 0)
        wait_for("the window", lambda: self.shown() == ["SysMon"])
        # It is asked about once.
        self.close()
        wait_for("the window is hidden", lambda: not self.shown())
        # With nothing left to watch, nothing runs unseen.
        self.set("alerts", "false")
        self.has_ended()

    def test_what_is_looked_at_stays_when_nothing_is_watched_any_more(self):
        self.set("told-of-background", "true")
        self.start("('cpu', '', 100.0, 3600)")
        self.close()
        wait_for("the window is hidden", lambda: not self.shown())
        # A notification, or a second start, opens a table for who has no window.
        self.assertEqual(run("--open", "cpu").returncode, 0)
        wait_for("the table", lambda: "CPU Processes" in self.shown())
        self.set("alerts", "false")
        self.program.find("table cell", within=self.program.find_window("CPU Processes"))
        key("Escape")
        wait_for("the window", lambda: self.shown() == ["SysMon"])
        self.close()
        self.has_ended()

    def test_quit_really_quits(self):
        self.start("('cpu', '', 100.0, 3600)")
        key("q", "ctrl")
        self.has_ended()

    def test_without_alerts_closing_ends_the_program(self):
        self.start()
        self.close()
        self.has_ended()

    def test_closing_can_quit_or_be_taken_back(self):
        self.start("('cpu', '', 100.0, 3600)")
        self.close()
        self.program.find("button", "Keep Watching")
        key("Escape")
        wait_for("no question", lambda: not self.program.look_for("button", "Keep Watching"))
        self.assertEqual(self.shown(), ["SysMon"])
        self.close()
        press(self.program.find("button", "Quit"))
        self.has_ended()

    def test_rules_are_set_with_the_keyboard(self):
        self.start()
        key("comma", "ctrl")
        self.go_to("Graphs")
        self.go_to("Alerts", by="Right")
        key("space")
        # The tab has the same name.
        key("Tab")
        switch = self.go_to("Alerts")
        self.assertFalse(switch.get_state_set().contains(Atspi.StateType.CHECKED))
        key("space")
        wait_for("it is kept", lambda: self.get("alerts") == "true")
        self.go_to("Add Rule")
        key("Return")
        self.go_to("Watch")
        key("Return")
        key("Down")
        key("Return")
        self.go_to("Name of the Program")
        keys("cc1")
        self.go_to("Above")
        key("a", "ctrl")
        keys("150")
        self.go_to("Save")
        key("Return")
        wait_for("it is kept", lambda: self.get("alert-rules") == "[('program-cpu', 'cc1', 150.0, uint32 30)]")
        self.program.find("list item", lambda name: name.startswith("cc1 above 150"))
        self.go_to("Remove “cc1 above")
        key("Return")
        wait_for("it is gone", lambda: self.get("alert-rules") in ["[]", "@a(ssdu) []"])

    def go_to(self, start, by="Tab"):
        """Moves the focus with this key to what is called like this."""
        for _ in range(30):
            focused = self.program.focused()
            if focused is not None and (focused.get_name() or "").startswith(start):
                return focused
            key(by)
            # A key that moves nothing is one that comes too early, and is pressed again.
            moved = lambda before=focused: self.program.focused() != before  # noqa: E731
            with contextlib.suppress(TimedOut):
                wait_for("the focus elsewhere", moved, patience=2.0)
        raise AssertionError(f"{by} never comes to {start}")


if __name__ == "__main__":
    unittest.main()
