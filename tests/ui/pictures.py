"""Takes a picture of every screen in every look, and compares them with the pictures that are kept.

usage: pictures.py check|update KEPT OUT [PART]...

Runs inside `build-aux/headless`. KEPT is the folder of the pictures that are kept, OUT is where those go that differ.
With PARTs, only screens whose name holds one of them are looked at; one that is a look is in the name of each picture of
that look. A PART that is in the name of no picture is a failure.

What is shown comes from two recordings of a machine that never was (examples/recording-for-pictures.rs), so that
nothing on a picture depends on when and where it is taken. Screens that belong together are seen in a program of their
own, in the same order each time, so that what stands behind a dialog and what has the focus is the same in each run. A
screen is opened once and then seen in one look after the other, as the settings of the desktop change; all of it is
done twice, the second time in a language that is written from right to left, since a program takes that from how it was
started. Each screen is seen in each of the six LOOKS, and may name more.
"""

import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from unittest import mock

# Before GSettings is used for the first time in this process.
os.environ["GSETTINGS_BACKEND"] = "keyfile"

from desk import HIGH_CONTRAST, INTERFACE, SCHEMA, Actions, Desk, focused_window, resize, sway, window, windows  # noqa: E402
from picture import Kept, Picture, marked  # noqa: E402
from support import PROGRAM, Atspi, Program, hold_keyboard, is_showing, key, keys, press, pump, wait_for, walk  # noqa: E402

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures/pictures"
MAIN = "SysMon"
# The sizes that windows open with.
MAIN_SIZE, TABLE_SIZE, HELP_SIZE = (960, 640), (900, 600), (860, 600)
# How far a menu may reach over the edge of its window.
MENU = 260
# How much of a dialog's edge its corners take.
CORNER = 6
# What has not changed for so long and in so many grabs, of which a busy machine takes fewer, is what there is to see;
# before a menu opens, when it does not matter what it is.
STILL, CALM = (1.0, 10), (0.4, 4)
# One that differs may only be late: cards name who contributes most for three turns, until asking is found too dear, and a
# busy machine takes the picture in that time. So long the first few that differ are waited for.
LATE, MANY = (15.0, 10), 5
# So long a screen may take until it looks as it should.
PATIENCE = 20.0

SCHEME, TEXT = (SCHEMA, "color-scheme"), (INTERFACE, "text-scaling-factor")
PLAIN = {SCHEME: "'light'", HIGH_CONTRAST: "false", TEXT: "1.0"}
SETTINGS = {
    "dark": {SCHEME: "'dark'"},
    "contrast": {HIGH_CONTRAST: "true"},
    "contrast-dark": {HIGH_CONTRAST: "true", SCHEME: "'dark'"},
    "large": {TEXT: "2.0"},
    "phone": {TEXT: "2.0"},
}
SIZES = {"narrow": (380, 640), "small": (360, 294), "phone": (380, 640)}
# From right to left is a program of its own.
RTL = "rtl"
LOOKS = ("light", "dark", "contrast", "large", "narrow", RTL)
EVERY_LOOK = {*LOOKS, *SETTINGS, *SIZES}


class Pictures:
    """The pictures of one run."""

    def __init__(self, update, kept, out, parts, desk):
        self.update, self.kept, self.out, self.parts, self.desk = update, kept, out, parts, desk
        # Whether programs that are started now are written from right to left.
        self.mirrored = False
        self.now = dict(PLAIN)
        self.good, self.bad, self.seen = 0, [], set()
        desk.set(PLAIN)

    def wants(self, *screens):
        """Whether a part is in the name of one of these screens, or of pictures of it that are taken now."""
        return any(self.has_part(screen) or any(self.is_of(part, screen) for part in self.parts) for screen in screens)

    def is_of(self, part, screen):
        look = part.removeprefix(f"{screen}-")
        return (look != part or look in EVERY_LOOK) and (look == RTL or look.endswith(f"-{RTL}")) == self.mirrored

    def has_part(self, name):
        """Whether a part is in this name; where there are none, all are wanted."""
        return not self.parts or any(part in name for part in self.parts)

    def missed(self):
        """The parts that are in the name of no picture that was taken."""
        return [part for part in self.parts if not any(part in name.removesuffix(".png") for name in self.seen)]

    def look(self, look):
        """Has the desktop look so; whether it looked otherwise before."""
        wanted = {**PLAIN, **SETTINGS.get(look, {})}
        changes = {place: value for place, value in wanted.items() if self.now[place] != value}
        if changes:
            self.desk.set(changes)
        self.now = wanted
        return bool(changes)

    def take(self, screen, title, more=(), size=TABLE_SIZE, menu=None, alone=None):
        """Pictures of the window of this title: with a menu, of that in it; of a dialog in it, where that is seen alone."""
        looks = [look for look in (*LOOKS, *more) if (look == RTL) == self.mirrored]
        looks = [look for look in looks if self.has_part(f"{screen}-{look}")]
        if not looks:
            return
        size = MAIN_SIZE if title == MAIN else size
        margin = MENU if menu else 0

        def place():
            return inside(title, alone) if alone else area(title, margin)

        last = None
        for look in looks:
            # What is of the same size and looks as before is not the next picture yet.
            changes = self.look(look)
            before = last if changes else None
            if changes and look in SIZES:
                # One after the other: what libadwaita makes of both at once depends on which it hears of first.
                self.settled(place, None, before, CALM)
                before = None
            resize(title, *SIZES.get(look, size))
            if menu:
                # One that is open closes when the window becomes narrow.
                calm, _ = self.settled(place, None, before, CALM)
                self.open(menu, place, calm)
                before = calm
            last = self.compare(f"{screen}-{look}", place, before)
            if menu:
                # Without a menu it would be the window's turn to close.
                if last.pixels != calm.pixels:
                    key("Escape")
                last = None
        if self.look("light"):
            pump(0.3)
        resize(title, *size)

    def open(self, menu, place, calm):
        """Opens a menu; a key that a busy machine lost is pressed again."""
        for _ in range(3):
            menu()
            deadline = time.monotonic() + PATIENCE / 2
            while time.monotonic() < deadline:
                if Picture.of_screen(*place()).pixels != calm.pixels:
                    return
                pump(0.05)
        raise AssertionError("the menu does not open")

    def compare(self, name, place, before=None):
        """One picture of what is on the screen; what it was."""
        self.seen.add(f"{name}.png")
        path = self.kept / f"{name}.png"
        kept = Kept(path) if path.exists() else None
        picture, exact = self.settled(place, None if self.update else kept, before, STILL if self.update or len(self.bad) > MANY else LATE)
        different = None
        if exact or self.update and kept and kept.is_exactly(picture):
            self.good += 1
        elif self.update:
            picture.write(path)
            self.good += 1
            print(f"{name}: {'changed' if kept else 'new'}", flush=True)
        elif kept and (different := kept.difference(picture)) == []:
            self.good += 1
            print(f"{name}: something differs that nobody sees", flush=True)
        else:
            self.bad.append(name)
            picture.write(self.out / f"{name}.actual.png")
            marked(picture, different).write(self.out / f"{name}.difference.png")
            none = "no picture is kept" if kept is None else "of another size"
            print(f"FAILED {name}: {none if different is None else f'{len(different)} pixels differ'}", flush=True)
        return picture

    def settled(self, place, kept, before, still):
        """What is to be seen there as soon as it is what was kept, else once it is not what was there before and
        stands still."""
        deadline, last, since, grabs = time.monotonic() + PATIENCE, None, 0.0, 0
        while True:
            picture = Picture.of_screen(*place())
            if kept and kept.is_exactly(picture):
                return picture, True
            now = time.monotonic()
            if before and picture.pixels == before.pixels and now < deadline:
                pump(0.05)
                continue
            if last is None or picture.pixels != last.pixels:
                last, since, grabs = picture, now, 0
            grabs += 1
            if now - since > still[0] and grabs > still[1] or now > deadline:
                return picture, False
            pump(0.05)


def area(title, margin):
    x, y, width, height = window(title)
    left, top = max(x - margin, 0), y
    return left, top, x + width + margin - left, height + margin


def inside(title, dialog):
    """Where a dialog of this window is, without its corners, in which something else is seen."""
    left, top, _, height = window(title)
    # The dialog itself covers the window; what is seen of it is the largest that does not.
    parts = (node.get_extents(Atspi.CoordType.WINDOW) for node in walk(dialog))
    it = max((part for part in parts if part.height < height), key=lambda part: part.width * part.height)
    return left + it.x + CORNER, top + it.y + CORNER, it.width - 2 * CORNER, it.height - 2 * CORNER


def dialog_of(node):
    while node.get_role() not in (Atspi.Role.DIALOG, Atspi.Role.ALERT):
        node = node.get_parent()
    return node


def go_to(shown, name):
    """Moves the focus with Tab to what is called so."""
    for _ in range(20):
        node = shown.program.focused()
        if node is not None and name(node.get_name() or "") and has_focus(node):
            return
        key("Tab")
        pump(0.1)
    raise AssertionError("Tab does not come there")


def has_focus(node):
    return node.get_state_set().contains(Atspi.StateType.FOCUSED)


def named(part):
    return lambda name: part in name


class Shown:
    """A program that shows a recording, or what else the arguments say, and knows nothing of one before it."""

    desk = None
    # Of every program that is started.
    environment = {}

    def __init__(self, *arguments, environment=None):
        self.desk.forget()
        environment = {"LD_PRELOAD": os.environ["HELD_RING"], **self.environment, **(environment or {})}
        with mock.patch.dict(os.environ, environment):
            self.program = Program(*arguments)
        self.actions = Actions(self.program)
        wait_for("the main window", lambda: window(MAIN))

    def open(self, subject):
        title = {"cpu": "CPU", "memory": "Memory", "disk": "Disk", "network": "Network"}[subject] + " Processes"
        self.actions.activate("app.open", subject)
        wait_for(title, lambda: window(title))
        wait_for("the focus in it", lambda: focused_window() == title)
        return title

    def hide_main(self):
        """Takes away the main window, which is seen beside the menus of a table and looks for something new after a minute."""
        sway(f'[title="^{MAIN}$"]', "move", "to", "workspace", "behind")

    def move(self, *keys):
        """Presses a key with others held, which moves the focus."""
        before = self.program.focused()
        key(*keys)
        wait_for("another focus", lambda: self.program.focused() is not before)

    def wait_for_row(self, start):
        """Waits until a row whose name starts so has the focus."""

        def has_it():
            node = self.program.focused()
            return node.get_role() == Atspi.Role.TABLE_ROW and has_focus(node) and node.get_name().startswith(start)

        wait_for(f"the focus on the row {start}", has_it)

    def find_node(self, name):
        """What is called so and can be seen, in any role."""
        return wait_for(name, lambda: next((n for n in walk(self.program.root) if n.get_name() == name and is_showing(n)), None))


@contextlib.contextmanager
def shown_by(recording, **more):
    """A program that shows this recording, until it is left."""
    shown = Shown("--replay", str(FIXTURES / recording), **more)
    try:
        yield shown
    finally:
        stop(shown)


def stop(shown):
    shown.program.stop()
    wait_for("its windows are gone", lambda: not windows())


def point(shown):
    """The crosshair at a moment of the past."""
    go_to(shown, lambda name: name == "CPU")
    for _ in range(8):
        key("Left")


def main_window(pictures):
    if pictures.wants("main", "menu"):
        with shown_by("busy.smrec") as shown:
            pictures.take("main", MAIN, ("contrast-dark", "small", "phone"))
        with shown_by("busy.smrec") as shown:
            pictures.take("menu", MAIN, menu=lambda: shown.actions.activate("win.menu"))
    if pictures.wants("crosshair", "marker"):
        with shown_by("busy.smrec") as shown:
            point(shown)
            pictures.take("crosshair", MAIN)
            key("space")
            pictures.take("marker", MAIN)


def dialogs(pictures):
    for name, more in (("about", ()), ("shortcuts", ("contrast-dark", "small"))):
        if pictures.wants(name):
            with shown_by("busy.smrec") as shown:
                shown.actions.activate(f"win.{name}")
                shown.find_node("Troubleshooting" if name == "about" else "CPU processes")
                pictures.take(name, MAIN, more)
    if pictures.wants("preferences"):
        with shown_by("busy.smrec") as shown:
            shown.actions.activate("win.preferences")
            tabs = wait_for("the pages", lambda: list(shown.program.all("page tab")))
            for name in [tab.get_name() for tab in tabs]:
                press(shown.program.find("page tab", name))
                page = "preferences-" + re.sub(r"\W+", "-", name.lower())
                pictures.take(page, MAIN, ("phone",))
    if pictures.wants("rule"):
        with shown_by("busy.smrec") as shown:
            shown.actions.activate("win.preferences")
            press(shown.program.find("page tab", "Alerts"))
            press(shown.find_node("Add Rule"))
            shown.find_node("Save")
            pictures.take("rule", MAIN, ("phone",))
    if pictures.wants("host"):
        with shown_by("busy.smrec") as shown:
            shown.actions.activate("win.connect")
            shown.find_node("Connect")
            pictures.take("host", MAIN, ("phone",))


def help_window(pictures):
    if not pictures.wants("help", "help-topic"):
        return
    with shown_by("busy.smrec") as shown:
        shown.actions.activate("win.help")
        wait_for("the help", lambda: window("Help"))
        pictures.take("help", "Help", ("small",), HELP_SIZE)
        shown.actions.activate("app.help", "filter")
        pictures.take("help-topic", "Help", size=HELP_SIZE)


def tables(pictures):
    for subject in ("memory", "disk", "network"):
        if pictures.wants(subject):
            with shown_by("busy.smrec") as shown:
                pictures.take(subject, shown.open(subject))
    if pictures.wants("cpu", "cpu-menu", "footer"):
        with shown_by("busy.smrec") as shown:
            title = shown.open("cpu")
            pictures.take("cpu", title, ("contrast-dark", "small", "phone"))
            shown.hide_main()
            pictures.take("cpu-menu", title, menu=lambda: key("F10"))
            pictures.take("footer", title, menu=lambda: open_footer(shown))
    for name, text in (("filter-error", "cpu>x"), ("filter-empty", "zzz"), ("filter-words", "user:ann -fire")):
        if pictures.wants(name):
            with shown_by("busy.smrec") as shown:
                title = shown.open("cpu")
                key("f", "ctrl")
                keys(text)
                pictures.take(name, title)


def to_the_first_row(shown):
    key("f", "ctrl")
    # GTK shows the ring once a key has moved the focus before it was let go, and what Down does comes later.
    shown.move("Tab")
    shown.move("Tab", "shift")
    key("Down")
    shown.wait_for_row("")
    key("Home")
    shown.wait_for_row("firefox")


def open_row_menu(shown):
    to_the_first_row(shown)
    key("Menu")


def open_footer(shown):
    go_to(shown, named("explained"))
    key("space")


def rows(pictures):
    if pictures.wants("selected", "row-menu"):
        with shown_by("busy.smrec") as shown:
            title = shown.open("cpu")
            to_the_first_row(shown)
            pictures.take("selected", title)
            shown.hide_main()
            pictures.take("row-menu", title, menu=lambda: open_row_menu(shown))
    if pictures.wants("details"):
        with shown_by("busy.smrec") as shown:
            pictures.take("details", details(shown), ("contrast-dark", "small"))


def details(shown):
    title = shown.open("cpu")
    to_the_first_row(shown)
    key("Return")
    wait_for("the details", lambda: shown.program.look_for("button", "Back"))
    return title


def past(pictures):
    if pictures.wants("past"):
        with shown_by("busy.smrec") as shown:
            pictures.take("past", in_the_past(shown))
    if pictures.wants("range"):
        with shown_by("busy.smrec") as shown:
            pictures.take("range", over_a_range(shown), ("small",))


def in_the_past(shown):
    title = shown.open("cpu")
    go_to(shown, named("remembered"))
    for _ in range(7):
        key("Left")
    return title


def over_a_range(shown):
    title = in_the_past(shown)
    for _ in range(6):
        key("Left", "shift")
    return title


def silent(pictures):
    """What is said where there is nothing to show."""
    for subject in ("main", "cpu", "disk", "network"):
        if pictures.wants(f"nothing-{subject}"):
            with shown_by("silent.smrec") as shown:
                title = MAIN if subject == "main" else shown.open(subject)
                pictures.take(f"nothing-{subject}", title)


def probed(pictures):
    """Tables of what no recording holds, and what is asked before something is done."""
    probe = pathlib.Path(PROGRAM).parent / "examples/probe-for-pictures"
    environment = {"SYSMON_PROBE_COMMAND": f"{probe} {FIXTURES / 'busy.smrec'}"}
    for name, action in (("recording", "win.save-recording"), ("clearing", "win.clear-history")):
        if pictures.wants(name):
            shown = Shown(environment=environment)
            shown.actions.activate(action)
            # Behind it are the name of this machine, and who contributes most, which is known later.
            pictures.take(name, MAIN, alone=dialog_of(shown.find_node("Cancel")))
            stop(shown)
    if pictures.wants("connections"):
        shown = Shown(environment=environment)
        shown.open("network")
        press(shown.find_node("Connections"))
        title = "Network Connections"
        wait_for(title, lambda: window(title))
        pictures.take("connections", title, ("small",))
        stop(shown)
    if pictures.wants("ending"):
        shown = Shown(environment=environment)
        title = shown.open("cpu")
        to_the_first_row(shown)
        key("Delete")
        shown.program.find("alert")
        pictures.take("ending", title)
        stop(shown)
    if pictures.wants("administrator"):
        shown = Shown(environment=environment)
        title = shown.open("cpu")
        shown.actions.change("app.administrator-mode", True)
        pictures.take("administrator", title)
        stop(shown)


def hebrew(folder):
    """A locale that GTK knows to be written from right to left."""
    made = folder / "he_IL.UTF-8"
    subprocess.run(["localedef", "-i", "he_IL", "-f", "UTF-8", str(made)], check=True)
    return {"LANGUAGE": "he", "LC_ALL": made.name, "LOCPATH": str(folder)}


def screens(pictures):
    """Other screens: of more pixels to a point, and very large."""
    for name, mode, scale, size in (
        ("scale-1.5", "2400x1600", "1.5", None),
        ("scale-2", "2400x1600", "2", None),
        ("portrait", "1080x1920", "1", (1080, 1920)),
        ("huge", "3840x2160", "1", (3840, 2160)),
    ):
        if not any(pictures.has_part(f"{screen}-{name}") for screen in ("main", "cpu")):
            continue
        sway("output", "HEADLESS-1", "mode", "--custom", mode, "scale", scale)
        with shown_by("busy.smrec") as shown:
            for screen in ("main", "cpu"):
                title = MAIN if screen == "main" else shown.open(screen)
                if size:
                    resize(title, *size)
                pictures.compare(f"{screen}-{name}", lambda title=title: area(title, 0))


def main():
    what, kept, out, *parts = sys.argv[1:]
    kept, out = pathlib.Path(kept), pathlib.Path(out)
    for folder in (kept, out):
        folder.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.png"):
        old.unlink()
    hold_keyboard()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        os.environ["HELD_RING"] = held_ring(folder)
        Shown.desk = Desk(folder)
        pictures = Pictures(what == "update", kept, out, parts, Shown.desk)
        for pictures.mirrored in (False, True):
            Shown.environment = hebrew(folder) if pictures.mirrored else {}
            for some in (main_window, dialogs, help_window, tables, rows, past, silent, probed):
                some(pictures)
        Shown.environment = {}
        screens(pictures)
    if not parts:
        for stale in sorted(set(it.name for it in kept.glob("*.png")) - pictures.seen):
            print(f"{stale}: of no screen any more")
            if pictures.update:
                (kept / stale).unlink()
            else:
                pictures.bad.append(stale)
    missed = pictures.missed()
    # Once more, below all that the libraries of the session have said.
    for name in pictures.bad:
        print(f"FAIL: {name}")
    if pictures.bad:
        print(f"the pictures as they are, and where they differ: {out}")
        print("looked at and found right, they are kept with: build-aux/dev pictures update PART...")
    for part in missed:
        print(f"FAIL: no screen or look is called “{part}”")
    failed = len(pictures.bad) + len(missed)
    print(f"test result: {'FAILED' if failed else 'ok'}. {pictures.good} passed; {failed} failed; 0 ignored;")
    sys.exit(1 if failed else 0)


def held_ring(folder):
    """What keeps GTK from hiding the focus ring, made."""
    flags = subprocess.check_output(["pkg-config", "--cflags", "glib-2.0"], text=True).split()
    made = folder / "held_ring.so"
    source = pathlib.Path(__file__).with_name("held_ring.c")
    subprocess.run(["cc", "-shared", "-fPIC", *flags, "-o", made, source], check=True)
    return str(made)


main()
