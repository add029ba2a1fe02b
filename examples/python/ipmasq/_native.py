# SPDX-License-Identifier: Apache-2.0
"""The structs and functions of ipmasq.h that the package uses, as ctypes has them."""

import ctypes
import weakref
from ctypes import (POINTER, Structure, byref, c_bool, c_char, c_char_p, c_int, c_size_t, c_ubyte,
                    c_uint, c_uint64, c_void_p, sizeof)

TEXT_MAX = 96
ALL = c_size_t(-1).value
SOURCE_PATH, SOURCE_DATA = 0, 2

_library = ctypes.CDLL("libipmasq.so.0")
_free = ctypes.CDLL(None).free
_free.argtypes, _free.restype = [c_void_p], None


class Source(Structure):
    _fields_ = [("kind", c_int), ("name", c_char_p), ("fd", c_int), ("data", c_void_p),
                ("size", c_size_t)]


class Place(Structure):
    _fields_ = [("file", c_char_p), ("line", c_uint), ("column", c_uint), ("end_column", c_uint)]


class Finding(Structure):
    _fields_ = [("severity", c_int), ("code", c_char_p), ("message", c_char_p),
                ("suggestion", c_char_p), ("place", Place), ("edit", c_char_p),
                ("edit_offset", c_size_t), ("edit_length", c_size_t), ("text", c_void_p),
                ("text_size", c_size_t), ("text_offset", c_size_t)]


class PolicyDetails(Structure):
    _fields_ = [("chain", c_char_p), ("profile", c_char_p), ("ipv6", c_int),
                ("resync_interval", c_uint64)]


class EntryDetails(Structure):
    _fields_ = [("family", c_int), ("verdict", c_int), ("origin", c_int), ("first", c_ubyte * 16),
                ("last", c_ubyte * 16), ("cidr", c_char * TEXT_MAX), ("host", c_char_p),
                ("place", Place)]


class Decision(Structure):
    _fields_ = [("entry", c_void_p), ("overrides", POINTER(c_void_p)),
                ("override_count", c_size_t)]


class Difference(Structure):
    _fields_ = [("family", c_int), ("sources", c_bool), ("first", c_ubyte * 16),
                ("last", c_ubyte * 16), ("to", c_int), ("before", c_void_p), ("after", c_void_p),
                ("part_count", c_size_t)]


class Result(Structure):
    _fields_ = [("state", c_int), ("backend", c_int), ("error", c_int), ("code", c_char_p),
                ("text", c_char_p), ("place", Place), ("lines", c_size_t),
                ("flows_ended", c_size_t), ("flows_pending", c_bool), ("writer", c_int),
                ("comment", c_char_p), ("overridden", c_bool)]


class Line(Structure):
    _fields_ = [("kind", c_int), ("text", c_char_p), ("backend", c_int)]


# What it returns: a negative errno, a text that the library owns, a pointer, a number, nothing.
_STATUS, _TEXT, _POINTER, _SIZE, _NONE = c_int, c_char_p, c_void_p, c_size_t, None
_OBJECT, _OUT, _ADDRESS, _ENUM = c_void_p, POINTER(c_void_p), c_char_p, c_int
FUNCTIONS = {
    "ipmasq_version": (_TEXT,),
    "ipmasq_format_range": (_TEXT, _ENUM, _ADDRESS, _ADDRESS, c_char_p),
    "ipmasq_severity_name": (_TEXT, _ENUM),
    "ipmasq_verdict_name": (_TEXT, _ENUM),
    "ipmasq_origin_name": (_TEXT, _ENUM),
    "ipmasq_backend_name": (_TEXT, _ENUM),
    "ipmasq_state_name": (_TEXT, _ENUM),
    "ipmasq_diags_new": (_STATUS, _OUT),
    "ipmasq_diags_free": (_NONE, _OBJECT),
    "ipmasq_diags_get": (_STATUS, _OBJECT, c_size_t, POINTER(Finding), c_size_t),
    "ipmasq_diags_settle": (_STATUS, _OBJECT),
    "ipmasq_options_new": (_STATUS, _OUT),
    "ipmasq_options_free": (_NONE, _OBJECT),
    "ipmasq_options_set_profile": (_STATUS, _OBJECT, c_char_p, _OBJECT),
    "ipmasq_options_set_chain": (_STATUS, _OBJECT, c_char_p, _OBJECT),
    "ipmasq_options_set_to_ports": (_STATUS, _OBJECT, c_char_p, _OBJECT),
    "ipmasq_options_set_mode": (_STATUS, _OBJECT, _ENUM, _ENUM),
    "ipmasq_options_set_hosts": (_STATUS, _OBJECT, _OBJECT),
    "ipmasq_hosts_new": (_STATUS, _OUT),
    "ipmasq_hosts_free": (_NONE, _OBJECT),
    "ipmasq_hosts_add": (_STATUS, _OBJECT, c_char_p, _ENUM, _ADDRESS),
    "ipmasq_config_new": (_STATUS, _OBJECT, _OUT),
    "ipmasq_config_free": (_NONE, _OBJECT),
    "ipmasq_config_load": (_STATUS, _OBJECT, POINTER(Source), _OBJECT),
    "ipmasq_policy_new": (_STATUS, _OBJECT, _OBJECT, _OBJECT, _OUT),
    "ipmasq_policy_free": (_NONE, _OBJECT),
    "ipmasq_policy_info": (_STATUS, _OBJECT, POINTER(PolicyDetails), c_size_t),
    "ipmasq_policy_entry": (_POINTER, _OBJECT, _ENUM, c_size_t),
    "ipmasq_policy_explain": (_STATUS, _OBJECT, _ENUM, _ADDRESS, _ADDRESS,
                              POINTER(POINTER(Decision))),
    "ipmasq_decision_free": (_NONE, POINTER(Decision)),
    "ipmasq_policy_lint": (_STATUS, _OBJECT, _OBJECT, _OBJECT, _OBJECT),
    "ipmasq_entry_info": (_STATUS, _OBJECT, POINTER(EntryDetails), c_size_t),
    "ipmasq_entry_verdict": (c_int, _OBJECT),
    "ipmasq_partition_new": (_STATUS, _OBJECT, _ENUM, _OUT),
    "ipmasq_partition_free": (_NONE, _OBJECT),
    "ipmasq_partition_count": (_SIZE, _OBJECT),
    "ipmasq_partition_get": (_POINTER, _OBJECT, c_size_t, c_char_p, c_char_p),
    "ipmasq_partition_lookup": (_POINTER, _OBJECT, _ADDRESS),
    "ipmasq_diff_new": (_STATUS, _OBJECT, _OBJECT, _OUT),
    "ipmasq_diff_free": (_NONE, _OBJECT),
    "ipmasq_diff_get": (_STATUS, _OBJECT, c_size_t, POINTER(Difference), c_size_t),
    "ipmasq_ruleset_new": (_STATUS, _OBJECT, _ENUM, c_uint, _OUT),
    "ipmasq_ruleset_free": (_NONE, _OBJECT),
    "ipmasq_ruleset_prove": (_STATUS, _OBJECT, _OBJECT, _OUT),
    "ipmasq_ruleset_script": (_STATUS, _OBJECT, _OUT, POINTER(c_size_t)),
    "ipmasq_node_new": (_STATUS, _OUT),
    "ipmasq_node_free": (_NONE, _OBJECT),
    "ipmasq_node_set_backend": (_STATUS, _OBJECT, _ENUM),
    "ipmasq_node_set_wait": (_STATUS, _OBJECT, c_uint),
    "ipmasq_node_set_path": (_STATUS, _OBJECT, _ENUM, c_char_p, _OBJECT),
    "ipmasq_node_check": (_STATUS, _OBJECT, _OBJECT, _OBJECT, _OBJECT),
    "ipmasq_node_apply": (_STATUS, _OBJECT, _OBJECT, _OBJECT, _OBJECT),
    "ipmasq_node_remove": (_STATUS, _OBJECT, c_char_p, _OBJECT, _OBJECT),
    "ipmasq_report_new": (_STATUS, _OUT),
    "ipmasq_report_free": (_NONE, _OBJECT),
    "ipmasq_report_result": (_STATUS, _OBJECT, _ENUM, POINTER(Result), c_size_t),
    "ipmasq_report_line": (_STATUS, _OBJECT, _ENUM, c_size_t, POINTER(Line), c_size_t),
}


def _declare():
    for name, (result, *arguments) in FUNCTIONS.items():
        function = getattr(_library, name)
        function.restype, function.argtypes = result, arguments


_declare()


def call(name, *arguments):
    """Calls ipmasq_NAME."""
    return getattr(_library, "ipmasq_" + name)(*arguments)


def text(data):
    """A text of the library's; None stays that. File names are bytes, so they survive the way back."""
    return None if data is None else data.decode("utf-8", "surrogateescape")


def encoded(value):
    """The way back."""
    return None if value is None else value.encode("utf-8", "surrogateescape")


def take_text(pointer):
    """A text that is the caller's: it is copied and freed."""
    try:
        return text(ctypes.cast(pointer, c_char_p).value)
    finally:
        _free(pointer)


def version():
    """The version of the library in use, such as "0.1.0"."""
    return text(call("version"))


def word_number(name, word):
    """The value of an enum that starts at 0 from its name, by the library's own function."""
    number = 0
    while (known := call(name, number)) is not None:
        if text(known) == word:
            return number
        number += 1
    raise ValueError(f"{word!r} is not known to ipmasq_{name}()")


class Owned:
    """An object of the library, freed at close(), at the end of a with, or when it is collected."""

    def __init__(self, pointer, kind):
        self._pointer = pointer
        self._finalizer = weakref.finalize(self, call, kind + "_free", pointer)

    @classmethod
    def _new(cls, kind, *arguments):
        pointer = c_void_p()
        status = call(kind + "_new", *arguments, byref(pointer))
        return status, pointer.value

    @property
    def handle(self):
        if not self._finalizer.alive:
            raise ValueError(f"this {type(self).__name__} is closed")
        return self._pointer

    def close(self):
        """Frees it now; the object must not be used any more. A second call does nothing."""
        self._finalizer()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def read(name, struct, *arguments):
    """Fills a struct by ipmasq_NAME; None where it is past the last."""
    made = struct()
    status = call(name, *arguments, byref(made), sizeof(made))
    return made if status == 0 else None
