"""Pictures of windows: taken, kept small, and compared.

A kept picture is a PNG with a palette: the colours that cover most of it, and of the rarer ones, nearly all of them
edges of letters, those that are furthest from any other. What is left becomes the nearest of these, which nobody sees.
The sum of the exact picture stands in it too, so that one that did not change at all is found equal at once. Written
with the standard library: the tree has no imaging library for Python.
"""

import collections
import hashlib
import re
import struct
import subprocess
import zlib

SUM = b"sysmon-sum"
# So many colours of a palette are the most frequent ones.
FREQUENT = 192
# What differs by no more in each channel is a rounding: of the palette, which is within 14, or of another processor.
NEAR = 16
# So many pixels may differ by more: less than a letter has.
FEW = 20
# A colour of so many pixels is one that a person sees; it may differ by a rounding of another processor, not of the
# palette, since such a colour stands in it.
SEEN, SAME = 200, 3


class Picture:
    """Pixels, 3 bytes each, without gaps between rows."""

    def __init__(self, width, height, pixels):
        self.width, self.height, self.pixels = width, height, pixels

    @classmethod
    def of_screen(cls, x, y, width, height):
        """What is on the screen there, in pixels of the output's scale."""
        area = f"{x},{y} {width}x{height}"
        ppm = subprocess.run(["grim", "-t", "ppm", "-g", area, "-"], check=True, stdout=subprocess.PIPE).stdout
        magic, wide, high, _, pixels = re.match(rb"(P6)\s+(\d+)\s+(\d+)\s+(\d+)\s(.*)", ppm, re.DOTALL).groups()
        assert magic == b"P6"
        return cls(int(wide), int(high), pixels)

    def sum(self):
        return hashlib.sha256(b"%d %d " % (self.width, self.height) + self.pixels).hexdigest().encode()

    def split(self):
        pixels = self.pixels
        return list(zip(pixels[0::3], pixels[1::3], pixels[2::3]))

    def write(self, path):
        """Writes it as small as it gets without losing what a person sees."""
        colours = self.split()
        palette, index = palette_of(colours)
        flat = bytes(map(index.__getitem__, colours))
        rows = b"".join(b"\0" + flat[y * self.width : (y + 1) * self.width] for y in range(self.height))
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n")
            write_chunk(file, b"IHDR", struct.pack(">IIBBBBB", self.width, self.height, 8, 3, 0, 0, 0))
            write_chunk(file, b"tEXt", SUM + b"\0" + self.sum())
            write_chunk(file, b"PLTE", b"".join(map(bytes, palette)))
            write_chunk(file, b"IDAT", zlib.compress(rows, 9))
            write_chunk(file, b"IEND", b"")


class Kept:
    """A picture in a file that `Picture.write` wrote."""

    def __init__(self, path):
        data = path.read_bytes()
        self.chunks = dict(read_chunks(data))
        self.width, self.height = struct.unpack(">II", self.chunks[b"IHDR"][:8])
        plain = self.chunks[b"PLTE"]
        self.palette = [tuple(plain[n : n + 3]) for n in range(0, len(plain), 3)]

    def is_exactly(self, picture):
        return self.chunks[b"tEXt"] == SUM + b"\0" + picture.sum()

    def colours(self):
        step = self.width + 1
        rows = zlib.decompress(self.chunks[b"IDAT"])
        flat = b"".join(rows[y * step + 1 : (y + 1) * step] for y in range(self.height))
        return [self.palette[n] for n in flat]

    def difference(self, picture):
        """Which pixels differ so that a person sees it, as numbers; None when the sizes do."""
        if (self.width, self.height) != (picture.width, picture.height):
            return None
        split = picture.split()
        pairs = list(zip(self.colours(), split))
        own, others = set(self.palette), self.other_colours(split)
        # One of the palette stands for itself.
        seen = {
            (was, now)
            for was, now in set(pairs)
            if now in others or distance(was, now) > (SAME if now in own else NEAR)
        }
        different = [n for n, pair in enumerate(pairs) if pair in seen]
        return different if others or len(different) > FEW else []

    def other_colours(self, split):
        """Colours that cover much of these pixels and nothing here."""
        often = (colour for colour, times in collections.Counter(split).items() if times > SEEN)
        return {colour for colour in often if min(distance(colour, own) for own in self.palette) > SAME}


def palette_of(colours):
    """At most 256 of these colours, and of each which of them stands for it."""
    counted = [colour for colour, _ in collections.Counter(colours).most_common()]
    palette = counted[:FREQUENT]
    # How far the nearest is.
    far = {colour: min(distance(colour, own) for own in palette) for colour in counted[FREQUENT:]}
    while far and len(palette) < 256:
        furthest = max(far, key=far.get)
        palette.append(furthest)
        del far[furthest]
        far = {colour: min(least, distance(colour, furthest)) for colour, least in far.items()}
    index = {colour: n for n, colour in enumerate(palette)}
    for colour in far:
        index[colour] = min(range(len(palette)), key=lambda n: distance(palette[n], colour))
    return palette, index


def marked(picture, different):
    """The picture, pale, with what differs in red."""
    pale = bytearray(picture.pixels.translate(bytes(170 + n // 3 for n in range(256))))
    for n in different or ():
        pale[3 * n : 3 * n + 3] = b"\xe0\x1b\x24"
    return Picture(picture.width, picture.height, bytes(pale))


def distance(a, b):
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]), abs(a[2] - b[2]))


def write_chunk(file, kind, data):
    file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


def read_chunks(data):
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12
