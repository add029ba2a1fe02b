# SPDX-License-Identifier: Apache-2.0
"""Policies: what a configuration means, why, in rules, and what another one changes."""

import ctypes
import ipaddress
import json
import os
import weakref
from dataclasses import dataclass, field
from typing import Mapping, Optional, Sequence, Tuple, Union

from . import _native as native
from ._native import Owned, call, encoded, read, text
from .errors import Diags, Place, Rejected, check

Address = Union[str, ipaddress.IPv4Address, ipaddress.IPv6Address]
_MODES = {"auto": 0, "on": 1, "off": 2}
_FEATURES = {"ipv6": 0, "random_fully": 1, "reserved_ranges": 2}
_NFTABLES = 0x2


def _packed(address):
    """The family and the bytes of an address."""
    parsed = ipaddress.ip_address(address)
    return parsed.version, parsed.packed


def _unpacked(family, data):
    return ipaddress.ip_address(bytes(data)[:4 if family == 4 else 16])


@dataclass(frozen=True)
class Entry:
    """An entry that decides."""

    verdict: str
    """MASQUERADE or RETURN."""
    origin: str
    """The key of the configuration, link-local, or none."""
    cidr: Optional[str]
    host: Optional[str]
    place: Optional[Place]
    """None: it is built in."""

    def __str__(self):
        return "{} by {}{} ({})".format(self.verdict, f"{self.cidr} in " if self.cidr else "",
                                        self.origin, self.place or "built in")

    @classmethod
    def _of(cls, entry):
        if not entry:
            return None
        info = read("entry_info", native.EntryDetails, entry)
        return cls(text(call("verdict_name", info.verdict)), text(call("origin_name", info.origin)),
                   text(info.cidr) or None, text(info.host), Place._of(info.place))


@dataclass(frozen=True)
class Decision:
    """Why an address gets its verdict."""

    address: Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
    entry: Entry
    overrides: Tuple[Entry, ...]
    """Those that match as well but come later."""

    @property
    def verdict(self):
        return self.entry.verdict

    def __str__(self):
        return "\n".join([f"{self.address}: {self.entry}"] +
                         [f"  overrides {entry}" for entry in self.overrides])


@dataclass(frozen=True)
class Difference:
    """Addresses, one CIDR, whose verdict changes."""

    cidr: str
    sources: bool
    """They are sources, which one policy returns whatever their destination."""
    to: str
    before: Optional[Entry]
    after: Optional[Entry]

    def __str__(self):
        change = {"MASQUERADE": "RETURN -> MASQUERADE", "RETURN": "MASQUERADE -> RETURN"}[self.to]
        return f"{'from ' if self.sources else ''}{self.cidr}: {change}"


@dataclass(frozen=True)
class Options:
    """What does not stand in the configuration."""

    profile: Optional[str] = None
    chain: Optional[str] = None
    to_ports: Optional[str] = None
    ipv6: str = "auto"
    """auto, on or off; so are the next two."""
    random_fully: str = "auto"
    reserved_ranges: str = "auto"
    hosts: Mapping[str, Sequence[Address]] = field(default_factory=dict)
    """The addresses of host names, which some profiles take."""


class _Hosts(Owned):
    def __init__(self, hosts):
        status, pointer = self._new("hosts")
        check(status)
        super().__init__(pointer, "hosts")
        for name, addresses in hosts.items():
            for address in addresses:
                check(call("hosts_add", self.handle, encoded(name), *_packed(address)),
                      f"{name}: {address}")


class _Options(Owned):
    def __init__(self, options, diags):
        status, pointer = self._new("options")
        check(status)
        super().__init__(pointer, "options")
        for name in ("profile", "chain", "to_ports"):
            if getattr(options, name) is not None:
                diags.check(call("options_set_" + name, self.handle,
                                 encoded(getattr(options, name)), diags.handle), name)
        for name, feature in _FEATURES.items():
            mode = getattr(options, name)
            if mode not in _MODES:
                raise ValueError(f"{name} is auto, on or off, not {mode!r}")
            check(call("options_set_mode", self.handle, feature, _MODES[mode]))
        self._hosts = _Hosts(options.hosts)
        check(call("options_set_hosts", self.handle, self._hosts.handle))

    def close(self):
        super().close()
        self._hosts.close()


class _Config(Owned):
    def __init__(self, sources, options, diags):
        status, pointer = self._new("config", options.handle)
        check(status)
        super().__init__(pointer, "config")
        for name, data in sources:
            source = native.Source(kind=native.SOURCE_PATH, name=encoded(name))
            if data is not None:
                source.kind, source.size = native.SOURCE_DATA, len(data)
                source.data = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p)
            diags.check(call("config_load", self.handle, ctypes.byref(source), diags.handle), name)


class Policy(Owned):
    """What a configuration means: for every address, the entry that decides."""

    def __init__(self, sources=(), options=None, lint=False):
        """`sources` are pairs: a name, and the bytes, or None to read the file of that name."""
        options = options or Options()
        with Diags() as diags, _Options(options, diags) as made, \
                _Config(sources, made, diags) as config:
            status, pointer = self._new("policy", config.handle, made.handle, diags.handle)
            diags.check(status)
            super().__init__(pointer, "policy")
            if lint:
                check(call("policy_lint", self.handle, config.handle, made.handle, diags.handle))
                check(call("diags_settle", diags.handle))
            self.findings = diags.findings()
        self._dependants = weakref.WeakSet()

    @classmethod
    def load(cls, *paths, options=None):
        """Of files and directories, which are united; of none: the defaults."""
        return cls([(os.fspath(path), None) for path in paths], options)

    @classmethod
    def parse(cls, data, name="<text>", options=None):
        """Of YAML or JSON, as a str or bytes. Findings call it `name`."""
        return cls([(name, data.encode() if isinstance(data, str) else bytes(data))], options)

    @classmethod
    def of(cls, mapping, options=None):
        """Of a mapping with the keys of ipmasq.conf(5)."""
        return cls.parse(json.dumps(mapping), "<mapping>", options)

    def close(self):
        for dependant in list(self._dependants):
            dependant.close()
        super().close()

    @property
    def chain(self):
        """The chain that holds the rules; empty where the profile's agent has none."""
        return text(read("policy_info", native.PolicyDetails, self.handle).chain)

    def entries(self, family):
        """The entries of a family, 4 or 6, in decision order."""
        made = []
        while entry := call("policy_entry", self.handle, family, len(made)):
            made.append(Entry._of(entry))
        return tuple(made)

    def explain(self, address, source=None):
        """Why an address gets its verdict, for packets of a pod or of `source`."""
        family, packed = _packed(address)
        source_family, source_packed = (family, None) if source is None else _packed(source)
        if source_family != family:
            raise ValueError(f"{address} and {source} are not of one family")
        decision = ctypes.POINTER(native.Decision)()
        check(call("policy_explain", self.handle, family, packed, source_packed,
                   ctypes.byref(decision)))
        try:
            found = decision.contents
            return Decision(ipaddress.ip_address(packed), Entry._of(found.entry),
                            tuple(Entry._of(found.overrides[i])
                                  for i in range(found.override_count)))
        finally:
            call("decision_free", decision)

    def script(self, family, nftables=False):
        """The script for iptables-restore --noflush or nft -f, proved to be the policy."""
        ruleset = ctypes.c_void_p()
        check(call("ruleset_new", self.handle, family, _NFTABLES if nftables else 0,
                   ctypes.byref(ruleset)), "no rules")
        try:
            check(call("ruleset_prove", ruleset, self.handle, None), "the proof")
            script = ctypes.c_void_p()
            check(call("ruleset_script", ruleset, ctypes.byref(script), None))
            return native.take_text(script)
        finally:
            call("ruleset_free", ruleset)

    def partition(self, family):
        """For every destination, the entry that decides: to look many addresses up."""
        return Partition(self, family)


class Partition(Owned):
    """The address space of a family in ranges, each with the one entry that decides."""

    def __init__(self, policy, family):
        status, pointer = self._new("partition", policy.handle, family)
        check(status)
        super().__init__(pointer, "partition")
        self._family = family
        # It must live longer.
        self._policy = policy
        policy._dependants.add(self)

    def __len__(self):
        return call("partition_count", self.handle)

    def __iter__(self):
        """Its ranges: the first address, the last, and the entry."""
        for index in range(len(self)):
            first, last = ctypes.create_string_buffer(16), ctypes.create_string_buffer(16)
            entry = call("partition_get", self.handle, index, first, last)
            yield (_unpacked(self._family, first.raw), _unpacked(self._family, last.raw),
                   Entry._of(entry))

    def masquerades(self, address):
        """Whether an address is masqueraded: the fast path."""
        family, packed = _packed(address)
        if family != self._family:
            raise ValueError(f"{address} is not an IPv{self._family} address")
        return call("entry_verdict", call("partition_lookup", self.handle, packed)) == 1


class _Diff(Owned):
    def __init__(self, before, after):
        status, pointer = self._new("diff", before.handle, after.handle)
        check(status)
        super().__init__(pointer, "diff")


def diff(before, after):
    """What another policy changes, as the fewest CIDRs."""
    made = []
    with _Diff(before, after) as found:
        while (one := read("diff_get", native.Difference, found.handle, len(made))) is not None:
            room = ctypes.create_string_buffer(native.TEXT_MAX)
            call("format_range", one.family, bytes(one.first), bytes(one.last), room)
            made.append(Difference(text(room.value), one.sources,
                                   text(call("verdict_name", one.to)), Entry._of(one.before),
                                   Entry._of(one.after)))
    return tuple(made)


def lint(*paths, options=None):
    """Everything to say about a configuration, errors too, as findings."""
    try:
        with Policy([(os.fspath(path), None) for path in paths], options, lint=True) as policy:
            return policy.findings
    except Rejected as rejected:
        return rejected.findings
