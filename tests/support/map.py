#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Judges the pictures of ipmasq-explain --map.

    map.py places TABLE.json          prints addresses to ask about: the ends of the IPv4 ranges of a
                                      --table, and others, at most 2000
    map.py shapes SVG WORDS           the shapes cover the square once, and where each address of WORDS
                                      (address, word, entry or -, separated by tabs) is, the legend and
                                      the tooltip say that word
    map.py answers TABLE.json         the words, with addresses, of the answers of --from
    map.py pixels PNG PLACES          each line of PLACES is so: "ADDRESS #rrggbb" and "X,Y #rrggbb" name
                                      a pixel and its colour; "X,Y,X,Y !#rrggbb PERCENT", that so much
                                      of a rectangle has another colour
"""
import json
import random
import re
import struct
import sys
import xml.etree.ElementTree as xml
import zlib
from ipaddress import IPv4Address, ip_network

SVG = "{http://www.w3.org/2000/svg}"
SIDE = 1024
# Where the square is in the picture.
LEFT = TOP = 32


def place(address):
    """The position of an address in the square. The bits of the curve are taken from the lowest up,
    with the picture so far turned each time."""
    x = y = 0
    rest = int(IPv4Address(address))
    for level in range(16):
        side = 1 << level
        right = 1 & (rest >> 1)
        down = 1 & (rest ^ right)
        if down == 0:
            if right == 1:
                x, y = side - 1 - x, side - 1 - y
            x, y = y, x
        x += side * right
        y += side * down
        rest >>= 2
    return (x + 0.5) * SIDE / 65536, (y + 0.5) * SIDE / 65536


def borders(path):
    """The polygons of a path that has only M, h, v and z."""
    assert re.fullmatch(r"(M\d+ \d+([hv]-?\d+)+z)+", path), path
    for part in path.split("M")[1:]:
        x, y = map(int, re.match(r"(\d+) (\d+)", part).groups())
        corners = [(x, y)]
        for way, length in re.findall(r"([hv])(-?\d+)", part):
            x, y = (x + int(length), y) if way == "h" else (x, y + int(length))
            corners.append((x, y))
        yield corners


class Shape:
    def __init__(self, path):
        self.colour = path.get("class")
        self.title = path.find(SVG + "title").text
        self.borders = list(borders(path.get("d")))
        edges = [corner for border in self.borders for corner in border]
        self.box = (min(x for x, _ in edges), min(y for _, y in edges),
                    max(x for x, _ in edges), max(y for _, y in edges))

    def has(self, x, y):
        if not (self.box[0] < x < self.box[2] and self.box[1] < y < self.box[3]):
            return False
        inside = False
        for corners in self.borders:
            for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1]):
                if x1 == x2 and x1 > x and min(y1, y2) < y < max(y1, y2):
                    inside = not inside
        return inside

    def area(self):
        total = 0
        for corners in self.borders:
            for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1]):
                total += x1 * y2 - x2 * y1
        return total / 2

    def range(self):
        """First and last address, by the tooltip."""
        text = self.title.split(": ")[0]
        if "-" in text:
            return tuple(int(IPv4Address(end)) for end in text.split("-"))
        net = ip_network(text)
        return int(net[0]), int(net[-1])


def legend_of(tree):
    """The word of each colour, and what stands behind it."""
    words, meanings = {}, {}
    colour = None
    for item in tree.iter():
        if item.tag == SVG + "rect" and item.get("class", "").endswith(" chip") and \
                item.get("width") == "20":
            colour = item.get("class").split()[0]
        elif item.tag == SVG + "rect" and colour:
            # The chip of mixed cells has a dot.
            colour = item.get("class")
        elif item.tag == SVG + "tspan" and colour:
            words[colour], meanings[colour] = item.text, item.tail.strip()
            colour = None
    return words, meanings


def shapes(svg, expected):
    tree = xml.parse(svg)
    words, meanings = legend_of(tree)
    found = [Shape(path) for path in tree.iter(SVG + "path") if path.find(SVG + "title") is not None]
    dots = [(float(dot.get("x")), float(dot.get("y")), dot.get("class").split()[0])
            for dot in tree.iter(SVG + "rect") if dot.get("class", "").endswith(" dot")]
    node = "DEPENDS" in words.values()
    changes = not node and any("→" in word for word in words.values())
    assert words and found
    assert sum(shape.area() for shape in found) == SIDE * SIDE, "the shapes do not cover the square"
    numbers = [item.text for item in tree.iter(SVG + "text") if item.get("class") == "n"]
    assert sorted(map(int, numbers)) == list(range(256)), "numbers are missing"
    mixed = 0
    for line in open(expected):
        address, word, entry = line.rstrip("\n").split("\t")
        x, y = place(address)
        here = [shape for shape in found if shape.has(x, y)]
        assert len(here) == 1, (address, [shape.title for shape in here])
        shape = here[0]
        first, last = shape.range()
        assert first <= int(IPv4Address(address)) <= last, (address, shape.title)
        lines = shape.title.split("\n")
        if len(lines) == 1:
            assert words[shape.colour] == word, (address, word, shape.title)
            assert lines[0].split(": ")[1].split(",")[0] == word, (address, word, shape.title)
            assert entry == "-" or entry in lines[0], (address, entry, shape.title)
            continue
        # A cell with several ranges: its counts have the word, and they add up.
        counts = re.findall(r"([\d,]+) ([A-Z →]+)(?:, |$)", re.sub(r"^\S+ [\d,]+ ranges, ", "", lines[0]))
        assert word in [name for _, name in counts], (address, word, lines[0])
        assert sum(int(n.replace(",", "")) for n, _ in counts) == last - first + 1, lines[0]
        x1, y1, x2, y2 = shape.box
        dot = [colour for x, y, colour in dots if x1 < x < x2 and y1 < y < y2]
        dotted = len(dot) == 1
        assert dotted or not dot, shape.title
        most = max(counts, key=lambda count: int(count[0].replace(",", "")))[1]
        assert words[shape.colour] == ("mixed" if len(counts) > 1 and not dotted else most), shape.title
        assert dotted <= (len(counts) > 1), shape.title
        if len(counts) > 1:
            mixed += 1
            changed = any("→" in name or name == "DEPENDS" for _, name in counts)
            colour = dot[0] if dotted else shape.colour
            assert meanings[colour] == (
                ("the node departs for some addresses of the cell" if changed else
                 "both verdicts in one cell, as the policy says") if node else
                "both verdicts in one cell" if not changes else
                "some addresses of the cell change" if changed else
                "both verdicts in one cell, unchanged"), (shape.title, meanings[colour])
    print(len(found), "shapes,", mixed, "answers from mixed cells")


def places(table):
    random.seed(1)
    numbers = {random.getrandbits(32) for _ in range(300)}
    for it in json.load(open(table)):
        if ":" in it["address"]:
            continue
        ends = it["address"].split("-")
        net = ip_network(ends[0])
        first, last = int(net[0]), int(IPv4Address(ends[-1].split("/")[0])) | int(net[-1]) - int(net[0])
        numbers |= {first, last, random.randint(first, last)}
    for number in random.sample(sorted(numbers), min(len(numbers), 2000)):
        print(IPv4Address(number))


def answers(table):
    for it in json.load(open(table)):
        wanted = it["policy"]["verdict"]
        print(it["address"], {
            True: wanted,
            False: "RETURN → REWRITTEN" if wanted == "RETURN" else "MASQUERADE → OTHERWISE",
            None: "DEPENDS"}[it["agrees"]], "-", sep="\t")


def read_png(path):
    """Width, height, bytes per pixel and lines of a PNG with 8 bits per channel."""
    data = open(path, "rb").read()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            assert depth == 8 and colour in (2, 6) and not interlaced
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    size = 3 if colour == 2 else 4
    raw = zlib.decompress(packed)
    lines, above = [], bytearray(width * size)
    for number in range(height):
        start = number * (width * size + 1)
        kind, line = raw[start], bytearray(raw[start + 1:start + 1 + width * size])
        for i in range(len(line)):
            a = line[i - size] if i >= size else 0
            b, c = above[i], above[i - size] if i >= size else 0
            if kind == 4:
                p = a + b - c
                near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            else:
                near = (0, a, b, (a + b) // 2)[kind]
            line[i] = line[i] + near & 255
        lines.append(line)
        above = line
    return width, height, size, lines


def pixels(png, wanted):
    width, height, size, lines = read_png(png)

    def colour(x, y):
        return "#%02x%02x%02x" % tuple(lines[y][x * size:x * size + 3])

    faults = 0
    for line in open(wanted):
        where, want, *share = line.split()
        numbers = where.split(",")
        if len(numbers) == 4:
            x1, y1, x2, y2 = map(int, numbers)
            here = [colour(x, y) for y in range(y1, y2) for x in range(x1, x2)]
            got = 100 - 100 * here.count(want[1:]) / len(here)
            fine = want[0] == "!" and got >= float(share[0])
        else:
            x, y = map(int, numbers) if len(numbers) == 2 else \
                (int(LEFT + place(where)[0]), int(TOP + place(where)[1]))
            got = colour(x, y)
            fine = got == want
        if not fine:
            print("%s: at %s: %s, wanted %s" % (png, where, got, " ".join([want] + share)))
            faults += 1
    print("%s: %d by %d, %d faults" % (png, width, height, faults))
    return faults > 0


if __name__ == "__main__":
    sys.exit({"places": places, "shapes": shapes, "answers": answers,
              "pixels": pixels}[sys.argv[1]](*sys.argv[2:]))
