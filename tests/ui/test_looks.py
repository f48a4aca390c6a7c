"""What is set about units and looks is seen at once in the windows that are open."""

import collections
import os
import unittest

import gi

gi.require_version("GdkPixbuf", "2.0")
from gi.repository import GdkPixbuf  # noqa: E402

from kept import Kept  # noqa: E402
from support import Atspi, choose, is_showing, key, screenshot, wait_for, walk  # noqa: E402


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


class Looks(Kept):
    def picture(self):
        path = self.folder / "screen.png"
        screenshot(path)
        return GdkPixbuf.Pixbuf.new_from_file(str(path))

    def pixels(self):
        """How many pixels on the screen have each colour."""
        picture = self.picture()
        pixels, width = picture.get_pixels(), picture.get_n_channels()
        rows = (pixels[y * picture.get_rowstride() :][: picture.get_width() * width] for y in range(picture.get_height()))
        return collections.Counter(row[at : at + 3] for row in rows for at in range(0, len(row), width))

    def has_colour(self, *colour):
        return self.pixels()[bytes(colour)] > 0

    def focused_chart(self, program, name):
        for _ in range(20):
            node = program.focused()
            if node is not None and node.get_role() == Atspi.Role.IMAGE and node.get_name() == name:
                return node
            key("Tab")
        raise AssertionError(f"Tab never comes to the graph {name}")

    def test_a_line_has_the_colour_that_was_chosen_until_it_is_reset(self):
        self.set("line-width", "6")
        program = self.start()
        wait_for_text(program, "All CPUs")
        self.assertFalse(self.has_colour(0xFF, 0, 0xFE))
        self.set("series-colors", "{'cpu': '#ff00fe'}")
        wait_for("the colour", lambda: self.has_colour(0xFF, 0, 0xFE))
        self.set("series-colors", "{'ram': '#00ff01'}")
        wait_for("the other colour", lambda: self.has_colour(0, 0xFF, 1) and not self.has_colour(0xFF, 0, 0xFE))
        key("comma", "ctrl")
        wait_for("the dialog", lambda: program.look_for("page tab", "Graphs"))
        go_to(program, "Colors")
        key("Return")
        wait_for_text(program, "Hard to see on a light background.")
        go_to(program, "Reset All Colors")
        key("Return")
        wait_for("nothing is chosen", lambda: self.get("series-colors") == "@a{ss} {}")
        wait_for("nothing is said", lambda: not any("Hard to see" in text for text in labels(program)))

    def test_the_background_becomes_translucent_and_opaque_again(self):
        program = self.start()
        wait_for_text(program, "All CPUs")

        def background():
            bright = (it for it in self.pixels().most_common(5) if min(it[0]) > 0xE0 and it[1] > 10_000)
            return next(bright, None)

        opaque, background = wait_for("the window on the screen", background)
        self.assertGreater(background, 10_000)
        self.set("opacity", "20")
        wait_for("another background", lambda: self.pixels()[opaque] < background / 10)
        self.set("opacity", "100")
        wait_for("the old one", lambda: self.pixels()[opaque] > background / 2)

    def test_keys_point_at_places_whichever_way_time_runs(self):
        program = self.start()
        # What a graph that has the focus says does not change by itself.
        graph = program.find("image", "CPU")
        wait_for("some samples", lambda: "highest" in (graph.get_description() or ""))
        chart = self.focused_chart(program, "CPU")
        self.set("inverted-time", "true")
        # The newest lies at the left now, and older ones to the right.
        key("End")
        oldest = wait_for("a moment", lambda: self.moment(chart))

        def newest():
            key("Home")
            return self.moment(chart) if self.moment(chart) > oldest else None

        newest = wait_for("a later moment", newest)
        key("p", "ctrl")
        key("Right")
        older = wait_for("the one before", lambda: self.moment(chart) if self.moment(chart) != newest else None)
        self.assertLess(older, newest)
        key("Left")
        wait_for("back again", lambda: self.moment(chart) > older)

    def moment(self, chart):
        text = chart.get_description() or ""
        return text.removeprefix("At ") if text.startswith("At ") else None

    def test_smoothing_can_be_said_at_the_start_and_is_not_kept(self):
        program = self.start("--smooth-window", "7")
        key("comma", "ctrl")
        wait_for("the dialog", lambda: program.look_for("page tab", "Graphs"))
        smoothing = go_to(program, "Smoothing")
        self.assertAlmostEqual(smoothing.get_value_iface().get_current_value(), 7)
        self.assertEqual(self.get("smoothing"), "uint32 1")


class EachCpu(Kept):
    def test_each_cpu_has_a_graph_that_says_what_it_shows(self):
        if len(os.sched_getaffinity(0)) < 2:
            self.skipTest("there is but one CPU")
        program = self.start()
        chart = wait_for("the graph", lambda: program.look_for("image", "CPU"))
        self.assertIsNone(program.look_for("image", "Each CPU"))
        key("comma", "ctrl")
        wait_for("the dialog", lambda: program.look_for("page tab", "Graphs"))
        go_to(program, "Each CPU")
        key("space")
        key("Escape")
        cores = wait_for("the graphs", lambda: program.look_for("image", "Each CPU"))
        wait_for("what they show", lambda: "CPU 1 " in (cores.get_description() or "") and "percent" in cores.get_description())
        self.assertTrue(is_showing(chart))
        wait_for("it is kept", lambda: self.get("per-core-graphs") == "true")
        self.set("per-core-graphs", "false")
        wait_for("they are gone", lambda: program.look_for("image", "Each CPU") is None)


class Import(Kept):
    def write(self, text):
        folder = self.folder / "config" / "SysMon"
        folder.mkdir()
        (folder / "SysMon.conf").write_text(text)

    def test_the_settings_of_the_qt_program_are_imported_once(self):
        self.write("[General]\nupdateInterval=2000\ntimeWindow=soon\n[colors]\ncpu=#ff00fe\n")
        program = self.start()
        program.provoked = "timeWindow has the value"
        wait_for_text(program, "Settings of SysMon for Qt were imported")
        wait_for("it is kept", lambda: self.get("update-interval") == "2.0" and "#ff00fe" in self.get("series-colors"))
        self.assertEqual(self.get("qt-settings-imported"), "true")
        self.assertEqual(self.get("time-window"), "uint32 60")
        self.assertIn("timeWindow", program.said.read_text())
        program.stop()

        self.set("update-interval", "0.5")
        again = self.start()
        wait_for_text(again, "All CPUs")
        self.assertFalse(any("were imported" in text for text in labels(again)))
        self.assertEqual(self.get("update-interval"), "0.5")


class Toasts(Kept):
    def test_what_had_the_focus_has_it_again_when_what_was_said_goes(self):
        # This stays until somebody closes it.
        (self.folder / "config" / "SysMon").mkdir()
        (self.folder / "config" / "SysMon" / "SysMon.conf").write_text("[General]\nupdateInterval=2000\n")
        program = self.start()
        wait_for_text(program, "Settings of SysMon for Qt were imported")
        self.assertNotEqual(wait_for("the focus", program.focused).get_name(), "Dismiss")
        go_to(program, "Network")
        key("Tab")
        program.wait_for_focus("image", "Network")
        go_to(program, "Dismiss")
        key("Return")
        program.wait_for_focus("image", "Network")
        wait_for("it is gone", lambda: not program.look_for("button", "Dismiss"))
        program.wait_for_focus("image", "Network")


class History(Kept):
    def test_the_history_is_cleared_after_a_question(self):
        program = self.start()
        # The oldest value is the first that stands there.
        chart = wait_for("the graph", lambda: next((node for node in program.all("image", "CPU")), None))
        wait_for("some samples", lambda: "second" in (chart.get_description() or ""))
        key("p", "ctrl")
        for confirm in (False, True):
            choose(program, "Clear History…")
            wait_for("the question", lambda: program.look_for("button", "Clear"))
            self.assertEqual(program.focused().get_name(), "Cancel")
            if confirm:
                go_to(program, "Clear")
            key("Return")
            wait_for("it is gone", lambda: not program.look_for("button", "Clear"))
            if not confirm:
                self.assertIn("second", chart.get_description())
        # Nothing comes while it is paused.
        wait_for("no values", lambda: chart.get_description() == "no values yet")


if __name__ == "__main__":
    unittest.main()
