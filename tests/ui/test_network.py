"""Who is talking: throughput, connections and the filter language, seen through accessibility."""

import socket
import threading
import unittest

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi  # noqa: E402
from desk import resize  # noqa: E402
from support import Program, hold_keyboard, key, keys, press, wait_for, walk  # noqa: E402


class Network(unittest.TestCase):
    def setUp(self):
        hold_keyboard()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)
        self.port = self.listener.getsockname()[1]
        self.talk()
        self.program = Program("--open", "network")
        self.addCleanup(self.program.stop)
        self.window = wait_for("the window", lambda: self.program.find_window("Network Processes"))

    def talk(self):
        """Sends all the time from one end of a connection to the other."""
        client = socket.create_connection(("127.0.0.1", self.port))
        server, _ = self.listener.accept()
        self.client_port = client.getsockname()[1]
        ended = threading.Event()

        def send():
            while not ended.wait(0.02):
                client.send(b"x" * 2000)
                server.recv(65536)

        sender = threading.Thread(target=send)
        sender.start()

        def stop():
            ended.set()
            sender.join()
            client.close()
            server.close()

        self.addCleanup(stop)

    def rows(self):
        """Labels of the rows on screen: each reads as a sentence."""
        # The headings are a row of the table, the others of the list in it.
        rows = (
            node
            for node in walk(self.window)
            if node.get_role() == Atspi.Role.TABLE_ROW and node.get_parent().get_role() == Atspi.Role.LIST
        )
        return [name for name in (row.get_name() for row in rows) if name]

    def says(self, part):
        return any(part in (node.get_name() or "") for node in walk(self.window))

    def press(self, name):
        button = next(
            node
            for node in walk(self.window)
            if node.get_name() == name and node.get_role() in (Atspi.Role.BUTTON, Atspi.Role.PUSH_BUTTON)
        )
        press(button)

    def test_a_talking_process_shows_what_it_sends(self):
        def talks():
            rows = [row for row in self.rows() if row.startswith("python3, ")]
            return any("Received/s" in row and "B/s" in row for row in rows)

        wait_for("a rate of this process", talks)
        wait_for("the row for what is no TCP", lambda: any("UDP, QUIC and headers" in row for row in self.rows()))

    def test_a_filter_that_is_not_understood_is_told_and_loses_nothing(self):
        wait_for("this process", lambda: any(row.startswith("python3, ") for row in self.rows()))
        keys("port:http")
        wait_for("what is wrong", lambda: self.says("is not a number"))
        self.assertTrue(any(row.startswith("python3, ") for row in self.rows()))
        key("a", "ctrl")
        keys(f"port:{self.port}")
        wait_for("no complaint", lambda: not self.says("is not a number"))
        wait_for("only who listens there", lambda: [row.split(",")[0] for row in self.rows()] == ["python3"])

    def test_connections_are_a_step_away_and_narrowed_by_a_filter(self):
        wait_for("this process", lambda: any(row.startswith("python3, ") for row in self.rows()))
        self.press("Connections")
        self.window = wait_for("the connections", lambda: self.program.find_window("Network Connections"))
        wait_for("rows", self.rows)
        # Both ends of the one connection have its two ports.
        keys(f"port:{self.port} port:{self.client_port}")
        wait_for("both ends", lambda: len(self.rows()) == 2)
        self.assertTrue(all("ESTABLISHED" in row for row in self.rows()), self.rows())
        keys("-k", "Down", "-k", "Return")
        wait_for("the details", lambda: self.says("Command Line"))
        keys("-k", "Escape")
        wait_for("the rows again", lambda: len(self.rows()) == 2)
        # Where there is no room for columns, both ends stand below the name, and in what is read.
        resize("Network Connections", 400, 640)
        wait_for("both ends below the name", lambda: self.says(f"TCP · {self.port} · 127.0.0.1 · {self.client_port}"))
        wait_for("both ends in words", lambda: any(f"Remote Port {self.client_port}" in row for row in self.rows()))

    def test_a_key_is_completed_and_what_is_typed_stays(self):
        wait_for("this process", lambda: any(row.startswith("python3, ") for row in self.rows()))
        keys("pyt")
        wait_for("its row alone", lambda: [row.split(",")[0] for row in self.rows()] == ["python3"])
        self.assertFalse(self.says("Port at either end"))
        keys("-k", "space", "po")
        wait_for("a way to go on", lambda: self.says("Port at either end"))
        keys("-k", "Tab", f"{self.port}")
        wait_for("it is taken", lambda: not self.says("Port at either end"))
        wait_for("this process still", lambda: [row.split(",")[0] for row in self.rows()] == ["python3"])
        keys("1")
        wait_for("nobody at another port", lambda: self.says("No Results"))
        keys("-k", "space", "c")
        wait_for("another way", lambda: self.says("Command line"))
        keys("-k", "Escape")
        wait_for("only the list is gone", lambda: not self.says("Command line"))
        self.assertTrue(self.says("No Results"))

    def test_the_details_of_a_process_list_its_connections(self):
        wait_for("this process", lambda: any(row.startswith("python3, ") for row in self.rows()))
        keys(f"port:{self.port}", "-k", "Return")
        wait_for("its row alone", lambda: [row.split(",")[0] for row in self.rows()] == ["python3"])
        keys("-k", "Return")
        there = f"127.0.0.1, port {self.client_port}"
        wait_for("its connection", lambda: self.says(there) and self.says("kB/s received"))
        self.press("Show in Table")
        self.window = wait_for("the connections", lambda: self.program.find_window("Network Connections"))
        wait_for("both ends and who listens", lambda: len(self.rows()) == 3)


if __name__ == "__main__":
    unittest.main()
