"""What is set about units and looks is seen at once in the windows that are open."""

import unittest

from kept import Kept
from support import Atspi, is_showing, key, wait_for, walk


def labels(program):
    """The texts of all labels and headings that can be seen."""
    return [node.get_name() or "" for node in walk(program.root) if is_showing(node)]


def wait_for_text(program, part):
    wait_for(f"“{part}”", lambda: any(part in text.replace("\u00a0", " ") for text in labels(program)))


def go_to(program, start):
    """Moves the focus with Tab to what is called like this."""
    for _ in range(40):
        focused = program.focused()
        if focused is not None and (focused.get_name() or "").startswith(start):
            return focused
        key("Tab")
    raise AssertionError(f"Tab never comes to {start}")


class Units(Kept):
    def test_the_network_is_shown_in_bits_in_every_window(self):
        program = self.start("--open", "network")
        wait_for_text(program, "B/s")
        wait_for("the table", lambda: "Network Processes" in program.windows())
        self.set("network-bits", "true")
        self.set("units", "iec")
        wait_for_text(program, "bit/s")
        # The memory of the contributor, at the latest.
        wait_for_text(program, "iB")
        self.set("network-bits", "false")
        wait_for("no bits any more", lambda: not any("bit/s" in text for text in labels(program)))

    def test_the_heading_says_what_cpu_time_is_a_share_of(self):
        program = self.start("--open", "cpu")
        wait_for_text(program, "CPU % of Core")
        self.set("cpu-scale", "machine")
        wait_for_text(program, "CPU % of Machine")
        self.assertFalse(any("% of Core" in text for text in labels(program)))

    def test_units_are_chosen_in_the_preferences(self):
        program = self.start()
        key("comma", "ctrl")
        wait_for("the dialog", lambda: program.look_for("page tab", "General"))
        go_to(program, "Graphs")
        key("Right")
        key("Right")
        key("space")
        bits = go_to(program, "Network in Bits")
        self.assertFalse(bits.get_state_set().contains(Atspi.StateType.CHECKED))
        key("space")
        wait_for_text(program, "bit/s")
        wait_for("it is kept", lambda: self.get("network-bits") == "true")


if __name__ == "__main__":
    unittest.main()
