"""A pointer for tests: moves over the screen of the headless session and presses buttons.

Speaks the Wayland wire protocol itself, because it needs four requests of one extension that sway
has and no program here offers: wlr-virtual-pointer-unstable-v1. The seat has a pointer as long as
this object is open.
"""

import itertools
import json
import os
import socket
import struct
import subprocess
import time

from support import Atspi

LEFT, RIGHT, MIDDLE = 0x110, 0x111, 0x112
DISPLAY = 1
WORD = struct.Struct("=I")


def string(text):
    """A string of the wire: its length with the final zero, padded to whole words."""
    data = text.encode() + b"\0"
    return WORD.pack(len(data)) + data + b"\0" * (-len(data) % 4)


class Pointer:
    """The pointer of the session."""

    def __init__(self):
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(os.path.join(os.environ["XDG_RUNTIME_DIR"], os.environ["WAYLAND_DISPLAY"]))
        self.connection.settimeout(30)
        self.ids = itertools.count(2)
        registry = next(self.ids)
        self.send(DISPLAY, 1, WORD.pack(registry))
        interface = "zwlr_virtual_pointer_manager_v1"
        name = next(
            WORD.unpack_from(body)[0]
            for sender, opcode, body in self.round_trip()
            if (sender, opcode) == (registry, 0) and body[8:].startswith(interface.encode() + b"\0")
        )
        manager = next(self.ids)
        self.send(registry, 0, WORD.pack(name) + string(interface) + struct.pack("=II", 1, manager))
        self.pointer = next(self.ids)
        self.send(manager, 0, struct.pack("=II", 0, self.pointer))
        self.round_trip()
        (output,) = json.loads(subprocess.check_output(["swaymsg", "-r", "-t", "get_outputs"]))
        self.size = output["rect"]["width"], output["rect"]["height"]

    def close(self):
        """Takes the pointer out of the seat."""
        self.connection.close()

    def send(self, target, opcode, body=b""):
        """One request."""
        self.connection.sendall(struct.pack("=II", target, (8 + len(body)) << 16 | opcode) + body)

    def receive(self, size):
        """So many bytes of events."""
        data = b""
        while len(data) < size:
            part = self.connection.recv(size - len(data))
            if not part:
                raise ConnectionError("the compositor closed the connection")
            data += part
        return data

    def round_trip(self):
        """Waits until all requests are done; returns the events up to then: sender, opcode, body."""
        callback = next(self.ids)
        self.send(DISPLAY, 0, WORD.pack(callback))
        events = []
        while True:
            sender, what = struct.unpack("=II", self.receive(8))
            body = self.receive((what >> 16) - 8)
            if sender == callback:
                return events
            if (sender, what & 0xFFFF) == (DISPLAY, 0):
                raise ConnectionError(f"the compositor refused: {body!r}")
            events.append((sender, what & 0xFFFF, body))

    def now(self):
        """Milliseconds, as events are dated."""
        return int(time.monotonic() * 1000) & 0xFFFFFFFF

    def move(self, x, y):
        """To a place of the screen, in pixels."""
        self.send(self.pointer, 1, struct.pack("=IIIII", self.now(), int(x), int(y), *self.size))
        self.send(self.pointer, 4)
        self.round_trip()

    def click(self, button=LEFT, times=1):
        """Presses and releases a button where it is."""
        for _ in range(times):
            for state in 1, 0:
                self.send(self.pointer, 2, struct.pack("=III", self.now(), button, state))
                self.send(self.pointer, 4)
        self.round_trip()

    def move_to(self, node, pid, across=0.5):
        """Into an object of a window of process `pid`: so far across it, and half way down."""
        place = node.get_extents(Atspi.CoordType.WINDOW)
        left, top = window_of(node, pid)
        self.move(left + place.x + place.width * across, top + place.y + place.height / 2)


def window_of(node, pid):
    """Where the window of an object lies on the screen, in pixels: left, top."""
    while node.get_parent().get_role() != Atspi.Role.APPLICATION:
        node = node.get_parent()
    tree = json.loads(subprocess.check_output(["swaymsg", "-r", "-t", "get_tree"]))
    rect = next(each["rect"] for each in containers(tree) if (each.get("pid"), each["name"]) == (pid, node.get_name()))
    return rect["x"], rect["y"]


def pixels(left, top, width, height):
    """That part of the screen: a row of red, green and blue bytes after the other."""
    place = f"{left},{top} {width}x{height}"
    picture = subprocess.check_output(["grim", "-t", "ppm", "-g", place, "-"])[-3 * width * height :]
    return [picture[3 * width * row :][: 3 * width] for row in range(height)]


def containers(tree):
    """All nodes of sway's tree."""
    yield tree
    for child in tree["nodes"] + tree["floating_nodes"]:
        yield from containers(child)
