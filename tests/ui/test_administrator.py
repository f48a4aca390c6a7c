"""An ordinary user sees what every user's processes do, after a password, and goes back.

pkexec is a stand-in. The window is an ordinary user's: root starts a session for that user, and this file in it again.
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from standins import Root
from support import PROGRAM, Atspi, Program, choose, hold_keyboard, is_showing, key, keys, press, screenshot, wait_for, walk

FOLDER = os.environ.get("ADMINISTRATOR_FOLDER")
NOBODY = 65534
# Writes to a disk by itself, again and again, and tells with the first line that it has.
WRITES = 'while :; do printf "%65536s" x > "$0"; sync "$0"; sleep 0.1; done'
TOP = pathlib.Path(__file__).resolve().parents[2]


@unittest.skipIf(FOLDER, "it is in the session already")
class Session(unittest.TestCase):
    @unittest.skipUnless(os.geteuid() == 0, "only root can be somebody else")
    def test_all_of_it_as_an_ordinary_user(self):
        # Where nobody but root can change it: the program starts no other probe.
        folder = pathlib.Path(tempfile.mkdtemp(prefix="sysmon-", dir="/opt"))
        self.addCleanup(shutil.rmtree, folder)
        folder.chmod(0o755)
        for name in ("bin", "build-aux", "tests"):
            (folder / name).mkdir()
        probe = os.environ.get("SYSMON_PROBE", str(pathlib.Path(PROGRAM).with_name("sysmon-probe")))
        shutil.copy(PROGRAM, folder / "bin" / "sysmon")
        shutil.copy(probe, folder / "bin" / "sysmon-probe")
        shutil.copy("/bin/sh", folder / "bin" / "other-writer")
        shutil.copy(shutil.which("sleep"), folder / "bin" / "other-sleeper")
        for name in ("headless", "ui-test"):
            shutil.copy(TOP / "build-aux" / name, folder / "build-aux")
        shutil.copytree(TOP / "tests/ui", folder / "tests/ui")
        Root(folder, NOBODY)
        for others in (["other-writer", "-c", WRITES, folder / "data"], ["other-sleeper", "3600"]):
            process = subprocess.Popen([folder / "bin" / others[0], *others[1:]])
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
        environment = {
            **os.environ,
            "ADMINISTRATOR_FOLDER": str(folder),
            "SYSMON": str(folder / "bin" / "sysmon"),
            "PATH": f"{folder}/standins:{os.environ['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "HOME": "/nonexistent",
        }
        environment.pop("TMPDIR", None)
        drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
        test = ["build-aux/headless", sys.executable, "build-aux/ui-test", "tests/ui/test_administrator.py"]
        done = subprocess.run([*drop, *test], cwd=folder, env=environment)
        self.assertEqual(done.returncode, 0)


@unittest.skipUnless(FOLDER, "runs in the session that is made for it")
class Administrator(unittest.TestCase):
    def setUp(self):
        hold_keyboard()
        self.folder = pathlib.Path(FOLDER)
        self.answer("allow")

    def answer(self, word):
        (self.folder / "answer").write_text(word)

    def start(self, *arguments):
        program = Program(*arguments)
        self.addCleanup(program.stop)
        return program

    def probes(self):
        """Those that still run."""
        pids = (self.folder / "pids").read_text().split()
        return [pid for pid in pids if pathlib.Path(f"/proc/{pid}").exists()]

    def rows(self, program):
        rows = (node for node in walk(program.root) if node.get_role_name() in ("table row", "list item") and is_showing(node))
        return [name for name in (row.get_name() for row in rows) if name]

    def marks(self, program):
        return list(program.all("toggle button", lambda name: name.startswith("Administrator mode: ")))

    def says(self, program, text):
        labels = (node for node in walk(program.root) if node.get_role() == Atspi.Role.LABEL and is_showing(node))
        return any(text in (label.get_name() or "") for label in labels)

    def writer(self, program):
        """What is said of the other user's process where it writes."""
        return [row for row in self.rows(program) if row.startswith("other-writer") and "B/s" in row]

    def find_writer(self, program):
        wait_for("the table", lambda: program.find_window("Disk Processes"))
        key("f", "ctrl")
        keys("other-writer")

    def processes(self, program):
        """What the rows of the table begin with, as "name, PID 1"."""
        names = [row.get_name() or "" for row in program.all("table row")]
        return [", ".join(name.split(", ")[:2]) for name in names if ", PID " in name]

    def focus_is(self, program, name):
        focused = program.focused()
        return focused is not None and (focused.get_name() or "").startswith(name)

    def end(self, program):
        """Has the process end whose row has the focus."""
        key("Delete")
        program.find("alert", "End other-sleeper?")
        program.wait_for_focus("button", "Cancel")
        key("Tab")
        program.wait_for_focus("button", "End")
        key("Return")

    def picture(self, name):
        if folder := os.environ.get("PICTURES"):
            screenshot(pathlib.Path(folder) / f"{name}.png")

    def test_every_users_io_is_shown_until_the_mode_is_left(self):
        program = self.start("--open", "disk")
        self.find_writer(program)
        footer = program.find("toggle button", lambda name: "not readable" in name)
        self.assertEqual((self.marks(program), self.writer(program)), ([], []))
        press(footer)
        offer = program.find("button", "Administrator Mode…")
        self.picture("offer")
        press(offer)
        wait_for("the mark in both windows", lambda: len(self.marks(program)) == 2)
        wait_for("what the other user writes", lambda: self.writer(program))
        self.picture("administrator")
        (probe,) = self.probes()
        status = pathlib.Path(f"/proc/{probe}/status").read_text()
        self.assertIn(f"Uid:\t{NOBODY}\t", status)
        self.assertIn("NoNewPrivs:\t1", status)

        press(self.marks(program)[-1])
        press(program.find("menu item", "Leave Administrator Mode"))
        wait_for("no mark", lambda: not self.marks(program))
        wait_for("no probe", lambda: not self.probes())
        wait_for("nothing of the other user", lambda: not self.writer(program))

    def test_another_users_process_is_ended_once_the_mode_that_is_offered_is_on(self):
        program = self.start("--open", "cpu")
        wait_for("the table", lambda: program.find_window("CPU Processes"))
        key("f", "ctrl")
        keys("other-sleeper")
        wait_for("its row alone", lambda: [row.split(",")[0] for row in self.processes(program)] == ["other-sleeper"])
        (name,) = self.processes(program)
        pid = name.removeprefix("other-sleeper, PID ")
        status = pathlib.Path("/proc", pid, "status")
        key("Down")
        wait_for("the focus on it", lambda: self.focus_is(program, name))
        self.end(program)
        wait_for("that it is denied", lambda: self.says(program, f"Not permitted: other-sleeper ({pid}) belongs to root"))
        # Whoever started it has not waited for it.
        self.assertNotIn("State:\tZ", status.read_text())
        self.assertEqual(self.probes(), [])

        program.find("button", "Administrator Mode…")
        for _ in range(30):
            if self.focus_is(program, "Administrator Mode…"):
                break
            key("Tab")
        program.wait_for_focus("button", "Administrator Mode…")
        self.picture("denied")
        key("Return")
        wait_for("the mark in both windows", lambda: len(self.marks(program)) == 2)
        wait_for("the focus on it again", lambda: self.focus_is(program, name))
        self.end(program)
        wait_for("that it was asked to end", lambda: self.says(program, f"other-sleeper ({pid}) was asked to end"))
        wait_for("it ends", lambda: "State:\tZ" in status.read_text())

    def test_it_is_in_the_menu_and_ends_with_its_window(self):
        program = self.start()
        choose(program, "Administrator Mode…")
        wait_for("the mark", lambda: self.marks(program))
        self.picture("main")
        self.assertEqual(len(self.probes()), 1)
        program.process.kill()
        wait_for("no probe", lambda: not self.probes())

    def test_who_gives_no_password_is_told_so_and_goes_on(self):
        program = self.start()
        self.answer("dismiss")
        choose(program, "Administrator Mode…")
        wait_for("a sentence", lambda: self.says(program, "Administrator mode stays off: the password was not given"))
        self.assertEqual(self.marks(program), [])
        self.answer("forbid")
        choose(program, "Administrator Mode…")
        wait_for("why", lambda: self.says(program, "The rules of this system do not allow it: Not authorized"))
        self.picture("forbidden")
        key("Escape")
        self.answer("allow")
        choose(program, "Administrator Mode…")
        wait_for("the mark", lambda: self.marks(program))

    def test_a_probe_that_dies_is_told_and_nobody_is_asked_again(self):
        program = self.start()
        choose(program, "Administrator Mode…")
        wait_for("the mark", lambda: self.marks(program))
        (probe,) = self.probes()
        # Whoever asked for it may end it.
        os.kill(int(probe), 9)
        wait_for("a sentence", lambda: self.says(program, "The administrator’s probe ended"))
        wait_for("no mark", lambda: not self.marks(program))
        self.assertEqual(self.probes(), [])


if __name__ == "__main__":
    unittest.main()
