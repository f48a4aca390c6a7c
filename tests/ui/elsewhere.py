"""Other hosts that are this machine: a stand-in for ssh runs what it is told here, in a home of its own."""

import os
import pathlib
import shutil
import signal
import subprocess
from unittest import mock

from desk import sway
from kept import Kept
from support import PROGRAM, Atspi, is_showing, key, keys, wait_for, walk

PROBE = os.environ.get("SYSMON_PROBE", str(pathlib.Path(PROGRAM).with_name("sysmon-probe")))
# Notes where it was sent and who sent it, refuses or hangs as it is told, or does as the host would.
SSH = """#!/bin/sh
while [ "$1" != -- ]; do shift; done
echo "$PPID $2" >> "{folder}/sent"
echo $$ > "{folder}/last"
if [ -e "{folder}/refusal" ]; then cat "{folder}/refusal" >&2; exit 255; fi
if [ -e "{folder}/$2/hangs" ]; then exec sleep 3600; fi
HOME="{folder}/home" PATH="{folder}/$2:{folder}/bin:/usr/bin:/bin" exec sh -c "$3"
"""


class Elsewhere(Kept):
    """Hosts of any name, each with what lies in a folder of its name in front of its PATH."""

    def setUp(self):
        super().setUp()
        for name in ("path", "bin", "home"):
            (self.folder / name).mkdir()
        ssh = self.folder / "path/ssh"
        ssh.write_text(SSH.format(folder=self.folder))
        ssh.chmod(0o755)
        environment = {"PATH": f"{self.folder}/path:{os.environ['PATH']}", "SYSMON_STATIC_PROBE": PROBE}
        patch = mock.patch.dict(os.environ, environment)
        patch.start()
        self.addCleanup(patch.stop)

    def install(self):
        (self.folder / "bin/sysmon-probe").symlink_to(PROBE)

    def look_at(self, title):
        """Has the desktop give the focus to a window."""
        sway(f'[title="^{title}$"] focus')

    def sent(self):
        """Who sent ssh where, so far."""
        file = self.folder / "sent"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(int(pid), host) for pid, host in (line.split(" ", 1) for line in lines)]

    def says(self, program, text):
        return any(text in (node.get_name() or "") for node in walk(program.root) if is_showing(node))

    def has_graphs(self, program):
        return any(node.get_role() == Atspi.Role.IMAGE and is_showing(node) for node in walk(program.root))

    def rows(self, program):
        """The processes whose rows can be seen, as "name, PID 1"."""
        names = [row.get_name() or "" for row in program.all("table row")]
        return [", ".join(name.split(", ")[:2]) for name in names if ", PID " in name]

    def runaway(self):
        """A process of the host that takes what it gets of a core; it is ended with the test."""
        shutil.copy(os.path.realpath(shutil.which("sh")), self.folder / "runaway")
        process = subprocess.Popen([self.folder / "runaway", "-c", "while :; do :; done"])
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def end_runaway(self, program, process):
        """Finds it in the table of its host, and ends it."""
        wait_for("rows", lambda: self.rows(program))
        key("f", "ctrl")
        keys("name:runaway cpu>1")
        wait_for("its row alone", lambda: self.rows(program) == [f"runaway, PID {process.pid}"])
        key("Down")
        wait_for("the focus on it", lambda: (focused := program.focused()) and (focused.get_name() or "").startswith("runaway, PID"))
        key("Delete")
        program.find("alert", "End runaway?")
        program.wait_for_focus("button", "Cancel")
        self.assertIsNone(process.poll())
        key("Tab")
        program.wait_for_focus("button", "End")
        key("Return")
        wait_for("it ends", lambda: process.poll() is not None)
        self.assertEqual(process.returncode, -signal.SIGTERM)
        wait_for("that it was", lambda: self.says(program, f"runaway ({process.pid}) was asked to end"))
