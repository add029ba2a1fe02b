#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which file may include which: reads every #include of a source tree and prints each arrow that
breaks a rule, as FILE:LINE: TEXT. Exits with 1 if there is one.

    layering.py DIRECTORY...
"""
import os
import re
import sys
from fnmatch import fnmatch

# The folders of lib, lowest first. A folder includes only itself and folders of lines above its
# own; folders on one line include neither each other.
ORDER = [
    ["lib/util"],
    ["lib/profile"],
    ["lib/config"],
    ["lib/policy"],
    ["lib/lint", "lib/rules"],
    ["lib/nat"],
    ["lib/node/kernel"],
    ["lib/node"],
]

# Headers of other libraries and the kernel, and the only files that may include them. Tests may
# include all, to judge.
GUARDED = [
    ("yaml.h", ["lib/config/document_yaml.[ch]"]),
    ("libcidr.h", ["lib/util/prefix_netmask_cidr.c"]),
    ("libmnl/*", ["lib/node/kernel/*"]),
    ("linux/netfilter*", ["lib/node/kernel/*"]),
    ("json-c/*", ["tools/cli/*", "examples/cni/*"]),
    ("microhttpd.h", ["tools/apply/http*"]),
]

# Functions that start programs, and the only folder of the library that may call them.
STARTS = re.compile(r"\b(fork|vfork|posix_spawnp?|f?exec[lv][pe]{0,2}|execveat|popen|system)\s*\(")
MAY_START = "lib/node/"

# The tool folder that all tools share.
SHARED_TOOLS = "tools/cli"

TOP = ["lib", "tools", "include", "examples", "tests"]

INCLUDE = re.compile(r"^\s*#\s*include\b\s*(.*)$")
# A comment, or a string or character that may look like one.
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.DOTALL)


def without_comments(text, strings):
    """TEXT without its comments, and without its strings if STRINGS is "drop"; lines stay."""
    def blank(match):
        part = match.group(0)
        if part[0] == "/":
            return " " + "\n" * part.count("\n")
        return part if strings == "keep" else '""'
    return COMMENT.sub(blank, text)


def unit(path):
    """A .c file together with the .h of the same name."""
    return os.path.splitext(path)[0]


class Tree:
    def __init__(self, root):
        self.files = {}
        self.faults = []
        # (from, to): the first place where one unit includes another.
        self.arrows = {}
        for top in TOP:
            for folder, folders, names in os.walk(os.path.join(root, top)):
                folders.sort()
                for name in sorted(names):
                    if name.endswith((".c", ".h")):
                        path = os.path.join(folder, name)
                        with open(path, encoding="utf-8", errors="replace") as file:
                            self.files[os.path.relpath(path, root)] = file.read()

    def fault(self, place, text):
        self.faults.append(f"{place}: {text}")

    def find(self, path, name):
        """The file of the tree that PATH includes as NAME, or None."""
        top = path.split("/")[0]
        # A tool finds tools/lint/lint.h where the library finds lib/lint/lint.h.
        before = {"lib": ["lib", "include"], "tools": ["tools", "include"],
                  "include": ["include"], "examples": ["include"],
                  "tests": ["include", "lib", "tests", "tools"]}[top]
        for folder in [os.path.dirname(path)] + before + [top for top in TOP if top not in before]:
            found = os.path.normpath(os.path.join(folder, name))
            if found in self.files:
                return found
        return None

    def check_order(self, place, path, target):
        """An arrow that starts in lib."""
        if target == "include/ipmasq.h":
            return
        level = {folder: i for i, row in enumerate(ORDER) for folder in row}
        source, aim = os.path.dirname(path), os.path.dirname(target)
        if source not in level:
            # Told once per file, by check_file().
            return
        if aim not in level:
            self.fault(place, f"the library includes {target}")
        elif source != aim and level[aim] > level[source]:
            self.fault(place, f"upward: {source} includes {target}")
        elif source != aim and level[aim] == level[source]:
            self.fault(place, f"sideways: {source} includes {target}")

    def check_user(self, place, path, target):
        """An arrow that starts in a tool or an example."""
        folder = os.path.dirname(path)
        if target.startswith("lib/"):
            self.fault(place, f"{folder} includes {target} instead of ipmasq.h alone")
        elif path.startswith("tools/") and target.startswith(SHARED_TOOLS + "/"):
            return
        elif target != "include/ipmasq.h" and os.path.dirname(target) != folder:
            self.fault(place, f"{folder} includes {target}, which is not its own")

    def check_include(self, place, path, name, quoted):
        for header, users in GUARDED:
            users_of_all = users + ["tests/*"]
            if fnmatch(name, header) and not any(fnmatch(path, user) for user in users_of_all):
                self.fault(place, f"<{name}> belongs to {', '.join(users)}")
        target = self.find(path, name)
        if target is None:
            if quoted:
                self.fault(place, f'"{name}" is not in the tree')
            return
        if target != "include/ipmasq.h" and (".." in name or "/" not in name):
            self.fault(place, f'"{name}" does not name its folder ({target})')
        top = path.split("/")[0]
        if top == "lib":
            self.check_order(place, path, target)
        elif top in ("tools", "examples"):
            self.check_user(place, path, target)
        elif top == "include" and not target.startswith("include/"):
            self.fault(place, f"the public header includes {target}")
        if unit(path) != unit(target):
            self.arrows.setdefault((unit(path), unit(target)), place)

    def check_file(self, path, text):
        if path.startswith("lib/") and not any(os.path.dirname(path) in row for row in ORDER):
            self.fault(f"{path}:1", f"{os.path.dirname(path)} is not in the order of folders")
        for number, line in enumerate(without_comments(text, "keep").split("\n"), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            place = f"{path}:{number}"
            name = re.match(r'"([^"]+)"|<([^>]+)>', match.group(1))
            if name is None:
                self.fault(place, f"cannot read #include {match.group(1)}")
            else:
                self.check_include(place, path, name.group(1) or name.group(2), bool(name.group(1)))
        if path.startswith("lib/") and not path.startswith(MAY_START):
            for number, line in enumerate(without_comments(text, "drop").split("\n"), 1):
                for match in STARTS.finditer(line):
                    self.fault(f"{path}:{number}", f"{match.group(1)}() belongs to {MAY_START}")

    def shortest(self, start, end):
        """The shortest way from START to END along arrows, or None."""
        ways = [[start]]
        seen = {start}
        for way in ways:
            if way[-1] == end:
                return way
            for source, aim in self.arrows:
                if source == way[-1] and aim not in seen:
                    seen.add(aim)
                    ways.append(way + [aim])
        return None

    def check_circles(self):
        told = set()
        for source, aim in self.arrows:
            way = self.shortest(aim, source)
            if way is None or frozenset(way) in told:
                continue
            told.add(frozenset(way))
            circle = [source] + way
            steps = [f"{self.arrows[step]} {step[1]}" for step in zip(circle, circle[1:])]
            self.fault(self.arrows[source, aim], f"circle: {source} -> " + " -> ".join(steps))

    def check(self):
        for path, text in self.files.items():
            self.check_file(path, text)
        self.check_circles()
        return self.faults


def main():
    roots = sys.argv[1:]
    if not roots:
        sys.exit(__doc__)
    failed = False
    for root in roots:
        tree = Tree(root)
        if not any(path.startswith("lib/") for path in tree.files):
            sys.exit(f"{root}: no sources in lib")
        faults = tree.check()
        failed = failed or bool(faults)
        for fault in faults:
            print(fault if root == "." else f"{root}/{fault}")
        print(f"{root}: {len(tree.files)} files, {len(tree.arrows)} arrows, {len(faults)} faults",
              file=sys.stderr)
    sys.exit(1 if failed else 0)


main()
