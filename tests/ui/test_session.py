"""The headless session itself: what every other file here relies on, tried with the smallest GTK program."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402

TOP = pathlib.Path(__file__).resolve().parents[2]
HEADLESS = TOP / "build-aux" / "headless"
SCREENSHOT = TOP / "build-aux" / "screenshot"

WINDOW = """
import gi
gi.require_version("Gtk", "4.0")
from gi.repository import Gtk

def activate(application):
    window = Gtk.ApplicationWindow(application=application, title="Session Window", default_width=400, default_height=200)
    entry = Gtk.Entry()
    entry.connect("changed", lambda entry: print(entry.get_text(), flush=True))
    window.set_child(entry)
    window.present()
    entry.grab_focus()

application = Gtk.Application(application_id="org.example.Session")
application.connect("activate", activate)
application.run()
"""


def wait_for(condition, what, seconds=30):
    """The first true answer of `condition`; fails with `what` when none comes."""
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what}")
        time.sleep(0.05)


def titles():
    """The names of all windows that the accessibility bus knows."""
    desktop = Atspi.get_desktop(0)
    programs = (desktop.get_child_at_index(n) for n in range(desktop.get_child_count()))
    return [
        program.get_child_at_index(n).get_name()
        for program in programs
        if program is not None
        for n in range(program.get_child_count())
    ]


def marked(session):
    """The processes that carry a session's mark."""
    mark = b"SYSMON_SESSION=" + os.fsencode(session)
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.append(int(folder.name))
            except OSError:
                continue
    return found


class Window(unittest.TestCase):
    def setUp(self):
        self.program = subprocess.Popen([sys.executable, "-c", WINDOW], stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end)

    def end(self):
        self.program.terminate()
        self.program.wait()
        self.program.stdout.close()

    def test_is_seen_read_and_typed_into(self):
        with tempfile.TemporaryDirectory() as folder:
            picture = pathlib.Path(folder) / "window.png"
            said = subprocess.check_output([SCREENSHOT, "--title", "Session", "--pid", str(self.program.pid), picture], text=True)
            self.assertEqual(said.strip(), "Session Window (400x200)")
            self.assertEqual(picture.read_bytes()[:4], b"\x89PNG")
        wait_for(lambda: "Session Window" in titles(), "the window on the accessibility bus")
        subprocess.run(["wtype", "-s", "300", "-d", "30", "a ß1"], check=True)
        line = ""
        while line != "a ß1":
            line = self.program.stdout.readline().rstrip("\n")
            self.assertTrue("a ß1".startswith(line) and line, f"typed text arrived as {line!r}")


class Session(unittest.TestCase):
    def started(self):
        """A nested session that says where its mark is and stays."""
        session = subprocess.Popen(
            [HEADLESS, "--size", "640x480", "sh", "-c", "echo $SYSMON_SESSION; exec sleep 1000"],
            stdout=subprocess.PIPE,
            text=True,
            # Under nohup it would be ignored, and a shell cannot take that back.
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )
        self.addCleanup(session.stdout.close)
        return session, session.stdout.readline().strip()

    def test_leaves_nothing_when_it_is_ended(self):
        # Not SIGINT: a shell's background job, as this test is one, ignores it and so do its children.
        for ending in signal.SIGTERM, signal.SIGHUP:
            session, folder = self.started()
            self.assertGreaterEqual(len(marked(folder)), 3)
            session.send_signal(ending)
            self.assertEqual(session.wait(), 128 + ending)
            self.assertEqual(marked(folder), [])
            self.assertFalse(os.path.exists(folder))

    def test_leaves_no_process_when_it_is_killed(self):
        session, folder = self.started()
        session.kill()
        session.wait()
        wait_for(lambda: not marked(folder), "the end of its processes")
        subprocess.run(["rm", "-rf", folder], check=True)

    def test_has_the_status_of_its_command(self):
        self.assertEqual(subprocess.run([HEADLESS, "sh", "-c", "exit 7"]).returncode, 7)
        self.assertEqual(subprocess.run([HEADLESS, "true"]).returncode, 0)

    def test_has_the_size_asked_for(self):
        said = subprocess.check_output([HEADLESS, "--size", "360x640", "swaymsg", "-r", "-t", "get_outputs"])
        (output,) = json.loads(said)
        self.assertEqual((output["rect"]["width"], output["rect"]["height"]), (360, 640))


if __name__ == "__main__":
    unittest.main()
