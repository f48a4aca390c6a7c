"""Recordings are made and shown in the window, with the keyboard alone."""

import json
import os
import pathlib
import subprocess
import unittest

from support import PROGRAM, Atspi, Program, choose, hold_keyboard, is_showing, key, keys, run, temporary_folder, wait_for, walk

PROBE = os.environ.get("SYSMON_PROBE", str(pathlib.Path(PROGRAM).with_name("sysmon-probe")))


class Recordings(unittest.TestCase):
    def setUp(self):
        hold_keyboard()
        self.folder = temporary_folder(self)
        self.sleeper = subprocess.Popen(["sleep", "3599"])
        self.addCleanup(self.sleeper.wait)
        self.addCleanup(self.sleeper.kill)

    def start(self, *arguments):
        program = Program(*arguments)
        self.addCleanup(program.stop)
        return program

    def says(self, program, text):
        return any(text in (node.get_name() or "") for node in walk(program.root) if is_showing(node))

    def has_graph_focus(self, program):
        images = (node for node in walk(program.root) if node.get_role() == Atspi.Role.IMAGE)
        return any(image.get_state_set().contains(Atspi.StateType.FOCUSED) for image in images)

    def dialog(self, program):
        """Opens "Save Recording…" and waits for it."""
        choose(program, "Save Recording…")
        wait_for("the dialog", lambda: self.says(program, "What Is Remembered"))

    def save(self, program, path):
        """Goes on from the dialog, and names the file."""
        key("Return")
        wait_for("the file's name", lambda: program.focused() is not None and program.focused().get_name() == "Name")
        key("a", "ctrl")
        keys(str(path))
        key("Return")

    def rows(self, path):
        """What the probe prints of a recording: all rows of its last snapshot."""
        command = [PROBE, "print", "cpu", "--replay", path, "--format", "json", "--top", "all"]
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
        return json.loads(lines[-1])["rows"]

    def test_what_is_remembered_is_saved_and_shown_again(self):
        path = self.folder / "remembered.smrec"
        program = self.start("--open", "cpu")
        wait_for("the rows", lambda: any(node.get_role() == Atspi.Role.TABLE_ROW for node in walk(program.root)))
        # Closed, the table leaves the window it was opened above.
        key("w", "ctrl")
        wait_for("the graph", lambda: self.has_graph_focus(program))
        self.dialog(program)
        self.save(program, path)
        wait_for("it is said", lambda: self.says(program, "Saved "))
        pids = [row["pid"] for row in self.rows(path) if row["kind"] == "process"]
        self.assertIn(self.sleeper.pid, pids)
        program.stop()

        self.sleeper.kill()
        self.sleeper.wait()
        replay = self.start("--replay", str(path), "--open", "cpu")
        wait_for("which recording it is", lambda: self.says(replay, "recorded on"))
        key("f", "ctrl")
        keys(f"pid:{self.sleeper.pid}")
        wait_for("a process that is gone", lambda: self.says(replay, f"sleep, PID {self.sleeper.pid},"))
        self.assertFalse(self.says(replay, "Every 3 s"))

    def test_what_happens_from_now_on_is_recorded_until_told_to_stop(self):
        path = self.folder / "now.smrec"
        program = self.start()
        wait_for("the window", lambda: self.says(program, "CPU"))
        self.dialog(program)
        # From the button to the choice, and in it to the other one.
        for _ in range(12):
            if program.focused().get_role() == Atspi.Role.RADIO_BUTTON or program.focused().get_name() in ("What Is Remembered", "From Now On"):
                break
            key("Tab")
        for _ in range(4):
            if program.focused().get_name() == "From Now On":
                break
            key("Down")
        self.assertEqual(program.focused().get_name(), "From Now On")
        key("space")
        for _ in range(8):
            if program.focused().get_name() == "Save…":
                break
            key("Tab")
        self.save(program, path)
        wait_for("it is said", lambda: self.says(program, "Recording since "))
        wait_for("something is written", lambda: path.exists() and path.stat().st_size > 2000)
        # What is there can be read while it is written.
        self.assertIn(self.sleeper.pid, [row.get("pid") for row in self.rows(path)])
        stop = wait_for("a way to stop", lambda: program.look_for("button", "Stop"))
        for _ in range(20):
            if stop.get_state_set().contains(Atspi.StateType.FOCUSED):
                break
            key("Tab")
        key("Return")
        wait_for("it is said", lambda: self.says(program, "Saved "))
        wait_for("no more to stop", lambda: not program.look_for("button", "Stop"))
        self.assertIn(self.sleeper.pid, [row.get("pid") for row in self.rows(path)])

    def test_a_place_that_cannot_be_written_is_said(self):
        program = self.start("--open", "cpu")
        wait_for("the rows", lambda: any(node.get_role() == Atspi.Role.TABLE_ROW for node in walk(program.root)))
        key("w", "ctrl")
        wait_for("the graph", lambda: self.has_graph_focus(program))
        self.dialog(program)
        self.save(program, "/proc/none.smrec")
        wait_for("it is said", lambda: self.says(program, "/proc/none.smrec"))

    def test_a_file_that_is_no_recording_is_refused_in_a_sentence(self):
        other = self.folder / "other.txt"
        other.write_text("something else")
        for path, reason in [(other, "is none"), (self.folder / "absent", "cannot be read")]:
            outcome = run("--replay", path)
            self.assertEqual(outcome.returncode, 1)
            self.assertEqual(outcome.stderr.count("\n"), 1, outcome.stderr)
            self.assertIn(reason, outcome.stderr)


if __name__ == "__main__":
    unittest.main()
