"""Every control, with the keyboard alone."""

import re
import subprocess
import sys
import unittest

from person import MENU_ITEMS, NEIGHBOURS, PLACES, ROLE, STATE, Person, controls, has, name_of, tell
from support import GLib, is_showing, menu_items, pump, temporary_folder, wait_for, walk

TABLES = ("CPU", "Memory", "Disk", "Network")
NAME = "walkedload"
# It uses the CPU, the memory, the disk and the network.
BUSY = """
import os, socket, tempfile
ends = socket.create_server(("127.0.0.1", 0)); near = socket.create_connection(ends.getsockname()); far = ends.accept()[0]
file = tempfile.TemporaryFile()
while True:
    near.send(b"x" * 1000); far.recv(1000)
    file.seek(0); file.write(b"x" * 100000); os.fsync(file.fileno())
"""


def common(nodes):
    """The innermost object that all of these are in."""
    known = {}
    paths = []
    for node in nodes:
        try:
            paths.append(path(node, known))
        except GLib.Error:
            # It has gone since it was seen.
            continue
    inside = None
    for level in zip(*paths):
        if any(each is not level[0] for each in level):
            break
        inside = level[0]
    return inside


def path(node, known):
    """From the window down to an object; `known` are those of the objects above it."""
    if node in known:
        return known[node]
    if node is None or node.get_role() == ROLE.APPLICATION:
        return []
    known[node] = [*path(node.get_parent(), known), node]
    return known[node]


class Walk(unittest.TestCase):
    """Tab comes by everything that can be used, comes back, and all of it has a name."""

    def person(self, *arguments):
        return Person(self, *arguments)

    def check(self, person, place):
        """Goes round in the window with the focus, both ways."""
        seen = person.round()
        back = person.round(held=("shift",))
        self.assertEqual([tell(node) for node in seen if node not in back], [], f"{place}: not reached backwards")
        self.assertEqual([tell(node) for node in back if node not in seen], [], f"{place}: only reached backwards")
        inside = common(seen) if len(seen) > 1 else seen[0].get_parent()
        there = list(controls(inside))
        self.assertEqual([tell(node) for node in [*there, *seen] if not name_of(node) and node.get_role() not in PLACES], [], f"{place}: without a name")
        missed = [node for node in there if node not in seen and not self.is_part(node, seen)]
        for node in missed[:]:
            if node not in missed:
                continue
            beside = [it for it in seen if it.get_role() == node.get_role() and common([it, node]) is common([node]).get_parent()]
            if node.get_role() in NEIGHBOURS and beside:
                reached = self.arrows(person, beside[0])
                missed = [it for it in missed if it not in reached]
        self.assertEqual([tell(node) for node in missed], [], f"{place}: not reached")
        return seen

    def is_part(self, node, seen):
        """Whether it belongs to a control that was seen, or is a button of the window's frame, which has keys of its own."""
        named = [it for it in seen if name_of(it) == name_of(node)]
        if any(common([it, node]) in (it, node) for it in named):
            return True
        if node.get_role() == ROLE.LIST_ITEM and any(each in seen for each in walk(node)):
            # What is typed into or pressed fills the row.
            return True
        inside = node.get_parent()
        while inside is not None and node.get_role() == ROLE.LIST_ITEM:
            if inside in seen and inside.get_role() == ROLE.COMBO_BOX:
                return True
            inside = inside.get_parent()
        return node.get_role() == ROLE.BUTTON and name_of(node) in ("Close", "Minimize", "Maximize", "Restore") or (
            node.get_role() in MENU_ITEMS
        )

    def arrows(self, person, start):
        """What the arrow keys reach from a control."""
        reached = [start]
        for key in ("Down", "Right", "Up", "Left"):
            # In some lists the arrow keys choose, and Tab comes back to what was chosen.
            person.go_to(lambda _: True, start.get_role())
            on_the_way = []
            while (node := person.move(key, patience=0.3)) is not None and node.get_role() == start.get_role():
                if node in on_the_way:
                    break
                on_the_way.append(node)
            reached.extend(on_the_way)
        return reached

    def closed(self, person, name, key="Escape", *held):
        """Closes what has the focus, and waits until it has gone."""
        inside = person.focus()
        person.press(key, *held)
        wait_for(f"{name} to go", lambda: not is_showing(inside) or not has(inside, STATE.FOCUSED))

    def test_the_main_window_and_its_dialogs(self):
        person = self.person()
        main = self.check(person, "main window")
        self.assertEqual(sum(node.get_role() == ROLE.IMAGE for node in main), 4)
        person.go_to("Memory", ROLE.IMAGE)
        for place, keys, inside, pages in (
            ("preferences", ("comma", "ctrl"), "Newest on the Left", ("Graphs", "Tables", "General", "Alerts")),
            ("shortcuts", ("/", "ctrl", "shift"), "CPU processes", ("Main Window", "Tables")),
        ):
            person.move(*keys, patience=10)
            wait_for(place, lambda inside=inside: any(name_of(node).startswith(inside) for node in walk(person.program.root)))
            for page in pages:
                person.go_to_page(page)
                self.check(person, f"{place}, {page}")
                if page == "Alerts":
                    add = person.go_to("Add Rule", ROLE.BUTTON)
                    person.press("Return")
                    wait_for("the rule", lambda add=add: person.focus() not in (None, add))
                    self.check(person, "rule")
                    self.closed(person, "rule")
                    wait_for("the focus on the button again", lambda add=add: person.focus() is add)
            self.closed(person, place)
            wait_for("the focus on the graph it came from", lambda: tell(person.focus()) == "image “Memory”")
        for item in ("About SysMon", "Clear History…", "Save Recording…", "Connect to Host…"):
            person.choose(item)
            wait_for(item, lambda: not self.is_main(person))
            self.check(person, item)
            self.closed(person, item)
            back = ("image “Memory”", "toggle button “Main Menu”")
            wait_for("the focus on what it came from", lambda back=back: tell(person.focus()) in back)
        person.press("Escape")
        person.go_to("Memory", ROLE.IMAGE)
        person.move("F1", patience=10)
        wait_for("the help", lambda: person.window().get_name() == "Help")
        self.check(person, "help")
        person.press("w", "ctrl")
        wait_for("the focus on the graph it came from", lambda: tell(person.focus()) == "image “Memory”")

    def is_main(self, person):
        node = person.focus()
        return node is None or node.get_role() in MENU_ITEMS or tell(node) in ("image “Memory”", "toggle button “Main Menu”")

    def test_the_tables(self):
        person = self.person()
        load = busy(self)
        for number, name in enumerate(TABLES, 1):
            graph = person.go_to(name, ROLE.IMAGE)
            person.press(str(number), "ctrl")
            window = wait_for(f"the table of {name}", lambda name=name: person.program.find_window(f"{name} Processes"))
            wait_for("the focus in it", lambda window=window: person.window() is window)
            wait_for("the graph of what is remembered", lambda name=name, window=window: person.program.look_for("image", f"{name}, remembered", window))
            person.type("walkedload")
            wait_for("its row", lambda window=window: rows(window, "walkedload, PID"))
            seen = self.check(person, f"table of {name}")
            # What is chosen says nothing without what it is of.
            said = [(name_of(node), node.get_description()) for node in seen]
            self.assertIn(("Every 3 s", "Interval"), said)
            self.assertIn(("All", "Limit"), said)
            self.check_cells(window)
            person.press("f", "ctrl")
            person.move("Down")
            wait_for("the focus in the rows", lambda: tell(person.focus()).startswith("table row “walkedload"))
            row = person.focus()
            person.press("Return")
            # What has to be asked for comes after the rest.
            wait_for("the details", lambda window=window: any(node.get_name() == "Involuntary Context Switches" for node in walk(window)))
            # They are one implementation; a network's have more in them.
            if name == "Network":
                self.check(person, f"details of {name}")
            person.press("Escape")
            wait_for("the focus on its row", lambda row=row: person.focus() is row)
            wait_for("the details to go", lambda window=window: not any(node.get_name() == "Involuntary Context Switches" for node in walk(window)))
            for keys in (("F10", "shift"), ("Menu",)):
                person.press(*keys)
                self.check_menu(person, f"menu of a row of {name}")
                wait_for("the focus on its row", lambda: tell(person.focus()).startswith("table row “walkedload"))
            person.press("w", "ctrl")
            wait_for("the focus on the graph it came from", lambda graph=graph: person.focus() is graph)
        load.kill()

    def test_what_opens_above_a_table(self):
        person = self.person("--open", "cpu")
        busy(self)
        window = wait_for("the table", lambda: person.program.find_window("CPU Processes"))
        wait_for("the focus in it", lambda: person.window() is window)
        person.type(NAME)
        wait_for("its row", lambda: rows(window, f"{NAME}, PID"))
        person.press("f", "ctrl")
        person.move("Down")
        on_row = lambda: tell(person.focus()).startswith(f"table row “{NAME}")  # noqa: E731
        wait_for("the focus in the rows", on_row)
        person.press("Menu")
        person.choose_item("Priority…")
        wait_for("the dialog", lambda: tell(person.focus()) == "combo box “Priority”")
        self.check(person, "priority")
        self.closed(person, "priority")
        wait_for("the focus on its row", on_row)

        footer = person.go_to(lambda text: "explained" in text, ROLE.TOGGLE_BUTTON)
        person.press("space")
        wait_for("what explains it", lambda: (node := person.focus()) is not footer and "Taking these values took" in name_of(node))
        # What is read does not change below the reader.
        notes, read = person.focus(), name_of(person.focus())
        shown = name_of(footer)
        wait_for("another refresh", lambda: name_of(footer) != shown)
        self.assertEqual(name_of(notes), read)
        self.check(person, "what explains it")
        person.press("Escape")
        wait_for("the focus on the button again", lambda: person.focus() is footer)

    def test_what_explains_a_spike(self):
        person = self.person("--open", "cpu")
        window = wait_for("the table", lambda: person.program.find_window("CPU Processes"))
        strip = wait_for("the graph of what is remembered", lambda: person.program.look_for("image", "CPU, remembered", window))
        wait_for("the focus in it", lambda: person.window() is window)
        person.go_to("CPU, remembered", ROLE.IMAGE)
        person.press("Left")
        banner = wait_for("the past", lambda: person.program.look_for("button", "Back to Live", window))
        says = re.compile(r"CPU (rose from|fell from|stayed at|was at) ")
        for _ in range(20):
            if any(says.match(node.get_name() or "") and is_showing(node) for node in walk(window)):
                break
            person.press("Left", "shift")
        self.check(person, "table of a range")
        sentence = person.go_to(lambda text: says.match(text))
        self.assertEqual(sentence.get_role(), ROLE.LABEL)

        # The button goes with the past: the focus is not lost with it.
        self.assertIs(person.go_to("Back to Live", ROLE.BUTTON), banner)
        person.press("Return")
        wait_for("the present", lambda: not person.program.look_for("button", "Back to Live", window))
        wait_for("the focus on the graph", lambda: person.focus() is strip)
        # One step at a time: the crosshair, the present, and the window closes.
        person.press("Left")
        wait_for("the past", lambda: person.program.look_for("button", "Back to Live", window))
        person.press("Escape")
        pump(0.5)
        self.assertTrue(person.program.look_for("button", "Back to Live", window))
        person.press("Escape")
        wait_for("the present", lambda: not person.program.look_for("button", "Back to Live", window))
        self.assertIs(person.focus(), strip)
        person.press("Escape")
        wait_for("the window closed", lambda: person.program.find_window("CPU Processes") is None)
        wait_for("the focus on a graph", lambda: tell(person.focus()) == "image “CPU”")

    def test_the_editor_of_alerts(self):
        person = self.person()
        wait_for("the focus in it", person.window)
        graph = person.go_to("Disk", ROLE.IMAGE)
        person.move("comma", "ctrl", patience=10)
        wait_for("the preferences", lambda: any(name_of(node).startswith("Newest on the Left") for node in walk(person.program.root)))
        person.go_to_page("Alerts")
        add = person.go_to("Add Rule", ROLE.BUTTON)
        for what in ("CPU of the Machine", "CPU of a Program", "Available Memory, Share", "Available Memory, Amount", "Network"):
            person.press("Return")
            watch = wait_for("the rule", lambda: tell(person.focus()) == "combo box “Watch”" and person.focus())
            person.press("space")
            wait_for("its list", lambda: (node := person.focus()) and node.get_role() == ROLE.LIST_ITEM)
            person.go_to(what, ROLE.LIST_ITEM, key="Down")
            person.press("Return")
            wait_for("the row again", lambda watch=watch: person.focus() is watch)
            if what == "CPU of a Program":
                person.go_to("Name of the Program")
                person.type(NAME)
            self.check(person, f"rule about {what}")
            save = person.go_to("Save", ROLE.BUTTON)
            person.press("Return")
            wait_for("the dialog to go", lambda save=save: has_gone(save))
            # The rule that was made has the focus; the next one is made from there.
            row = wait_for("its row", lambda: (node := person.focus()) and node.get_role() == ROLE.LIST_ITEM and node)
            if what != "Network":
                person.go_to("Add Rule", ROLE.BUTTON)
        self.check(person, "rules")

        # It is opened again, and left as it was.
        person.go_to(name_of(row), ROLE.LIST_ITEM)
        person.press("Return")
        wait_for("the rule", lambda: tell(person.focus()) == "combo box “Watch”")
        self.check(person, "rule that is there")
        self.closed(person, "rule")
        wait_for("the focus on its row", lambda: person.focus() is row)

        # Each that is removed gives the focus to one beside it, the last one to the button that adds.
        for left in range(4, -1, -1):
            remove = person.go_to(lambda text: text.startswith("Remove “"), ROLE.BUTTON)
            person.press("Return")
            wait_for("it to go", lambda remove=remove: person.focus() not in (None, remove))
            wait_for("the focus beside it", lambda left=left: person.focus().get_role() == ROLE.LIST_ITEM if left else person.focus() is add)
        self.closed(person, "preferences")
        wait_for("the focus on the graph it came from", lambda: person.focus() is graph)

    def check_menu(self, person, place):
        """Each item of a menu has a name and is reached by arrow keys, which come back to the first, either way."""
        items = wait_for(f"{place}, and the focus in it", lambda: person.focus() in (items := menu_items(person.program)) and items)
        self.assertEqual([tell(item) for item in items if not name_of(item)], [], place)
        for key in ("Down", "Up"):
            reached = person.round(key)
            self.assertEqual([tell(item) for item in items if item not in reached], [], f"{place}, {key}")
        person.press("Escape")
        wait_for("the menu to go", lambda: not menu_items(person.program))

    def check_cells(self, window):
        """What stands in the cells of a row is what the row says it is about."""
        for row in rows(window, ""):
            pid = re.search(r"^(.*), PID (\d+)", row.get_name() or "")
            cells = [node.get_name() for node in walk(row) if node.get_role() == ROLE.LABEL]
            if pid and is_showing(row):
                self.assertIn(pid[2], cells, row.get_name())
                self.assertIn(pid[1], cells, row.get_name())


def has_gone(node):
    """Whether an object is on the screen no more."""
    try:
        return not is_showing(node)
    except GLib.Error:
        return True


def rows(window, start):
    """The rows on screen whose sentence begins like this."""
    return [node for node in walk(window) if node.get_role() == ROLE.TABLE_ROW and (node.get_name() or "").startswith(start)]


def busy(test):
    """A process that the tables show, until the test ends."""
    program = temporary_folder(test) / NAME
    program.symlink_to(sys.executable)
    process = subprocess.Popen([program, "-c", BUSY])
    test.addCleanup(process.wait)
    test.addCleanup(process.kill)
    return process


if __name__ == "__main__":
    unittest.main()
