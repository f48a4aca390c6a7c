"""Drives the program as a person with a keyboard and a screen reader does.

Runs inside `build-aux/headless`. The program is $SYSMON, else target/debug/sysmon.
Everything here waits for conditions; the time given is only when to give up.
"""

import functools
import os
import pathlib
import re
import select
import signal
import subprocess
import tempfile
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

import keyboard  # noqa: E402

PROGRAM = os.environ.get("SYSMON", str(pathlib.Path(__file__).parents[2] / "target/debug/sysmon"))
PATIENCE = float(os.environ.get("SYSMON_TEST_PATIENCE", "30"))
# Seconds from one key to the next, as with a quick hand: what the first one does is seen before the next one.
STROKE = 0.2
# What GLib and Rust say on standard error when something is wrong in the program.
COMPLAINT = re.compile(r"(CRITICAL|WARNING|ERROR) \*\*|panicked at")
# Seconds in which the focus that left one object is told of another, as a rule.
ON_ITS_WAY = 0.2


class TimedOut(AssertionError):
    """What was waited for did not come."""


def wait_for(what, condition, patience=PATIENCE, every=0.05):
    """Returns the first true value of `condition`; `what` says what it is.

    It is tried when the program told something, and each `every` seconds; after each time the program is left in peace
    for as long as that took, so that it can make it true."""
    deadline = time.monotonic() + patience
    while True:
        began = time.monotonic()
        try:
            value = condition()
        except GLib.Error:
            # An object that has just gone cannot be asked any more.
            value = None
        if value:
            return value
        now = time.monotonic()
        if now > deadline:
            raise TimedOut(f"waited {patience:.0f} s in vain: {what}")
        pump(now - began)
        await_event(every)


def await_event(seconds):
    """Lets an event arrive, for so long at most, and all that came with it."""
    context = GLib.MainContext.default()
    late = []
    timer = GLib.timeout_add(max(1, round(seconds * 1000)), lambda: late.append(True))
    context.iteration(True)
    while context.iteration(False):
        pass
    if not late:
        GLib.source_remove(timer)


def pump(seconds):
    """Lets events arrive."""
    context = GLib.MainContext.default()
    deadline = time.monotonic() + seconds
    while True:
        while context.iteration(False):
            pass
        left = deadline - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(left, 0.01))


@functools.cache
def held_keyboard():
    """The keyboard of this program of tests: it stays, as the focus goes with the last keyboard."""
    return keyboard.Keyboard()


def keys(*words):
    """Types text, and presses each key whose name stands after "-k": keys("port:80", "-k", "Return")."""
    words = iter(words)
    for word in words:
        if word == "-k":
            held_keyboard().press(next(words))
        else:
            held_keyboard().type(word)
        # What a key opens is there before the next one is pressed, as with any hand.
        pump(STROKE)


def key(name, *modifiers):
    """Presses one key while others are held: key("p", "ctrl")."""
    held_keyboard().press(name, *modifiers)
    pump(STROKE)


def hold_keyboard():
    """Has a keyboard from now on, as a window without one has no focus."""
    held_keyboard()


def temporary_folder(test):
    """A folder until the test ends."""
    folder = tempfile.TemporaryDirectory()
    test.addCleanup(folder.cleanup)
    return pathlib.Path(folder.name)


def screenshot(path):
    """Takes a picture of the whole screen."""
    subprocess.run(["grim", str(path)], check=True, timeout=PATIENCE)


def run(*arguments):
    """Runs the program until it ends by itself: it is refused, or hands over to one that runs."""
    ended = subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=PATIENCE)
    see_no_complaints(ended.stderr)
    return ended


def see_no_complaints(said, provoked=""):
    """Fails where a program complained on standard error, but for what a test provokes: a pattern."""
    wrong = [line for line in said.splitlines() if COMPLAINT.search(line) and not (provoked and re.search(provoked, line))]
    if wrong:
        raise AssertionError("\n".join(["the program complained:", *wrong]))


class Program:
    """The running program, seen through the accessibility bus. `stop` fails when it complained on standard error."""

    # A pattern of the complaints that a test provokes.
    provoked = ""

    def __init__(self, *arguments, program=PROGRAM):
        self._stderr = tempfile.TemporaryFile()
        # What it wrote to standard error, as long as this one runs.
        self.said = pathlib.Path(f"/proc/self/fd/{self._stderr.fileno()}")
        self._watch(lambda: subprocess.Popen([program, *arguments], stderr=self._stderr))

    def _watch(self, start):
        self._focused = None
        # Which of all objects has the focus cannot be asked for afterwards without looking at each.
        self._listener = Atspi.EventListener.new(self._note_focus)
        self._listener.register("object:state-changed:focused")
        self.process = start()
        self.root = wait_for("the program on the accessibility bus", self._application)

    def _application(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the program ended with {self.process.returncode}:\n{self._read_said()}")
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(index)
            if child is not None and child.get_process_id() == self.process.pid:
                return child
        return None

    def _read_said(self):
        return self.said.read_text(errors="replace") if self.said else ""

    def stop(self):
        """Ends it, whatever state it is in, and fails when it complained."""
        self._listener.deregister("object:state-changed:focused")
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        see_no_complaints(self._read_said(), self.provoked)

    def windows(self):
        """Names of all its windows."""
        windows = (self.root.get_child_at_index(n) for n in range(self.root.get_child_count()))
        return [window.get_name() for window in windows if window is not None]

    def find_window(self, title):
        """The window of this title, or None."""
        windows = (self.root.get_child_at_index(n) for n in range(self.root.get_child_count()))
        return next((window for window in windows if window is not None and window.get_name() == title), None)

    def find(self, role, name=None, within=None):
        """The first object of this role and name, waited for. `name` may be a test of the name."""
        return wait_for(f"a {role} {name or ''}", lambda: self.look_for(role, name, within))

    def look_for(self, role, name=None, within=None):
        """The first object of this role and name, or None."""
        return next(self.all(role, name, within), None)

    def all(self, role, name=None, within=None):
        """All objects of this role and name that can be seen, in the order they stand."""
        fits = name if callable(name) else lambda text: name is None or text == name
        for node in seen(within or self.root):
            if node.get_role_name() == role and fits(node.get_name() or ""):
                yield node

    def _note_focus(self, event):
        if event.detail1 and event.source.get_process_id() == self.process.pid:
            self._focused = event.source

    def focused(self):
        """What has the keyboard focus, or had it last; None where nothing had it yet."""
        return self.find_focus()[0]

    def find_focus(self):
        """What has the keyboard focus, or had it last, and whether it has it now.

        GTK tells nothing of a window that nobody looked at: where what had the focus has it no more, all are looked at."""
        pump(0)
        # From one to the other the focus is nowhere for a moment.
        deadline = time.monotonic() + ON_ITS_WAY
        while not _has_focus(self._focused):
            left = deadline - time.monotonic()
            if left <= 0:
                found = next((node for node in seen(self.root) if _has_focus(node)), None)
                self._focused = found or self._focused
                return self._focused, found is not None
            await_event(min(left, 0.02))
        return self._focused, True

    def wait_for_focus(self, role, name):
        """Waits until the object of this role and name has the focus."""

        def has_it():
            node = self.focused()
            return node is not None and (node.get_role_name(), node.get_name()) == (role, name)

        wait_for(f"the focus on {role} {name}", has_it)


class Launched(Program):
    """One that another started, whose standard error it has: its pid is all that is known of it."""

    def __init__(self, pid):
        self.said = None
        self._watch(lambda: _Process(pid))


class _Process:
    """A process that is no child of this one, as far as `subprocess.Popen` tells of it."""

    def __init__(self, pid):
        self.pid = pid
        # As long as it is held, its pid cannot be taken for another's.
        self._held = os.pidfd_open(pid)
        self.returncode = "unknown"

    def poll(self):
        return self.returncode if select.select([self._held], [], [], 0)[0] else None

    def wait(self, patience=None):
        if not select.select([self._held], [], [], patience)[0]:
            raise subprocess.TimeoutExpired(str(self.pid), patience)

    def terminate(self):
        signal.pidfd_send_signal(self._held, signal.SIGTERM)

    def kill(self):
        signal.pidfd_send_signal(self._held, signal.SIGKILL)


def _has_focus(node):
    try:
        return node is not None and node.get_state_set().contains(Atspi.StateType.FOCUSED)
    except GLib.Error:
        return False


MENU_ITEMS = (Atspi.Role.MENU_ITEM, Atspi.Role.CHECK_MENU_ITEM, Atspi.Role.RADIO_MENU_ITEM)


def menu_items(program):
    """The items of the menu with the focus which can be chosen, as they stand; none where it has just gone."""
    try:
        return list(_menu_items(program.focused()))
    except GLib.Error:
        return []


def _menu_items(menu):
    if menu is None or menu.get_role() not in MENU_ITEMS or not is_showing(menu):
        return []
    while menu.get_role() != Atspi.Role.MENU and menu.get_parent() is not None:
        menu = menu.get_parent()
    items = (node for node in walk(menu) if node.get_role() in MENU_ITEMS and is_showing(node))
    return [item for item in items if item.get_state_set().contains(Atspi.StateType.SENSITIVE)]


def choose(program, *names, press=key):
    """Opens the menu of the window with F10, and chooses the items of these names: submenus before what is in them."""
    press("F10")
    choose_item(program, *names, press=press)


def choose_item(program, *names, press=key):
    """Chooses the items of these names with the keyboard in the menu that is open, one inside the other."""
    for name in names:

        def there(name=name):
            items = menu_items(program)
            at = [number for number, item in enumerate(items) if item.get_name() == name]
            on = [number for number, item in enumerate(items) if item.get_state_set().contains(Atspi.StateType.FOCUSED)]
            return (at[0] - on[0],) if at and on else None

        (steps,) = wait_for(f"the menu item {name}", there)
        for _ in range(abs(steps)):
            press("Down" if steps > 0 else "Up")

        def is_on(name=name):
            states = (item for item in menu_items(program) if item.get_state_set().contains(Atspi.StateType.FOCUSED))
            return any(item.get_name() == name for item in states)

        wait_for(f"the focus on the menu item {name}", is_on)
        press("Return")


def children(node):
    """What stands in an object."""
    for index in range(node.get_child_count()):
        try:
            child = node.get_child_at_index(index)
        except GLib.Error:
            continue
        if child is not None:
            yield child


def walk(node):
    """A node and all below it, a parent before its children."""
    yield node
    for child in children(node):
        yield from walk(child)


def seen(node):
    """What of these is on the screen: nothing is in what is not."""
    try:
        # That of the program itself, above its windows, is told by none of the libraries.
        if not is_showing(node) and node.get_role() != Atspi.Role.APPLICATION:
            return
        inside = list(children(node))
    except GLib.Error:
        return
    yield node
    for child in inside:
        yield from seen(child)


def is_showing(node):
    """Whether it is on the screen."""
    return node.get_state_set().contains(Atspi.StateType.SHOWING)


def press(node):
    """Does what a click on it would do."""
    if not node.get_action_iface().do_action(0):
        raise AssertionError(f"{node.get_name()} cannot be pressed")


class Events:
    """Notes what the program tells assistive technology while it is open: (kind, role, name)."""

    KINDS = (
        "object:property-change:accessible-name",
        "object:property-change:accessible-description",
        "object:announcement",
    )

    def __init__(self, program):
        self.pid = program.process.pid
        self.seen = []
        self.listener = Atspi.EventListener.new(self._note)

    def _note(self, event):
        if event.source.get_process_id() == self.pid:
            self.seen.append((event.type, event.source.get_role_name(), event.source.get_name()))

    def __enter__(self):
        for kind in self.KINDS:
            self.listener.register(kind)
        return self

    def __exit__(self, *_):
        for kind in self.KINDS:
            self.listener.deregister(kind)
