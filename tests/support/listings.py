# SPDX-License-Identifier: Apache-2.0
"""
Does what a document says, in the present directory.

    listings.py DOCUMENT

A line "Save this as FILE:" is followed by the file, indented by four blanks. "    $ COMMAND" is run
by bash, and must print the indented lines after it, whatever its exit status. Commands that need no
file come in the order of the document. Prints what differs, and fails if something does.
"""

import re
import subprocess
import sys


def unindented(lines):
    return "\n".join(line[4:] for line in lines).strip("\n") + "\n"


def blocks(text):
    """Indented blocks, each with the line of text before it. Empty lines are part of them."""
    lines, before, block = text.split("\n"), "", []
    for line in lines + ["."]:
        if line.startswith("    ") or (not line and block):
            block.append(line)
        elif line:
            if block:
                yield before, block
            before, block = line, []


def commands(block):
    """Each command with what it should print."""
    command, wanted = None, []
    for line in [line[4:] for line in block if line] + ["$ "]:
        if line.startswith("$ "):
            if command:
                yield command, "".join(one + "\n" for one in wanted)
            command, wanted = line[2:], []
        elif command:
            wanted.append(line)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    files = runs = faults = 0
    for before, block in blocks(text):
        saved = re.fullmatch(r"Save this as (\S+):", before)
        if saved:
            # A file ends where commands begin.
            end = next((i for i, line in enumerate(block) if line.startswith("    $ ")), len(block))
            with open(saved[1], "w", encoding="utf-8") as made:
                made.write(unindented(block[:end]))
            files, block = files + 1, block[end:]
        for command, wanted in commands(block):
            done = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, check=False)
            runs += 1
            if done.stdout != wanted:
                faults += 1
                print(f"$ {command}\n{done.stdout}instead of\n{wanted}")
    print(f"{files} files, {runs} commands, {faults} faults")
    sys.exit(1 if faults or not files or not runs else 0)


main()
