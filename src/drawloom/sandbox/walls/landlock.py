"""Landlock: the kernel's own list of the paths this process may touch, and of what it may do there.

Stops: writing anywhere but the private tmpfs even if a mount were wrong; reading anything outside
the root even through a leaked descriptor; device nodes; TCP; and, from ABI 6 on, abstract sockets and
signals to processes outside. It is the second lock on files; the mounts are the first.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache

from drawloom.sandbox.walls import calls

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_ALL_OF_ABI_1 = (1 << 13) - 1
_ADDED = {2: 1 << 13, 3: 1 << 14, 5: 1 << 15}  # refer, truncate, ioctl on devices
_TRUNCATE = _ADDED[3]
_TCP = 0b11  # bind and connect
_SCOPES = 0b11  # abstract unix sockets and signals
_CREATE_VERSION = 1
_PATH_BENEATH = 1

READ = _EXECUTE | _READ_FILE | _READ_DIR
WRITE = ~(_MAKE_CHAR | _MAKE_BLOCK)
DEVICE = _READ_FILE | _WRITE_FILE | _TRUNCATE
_ON_A_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _ADDED[5]


@cache
def abi() -> int:
    """Give the version of Landlock this kernel offers, 0 where it has none or it is switched off."""
    return max(0, calls.attempt("landlock_create_ruleset", None, 0, _CREATE_VERSION))


def restrict(paths: Mapping[str, int], *, tcp: bool) -> str:
    """Allow what `paths` says and nothing else, for this process and all it starts.

    Parameters
    ----------
    paths
        Path -> rights (`READ`, `WRITE`, `DEVICE`); a right holds for everything beneath.
    tcp
        Leave TCP alone, where the network namespace has only a loopback.

    Returns
    -------
    str
        The version used, and what it does not cover yet.
    """
    version = abi()
    handled = _ALL_OF_ABI_1
    for since, right in _ADDED.items():
        handled |= right if version >= since else 0
    network = _TCP if version >= 4 and not tcp else 0
    scopes = _SCOPES if version >= 6 else 0
    words = (handled, network, scopes)[: 1 + (version >= 4) + (version >= 6)]
    attributes = calls.struct_of_words(*words)
    ruleset = calls.call("landlock_create_ruleset", attributes, len(attributes), 0)
    try:
        for path, rights in paths.items():
            _allow(ruleset, path, rights & handled)
        calls.call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)
    missing = [name for name, since in (("truncate", 3), ("TCP", 4), ("scopes", 6)) if version < since]
    return f"ABI {version}" + (f", without {', '.join(missing)}" if missing else "")


def _allow(ruleset: int, path: str, rights: int) -> None:
    fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if rights & _READ_DIR == 0:
            rights &= _ON_A_FILE
        # struct landlock_path_beneath_attr is packed: rights (64 bits), descriptor (32 bits).
        rule = calls.struct_of_words(rights, fd)
        calls.call("landlock_add_rule", ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(fd)
