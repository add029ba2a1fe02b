# SPDX-License-Identifier: Apache-2.0
"""
What examples/python/ipmasq says of the structs and functions of ipmasq.h is what the compiler says.

    python_abi.py HEADER DIRECTORY      CC: the compiler; DIRECTORY: for files

Prints what differs, and fails if something does.
"""

import ctypes
import os
import re
import shlex
import subprocess
import sys

from ipmasq import _native

STRUCTS = {"Source": "source", "Place": "place", "Finding": "finding",
           "PolicyDetails": "policy_details", "EntryDetails": "entry_details",
           "Decision": "decision", "Difference": "difference", "Result": "result", "Line": "line"}


def compiled(header, directory):
    """Each member's offset and size, as the compiler has them."""
    lines = ["#include <stddef.h>", "#include <stdio.h>", f'#include "{header}"',
             "#define MEMBER(s, m) printf(#s \".\" #m \" %zu %zu\\n\", offsetof(struct ipmasq_##s, m), "
             "sizeof(((struct ipmasq_##s *)0)->m))", "int main(void)", "{"]
    for name, struct in STRUCTS.items():
        lines += [f"\tMEMBER({struct}, {field[0]});"
                  for field in getattr(_native, name)._fields_]
    source, program = (os.path.join(directory, name) for name in ("members.c", "members"))
    with open(source, "w", encoding="ascii") as file:
        file.write("\n".join(lines + ["\treturn 0;", "}", ""]))
    subprocess.run([*shlex.split(os.environ.get("CC", "cc")), "-o", program, source], check=True)
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    return {line.split()[0]: tuple(map(int, line.split()[1:])) for line in printed.splitlines()}


def declared(header):
    """Each function's result, and how many parameters it has."""
    text = subprocess.run([*shlex.split(os.environ.get("CC", "cc")), "-E", "-P", header], check=True,
                          capture_output=True, text=True).stdout
    found = {}
    for match in re.finditer(r"([\w ]+?[ *]+)(ipmasq_\w+)\(([^)]*)\)\s*;", text):
        parameters = [part for part in match[3].split(",") if part.strip() != "void"]
        found[match[2]] = (match[1].strip(), len(parameters))
    return found


def result_of(function):
    """What ctypes should have for a result in C."""
    if function.startswith("const char"):
        return ctypes.c_char_p
    if function.endswith("*"):
        return ctypes.c_void_p
    return {"void": None, "size_t": ctypes.c_size_t}.get(function, ctypes.c_int)


def main():
    header, directory = sys.argv[1:]
    faults = []
    for member, found in compiled(header, directory).items():
        struct, field = member.split(".")
        name = next(name for name, known in STRUCTS.items() if known == struct)
        here = getattr(getattr(_native, name), field)
        if (here.offset, here.size) != found:
            faults.append(f"{member} is at {here.offset}, of {here.size} bytes, not {found}")
    functions = declared(header)
    for name, (result, *arguments) in _native.FUNCTIONS.items():
        if name not in functions:
            faults.append(f"{name} is not in the header")
        elif functions[name][1] != len(arguments):
            faults.append(f"{name} has {functions[name][1]} parameters, not {len(arguments)}")
        elif result_of(functions[name][0]) is not result:
            faults.append(f"{name} returns {functions[name][0]}, not {result}")
    print("\n".join(faults) or f"{len(_native.FUNCTIONS)} functions")
    sys.exit(1 if faults else 0)


main()
