"""A pointer for tests: moves over the screen of the headless session and presses buttons.

Needs four requests of one extension that sway has and no program here offers:
wlr-virtual-pointer-unstable-v1. The seat has a pointer as long as this object is open.
"""

import json
import struct
import subprocess

import wayland
from support import Atspi

LEFT, RIGHT, MIDDLE = 0x110, 0x111, 0x112


class Pointer:
    """The pointer of the session."""

    def __init__(self):
        self.connection = wayland.Connection()
        manager = self.connection.bind("zwlr_virtual_pointer_manager_v1")
        self.pointer = next(self.connection.ids)
        self.send(manager, 0, struct.pack("=II", 0, self.pointer))
        self.connection.round_trip()
        (output,) = json.loads(subprocess.check_output(["swaymsg", "-r", "-t", "get_outputs"]))
        self.size = output["rect"]["width"], output["rect"]["height"]

    def close(self):
        """Takes the pointer out of the seat."""
        self.connection.close()

    def send(self, target, opcode, body=b""):
        """One request."""
        self.connection.send(target, opcode, body)

    def move(self, x, y):
        """To a place of the screen, in pixels."""
        self.send(self.pointer, 1, struct.pack("=IIIII", wayland.now(), int(x), int(y), *self.size))
        self.send(self.pointer, 4)
        self.connection.round_trip()

    def click(self, button=LEFT, times=1):
        """Presses and releases a button where it is."""
        for _ in range(times):
            for state in 1, 0:
                self.send(self.pointer, 2, struct.pack("=III", wayland.now(), button, state))
                self.send(self.pointer, 4)
        self.connection.round_trip()

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
