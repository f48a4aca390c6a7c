"""Stands in for pkexec: a program that asks nobody, and somebody who has root's rights and starts what it is told.

In a session of an ordinary user nothing can get them otherwise. `Root` runs outside of that session.
"""

import array
import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import threading

# How it answers stands in a file beside it: allow, dismiss or forbid.
PKEXEC = """#!{python}
import array, pathlib, socket, sys
assert sys.argv[1] == "--disable-internal-agent", sys.argv
answer = pathlib.Path("{folder}/answer").read_text()
if answer == "dismiss":
    sys.exit(126)
if answer == "forbid":
    print("Error executing command as another user: Not authorized", file=sys.stderr)
    sys.exit(127)
with socket.socket(socket.AF_UNIX) as root:
    root.connect("{folder}/root")
    files = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))]
    root.sendmsg(["\\0".join(sys.argv[2:]).encode()], files)
    sys.exit(int(root.recv(16) or 1))
"""


class Root:
    """Starts what the stand-in is told to, as pkexec does: as root, and saying for whom."""

    def __init__(self, folder, user):
        self.folder, self.user = pathlib.Path(folder), user
        self.pids = self.folder / "pids"
        self.pids.touch()
        self.answer("allow")
        program = self.folder / "standins" / "pkexec"
        program.parent.mkdir()
        program.write_text(PKEXEC.format(python=sys.executable, folder=self.folder))
        program.chmod(0o755)
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(str(self.folder / "root"))
        os.chmod(self.folder / "root", 0o666)
        self.server.listen()
        threading.Thread(target=self.serve, daemon=True).start()

    def answer(self, word):
        (self.folder / "answer").write_text(word)
        os.chmod(self.folder / "answer", 0o666)

    def serve(self):
        while True:
            asked, _ = self.server.accept()
            threading.Thread(target=self.start, args=(asked,), daemon=True).start()

    def start(self, asked):
        words, files, _, _ = asked.recvmsg(4096, socket.CMSG_SPACE(3 * array.array("i").itemsize))
        descriptors = array.array("i")
        descriptors.frombytes(files[0][2])
        child = subprocess.Popen(
            words.decode().split("\0"),
            stdin=descriptors[0],
            stdout=descriptors[1],
            stderr=descriptors[2],
            env={"PKEXEC_UID": str(self.user), "SECRET": "x"},
        )
        for descriptor in descriptors:
            os.close(descriptor)
        with self.pids.open("a") as pids:
            print(child.pid, file=pids)
        status = child.wait()
        # Who asked may have ended with its window.
        with asked, contextlib.suppress(BrokenPipeError):
            asked.sendall(str(status & 0xFF).encode())
