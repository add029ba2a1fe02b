#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints the native table of a family as iptables-save would print the same decisions.

    nft -j list table ip ipmasq | native_save.py

Elements of a verdict map become rules in its place, and the base chain one that POSTROUTING jumps to.
It shares no code with the library: the interpreter of scripts reads what it prints. What it does not
know it prints as a rule that no interpreter takes.
"""

import ipaddress
import json
import sys

BITS = {"ip": 32, "ip6": 128}
OFFSETS = {"ip": {96: "-s", 128: "-d"}, "ip6": {64: "-s", 192: "-d"}}
OPTIONS = {"saddr": "-s", "daddr": "-d"}


class Unknown(Exception):
    pass


def load(stream):
    text = stream.read()
    return json.loads(text)["nftables"] if text.strip() else []


def number_of(text, bits):
    """An address, a number in words, or a number, as a number. nft prints some as signed ones."""
    # An element with a comment.
    if isinstance(text, dict):
        text = text["elem"]["val"]
    if isinstance(text, int):
        return text % (1 << bits)
    if text.startswith("0x"):
        return int(text, 16)
    return int(ipaddress.ip_address(text))


def cidr(family, number, length):
    kind = ipaddress.IPv4Address if family == "ip" else ipaddress.IPv6Address
    return f"{kind(number)}/{length}"


def key_of(family, key):
    """The option, the bits that are loaded, and those of them that count."""
    mask = None
    if "&" in key:
        key, mask = key["&"]
    payload = key["payload"]
    if "field" in payload:
        option, loaded = OPTIONS[payload["field"]], BITS[family]
    else:
        option, loaded = OFFSETS[family][payload["offset"]], payload["len"]
    if mask is None:
        return option, loaded, loaded
    ones = bin(number_of(mask, loaded)).count("1")
    if number_of(mask, loaded) != ((1 << ones) - 1) << (loaded - ones):
        raise Unknown(f"mask {mask}")
    return option, loaded, ones


def verdict(expression):
    if "return" in expression:
        return "-j RETURN"
    if "goto" in expression:
        return "-g " + expression["goto"]["target"]
    raise Unknown(str(expression))


def lookup(family, vmap, maps):
    option, loaded, bits = key_of(family, vmap["key"])
    data = vmap["data"]
    elements = maps[data[1:]] if isinstance(data, str) else data["set"]
    for key, to in elements:
        number = number_of(key, loaded) << (BITS[family] - loaded)
        yield f"{option} {cidr(family, number, bits)} {verdict(to)}"


def match(family, m):
    left, right = m["left"], m["right"]
    if left == {"fib": {"result": "type", "flags": "daddr"}} and m["op"] == "!=" and right == "local":
        return "-m addrtype ! --dst-type LOCAL"
    if left == {"fib": {"result": "type", "flags": ["daddr"]}} and m["op"] == "!=":
        return "-m addrtype ! --dst-type LOCAL"
    if left == {"meta": {"key": "l4proto"}} and m["op"] == "==":
        return f"-p {right}"
    if "numgen" in left and m["op"] == "<" and left["numgen"]["mod"] % (1 << 32) == 1 << 31:
        share = right / (1 << 31)
        return f"-m statistic --mode random --probability {share:.11f}"
    if m["op"] not in ("==", "in") or "payload" not in left and "&" not in left:
        raise Unknown(str(m))
    option, loaded, bits = key_of(family, left)
    if isinstance(right, dict):
        right, bits = right["prefix"]["addr"], right["prefix"]["len"]
    number = number_of(right, loaded) << (BITS[family] - loaded)
    return f"{option} {cidr(family, number, bits)}"


def masquerade(options):
    words = ["-j MASQUERADE"]
    if options:
        port = options.get("port")
        if isinstance(port, dict):
            port = "{}-{}".format(*port["range"])
        if port:
            words.append(f"--to-ports {port}")
        flags = options.get("flags", [])
        if "fully-random" in ([flags] if isinstance(flags, str) else flags):
            words.append("--random-fully")
    return " ".join(words)


def rule(family, expressions, maps):
    words = []
    for e in expressions:
        if "match" in e:
            words.append(match(family, e["match"]))
        elif "masquerade" in e:
            words.append(masquerade(e["masquerade"]))
        elif "vmap" in e:
            for line in lookup(family, e["vmap"], maps):
                yield " ".join(words + [line])
            return
        else:
            words.append(verdict(e))
    yield " ".join(words)


def main():
    objects = load(sys.stdin)
    maps = {o["map"]["name"]: o["map"].get("elem", []) for o in objects if "map" in o}
    chains = [o["chain"] for o in objects if "chain" in o]
    rules = [o["rule"] for o in objects if "rule" in o]
    print("*nat\n:POSTROUTING ACCEPT")
    for chain in chains:
        print(f":{chain['name']} -")
    not_local = "-m addrtype ! --dst-type LOCAL "
    bases = {c["name"] for c in chains if "hook" in c}
    for name in bases:
        print(f"-A POSTROUTING {not_local}-j {name}")
    for r in rules:
        try:
            for line in rule(r["family"], r["expr"], maps):
                if r["chain"] in bases:
                    line = line.replace(not_local, "", 1)
                print(f"-A {r['chain']} {line}")
        except (Unknown, KeyError) as e:
            print(f"-A {r['chain']} -m unknown {e!r}")
    print("COMMIT")


main()
