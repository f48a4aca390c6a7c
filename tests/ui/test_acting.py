"""Acting on processes that the test started, with the keyboard alone and without seeing."""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import unittest

from support import (
    Atspi,
    Events,
    Program,
    choose,
    choose_item,
    hold_keyboard,
    is_showing,
    key,
    keys,
    menu_items,
    press,
    temporary_folder,
    wait_for,
    walk,
)

NAME = "sysmon-prey"
ACTIONS = ["Priority…", "Stop…", "Continue", "End…", "Kill…"]
# Listens, and connects to itself.
TALKS = """
import socket, sys, time
listener = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(listener.getsockname())
server, _ = listener.accept()
print(listener.getsockname()[1], flush=True)
time.sleep(3600)
"""
PROBE = os.environ.get("SYSMON_PROBE", str(pathlib.Path(__file__).parents[2] / "target/debug/sysmon-probe"))


class Acting(unittest.TestCase):
    def setUp(self):
        hold_keyboard()
        self.folder = temporary_folder(self)
        self.prey = []

    def start(self, count, *arguments):
        """Starts the program and so many processes, and shows only these."""
        program = self.folder / NAME
        shutil.copy(os.path.realpath(shutil.which("sleep")), program)
        self.prey = [subprocess.Popen([program, "3600"]) for _ in range(count)]
        for process in self.prey:
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
        self.program = Program("--open", "cpu", *arguments)
        self.addCleanup(self.program.stop)
        wait_for("the rows", lambda: self.rows(""))
        key("f", "ctrl")
        keys(NAME)
        wait_for("those that pass", lambda: len(self.rows(f"{NAME}, PID")) == count)
        key("Down")
        wait_for("the focus on one", lambda: self.focus_is(f"{NAME}, PID"))

    def rows(self, start):
        """The rows whose sentences begin like this."""
        rows = (node for node in walk(self.program.root) if node.get_role() == Atspi.Role.TABLE_ROW)
        return [row for row in rows if is_showing(row) and (row.get_name() or "").startswith(start)]

    def focus_is(self, start):
        focused = self.program.focused()
        return focused is not None and (focused.get_name() or "").startswith(start)

    def focused_process(self):
        name = self.program.focused().get_name()
        return next(process for process in self.prey if f"PID {process.pid}," in name)

    def says(self, text):
        wait_for(f"it says “{text}”", lambda: any(text in (node.get_name() or "") for node in walk(self.program.root)))

    def choose(self, item):
        """Chooses an item of the menu of the row that has the focus."""
        key("Menu")
        choose_item(self.program, item)

    def answer(self, question, button):
        """Waits for a question, whose default is to cancel, and presses a button."""
        self.program.find("alert", question)
        self.program.wait_for_focus("button", "Cancel")
        key("Tab")
        self.program.wait_for_focus("button", button)
        key("Return")

    def ended_by(self, process):
        return wait_for(f"{process.pid} ends", lambda: process.poll() is not None) and -process.returncode

    def test_esc_and_enter_leave_it_alone_and_delete_ends_it(self):
        self.start(2)
        process = self.focused_process()
        for leaves in ("Escape", "Return"):
            key("Delete")
            self.program.find("alert", f"End {NAME}?")
            self.program.wait_for_focus("button", "Cancel")
            keys("-k", leaves)
            wait_for("the focus on its row again", lambda: self.focus_is(f"{NAME}, PID {process.pid},"))
        self.assertIsNone(process.poll())

        with Events(self.program) as events:
            key("Delete")
            self.answer(f"End {NAME}?", "End")
            self.assertEqual(self.ended_by(process), signal.SIGTERM)
            self.says(f"{NAME} ({process.pid}) was asked to end")
            wait_for("it is announced", lambda: any("announcement" in kind for kind, _, _ in events.seen))
        wait_for("its row goes", lambda: not self.rows(f"{NAME}, PID {process.pid},"))
        other = next(it for it in self.prey if it is not process)
        self.assertIsNone(other.poll())
        wait_for("the focus on the next", lambda: self.focus_is(f"{NAME}, PID {other.pid},"))

    def test_several_are_killed_at_once(self):
        self.start(3)
        first = self.focused_process()
        key("Down", "shift")
        wait_for("the focus on the next", lambda: not self.focus_is(f"{NAME}, PID {first.pid},"))
        second = self.focused_process()
        key("Menu")
        items = wait_for("the menu", lambda: [item.get_name() for item in menu_items(self.program)])
        self.assertEqual(items[-5:], ACTIONS)
        choose_item(self.program, "Kill…")
        self.answer("Kill 2 Processes?", "Kill")
        for process in (first, second):
            self.assertEqual(self.ended_by(process), signal.SIGKILL)
        self.says("2 processes were killed")
        third = next(it for it in self.prey if it not in (first, second))
        self.assertIsNone(third.poll())

    def state(self, process):
        stat = pathlib.Path(f"/proc/{process.pid}/stat").read_text(encoding="utf-8")
        return stat.rsplit(")", 1)[1].split()

    def test_it_is_stopped_continued_and_given_a_priority(self):
        self.start(1)
        (process,) = self.prey
        self.choose("Stop…")
        self.answer(f"Stop {NAME}?", "Stop")
        wait_for("it is stopped", lambda: self.state(process)[0] == "T")
        wait_for("the focus on its row", lambda: self.focus_is(f"{NAME}, PID"))
        # Nothing is lost by it: it is not asked for.
        self.choose("Continue")
        wait_for("it goes on", lambda: self.state(process)[0] == "S")

        wait_for("the focus on its row", lambda: self.focus_is(f"{NAME}, PID"))
        self.choose("Priority…")
        self.program.find("alert", f"Priority of {NAME}")
        self.program.wait_for_focus("combo box", "Priority")
        key("Tab")
        # The number is in the focus, whole: what is typed takes its place.
        key("a", "ctrl")
        keys("7")
        key("Return")
        wait_for("it has the priority", lambda: self.state(process)[16] == "7")
        self.says(f"{NAME} ({process.pid}) has the nice value 7")

    def test_a_program_stands_for_its_processes(self):
        self.start(3)
        choose(self.program, "Group by Program")
        wait_for("one row", lambda: self.rows(f"{NAME}, 3 processes"))
        key("f", "ctrl")
        key("Down")
        wait_for("the focus in it", lambda: self.focus_is(f"{NAME}, 3 processes"))
        key("Delete")
        self.answer("End 3 Processes?", "End")
        for process in self.prey:
            self.assertEqual(self.ended_by(process), signal.SIGTERM)

    def test_one_that_is_gone_by_the_answer_is_told(self):
        self.start(2)
        process = self.focused_process()
        key("Delete")
        self.program.find("alert", f"End {NAME}?")
        process.kill()
        process.wait()
        self.answer(f"End {NAME}?", "End")
        self.says(f"{NAME} ({process.pid}) had ended already")

    def be_denied(self):
        """Starts it with a probe that may not act on what the test started."""
        if os.geteuid() != 0:
            self.skipTest("only root can start a probe as another user")
        # Where it was built that user may not reach it.
        self.folder.chmod(0o755)
        probe = self.folder / "probe"
        shutil.copy(PROBE, probe)
        os.environ["SYSMON_PROBE_COMMAND"] = f"setpriv --reuid 65534 --regid 65534 --clear-groups {probe} serve"
        self.addCleanup(os.environ.pop, "SYSMON_PROBE_COMMAND")
        self.start(1)

    def see_denied(self):
        """Asks for the end of the process, in vain."""
        (process,) = self.prey
        key("Delete")
        self.answer(f"End {NAME}?", "End")
        self.says(f"Not permitted: {NAME} ({process.pid}) belongs to root")
        self.assertIsNone(process.poll())

    def test_what_is_denied_is_told_with_the_owner(self):
        self.be_denied()
        self.see_denied()

    def test_the_page_of_a_process_has_the_focus_again_when_that_goes(self):
        self.be_denied()
        key("Return")
        self.says("Command Line")
        self.see_denied()

        def move(*keys):
            before = self.program.focused()
            key(*keys)
            return wait_for("another focus", lambda: (now := self.program.focused()) is not before and now)

        for _ in range(60):
            if self.focus_is("Dismiss"):
                break
            move("Tab", "shift")
        else:
            self.fail("Shift+Tab does not come to the button Dismiss of what is said")
        # Not the first control of the page, but the last.
        before = move("Tab", "shift")
        move("Tab")
        self.assertTrue(self.focus_is("Dismiss"))
        key("Return")
        self.program.wait_for_focus(before.get_role_name(), before.get_name())
        wait_for("it is gone", lambda: not self.program.look_for("button", "Dismiss"))
        self.program.wait_for_focus(before.get_role_name(), before.get_name())
        self.says("Command Line")

    def test_nothing_is_done_to_the_past(self):
        self.start(1)
        (process,) = self.prey
        # Into the graph above the rows, and a sample back.
        window = self.program.find_window("CPU Processes")

        def strip():
            images = (node for node in walk(window) if node.get_role() == Atspi.Role.IMAGE)
            return next((image for image in images if "remembered" in (image.get_name() or "")), None)

        graph = wait_for("the graph of what is remembered", strip)
        for _ in range(12):
            if graph.get_state_set().contains(Atspi.StateType.FOCUSED):
                break
            key("Tab")
        key("Left")
        self.says("Showing ")
        key("f", "ctrl")
        key("Down")
        wait_for("the focus on one", lambda: self.focus_is(f"{NAME}, PID"))
        key("Delete")
        key("Menu")
        items = wait_for("the menu", lambda: [item.get_name() for item in menu_items(self.program)])
        self.assertIn("Copy Row", items)
        self.assertFalse(set(ACTIONS) & set(items))
        self.assertIsNone(self.program.look_for("alert"))
        self.assertIsNone(process.poll())
        # Nor by the page about it.
        choose_item(self.program, "Details")
        self.says("Command Line")
        key("Delete")
        key("F10")
        button = wait_for("the menu", lambda: self.program.look_for("menu"))
        self.assertFalse([item for item in menu_items(self.program) if item.get_name() in ACTIONS], button)
        self.assertIsNone(self.program.look_for("alert"))
        self.assertIsNone(process.poll())

    def test_the_page_of_a_process_does_the_same(self):
        self.start(1)
        (process,) = self.prey
        key("Return")
        self.says("Command Line")
        for item, answer, state in (("Stop…", "Stop", "T"), ("Continue", None, "S")):
            key("F10")
            items = wait_for("the menu", lambda: [item.get_name() for item in menu_items(self.program)])
            self.assertEqual(items, ACTIONS)
            choose_item(self.program, item)
            if answer:
                self.answer(f"{answer} {NAME}?", answer)
            wait_for(f"the state {state}", lambda state=state: self.state(process)[0] == state)
        self.says(f"{NAME} ({process.pid}) goes on")
        self.assertTrue(self.program.look_for("button", "Actions") or self.program.look_for("toggle button", "Actions"))
        key("Delete")
        self.answer(f"End {NAME}?", "End")
        self.assertEqual(self.ended_by(process), signal.SIGTERM)
        self.says("This process has ended")
        wait_for("the question gone", lambda: not self.program.look_for("alert", f"End {NAME}?"))
        # There is nothing more to be done to it, and the page stays to be read.
        key("Delete")
        key("F10")
        wait_for("the menu", lambda: self.program.look_for("menu"))
        self.assertFalse([item for item in menu_items(self.program) if item.get_name() in ACTIONS])
        self.assertIsNone(self.program.look_for("alert", f"End {NAME}?"))
        key("Escape")
        wait_for("no menu", lambda: not self.program.look_for("menu"))
        self.says("Command Line")
        key("Escape")
        wait_for("the table without it", lambda: not self.rows(f"{NAME}, PID"))

    def test_a_connection_leads_to_its_process(self):
        process = subprocess.Popen([sys.executable, "-c", TALKS], stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        port = process.stdout.readline().strip()
        self.program = Program("--open", "network")
        self.addCleanup(self.program.stop)
        wait_for("the rows", lambda: self.rows(""))
        window = self.program.find_window("Network Processes")
        press(self.program.find("button", "Connections", window))
        wait_for("the connections", lambda: self.program.find_window("Network Connections"))
        keys(f"port:{port}")
        wait_for("who listens and both ends", lambda: len(self.connections()) == 3)
        keys("-k", "Down")
        wait_for("the focus on one", lambda: self.program.focused() in self.connections())
        key("Return")
        self.says("Command Line")
        key("F10")
        items = wait_for("the menu", lambda: [item.get_name() for item in menu_items(self.program)])
        self.assertEqual(items, ACTIONS)
        key("Escape")
        wait_for("no menu", lambda: not self.program.look_for("menu"))
        key("Escape")
        wait_for("the focus on it again", lambda: self.program.focused() in self.connections())
        key("a", "ctrl")
        key("Menu")
        items = wait_for("the menu", lambda: [item.get_name() for item in menu_items(self.program)])
        self.assertEqual(items[-5:], ACTIONS)
        choose_item(self.program, "End…")
        # Three rows of one process.
        self.program.find("alert", "End python3?")
        self.answer("End python3?", "End")
        self.assertEqual(self.ended_by(process), signal.SIGTERM)
        self.says(f"({process.pid}) was asked to end")

    def connections(self):
        """The rows of the connections."""
        window = self.program.find_window("Network Connections")
        rows = (node for node in walk(window) if node.get_role() == Atspi.Role.TABLE_ROW)
        return [row for row in rows if is_showing(row) and (row.get_name() or "").startswith("python3")]


if __name__ == "__main__":
    unittest.main()
