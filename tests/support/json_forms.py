# SPDX-License-Identifier: Apache-2.0
"""
The JSON that the tools wrote is what its schema says, and what that of the last release said.

    json_forms.py SCHEMAS LIST [EXCEPT]...

SCHEMAS is the directory of the schemas. LIST has a line for each output: the name of its schema and
its file, separated by a tab; of the schema apply-log each line is an output. EXCEPT is a member, as
SCHEMA.MEMBER, that the outputs need not show. Prints what is wrong, and fails if something is:

  - an output that is not valid, or that has a member or a word which the schema does not name
  - an output that programs made for the last release (tests/schema) would not understand
  - a member that no output has, or has not with each of its types
  - a damage to an output that would not be found
"""

import copy
import json
import os
import sys

import jsonschema

RELEASED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "schema")
# What a member is changed to. No member is an object with this one.
DAMAGE = {"damage": True}


def strict(schema):
    """The schema without what it leaves to later versions: members and words that it does not name."""
    if isinstance(schema, list):
        return [strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        made["additionalProperties"] = False
    if len(made.get("anyOf", [])) == 2 and "enum" in made["anyOf"][0] and \
            made["anyOf"][1] == {"type": "string"}:
        made["anyOf"] = made["anyOf"][:1]
    return made


def read_schema(directory, name):
    with open(os.path.join(directory, name + ".schema.json"), encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    return schema


def resolved(schema, whole):
    while "$ref" in schema:
        schema = whole["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def type_name(value):
    names = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer",
             type(None): "null"}
    return names[type(value)]


def types_of(schema):
    """What a member may be."""
    if "anyOf" in schema:
        return set().union(*(types_of(part) for part in schema["anyOf"]))
    if "enum" in schema:
        return {type_name(value) for value in schema["enum"]}
    if "$ref" in schema:
        return {"object"}
    kind = schema["type"]
    return set(kind if isinstance(kind, list) else [kind])


def note_seen(schema, whole, value, path, seen):
    """Adds to `seen`, of each member, what it may be and what it was."""
    schema = resolved(schema, whole)
    for part in schema.get("anyOf", []):
        if "$ref" in part or "properties" in part:
            note_seen(part, whole, value, path, seen)
    if isinstance(value, list):
        for item in value:
            note_seen(schema.get("items", {}), whole, item, path, seen)
    elif isinstance(value, dict):
        for key, part in schema.get("properties", {}).items():
            where = f"{path}.{key}"
            may, was = seen.setdefault(where, (types_of(part), set()))
            if key in value:
                was.add(type_name(value[key]))
                note_seen(part, whole, value[key], where, seen)


def objects(value):
    """All objects in an output."""
    if isinstance(value, list):
        for item in value:
            yield from objects(item)
    elif isinstance(value, dict):
        yield value
        for item in value.values():
            yield from objects(item)


def undetected(output, now, before, optional):
    """Damages of the first objects, and of those in them, that a validator does not find."""
    first = output[:2] if isinstance(output, list) else output
    for index, original in enumerate(objects(first)):
        for key in original:
            changed = copy.deepcopy(first)
            list(objects(changed))[index][key] = DAMAGE
            gone = copy.deepcopy(first)
            del list(objects(gone))[index][key]
            more = copy.deepcopy(first)
            list(objects(more))[index]["damage"] = 1
            if now.is_valid(changed) or before.is_valid(changed):
                yield f"{key} of another type"
            if key not in optional and (now.is_valid(gone) or before.is_valid(gone)):
                yield f"{key} gone"
            if now.is_valid(more):
                yield f"a member beside {key}"
            # That is what may come.
            if before.is_valid(first) and not before.is_valid(more):
                yield f"a new member beside {key}, which programs must take"


def read_outputs(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            name, output = line.rstrip("\n").split("\t")
            with open(output, encoding="utf-8") as opened:
                if name == "apply-log":
                    for entry in opened:
                        yield name, json.loads(entry)
                else:
                    yield name, json.load(opened)


def main():
    directory, listed, excepted = sys.argv[1], sys.argv[2], set(sys.argv[3:])
    schemas, seen, faults = {}, {}, []
    for name, output in read_outputs(listed):
        if name not in schemas:
            whole = read_schema(directory, name)
            schemas[name] = (whole, jsonschema.Draft7Validator(strict(whole)),
                             jsonschema.Draft7Validator(read_schema(RELEASED, name)))
        whole, now, before = schemas[name]
        for validator, text in ((now, "is not of the schema"), (before, "breaks the last release")):
            faults += [f"{name}: {text}: {error.message} at {list(error.absolute_path)}"
                       for error in validator.iter_errors(output)]
        note_seen(whole, whole, output, name, seen)
        optional = {"sources"} if name != "apply-log" else set(output) - {"level", "msg"}
        faults += [f"{name}: not found: {text}"
                   for text in undetected(output, now, before, optional)]
    for where, (may, was) in sorted(seen.items()):
        if where not in excepted and may - was:
            faults.append(f"{where}: was never {' or '.join(sorted(may - was))}")
    print("\n".join(faults[:40]))
    print(f"{len(schemas)} schemas, {len(seen)} members", file=sys.stderr)
    sys.exit(1 if faults or not seen else 0)


main()
