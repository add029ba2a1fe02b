# SPDX-License-Identifier: Apache-2.0
"""
What ipmasq.conf(5) says of each key, as the schema for editors must say it too.

    schema.py CONF5           prints an object: the description of each key
    schema.py CONF5 SCHEMA    prints what differs between them; fails if something does

A description is each step of DECISION ORDER that names the key, and then its item of KEYS.
"""

import json
import re
import sys


def sections(lines):
    found, name = {}, None
    for line in lines:
        if line.startswith(".Sh "):
            name = line[4:]
            found[name] = []
        elif name:
            found[name].append(line)
    return found


def items(lines):
    """The items of the first list in a section, as lines with the one that starts the item."""
    found = []
    for line in lines:
        if line.startswith(".El"):
            break
        if line.startswith(".It"):
            found.append([line])
        elif found:
            found[-1].append(line)
    return found


def words(line):
    """A macro line as text: `.Fl Fl x` is --x, `.Pq Cm x` is (x), a mark at its end is not set off."""
    out, close = [], ""
    for word in line[1:].split():
        if word == "Pq":
            close = ")"
            out.append("(")
        elif word == "Fl":
            out.append("-")
        elif word in ("Cm", "Sx", "Ns", "Xr"):
            pass
        else:
            out.append(word)
    mark = out.pop() if out[-1:] and out[-1] in ".,;:" else ""
    text = " ".join(out) + close + mark
    text = re.sub(r"- - ", "--", text)
    return re.sub(r"\( ", "(", re.sub(r" ([.,;:])$", r"\1", text))


def text(lines):
    parts = [words(line) if line.startswith(".") else line for line in lines if line != ".Pp"]
    return " ".join(parts)


def descriptions(page):
    found = sections(page.split("\n"))
    steps = items(found["DECISION ORDER"])
    described = {}
    for item in items(found["KEYS"]):
        for key in item[0].replace(",", " ").split()[2:]:
            own = [text(step[1:]) for step in steps
                   if any(re.search(rf"(?<!\w){key}(?!\w)", line) for line in step)]
            described[key] = " ".join(own + [text(item[1:])])
    return described


def main():
    described = descriptions(open(sys.argv[1], encoding="utf-8").read())
    if len(sys.argv) == 2:
        json.dump(described, sys.stdout, indent=2)
        return
    properties = json.load(open(sys.argv[2], encoding="utf-8"))["properties"]
    failed = described.keys() != properties.keys()
    if failed:
        print("keys differ:", *sorted(described.keys() ^ properties.keys()))
    for key in described.keys() & properties.keys():
        if properties[key]["description"] != described[key]:
            failed = True
            print(f'{key} is described as "{properties[key]["description"]}", '
                  f'not as "{described[key]}"')
    sys.exit(failed)


main()
