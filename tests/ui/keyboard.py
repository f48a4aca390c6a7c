"""A keyboard for tests that stays as long as it is open, and types as fast as the program reads.

wtype takes its keyboard away after each call, and the focus goes with the last keyboard; it also has to wait
before the first key. The extension it speaks is used here directly: virtual-keyboard-unstable-v1.
"""

import os
import struct

import wayland

# Kernel key codes of a US keyboard.
CODES = {
    "Escape": 1, "BackSpace": 14, "Tab": 15, "Return": 28, "space": 57, "minus": 12, "equal": 13, "comma": 51, "slash": 53,
    "F1": 59, "F5": 63, "F10": 68, "F11": 87, "Home": 102, "Up": 103, "Page_Up": 104, "Left": 105, "Right": 106, "End": 107,
    "Down": 108, "Page_Down": 109, "Delete": 111, "Menu": 127,
    "KP_0": 82, "KP_Add": 78, "KP_Subtract": 74, "KP_1": 79, "KP_2": 80, "KP_3": 81, "KP_4": 75,
}  # fmt: skip
ROWS = {2: ("1234567890-=", "!@#$%^&*()_+"), 16: ("qwertyuiop[]", "QWERTYUIOP{}"), 30: ("asdfghjkl;'`", "ASDFGHJKL:\"~")}
ROWS |= {43: ("\\zxcvbnm,./", "|ZXCVBNM<>?"), 57: (" ", " ")}
# A character: its key, and whether Shift is held for it.
CHARACTERS = {
    character: (first + at, shifted)
    for first, rows in ROWS.items()
    for shifted, row in zip((False, True), rows)
    for at, character in enumerate(row)
}
CHARACTERS[" "] = 57, False
HELD = {"shift": 1, "ctrl": 4, "alt": 8, "num": 16}
KEYMAP = """xkb_keymap {
xkb_keycodes { include "evdev+aliases(qwerty)" };
xkb_types { include "complete" };
xkb_compat { include "complete" };
xkb_symbols { include "pc+us+inet(evdev)" };
};
"""


class Keyboard:
    """A keyboard in the seat of the session."""

    def __init__(self):
        self.connection = wayland.Connection()
        seat = self.connection.bind("wl_seat")
        manager = self.connection.bind("zwp_virtual_keyboard_manager_v1")
        self.keyboard = next(self.connection.ids)
        self.connection.send(manager, 0, struct.pack("=II", seat, self.keyboard))
        text = KEYMAP.encode() + b"\0"
        file = os.memfd_create("keymap")
        os.write(file, text)
        # Format 1 is the text of xkb.
        self.connection.send(self.keyboard, 0, struct.pack("=II", 1, len(text)), file)
        self.connection.round_trip()
        os.close(file)

    def close(self):
        """Takes the keyboard out of the seat."""
        self.connection.close()

    def press(self, name, *held):
        """Presses and releases the key of this name, or of this character, while others are held."""
        code, shifted = CHARACTERS[name] if name in CHARACTERS else (CODES[name], False)
        modifiers = sum(HELD[each] for each in {*held, *(["shift"] if shifted else [])})
        self.hold(modifiers)
        self.key(code, 1)
        self.key(code, 0)
        self.hold(0)
        self.connection.round_trip()

    def type(self, text):
        """Types characters."""
        for character in text:
            self.press(character)

    def key(self, code, state):
        """Moves a key down or up."""
        self.connection.send(self.keyboard, 1, struct.pack("=III", wayland.now(), code, state))

    def hold(self, modifiers):
        """Holds these modifiers and no others."""
        self.connection.send(self.keyboard, 2, struct.pack("=IIII", modifiers, 0, 0, 0))
