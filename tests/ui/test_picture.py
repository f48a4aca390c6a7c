"""What a picture may differ in from the one that is kept, and what it may not."""

import collections
import pathlib
import random
import unittest

from picture import FEW, Kept, Picture
from support import temporary_folder

PICTURES = pathlib.Path(__file__).parents[1] / "pictures"


def text_in(picture, left, top, right, bottom):
    """Where in this place something stands on what is around it."""
    around = picture.at(left, top)
    places = [(x, y) for y in range(top, bottom) for x in range(left, right) if picture.at(x, y) != around]
    xs, ys = zip(*places)
    return min(xs), min(ys), max(xs) + 1, max(ys) + 1


class Canvas:
    """A picture to paint on."""

    def __init__(self, kept):
        self.width, self.height = kept.width, kept.height
        self.colours = kept.colours()

    def at(self, x, y):
        return self.colours[y * self.width + x]

    def put(self, x, y, colour):
        self.colours[y * self.width + x] = colour

    def move(self, area, dx, dy):
        """Moves what is in an area, and fills where it was with what is around it."""
        self.enlarge(area, 1, area[0] + dx, area[1] + dy)

    def enlarge(self, area, times, to_left, to_top):
        """Draws what is in an area larger, at another place."""
        left, top, right, bottom = area
        around = self.at(left - 1, top - 1)
        was = {(x, y): self.at(x, y) for y in range(top, bottom) for x in range(left, right)}
        for x, y in was:
            self.put(x, y, around)
        for y in range(round((bottom - top) * times)):
            for x in range(round((right - left) * times)):
                self.put(to_left + x, to_top + y, was[left + int(x / times), top + int(y / times)])

    def picture(self):
        return Picture(self.width, self.height, b"".join(map(bytes, self.colours)))


class Differences(unittest.TestCase):
    def setUp(self):
        self.kept = Kept(PICTURES / "main-light.png")
        self.canvas = Canvas(self.kept)
        # The heading in the middle of the header bar.
        self.title = text_in(self.canvas, 400, 6, 560, 26)

    def difference(self):
        return self.kept.difference(self.canvas.picture())

    def test_the_same_is_the_same(self):
        self.assertEqual(self.difference(), [])

    def test_another_processor_may_round_in_another_way(self):
        chance = random.Random(1)
        rounded = [tuple(min(255, max(0, part + chance.choice((-1, 0, 1)))) for part in colour) for colour in self.canvas.colours]
        self.canvas.colours = rounded
        self.assertEqual(self.difference(), [])

    def test_a_caret_may_be_there_or_not(self):
        for y in range(300, 300 + FEW):
            self.canvas.put(200, y, (0, 0, 0))
        self.assertEqual(self.difference(), [])

    def test_a_label_that_moved_by_a_pixel_is_seen(self):
        for dx, dy in ((1, 0), (0, 1)):
            with self.subTest(dx=dx, dy=dy):
                self.canvas = Canvas(self.kept)
                self.canvas.move(self.title, dx, dy)
                self.assertTrue(self.difference())

    def test_a_label_that_is_cut_is_seen(self):
        left, top, right, bottom = self.title
        around = self.canvas.at(left - 1, top)
        for y in range(top, bottom):
            for x in range(right - 8, right):
                self.canvas.put(x, y, around)
        self.assertTrue(self.difference())

    def test_text_of_another_size_is_seen(self):
        left, top, *_ = self.title
        self.canvas.enlarge(self.title, 1.1, left, top)
        self.assertTrue(self.difference())

    def test_a_line_of_another_colour_is_seen(self):
        often = [colour for colour, times in collections.Counter(self.canvas.colours).items() if times > 300]
        line = max(often, key=lambda it: max(it) - min(it))
        for other in ((line[0], line[1] + 6, line[2]), line[::-1]):
            with self.subTest(other=other):
                self.canvas = Canvas(self.kept)
                self.canvas.colours = [other if it == line else it for it in self.canvas.colours]
                self.assertTrue(self.difference())

    def test_a_background_that_becomes_that_of_something_else_is_seen(self):
        often = sorted(set(self.canvas.colours), key=self.canvas.colours.count)[-2:]
        self.canvas.colours = [often[0] if it == often[1] else it for it in self.canvas.colours]
        self.assertTrue(self.difference())

    def test_another_size_is_another_picture(self):
        self.assertIsNone(self.kept.difference(Picture(self.kept.width, 1, self.canvas.picture().pixels[: 3 * self.kept.width])))

    def test_what_is_written_is_what_is_read(self):
        chance = random.Random(2)
        colours = [(chance.randrange(256), chance.randrange(8), 7) for _ in range(90 * 30)]
        picture = Picture(90, 30, b"".join(map(bytes, colours)))
        path = temporary_folder(self) / "some.png"
        picture.write(path)
        kept = Kept(path)
        self.assertTrue(kept.is_exactly(picture))
        self.assertEqual(kept.difference(picture), [])


if __name__ == "__main__":
    unittest.main()
