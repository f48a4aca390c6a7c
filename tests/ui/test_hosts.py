"""Other hosts: the dialog, their windows, and what these say where nothing can be shown, by keyboard."""

import os
import pathlib
import shutil
import subprocess
import unittest
from unittest import mock

from elsewhere import PROBE, Elsewhere
from support import (
    PATIENCE,
    Atspi,
    Launched,
    choose,
    held_keyboard,
    key,
    keys,
    menu_items,
    pump,
    run,
    wait_for,
)

FIXTURES = pathlib.Path(__file__).parents[1] / "fixtures"


def quickly(name):
    """Presses a key of a menu, where what it does is looked for and nothing has to be seen before."""
    held_keyboard().press(name)
    pump(0.02)


def runs(process):
    """Whether it does, of a folder of /proc; one that has ended is there until somebody waits for it."""
    try:
        status = (process / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return "State:\tZ" not in status


class Hosts(Elsewhere):
    def install_elsewhere(self, host):
        """One that reads another machine, which was captured; it has the process “odd”."""
        (self.folder / host).mkdir()
        shutil.copytree(FIXTURES / "machine/container/proc", self.folder / "proc")
        shutil.copytree(FIXTURES / "proc/odd-names", self.folder / "proc", dirs_exist_ok=True)
        probe = self.folder / host / "sysmon-probe"
        probe.write_text(f'#!/bin/sh\nexec {PROBE} "$@" --proc-root {self.folder}/proc\n')
        probe.chmod(0o755)

    def refuse(self, said):
        (self.folder / "refusal").write_text(said)

    def test_a_host_is_shown_with_its_name_in_every_window(self):
        self.install()
        program = self.start("--host", "ann@server", "--open", "cpu")
        wait_for("its table", lambda: "CPU Processes — ann@server" in program.windows())
        wait_for("rows", lambda: self.says(program, ", PID "))
        wait_for("whose they are", lambda: self.says(program, "ann@server · "))
        self.assertIn("SysMon — ann@server", program.windows())
        self.assertEqual({host for _, host in self.sent()}, {"ann@server"})
        self.assertEqual(len(self.sent()), 1)

    def test_a_runaway_process_on_a_host_is_found_and_ended(self):
        self.install()
        process = self.runaway()
        program = self.start("--host", "ann@server", "--open", "cpu")
        self.end_runaway(program, process)
        wait_for("no row", lambda: not self.rows(program))

    def test_a_name_that_is_none_is_refused_in_a_sentence(self):
        for words in (["--host", "-oProxyCommand=id"], ["--host=ann@-l"], ["--host", "server", "--replay", "a.smrec"]):
            refused = run(*words)
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
        wait_for("the button", lambda: program.focused() is not None and program.focused().get_name() == "Try Again")
        key("Return")
        wait_for("the graphs", lambda: self.has_graphs(program))

    def test_the_dialog_opens_a_window_and_remembers_the_host(self):
        self.install()
        program = self.start()
        choose(program, "Connect to Host…", press=quickly)
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

    def connect(self, program, host):
        """Goes to another host from the window of one; returns the program that shows it."""
        known = len(self.sent())
        choose(program, "Connect to Host…", press=quickly)
        wait_for("the dialog", lambda: self.says(program, "with your key"))
        wait_for("the focus in it", lambda: (focused := program.focused()) and focused.get_role() == Atspi.Role.TEXT)
        keys(host)
        key("Return")
        ((pid, there),) = wait_for("ssh to be sent", lambda: self.sent()[known:])
        self.assertEqual(there, host)
        other = Launched(pid)
        self.addCleanup(other.stop)
        wait_for("its window", lambda: f"SysMon — {host}" in other.windows())
        return other

    def test_several_hosts_are_shown_at_once_and_none_holds_up_another(self):
        self.install()
        self.install_elsewhere("bob@elsewhere")
        (self.folder / "carl@nowhere").mkdir()
        (self.folder / "carl@nowhere/hangs").touch()
        ann = self.start("--host", "ann@server")
        wait_for("the graphs of ann", lambda: self.has_graphs(ann))

        bob = self.connect(ann, "bob@elsewhere")
        wait_for("the graphs of bob", lambda: self.has_graphs(bob))
        key("1", "ctrl")
        wait_for("what runs elsewhere", lambda: "odd, PID 101" in self.rows(bob))
        key("w", "ctrl")
        wait_for("its main window alone", lambda: bob.windows() == ["SysMon — bob@elsewhere"])

        carl = self.connect(bob, "carl@nowhere")
        wait_for("that it is waited for", lambda: self.says(carl, "Connecting to carl@nowhere"))
        self.look_at("SysMon — ann@server")
        key("1", "ctrl")
        wait_for("what runs here", lambda: self.rows(ann))
        self.assertNotIn("odd, PID 101", self.rows(ann))

        self.look_at("SysMon — carl@nowhere")
        key("F10")
        wait_for("its menu", lambda: menu_items(carl))
        key("Escape")
        self.assertTrue(self.says(carl, "Connecting to carl@nowhere"))
        ssh = pathlib.Path("/proc", (self.folder / "last").read_text().strip())
        self.assertTrue(runs(ssh))
        key("w", "ctrl")
        carl.process.wait(PATIENCE)
        wait_for("no ssh", lambda: not runs(ssh))

        self.look_at("SysMon — ann@server")
        key("q", "ctrl")
        self.assertEqual(ann.process.wait(PATIENCE), 0)
        self.look_at("SysMon — bob@elsewhere")
        key("1", "ctrl")
        wait_for("what runs elsewhere", lambda: "odd, PID 101" in self.rows(bob))


if __name__ == "__main__":
    unittest.main()
