"""A person who has only a keyboard and a screen reader: what is done, heard and found without eyes or a pointer."""

import os

import keyboard
from support import MENU_ITEMS, Atspi, GLib, Program, choose, choose_item, pump, wait_for, walk
from unittest import mock

STATE = Atspi.StateType
ROLE = Atspi.Role
# What can take the focus in GTK's eyes, and is nothing that a person does something with.
PLACES = (
    ROLE.SCROLL_PANE, ROLE.PANEL, ROLE.LIST, ROLE.LIST_BOX, ROLE.WINDOW, ROLE.FRAME, ROLE.DIALOG, ROLE.FILLER, ROLE.GROUPING,
    ROLE.VIEWPORT, ROLE.TREE_TABLE, ROLE.TABLE, ROLE.TABLE_CELL, ROLE.APPLICATION, ROLE.MENU, ROLE.TABLE_ROW,
)  # fmt: skip
# Of these, Tab reaches one, and the arrow keys the others.
NEIGHBOURS = (ROLE.TABLE_ROW, ROLE.LIST_ITEM, ROLE.PAGE_TAB, ROLE.RADIO_BUTTON, ROLE.COLUMN_HEADER, ROLE.TREE_ITEM, *MENU_ITEMS)


def has(node, state):
    """Whether an object is in this state."""
    return node.get_state_set().contains(state)


def name_of(node):
    """What a screen reader says first: the name, else the names of what labels it, else the text in it."""
    name = node.get_name()
    if name:
        return name
    relations = (it for it in node.get_relation_set() if it.get_relation_type() == Atspi.RelationType.LABELLED_BY)
    labels = (it.get_target(at).get_name() or "" for it in relations for at in range(it.get_n_targets()))
    text = " ".join(labels).strip()
    if not text and node.get_role() == ROLE.LIST_ITEM:
        # One without a name is read by what stands in it.
        text = " ".join(each.get_name() or "" for each in walk(node) if each.get_role() == ROLE.LABEL)
    return text


def window_of(node):
    """The window that an object is in; None where it has gone."""
    try:
        while node is not None:
            parent = node.get_parent()
            if parent is None or parent.get_role() == ROLE.APPLICATION:
                return node
            node = parent
    except GLib.Error:
        return None
    return None


def controls(within):
    """What can be used below an object and stands on the screen."""
    for node in walk(within):
        try:
            states = node.get_state_set()
            if states.contains(STATE.FOCUSABLE) and states.contains(STATE.SHOWING) and states.contains(STATE.SENSITIVE):
                if node.get_role() not in PLACES:
                    yield node
        except GLib.Error:
            continue


class Person:
    """Starts the program and uses it, until the test ends, which fails when the program complains."""

    def __init__(self, test, *arguments):
        self.keyboard = keyboard.Keyboard()
        test.addCleanup(self.keyboard.close)
        with mock.patch.dict(os.environ, {"SYSMON_DEBUG_ACTIONS": "1"}):
            self.program = Program(*arguments)
        test.addCleanup(self.program.stop)
        self.said = self.program.said
        # Whatever had the focus, and what that is in.
        self.looked_at = set()
        self.heard = []
        listener = Atspi.EventListener.new(self._hear)
        listener.register("object:announcement")
        test.addCleanup(listener.deregister, "object:announcement")
        self.program.find("image", "CPU")

    def _hear(self, event):
        if event.source.get_process_id() == self.program.process.pid:
            self.heard.append(str(event.any_data))

    def actions(self):
        """The names of the actions that there are, and of those that were used."""
        words = [line.split() for line in self.said.read_text().splitlines() if line.startswith("sysmon: action ")]
        return {word[2] for word in words if word[3] == "exists"}, {word[2] for word in words if word[3] == "used"}

    def press(self, name, *held):
        """Presses a key while others are held."""
        self.settle()
        self.keyboard.press(name, *held)
        self.settle()

    def settle(self):
        """Waits until the program and the compositor have done what they were told: keys, and windows and menus that come and go."""
        for _ in range(2):
            # Its answer comes after what it read before, and what it asked of the compositor then comes before the next round.
            try:
                self.program.root.get_child_count()
            except GLib.Error:
                # That key has ended it.
                break
            self.keyboard.connection.round_trip()
        pump(0)

    def type(self, text):
        """Types it."""
        self.keyboard.type(text)

    def focus(self):
        """What has the focus; None where it has just gone."""
        node, has_it = self.program.find_focus()
        if has_it and node in self.looked_at:
            return node
        try:
            if node is None or node.get_role() == ROLE.INVALID:
                return None
            # A screen reader looks up to the window; GTK tells nothing of a window that nobody looked at.
            above = node
            while above is not None and above not in self.looked_at and above.get_role() != ROLE.APPLICATION:
                above.get_state_set()
                self.looked_at.add(above)
                above = above.get_parent()
            return node
        except GLib.Error:
            return None

    def window(self):
        """The window with the focus."""
        return window_of(self.focus())

    def move(self, key, *held, patience=2.0):
        """Presses a key; returns what has the focus then, None where it stayed."""
        before = self.focus()
        self.press(key, *held)
        try:
            return wait_for("another focus", lambda: (now := self.focus()) is not before and now, patience, every=0.01)
        except AssertionError:
            # What a busy program did with the key is seen now.
            self.settle()
            return now if (now := self.focus()) is not before else None

    def go_to(self, name, role=None, most=60, key="Tab", held=()):
        """Goes with Tab to the control of this name."""
        fits = name if callable(name) else lambda text: text == name
        stayed = 0
        for _ in range(most):
            node = self.focus()
            if node is not None and fits(name_of(node)) and role in (None, node.get_role()):
                return node
            stayed = 0 if self.move(key, *held) else stayed + 1
            if stayed == 4:
                break
        raise AssertionError(f"{name} cannot be reached with {key}; the focus is on {tell(self.focus())}")

    def go_to_page(self, name):
        """Goes to another page of a dialog, by the arrow keys among their names."""
        for _ in range(40):
            if self.focus().get_role() == ROLE.PAGE_TAB:
                break
            self.move("Tab")
        for key in ("Right",) * 4 + ("Left",) * 4:
            if name_of(self.focus()) == name:
                break
            self.move(key, patience=1)
        else:
            raise AssertionError(f"there is no page {name}; the focus is on {tell(self.focus())}")
        self.press("space")

    def choose(self, *names):
        """Chooses from the menu of the window."""
        choose(self.program, *names, press=self.press)

    def choose_item(self, *names):
        """Chooses from the menu that is open."""
        choose_item(self.program, *names, press=self.press)

    def round(self, key="Tab", held=(), most=120):
        """Goes once round with a key: all that had the focus, from the first on. Fails when it does not come back."""
        first = self.focus()
        seen = [first]
        for _ in range(most):
            node = self.move(key, *held, patience=2)
            if node is None:
                # Alone in its window, or the last of a row of buttons.
                return seen
            if node is first:
                return seen
            seen.append(node)
            if seen.count(node) > 2:
                raise AssertionError(f"{key} goes round without its start {tell(first)}: {[tell(it) for it in seen[-6:]]}")
        raise AssertionError(f"{key} does not come back to {tell(first)}")


def tell(node):
    """An object in words."""
    return "nothing" if node is None else f"{node.get_role_name()} “{name_of(node)}”"
