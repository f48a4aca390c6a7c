"""The window shows what a probe at the other end of a pipe reads, and says when it cannot."""

import os
import pathlib
import shlex
import signal
import subprocess
import unittest

from support import PROGRAM, Atspi, Program, hold_keyboard, is_showing, key, keys, temporary_folder, wait_for, walk

PROBE = os.environ.get("SYSMON_PROBE", str(pathlib.Path(PROGRAM).with_name("sysmon-probe")))
# Writes its pid down, and does not start while there is a file that says so.
SCRIPT = """echo $$ >> "$1"; if [ -e "$1.not" ]; then echo 'not now' >&2; exit 1; fi; exec "$0" serve"""


class Remote(unittest.TestCase):
    def setUp(self):
        hold_keyboard()
        folder = temporary_folder(self)
        self.started = folder / "pids"
        self.refusal = folder / "pids.not"
        os.environ["SYSMON_PROBE_COMMAND"] = shlex.join(["sh", "-c", SCRIPT, PROBE, str(self.started)])
        self.addCleanup(os.environ.pop, "SYSMON_PROBE_COMMAND")

    def sleeper(self):
        sleeper = subprocess.Popen(["sleep", "3598"])
        self.addCleanup(sleeper.wait)
        self.addCleanup(sleeper.kill)
        return sleeper.pid

    def start(self, *arguments):
        program = Program(*arguments)
        self.addCleanup(program.stop)
        return program

    def says(self, program, text):
        return any(text in (node.get_name() or "") for node in walk(program.root) if is_showing(node))

    def sentences(self, program, text):
        """What the windows say of it. A banner has its words also while it is hidden; its label does not."""
        labels = (node for node in walk(program.root) if node.get_role() == Atspi.Role.LABEL and is_showing(node))
        return [label.get_name() for label in labels if text in (label.get_name() or "")]

    def pids(self):
        return [int(line) for line in self.started.read_text().split()]

    def find(self, program, pid):
        """Filters the table, and waits for the row."""
        key("f", "ctrl")
        key("a", "ctrl")
        keys(f"pid:{pid}")
        wait_for("its row", lambda: self.says(program, f"sleep, PID {pid},"))

    def test_what_a_probe_reads_is_shown_and_a_probe_that_ends_is_started_again(self):
        program = self.start("--open", "cpu")
        self.find(program, self.sleeper())
        probe = self.pids()[-1]
        status = pathlib.Path(f"/proc/{probe}/status").read_text()
        self.assertIn(f"PPid:\t{program.process.pid}\n", status)

        self.refusal.touch()
        os.kill(probe, signal.SIGKILL)
        wait_for("both windows say so", lambda: len(self.sentences(program, "he probe ended")) >= 2)
        wait_for("why", lambda: self.sentences(program, "he probe ended before it answered: not now"))

        self.refusal.unlink()
        wait_for("nothing more is said", lambda: not self.sentences(program, "he probe ended"))
        self.find(program, self.sleeper())

        probe = self.pids()[-1]
        program.stop()
        wait_for("no probe is left", lambda: not pathlib.Path(f"/proc/{probe}").exists())

    def test_a_command_that_is_no_probe_is_told(self):
        os.environ["SYSMON_PROBE_COMMAND"] = "/nowhere/probe"
        program = self.start()
        wait_for("that it cannot be started", lambda: self.sentences(program, "/nowhere/probe"))


if __name__ == "__main__":
    unittest.main()
