"""Other hosts: the dialog, their windows, and what these say where nothing can be shown, by keyboard.

A stand-in for ssh runs what it is told on this machine, in a home of its own."""

import os
import pathlib
import subprocess
import unittest
from unittest import mock

from kept import Kept
from support import PROGRAM, Atspi, is_showing, key, keys, pump, wait_for, walk

PROBE = os.environ.get("SYSMON_PROBE", str(pathlib.Path(PROGRAM).with_name("sysmon-probe")))
# Notes where it was sent and who sent it, refuses as it is told, or does as the host would.
SSH = """#!/bin/sh
while [ "$1" != -- ]; do shift; done
echo "$PPID $2" >> "{folder}/sent"
if [ -e "{folder}/refusal" ]; then cat "{folder}/refusal" >&2; exit 255; fi
HOME="{folder}/home" PATH="{folder}/bin:/usr/bin:/bin" exec sh -c "$3"
"""


class Hosts(Kept):
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

    def refuse(self, said):
        (self.folder / "refusal").write_text(said)

    def sent(self):
        """Who sent ssh where, so far."""
        file = self.folder / "sent"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(int(pid), host) for pid, host in (line.split(" ", 1) for line in lines)]

    def says(self, program, text):
        return any(text in (node.get_name() or "") for node in walk(program.root) if is_showing(node))

    def has_graphs(self, program):
        return any(node.get_role() == Atspi.Role.IMAGE and is_showing(node) for node in walk(program.root))

    def test_a_host_is_shown_with_its_name_in_every_window(self):
        self.install()
        program = self.start("--host", "ann@server", "--open", "cpu")
        wait_for("its table", lambda: "CPU Processes — ann@server" in program.windows())
        wait_for("rows", lambda: self.says(program, ", PID "))
        wait_for("whose they are", lambda: self.says(program, "ann@server · "))
        self.assertIn("SysMon — ann@server", program.windows())
        self.assertEqual({host for _, host in self.sent()}, {"ann@server"})
        self.assertEqual(len(self.sent()), 1)

    def test_a_name_that_is_none_is_refused_in_a_sentence(self):
        for words in (["--host", "-oProxyCommand=id"], ["--host=ann@-l"], ["--host", "server", "--replay", "a.smrec"]):
            refused = subprocess.run([PROGRAM, *words], capture_output=True, text=True)
            self.assertEqual(refused.returncode, 2, refused)
            self.assertEqual(refused.stdout, "")
            self.assertEqual(len(refused.stderr.splitlines()), 1, refused.stderr)
        self.assertEqual(self.sent(), [])

    def test_what_is_wrong_is_said_and_tried_again_when_told(self):
        self.install()
        self.refuse("Host key verification failed.\n")
        program = self.start("--host", "server")
        wait_for("why", lambda: self.says(program, "ssh does not know the key of server"))
        sent = len(self.sent())
        wait_for("the button", lambda: program.focused() is not None and program.focused().get_name() == "Try Again")
        (self.folder / "refusal").unlink()
        self.assertEqual(len(self.sent()), sent, "it was asked again without being told")
        key("Return")
        wait_for("the graphs", lambda: self.has_graphs(program))

    def test_a_host_without_a_probe_gets_one(self):
        program = self.start("--host", "server")
        wait_for("the button", lambda: program.focused() is not None and program.focused().get_name() == "Copy the Probe…")
        key("Return")
        wait_for("what it means", lambda: self.says(program, "~/.local/share/sysmon"))
        self.assertFalse((self.folder / "home/.local").exists())
        # Cancel has the focus.
        key("Tab")
        key("Return")
        wait_for("the graphs", lambda: self.has_graphs(program))
        copies = list((self.folder / "home/.local/share/sysmon").iterdir())
        self.assertEqual(len(copies), 1)

    def test_a_copy_that_fails_says_why_until_it_is_tried_again(self):
        with mock.patch.dict(os.environ, {"SYSMON_STATIC_PROBE": "/nowhere/probe"}):
            program = self.start("--host", "server")
        wait_for("the button", lambda: program.focused() is not None and program.focused().get_name() == "Copy the Probe…")
        key("Return")
        wait_for("why", lambda: self.says(program, "no probe to copy at /nowhere/probe"))
        pump(2)
        self.assertTrue(self.says(program, "no probe to copy at /nowhere/probe"), "it was said for a moment only")
        self.install()
        wait_for("the button", lambda: program.focused().get_name() == "Try Again")
        key("Return")
        wait_for("the graphs", lambda: self.has_graphs(program))

    def test_the_dialog_opens_a_window_and_remembers_the_host(self):
        self.install()
        program = self.start()
        key("F10")
        wait_for("the menu", lambda: any(node.get_role() == Atspi.Role.MENU_ITEM for node in walk(program.root)))
        # One below "Save Recording…".
        for _ in range(13):
            key("Down")
        key("Return")
        wait_for("the dialog", lambda: self.says(program, "with your key"))
        keys("ann@-l")
        wait_for("why that is no host", lambda: self.says(program, "does not begin with"))
        key("Return")
        self.assertEqual(self.sent(), [])
        key("a", "ctrl")
        keys("ann@server")
        key("Return")
        wait_for("ssh to be sent", lambda: self.sent())
        pid, host = self.sent()[0]
        self.assertEqual(host, "ann@server")
        self.assertNotEqual(pid, program.process.pid)
        self.addCleanup(subprocess.run, ["kill", str(pid)])
        wait_for("the host to be kept", lambda: self.get("hosts") == "['ann@server']")


if __name__ == "__main__":
    unittest.main()
