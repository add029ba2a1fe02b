# SPDX-License-Identifier: Apache-2.0
"""Findings as values, and what goes wrong as exceptions."""

import errno as _errno
import os
from dataclasses import dataclass
from typing import Optional, Tuple

from ._native import Finding as _Finding
from ._native import Owned, call, read, text


@dataclass(frozen=True)
class Place:
    """A place in a file; line and column count from 1, and 0 is the file as a whole."""

    file: str
    line: int
    column: int
    end_column: int

    def __str__(self):
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file

    @classmethod
    def _of(cls, place):
        if place.file is None:
            return None
        return cls(text(place.file), place.line, place.column, place.end_column)


@dataclass(frozen=True)
class Finding:
    """What is wrong, where, and what to write instead."""

    severity: str
    """error, warning or note."""
    code: str
    """A stable name, such as host-bits."""
    message: str
    suggestion: Optional[str]
    place: Optional[Place]

    def __str__(self):
        place = f"{self.place}: " if self.place else ""
        return f"{place}{self.severity}: {self.message} [{self.code}]"


class Error(Exception):
    """Something failed. `errno` is one of those that ipmasq.h lists."""

    def __init__(self, errno, message):
        super().__init__(message)
        self.errno = errno


class Rejected(Error):
    """A configuration or an argument was rejected; `findings` say why."""

    def __init__(self, errno, findings):
        self.findings: Tuple[Finding, ...] = tuple(findings)
        super().__init__(errno, "\n".join(map(str, self.findings)))


class Diags(Owned):
    """The list that a call puts its findings into."""

    def __init__(self):
        status, pointer = self._new("diags")
        check(status)
        super().__init__(pointer, "diags")

    def findings(self):
        made = []
        while (found := read("diags_get", _Finding, self.handle, len(made))) is not None:
            made.append(Finding(text(call("severity_name", found.severity)), text(found.code),
                                text(found.message), text(found.suggestion),
                                Place._of(found.place)))
        return tuple(made)

    def check(self, status, what=None):
        """Raises what a negative status says, with the errors among the findings."""
        if status >= 0:
            return
        errors = [finding for finding in self.findings() if finding.severity == "error"]
        if errors:
            raise Rejected(-status, errors)
        check(status, what)


def check(status, what=None):
    """Raises Error, or MemoryError, for a negative errno."""
    if status >= 0:
        return
    if -status == _errno.ENOMEM:
        raise MemoryError
    message = os.strerror(-status)
    raise Error(-status, f"{what}: {message}" if what else message)
