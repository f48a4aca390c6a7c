"""Every action that the program has is reached with the keyboard; it tells itself which there are."""

import json
import os
import subprocess
import unittest

from desk import Desk
from person import ROLE, STATE, Person, has, name_of, tell
from support import Atspi, MENU_ITEMS, TimedOut, is_showing, seen, temporary_folder, wait_for, walk
from test_walk import NAME, busy, rows

# What only other programs and a second start ask for, through the session bus. F10 is the menu button's own key.
NOT_FOR_PERSONS = {"app.open-at", "app.smoothing", "app.time-window", "win.menu"}
# The first column is always shown, and in no menu.
NOT_FOR_PERSONS |= {"drilldown.column-name"}
# Not offered to root, who reads everything; test_administrator.py uses both as somebody else.
if os.geteuid() == 0:
    NOT_FOR_PERSONS |= {"app.administrator-mode", "app.leave-administrator-mode"}
# Chosen after all else in a menu: what they act on is gone after them, or is free only once the table is sorted by something else.
LAST = ("End", "Kill", "Clear History", "Disconnect", "Columns")
TABLES = ("CPU", "Memory", "Disk", "Network")
# What opens something, beside what says so with three dots.
OPENS = ("Preferences", "Keyboard Shortcuts", "Help", "About SysMon", "Filter Syntax", "Show Connections", *(f"{name} Processes" for name in TABLES))


def left(node):
    """How far from the left of its window an object begins."""
    return node.get_extents(Atspi.CoordType.WINDOW).x


class Window(unittest.TestCase):
    """A window that comes back to how it was."""

    def uses(self):
        return self.person.said.read_text().count(" used")

    def leave_full_screen(self):
        """Waits until no window fills the screen: one that opens meanwhile would stay behind it."""

        def is_filled(node):
            # Workspaces fill it as well.
            inside = [*node["nodes"], *node["floating_nodes"]]
            return "pid" in node and node["fullscreen_mode"] != 0 or any(is_filled(each) for each in inside)

        tree = lambda: subprocess.run(["swaymsg", "-t", "get_tree"], check=True, capture_output=True).stdout  # noqa: E731
        wait_for("no window to fill the screen", lambda: not is_filled(json.loads(tree())))

    def use(self, window, keys, opens):
        """Presses keys that do something, and closes what they open."""
        before = self.uses()
        if opens:
            self.leave_full_screen()
        self.person.press(*keys)
        wait_for(f"{keys} to do something", lambda: self.uses() > before)
        if opens:
            wait_for(f"what {keys} opens", lambda: self.is_elsewhere(window))
            self.come_back(window)

    def is_elsewhere(self, window):
        """Whether something has opened above a window."""
        return self.dialog(window) or self.person.window() not in (None, window)

    def come_back(self, window):
        """Closes whatever an action opened."""
        wait_for("the window again", lambda: self.is_back(window), every=0.1)

    def is_back(self, window):
        """Whether the window has the focus and nothing is open above it; else does one step towards that."""
        person = self.person
        other = person.window()
        if other is window and not self.dialog(window):
            return True
        name = other.get_name() or "" if other is not None else ""
        if name == "SysMon" and other is not window and not self.dialog(other):
            # Which window is next is up to the compositor.
            subprocess.run(["swaymsg", f'[title="^{window.get_name()}$"]', "focus"], check=True, stdout=subprocess.DEVNULL)
        elif other is not None:
            # Where the focus stays, it is tried again.
            person.move(*(("w", "ctrl") if name.endswith(("Processes", "Connections", "Help")) and other is not window else ("Escape",)))
        return False

    def dialog(self, window):
        """The dialog within a window that has the focus."""
        node = self.person.focus()
        while node is not None and node is not window and node.get_role() != ROLE.APPLICATION:
            if node.get_role() in (ROLE.DIALOG, ROLE.ALERT) and has(node, STATE.SHOWING):
                return node
            node = node.get_parent()
        return None


class Reach(Window):
    # What the tests before found, in the order of their names.
    exist, used, done = set(), set(), set()

    def setUp(self):
        # Where nothing moves that can do without: all is reached in that way as well, and sooner.
        Desk(temporary_folder(self))
        self.person = Person(self)
        self.load = busy(self)
        self.addCleanup(self.take_in, self.person)
        wait_for("the focus in it", self.person.window)

    def take_in(self, person):
        """Notes which actions there are and which were used."""
        exist, used = person.actions()
        self.exist.update(exist)
        self.used.update(used)

    # Menus

    def choose_all(self, window, opened, view="", submenu=None):
        """Chooses each item of the menu that `opened` opens, and comes back to `window` after each; goes into submenus.

        What was chosen under the same name in another table of the same view is the same action."""
        person = self.person
        items = self.open(opened, submenu)
        # The shorter way to each: the arrow keys go round.
        ways = {item[0]: "Up" if 2 * at > len(items) else "Down" for at, item in enumerate(items)}
        items = [item for item in items if item[0] != submenu]
        # Of what one action chooses from, the first two are enough.
        choices = [item for item in items if item[1] == ROLE.RADIO_MENU_ITEM][2:]
        items = [item for item in items if item not in choices]
        self.close_menu(window)
        for name, kind, leads_on in sorted(items, key=lambda item: item[0].startswith(LAST)):
            if leads_on:
                self.choose_all(window, opened, view, name)
                continue
            if (view, submenu, name) in self.done:
                continue
            self.done.add((view, submenu, name))
            # Back to how it was, without which the next would not be found; columns are in no way.
            again = name == "Full Screen" or kind == ROLE.CHECK_MENU_ITEM and submenu != "Columns"
            for _ in range(2 if again else 1):
                self.open_at(opened, submenu)
                person.go_to(name, key=ways[name])
                before = self.uses()
                if name.endswith("…") or name in OPENS:
                    self.leave_full_screen()
                person.press("Return")
                wait_for(f"{name} to do something", lambda before=before: self.uses() > before)
                if name.endswith("…") or name in OPENS:
                    wait_for(f"what {name} opens", lambda: self.is_elsewhere(window))
                    self.come_back(window)
                elif name == "Details":
                    wait_for("the details", lambda: self.are_details(window))
                    person.press("Escape")
                    wait_for("the details to go", lambda: not self.are_details(window))
                    wait_for("the row", lambda: (node := person.focus()) and node.get_role() == ROLE.TABLE_ROW)
                else:
                    wait_for("the menu to go", lambda: not self.in_menu())

    def open_at(self, opened, submenu):
        """Opens a menu, or what is below one of its items."""
        opened()
        try:
            wait_for("the menu", self.in_menu)
        except TimedOut as failure:
            raise AssertionError(f"{failure}; the focus is on {tell(self.person.focus())}") from failure
        if submenu:
            node = self.person.go_to(submenu, key="Down")
            self.person.press("Return")
            # The item that leads back has the same name. Until it stands in the place of the other one, arrow keys go on there.
            wait_for(submenu, lambda: self.in_menu() and self.person.focus() is not node and left(self.person.focus()) == left(node))

    def open(self, opened, submenu):
        """Opens a menu; its items as the arrow keys come by them: the name, the role, and whether more is below."""
        self.open_at(opened, submenu)
        items = self.person.round("Down")
        return [(name_of(item), item.get_role(), has(item, STATE.EXPANDABLE) or has(item, STATE.HAS_POPUP)) for item in items]

    def in_menu(self):
        """Whether the focus is in a menu."""
        node = self.person.focus()
        return node is not None and node.get_role() in MENU_ITEMS and has(node, STATE.SHOWING)

    def close_menu(self, window):
        """Closes it, level by level."""
        self.person.press("Escape")
        wait_for("the menu to go", lambda: self.without_menu(window))

    def without_menu(self, window):
        if self.in_menu():
            self.person.move("Escape", patience=1)
        return not self.in_menu()

    # The main window

    def in_main_window(self):
        person = self.person
        main = person.window()
        person.go_to("CPU", ROLE.IMAGE)
        self.choose_all(main, lambda: person.press("F10"))
        for keys in (("p", "ctrl"), ("p", "ctrl"), ("F5",), ("F1",)):
            self.use(main, keys, opens=keys == ("F1",))
        self.record(main)
        return main

    def record(self, main):
        """Records from now on, and stops."""
        person = self.person
        person.choose("Save Recording…")
        wait_for("the dialog", lambda: self.dialog(main))
        person.go_to("What Is Remembered")
        person.move("Down")
        person.go_to("From Now On")
        person.press("space")
        person.go_to("Save…", ROLE.BUTTON)
        person.press("Return")
        wait_for("the file's name", lambda: name_of(person.focus()) == "Name")
        person.press("a", "ctrl")
        person.type(str(temporary_folder(self) / "kept.smrec"))
        person.press("Return")
        wait_for("the recording", lambda: person.program.look_for("button", "Stop"))
        wait_for("the focus in the main window", lambda: person.window() is main)
        person.go_to("Stop", ROLE.BUTTON)
        person.press("Return")
        wait_for("its end", lambda: not person.program.look_for("button", "Stop"))

    # A table

    def in_table(self, name, main):
        person = self.person
        title = f"{name} Processes"
        person.press(str(TABLES.index(name) + 1), "ctrl")
        window = wait_for(title, lambda: person.program.find_window(title))
        wait_for("the focus in it", lambda: person.window() is window)
        self.to_row(window)
        self.choose_all(window, lambda: self.to_row(window, ("F10", "shift")), "processes")
        self.to_row(window)
        # The names of columns change with them; what a column does is tried in one table of the four.
        self.choose_all(window, lambda: person.press("F10"), "processes")
        if name == "CPU":
            self.in_cpu_table(window)
        if name == "Network":
            self.in_connections(window)
        person.press("w", "ctrl")
        wait_for("the main window", lambda: person.window() is main)

    def to_row(self, window, keys=None):
        """To the row of a process of the test's own, whose menu opens with these keys."""
        person = self.person
        if self.load.poll() is not None:
            self.load, keys_alone = busy(self), False
        else:
            keys_alone = keys is not None and self.is_on_load()
        wanted = f"pid:{self.load.pid}"
        wait_for("the focus in the window", lambda: person.window() is window)
        if not keys_alone:
            person.press("f", "ctrl")
            person.press("a", "ctrl")
            person.type(wanted)
            # What it says of itself depends on the columns.
            wait_for("its row alone", lambda: self.processes(window) == 1 and rows(window, NAME))
            person.press("Down")
            wait_for("the focus on it", self.is_on_load)
        if keys:
            person.press(*keys)

    def are_details(self, window):
        """Whether the details of a process or a connection are shown."""
        # A column has that name as well.
        return any(node.get_name() == "Command Line" and node.get_role() == ROLE.LIST_ITEM for node in seen(window))

    def processes(self, window):
        """How many rows of processes are on the screen."""
        return sum(is_showing(row) and (row.get_name() or "").count(", ") > 0 for row in rows(window, ""))

    def is_on_load(self):
        focus = self.person.focus()
        return focus is not None and focus.get_role() == ROLE.TABLE_ROW and name_of(focus).startswith(NAME)

    def in_cpu_table(self, window):
        person = self.person
        for keys in (("p", "ctrl"), ("p", "ctrl"), ("F5",), ("s", "ctrl"), ("c", "ctrl"), ("F1",)):
            self.to_row(window)
            self.use(window, keys, opens=keys in (("s", "ctrl"), ("F1",)))
        # A moment of the past, and back.
        person.go_to("CPU, remembered", ROLE.IMAGE)
        person.press("Left")
        button = wait_for("the way back", lambda: person.program.look_for("button", "Back to Live", window))
        person.go_to(name_of(button), ROLE.BUTTON)
        person.press("Return")
        wait_for("the present", lambda: not person.program.look_for("button", "Back to Live", window))
        # A filter that nothing fits.
        person.press("f", "ctrl")
        person.press("a", "ctrl")
        person.type("nothinghasthisname")
        wait_for("an empty table", lambda: person.program.look_for("button", "Clear Filter", window))
        person.go_to("Clear Filter", ROLE.BUTTON)
        person.press("Return")
        wait_for("rows", lambda: len(rows(window, "")) > 2)
        # Held by hand, until it would be another order.
        hold = lambda: person.program.look_for("button", lambda name: name.startswith("Order held"), window)  # noqa: E731
        # By what changes all the time.
        self.open_at(lambda: person.press("F10"), "Sort By")
        person.go_to(lambda text: text.startswith("CPU %"), key="Down")
        person.press("Return")
        wait_for("the menu to go", lambda: not self.in_menu())
        self.open_at(lambda: person.press("F10"), None)
        item = person.go_to("Hold Order", key="Down")
        person.press("Escape" if has(item, STATE.CHECKED) else "Return")
        wait_for("the menu to go", lambda: not self.in_menu())
        wait_for("the order held", hold)
        person.go_to(lambda name: name.startswith("Order held"), ROLE.BUTTON)
        person.press("Return")
        # What had the focus is away then.
        wait_for("the focus in the rows", lambda: (node := person.focus()) and node.get_role() == ROLE.TABLE_ROW)
        # In a narrow window the menu has what stood beside the filter.
        subprocess.run(["swaymsg", f'[title="{window.get_name()}"]', "resize set 400 700"], check=True, stdout=subprocess.DEVNULL)
        wait_for("no room beside the filter", lambda: not person.program.look_for("combo box", within=window))
        for menu, item in (("Interval", "Every 5 s"), ("Limit", "Top 25")):
            before = self.uses()
            person.choose(menu, item)
            wait_for(f"{item} to do something", lambda before=before: self.uses() > before)

    def in_connections(self, window):
        person = self.person
        self.to_row(window)
        person.press("Return")
        wait_for("the details", lambda: self.are_details(window))
        person.go_to("Show in Table", ROLE.BUTTON)
        person.press("Return")
        table = wait_for("the connections", lambda: person.program.find_window("Network Connections"))
        wait_for("the focus in it", lambda: person.window() is table)

        def to_row(keys=("F10", "shift")):
            wait_for("the focus in the connections", lambda: person.window() is table)
            if not (person.focus().get_role() == ROLE.TABLE_ROW and "ESTABLISHED" in name_of(person.focus())):
                person.press("f", "ctrl")
                person.press("a", "ctrl")
                person.type(f"pid:{self.load.pid}")
                wait_for("a connection", lambda: any("ESTABLISHED" in (row.get_name() or "") for row in rows(table, "")))
                person.press("Down")
                wait_for("the focus in the rows", lambda: "ESTABLISHED" in name_of(person.focus()))
            person.press(*keys)

        self.choose_all(table, to_row, "connections")
        self.choose_all(table, lambda: person.press("F10"), "connections")
        person.press("w", "ctrl")
        wait_for("the processes", lambda: person.window() is window)
        self.come_back(window)
        # The details of the process are open still.
        person.press("Escape")
        wait_for("the details to go", lambda: not self.are_details(window))
        person.go_to("Connections", ROLE.BUTTON)
        person.press("Return")
        wait_for("the connections", lambda: person.window() is not window)
        self.come_back(window)

    def test_1_in_the_main_window(self):
        self.in_main_window()

    def test_2_of_the_cpu(self):
        self.in_table("CPU", self.person.window())

    def test_3_of_the_memory(self):
        self.in_table("Memory", self.person.window())

    def test_4_of_the_disk(self):
        self.in_table("Disk", self.person.window())

    def test_5_of_the_network(self):
        self.in_table("Network", self.person.window())

    def test_6_at_the_end(self):
        for key in "w", "q":
            person = self.person if key == "w" else Person(self)
            person.press(key, "ctrl")
            wait_for("the end", lambda person=person: person.program.process.poll() is not None)
            self.take_in(person)

    def test_7_nothing_is_left_out(self):
        wanted = self.exist - NOT_FOR_PERSONS
        self.maxDiff = None
        print(f"reached {len(wanted & self.used)} of {len(wanted)} actions with the keyboard")
        self.assertEqual(sorted(wanted - self.used), [])


if __name__ == "__main__":
    unittest.main()
