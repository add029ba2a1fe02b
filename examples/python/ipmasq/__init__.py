# SPDX-License-Identifier: Apache-2.0
"""
Which traffic of a node's pods takes the node's address: libipmasq for Python, through ctypes.

    import ipmasq

    with ipmasq.Policy.load("/etc/config/ip-masq-agent") as policy:
        print(policy.explain("10.1.2.3"))
        print(policy.script(4))

Copy this package into your program: it needs the shared library (Debian: libipmasq0) and Python 3.9
or later, nothing else. ipmasq.h is the manual; names here are those of the functions there.

Objects own what the library made for them. It is freed at the end of a `with`, by close(), or when
the object is collected. A policy may be read by several threads at once.

What goes wrong is an ipmasq.Error; of a configuration it is ipmasq.Rejected, whose `findings` say
where (file, line, column), what, and what to write instead.
"""

from ._native import version
from .errors import Error, Finding, Place, Rejected
from .node import Node, Report, Result
from .policy import (Decision, Difference, Entry, Options, Partition, Policy, diff, lint)

__all__ = ["Decision", "Difference", "Entry", "Error", "Finding", "Node", "Options", "Partition",
           "Place", "Policy", "Rejected", "Report", "Result", "diff", "lint", "version"]
