"""SysMon as a person meets it on GNOME once it is installed: found among the applications, clicked, telling of the machine.

Runs inside `build-aux/desktop/session`; $INSTALLED says in which way it was installed, of `build-aux/lib/installed.sh`. Each test
goes on where the one before ended.
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from shown import ID, INSTALLED, PICTURES, SPINNER, SPINS, TOP, Shown, processes, wait_for  # noqa: E402

TALKER = "host-talker"


class Installed(Shown, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.start(folder / SPINNER, *SPINS)
        cls.start(folder / TALKER, sys.executable, "-c", (TOP / "tests/desktop/talk.py").read_text(encoding="utf-8"))
        cls.open_shell()

    def test_1_it_stands_among_the_applications(self):
        self.shell.open_app_grid()
        wait_for("SysMon in the app grid", lambda: self.shell.place_in_app_grid("SysMon"))
        self.shell.close_notifications()
        self.shell.screenshot(PICTURES / "1-app-grid.png")

    def test_2_a_click_opens_its_window(self):
        self.shell.click(self.shell.place_in_app_grid("SysMon"))
        wait_for("a window of SysMon", lambda: self.shell.windows_of(ID))
        wait_for("the window's content", lambda: self.window("SysMon"))
        wait_for("the first reading", lambda: "…" not in self.texts("SysMon"))
        self.picture("2-window.png")

    def test_3_a_table_shows_a_process_of_the_host(self):
        self.shell.key("1", "Control")
        self.wait_for_row("CPU Processes", SPINNER)
        self.picture("3-cpu.png")
        self.shell.key("Escape")
        wait_for("the table closed", lambda: not self.window("CPU Processes"))

    def test_4_a_table_shows_a_connection_of_the_host(self):
        self.shell.key("4", "Control")
        self.wait_for_row("Network Processes", TALKER)
        self.picture("4-network.png")

    def test_5_nothing_of_it_runs_when_it_has_gone(self):
        if INSTALLED == "flatpak":
            # However it ends: here it is not asked.
            self.assertTrue(processes("sysmon-probe"), "there is no probe while it runs")
            running = subprocess.run(["pidof", "sysmon"], check=True, capture_output=True, text=True).stdout.split()
            for process in running:
                os.kill(int(process), signal.SIGKILL)
        else:
            self.shell.key("q", "Control")
        wait_for("the end of the window", lambda: not self.shell.windows_of(ID))
        wait_for("the end of its processes", lambda: not processes("sysmon"))
        self.picture("5-gone.png")
