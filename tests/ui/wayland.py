"""A connection to the compositor of the headless session, in the Wayland wire protocol itself."""

import itertools
import os
import socket
import struct
import time

DISPLAY = 1
WORD = struct.Struct("=I")


def string(text):
    """A string of the wire: its length with the final zero, padded to whole words."""
    data = text.encode() + b"\0"
    return WORD.pack(len(data)) + data + b"\0" * (-len(data) % 4)


class Connection:
    """Sends requests and waits until they are done."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(os.path.join(os.environ["XDG_RUNTIME_DIR"], os.environ["WAYLAND_DISPLAY"]))
        self.socket.settimeout(30)
        self.ids = itertools.count(2)
        self.registry = next(self.ids)
        self.send(DISPLAY, 1, WORD.pack(self.registry))
        self.globals = {}
        for sender, opcode, body in self.round_trip():
            if (sender, opcode) == (self.registry, 0):
                name, length = struct.unpack_from("=II", body)
                self.globals[body[8 : 8 + length - 1].decode()] = name

    def close(self):
        """Takes away what it gave the seat."""
        self.socket.close()

    def bind(self, interface, version=1):
        """An object for one of the compositor's globals."""
        target = next(self.ids)
        name = self.globals[interface]
        self.send(self.registry, 0, WORD.pack(name) + string(interface) + struct.pack("=II", version, target))
        return target

    def send(self, target, opcode, body=b"", file=None):
        """One request, with an open file where it takes one."""
        message = struct.pack("=II", target, (8 + len(body)) << 16 | opcode) + body
        if file is None:
            self.socket.sendall(message)
        else:
            socket.send_fds(self.socket, [message], [file])

    def receive(self, size):
        """So many bytes of events."""
        data = b""
        while len(data) < size:
            part = self.socket.recv(size - len(data))
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


def now():
    """Milliseconds, as events are dated."""
    return int(time.monotonic() * 1000) & 0xFFFFFFFF
