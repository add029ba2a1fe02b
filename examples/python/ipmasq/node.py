# SPDX-License-Identifier: Apache-2.0
"""Nodes: what a kernel holds, and how it is brought in line with a policy."""

from dataclasses import dataclass
from typing import Optional, Tuple

from . import _native as native
from ._native import Owned, call, encoded, read, text, word_number
from .errors import Diags, Finding, Place, Rejected, check

_PATH_NETNS = 0


@dataclass(frozen=True)
class Result:
    """What was found or done in one family."""

    state: str
    """unknown, in line, changed, drift, skipped, failed, overridden, or a word of a later version."""
    backend: Optional[str]
    lines: Tuple[str, ...]
    error: Optional[Finding]
    """The first failure."""


@dataclass(frozen=True)
class Report:
    """The results of both families."""

    ipv4: Result
    ipv6: Result

    @property
    def in_line(self):
        """Whether the kernel holds the policy, as far as the families are handled at all."""
        return all(result.state in ("in line", "changed", "skipped")
                   for result in (self.ipv4, self.ipv6))


class _Report(Owned):
    def __init__(self):
        status, pointer = self._new("report")
        check(status)
        super().__init__(pointer, "report")

    def _result(self, family):
        result = read("report_result", native.Result, self.handle, family)
        lines = tuple(text(read("report_line", native.Line, self.handle, family, i).text)
                      for i in range(result.lines))
        error = None
        if result.error < 0 and result.text is not None:
            error = Finding("error", text(result.code), text(result.text), None,
                            Place._of(result.place))
        backend = text(call("backend_name", result.backend)) if result.backend else None
        return Result(text(call("state_name", result.state)) or str(result.state), backend, lines,
                      error)

    def value(self):
        return Report(self._result(4), self._result(6))


class Failed(Rejected):
    """Something failed on a node; `report` has what was done all the same."""

    def __init__(self, errno, findings, report):
        super().__init__(errno, findings)
        self.report = report


class Node(Owned):
    """A network namespace. A node is used by one thread at a time; policies are shared."""

    def __init__(self, netns=None, backend="auto", wait=None):
        """`netns` is a path or a name under /run/netns; None: that of the caller. `wait`: seconds
        for the lock of iptables."""
        status, pointer = self._new("node")
        check(status)
        super().__init__(pointer, "node")
        check(call("node_set_backend", self.handle, word_number("backend_name", backend)))
        if wait is not None:
            check(call("node_set_wait", self.handle, wait), "wait")
        with Diags() as diags:
            diags.check(call("node_set_path", self.handle, _PATH_NETNS, encoded(netns),
                             diags.handle), netns)

    def _act(self, name, subject):
        with Diags() as diags, _Report() as report:
            status = call(name, self.handle, subject, report.handle, diags.handle)
            if status < 0:
                errors = [one for one in diags.findings() if one.severity == "error"]
                if not errors:
                    check(status, name)
                raise Failed(-status, errors, report.value())
            return report.value()

    def check(self, policy):
        """Compares the kernel with a policy, and writes nothing."""
        return self._act("node_check", policy.handle)

    def apply(self, policy):
        """Brings the kernel in line with a policy."""
        return self._act("node_apply", policy.handle)

    def remove(self, chain):
        """Takes the rules away. What is not there is fine."""
        return self._act("node_remove", encoded(chain))
