"""Takes a picture of every screen in every look, and compares them with the pictures that are kept.

usage: pictures.py check|update KEPT OUT [PART]...

Runs inside `build-aux/headless`. KEPT is the folder of the pictures that are kept, OUT is where those go that differ.
With PARTs, only screens whose name holds one of them are looked at.

What is shown comes from two recordings of a machine that never was (examples/recording-for-pictures.rs), so that
nothing on a picture depends on when and where it is taken. A screen is opened once and then seen in one look after
the other, as it stands there while the settings of the desktop change.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

# Before GSettings is used for the first time in this process.
os.environ["GSETTINGS_BACKEND"] = "keyfile"

from desk import HIGH_CONTRAST, INTERFACE, SCHEMA, Actions, Desk, resize, sway, window  # noqa: E402
from picture import Kept, Picture, marked, too_many  # noqa: E402
from support import Atspi, Program, key, keys, press, pump, wait_for  # noqa: E402

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures/pictures"
MAIN = "SysMon"
# The sizes that windows open with.
MAIN_SIZE, TABLE_SIZE, HELP_SIZE = (960, 640), (900, 600), (860, 600)
# How far a menu may reach over the edge of its window.
MENU = 260
# A picture that has not changed for so long is what there is to see.
STILL = 1.0
# So long a screen may take until it looks as it should.
PATIENCE = 6.0

SCHEME, TEXT = (SCHEMA, "color-scheme"), (INTERFACE, "text-scaling-factor")
PLAIN = {SCHEME: "'light'", HIGH_CONTRAST: "false", TEXT: "1.0"}
LOOKS = {
    "light": {},
    "dark": {SCHEME: "'dark'"},
    "contrast": {HIGH_CONTRAST: "true"},
    "contrast-dark": {HIGH_CONTRAST: "true", SCHEME: "'dark'"},
    "large": {TEXT: "2.0"},
    "narrow": {},
    "small": {},
    "rtl": {},
}
SIZES = {"narrow": (380, 640), "small": (360, 294)}
USUAL = ("light", "dark", "contrast", "large", "narrow")
EMPTY = ("light", "large", "narrow")
MENUS = ("light", "dark", "large", "narrow")
ALL = (*USUAL, "contrast-dark", "small")


class Pictures:
    """The pictures of one run."""

    def __init__(self, update, kept, out, parts, desk):
        self.update, self.kept, self.out, self.parts, self.desk = update, kept, out, parts, desk
        self.now = dict(PLAIN)
        self.reopen = None
        self.good, self.bad, self.seen, self.last = 0, [], set(), None
        desk.set(PLAIN)

    def wants(self, screen):
        return not self.parts or any(part in screen for part in self.parts)

    def look(self, look):
        """Has the desktop look so; whether it looked otherwise before."""
        wanted = {**PLAIN, **LOOKS[look]}
        changes = {place: value for place, value in wanted.items() if self.now[place] != value}
        if changes:
            self.desk.set(changes)
        self.now = wanted
        return bool(changes)

    def take(self, screen, title, looks=USUAL, size=TABLE_SIZE, crop=None, opener=None):
        """Pictures of the window of this title, or of what is in its middle. `opener` opens a menu, which closes when
        the window changes its size."""
        if not self.wants(screen):
            return
        size = MAIN_SIZE if title == MAIN else size
        for look in looks:
            before = self.last if self.look(look) and not opener else None
            resize(title, *SIZES.get(look, size))
            if opener:
                # A menu that is made anew for a narrow window closes.
                pump(1.5)
                opener()
            self.compare(f"{screen}-{look}", title, MENU if opener else 0, crop, before)
            if opener:
                key("Escape")
                pump(0.3)
                if not window(title):
                    # The menu was closed already, and it was the window's turn.
                    self.reopen()
        if self.look("light"):
            pump(0.3)
        resize(title, *size)

    def compare(self, name, title, margin=0, crop=None, before=None):
        """One picture of what is on the screen."""
        self.seen.add(f"{name}.png")
        path = self.kept / f"{name}.png"
        kept = Kept(path) if path.exists() else None
        picture, exact = self.settled(lambda: area(title, margin, crop), None if self.update else kept, before)
        self.last = picture
        if exact:
            self.good += 1
            return
        different = kept.difference(picture) if kept else None
        if kept and not too_many(different, picture):
            self.good += 1
            return
        if self.update:
            picture.write(path)
            self.good += 1
            print(f"{name}: {'changed' if kept else 'new'}", flush=True)
            return
        self.bad.append(name)
        picture.write(self.out / f"{name}.actual.png")
        marked(picture, different).write(self.out / f"{name}.difference.png")
        why = "no picture is kept" if kept is None else "of another size" if different is None else f"{len(different)} pixels differ"
        print(f"FAILED {name}: {why}", flush=True)

    def settled(self, place, kept, before):
        """What is to be seen there as soon as it is what was kept, else once it is not what was there before and
        stands still."""
        deadline, last, since = time.monotonic() + PATIENCE, None, 0.0
        while True:
            picture = Picture.of_screen(*place())
            if kept and kept.is_exactly(picture):
                return picture, True
            now = time.monotonic()
            if before and picture.pixels == before.pixels and now < deadline:
                pump(0.05)
                continue
            if last is None or picture.pixels != last.pixels:
                last, since = picture, now
            if now - since > STILL or now > deadline:
                return picture, False
            pump(0.05)


def area(title, margin, crop):
    x, y, width, height = window(title)
    if crop is None:
        left, top = max(x - margin, 0), y
        return left, top, x + width + margin - left, height + margin
    wide, high = min(crop[0], width), min(crop[1], height)
    return x + (width - wide) // 2, y + (height - high) // 2, wide, high


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
    """A program that shows a recording."""

    def __init__(self, recording, *arguments, environment=None):
        os.environ.update(environment or {})
        path = FIXTURES / recording
        self.program = Program("--replay", str(path), *arguments)
        for name in environment or {}:
            del os.environ[name]
        self.actions = Actions(self.program)
        wait_for("the main window", lambda: window(MAIN))

    def open(self, subject):
        title = {"cpu": "CPU", "memory": "Memory", "disk": "Disk", "network": "Network"}[subject] + " Processes"
        self.actions.activate("app.open", subject)
        wait_for(title, lambda: window(title))
        return title


def main_window(pictures, shown):
    take = pictures.take
    take("main", MAIN, ALL)
    if not any(pictures.wants(it) for it in ("crosshair", "marker", "menu")):
        return
    go_to(shown, lambda name: name == "CPU")
    for _ in range(8):
        key("Left")
    take("crosshair", MAIN, ("light", "dark", "contrast"))
    key("space")
    take("marker", MAIN, ("light", "dark", "contrast", "large"))
    go_to(shown, lambda name: name == "CPU")
    key("Escape")
    key("Escape")
    take("menu", MAIN, MENUS, opener=lambda: shown.actions.activate("win.menu"))


def dialogs(pictures, shown):
    if pictures.wants("about"):
        shown.actions.activate("win.about")
        pump(0.5)
        pictures.take("about", MAIN)
        key("Escape")
    if pictures.wants("shortcuts"):
        shown.actions.activate("win.shortcuts")
        pump(0.5)
        pictures.take("shortcuts", MAIN, ALL)
        key("Escape")
    if pictures.wants("preferences"):
        shown.actions.activate("win.preferences")
        tabs = wait_for("the pages", lambda: list(shown.program.all("page tab")))
        for name in [tab.get_name() for tab in tabs]:
            press(shown.program.find("page tab", name))
            pictures.take("preferences-" + re.sub(r"\W+", "-", name.lower()), MAIN)
        key("Escape")


def help_window(pictures, shown):
    if not pictures.wants("help"):
        return
    shown.actions.activate("win.help")
    title = "Help"
    wait_for("the help", lambda: window(title))
    pictures.take("help", title, ALL, HELP_SIZE)
    shown.actions.activate("app.help", "filter")
    pump(0.5)
    pictures.take("help-topic", title, ("light", "dark", "narrow"), HELP_SIZE)
    key("w", "ctrl")
    wait_for("it is closed", lambda: not window(title))


def tables(pictures, shown):
    for subject in ("memory", "disk", "network"):
        if pictures.wants(subject):
            title = shown.open(subject)
            pictures.take(subject, title)
            key("w", "ctrl")
            wait_for("it is closed", lambda title=title: not window(title))
    title = shown.open("cpu")
    pictures.reopen = lambda: shown.open("cpu")
    pictures.take("cpu", title, ALL)
    pictures.take("cpu-menu", title, MENUS, opener=lambda: key("F10"))
    for name, text in (("filter-error", "cpu>x"), ("filter-empty", "zzz"), ("filter-words", "user:ann -fire")):
        if pictures.wants(name):
            key("f", "ctrl")
            keys(text)
            pictures.take(name, title, ("light",) if name == "filter-words" else USUAL)
            key("Escape")
    rows(pictures, shown, title)
    past(pictures, shown, title)
    key("w", "ctrl")
    wait_for("it is closed", lambda: not window(title))


def rows(pictures, shown, title):
    def footer():
        go_to(shown, named("explained"))
        key("space")

    def row():
        key("f", "ctrl")
        key("Down")

    def menu():
        row()
        key("Menu")

    pictures.take("footer", title, MENUS, opener=footer)
    if pictures.wants("selected"):
        row()
        pictures.take("selected", title, ("light", "dark", "contrast"))
    pictures.take("row-menu", title, MENUS, opener=menu)
    if pictures.wants("details"):
        row()
        key("Return")
        pump(0.5)
        pictures.take("details", title, ALL)
        key("Escape")


def past(pictures, shown, title):
    if not pictures.wants("past") and not pictures.wants("range"):
        return
    key("f", "ctrl")
    go_to(shown, named("remembered"))
    for _ in range(7):
        key("Left")
    pictures.take("past", title, EMPTY)
    key("f", "ctrl")
    go_to(shown, named("remembered"))
    for _ in range(6):
        key("Left", "shift")
    pictures.take("range", title, ALL)


def silent(pictures):
    """What is said where there is nothing to show."""
    if not pictures.wants("nothing"):
        return
    shown = Shown("silent.smrec")
    pictures.take("nothing-main", MAIN, EMPTY)
    for subject in ("cpu", "disk", "network"):
        title = shown.open(subject)
        pump(0.7)
        pictures.take(f"nothing-{subject}", title, EMPTY)
        key("w", "ctrl")
        wait_for("it is closed", lambda title=title: not window(title))
    shown.program.stop()


def live(pictures):
    """Dialogs that are about this machine, without what is behind them."""
    dialogs = [("recording", "win.save-recording", (340, 380)), ("clearing", "win.clear-history", (340, 180))]
    dialogs = [dialog for dialog in dialogs if pictures.wants(dialog[0])]
    if not dialogs:
        return
    program = Program()
    actions = Actions(program)
    wait_for("the main window", lambda: window(MAIN))
    for name, action, crop in dialogs:
        actions.activate(action)
        pump(0.5)
        pictures.take(name, MAIN, ("light", "dark", "contrast"), crop=crop)
        key("Escape")
    program.stop()


def mirrored(pictures, folder):
    """All the same from right to left, in a locale that GTK knows to be written so."""
    made = folder / "he_IL.UTF-8"
    subprocess.run(["localedef", "-i", "he_IL", "-f", "UTF-8", str(made)], check=True)
    hebrew = {"LANGUAGE": "he", "LC_ALL": made.name, "LOCPATH": str(folder)}
    shown = Shown("busy.smrec", environment=hebrew)
    rtl = ("rtl",)
    pictures.take("main", MAIN, rtl)
    pictures.take("menu", MAIN, rtl, opener=lambda: shown.actions.activate("win.menu"))
    for name, action in (("shortcuts", "win.shortcuts"), ("preferences", "win.preferences")):
        if pictures.wants(name):
            shown.actions.activate(action)
            pump(0.5)
            pictures.take(name, MAIN, rtl)
            key("Escape")
    for subject in ("network", "cpu"):
        title = shown.open(subject)
        pictures.take(subject, title, rtl)
        if subject == "network":
            key("w", "ctrl")
            wait_for("it is closed", lambda title=title: not window(title))
    rows_rtl(pictures, shown, title)
    shown.program.stop()


def rows_rtl(pictures, shown, title):
    if pictures.wants("details"):
        key("f", "ctrl")
        key("Down")
        key("Return")
        pump(0.5)
        pictures.take("details", title, ("rtl",))
        key("Escape")
    if pictures.wants("range"):
        key("f", "ctrl")
        go_to(shown, named("remembered"))
        for _ in range(7):
            key("Left")
        for _ in range(6):
            key("Left", "shift")
        pictures.take("range", title, ("rtl",))


def screens(pictures):
    """Other screens: of more pixels to a point, and very large."""
    if not pictures.wants("scale") and not pictures.wants("huge"):
        return
    for name, mode, scale, size in (
        ("scale-1.5", "2400x1600", "1.5", None), ("scale-2", "2400x1600", "2", None), ("huge", "3840x2160", "1", (3840, 2160))
    ):
        sway("output", "HEADLESS-1", "mode", "--custom", mode, "scale", scale)
        shown = Shown("busy.smrec")
        for screen in ("main", "cpu"):
            title = MAIN if screen == "main" else shown.open(screen)
            sway(f'[title="^{title}$"] focus')
            if size:
                resize(title, *size)
            pump(0.3)
            pictures.compare(f"{screen}-{name}", title)
        shown.program.stop()


def main():
    what, kept, out, *parts = sys.argv[1:]
    kept, out = pathlib.Path(kept), pathlib.Path(out)
    for folder in (kept, out):
        folder.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.png"):
        old.unlink()
    # Keeps the focus in the window between two keys.
    keyboard = subprocess.Popen(["wtype", "-s", "3600000"])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        pictures = Pictures(what == "update", kept, out, parts, Desk(folder))
        try:
            shown = Shown("busy.smrec")
            main_window(pictures, shown)
            dialogs(pictures, shown)
            help_window(pictures, shown)
            tables(pictures, shown)
            shown.program.stop()
            silent(pictures)
            live(pictures)
            mirrored(pictures, folder)
            screens(pictures)
        finally:
            keyboard.kill()
            keyboard.wait()
    if not parts:
        for stale in sorted(set(it.name for it in kept.glob("*.png")) - pictures.seen):
            print(f"{stale}: of no screen any more")
            if pictures.update:
                (kept / stale).unlink()
            else:
                pictures.bad.append(stale)
    if pictures.bad:
        print(f"the pictures as they are, and where they differ: {out}")
        print("looked at and found right, they are kept with: build-aux/dev pictures update")
    print(f"test result: {'FAILED' if pictures.bad else 'ok'}. {pictures.good} passed; {len(pictures.bad)} failed; 0 ignored;")
    sys.exit(1 if pictures.bad else 0)


main()
