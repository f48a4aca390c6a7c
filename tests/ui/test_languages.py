"""Speaks other languages: every word is translated, numbers follow the locale, and the window is
mirrored where one reads from the right."""

import json
import os
import pathlib
import re
import subprocess
import unittest
from unittest import mock

from pointer import Pointer, containers
from support import Atspi, Program, hold_keyboard, is_showing, key, press, temporary_folder, wait_for, walk

PO = pathlib.Path(__file__).parents[2] / "po"
# A catalogue in which what was translated can be told from what was not; it stands in for Esperanto, of which SysMon has none.
OPEN, CLOSE = "⟦", "⟧"
# What GTK and libadwaita say by themselves.
OF_THE_TOOLKIT = {"Fermi", "Close", "Close the window", "Serĉi"}
# Widgets whose text comes from the machine.
OF_THE_MACHINE = {Atspi.Role.TEXT, Atspi.Role.ENTRY, Atspi.Role.SPIN_BUTTON}


def catalogue(folder, language, source):
    """Compiles a catalogue where the program finds it."""
    place = folder / language / "LC_MESSAGES"
    place.mkdir(parents=True)
    subprocess.run(["msgfmt", "-o", str(place / "sysmon.mo"), str(source)], check=True)


def marked_catalogue(folder):
    """A translation of every message that only puts marks around it."""
    text = subprocess.run(
        ["msgcat", "--no-wrap", str(PO / "sysmon.pot")], check=True, capture_output=True, text=True
    ).stdout
    header, body = text.split("\n\n", 1)
    header = header.replace("nplurals=INTEGER; plural=EXPRESSION", "nplurals=2; plural=n != 1")
    translated = []
    for block in body.split("\n\n"):
        ids = dict(re.findall(r'^(msgid|msgid_plural) ((?:".*"\n?)+)', block, re.MULTILINE))
        words = {key: "".join(re.findall(r'"(.*)"', value)) for key, value in ids.items()}
        if not words:
            continue
        one = f'"{OPEN}{words["msgid"]}{CLOSE}"'
        many = f'"{OPEN}{words.get("msgid_plural", "")}{CLOSE}"'
        block = re.sub(r'^msgstr ".*"', lambda _: f"msgstr {one}", block, flags=re.MULTILINE)
        block = re.sub(r'^msgstr\[0\] ".*"', lambda _: f"msgstr[0] {one}", block, flags=re.MULTILINE)
        block = re.sub(r'^msgstr\[1\] ".*"', lambda _: f"msgstr[1] {many}", block, flags=re.MULTILINE)
        translated.append(block)
    source = folder / "marked.po"
    # A message that ends a line has to end it in every language.
    text = re.sub(r"\\n⟧", r"⟧\\n", header + "\n\n" + "\n\n".join(translated) + "\n")
    source.write_text(text, encoding="utf-8")
    catalogue(folder, "eo", source)


def words(text):
    """What is left of a text without translations, numbers, units and signs."""
    while OPEN in text:
        shorter = re.sub(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}", "", text)
        if shorter == text:
            break
        text = shorter
    text = re.sub(r"\b[kMGTP]?(i?B|bit)\b(/s)?", "", text)
    return re.findall(r"[A-Za-z]{3,}", text)


class Speaks(unittest.TestCase):
    def setUp(self):
        self.folder = temporary_folder(self)
        hold_keyboard()

    def start(self, language, *arguments, locale="en_US"):
        # In the C locale nothing is translated, and the session has no other.
        made = self.folder / f"{locale}.UTF-8"
        if not made.exists():
            subprocess.run(["localedef", "-i", locale, "-f", "UTF-8", str(made)], check=True)
        new = {
            "TEXTDOMAINDIR": str(self.folder), "LANGUAGE": language, "LC_ALL": made.name, "LOCPATH": str(self.folder)
        }
        with mock.patch.dict(os.environ, new):
            self.program = Program(*arguments)
        self.addCleanup(self.program.stop)

    def foreign(self):
        """Everything shown that is neither translated nor of the machine."""
        found = []
        for node in walk(self.program.root):
            if node.get_role() in OF_THE_MACHINE or not is_showing(node) or in_a_row(node):
                continue
            for text in (node.get_name(), node.get_description()):
                if text and text not in OF_THE_TOOLKIT and words(text):
                    found.append((node.get_role_name(), text))
        return found

    def check(self):
        known = {"SysMon", "CPU", "RAM", "PID", "TCP", "UDP"}
        foreign = [
            (role, text) for role, text in self.foreign() if set(words(text)) - known
        ]
        self.assertEqual(foreign, [])


def in_a_row(node):
    """Whether it belongs to a row of a table, which shows what the machine says."""
    while node is not None:
        if node.get_role() in (Atspi.Role.TABLE_ROW, Atspi.Role.TABLE_CELL):
            return True
        node = node.get_parent()
    return False


class EveryWord(Speaks):
    def setUp(self):
        super().setUp()
        marked_catalogue(self.folder)

    def test_of_the_main_window(self):
        self.start("eo")
        wait_for("the first values", lambda: any("%" in (n.get_name() or "") for n in walk(self.program.root)))
        self.check()

    def test_of_the_preferences(self):
        self.start("eo")
        key("comma", "ctrl")
        tabs = wait_for("the dialog", lambda: list(self.program.all("page tab")))
        for tab in tabs:
            press(tab)
            self.check()

    def check_table(self, subject):
        self.start("eo", "--open", subject)
        wait_for("a table", lambda: self.program.look_for("tree table"))
        self.check()

    def test_of_the_cpu_table(self):
        self.check_table("cpu")

    def test_of_the_memory_table(self):
        self.check_table("memory")

    def test_of_the_disk_table(self):
        self.check_table("disk")

    def test_of_the_network_table(self):
        self.check_table("network")


class Locale(Speaks):
    def test_numbers_have_its_signs(self):
        self.start("de", locale="de_DE")
        wait_for(
            "a number with a comma",
            lambda: any(re.search(r"\d,\d", node.get_name() or "") for node in walk(self.program.root)),
        )
        dotted = [n.get_name() for n in walk(self.program.root) if re.search(r"\d\.\d", n.get_name() or "")]
        self.assertEqual(dotted, [])


class FromTheRight(Speaks):
    def test_the_window_is_mirrored(self):
        self.start("ar", locale="ar_EG")
        self.program.find("button", "Pause")
        pointer = Pointer()
        self.addCleanup(pointer.close)
        tree = json.loads(subprocess.check_output(["swaymsg", "-r", "-t", "get_tree"]))
        window = next(each["rect"] for each in containers(tree) if each.get("pid") == self.program.process.pid)
        # Where the first button stands, which is the one that closes where one reads from the left.
        pointer.move(window["x"] + window["width"] - 22, window["y"] + 22)
        pointer.click()
        wait_for("the pause", lambda: any("Paused at" in (n.get_name() or "") for n in walk(self.program.root)))


if __name__ == "__main__":
    unittest.main()
