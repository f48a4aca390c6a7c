"""Pictures of windows: taken, kept small, and compared.

A kept picture is a PNG with a palette of the 256 colours that cover most of it; rarer ones, nearly all of them edges of
letters, become the nearest of these. The sum of the exact picture stands in it too, so that one that did not
change at all is found equal at once. Written with the standard library: the tree has no imaging library for Python.
"""

import bisect
import collections
import hashlib
import re
import struct
import subprocess
import zlib

SUM = b"sysmon-sum"
# What differs by less in each channel is a rounding, of the palette or of the font's edges.
NEAR = 40
# The share of pixels that may differ by more.
FEW = 0.0008


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
        counted = [colour for colour, _ in collections.Counter(colours).most_common()]
        # By brightness, so that the nearest need not be looked for among all.
        palette = sorted(counted[:256], key=sum)
        brightness = [sum(colour) for colour in palette]
        index = {colour: n for n, colour in enumerate(palette)}
        for colour in counted[256:]:
            at = bisect.bisect(brightness, sum(colour))
            index[colour] = min(range(max(at - 8, 0), min(at + 8, 256)), key=lambda n: distance(palette[n], colour))
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

    def is_exactly(self, picture):
        return self.chunks[b"tEXt"] == SUM + b"\0" + picture.sum()

    def colours(self):
        plain, step = self.chunks[b"PLTE"], self.width + 1
        palette = [tuple(plain[n : n + 3]) for n in range(0, len(plain), 3)]
        rows = zlib.decompress(self.chunks[b"IDAT"])
        flat = b"".join(rows[y * step + 1 : (y + 1) * step] for y in range(self.height))
        return [palette[n] for n in flat]

    def difference(self, picture):
        """Which pixels differ so that a person may see it, as numbers; None when the sizes do."""
        if (self.width, self.height) != (picture.width, picture.height):
            return None
        pairs = enumerate(zip(self.colours(), picture.split()))
        return [n for n, (a, b) in pairs if a != b and max(abs(x - y) for x, y in zip(a, b)) > NEAR]


def too_many(different, picture):
    """Whether so many pixels are another picture."""
    return different is None or len(different) > FEW * picture.width * picture.height


def marked(picture, different):
    """The picture, pale, with what differs in red."""
    pale = bytearray(picture.pixels.translate(bytes(170 + n // 3 for n in range(256))))
    for n in different or ():
        pale[3 * n : 3 * n + 3] = b"\xe0\x1b\x24"
    return Picture(picture.width, picture.height, bytes(pale))


def distance(a, b):
    return sum((x - y) ** 2 for x, y in zip(a, b))


def write_chunk(file, kind, data):
    file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


def read_chunks(data):
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += length + 12
